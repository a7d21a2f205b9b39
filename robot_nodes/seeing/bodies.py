"""One scan -> bodies: runs of neighbouring returns that no wall explains, split where two people stand close together,
and two legs merged into one person.

A round body of width w shows the scanner an arc whose mean lies pi/8 * w in front of its middle (the mean height of a
half circle over its diameter), whatever its size: so legs, torsos and round bodies need no constant of their own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points, Pose2D

Bodies = NDArray[np.float64]
"""Shape (k, 3): x, y of the middle in frame map, and the standard deviation of each, metres."""

_MEAN_OF_ARC = math.pi / 8.0
_DEEPEST_M = 0.2
"""The middle of no body lies farther behind the returns than this."""
_HIDES_M = 0.2
"""A neighbouring return this much nearer hides a part of the body."""
_HIDDEN_SIGMA_M = 0.12
_USUAL_M = 0.4
"""Width of a body of which only one edge is seen."""
_LEG_SIGMA_M = 0.06
_NOTCH_M = 0.08
"""So deep is the notch between two people who stand side by side, at least."""


def bodies(field: ClearanceField, pose: Pose2D, points: Points, tuning: tuple[float, ...]) -> Bodies:
    """Find them.

    :param points: lidar returns in the order of the beams, shape (n, 2), base frame; what is not finite is nobody.
    :param tuning: `range_max`, `wall_m`, `gap_m`, `extent_min`, `extent_max`, `leg_m`, `legs_apart_m` of
        PeopleSettings.
    """
    found = _bodies(
        *field.args(),
        np.ascontiguousarray(points, dtype=np.float64),
        np.array((pose.x, pose.y, pose.yaw)),
        np.array(tuning),
    )
    return np.asarray(found)


@njit(cache=True)
def _bodies(cells: Any, x0: float, y0: float, res: float, points: Any, pose: Any, tuning: Any) -> Any:
    range_max, wall, gap, least, most, leg, apart = tuning
    c, s = math.cos(pose[2]), math.sin(pose[2])
    count = points.shape[0]
    # Per return that no wall explains: x, y, range, bearing in the base frame; and its number in the scan.
    free = np.empty((count, 4))
    number = np.empty(count, np.int64)
    n = 0
    for i in range(count):
        px, py = points[i, 0], points[i, 1]
        away = math.hypot(px, py)
        if not 0.05 < away <= range_max:  # nan as well
            continue
        if clearance(cells, x0, y0, res, pose[0] + c * px - s * py, pose[1] + s * px + c * py) > wall:
            free[n, 0], free[n, 1], free[n, 2], free[n, 3] = px, py, away, math.atan2(py, px)
            number[n] = i
            n += 1
    found = np.empty((n + 1, 4))  # bearing, range, sigma, width
    kept = 0
    first = _seam(free, n, gap)
    a = 0
    while a < n:
        b = a + 1
        while b < n and _apart(free, (first + b - 1) % n, (first + b) % n) <= gap:
            b += 1
        kept = _pieces(free, number, points, n, first, a, b, least, most, found, kept)
        a = b
    kept = _merge_legs(found, kept, leg, apart)
    result = np.empty((kept, 3))
    for k in range(kept):
        angle = pose[2] + found[k, 0]
        result[k, 0] = pose[0] + found[k, 1] * math.cos(angle)
        result[k, 1] = pose[1] + found[k, 1] * math.sin(angle)
        result[k, 2] = found[k, 2]
    return result


@njit(cache=True)
def _apart(free: Any, i: int, j: int) -> float:
    return math.hypot(free[i, 0] - free[j, 0], free[i, 1] - free[j, 1])


@njit(cache=True)
def _seam(free: Any, n: int, gap: float) -> int:
    """The scan is a circle: begin at a return that starts a body."""
    for i in range(n):
        if _apart(free, (i - 1) % n, i) > gap:
            return i
    return 0


@njit(cache=True)
def _pieces(
    free: Any,
    number: Any,
    points: Any,
    n: int,
    first: int,
    a: int,
    b: int,
    least: float,
    most: float,
    found: Any,
    kept: int,
) -> int:
    """Split the run [a, b) at its notches, and note each piece that is as wide as a body."""
    stack = np.empty((16, 2), np.int64)
    stack[0, 0], stack[0, 1] = a, b
    depth = 1
    while depth > 0:
        depth -= 1
        a, b = stack[depth, 0], stack[depth, 1]
        if b - a < 2:
            continue
        i, j = (first + a) % n, (first + b - 1) % n
        chord = _apart(free, i, j)
        if chord > 0.8 * most and depth < 14:
            notch = _notch(free, n, first, a, b)
            if notch > 0:
                stack[depth, 0], stack[depth, 1] = a, notch
                stack[depth + 1, 0], stack[depth + 1, 1] = notch, b
                depth += 2
                continue
        if chord < least or chord > most:
            continue
        _measure(free, number, points, n, first, a, b, chord, found[kept])
        kept += 1
    return kept


@njit(cache=True)
def _measure(free: Any, number: Any, points: Any, n: int, first: int, a: int, b: int, chord: float, body: Any) -> None:
    """Bearing, range, deviation and width of the body that shows the returns [a, b)."""
    i, j = (first + a) % n, (first + b - 1) % n
    total = 0.0
    for k in range(a, b):
        total += free[(first + k) % n, 2]
    mean = total / (b - a)
    spread = (free[j, 3] - free[i, 3] + math.pi) % (2.0 * math.pi) - math.pi
    pitch = abs(spread) / (b - a - 1)
    width = min(chord, abs(spread) * mean + 0.1) + pitch * mean
    sigma = math.hypot(0.03, 0.35 * pitch * mean)
    before, after = _hides(points, number[i], -1, free[i, 2]), _hides(points, number[j], 1, free[j, 2])
    body[0] = free[i, 3] + 0.5 * spread
    if before or after:
        sigma = _HIDDEN_SIGMA_M
        if before != after and width < _USUAL_M:
            # The rest of the body lies on the hidden side.
            shift = 0.5 * (_USUAL_M - width) / mean
            body[0] += math.copysign(shift, spread if after else -spread)
            width = _USUAL_M
    body[1] = mean + min(_MEAN_OF_ARC * width, _DEEPEST_M)
    body[2] = sigma
    body[3] = width


@njit(cache=True)
def _notch(free: Any, n: int, first: int, a: int, b: int) -> int:
    """Where the returns recede most between nearer ones on both sides; 0 if nowhere by enough."""
    best, at = _NOTCH_M, 0
    left = math.inf
    for k in range(a + 1, b - 1):
        left = min(left, free[(first + k - 1) % n, 2])
        right = math.inf
        for m in range(k + 1, b):
            right = min(right, free[(first + m) % n, 2])
        here = free[(first + k) % n, 2]
        deep = min(here - left, here - right)
        if deep > best:
            best, at = deep, k
    return at


@njit(cache=True)
def _hides(points: Any, number: int, step: int, away: float) -> bool:
    """Whether the next return beyond a body's edge is clearly nearer."""
    count = points.shape[0]
    k = (number + step) % count
    other = math.hypot(points[k, 0], points[k, 1])
    if not 0.05 < other < away - _HIDES_M:
        return False
    turn = math.atan2(points[k, 1], points[k, 0]) - math.atan2(points[number, 1], points[number, 0])
    return abs((turn + math.pi) % (2.0 * math.pi) - math.pi) < 0.06


