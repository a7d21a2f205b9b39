"""Grid search where a straight line is not free.

A* (Hart, Nilsson and Raphael, 1968) on eight neighbours of a window of the clearance field, with a cost that keeps to
the middle of openings, then string pulling to the fewest corners. `search` goes to a point, `search_lanes` to whichever
lanes are nearest by the way there, not through walls (Dijkstra, 1959, on the same window).
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points

CELL_M = 0.1
_COARSE_CELLS, _FINE_CELLS = 6.0e4, 1.0e6
"""Of the window, tried in this order: a tenth of the time suffices where no gap is narrow."""
_REACHES_M = ((6.0, 0.1), (16.0, 0.2), (16.0, 0.1), (40.0, 0.2), (40.0, 0.1))
"""How far lanes are looked for, and the cells that is done with."""
_DR, _DC = (0, 0, 1, -1, 1, 1, -1, -1), (1, -1, 0, 0, 1, -1, 1, -1)
_STEP = (1.0, 1.0, 1.0, 1.0, 1.41421356, 1.41421356, 1.41421356, 1.41421356)


@dataclass(frozen=True, slots=True)
class Found:
    """A lane reached over the floor.

    :ivar lane: its index in what was given.
    :ivar corners: the way there, shape (k, 2), k >= 2.
    """

    lane: int
    corners: Points

    @property
    def length(self) -> float:
        """Metres of that way."""
        return float(np.sum(np.hypot(*np.diff(self.corners, axis=0).T)))


def search(
    field: ClearanceField,
    start: tuple[float, float],
    goal: tuple[float, float],
    room: float,
    *,
    margin: float = 8.0,
) -> Points | None:
    """Corners of a way from start to goal, both included, or None.

    :param room: clearance wanted everywhere, metres; where the start has less, less is allowed until there is more.
    :param margin: how far the search may leave the rectangle around start and goal, metres.
    :returns: shape (k, 2), k >= 2, frame map.
    """
    x0, y0 = min(start[0], goal[0]) - margin, min(start[1], goal[1]) - margin
    x1, y1 = max(start[0], goal[0]) + margin, max(start[1], goal[1]) + margin
    tried = 0.0
    for most in (_COARSE_CELLS, _FINE_CELLS):
        step = max(CELL_M, math.sqrt((x1 - x0) * (y1 - y0) / most))
        if step == tried:
            break
        tried = step
        rows, columns = math.ceil((y1 - y0) / step), math.ceil((x1 - x0) / step)
        room_cells = _window(*field.args(), x0, y0, step, rows, columns)
        cells = _astar(room_cells, *_cell(start, x0, y0, step), *_cell(goal, x0, y0, step), room)
        if len(cells):
            line = _centres(cells, x0, y0, step)
            line[0], line[-1] = start, goal
            return np.asarray(line[_pulled(room_cells, line, x0, y0, step, room)])
    return None


def search_lanes(
    field: ClearanceField, start: tuple[float, float], starts: Points, ends: Points, room: float, slack: float
) -> list[Found]:
    """Up to four lanes nearest by the way there, and the ways; empty where none can be reached.

    :param starts: where the lanes start, shape (n, 2); `ends` where they end.
    :param room: clearance wanted, metres, as in `search`.
    :param slack: lanes this much farther than the nearest are taken too, metres.
    """
    walled_in = 0.0
    for reach, step in _REACHES_M:
        if 0.0 < walled_in < reach:
            break
        result, edge = _lanes_within(field, start, starts, ends, room, slack, reach, step)
        if result:
            return result
        # Walls all round: a larger window shows no more, smaller cells may.
        if not edge and step <= CELL_M:
            break
        walled_in = walled_in if edge else reach
    return []


def _lanes_within(
    field: ClearanceField,
    start: tuple[float, float],
    starts: Points,
    ends: Points,
    room: float,
    slack: float,
    reach: float,
    step: float,
) -> tuple[list[Found], bool]:
    """`search_lanes` in one window; and whether its edge was met."""
    x0, y0 = start[0] - reach, start[1] - reach
    cells = math.ceil(2.0 * reach / step)
    room_cells = _window(*field.args(), x0, y0, step, cells, cells)
    lanes = _lane_cells(starts, ends, x0, y0, step, cells)
    ways, found, edge = _dijkstra(room_cells, lanes, *_cell(start, x0, y0, step), room, slack / step)
    result = []
    for way, lane in zip(ways, found, strict=True):
        line = _centres(way, x0, y0, step)
        line[0] = start
        corners = line[_pulled(room_cells, line, x0, y0, step, room)] if len(line) > 1 else np.vstack((line, line))
        result.append(Found(int(lane), np.asarray(corners)))
    return result, bool(edge)


def _centres(cells: Any, x0: float, y0: float, step: float) -> Points:
    return np.column_stack((x0 + (cells[:, 1] + 0.5) * step, y0 + (cells[:, 0] + 0.5) * step))


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
def _astar(room_cells: Any, r0: int, c0: int, r1: int, c1: int, room: float) -> Any:
    """Cells of the cheapest way, shape (k, 2); empty where there is none."""
    rows, columns = room_cells.shape
    cost = np.full(rows * columns, np.inf, np.float32)
    came = np.full(rows * columns, -1, np.int32)
    if not (0 <= r0 < rows and 0 <= c0 < columns and 0 <= r1 < rows and 0 <= c1 < columns):
        return np.empty((0, 2), np.int32)
    start, goal = r0 * columns + c0, r1 * columns + c1
    cost[start] = 0.0
    heap = [(0.0, start)]
    while len(heap) > 0:
        rank, here = heapq.heappop(heap)
        if here == goal:
            return _traced(came, start, goal, columns)
        r, c = here // columns, here % columns
        if rank > cost[here] + _octile(r - r1, c - c1) + 1e-2:
            continue
        for k in range(8):
            rr, cc = r + _DR[k], c + _DC[k]
            if rr < 0 or cc < 0 or rr >= rows or cc >= columns:
                continue
            there = rr * columns + cc
            toll = _toll(room_cells[r, c], room_cells[rr, cc], room, there == goal)
            if toll <= 0.0:
                continue
            new = cost[here] + toll * _STEP[k]
            if new < cost[there] - 1e-4:
                cost[there] = new
                came[there] = here
                heapq.heappush(heap, (new + _octile(rr - r1, cc - c1), there))
    return np.empty((0, 2), np.int32)


@njit(cache=True)
def _octile(dr: int, dc: int) -> float:
    """Cells of the shortest way over eight neighbours."""
    a, b = abs(dr), abs(dc)
    return float(max(a, b) + 0.41421356 * min(a, b))


@njit(cache=True)
def _toll(here: float, there: float, room: float, at_goal: bool) -> float:
    """Cost of a cell by its size; 0 where it may not be entered."""
    # Out of a tight place the way may only lead to where there is more room.
    if there <= 0.0 or (there < room and there <= here and not at_goal):
        return 0.0
    return 1.0 + 1.5 * max(0.0, room + 0.35 - there) / 0.35


@njit(cache=True)
def _traced(came: Any, start: int, goal: int, columns: int) -> Any:
    """The cells from start to goal, shape (k, 2)."""
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
def _lane_cells(starts: Any, ends: Any, x0: float, y0: float, step: float, cells: int) -> Any:
    """Index of a lane that runs through each cell, -1 where none does, shape (cells, cells)."""
    result = np.full((cells, cells), -1, np.int32)
    x1, y1 = x0 + cells * step, y0 + cells * step
    for i in range(starts.shape[0]):
        ax, ay, bx, by = starts[i, 0], starts[i, 1], ends[i, 0], ends[i, 1]
        if max(ax, bx) < x0 or min(ax, bx) > x1 or max(ay, by) < y0 or min(ay, by) > y1:
            continue
        count = math.ceil(math.hypot(bx - ax, by - ay) / (0.5 * step)) + 1
        for k in range(count + 1):
            c = math.floor((ax + (bx - ax) * k / count - x0) / step)
            r = math.floor((ay + (by - ay) * k / count - y0) / step)
            if 0 <= r < cells and 0 <= c < cells:
                result[r, c] = i
    return result


@njit(cache=True)
def _dijkstra(room_cells: Any, lanes: Any, r0: int, c0: int, room: float, slack: float) -> Any:
    """(the ways to up to four lanes nearest, those lanes' indices, whether the window's edge was met)."""
    rows, columns = room_cells.shape
    cost = np.full(rows * columns, np.inf)
    came = np.full(rows * columns, -1, np.int32)
    start = r0 * columns + c0
    ways = [np.empty((0, 2), np.int32)]
    found = [-1]
    cost[start] = 0.0
    heap = [(0.0, start)]
    until = np.inf
    edge = False
    while len(heap) > 0:
        rank, here = heapq.heappop(heap)
        if rank > until or len(found) > 4:
            break
        if rank > cost[here]:
            continue
        r, c = here // columns, here % columns
        if lanes[r, c] >= 0 and room_cells[r, c] >= room and int(lanes[r, c]) not in found:
            ways.append(_traced(came, start, here, columns))
            found.append(int(lanes[r, c]))
            until = min(until, rank + slack)
        for k in range(8):
            rr, cc = r + _DR[k], c + _DC[k]
            if rr < 0 or cc < 0 or rr >= rows or cc >= columns:
                edge = True
                continue
            toll = _toll(room_cells[r, c], room_cells[rr, cc], room, False)
            new = cost[here] + toll * _STEP[k]
            if toll > 0.0 and new < cost[rr * columns + cc]:
                cost[rr * columns + cc] = new
                came[rr * columns + cc] = here
                heapq.heappush(heap, (new, rr * columns + cc))
    return ways[1:], found[1:], edge


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
