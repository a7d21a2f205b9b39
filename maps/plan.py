"""The human-written floor plan: metres, one YAML file or one folder of them per venue, typed and checked.

These models say what may be written; `maps.expand` says what it means, `maps.check` whether it can be used,
`docs/maps.md` shows examples. Unknown keys are errors, so a misspelt key never passes silently.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from maps.errors import PlanError
from maps.plan_file import PlanData, find_plan, read_files
from maps.venue import Area, FacilityKind, ZoneKind

__all__ = ["Plan", "find_plan", "read_plan"]

MAX_CELLS = 4e8
"""Of the occupancy grid: 400 MB."""
Side = Literal["south", "north", "west", "east"]


def _named(names: dict[str, str]) -> dict[str, str]:
    for language in ("zh", "en"):
        if not names.get(language, "").strip():
            raise ValueError(f"needs a name in '{language}': write {{zh: ..., en: ...}}")
    return names


def _ordered(rect: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if rect[0] >= rect[2] or rect[1] >= rect[3]:
        raise ValueError("a rectangle is [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
    return rect


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
NamesIn = Annotated[dict[str, str], AfterValidator(_named)]
Metres = Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)]
Length = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
Point = tuple[Metres, Metres]
RectIn = Annotated[tuple[Metres, Metres, Metres, Metres], AfterValidator(_ordered)]
Stand = Annotated[float, Field(ge=0.5, le=500, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spot(_Part):
    """A point: `at: [x, y]`, or by the wall of a hall: `hall`, `side`, and metres `along` that wall."""

    at: Point | None = None
    hall: Id | None = None
    side: Side = "south"
    along: Length | None = None
    yaw_deg: float | None = Field(default=None, ge=-360, le=360)
    """Facing; by a wall the default is into the hall."""

    @model_validator(mode="after")
    def _one_way(self) -> Spot:
        if (self.at is None) == (self.along is None):
            raise ValueError("give either at: [x, y], or hall, side and along")
        if self.along is not None and self.hall is None:
            raise ValueError("along needs the hall it is measured in: add hall")
        return self

    @property
    def yaw(self) -> float | None:
        """Radians, or None where not given."""
        return None if self.yaw_deg is None else math.radians(self.yaw_deg)


class LaneRules(_Part):
    """How lanes are laid."""

    spacing: float = Field(default=1.4, ge=1.2, le=4)
    """Between the two lanes of a pair: robots of radius 0.3 m pass with 0.6 m between them at least."""
    clearance: float = Field(default=0.75, ge=0.4, le=2)
    """From a lane to the nearest obstacle."""
    speed: float = Field(default=1.0, gt=0, le=3)
    spur_speed: float = Field(default=0.4, gt=0, le=1)
    reach: float = Field(default=12.0, gt=0)
    """Farthest a place may lie from the lane its station is on."""


class SectorIn(_Part):
    names: NamesIn


class CorridorIn(_Part):
    """A street along axis-parallel points. Two-way (a pair of lanes) unless `one_way`."""

    along: list[Point] = Field(min_length=2)
    speed: float | None = Field(default=None, gt=0, le=3)
    one_way: bool = False


class DoorIn(_Part):
    """A gap in a hall's wall; a street leads through it to the next corridor."""

    side: Side
    at: Length
    """Metres along the side, from its west or south end to the door's middle."""
    width: Length = 6.0


class RowsIn(_Part):
    """Fills a hall with rows of booths back to back, aisles between and around them."""

    size: tuple[Stand, Stand]
    """Width along the aisle, depth."""
    aisle: float = Field(default=4.0, ge=3.0, le=30)
    edge: float = Field(default=6.0, ge=3.0, le=30)
    """Width of the aisle around, along the walls."""
    cross: int = Field(default=1, ge=0, le=20)
    """Cross aisles that cut the rows."""


class BlockIn(_Part):
    """A block of booths: `columns` side by side, one row (facing `front`) or two rows back to back."""

    corner: Point
    size: tuple[Stand, Stand]
    columns: int = Field(ge=1, le=200)
    rows: Literal[1, 2] = 2
    front: Literal["south", "north"] = "south"


class HallIn(_Part):
    names: NamesIn
    area: Area
    theme: str | None = None
    rect: RectIn
    walls: bool = True
    doors: list[DoorIn] = []
    station: Point | None = None
    """Where a robot stops for the hall; by default inside its first door."""
    rows: RowsIn | None = None
    blocks: list[BlockIn] = []
    sectors: list[Id] = []
    """Sectors of the exhibitors generated for its booths."""
    facilities: dict[Side, list[FacilityKind]] = {}
    """Facilities spread along a wall."""


class BoothIn(_Part):
    hall: Id
    rect: RectIn
    exhibitor: Id | None = None


class ExhibitorIn(_Part):
    names: NamesIn
    sector: Id
    hall: Id | None = None
    """Gets the first free booths of this hall."""
    booths: int = Field(default=1, ge=1, le=20)
    description: NamesIn | None = None


