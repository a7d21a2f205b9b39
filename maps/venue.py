"""The venue: everything the plan says and implies, typed, immutable, in the `map` frame.

Frame `map`: metres, x east, y north, origin at the lower left corner; yaw counter-clockwise from +x, radians.
Every collection is keyed by id, in the order of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from rapidfuzz import process

from maps.errors import PlanError, UnknownPlace
from maps.lanes import LaneGraph

__all__ = ["PlanError", "UnknownPlace", "Venue", "load_venue"]

Names = Mapping[str, str]
"""Language -> name; `zh` and `en` are always there."""

PlaceKind = Literal["hall", "booth", "facility", "kiosk", "room", "charger", "site"]
ZoneKind = Literal["keep_out", "speed"]
Area = Literal["comprehensive", "themed", "service"]
FacilityKind = Literal[
    "toilet",
    "accessible_toilet",
    "nursing_room",
    "food",
    "water",
    "exit",
    "entrance",
    "elevator",
    "escalator",
    "information_desk",
    "first_aid",
    "cloakroom",
    "charging",
    "wifi",
    "atm",
    "ticket_office",
    "parking",
    "metro",
    "taxi",
    "souvenir_shop",
    "smoking_area",
    "prayer_room",
    "lost_and_found",
    "security",
]


@dataclass(frozen=True, slots=True)
class Rect:
    """An axis-aligned rectangle, metres; iterates as x0, y0, x1, y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.x0, self.y0, self.x1, self.y1))

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, metres."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in it, edges included."""
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Anything a visitor or a robot can be sent to."""

    id: str
    kind: PlaceKind
    names: Names
    x: float
    y: float
    hall: str | None
    station: str
    """Id of the station where a robot stops for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """An exhibition or service area, a rectangle."""

    id: str
    names: Names
    x0: float
    y0: float
    x1: float
    y1: float
    theme: str | None
    area: Area
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booth:
    """One exhibitor's stand: a rectangle, an obstacle for robots."""

    id: str
    hall: str
    x0: float
    y0: float
    x1: float
    y1: float
    exhibitor: str | None
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibitor:
    """A company or body that exhibits."""

    id: str
    names: Names
    sector: str
    booths: tuple[str, ...]
    description: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """One of the twelve service sectors of the WTO classification."""

    id: str
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A toilet, an exit, an information desk, ..."""

    id: str
    kind: FacilityKind
    names: Names
    x: float
    y: float
    hall: str | None
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kiosk:
    """An information kiosk; yaw is the way its screen faces."""

    id: str
    names: Names
    x: float
    y: float
    yaw: float
    hall: str | None
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """A charging dock; pose of a robot standing on it. Its station has the same id."""

    id: str
    x: float
    y: float
    yaw: float
    hall: str | None
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A forum room."""

    id: str
    names: Names
    x: float
    y: float
    hall: str | None
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One item of the programme; `start` and `end` are ISO 8601 with offset."""

    id: str
    names: Names
    room: str
    start: str
    end: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One sector antenna of a 5G site."""

    nci: int
    """NR cell identity, 36 bits (3GPP TS 38.413, 9.3.1.7)."""
    azimuth_rad: float
    """Main direction, counter-clockwise from +x as every yaw here."""
    beamwidth_rad: float
    frequency_mhz: float
    power_dbm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A 5G site."""

    id: str
    names: Names
    x: float
    y: float
    height_m: float
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Where a robot stops: a lane node and the yaw it takes there."""

    id: str
    node: str
    x: float
    y: float
    yaw: float
    kind: PlaceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A part of the floor with a rule for robots: stay out, or drive slowly."""

    id: str
    kind: ZoneKind
    rect: Rect
    speed_mps: float | None = None
    """The limit of a speed zone."""


@dataclass(frozen=True, kw_only=True)
class Venue:
    """One floor of one venue. Built by `load_venue`; never changes."""

    id: str
    map_id: str
    version: str
    names: Names
    width_m: float
    height_m: float
    resolution_m: float
    """Cell size of the occupancy grid."""
    halls: Mapping[str, Hall]
    booths: Mapping[str, Booth]
    exhibitors: Mapping[str, Exhibitor]
    sectors: Mapping[str, Sector]
    facilities: Mapping[str, Facility]
    kiosks: Mapping[str, Kiosk]
    chargers: Mapping[str, Charger]
    rooms: Mapping[str, Room]
    sessions: Mapping[str, Session]
    sites: Mapping[str, Site]
    stations: Mapping[str, Station]
    places: Mapping[str, Place]
    walls: tuple[Rect, ...]
    """Walls and pillars; booths are obstacles too."""
    lanes: LaneGraph
    zones: tuple[Zone, ...] = ()
    """Where robots do not drive, or drive slowly; the lanes heed them already."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Opening hours, theme lines, epidemic rules, ... as the plan gives them."""

    def place(self, place_id: str) -> Place:
        """The place with this id.

        :raises UnknownPlace: its message suggests the nearest ids.
        """
        try:
            return self.places[place_id]
        except KeyError:
            close = process.extract(place_id, list(self.places), limit=3, score_cutoff=60)
            raise UnknownPlace(place_id, tuple(found for found, _, _ in close)) from None

    def hall_at(self, x: float, y: float) -> Hall | None:
        """The hall a point of frame `map` lies in, or None."""
        for hall in self.halls.values():
            if hall.x0 <= x <= hall.x1 and hall.y0 <= y <= hall.y1:
                return hall
        return None

    @property
    def obstacles(self) -> tuple[Rect, ...]:
        """Everything a robot must not touch: walls, pillars, booths."""
        return self.walls + tuple(Rect(b.x0, b.y0, b.x1, b.y1) for b in self.booths.values())


def load_venue(name: str | Path) -> Venue:
    """The venue of this name (`hall`, `ciftis2020`), or of a plan file or folder. Loaded once per process.

    :raises PlanError: the first problem of the plan.
    """
    from maps.plan import find_plan  # here, since the plan's models are heavy and the types above are not

    return _load(find_plan(name))


@lru_cache(maxsize=8)
def _load(path: Path) -> Venue:
    from maps.loading import checked_venue

    return checked_venue(path)
