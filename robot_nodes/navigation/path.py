"""A way to drive: a polyline resampled to even steps, with arc length, direction and speed limit at each point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.geometry import Points

STEP_M = 0.1


@dataclass(frozen=True, slots=True)
class Path:
    """Points a tenth of a metre apart, frame map.

    :ivar points: shape (n, 2), n >= 2.
    :ivar along: arc length at each point, shape (n,), metres, strictly rising.
    :ivar yaw: direction of travel at each point, shape (n,), radians.
    :ivar speed: speed limit at each point, shape (n,), m/s.
    :ivar stops: arc length of each pose of the goal, rising; the last is the end.
    """

    points: Points
    along: NDArray[np.float64]
    yaw: NDArray[np.float64]
    speed: NDArray[np.float64]
    stops: tuple[float, ...]

    @property
    def length(self) -> float:
        """Metres from start to end."""
        return float(self.along[-1])

    def foot(self, x: float, y: float, from_m: float, to_m: float) -> tuple[float, float]:
        """The nearest point between two arc lengths: (its arc length, signed offset of (x, y); left is positive)."""
        low = int(np.searchsorted(self.along, from_m, "right")) - 1
        high = int(np.searchsorted(self.along, to_m, "left")) + 1
        low, high = max(low, 0), min(max(high, low + 2), len(self.points))
        low = min(low, high - 2)
        start, end = self.points[low : high - 1], self.points[low + 1 : high]
        along_step = end - start
        squared = np.maximum(np.einsum("ij,ij->i", along_step, along_step), 1e-12)
        relative = np.array((x, y)) - start
        share = np.clip(np.einsum("ij,ij->i", relative, along_step) / squared, 0.0, 1.0)
        away = relative - along_step * share[:, None]
        best = int(np.argmin(np.einsum("ij,ij->i", away, away)))
        length = math.sqrt(squared[best])
        cross = along_step[best, 0] * relative[best, 1] - along_step[best, 1] * relative[best, 0]
        offset = math.copysign(float(np.hypot(*away[best])), cross)
        return float(self.along[low + best] + share[best] * length), offset

    def at(self, along_m: float) -> tuple[float, float, float]:
        """(x, y, yaw) at an arc length."""
        x = float(np.interp(along_m, self.along, self.points[:, 0]))
        y = float(np.interp(along_m, self.along, self.points[:, 1]))
        index = min(int(np.searchsorted(self.along, along_m, "right")), len(self.yaw) - 1)
        return x, y, float(self.yaw[index])


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner of the polyline a path is made from.

    :ivar speed: limit on the stretch that ends here, m/s.
    :ivar stop: whether a pose of the goal lies here.
    """

    x: float
    y: float
    speed: float
    stop: bool = False