@njit(cache=True)
def _merge_legs(found: Any, kept: int, leg: float, apart: float) -> int:
    """Two thin bodies close together are one person; nearest pairs first."""
    while True:
        best, one, two = apart, -1, -1
        for i in range(kept):
            for j in range(i + 1, kept):
                if found[i, 3] > leg or found[j, 3] > leg:
                    continue
                turn = found[i, 0] - found[j, 0]
                away = math.sqrt(
                    max(found[i, 1] ** 2 + found[j, 1] ** 2 - 2.0 * found[i, 1] * found[j, 1] * math.cos(turn), 0.0)
                )
                if away < best:
                    best, one, two = away, i, j
        if one < 0:
            return kept
        x = 0.5 * (found[one, 1] * math.cos(found[one, 0]) + found[two, 1] * math.cos(found[two, 0]))
        y = 0.5 * (found[one, 1] * math.sin(found[one, 0]) + found[two, 1] * math.sin(found[two, 0]))
        found[one, 0], found[one, 1] = math.atan2(y, x), math.hypot(x, y)
        found[one, 2], found[one, 3] = max(_LEG_SIGMA_M, 0.7 * max(found[one, 2], found[two, 2])), leg + best
        for k in range(4):
            found[two, k] = found[kept - 1, k]
        kept -= 1
