"""Where the venue's boards hang and which tag each shows: AprilTag 36h11, on the wall a robot faces at a station, or
has at its back on a dock. Derived from the floor plan alone, so that whoever prints, simulates or reads them agrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.venue import Station, Venue

BOARD_M = 0.25
"""Side of the black square."""
BOARD_HEIGHT_M = 1.1
NUMBERS = 587
"""As many tags as the family has."""
_REACH_M = 4.0
"""A wall farther from the station than this is none of its."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One board, frame map: the middle of its face, the direction it faces, the side of its black square in metres."""

    number: int
    station: str
    x: float
    y: float
    z: float
    yaw: float
    side_m: float


def boards_of(venue: Venue) -> dict[int, Board]:
    """Tag number -> board. Docks first, then everything but booths, then every n-th booth, until numbers run out."""
    rects = np.array([tuple(wall) for wall in venue.walls] + [(b.x0, b.y0, b.x1, b.y1) for b in venue.booths.values()])
    stations = list(venue.stations.values())
    docks = [it for it in stations if it.kind == "charger"]
    others = [it for it in stations if it.kind not in ("charger", "booth")]
    booths = [it for it in stations if it.kind == "booth"]
    left = max(NUMBERS - len(docks) - len(others), 1)
    chosen = [*docks, *others, *booths[:: max(math.ceil(len(booths) / left), 1)]][:NUMBERS]
    found = {}
    for number, station in enumerate(chosen):
        board = _on_wall(number, station, rects.reshape(-1, 4))
        if board is not None:
            found[number] = board
    return found


def _on_wall(number: int, station: Station, rects: NDArray[np.float64]) -> Board | None:
    """On the nearest wall ahead of the station, or behind a dock; None where there is none."""
    look = station.yaw + (math.pi if station.kind == "charger" else 0.0)
    c, s = math.cos(look), math.sin(look)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.sort((rects[:, (0, 2)] - station.x) / c, axis=1) if abs(c) > 1e-9 else _slab(rects[:, (0, 2)], station.x)
        y = np.sort((rects[:, (1, 3)] - station.y) / s, axis=1) if abs(s) > 1e-9 else _slab(rects[:, (1, 3)], station.y)
    enter, leave = np.maximum(x[:, 0], y[:, 0]), np.minimum(x[:, 1], y[:, 1])
    enter = np.where((enter <= leave) & (enter > 0.2), enter, math.inf)
    nearest = int(np.argmin(enter)) if len(enter) else 0
    if not len(enter) or enter[nearest] > _REACH_M:
        return None
    way = float(enter[nearest])
    upright = x[nearest, 0] >= y[nearest, 0]  # the face is crossed along x
    yaw = (math.pi if c > 0 else 0.0) if upright else (-math.pi / 2 if s > 0 else math.pi / 2)
    return Board(
        number=number,
        station=station.id,
        x=station.x + way * c,
        y=station.y + way * s,
        z=BOARD_HEIGHT_M,
        yaw=yaw,
        side_m=BOARD_M,
    )


def _slab(bounds: NDArray[np.float64], at: float) -> NDArray[np.float64]:
    """A ray along a slab enters nowhere in particular if it runs inside, and never if outside."""
    inside = (bounds[:, 0] <= at) & (at <= bounds[:, 1])
    return np.column_stack((np.where(inside, -math.inf, math.inf), np.where(inside, math.inf, -math.inf)))
