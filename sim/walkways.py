"""Where people can walk: a lattice over the free floor, and ways across it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.errors import NoWayError
from sim.fields import Fields, clearance, line_free

MARGIN_M = 0.35
"""A path keeps a person's middle this far from walls."""
LANE_MARGIN_M = 0.9
"""Who stands keeps this far from the middle of a robots' lane, where there is room."""
_SMALL_FLOOR_M2 = 10_000.0


class Walkways:
    """The largest connected part of the floor on which people walk, frame map, metres."""

    def __init__(self, fields: Fields, lanes: NDArray[np.float64] | None = None) -> None:
        """:param lanes: shape (n, 4), x0 y0 x1 y1 of robots' lanes; people do not choose to stand on them.

        :raises NoWayError: if there is no free floor at all.
        """
        self._fields = fields
        self.pitch = 0.5 if fields.width_m * fields.height_m < _SMALL_FLOOR_M2 else 1.0
        rows, columns = max(1, int(fields.height_m / self.pitch)), max(1, int(fields.width_m / self.pitch))
        links = _linked(*fields.args(), rows, columns, self.pitch, MARGIN_M)
        self._open = _largest_part(links)
        if not self._open.any():
            raise NoWayError("the floor has nowhere to walk: check the map's free cells")
        self._links = links
        nodes = np.flatnonzero(self._open.ravel())
        quiet = self._open & ~self._near_lanes(lanes)
        self.nodes: NDArray[np.int64] = nodes
        self.quiet: NDArray[np.int64] = np.flatnonzero(quiet.ravel()) if quiet.sum() >= 10 else nodes

    def point(self, node: int) -> tuple[float, float]:
        """Where a lattice node lies."""
        row, column = divmod(int(node), self._open.shape[1])
        return (
            self._fields.origin_x + (column + 0.5) * self.pitch,
            self._fields.origin_y + (row + 0.5) * self.pitch,
        )

    def node_at(self, x: float, y: float, reach_m: float = 4.0) -> int | None:
        """The walkable node nearest to (x, y) in sight of it, else the nearest one at all, within `reach_m`."""
        row, column = self._cell(x, y)
        span = math.ceil(reach_m / self.pitch)
        best: tuple[bool, float, int] | None = None
        for r in range(max(0, row - span), min(self._open.shape[0], row + span + 1)):
            for c in range(max(0, column - span), min(self._open.shape[1], column + span + 1)):
                if not self._open[r, c]:
                    continue
                node = r * self._open.shape[1] + c
                px, py = self.point(node)
                away = math.hypot(px - x, py - y)
                if away > reach_m or (best is not None and not best[0] and away >= best[1]):
                    continue
                key = (not self._fields.sees(x, y, px, py, 0.05), away, node)
                best = key if best is None or key < best else best
        return None if best is None else best[2]

    def path(self, start: tuple[float, float], goal: tuple[float, float]) -> list[tuple[float, float]]:
        """Waypoints from `start` (left out) to `goal` (the last), pulled straight.

        :raises NoWayError: if either lies too far from the walkable floor.
        """
        if self._fields.sees(*start, *goal, MARGIN_M):
            return [goal]
        nodes = _astar(self._links, self._open.shape[1], self._end(*start), self._end(*goal))
        way = [start, *(self.point(node) for node in nodes), goal]
        flat = np.array(way, dtype=np.float64)
        kept = _pulled(*self._fields.args(), flat, 0.8 * MARGIN_M)
        return [(float(flat[k, 0]), float(flat[k, 1])) for k in kept[1:]]

    def _end(self, x: float, y: float) -> int:
        node = self.node_at(x, y)
        if node is None:
            raise NoWayError(f"({x:.1f}, {y:.1f}) is not near any floor people can walk on: choose another place")
        return node

    def near(self, x: float, y: float, span_m: float, rng: np.random.Generator) -> int:
        """A random quiet node within `span_m` of (x, y) along each axis; anywhere if there is none."""
        columns = self._open.shape[1]
        row, column = self._cell(x, y)
        span = span_m / self.pitch
        r, c = np.divmod(self.quiet, columns)
        close = self.quiet[(np.abs(r - row) <= span) & (np.abs(c - column) <= span)]
        return int(rng.choice(close if close.size else self.quiet))

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        return int((y - self._fields.origin_y) / self.pitch), int((x - self._fields.origin_x) / self.pitch)

    def _near_lanes(self, lanes: NDArray[np.float64] | None) -> NDArray[np.bool_]:
        near = np.zeros(self._open.shape, np.bool_)
        if lanes is not None:
            for x0, y0, x1, y1 in lanes:
                self._mark(near, (x0, y0), (x1, y1))
        return near

    def _mark(self, near: NDArray[np.bool_], a: Sequence[float], b: Sequence[float]) -> None:
        """Mark the nodes within `LANE_MARGIN_M` of segment a-b."""
        low = self._cell(min(a[0], b[0]) - LANE_MARGIN_M, min(a[1], b[1]) - LANE_MARGIN_M)
        high = self._cell(max(a[0], b[0]) + LANE_MARGIN_M, max(a[1], b[1]) + LANE_MARGIN_M)
        rows = np.arange(max(0, low[0]), min(near.shape[0], high[0] + 1))
        columns = np.arange(max(0, low[1]), min(near.shape[1], high[1] + 1))
        if rows.size == 0 or columns.size == 0:
            return
        x = self._fields.origin_x + (columns[None, :] + 0.5) * self.pitch
        y = self._fields.origin_y + (rows[:, None] + 0.5) * self.pitch
        near[np.ix_(rows, columns)] |= segment_distance(x, y, a, b) < LANE_MARGIN_M


