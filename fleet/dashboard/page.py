"""The control room's page: header, live map, lists, and the form that sends a robot. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.element import Element

from fleet.dashboard.dispatch import DispatchForm
from fleet.dashboard.picture import Counts, Picture
from fleet.errors import FleetError
from maps.directory import Directory
from maps.errors import MapsError
from maps.venue import Venue
from maps.view.catalogue import catalogue
from maps.view.element import Pick, VenueMap
from maps.view.scene import named

TEXT = Path(__file__).parent / "text"
TICK_S = 0.2


class FleetPanel(Element, component="fleet_panel.js", default_classes="fp-host"):
    """The lists beside the map; `tick` replaces those that changed."""

    def __init__(self, texts: Mapping[str, str], language: str, names: Mapping[str, str]) -> None:
        super().__init__()
        self._props["t"] = dict(texts)
        self._props["language"] = language
        self._props["names"] = dict(names)
        self._props["selected"] = ""

    def tick(self, changed: Mapping[str, Any]) -> None:
        self.run_method("tick", changed)

    def select(self, serial: str) -> None:
        self._props["selected"] = serial
        self.update()


class DashboardPage:
    """One viewer's page."""

    def __init__(self, picture: Picture, directory: Directory, language: str, theme: str | None) -> None:
        self._picture = picture
        self._directory = directory
        self._venue: Venue = picture.fleet.venue
        self._language = language
        self._theme = theme if theme in ("dark", "light") else "auto"
        self._texts = catalogue(TEXT, language)
        self._seen: dict[str, int] = {}
        self._selected = ""
        self._counts: Counts | None = None
        self._stats: dict[str, tuple[ui.element, ui.label]] = {}

    def build(self) -> None:
        """Make the page's elements for the client being served."""
        ui.page_title(self._texts["title"])
        self._dark = ui.dark_mode({"dark": True, "light": False}.get(self._theme))
        with ui.element("div").classes("db"):
            self._header()
            with ui.element("main").classes("db-map"):
                self._map = VenueMap(self._venue, self._language, on_pick=self._picked)
            with ui.element("aside").classes("db-side"):
                self._panel = FleetPanel(self._texts, self._language, short_names(self._venue, self._language))
                self._panel.on("robot", lambda event: self._select(str(event.args)))
                self._panel.on("place", lambda event: self._show_place(str(event.args)))
                self._panel.on("cancel", lambda event: self._cancel(str(event.args)))
                self._form = DispatchForm(
                    self._picture.fleet, self._directory, self._language, self._texts, self._chosen
                )
        ui.timer(TICK_S, self._tick)

    def _header(self) -> None:
        texts = self._texts
        with ui.element("header").classes("db-head"):
            with ui.element("div").classes("db-logo"):
                ui.icon("near_me")
            with ui.element("div").classes("db-names"):
                ui.label(named(self._venue.names, self._language)).classes("db-title").props("data-testid=venue-name")
                ui.label(texts["control_room"]).classes("db-subtitle")
            for key, icon, extra in (
                ("robots", "smart_toy", ""),
                ("tasks", "route", ""),
                ("sites", "cell_tower", "optional"),
                ("alerts", "notifications", ""),
            ):
                with ui.element("div").classes(f"db-stat {extra}").props(f"data-testid=stat-{key}") as box:
                    ui.icon(icon)
                    number = ui.label("0").props("role=status")
                    number.tag = "b"
                    ui.label(texts[f"stat_{key}"]).tag = "span"
                box.tooltip(texts[f"stat_{key}"])
                self._stats[key] = (box, number)
            self._live = ui.label(texts["live"]).classes("db-live").props("data-testid=live")
            other = "en" if self._language == "zh" else "zh"
            self._button(texts["language"], None, lambda: self._go_to_language(other), "language")
            self._button("", "dark_mode", self._switch_theme, "theme")

    def _button(self, text: str, icon: str | None, action: Any, name: str) -> None:
        button = ui.button(text, icon=icon, on_click=action).classes("db-icon" if not text else "")
        button.props(f'flat no-caps dense color=primary data-testid={name} aria-label="{self._texts[name]}"')

    def _go_to_language(self, language: str) -> None:
        ui.navigate.to(f"/?lang={language}&theme={self._theme}")

    async def _switch_theme(self) -> None:
        dark = await ui.run_javascript("document.body.classList.contains('body--dark')", timeout=5)
        self._dark.value = not dark
        self._theme = "light" if dark else "dark"
        ui.run_javascript(f"history.replaceState(null, '', '/?lang={self._language}&theme={self._theme}')")

    def _tick(self) -> None:
        self._picture.refresh()
        changed = self._picture.since(self._seen)
        if not changed:
            return
        if "robots" in changed:
            self._map.tick(changed["robots"])
            self._form.offer([str(robot["serial"]) for robot in changed["robots"]])
        self._panel.tick(changed)
        self._show_counts(self._picture.counts())

    def _show_counts(self, counts: Counts) -> None:
        if counts == self._counts:
            return
        self._counts = counts
        values = {
            "robots": (f"{counts.robots_online}/{counts.robots}", counts.robots_online < counts.robots),
            "tasks": (str(counts.tasks), False),
            "sites": (f"{counts.sites_online}/{counts.sites}", counts.sites_online < counts.sites),
            "alerts": (str(counts.alerts), counts.alerts > 0),
        }
        for key, (text, bad) in values.items():
            box, number = self._stats[key]
            number.set_text(text)
            box.classes(add="bad" if bad else "", remove="" if bad else "bad")
        heard = counts.robots_online > 0 or counts.sites_online > 0
        self._live.set_text(self._texts["live" if heard else "connecting"])
        self._live.classes(add="" if heard else "bad", remove="bad" if heard else "")

    def _picked(self, pick: Pick) -> None:
        if pick.kind == "robot":
            self._select(pick.id, fly=False)
        elif pick.kind == "place":
            self._form.choose(pick.id)

    def _select(self, serial: str, *, fly: bool = True) -> None:
        self._selected = "" if serial == self._selected and not fly else serial
        self._map.select(self._selected or None)
        self._panel.select(self._selected)
        robot = next((r for r in self._picture.lists["robots"] if r["serial"] == self._selected), None)
        if fly and robot and robot.get("x") is not None:
            self._map.look_at(float(robot["x"]), float(robot["y"]))

    def _show_place(self, place_id: str) -> None:
        place = self._venue.places.get(place_id)
        if place is not None:
            self._form.choose(place_id)
            self._map.look_at(place.x, place.y)

    def _chosen(self, place_id: str | None) -> None:
        name = named(self._venue.place(place_id).names, self._language) if place_id else ""
        self._map.pin(place_id, name)

    async def _cancel(self, task_id: str) -> None:
        try:
            await self._picture.fleet.cancel(task_id)
        except (FleetError, MapsError) as error:
            ui.notify(self._texts["refused"].format(reason=error), type="negative")
        else:
            ui.notify(self._texts["cancelled"].format(id=task_id), type="info")


def short_names(venue: Venue, language: str) -> dict[str, str]:
    """Names of all places that are not booths: those come with the tasks, 2,000 of them would not be short."""
    return {place.id: named(place.names, language) for place in venue.places.values() if place.kind != "booth"}
