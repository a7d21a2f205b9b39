"""The walls as a lidar meets them: how far a return lies from the nearest face, and what lies before it.

The clearance field is 0 everywhere inside a booth; a return in the middle of a solid block would look explained. Here
the distance to the nearest face counts from both sides. A coarse copy is for searching the whole floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField

__all__ = ["COARSE_M", "THROUGH_M", "Walls", "crosses", "face", "reach", "walls_of"]

COARSE_M = 0.2
"""Cell of the coarse copy."""
THROUGH_M = 0.12
"""A ray with more wall than this before its end came through one; less is a corner grazed by a pose slightly off."""
_CAP_CM = 254
_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What is derived once from a clearance field.

    :ivar field: metres to the nearest wall; 0 inside.
    :ivar faces: uint8, same shape: centimetres to the nearest face, from outside or from inside.
    :ivar coarse: uint8, cells of about `COARSE_M`: the least of `faces` in each.
    :ivar factor: fine cells along one side of a coarse cell.
    :ivar standing: shape (n, 2), metres: places a robot's centre can be at, one for each 2 x 2 coarse cells.
    """

    field: ClearanceField
    faces: NDArray[np.uint8]
    coarse: NDArray[np.uint8]
    factor: int
    standing: NDArray[np.float64]

    @classmethod
    def of(cls, field: ClearanceField, room: float = 0.25) -> Walls:
        """:param room: metres of clearance that a robot's centre has at least."""
        cells, resolution = field.centimetres, field.resolution
        inside = cv2.distanceTransform((cells == 0).astype(np.uint8), cv2.DIST_L2, 5)
        deepest = _CAP_CM / (resolution * 100.0)  # where nothing is free, all is infinitely deep
        depth = ((np.clip(inside - 0.5, 0.0, deepest)) * (resolution * 100.0)).astype(np.uint8)
        faces = np.where(cells == 0, depth, cells).astype(np.uint8)
        factor = max(1, round(COARSE_M / resolution))
        standing = _standing(field, 2 * factor, room)
        return cls(field=field, faces=faces, coarse=_least(faces, factor), factor=factor, standing=standing)

    @property
    def coarse_m(self) -> float:
        """Side of a coarse cell, metres."""
        return self.factor * self.field.resolution

    def fits(self, x: float, y: float) -> bool:
        """Whether a point lies on this floor and outside its walls."""
        return self.field.contains(x, y) and self.field.at(x, y) > 0.0


_shared: dict[int, Walls] = {}


def walls_of(field: ClearanceField) -> Walls:
    """A field's walls, derived once per process: several localisers may share them."""
    known = _shared.get(id(field))
    if known is None or known.field is not field:
        while len(_shared) >= _KEPT:
            _shared.pop(next(iter(_shared)))
        known = _shared[id(field)] = Walls.of(field)
    return known


def _least(faces: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    rows, columns = faces.shape
    padded = np.pad(faces, ((0, -rows % factor), (0, -columns % factor)), constant_values=_CAP_CM)
    blocks = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)
    return np.ascontiguousarray(blocks.min(axis=(1, 3)))


def _standing(field: ClearanceField, factor: int, room: float) -> NDArray[np.float64]:
    """The clearest cell of each block, where it has the room."""
    cells = field.centimetres
    rows, columns = cells.shape
    padded = np.pad(cells, ((0, -rows % factor), (0, -columns % factor)))
    down, across = padded.shape[0] // factor, padded.shape[1] // factor
    blocks = padded.reshape(down, factor, across, factor).transpose(0, 2, 1, 3).reshape(down * across, factor**2)
    # The middle of the block where that will do: an even raster is searched best.
    middle = blocks[:, factor * (factor // 2) + factor // 2]
    best = np.where(middle >= room * 100.0, factor * (factor // 2) + factor // 2, blocks.argmax(axis=1))
    clear = blocks.max(axis=1) >= room * 100.0
    block = np.flatnonzero(clear)
    row = block // across * factor + best[clear] // factor
    column = block % across * factor + best[clear] % factor
    x = field.origin_x + (column + 0.5) * field.resolution
    y = field.origin_y + (row + 0.5) * field.resolution
    return np.ascontiguousarray(np.column_stack((x, y)))


@njit(cache=True)
def face(faces: Any, x0: float, y0: float, res: float, x: float, y: float) -> float:
    """Metres from a point to the nearest face, of the cell it lies in; outside the floor as far as can be told."""
    c, r = math.floor((x - x0) / res), math.floor((y - y0) / res)
    if c < 0 or r < 0 or r >= faces.shape[0] or c >= faces.shape[1]:
        return 2.54
    return float(faces[r, c]) * 0.01


@njit(cache=True)
def crosses(cells: Any, x0: float, y0: float, res: float, x: float, y: float, dx: float, dy: float, far: float) -> bool:
    """Whether a ray from (x, y) along the unit vector (dx, dy) passes through a wall, or leaves the floor, before
    `far` metres. Sphere tracing on the clearance field."""
    rows, columns = cells.shape
    least = max(res, 0.5 * THROUGH_M)
    inside = 0.0
    along = 0.0
    while along < far:
        c, r = math.floor((x + along * dx - x0) / res), math.floor((y + along * dy - y0) / res)
        if c < 0 or r < 0 or r >= rows or c >= columns:
            return True
        room = cells[r, c] * 0.01
        if room <= 0.0:
            inside += least
            if inside > THROUGH_M:
                return True
            along += least
        else:
            along += max(least, room - 0.71 * res)
    return False


@njit(cache=True)
def reach(cells: Any, x0: float, y0: float, res: float, x: float, y: float, dx: float, dy: float, far: float) -> float:
    """Metres from (x, y) along the unit vector (dx, dy) to the first wall or the floor's end, at most `far`."""
    rows, columns = cells.shape
    along = 0.0
    while along < far:
        c, r = math.floor((x + along * dx - x0) / res), math.floor((y + along * dy - y0) / res)
        if c < 0 or r < 0 or r >= rows or c >= columns or cells[r, c] == 0:
            return along
        along += max(res, cells[r, c] * 0.01 - 0.71 * res)
    return far
