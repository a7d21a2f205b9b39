"""One kiosk process: its service, its API and its page on one web server, in one loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import ui

from kiosk.api import router
from kiosk.page import KioskPage
from kiosk.service import KioskService
from maps.view.catalogue import preferred_language
from maps.view.theme import ACCENT, theme_css

MESSAGES_KEPT = 20
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#7a5af8"/>'
    '<path d="M16 6l8 19-8-4.5L8 25z" fill="#fff"/></svg>'
)


def build(service: KioskService) -> FastAPI:
    """The web application; while it runs, so does the service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(service.run(), name="kiosk")
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    app = FastAPI(title=f"fairguide kiosk {service.kiosk.id}", version="1", lifespan=lifespan)
    app.include_router(router(service))
    css = theme_css() + (Path(__file__).parent / "kiosk.css").read_text(encoding="utf-8")

    @ui.page("/", response_timeout=10)
    def kiosk_page(request: Request, lang: str | None = None, theme: str | None = None, place: str = "") -> None:
        ui.add_css(css)
        ui.colors(primary=ACCENT)
        language = preferred_language(lang, request.headers.get("accept-language"))
        KioskPage(service, language, theme).build(place, request.query_params.get("request", ""))

    ui.run_with(
        app,
        mount_path="/",
        title="fairguide",
        favicon=FAVICON,
        viewport="width=device-width, initial-scale=1",
        dark=False,
        tailwind=False,
        message_history_length=MESSAGES_KEPT,
        reconnect_timeout=5.0,
        binding_refresh_interval=None,
        show_welcome_message=False,
    )
    return app
