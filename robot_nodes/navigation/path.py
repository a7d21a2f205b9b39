"""A way to drive: a polyline resampled to even steps, with arc length, direction and speed limit at each point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points
from robot_nodes.navigation.smoothing import smoothed

STEP_M = 0.1
ASIDE_M = 0.45
"""Rounding moves no point farther than this: allowedDeviationXY of the fleet's intermediate nodes is 0.5."""
HAIRPIN = 2.6
"""Radians; a sharper corner is turned on the spot."""


@dataclass(frozen=True, slots=True)
class Path:
    """Points a tenth of a metre apart (a little less in curves), frame map.

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

    @property
    def least_s(self) -> float:
        """Seconds at the speed limits."""
        return float(np.sum(np.diff(self.along) / np.minimum(self.speed[1:], self.speed[:-1])))

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


def rounded(
    corners: list[Corner],
    cut: float = 0.4,
    lateral_max: float = 0.5,
    *,
    field: ClearanceField | None = None,
    room: float = 0.0,
    least: float = 0.0,
) -> Path:
    """Resample, round the corners off, and lower the speed limit where the path bends.

    :param corners: at least one; the first is where the robot is.
    :param cut: metres before and after a corner over which it is turned, at most (at a right angle the path passes the
        corner at 0.37 of that); less where walls or `ASIDE_M` ask for it.
    :param lateral_max: acceleration across the path that is comfortable, m/s2.
    :param field: walls to keep `room` metres away from where the corners themselves do; elsewhere `least`.
    """
    corners = _distinct(corners)
    at = np.array([(corner.x, corner.y) for corner in corners])
    edges = np.diff(at, axis=0)
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    marks = np.concatenate([[0.0], np.cumsum(lengths)])
    count = max(1, math.ceil(marks[-1] / STEP_M - 1e-9))
    step = float(marks[-1]) / count
    along = np.arange(count + 1) * step
    line = np.column_stack([np.interp(along, marks, at[:, axis]) for axis in (0, 1)])
    index = np.minimum(np.rint(marks / step).astype(int), count)
    half = np.full(count + 1, cut)
    # A hairpin cannot be rounded: the robot stops and turns there.
    sharp = np.flatnonzero(_turns(edges) > HAIRPIN) + 1
    line[index[sharp]], half[index[sharp]] = at[sharp], 0.0
    points = smoothed(line, step, half, field=field, room=room, least=least, aside=ASIDE_M)
    limits = np.array([corner.speed for corner in corners])
    speed = limits[np.minimum(np.searchsorted(marks, along - 1e-6, "left"), len(limits) - 1)]
    speed[0] = limits[1]
    stops = [int(index[k]) for k, corner in enumerate(corners) if k and (corner.stop or k == len(corners) - 1)]
    return _finished(points, speed, stops, lateral_max)


def continued(head: Path, tail: Path, at: float) -> Path:
    """A path that ends on another, and that one's points beyond an arc length; `stops` is the end only."""
    first = int(np.searchsorted(tail.along, at + 1e-3))
    rest = tail.points[first:]
    steps = np.diff(np.vstack((head.points[-1:], rest)), axis=0)
    points = np.vstack((head.points, rest))
    along = np.concatenate((head.along, head.length + np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))))
    yaw, speed = np.concatenate((head.yaw, tail.yaw[first:])), np.concatenate((head.speed, tail.speed[first:]))
    return Path(points, along, yaw, speed, (float(along[-1]),))


def _turns(edges: Points) -> NDArray[np.float64]:
    """The angle between each edge and the next, shape (n - 1,), radians, never negative."""
    heading = np.arctan2(edges[:, 1], edges[:, 0])
    return np.asarray(np.abs((np.diff(heading) + np.pi) % (2.0 * np.pi) - np.pi))


def _finished(points: Points, speed: NDArray[np.float64], marks: list[int], lateral_max: float) -> Path:
    steps = np.diff(points, axis=0)
    length = np.hypot(steps[:, 0], steps[:, 1])
    along = np.concatenate([[0.0], np.cumsum(length)])
    keep = np.concatenate([[True], length > 1e-6])
    stops = tuple(float(along[mark]) for mark in marks)
    points, along, speed = points[keep], along[keep], speed[keep]
    steps = np.diff(points, axis=0)
    yaw = np.arctan2(steps[:, 1], steps[:, 0])
    turn = _turns(steps)
    # v = sqrt(a r), with the radius taken over the two steps that meet; a hairpin is a stop and a turn.
    radius = 0.5 * (along[2:] - along[:-2]) / np.maximum(turn, 1e-6)
    bend = np.where(turn > 0.8, 0.1, np.sqrt(lateral_max * radius))
    speed[1:-1] = np.minimum(speed[1:-1], np.maximum(bend, 0.1))
    return Path(points, along, np.concatenate([yaw[:1], yaw]), speed, stops)


def _distinct(corners: list[Corner]) -> list[Corner]:
    """Merge corners that lie on one another; a stop stays a stop. At least two are left."""
    if len(corners) < 2 or _length(corners) < 1e-3:
        corners = [corners[0], _nudged(corners[-1])]
    kept = [corners[0]]
    for corner in corners[1:]:
        last = kept[-1]
        if math.hypot(corner.x - last.x, corner.y - last.y) > 1e-3:
            kept.append(corner)
        elif corner.stop and len(kept) > 1:
            kept[-1] = Corner(last.x, last.y, last.speed, True)
    return kept if len(kept) > 1 else [kept[0], _nudged(kept[0])]


def _nudged(corner: Corner) -> Corner:
    """A path needs a direction: a centimetre of one, well inside every tolerance."""
    return Corner(corner.x + 0.01, corner.y, corner.speed, corner.stop)


def _length(corners: list[Corner]) -> float:
    return sum(math.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(corners))
