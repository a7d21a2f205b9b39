"""The touch page: one visitor at a time, three screens (home, a place, a call), always with the map beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from kiosk.answers import answer
from kiosk.api import TEXT
from kiosk.core import Call
from kiosk.errors import KioskError
from kiosk.screens import CallScreen, HomeScreen, PlaceScreen
from kiosk.service import KioskService
from maps.errors import MapsError
from maps.view.catalogue import catalogue
from maps.view.element import Pick, VenueMap
from maps.view.scene import named

TICK_S = 0.25
IDLE_S = 60.0
"""Without a touch, the page is made ready for the next visitor."""
WARNING_S = 10.0
STAFF_ONLY = ("charger", "site")
"""Marks that mean nothing to a visitor."""
FAREWELL_S = 15.0
"""How long the end of a call stays on the screen."""


class KioskPage:
    """What one visitor sees and has chosen."""

    def __init__(self, service: KioskService, language: str, theme: str | None) -> None:
        self.service = service
        self.venue = service.venue
        self.language = language
        self.texts = catalogue(TEXT, language)
        self._theme = theme if theme in ("dark", "light") else "light"
        self._touched_at = service.now()
        self._request_id = ""
        self._place = ""
        self._shown: tuple[Any, ...] = ()
        self._screen: HomeScreen | PlaceScreen | CallScreen | None = None

    def build(self, place: str = "", request_id: str = "") -> None:
        """Make the page; `place` and `request_id` are what the visitor had open in the other language."""
        ui.page_title(named(self.service.kiosk.names, self.language))
        ui.dark_mode(self._theme == "dark")
        root = ui.element("div").classes("ki")
        root.on("pointerdown", self.touched, throttle=2.0, trailing_events=False)
        root.on("keydown", self.touched, throttle=2.0, trailing_events=False)
        with root:
            self._header()
            self._panel = ui.element("section").classes("ki-panel").props("data-testid=panel")
            with ui.element("main").classes("ki-map"):
                self.map = VenueMap(
                    self.venue,
                    self.language,
                    on_pick=self._picked,
                    legend=False,
                    lanes=False,
                    hidden=(*STAFF_ONLY, self.service.kiosk.id),
                )
                self.map.here(self.service.kiosk.x, self.service.kiosk.y)
            self._idle = ui.label().classes("ki-idle").props("data-testid=idle")
            self._idle.set_visibility(False)
        if request_id and self._known(request_id):
            self.show_call(request_id)
        elif place in self.venue.places:
            self.show_place(place)
        else:
            self.show_home()
        ui.timer(TICK_S, self._tick)

    def _header(self) -> None:
        with ui.element("header").classes("ki-head"):
            with ui.element("div").classes("ki-logo"):
                ui.icon("near_me")
            with ui.element("div").classes("ki-names"):
                ui.label(named(self.venue.names, self.language)).classes("ki-title")
                ui.label(named(self.service.kiosk.names, self.language)).classes("ki-subtitle")
            other = ui.button(self.texts["other_language"], icon="translate", on_click=self._switch_language)
            other.classes("ki-language").props("flat no-caps data-testid=language")

    def _known(self, request_id: str) -> bool:
        try:
            return not self.service.desk.get(request_id).status.ended
        except KioskError:
            return False

    def touched(self) -> None:
        """Somebody is there."""
        self._touched_at = self.service.now()

    def _switch_language(self) -> None:
        other = "en" if self.language == "zh" else "zh"
        ui.navigate.to(f"/?lang={other}&theme={self._theme}&place={self._place}&request={self._request_id}")

    def _show(self, build: Callable[[], HomeScreen | PlaceScreen | CallScreen]) -> None:
        self._panel.clear()
        with self._panel:
            self._screen = build()

    def show_home(self) -> None:
        """Ready for the next question."""
        self._place = self._request_id = ""
        self.map.route(None)
        self.map.pin(None)
        self.map.view(None)
        self._show(lambda: HomeScreen(self))

    def show_place(self, place_id: str, answer: str = "") -> None:
        """A place and the way there; `answer` is the reply to a question, where one was asked."""
        try:
            place, way = self.venue.place(place_id), self.service.way(place_id)
        except MapsError as error:
            ui.notify(str(error), type="negative")
            return
        self._place, self._request_id = place_id, ""
        here = self.service.kiosk
        points = [(here.x, here.y), *way.points, (place.x, place.y)]
        self.map.pin(place_id, named(place.names, self.language))
        self.map.route(way.points)
        self.map.view(around(points))
        self._show(lambda: PlaceScreen(self, place, way, answer))

    def show_call(self, request_id: str) -> None:
        """What becomes of a call."""
        call = self.service.desk.get(request_id)
        if not self._place:
            self.show_place(call.place)
        self._request_id = request_id
        self._show(lambda: CallScreen(self, call))

    def call_robot(self) -> None:
        """The visitor wants to be led to the place on the screen."""
        try:
            call = self.service.call(self._place, self.language)
        except (KioskError, MapsError):
            ui.notify(self.texts["no_robots_now"], type="warning", position="top", multi_line=True)
            return
        self.show_call(call.request_id)

    def cancel_call(self) -> None:
        """The visitor has changed their mind."""
        if self._request_id:
            self.service.cancel(self._request_id)

    def ask(self, text: str) -> None:
        """A question or a name, typed and sent."""
        text = text.strip()
        if not text:
            return
        intent = self.service.understand(text, self.language)
        found = answer(intent, self.venue, lambda: [hit.place for hit in self.service.search(text, self.language, 1)])
        if found.language and found.language != self.language:
            self._switch_language()
        elif found.place:
            self.show_place(found.place, found.text)
            if found.lead:
                self.call_robot()
        else:
            ui.notify(found.text or self.texts["nothing_found"], type="info", position="top", multi_line=True)

    def _picked(self, pick: Pick) -> None:
        self.touched()
        if pick.kind == "place" and not self._request_id and pick.id != self.service.kiosk.id:
            self.show_place(pick.id)

    def _tick(self) -> None:
        now = self.service.now()
        self._show_robots()
        if isinstance(self._screen, CallScreen):
            call = self.service.desk.get(self._request_id)
            self._screen.update(call, now)
            self._watch_end(call, now)
            return
        if isinstance(self._screen, PlaceScreen | HomeScreen):
            self._screen.update()
        self._watch_idle(now)

    def _show_robots(self) -> None:
        guides = [guide.to_json() for guide in self.service.guides.values()]
        if guides != list(self._shown):
            self._shown = tuple(guides)
            self.map.tick(guides)
            if self._request_id and guides:
                self.map.select(self.service.desk.get(self._request_id).robot or None)

    def _watch_end(self, call: Call, now: float) -> None:
        since = now - max(call.changed_at, self._touched_at)
        if call.status.ended and since > FAREWELL_S:
            self.show_home()

    def _watch_idle(self, now: float) -> None:
        left = IDLE_S - (now - self._touched_at)
        away = isinstance(self._screen, PlaceScreen) or (isinstance(self._screen, HomeScreen) and self._screen.used)
        if away and left <= 0:
            self.show_home()
        warn = away and 0 < left <= WARNING_S
        self._idle.set_visibility(warn)
        if warn:
            self._idle.set_text(self.texts["idle"].format(s=round(left)))


def around(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """The rectangle that holds `points`, metres."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
