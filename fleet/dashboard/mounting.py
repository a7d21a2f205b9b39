"""Put the pages on the fleet's web server."""

from __future__ import annotations

import time
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import ui

from fleet.dashboard.page import DashboardPage
from fleet.dashboard.picture import FleetView, Picture
from maps.directory import Directory
from maps.view.catalogue import preferred_language
from maps.view.theme import ACCENT, theme_css

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#2f6bff"/>'
    '<path d="M16 6l8 19-8-4.5L8 25z" fill="#fff"/></svg>'
)
MESSAGES_KEPT = 20
"""For a viewer whose connection blinks; one whose was away longer gets a fresh page."""


def mount(app: FastAPI, manager: FleetView) -> None:
    """Serve the dashboard at `/` of `app`. Call it last: routes added to `app` later would be hidden by it."""
    picture = Picture(manager, time.monotonic)
    directory = Directory(manager.venue)
    css = theme_css() + (Path(__file__).parent / "dashboard.css").read_text(encoding="utf-8")

    @ui.page("/", response_timeout=10)
    def dashboard(request: Request, lang: str | None = None, theme: str | None = None) -> None:
        language = preferred_language(lang, request.headers.get("accept-language"))
        ui.add_css(css)
        ui.colors(primary=ACCENT)
        DashboardPage(picture, directory, language, theme).build()

    ui.run_with(
        app,
        mount_path="/",
        title="fairguide",
        favicon=FAVICON,
        dark=None,
        tailwind=False,
        message_history_length=MESSAGES_KEPT,
        reconnect_timeout=5.0,
        binding_refresh_interval=None,
        show_welcome_message=False,
    )
