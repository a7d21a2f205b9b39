"""A polyline with corners -> a line a robot can drive without stopping at them.

The polyline is averaged along its length over a window, twice. Averaging once turns each corner into a parabola, twice
makes the curvature rise and fall steadily (the trapezoid kernel of two boxes: Schoenberg's B-splines, 1946); straight
stretches stay as they are. The window is as wide as wanted, and narrower where the line would come too near to a wall
or too far from where it was.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points

_SECOND = 0.35
"""Half-width of the second averaging by that of the first: curvature then rises over two thirds of a metre for 1 m."""
_SLOPE = 0.5
"""Change of the half-width along the line: below 1 / (1 + _SECOND), so that points keep their order."""
_SHRINK = 0.6
_LOSS_M = 0.1
_TRIES = 12
_NO_FLOOR = (np.full((1, 1), 254, np.uint8), 0.0, 0.0, 1.0)


def smoothed(
    line: Points,
    step: float,
    half: NDArray[np.float64],
    *,
    field: ClearanceField | None = None,
    room: float = 0.0,
    least: float = 0.0,
    aside: float = math.inf,
) -> Points:
    """Average an evenly sampled line; its ends stay.

    :param line: shape (n, 2), n >= 2, `step` metres apart along the polyline.
    :param half: metres before and after each point averaged over at most, shape (n,); 0 pins the point.
    :param field: walls to keep away from.
    :param room: clearance to keep, metres, where the line itself has that much.
    :param least: elsewhere a point may lose a tenth of a metre of what the line has, but not go below this.
    :param aside: how far a point may move, metres.
    :returns: shape (n, 2); point k belongs to point k of `line`.
    """
    floor = field.args() if field is not None else _NO_FLOOR
    line, half = np.ascontiguousarray(line, np.float64), np.ascontiguousarray(half, np.float64)
    if field is None:
        room = -1.0
    return np.asarray(_smoothed(line, step, half, floor, room, least, aside))


@njit(cache=True)
def _smoothed(line: Any, step: float, wanted: Any, floor: Any, room: float, least: float, aside: float) -> Any:
    cells, x0, y0, res = floor
    half = wanted.copy()
    half[0] = half[len(half) - 1] = 0.0
    needed = np.empty(len(half))
    for k in range(len(half)):
        has = clearance(cells, x0, y0, res, line[k, 0], line[k, 1])
        # A centimetre: the field is stored in centimetres.
        needed[k] = min(room, has, max(least, has - _LOSS_M)) - 0.01
    result = line
    for attempt in range(_TRIES):
        _limit_slope(half, step)
        result = _averaged(_averaged(line, half, step), half * _SECOND, step)
        factor = _SHRINK if attempt < _TRIES - 3 else 0.0
        if not _narrow(half, step, line, result, floor, needed, aside, factor):
            break
    return result


@njit(cache=True)
def _narrow(
    half: Any, step: float, line: Any, result: Any, floor: Any, needed: Any, aside: float, factor: float
) -> bool:
    """Narrow the window where points came too near to a wall or went too far aside; whether any did."""
    cells, x0, y0, res = floor
    count = len(half)
    narrower = half.copy()
    found = False
    for k in range(count):
        moved = math.hypot(result[k, 0] - line[k, 0], result[k, 1] - line[k, 1])
        tight = moved > 0.005 and clearance(cells, x0, y0, res, result[k, 0], result[k, 1]) < needed[k]
        if half[k] <= 0.0 or not (moved > aside or tight):
            continue
        found = True
        reach = int(half[k] / step) + 1
        for j in range(max(0, k - reach), min(count, k + reach + 1)):
            narrower[j] = min(narrower[j], half[k] * factor)
    half[:] = narrower
    return found


@njit(cache=True)
def _limit_slope(half: Any, step: float) -> None:
    for k in range(1, len(half)):
        half[k] = min(half[k], half[k - 1] + _SLOPE * step)
    for k in range(len(half) - 2, -1, -1):
        half[k] = min(half[k], half[k + 1] + _SLOPE * step)


@njit(cache=True)
def _averaged(line: Any, half: Any, step: float) -> Any:
    """Mean of the line over `half` before and after each point: a difference of its integral."""
    count = line.shape[0]
    total = np.zeros((count, 2))
    for k in range(1, count):
        total[k] = total[k - 1] + 0.5 * (line[k - 1] + line[k])
    result = line.copy()
    for k in range(count):
        w = min(half[k] / step, float(k), float(count - 1 - k))
        if w < 1e-3:
            continue
        for axis in range(2):
            above = _integral(total, line, k + w, axis)
            result[k, axis] = (above - _integral(total, line, k - w, axis)) / (2.0 * w)
    return result


@njit(cache=True)
def _integral(total: Any, line: Any, at: float, axis: int) -> float:
    """The integral of the piecewise linear line from its start to a (fractional) index."""
    k = min(int(at), line.shape[0] - 2)
    f = at - k
    return float(total[k, axis] + f * (line[k, axis] + 0.5 * f * (line[k + 1, axis] - line[k, axis])))
