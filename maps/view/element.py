"""`VenueMap`: the live map as a NiceGUI element. One canvas; the server sends one message per tick."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Response
from nicegui import app
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from maps.venue import Venue
from maps.view.catalogue import catalogue
from maps.view.scene import scene

_PREFIX = "/_fairguide/scene"
_scenes: dict[str, bytes] = {}
_known: dict[tuple[str, str, str], str] = {}

ROBOT_FIELDS = ("serial", "x", "y", "yaw", "battery", "charging", "link", "state", "path")
"""What the map needs of a robot's JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What a tap or click on the map was on."""

    kind: str
    """One of `robot`, `place`, `floor`."""
    id: str
    """The robot's serial or the place's id; empty on the floor."""
    x: float
    y: float


class VenueMap(Element, component="venue_map.js", esm={"fairguide-map": "engine"}, default_classes="fg-map-host"):
    """The map of a venue: pan, zoom, tap; robots move on it smoothly between ticks.

    Its height is its parent's: place it in a box that has one. Include `theme_css()` in the page.
    """

    def __init__(
        self,
        venue: Venue,
        language: str,
        *,
        on_pick: Callable[[Pick], Any] | None = None,
        legend: bool = True,
        lanes: bool = True,
        hidden: Sequence[str] = (),
    ) -> None:
        """
        :param on_pick: called with what a click was on.
        :param legend: offer a legend and the switch for lanes.
        :param lanes: show the robots' lanes at first.
        :param hidden: kinds ("charger", "site", ...) and ids of marks not to show.
        """
        super().__init__()
        self._venue = venue
        self._marks: dict[str, Any] = {}
        self._props["source"] = published(venue, language)
        self._props["texts"] = dict(catalogue(Path(__file__).parent / "text", language))
        self._props["legend"] = legend
        self._props["show_lanes"] = lanes
        self._props["hidden"] = list(hidden)
        self._props["marks"] = self._marks
        if on_pick is not None:
            self.on("pick", lambda event: on_pick(_pick(event)))

    def tick(self, robots: Sequence[Mapping[str, Any]]) -> None:
        """Show `robots` (robot JSON of the HTTP contract) where they are now; the others vanish."""
        self.run_method("tick", [{key: robot.get(key) for key in ROBOT_FIELDS} for robot in robots])

    def here(self, x: float, y: float) -> None:
        """Mark "you are here", metres in `map`."""
        self._mark(here={"x": x, "y": y})

    def route(self, points: Sequence[tuple[float, float]] | None) -> None:
        """Highlight a way, or none."""
        self._mark(route=[list(point) for point in points] if points else None)

    def pin(self, place_id: str | None, name: str = "") -> None:
        """Put the pin on a place, or take it off.

        :raises UnknownPlace: if there is no such place.
        """
        place = self._venue.place(place_id) if place_id else None
        self._mark(pin={"x": place.x, "y": place.y, "name": name} if place else None)

    def select(self, serial: str | None) -> None:
        """Emphasise one robot and its remaining way."""
        self._mark(selected=serial)

    def view(self, box: tuple[float, float, float, float] | None) -> None:
        """Fly to x0, y0, x1, y1 (metres), or to the whole venue."""
        self._mark(view=list(box) if box else None)

    def look_at(self, x: float, y: float, around_m: float = 12.0) -> None:
        """Fly to a point; unlike `view` it is not kept for a page that reconnects."""
        self.run_method("focus", x - around_m, y - around_m, x + around_m, y + around_m)

    def _mark(self, **marks: Any) -> None:
        changed = {key: value for key, value in marks.items() if self._marks.get(key) != value}
        if changed:
            self._marks = {**self._marks, **changed}
            self._props["marks"] = self._marks
            self.update()


def published(venue: Venue, language: str) -> str:
    """The address the browser reads the venue's scene from; its hash lets it be cached for good."""
    key = (venue.id, venue.version, language)
    if key not in _known:
        body = json.dumps(scene(venue, language), ensure_ascii=False, separators=(",", ":")).encode()
        digest = hashlib.sha256(body).hexdigest()[:16]
        _scenes[digest] = body
        _known[key] = f"{_PREFIX}/{digest}.json"
    return _known[key]


@app.get(_PREFIX + "/{digest}.json", include_in_schema=False)
def _scene(digest: str) -> Response:
    """One published scene; the name is its content's hash."""
    if digest not in _scenes:
        raise HTTPException(404, "no such scene: reload the page")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_scenes[digest], media_type="application/json", headers=headers)


def _pick(event: GenericEventArguments) -> Pick:
    what = event.args if isinstance(event.args, dict) else {}
    return Pick(
        kind=str(what.get("kind", "floor")),
        id=str(what.get("id", "")),
        x=float(what.get("x", 0.0)),
        y=float(what.get("y", 0.0)),
    )