def segment_distance(x: Any, y: Any, a: Sequence[float], b: Sequence[float]) -> Any:
    """Distance of points to segment a-b; x and y broadcast against each other."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = np.clip(((x - a[0]) * dx + (y - a[1]) * dy) / square, 0.0, 1.0) if square > 0.0 else 0.0
    return np.hypot(x - a[0] - share * dx, y - a[1] - share * dy)


@njit(cache=True)
def _linked(
    near_cm: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    rows: int,
    columns: int,
    pitch: float,
    margin: float,
) -> Any:
    """Bit k of a node: one can walk straight to neighbour k (counter-clockwise from +x)."""
    links = np.zeros((rows, columns), np.uint8)
    for r in range(rows):
        for c in range(columns):
            x, y = origin_x + (c + 0.5) * pitch, origin_y + (r + 0.5) * pitch
            if clearance(near_cm, origin_x, origin_y, resolution, x, y) < margin:
                continue
            for k in range(8):
                dr, dc = _step(k)
                if not (0 <= r + dr < rows and 0 <= c + dc < columns):
                    continue
                nx, ny = x + dc * pitch, y + dr * pitch
                if line_free(near_cm, origin_x, origin_y, resolution, x, y, nx, ny, margin):
                    links[r, c] |= np.uint8(1 << k)
    return links


@njit(cache=True)
def _step(k: int) -> Any:
    """Row and column step of direction k, counter-clockwise from +x."""
    dr = 1 if 1 <= k <= 3 else (-1 if 5 <= k <= 7 else 0)
    dc = 1 if k == 7 or k <= 1 else (-1 if 3 <= k <= 5 else 0)
    return dr, dc


@njit(cache=True)
def _largest_part(links: Any) -> Any:
    rows, columns = links.shape
    label = np.zeros(rows * columns, np.int32)
    stack = np.empty(rows * columns, np.int64)
    best, best_size, current = 0, 0, 0
    flat = links.ravel()
    for seed in range(rows * columns):
        if flat[seed] == 0 or label[seed] != 0:
            continue
        current += 1
        size, top = 0, 1
        stack[0] = seed
        label[seed] = current
        while top > 0:
            top -= 1
            node = stack[top]
            size += 1
            for k in range(8):
                if flat[node] & (1 << k):
                    dr, dc = _step(k)
                    other = node + dr * columns + dc
                    if label[other] == 0:
                        label[other] = current
                        stack[top] = other
                        top += 1
        if size > best_size:
            best, best_size = current, size
    if best == 0:
        return np.zeros((rows, columns), np.bool_)
    return (label == best).reshape(rows, columns)


@njit(cache=True)
def _astar(links: Any, columns: int, start: int, goal: int) -> Any:
    """Node numbers from start to goal, both in it (octile distances)."""
    flat = links.ravel()
    cost = np.full(flat.shape[0], np.inf)
    parent = np.full(flat.shape[0], -1, np.int64)
    goal_r, goal_c = goal // columns, goal % columns
    cost[start] = 0.0
    heap = [(0.0, start)]
    while len(heap) > 0:
        _, node = heapq.heappop(heap)
        if node == goal:
            break
        for k in range(8):
            if not flat[node] & (1 << k):
                continue
            dr, dc = _step(k)
            other = node + dr * columns + dc
            new = cost[node] + (1.4142135623730951 if dr != 0 and dc != 0 else 1.0)
            if new < cost[other] - 1e-12:
                cost[other] = new
                parent[other] = node
                up, across = abs(other // columns - goal_r), abs(other % columns - goal_c)
                rest = max(up, across) + 0.41421356237309515 * min(up, across)
                heapq.heappush(heap, (new + rest, other))
    length, node = 1, goal
    while parent[node] >= 0:
        node = parent[node]
        length += 1
    nodes = np.empty(length, np.int64)
    node = goal
    for k in range(length - 1, -1, -1):
        nodes[k] = node
        node = parent[node]
    return nodes


@njit(cache=True)
def _pulled(near_cm: Any, origin_x: float, origin_y: float, resolution: float, way: Any, margin: float) -> Any:
    """Indices of the waypoints that remain when every straight short cut is taken."""
    count = way.shape[0]
    kept = np.empty(count, np.int64)
    kept[0] = 0
    used, anchor = 1, 0
    while anchor < count - 1:
        best = anchor + 1
        for k in range(min(count - 1, anchor + 80), anchor + 1, -1):
            if line_free(
                near_cm, origin_x, origin_y, resolution, way[anchor, 0], way[anchor, 1], way[k, 0], way[k, 1], margin
            ):
                best = k
                break
        kept[used] = best
        used += 1
        anchor = best
    return kept[:used]
