"""Grid search where a straight line is not free.

A* (Hart, Nilsson and Raphael, 1968) on eight neighbours of a window of the clearance field, with a cost that keeps to
the middle of openings, then string pulling to the fewest corners.
"""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points

CELL_M = 0.1
_NO_OBSTACLES = np.empty((0, 2))


def search(
    field: ClearanceField,
    start: tuple[float, float],
    goal: tuple[float, float],
    room: float,
    *,
    margin: float = 8.0,
    obstacles: Points = _NO_OBSTACLES,
    obstacle_room: float = 0.0,
) -> Points | None:
    """Corners of a way from start to goal, both included, or None.

    :param room: clearance wanted everywhere, metres; where the start has less, less is allowed until there is more.
    :param margin: how far the search may leave the rectangle around start and goal, metres.
    :param obstacles: shape (n, 2), frame map: what stands there now beyond the map.
    :param obstacle_room: distance to keep from `obstacles`, metres.
    :returns: shape (k, 2), k >= 2, frame map.
    """
    x0, y0 = min(start[0], goal[0]) - margin, min(start[1], goal[1]) - margin
    x1, y1 = max(start[0], goal[0]) + margin, max(start[1], goal[1]) + margin
    step = max(CELL_M, math.sqrt((x1 - x0) * (y1 - y0) / 1.0e6))
    rows, columns = math.ceil((y1 - y0) / step), math.ceil((x1 - x0) / step)
    room_cells = _window(*field.args(), x0, y0, step, rows, columns)
    if len(obstacles):
        _mark(room_cells, np.ascontiguousarray(obstacles), x0, y0, step, obstacle_room, room)
    cells = _astar(room_cells, *_cell(start, x0, y0, step), *_cell(goal, x0, y0, step), room, step)
    if len(cells) == 0:
        return None
    line = np.empty((len(cells), 2))
    line[:, 0] = x0 + (cells[:, 1] + 0.5) * step
    line[:, 1] = y0 + (cells[:, 0] + 0.5) * step
    line[0], line[-1] = start, goal
    return np.asarray(line[_pulled(room_cells, line, x0, y0, step, room)])


def _cell(point: tuple[float, float], x0: float, y0: float, step: float) -> tuple[int, int]:
    return int((point[1] - y0) / step), int((point[0] - x0) / step)


@njit(cache=True)
def _window(
    cells: Any, ox: float, oy: float, res: float, x0: float, y0: float, step: float, rows: int, columns: int
) -> NDArray[np.float32]:
    """Clearance at each cell's centre, metres, shape (rows, columns)."""
    result = np.zeros((rows, columns), np.float32)
    for r in range(rows):
        v = math.floor((y0 + (r + 0.5) * step - oy) / res)
        if v < 0 or v >= cells.shape[0]:
            continue
        for c in range(columns):
            u = math.floor((x0 + (c + 0.5) * step - ox) / res)
            if 0 <= u < cells.shape[1]:
                result[r, c] = cells[v, u] * 0.01
    return result


@njit(cache=True)
def _mark(
    room_cells: Any, obstacles: Any, x0: float, y0: float, step: float, obstacle_room: float, room: float
) -> None:
    """Take what stands there into the clearances: `obstacle_room` from it counts as `room` from a wall."""
    reach = math.ceil((obstacle_room + 0.3) / step)
    for i in range(obstacles.shape[0]):
        r0, c0 = int((obstacles[i, 1] - y0) / step), int((obstacles[i, 0] - x0) / step)
        for r in range(max(0, r0 - reach), min(room_cells.shape[0], r0 + reach + 1)):
            for c in range(max(0, c0 - reach), min(room_cells.shape[1], c0 + reach + 1)):
                away = math.hypot(x0 + (c + 0.5) * step - obstacles[i, 0], y0 + (r + 0.5) * step - obstacles[i, 1])
                room_cells[r, c] = min(room_cells[r, c], max(0.0, away - obstacle_room + room))


@njit(cache=True)
def _astar(room_cells: Any, r0: int, c0: int, r1: int, c1: int, room: float, step: float) -> Any:
    """Cells of the cheapest way, shape (k, 2); empty where there is none."""
    rows, columns = room_cells.shape
    cost = np.full(rows * columns, np.inf, np.float32)
    came = np.full(rows * columns, -1, np.int32)
    none = np.empty((0, 2), np.int32)
    if not (0 <= r0 < rows and 0 <= c0 < columns and 0 <= r1 < rows and 0 <= c1 < columns):
        return none
    start, goal = r0 * columns + c0, r1 * columns + c1
    cost[start] = 0.0
    heap = [(0.0, start)]
    while len(heap) > 0:
        _, here = heapq.heappop(heap)
        if here == goal:
            break
        r, c = here // columns, here % columns
        base = cost[here]
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                rr, cc = r + dr, c + dc
                if (dr == 0 and dc == 0) or rr < 0 or cc < 0 or rr >= rows or cc >= columns:
                    continue
                free = room_cells[rr, cc]
                # Out of a tight place the way may only lead to where there is more room.
                if free < room and free <= room_cells[r, c] and rr * columns + cc != goal:
                    continue
                if free <= 0.0:
                    continue
                length = 1.4142135 if dr != 0 and dc != 0 else 1.0
                tight = max(0.0, room + 0.35 - free) / 0.35
                new = base + length * (1.0 + 1.5 * tight)
                there = rr * columns + cc
                if new < cost[there] - 1e-4:
                    cost[there] = new
                    came[there] = here
                    heapq.heappush(heap, (new + math.hypot(rr - r1, cc - c1), there))
    if not np.isfinite(cost[goal]):
        return none
    count = 1
    here = goal
    while here != start:
        here = came[here]
        count += 1
    result = np.empty((count, 2), np.int32)
    here = goal
    for k in range(count - 1, -1, -1):
        result[k, 0], result[k, 1] = here // columns, here % columns
        if here != start:
            here = came[here]
    return result


@njit(cache=True)
def _pulled(room_cells: Any, line: Any, x0: float, y0: float, step: float, room: float) -> Any:
    """Indices of the corners that are left when the string is pulled tight."""
    count = line.shape[0]
    kept = [0]
    at = 0
    while at < count - 1:
        reach = at + 1
        for far in range(at + 2, min(count, at + 200)):
            if not _seen(room_cells, line[at, 0], line[at, 1], line[far, 0], line[far, 1], x0, y0, step, room):
                break
            reach = far
        kept.append(reach)
        at = reach
    return np.array(kept)


@njit(cache=True)
def _seen(
    room_cells: Any, ax: float, ay: float, bx: float, by: float, x0: float, y0: float, step: float, room: float
) -> bool:
    steps = math.ceil(math.hypot(bx - ax, by - ay) / (0.5 * step))
    for k in range(steps + 1):
        share = k / max(steps, 1)
        r = int((ay + (by - ay) * share - y0) / step)
        c = int((ax + (bx - ax) * share - x0) / step)
        if room_cells[r, c] < room + 0.05:
            return False
    return True
