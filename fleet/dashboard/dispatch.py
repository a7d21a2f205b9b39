"""The form that sends a robot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from fleet.dashboard.picture import FleetView
from fleet.errors import FleetError
from fleet.tasks import Source, TaskKind, TaskRequest
from maps.directory import Directory, Hit
from maps.errors import MapsError
from maps.view.scene import named

AUTO = ""
EMIT_TEXT = "(event) => emit(event.target.value)"
"""What is in the field now: the debounced value comes later than the Enter."""
EMIT_PLACE = "(event) => { const row = event.target.closest('[data-place]'); if (row) emit(row.dataset.place); }"
"""On the list, not on its rows: a click counts even when the list is being replaced under it."""
ICONS = {
    "hall": "grid_view",
    "booth": "storefront",
    "facility": "place",
    "kiosk": "touch_app",
    "room": "co_present",
    "charger": "bolt",
    "site": "cell_tower",
    "session": "event",
}


def task_request(kind: str, place: str, robot: str, origin: str, language: str) -> TaskRequest:
    """What the form asks of the fleet; only a guided visitor waits somewhere."""
    return TaskRequest(
        kind=TaskKind(kind),
        place=place,
        robot=robot,
        origin=origin if kind == TaskKind.GUIDE else "",
        language=language,
        source=Source.STAFF,
    )


class DispatchForm:
    """Where to, who, what for. `on_place` hears which destination is chosen, or None."""

    def __init__(
        self,
        fleet: FleetView,
        directory: Directory,
        language: str,
        texts: Mapping[str, str],
        on_place: Callable[[str | None], None],
    ) -> None:
        self._fleet = fleet
        self._venue = fleet.venue
        self._directory = directory
        self._language = language
        self._texts = texts
        self._on_place = on_place
        self._place = ""
        self._filling = False
        self._serials: list[str] = []
        self._build()

    def _build(self) -> None:
        texts = self._texts
        kiosks = {kiosk.id: named(kiosk.names, self._language) for kiosk in self._venue.kiosks.values()}
        with ui.element("form").classes("df").props("data-testid=dispatch") as form:
            form.on("submit", js_handler="(event) => event.preventDefault()")
            ui.label(texts["dispatch"]).classes("df-title")
            with ui.column().classes("df-hits").props("data-testid=dispatch-hits") as self._hits:
                pass
            self._hits.set_visibility(False)
            self._hits.on("click", lambda event: self.choose(str(event.args)), js_handler=EMIT_PLACE)
            self._search = ui.input(placeholder=texts["destination_hint"], on_change=self._typed)
            self._search.props("outlined dense clearable debounce=150 autocomplete=off data-testid=dispatch-place")
            self._search.props(f'aria-label="{texts["destination"]}"').classes("full-width")
            self._search.on("keydown.enter", lambda event: self._take_first(str(event.args)), js_handler=EMIT_TEXT)
            with self._search.add_slot("prepend"):
                ui.icon("search")
            self._kind = ui.toggle(
                {TaskKind.GO_TO.value: texts["kind_goTo"], TaskKind.GUIDE.value: texts["kind_guide"]},
                value=TaskKind.GO_TO.value,
            ).props("no-caps unelevated dense data-testid=dispatch-kind")
            with ui.element("div").classes("df-row"):
                self._robot = ui.select({AUTO: texts["robot_auto"]}, value=AUTO, label=texts["robot"])
                self._robot.props("outlined dense options-dense data-testid=dispatch-robot")
                self._origin = ui.select({AUTO: texts["origin_none"], **kiosks}, value=AUTO, label=texts["origin"])
                self._origin.props("outlined dense options-dense data-testid=dispatch-origin")
                self._origin.bind_enabled_from(self._kind, "value", backward=lambda kind: kind == TaskKind.GUIDE)
            ui.button(texts["submit"], icon="send", on_click=self._submit).classes("df-go full-width").props(
                "no-caps unelevated data-testid=dispatch-submit"
            )

    def offer(self, serials: Sequence[str]) -> None:
        """The robots there are."""
        if list(serials) != self._serials:
            self._serials = list(serials)
            self._robot.set_options({AUTO: self._texts["robot_auto"], **{serial: serial for serial in sorted(serials)}})

    def choose(self, place_id: str) -> None:
        """Fill in the destination."""
        place = self._venue.places.get(place_id)
        if place is None:
            return
        self._place = place_id
        self._hits.set_visibility(False)
        self._filling = True
        self._search.set_value(named(place.names, self._language))
        self._filling = False
        self._on_place(place_id)

    def _typed(self, event: ValueChangeEventArguments[str | None]) -> None:
        if self._filling:
            return
        self._place = ""
        self._on_place(None)
        query = str(event.value or "").strip()
        self._hits.clear()
        self._hits.set_visibility(bool(query))
        if query:
            with self._hits:
                self._list(self._directory.search(query, lang=self._language, limit=7))

    def _list(self, hits: Sequence[Hit]) -> None:
        if not hits:
            ui.label(self._texts["nothing_found"]).classes("df-hit")
        for hit in hits:
            row = ui.element("div").classes("df-hit")
            row.props(f"role=option tabindex=0 data-place={hit.place} data-testid=hit-{hit.place}")
            row.on("keydown.enter", lambda _, place=hit.place: self.choose(place))
            with row:
                ui.icon(ICONS.get(hit.kind, "place"))
                ui.label(hit.label)
                ui.label(self._texts.get(f"kind_{hit.kind}", hit.kind)).tag = "small"

    def _take_first(self, text: str) -> None:
        query = text.strip()
        if not self._place and query and (hits := self._directory.search(query, lang=self._language, limit=1)):
            self.choose(hits[0].place)

    async def _submit(self) -> None:
        texts = self._texts
        if not self._place:
            ui.notify(texts["need_destination"], type="warning")
            return
        request = task_request(
            str(self._kind.value), self._place, str(self._robot.value), str(self._origin.value), self._language
        )
        try:
            task = await self._fleet.submit(request)
        except (FleetError, MapsError) as error:
            ui.notify(texts["refused"].format(reason=error), type="negative", multi_line=True)
            return
        ui.notify(texts["sent"].format(id=task.id), type="positive")
        self._search.set_value("")
