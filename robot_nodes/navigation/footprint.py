"""What the round body may run into: distances to the returns of one scan, and how far the base may drive.

The grid is to rollouts what the clearance field is to walls: one look-up for each pose instead of one look at each
return.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points, Pose2D

CELL_M = 0.1
HALF_M = 4.4
"""The grid reaches this far from the robot: what a horizon of three seconds can come near to."""
FAR_M = 1.2
"""Distances are known up to here."""
BEHIND_M = -0.35
"""Returns farther behind than this are left out: a robot that drives forward leaves them."""
MAPPED_M = 0.2
"""A return this near to a wall of the map is the wall."""
STEP_M = 0.04


class NearGrid:
    """Metres from places round the robot to the nearest return that no wall explains; reused from scan to scan."""

    def __init__(self, field: ClearanceField) -> None:
        self._field = field
        size = 2 * round(HALF_M / CELL_M)
        self.metres = np.full((size, size), FAR_M, np.float32)
        self.origin = np.zeros(2)
        self.stamped = 0
        """Returns in the grid; none: nothing stands round the robot but walls."""

    def fill(self, pose: Pose2D, hits: Points, movers: Points) -> None:
        """Take a scan.

        :param hits: returns, shape (n, 2), frame map.
        :param movers: who walks, shape (m, 4 or more): x, y, ... in frame map. Their returns are left out, since they
            will be elsewhere.
        """
        self.origin[:] = (pose.x - HALF_M, pose.y - HALF_M)
        self.metres.fill(FAR_M)
        self.stamped = _fill(
            *self._field.args(),
            np.ascontiguousarray(hits, np.float64),
            movers,
            np.array((pose.x, pose.y, pose.yaw)),
            self.metres,
        )


@njit(cache=True)
def _fill(cells: Any, x0: float, y0: float, res: float, hits: Any, movers: Any, pose: Any, metres: Any) -> int:
    size = metres.shape[0]
    c, s = math.cos(pose[2]), math.sin(pose[2])
    left, low = pose[0] - HALF_M, pose[1] - HALF_M
    reach = int(FAR_M / CELL_M) + 1
    last_x, last_y = 1e9, 1e9
    stamped = 0
    for i in range(hits.shape[0]):
        x, y = hits[i, 0], hits[i, 1]
        dx, dy = x - pose[0], y - pose[1]
        if not (abs(dx) < HALF_M + FAR_M and abs(dy) < HALF_M + FAR_M) or c * dx + s * dy < BEHIND_M:
            continue
        # Near bodies give many returns a centimetre apart: one every four is exact enough.
        if abs(x - last_x) < STEP_M and abs(y - last_y) < STEP_M:
            continue
        if clearance(cells, x0, y0, res, x, y) <= MAPPED_M or _walks(movers, x, y):
            continue
        last_x, last_y = x, y
        stamped += 1
        column, row = int((x - left) / CELL_M), int((y - low) / CELL_M)
        for r in range(max(row - reach, 0), min(row + reach + 1, size)):
            gap_y = low + (r + 0.5) * CELL_M - y
            for k in range(max(column - reach, 0), min(column + reach + 1, size)):
                gap_x = left + (k + 0.5) * CELL_M - x
                away = math.sqrt(gap_x * gap_x + gap_y * gap_y)
                if away < metres[r, k]:
                    metres[r, k] = away
    return stamped


@njit(cache=True)
def _walks(movers: Any, x: float, y: float) -> bool:
    """Whether a return belongs to somebody who walks."""
    found = False
    for m in range(movers.shape[0]):
        found = found or (abs(movers[m, 0] - x) < 0.4 and abs(movers[m, 1] - y) < 0.4)
    return found


@njit(cache=True, inline="always")
def room(metres: Any, left: float, low: float, x: float, y: float) -> float:
    """Metres to the nearest return, bilinear between cell centres; `FAR_M` outside the grid."""
    size = metres.shape[0]
    u, v = (x - left) / CELL_M - 0.5, (y - low) / CELL_M - 0.5
    if not (u >= 0.0 and v >= 0.0 and u < size - 1 and v < size - 1):
        return FAR_M
    k, r = int(u), int(v)
    fu, fv = u - k, v - r
    below = metres[r, k] * (1.0 - fu) + metres[r, k + 1] * fu
    above = metres[r + 1, k] * (1.0 - fu) + metres[r + 1, k + 1] * fu
    return float(below * (1.0 - fv) + above * fv)


@njit(cache=True)
def free_along_arc(hits: Any, v: float, w: float, reach: float, look: float) -> float:
    """Metres the base may drive along the arc of (v, w) until a return is within `reach` and coming nearer.

    :param hits: shape (n, 2), metres, base frame; what is not finite is not seen.
    """
    count = int(look / STEP_M)
    turn = w / abs(v)
    sign = 1.0 if v > 0.0 else -1.0
    best = look
    for i in range(hits.shape[0]):
        hx, hy = hits[i, 0], hits[i, 1]
        before = math.hypot(hx, hy)
        if not before <= best + reach:
            continue
        # In tight arcs the steps below would jump over the first centimetres.
        if before < reach and sign * hx > 0.15 * before:
            return 0.0
        for k in range(1, count + 1):
            along = k * STEP_M
            if along > best:
                break
            if abs(turn) < 1e-4:
                x, y = sign * along, 0.0
            else:
                x, y = sign * math.sin(turn * along) / turn, sign * (1.0 - math.cos(turn * along)) / turn
            away = math.hypot(hx - x, hy - y)
            if away < reach and away < before - 1e-4:
                best = along - STEP_M
                break
            before = away
    return best


@njit(cache=True)
def free_ahead(
    cells: Any,
    x0: float,
    y0: float,
    res: float,
    metres: Any,
    origin: Any,
    line: Any,
    first: int,
    asides: Any,
    reach: float,
    wall_reach: float,
) -> Any:
    """For each parallel: metres from the line's first point to where something stands within `reach` of it.

    :param line: shape (n, 4 or more): x, y, cos and sin of the direction, a tenth of a metre apart.
    :param first: index of the point abreast of the robot, where looking begins.
    :param asides: metres left of the line.
    :returns: shape (len(asides),); the line's whole length where nothing stands.
    """
    found = np.full(len(asides), CELL_M * (line.shape[0] - 1))
    for i in range(len(asides)):
        for k in range(first, line.shape[0]):
            x, y = line[k, 0] - asides[i] * line[k, 3], line[k, 1] + asides[i] * line[k, 2]
            standing = room(metres, origin[0], origin[1], x, y) < reach
            if standing or clearance(cells, x0, y0, res, x, y) < wall_reach:
                found[i] = CELL_M * k
                break
    return found
