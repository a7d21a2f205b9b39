"""What stands beside the map: home, a place, a call. They show and pass on touches; nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nicegui import ui
from nicegui.element import Element

from kiosk.core import STAGES, Call, Status
from kiosk.ways import Turn, Way, rounded, words
from maps.venue import Place
from maps.view.scene import booth_label, named

if TYPE_CHECKING:
    from kiosk.page import KioskPage

CATEGORIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("halls", "grid_view", ("hall",)),
    ("forums", "co_present", ("room",)),
    ("food", "restaurant", ("food", "water")),
    ("toilets", "wc", ("toilet", "accessible_toilet", "nursing_room")),
    ("desks", "info", ("information_desk", "first_aid", "lost_and_found", "cloakroom", "security")),
    ("exits", "logout", ("exit", "entrance", "elevator", "escalator")),
)
KIND_ICONS = {
    "hall": "grid_view",
    "booth": "storefront",
    "facility": "place",
    "room": "co_present",
    "kiosk": "touch_app",
    "charger": "bolt",
    "site": "cell_tower",
}
STEP_ICONS = {Turn.STRAIGHT: "straight", Turn.LEFT: "turn_left", Turn.RIGHT: "turn_right", Turn.BACK: "u_turn_left"}
STAGE_ICONS = {
    Status.SENT: "send",
    Status.ACCEPTED: "task_alt",
    Status.ASSIGNED: "smart_toy",
    Status.APPROACHING: "directions_run",
    Status.ARRIVED: "place",
    Status.LEADING: "directions_walk",
}
EMIT_TEXT = "(event) => emit(event.target.value)"
"""What is in the field now: the debounced value comes later than the Enter."""
EMIT_PLACE = "(event) => { const row = event.target.closest('[data-place]'); if (row) emit(row.dataset.place); }"
"""On the list, not on its rows: a touch counts even when the list is being replaced under the finger."""
SHOWN_STAGES = (Status.SENT, Status.ACCEPTED, Status.APPROACHING, Status.ARRIVED, Status.LEADING)


class Keyboard(Element, component="keyboard.js", default_classes="kb-host"):
    """On-screen keys; emits `key`."""

    def __init__(self, clear: str, done: str, erase: str) -> None:
        super().__init__()
        self._props["clear"], self._props["done"], self._props["erase"] = clear, done, erase


def place_kind(page: KioskPage, place_id: str) -> str:
    """The kind of a place, and of a facility which."""
    facility = page.venue.facilities.get(place_id)
    return facility.kind if facility is not None else page.venue.place(place_id).kind


class HomeScreen:
    """Search, categories, suggestions."""

    def __init__(self, page: KioskPage) -> None:
        self._page = page
        texts = page.texts
        self._category = ""
        ui.label(texts["welcome"]).classes("ki-hello")
        with ui.element("div").classes("ki-search"):
            self._input = ui.input(placeholder=texts["search_hint"], on_change=self._changed)
            self._input.props("borderless clearable debounce=150 autocomplete=off data-testid=search")
            self._input.props(f'aria-label="{texts["search_hint"]}"')
            self._input.on("keydown.enter", lambda event: page.ask(str(event.args)), js_handler=EMIT_TEXT)
            with self._input.add_slot("prepend"):
                ui.icon("search")
            ui.button(icon="keyboard", on_click=self._toggle_keys).props(
                f'flat data-testid=keys aria-label="{texts["keys"]}"'
            ).classes("ki-keys")
        self._keyboard = Keyboard(texts["clear"], texts["done"], texts["erase"])
        self._keyboard.on("key", lambda event: self._key(str(event.args)))
        self._keyboard.set_visibility(False)
        self._chips = ui.element("div").classes("ki-categories")
        with self._chips:
            for name, icon, _ in CATEGORIES:
                tile = ui.element("button").classes("ki-category").props(f"type=button data-testid=category-{name}")
                with tile:
                    ui.icon(icon)
                    ui.label(texts[f"category_{name}"])
                tile.on("click", lambda _, name=name: self._choose(name))
        self._heading = ui.label().classes("ki-heading")
        self._results = ui.element("div").classes("ki-results").props("data-testid=results")
        self._results.on("click", lambda event: page.show_place(str(event.args)), js_handler=EMIT_PLACE)
        self._serving = ui.element("div").classes("ki-serving")
        self._served: list[tuple[str, str]] = []
        self._suggest()

    @property
    def used(self) -> bool:
        """Whether a visitor has left something on it."""
        return bool(self._input.value) or bool(self._category) or self._keyboard.visible

    def update(self) -> None:
        """Show which robots are coming for calls made at this kiosk."""
        calls = [(call.robot or "…", call.place) for call in self._page.service.desk.open_calls()]
        if calls == self._served:
            return
        self._served = calls
        self._serving.clear()
        with self._serving:
            for robot, place in calls[:3]:
                name = named(self._page.venue.place(place).names, self._page.language)
                with ui.element("div").classes("ki-served"):
                    ui.icon("smart_toy")
                    ui.label(self._page.texts["serving"].format(robot=robot, place=name))

    def _toggle_keys(self) -> None:
        self._keyboard.set_visibility(not self._keyboard.visible)
        self._chips.set_visibility(not self._keyboard.visible)

    def _key(self, key: str) -> None:
        text = self._input.value or ""
        if key == "done":
            self._page.ask(text)
        elif key == "clear":
            self._input.set_value("")
        else:
            self._input.set_value(text[:-1] if key == "erase" else text + key)

    def _changed(self) -> None:
        self._page.touched()
        query = (self._input.value or "").strip()
        if not query:
            self._suggest()
            return
        self._category = ""
        hits = self._page.service.search(query, self._page.language)
        self._list(self._page.texts["results"] if hits else self._page.texts["nothing_found"], [h.place for h in hits])

    def _choose(self, category: str) -> None:
        self._category = "" if category == self._category else category
        self._suggest()

    def _suggest(self) -> None:
        page = self._page
        name = self._category or "halls"
        kinds = next(kinds for key, _, kinds in CATEGORIES if key == name)
        here = page.service.kiosk
        found = [place for place in page.venue.places.values() if place_kind(page, place.id) in kinds]
        if name != "halls":
            found.sort(key=lambda place: (place.x - here.x) ** 2 + (place.y - here.y) ** 2)
        title = page.texts[f"category_{name}"] if self._category else page.texts["popular"]
        self._list(title, [place.id for place in found[:16]])

    def _list(self, title: str, places: Sequence[str]) -> None:
        self._heading.set_text(title)
        self._results.clear()
        with self._results:
            for place_id in places:
                self._row(self._page.venue.place(place_id))

    def _row(self, place: Place) -> None:
        page = self._page
        with (
            ui.element("button")
            .classes("ki-result")
            .props(f"type=button data-place={place.id} data-testid=place-{place.id}")
        ):
            ui.icon(KIND_ICONS.get(place.kind, "place"))
            with ui.element("span").classes("ki-result-text"):
                ui.label(named(place.names, page.language)).classes("ki-result-name")
                if note := where_note(page, place):
                    ui.label(note).classes("ki-result-note")
            ui.icon("chevron_right").classes("ki-faint")


def where_note(page: KioskPage, place: Place) -> str:
    """Booth number and hall, as far as they say more than the name."""
    parts = []
    booth = page.venue.booths.get(place.id)
    if booth is not None and booth.exhibitor:
        parts.append(booth_label(booth))
    if place.hall and place.hall != place.id:
        parts.append(named(page.venue.halls[place.hall].names, page.language))
    return " · ".join(parts)


class PlaceScreen:
    """A place, the way there in words, and the button that calls a robot."""

    def __init__(self, page: KioskPage, place: Place, way: Way, answer: str) -> None:
        self._page = page
        texts = page.texts
        back = ui.button(texts["back"], icon="arrow_back", on_click=page.show_home)
        back.props("flat no-caps data-testid=back").classes("ki-back")
        ui.label(named(place.names, page.language)).classes("ki-place").props("data-testid=place-name")
        if note := where_note(page, place):
            ui.label(note).classes("ki-place-note")
        if answer:
            with ui.element("div").classes("ki-answer"):
                ui.icon("chat")
                ui.label(answer)
        with ui.element("div").classes("ki-facts"):
            self._fact("straighten", texts["metres"].format(m=rounded(way.length_m)), "distance")
            minutes = max(1, round(way.time_s / 60))
            self._fact("directions_walk", texts["minutes"].format(n=minutes), "minutes")
        self._button = ui.button(texts["take_me"], icon="smart_toy", on_click=page.call_robot)
        self._button.props("unelevated no-caps data-testid=take-me").classes("ki-take")
        self._sorry = ui.label(texts["no_robots_now"]).classes("ki-sorry").props("data-testid=no-robots")
        self.update()
        ui.label(texts["way_on_foot"]).classes("ki-heading")
        lines = words(way, page.venue, page.language, texts)
        icons = [*(STEP_ICONS[step.turn] for step in way.steps), "flag"]
        with ui.element("ol").classes("ki-steps").props("data-testid=steps"):
            for icon, line in zip(icons, lines, strict=True):
                with ui.element("li"):
                    ui.icon(icon)
                    ui.label(line)
        describe(page, place)

    def update(self) -> None:
        """Offer the robot only while one can be called."""
        reachable = self._page.service.connected
        self._button.set_enabled(reachable)
        self._sorry.set_visibility(not reachable)

    def _fact(self, icon: str, text: str, name: str) -> None:
        with ui.element("div").classes("ki-fact").props(f"data-testid={name}"):
            ui.icon(icon)
            ui.label(text)


def describe(page: KioskPage, place: Place) -> None:
    """Who exhibits there."""
    booth = page.venue.booths.get(place.id)
    exhibitor = page.venue.exhibitors.get(booth.exhibitor) if booth is not None and booth.exhibitor else None
    if exhibitor is not None and (text := named(exhibitor.description, page.language)):
        ui.label(page.texts["about"]).classes("ki-heading")
        ui.label(text).classes("ki-about")


class CallScreen:
    """How far a call has come."""

    def __init__(self, page: KioskPage, call: Call) -> None:
        self._page = page
        self._shown: Call | None = None
        texts = page.texts
        name = named(page.venue.place(call.place).names, page.language)
        ui.label(texts["going_to"]).classes("ki-heading first")
        ui.label(name).classes("ki-place")
        with ui.element("div").classes("ki-status").props("data-testid=call") as self._box:
            self._icon = ui.icon("send").classes("ki-status-icon")
            self._title = ui.label().classes("ki-status-title").props("data-testid=call-title aria-live=polite")
            self._note = ui.label().classes("ki-status-note").props("data-testid=call-note")
        with ui.element("div").classes("ki-stages"):
            self._stages = [self._stage(status) for status in SHOWN_STAGES]
        self._cancel = ui.button(texts["cancel"], icon="close", on_click=page.cancel_call)
        self._cancel.props("outline no-caps data-testid=cancel").classes("ki-wide")
        self._home = ui.button(texts["home"], icon="home", on_click=page.show_home)
        self._home.props("unelevated no-caps data-testid=home").classes("ki-wide ki-take")
        self.update(call, page.service.now())

    def _stage(self, status: Status) -> tuple[Status, ui.element]:
        with ui.element("div").classes("ki-stage") as stage:
            ui.icon(STAGE_ICONS[status])
            ui.label(self._page.texts[f"stage_{status}"])
        return status, stage

    def update(self, call: Call, now: float) -> None:
        """Show `call` as it is now."""
        texts, eta_s = self._page.texts, call.eta_s(now)
        if eta_s is not None:
            soon = texts["eta_soon"] if eta_s < 5 else texts["eta"].format(s=5 * round(eta_s / 5))
            self._note.set_text(soon)
        if call == self._shown:
            return
        self._shown = call
        self._box.props(f"data-status={call.status} data-robot={call.robot or 'none'}")
        self._box.classes(remove="ended bad", add=self._tone(call.status))
        self._icon.set_name(STAGE_ICONS.get(call.status, "check_circle" if call.status is Status.FINISHED else "info"))
        self._title.set_text(texts[f"status_{call.status}"].format(robot=call.robot))
        if eta_s is None:
            reason = texts.get(f"reason_{call.reason}", call.reason) if call.status.ended else ""
            self._note.set_text(reason or texts.get(f"note_{call.status}", ""))
        for status, stage in self._stages:
            reached = call.status in STAGES and STAGES.index(call.status) >= STAGES.index(status)
            reached = reached or call.status is Status.FINISHED
            current = call.status == status or (status is Status.APPROACHING and call.status is Status.ASSIGNED)
            stage.classes(remove="done now", add=f"{'done' if reached else ''} {'now' if current else ''}")
        self._cancel.set_visibility(not call.status.ended)
        self._home.set_visibility(call.status.ended or call.status is Status.LEADING)

    @staticmethod
    def _tone(status: Status) -> str:
        if status in (Status.FAILED, Status.REJECTED):
            return "ended bad"
        return "ended" if status.ended else ""