def rounded(corners: list[Corner], cut: float = 0.4, lateral_max: float = 0.5) -> Path:
    """Round the corners off, resample, and lower the speed limit where the path bends.

    :param corners: at least one; the first is where the robot is.
    :param cut: metres of each side a rounded corner takes at most (a quadratic Bezier curve: at a right angle the
        curve passes the corner at 0.35 of that).
    :param lateral_max: acceleration across the path that is comfortable, m/s2.
    """
    if len(corners) < 2 or _length(corners) < 1e-3:
        corners = [corners[0], _nudged(corners[-1])]
    corners = _distinct(corners)
    if len(corners) < 2:
        corners = [corners[0], _nudged(corners[0])]
    pieces: list[Points] = []
    speeds: list[NDArray[np.float64]] = []
    marks: list[int] = []
    count = 0
    for index in range(1, len(corners)):
        line, curve = _piece(corners, index, cut)
        speed = corners[index].speed
        pieces += [line, curve]
        count += len(line)
        if corners[index].stop or index == len(corners) - 1:
            marks.append(count + len(curve) // 2)
        count += len(curve)
        speeds.append(np.full(len(line) + len(curve), speed))
    points = np.vstack([np.array([[corners[0].x, corners[0].y]]), *pieces])
    speed_at = np.concatenate([[corners[1].speed], *speeds])
    return _finished(points, speed_at, marks, lateral_max)


def _finished(points: Points, speed: NDArray[np.float64], marks: list[int], lateral_max: float) -> Path:
    steps = np.diff(points, axis=0)
    length = np.hypot(steps[:, 0], steps[:, 1])
    along = np.concatenate([[0.0], np.cumsum(length)])
    keep = np.concatenate([[True], length > 1e-6])
    stops = tuple(float(along[min(mark, len(along) - 1)]) for mark in marks)
    points, along, speed = points[keep], along[keep], speed[keep]
    steps = np.diff(points, axis=0)
    yaw = np.arctan2(steps[:, 1], steps[:, 0])
    turn = np.abs((np.diff(yaw) + np.pi) % (2.0 * np.pi) - np.pi)
    # v = sqrt(a r), with the radius taken over the two steps that meet; a hairpin is a stop and a turn.
    radius = 0.5 * (along[2:] - along[:-2]) / np.maximum(turn, 1e-6)
    bend = np.where(turn > 0.8, 0.1, np.sqrt(lateral_max * radius))
    speed[1:-1] = np.minimum(speed[1:-1], np.maximum(bend, 0.1))
    return Path(points, along, np.concatenate([yaw[:1], yaw]), speed, stops)


def _piece(corners: list[Corner], index: int, cut: float) -> tuple[Points, Points]:
    """The straight part that leads to corner `index` and the curve round it, both without their first point."""
    here = np.array((corners[index].x, corners[index].y))
    before = np.array((corners[index - 1].x, corners[index - 1].y))
    into = here - before
    length = float(np.hypot(*into))
    into = into / length
    start_cut = _cut(corners, index - 1, cut)
    end_cut = _cut(corners, index, cut)
    start, end = before + into * start_cut, here - into * end_cut
    straight = max(1, math.ceil((length - start_cut - end_cut) / STEP_M))
    line = start + (end - start) * (np.arange(1, straight + 1) / straight)[:, None]
    if end_cut <= 0.0:
        return line, np.empty((0, 2))
    after = np.array((corners[index + 1].x, corners[index + 1].y))
    out = after - here
    leave = here + out / float(np.hypot(*out)) * end_cut
    count = max(2, math.ceil(2.0 * end_cut / STEP_M))
    t = (np.arange(1, count + 1) / count)[:, None]
    return line, (1 - t) ** 2 * end + 2 * t * (1 - t) * here + t**2 * leave


def _cut(corners: list[Corner], index: int, cut: float) -> float:
    if index <= 0 or index >= len(corners) - 1:
        return 0.0
    a, b, c = corners[index - 1], corners[index], corners[index + 1]
    into, out = math.hypot(b.x - a.x, b.y - a.y), math.hypot(c.x - b.x, c.y - b.y)
    turn = math.atan2(c.y - b.y, c.x - b.x) - math.atan2(b.y - a.y, b.x - a.x)
    turn = abs((turn + math.pi) % (2.0 * math.pi) - math.pi)
    # A hairpin cannot be rounded: the robot stops and turns there.
    if turn < 0.05 or turn > 2.6:
        return 0.0
    return min(cut, 0.45 * into, 0.45 * out)


def _distinct(corners: list[Corner]) -> list[Corner]:
    """Merge corners that lie on one another; a stop stays a stop."""
    kept = [corners[0]]
    for corner in corners[1:]:
        last = kept[-1]
        if math.hypot(corner.x - last.x, corner.y - last.y) > 1e-3:
            kept.append(corner)
        elif corner.stop and len(kept) > 1:
            kept[-1] = Corner(last.x, last.y, last.speed, True)
    return kept


def _nudged(corner: Corner) -> Corner:
    """A path needs a direction: a centimetre of one, well inside every tolerance."""
    return Corner(corner.x + 0.01, corner.y, corner.speed, corner.stop)


def _length(corners: list[Corner]) -> float:
    return sum(math.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(corners))