class WordIn(_Part):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class GeneratedIn(_Part):
    """Exhibitors made up for booths nobody has: region + stem + business."""

    regions: list[WordIn] = Field(min_length=1)
    stems: list[WordIn] = Field(min_length=1)
    business: dict[Id, list[WordIn]]
    """By sector: what such a company does."""
    let: float = Field(default=1.0, ge=0, le=1)
    """Share of the booths that are let."""


class FacilityIn(Spot):
    kind: FacilityKind
    names: NamesIn | None = None


class KioskIn(Spot):
    names: NamesIn | None = None


class RoomIn(Spot):
    names: NamesIn


class DocksIn(Spot):
    """A row of charging docks, numbered on through the plan: dock-01, dock-02, ..."""

    count: int = Field(default=1, ge=1, le=100)
    pitch: float = Field(default=1.6, ge=1.2, le=10)
    step: Point | None = None
    """With `at`: the way from one dock to the next; by default along +x."""


class SitesIn(_Part):
    """5G sites: one at each point of `at`, and `count` in each hall of `halls`."""

    at: list[Point] = []
    halls: list[Id] = []
    count: int = Field(default=1, ge=1, le=20)
    height: Length = 8.0
    cells: int = Field(default=3, ge=1, le=6)
    frequency_mhz: float = Field(default=3500.0, ge=400, le=60_000)
    power_dbm: float = Field(default=24.0, ge=-20, le=60)
    beamwidth_deg: float = Field(default=65.0, gt=0, le=360)


class ZoneIn(_Part):
    """A rectangle robots stay out of, or drive slowly in."""

    kind: ZoneKind
    rect: RectIn
    speed: float | None = Field(default=None, ge=0.1, le=3, allow_inf_nan=False)

    @model_validator(mode="after")
    def _speed_belongs(self) -> ZoneIn:
        if (self.kind == "speed") != (self.speed is not None):
            raise ValueError("a speed zone needs its speed in m/s, a keep_out zone has none")
        return self


class SessionIn(_Part):
    names: NamesIn
    room: Id
    start: str
    end: str
    kind: str = "forum"


class TrackIn(_Part):
    """One kind of session: every topic once, in these rooms."""

    kind: str
    title: WordIn
    """With `{topic}` where the topic goes."""
    topics: list[WordIn] = Field(min_length=1)
    rooms: list[Id] = Field(min_length=1)
    slots: list[str] = Field(min_length=1)
    """`HH:MM-HH:MM`, local time."""


class ProgrammeIn(_Part):
    days: list[str] = Field(min_length=1)
    """`YYYY-MM-DD`, quoted."""
    offset: str = Field(default="+08:00", pattern=r"^[+-]\d\d:\d\d$")
    tracks: list[TrackIn] = []
    sessions: dict[Id, SessionIn] = {}


class Plan(_Part):
    """One floor of one venue as its author writes it."""

    id: Id
    map_id: str = Field(min_length=1)
    version: str
    names: NamesIn
    size: tuple[Length, Length]
    resolution: float = Field(default=0.05, ge=0.01, le=1)
    seed: int = 1
    lanes: LaneRules = LaneRules()
    sectors: dict[Id, SectorIn] = {}
    corridors: dict[Id, CorridorIn] = {}
    halls: dict[Id, HallIn] = {}
    walls: list[RectIn] = []
    booths: dict[str, BoothIn] = {}
    exhibitors: dict[Id, ExhibitorIn] = {}
    generated: GeneratedIn | None = None
    facilities: dict[Id, FacilityIn] = {}
    kiosks: dict[Id, KioskIn] = {}
    rooms: dict[Id, RoomIn] = {}
    docks: list[DocksIn] = []
    sites: list[SitesIn] = []
    zones: list[ZoneIn] = []
    programme: ProgrammeIn | None = None
    facts: dict[str, Any] = {}

    @model_validator(mode="after")
    def _grid_fits(self) -> Plan:
        cells = self.size[0] * self.size[1] / self.resolution**2
        if cells > MAX_CELLS:
            raise ValueError(f"its grid would have {cells:.1e} cells: make size smaller or resolution coarser")
        return self


def read_plan(path: Path) -> tuple[Plan | None, PlanData, list[PlanError]]:
    """Read a plan and say everything that is wrong with its shape.

    :returns: the plan (None if its shape is wrong), its data with line numbers, the problems.
    :raises PlanError: if it cannot be read as YAML at all.
    """
    data = read_files(path)
    try:
        return Plan.model_validate(data.values), data, []
    except ValidationError as error:
        problems = [
            data.problem(_location(item["loc"]), _plain(item["msg"], item["type"]))
            for item in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return None, data, problems


def _location(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return tuple(step for step in loc if step != "[key]")


def _plain(message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key: check its spelling, or remove it"
    if kind == "missing":
        return "missing: add it"
    if kind == "string_pattern_mismatch":
        return "an id holds lower case letters, digits, - and _ only: rename it"
    return message.removeprefix("Value error, ")
