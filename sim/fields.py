"""Occupancy grid -> the two distance fields everything else asks.

`skip` answers rays: how many cells a ray may safely jump from here (uint8; 255 is a wall).
`near_cm` answers bodies: centimetres from a cell's centre to the nearest wall (uint8, at most 254).
One byte per cell each, so that a hall of 165,000 m2 at 0.1 m stays near the cache.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.clearance import CAP_CM, ClearanceField, Grid, clearance, distance_cells, line_free

__all__ = ["NEAR_MAX_M", "WALL", "Fields", "Grid", "clearance", "line_free"]

WALL = 255
NEAR_MAX_M = CAP_CM / 100.0
_SLACK_CELLS = math.sqrt(2.0)
"""Two half diagonals: the ray's place within its cell, and the wall's corner within its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Distance fields of one floor; arrays have shape (rows, columns), row 0 at `origin_y`."""

    skip: NDArray[np.uint8]
    near_cm: NDArray[np.uint8]
    resolution: float
    origin_x: float
    origin_y: float

    @classmethod
    def of(cls, grid: Grid) -> Fields:
        """Derive both fields; the grid's outside counts as wall."""
        occupied = grid.occupied
        jump = np.clip(distance_cells(occupied) - _SLACK_CELLS, 0.0, 254.0).astype(np.uint8)
        return cls(
            skip=np.where(occupied, np.uint8(WALL), jump),
            near_cm=ClearanceField.of(grid).centimetres,
            resolution=float(grid.resolution_m),
            origin_x=float(grid.origin_x),
            origin_y=float(grid.origin_y),
        )

    @property
    def width_m(self) -> float:
        return float(self.skip.shape[1] * self.resolution)

    @property
    def height_m(self) -> float:
        return float(self.skip.shape[0] * self.resolution)

    def args(self) -> tuple[NDArray[np.uint8], float, float, float]:
        """`near_cm` and its frame, as the compiled functions take them."""
        return self.near_cm, self.origin_x, self.origin_y, self.resolution

    def clearance(self, x: float, y: float) -> float:
        """Metres from (x, y) in frame map to the nearest wall, at most `NEAR_MAX_M`; 0 outside the floor."""
        return float(clearance(*self.args(), x, y))

    def sees(self, x0: float, y0: float, x1: float, y1: float, margin: float) -> bool:
        """Is the straight line free of walls by `margin` metres all along?"""
        return bool(line_free(*self.args(), x0, y0, x1, y1, margin))
