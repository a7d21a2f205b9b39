"""The floor about the robot as it is now: the map, what the lidar has seen that is on no map, and the zones.

A square of cells that rolls with the robot, its cells fixed in frame map. Each scan clears the cells its rays pass and
marks those they end in (Elfes, "Using occupancy grids for mobile robot perception and navigation", 1989, without the
probabilities); what no ray passes again fades after a time. Costs are Nav2's (nav2_costmap_2d, InflationLayer).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.path import Path
from robot_nodes.navigation.zones import SpeedZones, Zone, drivable

LETHAL, INSCRIBED = 254, 253
"""Nav2's costs of an occupied cell, and of one where the robot's middle would touch something."""
_NEVER = -1e18
_CAP_CM = 254.0
_ROLL_M = 0.5
"""The square is moved when the robot is this far from its middle."""
_CLOCK_BACK_S = 1.0
_FARTHEST_M = 1e6
"""Farther than any floor is wide: the number of a cell there means nothing."""
_NO_POINTS = np.empty((0, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class CostmapShape:
    """How the square is laid."""

    size: float = 10.0
    """Metres, each side."""
    cell: float = 0.05
    fades_s: float = 8.0
    """Nothing is remembered longer than this after it was seen last."""
    mapped: float = 0.2
    """A return this near to a wall of the map is the wall."""
    radius: float = 0.30
    """Of the robot (Nav2's inscribed radius)."""
    inflation: float = 0.9
    """Farther from everything than this there is no cost."""
    scaling: float = 4.0
    """Nav2's cost_scaling_factor, 1/m."""


class RollingCostmap:
    """One robot's. Feed it each scan; ask it for costs, or give its `field` to a planner."""

    def __init__(self, field: ClearanceField, zones: Sequence[Zone] = (), shape: CostmapShape | None = None) -> None:
        """:param field: the map's clearance, without zones."""
        self.shape = shape or CostmapShape()
        self._map = field
        self._static = drivable(field, zones)
        self._slow = SpeedZones(zones)
        self._cells = round(self.shape.size / self.shape.cell)
        self._column = self._row = 0
        """Of the lower left cell, counted from the origin of frame map."""
        self._seen = np.full((self._cells, self._cells), _NEVER)
        self._walls = np.zeros((self._cells, self._cells), np.uint8)
        self._room = np.zeros((self._cells, self._cells), np.uint8)
        self._laid = False

    @property
    def field(self) -> ClearanceField:
        """Clearance of walls, zones and what stands there now; 0 outside the square. Good until the next update."""
        cell = self.shape.cell
        return ClearanceField(
            centimetres=self._room, resolution=cell, origin_x=self._column * cell, origin_y=self._row * cell
        )

    def update(self, pose: Pose2D, points: Points, now: float, missed: Points = _NO_POINTS) -> None:
        """Take a scan in. Numbers that are none are left out; a pose that is none leaves everything as it was.

        :param pose: of the lidar, frame map.
        :param points: where its rays ended, shape (n, 2), frame map.
        :param now: seconds; a clock turned back forgets what was seen later.
        :param missed: the farthest points of rays that met nothing, shape (k, 2), frame map: they clear only.
        """
        if not (pose.finite and math.isfinite(now) and max(abs(pose.x), abs(pose.y)) < _FARTHEST_M):
            return
        self._roll(pose)
        here = (pose.x / self.shape.cell - self._column, pose.y / self.shape.cell - self._row)
        ends = _finite(points) / self.shape.cell - (self._column, self._row)
        free = _finite(missed) / self.shape.cell - (self._column, self._row)
        stands = self._unmapped(_finite(points))
        _take_in(self._seen, *here, ends, free, stands, now, self.shape.fades_s)
        self._measure()

    def room_at(self, x: float, y: float) -> float:
        """Metres from a point to the nearest wall, zone or obstacle, at most 2.54; outside the square by the map."""
        inside = self.field
        return inside.at(x, y) if self._laid and inside.contains(x, y) else self._static.at(x, y)

    def cost_at(self, x: float, y: float) -> int:
        """Nav2's cost of a point, 0 to 254."""
        return int(_costs(np.array([self.room_at(x, y)]), self.shape)[0])

    def costs(self) -> NDArray[np.uint8]:
        """Nav2's cost of each cell, shape (rows, columns), row 0 at `field.origin_y`."""
        return _costs(self._room.astype(np.float64) * 0.01, self.shape)

    def speed_at(self, x: float, y: float) -> float:
        """The speed limit of the zones at a point, m/s; infinite outside them."""
        return self._slow.at(x, y)

    def obstacles(self) -> Points:
        """Middles of the cells something stands in that is on no map, shape (n, 2), frame map."""
        rows, columns = np.nonzero(self._seen > _NEVER)
        cell = self.shape.cell
        return np.column_stack(((columns + self._column + 0.5) * cell, (rows + self._row + 0.5) * cell))

    def contact(self, path: Path, along: float, ahead: float, room: float) -> float | None:
        """Where on a path something that is on no map comes nearer than `room` to it: its arc length, or None.

        :param along: from this arc length on, `ahead` metres far at most.
        """
        low, high = np.searchsorted(path.along, (along, along + ahead))
        field = self.field
        for k in range(int(low), min(int(high) + 1, len(path.along))):
            x, y = float(path.points[k, 0]), float(path.points[k, 1])
            if field.contains(x, y) and field.at(x, y) < min(room, self._static.at(x, y) - 0.02):
                return float(path.along[k])
        return None

    def _roll(self, pose: Pose2D) -> None:
        """Move the square under the robot, whole cells at a time."""
        cell, half = self.shape.cell, self._cells // 2
        column, row = math.floor(pose.x / cell) - half, math.floor(pose.y / cell) - half
        away = max(abs(column - self._column), abs(row - self._row))
        if self._laid and away * cell <= _ROLL_M:
            return
        if self._laid and away < self._cells:
            self._seen = _shifted(self._seen, row - self._row, column - self._column)
        else:
            self._seen = np.full((self._cells, self._cells), _NEVER)
        self._column, self._row, self._laid = column, row, True
        self._walls = _window(*self._static.args(), column * cell, row * cell, cell, self._cells)

    def _unmapped(self, points: Points) -> NDArray[np.bool_]:
        return np.asarray(_off_walls(*self._map.args(), points, self.shape.mapped))

    def _measure(self) -> None:
        """Clearance of everything, centimetres."""
        stands = self._seen > _NEVER
        if not stands.any():
            self._room = self._walls
            return
        away = cv2.distanceTransform(np.asarray(~stands, np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        # What stands there begins half a cell before its cell's middle.
        centimetres = np.clip((away - 0.5) * (100.0 * self.shape.cell), 0.0, _CAP_CM)
        self._room = np.minimum(self._walls, centimetres.astype(np.uint8))


def around(field: ClearanceField, at: Pose2D, points: Points, size: float = 18.0) -> ClearanceField:
    """The clearance about a place with points as obstacles, whatever was seen before: a costmap of one look."""
    square = RollingCostmap(field, shape=CostmapShape(size=size))
    square.update(at, points, 0.0)
    return square.field


def _costs(room: NDArray[np.float64], shape: CostmapShape) -> NDArray[np.uint8]:
    """Nav2's inflation: 252 exp(-k (d - r)) beyond the inscribed radius r."""
    soft = np.floor((INSCRIBED - 1) * np.exp(-shape.scaling * np.maximum(room - shape.radius, 0.0)))
    cost = np.where(room > shape.inflation, 0.0, soft)
    cost = np.where(room <= shape.radius, INSCRIBED, cost)
    return np.asarray(np.where(room < 0.01, LETHAL, cost), np.uint8)


def _finite(points: Points) -> Points:
    rows = np.asarray(points, np.float64).reshape(-1, 2)
    return np.ascontiguousarray(rows[np.all(np.abs(rows) < _FARTHEST_M, axis=1)])


@njit(cache=True)
def _window(cells: Any, ox: float, oy: float, res: float, x0: float, y0: float, step: float, count: int) -> Any:
    result = np.zeros((count, count), np.uint8)
    for r in range(count):
        for c in range(count):
            room = clearance(cells, ox, oy, res, x0 + (c + 0.5) * step, y0 + (r + 0.5) * step)
            result[r, c] = np.uint8(room * 100.0 + 0.5)
    return result


@njit(cache=True)
def _off_walls(cells: Any, ox: float, oy: float, res: float, points: Any, within: float) -> Any:
    result = np.empty(points.shape[0], np.bool_)
    for k in range(points.shape[0]):
        result[k] = clearance(cells, ox, oy, res, points[k, 0], points[k, 1]) > within
    return result


@njit(cache=True)
def _shifted(seen: Any, rows: int, columns: int) -> Any:
    count = seen.shape[0]
    result = np.full((count, count), _NEVER)
    for r in range(max(0, -rows), min(count, count - rows)):
        for c in range(max(0, -columns), min(count, count - columns)):
            result[r, c] = seen[r + rows, c + columns]
    return result


@njit(cache=True)
def _take_in(seen: Any, x: float, y: float, ends: Any, free: Any, stands: Any, now: float, fades: float) -> None:
    """Fade, clear, mark; everything in cells."""
    count = seen.shape[0]
    for r in range(count):
        for c in range(count):
            if now - seen[r, c] > fades or seen[r, c] > now + _CLOCK_BACK_S:
                seen[r, c] = _NEVER
    for k in range(ends.shape[0]):
        # The cell before the last may belong to what the ray ended at.
        _clear(seen, x, y, ends[k, 0], ends[k, 1], 1.0)
    for k in range(free.shape[0]):
        _clear(seen, x, y, free[k, 0], free[k, 1], 0.0)
    for k in range(ends.shape[0]):
        c, r = math.floor(ends[k, 0]), math.floor(ends[k, 1])
        if stands[k] and 0 <= r < count and 0 <= c < count:
            seen[r, c] = now


@njit(cache=True)
def _clear(seen: Any, x: float, y: float, to_x: float, to_y: float, short: float) -> None:
    """Forget what was seen in the cells a ray passes, looked at every half cell."""
    count = seen.shape[0]
    length = math.hypot(to_x - x, to_y - y)
    if length < 1e-9:
        return
    dx, dy = (to_x - x) / length, (to_y - y) / length
    steps = int(min(length - short, 1.5 * count) * 2.0)
    for k in range(steps + 1):
        c, r = math.floor(x + 0.5 * k * dx), math.floor(y + 0.5 * k * dy)
        if r < 0 or c < 0 or r >= count or c >= count:
            break
        seen[r, c] = _NEVER
