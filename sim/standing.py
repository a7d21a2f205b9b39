"""Where a polite person stands: close enough to talk, in nobody's way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.fields import Fields
from sim.walkways import segment_distance

RADII_M = (1.2, 1.4, 1.0, 1.6, 1.9)
_DIRECTIONS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Surround:
    """What there is to stand clear of; `people` (m, 2) may hold nan, `lanes` is (n, 4)."""

    fields: Fields
    lanes: NDArray[np.float64] | None
    people: NDArray[np.float64]


def standing_spot(
    around: Surround, centre: tuple[float, float], *, facing: float | None, toward: float
) -> tuple[float, float]:
    """A free point about 1.2 m from `centre`, in sight of it, off the lanes.

    :param facing: yaw of who stands at `centre`; straight ahead of it is kept free. None: nobody's.
    :param toward: direction from `centre` that is preferred, radians.
    :returns: the best point, or `centre` plus 1.2 m towards `toward` where all is walled in.
    """
    best: tuple[float, tuple[float, float]] | None = None
    lanes = _close_lanes(around.lanes, centre)
    for radius in RADII_M:
        for k in range(_DIRECTIONS):
            angle = toward + k * 2.0 * math.pi / _DIRECTIONS
            spot = (centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle))
            if around.fields.clearance(*spot) < 0.35 or not around.fields.sees(*centre, *spot, 0.05):
                continue
            cost = _cost(around, lanes, spot, abs(math.remainder(angle - toward, 2.0 * math.pi)))
            cost += 1.5 * abs(radius - RADII_M[0])
            if facing is not None and abs(math.remainder(angle - facing, 2.0 * math.pi)) < 0.7:
                cost += 3.0
            if best is None or cost < best[0]:
                best = (cost, spot)
    if best is None:
        return centre[0] + RADII_M[0] * math.cos(toward), centre[1] + RADII_M[0] * math.sin(toward)
    return best[1]


def _cost(around: Surround, lanes: NDArray[np.float64], spot: tuple[float, float], turn: float) -> float:
    cost = 0.4 * turn
    gaps = np.hypot(around.people[:, 0] - spot[0], around.people[:, 1] - spot[1])
    if np.any(gaps < 0.7):
        cost += 4.0
    for x0, y0, x1, y1 in lanes:
        away = float(segment_distance(spot[0], spot[1], (x0, y0), (x1, y1)))
        cost += 2.0 * max(0.0, 0.8 - away)
    return cost


def _close_lanes(lanes: NDArray[np.float64] | None, centre: tuple[float, float]) -> NDArray[np.float64]:
    if lanes is None or not lanes.size:
        return np.empty((0, 4))
    x, y = centre
    inside = (
        (np.minimum(lanes[:, 0], lanes[:, 2]) < x + 3.0)
        & (np.maximum(lanes[:, 0], lanes[:, 2]) > x - 3.0)
        & (np.minimum(lanes[:, 1], lanes[:, 3]) < y + 3.0)
        & (np.maximum(lanes[:, 1], lanes[:, 3]) > y - 3.0)
    )
    near: NDArray[np.float64] = lanes[inside]
    return near
