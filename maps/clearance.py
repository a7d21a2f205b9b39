"""Clearance: metres from any point of the floor to the nearest wall or booth.

One byte per cell (centimetres, at most 2.54 m), so that 550 x 300 m at 0.1 m cost 16.5 MB. Robots and the
simulator both ask it. Not imported by `maps.venue`: it needs OpenCV and numba, which a kiosk has no use for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

CAP_CM = 254


class Grid(Protocol):
    """What is needed of `maps.occupancy.OccupancyGrid`."""

    @property
    def occupied(self) -> NDArray[np.bool_]: ...

    @property
    def resolution_m(self) -> float: ...

    @property
    def origin_x(self) -> float: ...

    @property
    def origin_y(self) -> float: ...


FieldArgs = tuple[NDArray[np.uint8], float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceField:
    """`centimetres`: uint8, shape (rows, columns), row 0 at `origin_y`; outside the floor there is no clearance."""

    centimetres: NDArray[np.uint8]
    resolution: float
    origin_x: float
    origin_y: float

    @classmethod
    def of(cls, grid: Grid) -> ClearanceField:
        """Derive the field; unknown cells count as free, the outside of the grid as wall."""
        # A wall begins half a cell before its cell's centre.
        centimetres = (distance_cells(grid.occupied) - 0.5) * (float(grid.resolution_m) * 100.0)
        return cls(
            centimetres=np.clip(centimetres, 0.0, CAP_CM).astype(np.uint8),
            resolution=float(grid.resolution_m),
            origin_x=float(grid.origin_x),
            origin_y=float(grid.origin_y),
        )

    def args(self) -> FieldArgs:
        """As the compiled functions take it."""
        return self.centimetres, self.origin_x, self.origin_y, self.resolution

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies on this floor."""
        rows, columns = self.centimetres.shape
        u, v = (x - self.origin_x) / self.resolution, (y - self.origin_y) / self.resolution
        return bool(0.0 <= u < columns and 0.0 <= v < rows)

    def at(self, x: float, y: float) -> float:
        """Clearance in metres at a point of frame `map`, at most 2.54."""
        return float(clearance(*self.args(), x, y))

    def without(self, rects: Iterable[tuple[float, float, float, float]]) -> ClearanceField:
        """A copy on which rectangles (x0, y0, x1, y1, metres) count as walls; itself where there are none."""
        boxes = [tuple(rect) for rect in rects]
        if not boxes:
            return self
        centimetres = self.centimetres.copy()
        for box in boxes:
            _wall_off(centimetres, *self.args()[1:], *box)
        centimetres.flags.writeable = False
        return ClearanceField(
            centimetres=centimetres, resolution=self.resolution, origin_x=self.origin_x, origin_y=self.origin_y
        )

    def line_free(self, x0: float, y0: float, x1: float, y1: float, room: float) -> bool:
        """Whether every point of the segment has `room` metres of clearance."""
        return bool(line_free(*self.args(), x0, y0, x1, y1, room))


def distance_cells(occupied: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Cells from each cell's centre to that of the nearest occupied one; the outside of the grid is occupied.

    :param occupied: shape (rows, columns).
    :returns: the same shape; exact (OpenCV's DIST_MASK_PRECISE: Felzenszwalb and Huttenlocher, "Distance
        Transforms of Sampled Functions", 2012).
    """
    free = np.pad(np.asarray(~occupied, np.uint8), 1)
    distance = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.ascontiguousarray(distance[1:-1, 1:-1], dtype=np.float32)


@njit(cache=True)
def _wall_off(
    cells: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
) -> None:
    """Lower the clearance about one rectangle to the distance from it."""
    reach = CAP_CM * 0.01 + resolution
    rows, columns = cells.shape
    for r in range(
        max(0, math.floor((y0 - reach - origin_y) / resolution)),
        min(rows, math.ceil((y1 + reach - origin_y) / resolution)),
    ):
        y = origin_y + (r + 0.5) * resolution
        for c in range(
            max(0, math.floor((x0 - reach - origin_x) / resolution)),
            min(columns, math.ceil((x1 + reach - origin_x) / resolution)),
        ):
            x = origin_x + (c + 0.5) * resolution
            away = 100.0 * math.hypot(max(x0 - x, 0.0, x - x1), max(y0 - y, 0.0, y - y1))
            if away < cells[r, c]:
                cells[r, c] = int(away)


@njit(cache=True)
def clearance(cells: Any, origin_x: float, origin_y: float, resolution: float, x: float, y: float) -> float:
    """Metres to the nearest wall, bilinear between cell centres; 0 outside."""
    rows, columns = cells.shape
    u = (x - origin_x) / resolution - 0.5
    v = (y - origin_y) / resolution - 0.5
    if not (u >= 0.0 and v >= 0.0 and u < columns - 1 and v < rows - 1):
        return 0.0
    c, r = int(u), int(v)
    fu, fv = u - c, v - r
    low = cells[r, c] * (1.0 - fu) + cells[r, c + 1] * fu
    high = cells[r + 1, c] * (1.0 - fu) + cells[r + 1, c + 1] * fu
    return float((low * (1.0 - fv) + high * fv) * 0.01)


@njit(cache=True)
def line_free(
    cells: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    room: float,
) -> bool:
    """Walk the segment in steps as long as the clearance found allows (sphere tracing)."""
    length = math.hypot(x1 - x0, y1 - y0)
    along = 0.0
    while along < length:
        share = along / length
        here = clearance(cells, origin_x, origin_y, resolution, x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        if here < room:
            return False
        along += max(0.5 * resolution, here - room)
    return clearance(cells, origin_x, origin_y, resolution, x1, y1) >= room
