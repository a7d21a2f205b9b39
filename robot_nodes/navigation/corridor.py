"""Which way inside the corridor: the path itself, or a parallel to it past what stands there.

Candidates are parallels of the path in its own frame (Werling and others, "Optimal trajectory generation for dynamic
street scenarios in a Frenet frame", 2010, without the time axis): each blends from the robot's offset to its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.path import Path
from robot_nodes.navigation.settings import Body, Corridor

SAMPLE_M = 0.15


@dataclass(frozen=True, slots=True)
class Way:
    """The parallel chosen for now.

    :ivar points: shape (n, 2), frame map, `SAMPLE_M` apart along the path.
    :ivar offset: metres left of the path it ends up at.
    :ivar free: metres along it until something is in contact; `horizon` where nothing is.
    :ivar straight_free: the same for the calm parallels: what waiting would give.
    :ivar wall: least clearance of walls on the first 1.5 m, metres from the robot's centre.
    :ivar bystander: the same for what is on no map: people, robots, a forgotten trolley.
    """

    points: Points
    offset: float
    free: float
    straight_free: float
    wall: float
    bystander: float


class CorridorChooser:
    """Scores the parallels of a path against the scan and the map."""

    def __init__(self, field: ClearanceField, corridor: Corridor, body: Body) -> None:
        self._field = field
        self._corridor = corridor
        self._body = body
        count = round(corridor.half_width / corridor.step)
        self._offsets = np.arange(-count, count + 1) * corridor.step

    def choose(
        self, path: Path, along: float, pose: Pose2D, hits: Points, offset: float, last: float, wide: bool
    ) -> Way:
        """:param hits: scan returns, frame map.
        :param offset: where the robot is now, metres left of the path.
        :param last: the offset chosen before.
        :param wide: whether asides beyond the calm ones may be taken.
        """
        line, normals = self._line(path, along)
        near = _unmapped(*self._field.args(), np.ascontiguousarray(hits), pose.x, pose.y, self._corridor.horizon + 1.5)
        # The way into a station may be narrower than what is asked for elsewhere: the planner chose it.
        rim = np.array([self._field.at(float(x), float(y)) for x, y in line[::4]])
        ease = float(min(self._body.reach, max(rim.min() - 0.03, self._body.radius + 0.01)))
        frees, softs, walls, people = _score(
            *self._field.args(),
            line,
            normals,
            self._offsets,
            near,
            np.array((pose.x, pose.y, offset)),
            np.array((self._corridor.blend, self._body.reach + 0.02, self._body.wanted + 0.1, ease, SAMPLE_M)),
        )
        horizon = (len(line) - 1) * SAMPLE_M
        calm = np.abs(self._offsets) <= self._corridor.calm + 1e-9
        allowed = calm if not wide else np.ones_like(calm)
        # Keep-right traffic: going round on the left costs more, and a change of mind a little.
        side = np.where(self._offsets > 0, 1.5, 1.0) * np.abs(self._offsets)
        cost = -1.6 * frees + 0.5 * side + 0.35 * np.abs(self._offsets - last) + 0.5 * softs
        best = int(np.argmin(np.where(allowed, cost, np.inf)))
        shape = _blended(len(line), offset, float(self._offsets[best]), self._corridor.blend, SAMPLE_M)
        return Way(
            points=line + normals * shape[:, None],
            offset=float(self._offsets[best]),
            free=math.inf if frees[best] >= horizon else float(frees[best]),
            straight_free=math.inf if frees[calm].max() >= horizon else float(frees[calm].max()),
            wall=float(walls[best]),
            bystander=float(people[best]),
        )

    def _line(self, path: Path, along: float) -> tuple[Points, Points]:
        """The path ahead and its left normals, each (n, 2), n >= 2."""
        length = max(min(self._corridor.horizon, path.length - along), SAMPLE_M)
        at = along + np.arange(0.0, length + 1e-9, SAMPLE_M)
        at[-1] = min(at[-1], path.length)
        if len(at) == 1:
            at = np.array((at[0] - SAMPLE_M, at[0]))
        line = np.column_stack([np.interp(at, path.along, path.points[:, i]) for i in (0, 1)])
        index = np.minimum(np.searchsorted(path.along, at, "right"), len(path.yaw) - 1)
        yaw = path.yaw[index]
        return line, np.column_stack((-np.sin(yaw), np.cos(yaw)))


def _blended(count: int, start: float, end: float, blend: float, step: float) -> NDArray[np.float64]:
    return np.asarray(_blend(count, start, end, blend, step))


@njit(cache=True)
def _blend(count: int, start: float, end: float, blend: float, step: float) -> Any:
    """Offset at each sample: a smooth step from `start` to `end`, longer for a larger aside."""
    over = max(blend * min(1.0, abs(end - start) / 0.4), 0.3)
    result = np.empty(count)
    for i in range(count):
        share = min(1.0, i * step / over)
        result[i] = start + (end - start) * share * share * (3.0 - 2.0 * share)
    return result


@njit(cache=True)
def _unmapped(cells: Any, x0: float, y0: float, res: float, hits: Any, x: float, y: float, within: float) -> Any:
    """The returns within a distance that no wall explains, shape (n, 2)."""
    result = np.empty_like(hits)
    count = 0
    for i in range(hits.shape[0]):
        if math.hypot(hits[i, 0] - x, hits[i, 1] - y) > within:
            continue
        if clearance(cells, x0, y0, res, hits[i, 0], hits[i, 1]) > 0.2:
            result[count] = hits[i]
            count += 1
    return result[:count]


@njit(cache=True)
def _score(
    cells: Any,
    x0: float,
    y0: float,
    res: float,
    line: Any,
    normals: Any,
    offsets: Any,
    hits: Any,
    here: Any,
    tuning: Any,
) -> Any:
    """For each offset: metres free, discomfort, least clearance of walls and of bystanders on the first 1.5 m."""
    blend, reach, wanted, wall_reach, step = tuning
    count = line.shape[0]
    frees, softs = np.empty(len(offsets)), np.zeros(len(offsets))
    walls, people = np.full(len(offsets), 10.0), np.full(len(offsets), 10.0)
    from_here = np.empty(hits.shape[0])
    for i in range(hits.shape[0]):
        from_here[i] = math.hypot(hits[i, 0] - here[0], hits[i, 1] - here[1])
    for j in range(len(offsets)):
        shape = _blend(count, here[2], offsets[j], blend, step)
        frees[j] = (count - 1) * step
        for k in range(count):
            x, y = line[k, 0] + normals[k, 0] * shape[k], line[k, 1] + normals[k, 1] * shape[k]
            wall = clearance(cells, x0, y0, res, x, y)
            near, coming = 10.0, 10.0
            for i in range(hits.shape[0]):
                dx, dy = hits[i, 0] - x, hits[i, 1] - y
                if abs(dx) > 1.6 or abs(dy) > 1.6:
                    continue
                away = math.hypot(dx, dy)
                near = min(near, away)
                # What stands beside or behind does not count, and the robot may always leave.
                if away < from_here[i] - 0.02:
                    coming = min(coming, away)
            if k * step <= 1.5:
                walls[j] = min(walls[j], wall)
                people[j] = min(people[j], coming)
            if coming < reach or (wall < wall_reach and k > 2):
                frees[j] = max(0.0, (k - 1) * step)
                break
            softs[j] += max(0.0, wanted - min(wall, near)) / wanted
        softs[j] /= count * 0.2
    return frees, softs, walls, people
