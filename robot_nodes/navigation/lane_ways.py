"""The lanes as arrays: which are near and in sight of a point, and the quickest way over them.

Dijkstra (1959) from all the places a way may enter the lanes at once, until the best place to leave them is settled:
one search whatever the number of joins. Costs are seconds.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from maps.lanes import Lane, LaneGraph
from robot_nodes.navigation.field import ClearanceField, clearance, line_free
from robot_nodes.navigation.geometry import Points

_NEAR_M = 12.0
"""Lanes farther than this are looked for over the floor, not by sight."""
_LOOKS = 60
"""Lanes looked at from a point."""

Point = tuple[float, float]
Trouble = Callable[[int, Point, Point], float]
"""(lane, from, to) -> seconds."""


@dataclass(frozen=True, slots=True)
class Join:
    """Where a way enters or leaves the lanes.

    :ivar lane: index of the lane.
    :ivar x: of the foot on it, `y` too.
    :ivar along: metres from the lane's start to the foot.
    :ivar away: metres between the point and the foot, by the way there.
    :ivar corners: that way from the point to the foot where it is not straight, shape (k, 2); else None.
    """

    lane: int
    x: float
    y: float
    along: float
    away: float
    corners: Points | None = None


@dataclass(frozen=True, slots=True)
class LaneWay:
    """The quickest way: which joins, and the lanes between them (neither the first nor the last lane's own)."""

    entry: int
    leave: int
    lanes: tuple[int, ...]
    cost_s: float
    same_lane: bool = False


class LaneWays:
    """Made once for a lane graph; keeps nothing that changes."""

    def __init__(self, graph: LaneGraph, shut: Container[str] = ()) -> None:
        """:param shut: ids of lanes to leave out."""
        self.lanes: list[Lane] = [lane for lane in graph.lanes.values() if lane.id not in shut]
        self.number = {lane.id: k for k, lane in enumerate(self.lanes)}
        index = {name: k for k, name in enumerate(graph.nodes)}
        xy = np.array([(node.x, node.y) for node in graph.nodes.values()], np.float64).reshape(-1, 2)
        self._from = np.array([index[lane.start] for lane in self.lanes], np.int64)
        self._to = np.array([index[lane.end] for lane in self.lanes], np.int64)
        self.starts: Points = np.ascontiguousarray(xy[self._from]).reshape(-1, 2)
        self.ends: Points = np.ascontiguousarray(xy[self._to]).reshape(-1, 2)
        self.speeds = np.array([lane.speed_limit_mps for lane in self.lanes], np.float64)
        self.times = np.array([lane.time_s for lane in self.lanes], np.float64)
        self._order = np.argsort(self._from, kind="stable")
        self._first = np.searchsorted(self._from[self._order], np.arange(len(xy) + 1))

    def in_sight(
        self, at: tuple[float, float], field: ClearanceField, room: float, least: float, slack: float
    ) -> list[Join]:
        """Up to six lanes whose foot is in plain sight, no farther than `slack` beyond the nearest of them.

        :param room: clearance wanted on the way there, metres; where an end has less, as much as it has.
        :param least: never less than this.
        """
        if not self.lanes:
            return []
        found = _in_sight(at[0], at[1], self.starts, self.ends, field.args(), room, least, slack)
        return [Join(int(k), float(x), float(y), float(along), float(away)) for k, x, y, along, away in found]

    def join(self, lane: int, corners: Points, away: float) -> Join:
        """A join by a way over the floor that ends about the lane."""
        start, end = self.starts[lane], self.ends[lane]
        length = max(float(np.hypot(*(end - start))), 1e-9)
        along = float(np.clip((corners[-1] - start) @ (end - start) / length, 0.0, length))
        x, y = start + (end - start) * (along / length)
        return Join(lane, float(x), float(y), along, away, np.vstack((corners[:-1], ((x, y),))))

    def quickest(
        self,
        entries: Sequence[tuple[Join, float]],
        leaves: Sequence[tuple[Join, float]],
        extra: Mapping[int, float] | None = None,
        trouble: Trouble = lambda lane, start, end: 0.0,
    ) -> LaneWay | None:
        """The quickest way from one of the entries to one of the leaves, or None.

        :param entries: joins and what each costs by itself, the way to it, seconds.
        :param leaves: the same for the way's end.
        :param extra: seconds added to whole lanes, by index.
        :param trouble: seconds added to a part of a lane: the first and the last are driven in part only.
        """
        best = self._on_one_lane(entries, leaves, trouble)
        if not entries or not leaves:
            return best
        cost = self.times
        if extra:
            cost = cost.copy()
            for lane, seconds in extra.items():
                cost[lane] += seconds
        seeds = np.array([self._to[join.lane] for join, _ in entries])
        seed_costs = np.array([own + self._part(join, trouble, True) for join, own in entries])
        goals = np.array([self._from[join.lane] for join, _ in leaves])
        goal_costs = np.array([own + self._part(join, trouble, False) for join, own in leaves])
        total, seed, goal, lanes = _quickest(
            self._first, self._order, self._from, self._to, cost, seeds, seed_costs, goals, goal_costs
        )
        if math.isinf(total) or (best is not None and best.cost_s <= total):
            return best
        return LaneWay(int(seed), int(goal), tuple(int(k) for k in lanes), float(total))

    def _part(self, join: Join, trouble: Trouble, entering: bool) -> float:
        """Seconds from a join's foot to the end of its lane, or from the lane's start to the foot."""
        foot = (join.x, join.y)
        if entering:
            left, blocked = (
                self.lanes[join.lane].length_m - join.along,
                trouble(join.lane, foot, self._at(self.ends, join)),
            )
        else:
            left, blocked = join.along, trouble(join.lane, self._at(self.starts, join), foot)
        return left / float(self.speeds[join.lane]) + blocked

    @staticmethod
    def _at(points: Points, join: Join) -> Point:
        return float(points[join.lane, 0]), float(points[join.lane, 1])

    def _on_one_lane(
        self, entries: Sequence[tuple[Join, float]], leaves: Sequence[tuple[Join, float]], trouble: Trouble
    ) -> LaneWay | None:
        best: LaneWay | None = None
        for i, (entry, own) in enumerate(entries):
            for j, (leave, other) in enumerate(leaves):
                if entry.lane == leave.lane and leave.along >= entry.along - 1e-6:
                    cost = own + other + trouble(entry.lane, (entry.x, entry.y), (leave.x, leave.y))
                    cost += (leave.along - entry.along) / float(self.speeds[entry.lane])
                    if best is None or cost < best.cost_s:
                        best = LaneWay(i, j, (), cost, same_lane=True)
        return best


@njit(cache=True)
def _in_sight(x: float, y: float, starts: Any, ends: Any, floor: Any, room: float, least: float, slack: float) -> Any:
    """Rows of (lane, foot x, foot y, metres along, metres away), nearest first."""
    cells, x0, y0, res = floor
    count = starts.shape[0]
    away = np.empty(count)
    share = np.empty(count)
    for k in range(count):
        dx, dy = ends[k, 0] - starts[k, 0], ends[k, 1] - starts[k, 1]
        squared = max(dx * dx + dy * dy, 1e-12)
        share[k] = min(1.0, max(0.0, ((x - starts[k, 0]) * dx + (y - starts[k, 1]) * dy) / squared))
        away[k] = math.hypot(starts[k, 0] + share[k] * dx - x, starts[k, 1] + share[k] * dy - y)
    near = np.flatnonzero(away < _NEAR_M)
    near = near[np.argsort(away[near])][:_LOOKS]
    own = clearance(cells, x0, y0, res, x, y) - 0.01
    result = np.empty((6, 5))
    found = 0
    until = np.inf
    for nearest in near:
        k = int(nearest)
        if away[k] > until or found == 6:
            break
        fx = starts[k, 0] + share[k] * (ends[k, 0] - starts[k, 0])
        fy = starts[k, 1] + share[k] * (ends[k, 1] - starts[k, 1])
        # A station may stand tighter than what is wanted elsewhere.
        here = max(least, min(room, own, clearance(cells, x0, y0, res, fx, fy) - 0.01))
        if not line_free(cells, x0, y0, res, x, y, fx, fy, here):
            continue
        length = math.hypot(ends[k, 0] - starts[k, 0], ends[k, 1] - starts[k, 1])
        result[found] = np.array((float(k), fx, fy, share[k] * length, away[k]))
        found += 1
        until = min(until, away[k] + slack)
    return result[:found]


@njit(cache=True)
def _quickest(
    first: Any, order: Any, starts: Any, ends: Any, cost: Any, seeds: Any, seed_costs: Any, goals: Any, goal_costs: Any
) -> Any:
    """(seconds, which seed, which goal, lanes between)."""
    nodes = len(first) - 1
    known = np.full(nodes, np.inf)
    by = np.full(nodes, -1, np.int64)  # the lane each node is reached by
    heap = [(0.0, -1)]
    heapq.heappop(heap)
    for k in range(len(seeds)):
        if seed_costs[k] < known[seeds[k]]:
            known[seeds[k]] = seed_costs[k]
            heapq.heappush(heap, (seed_costs[k], int(seeds[k])))
    total, goal = np.inf, -1
    while len(heap) > 0:
        so_far, here = heapq.heappop(heap)
        if so_far > known[here]:
            continue
        if so_far >= total:
            break
        for k in range(len(goals)):
            if goals[k] == here and so_far + goal_costs[k] < total:
                total, goal = so_far + goal_costs[k], k
        for at in range(first[here], first[here + 1]):
            lane = order[at]
            new = so_far + cost[lane]
            if new < known[ends[lane]]:
                known[ends[lane]] = new
                by[ends[lane]] = lane
                heapq.heappush(heap, (new, int(ends[lane])))
    if goal < 0:
        return total, -1, -1, np.empty(0, np.int64)
    node, lanes = _traced(by, starts, goals[goal])
    seed = 0
    for k in range(len(seeds)):
        if seeds[k] == node and seed_costs[k] <= known[node]:
            seed = k
    return total, seed, goal, lanes


@njit(cache=True)
def _traced(by: Any, starts: Any, node: int) -> Any:
    """(the node a way began at, its lanes in order)."""
    count, here = 0, node
    while by[here] >= 0:
        count, here = count + 1, starts[by[here]]
    result = np.empty(count, np.int64)
    here = node
    for k in range(count - 1, -1, -1):
        result[k] = by[here]
        here = starts[by[here]]
    return here, result
