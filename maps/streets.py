"""Streets -> lanes: one-way pairs in right-hand traffic, crossings, U-turns, stations, dock spurs.

A street is an axis-parallel centre line. It carries two lines, half the spacing to either side, each driven one way.
Where two streets meet, their four lines cross in four nodes that form a small roundabout, driven counter-clockwise:
so every turn, and turning back, is possible at every meeting. Where a street ends alone, a U-turn joins its lines.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from maps.lanes import Lane, LaneGraph, LaneNode

TOUCH_M = 0.05
"""Ends this near another street's centre line meet it."""
LONGEST_M = 15.0
"""No lane is longer: braking distance and two robots' lengths, several times over."""
NODE_GAP_M = 1.2
"""Least distance of a new station to other nodes of its line: two robots standing there do not touch."""
SHIFT_STEP_M, SHIFT_MAX_M = 0.4, 4.8


@dataclass(frozen=True, slots=True)
class Street:
    """A centre line: horizontal (y = c, x from a to b) or vertical (x = c, y from a to b), a < b."""

    id: str
    horizontal: bool
    c: float
    a: float
    b: float
    speed: float
    one_way: int = 0
    """0: a pair; +1 or -1: one line on the centre, driven towards larger or smaller coordinates."""


@dataclass(slots=True)
class Line:
    """One driven line of a street, with the nodes on it: sorted (coordinate, node key)."""

    street: Street
    c: float
    a: float
    b: float
    direction: int
    stops: list[tuple[float, tuple[float, float]]] = field(default_factory=list)

    def point(self, along: float) -> tuple[float, float]:
        """(x, y) at a coordinate along the line."""
        return (along, self.c) if self.street.horizontal else (self.c, along)

    def gap(self, along: float) -> float:
        """Distance to the nearest node of the line, metres."""
        at = bisect_left(self.stops, (along,))
        near = self.stops[max(at - 1, 0) : at + 1]
        return min((abs(other - along) for other, _ in near), default=math.inf)


@dataclass(frozen=True, slots=True)
class Stop:
    """A station found for a point: its node key, and the distance from the point, metres."""

    key: tuple[float, float]
    distance_m: float


class Network:
    """Grows the lanes: first streets, then docks, then stations; `graph()` at the end."""

    def __init__(self, streets: Iterable[Street], spacing_m: float) -> None:
        self.streets = list(streets)
        self._half = spacing_m / 2
        self._order: dict[tuple[float, float], int] = {}
        self._crossings: set[tuple[float, float]] = set()
        self._extra: list[tuple[tuple[float, float], tuple[float, float], float, str | None]] = []
        self.lines = [line for street in self.streets for line in self._lines_of(street)]
        self._cross()
        self._close_ends()
        self._axis = np.array([line.street.horizontal for line in self.lines], bool)
        self._c = np.array([line.c for line in self.lines], float)
        self._a = np.array([line.a for line in self.lines], float)
        self._b = np.array([line.b for line in self.lines], float)

    def stop_for(
        self, x: float, y: float, allowed: Callable[[float, float], bool], *, exact: bool = False
    ) -> Stop | None:
        """The station on the nearest allowed line, a little aside where crossings are near.

        :param allowed: whether a point of a line may serve (same hall, nothing between).
        :param exact: take the foot itself or nothing (docks: the spur is perpendicular).
        """
        for line, foot in self._feet(x, y):
            if exact and not allowed(*line.point(foot)):
                continue
            for along in (foot,) if exact else _around(foot, line.a, line.b):
                px, py = line.point(along)
                if not allowed(px, py):
                    continue
                if line.gap(along) >= NODE_GAP_M:
                    key = self._add(line, along)
                    return Stop(key, math.hypot(x - px, y - py))
                shared = None if exact else self._shared(line, along)
                if shared is not None:
                    return Stop(shared, math.dist((x, y), shared))
            if exact:
                break  # a spur to the next line would cross this one
        return None

    def spur(self, key: tuple[float, float], x: float, y: float, speed: float, block: str) -> tuple[float, float]:
        """A two-way stretch from a node to a dock, both directions in one block."""
        dock = self._node(x, y)
        self._crossings.add(key)  # nobody else stops at the foot of a spur: the dock would be shut
        self._extra.append((key, dock, speed, block))
        self._extra.append((dock, key, speed, block))
        return dock

    def node_id(self, key: tuple[float, float]) -> str:
        """The id of a node in the graph."""
        return f"n{self._order[key] + 1:04d}"

    def graph(self, width_m: float) -> LaneGraph:
        """All nodes and lanes."""
        self._divide()
        nodes = [LaneNode(id=self.node_id(key), x=key[0], y=key[1]) for key in self._order]
        lanes: dict[str, Lane] = {}
        for start, end, speed, block in self._stretches():
            lane_id = f"{self.node_id(start)}-{self.node_id(end)}"
            lanes[lane_id] = Lane(
                id=lane_id,
                start=self.node_id(start),
                end=self.node_id(end),
                length_m=round(math.dist(start, end), 4),
                speed_limit_mps=speed,
                width_m=width_m,
                block=block,
            )
        return LaneGraph(nodes, lanes.values())

    def _lines_of(self, street: Street) -> Iterator[Line]:
        a = street.a - (self._reach(street, street.a) or 0.0)
        b = street.b + (self._reach(street, street.b) or 0.0)
        if street.one_way:
            yield Line(street, street.c, a, b, street.one_way)
            return
        right = -self._half if street.horizontal else self._half
        yield Line(street, street.c + right, a, b, 1)
        yield Line(street, street.c - right, a, b, -1)

    def _reach(self, street: Street, end: float) -> float | None:
        """How far a street goes on over the street it ends at; None where it ends alone."""
        found = [
            0.0 if other.one_way else self._half
            for other in self.streets
            if other.horizontal != street.horizontal and abs(other.c - end) <= TOUCH_M and _spans(other, street.c)
        ]
        return max(found) if found else None

    def _cross(self) -> None:
        across = [line for line in self.lines if line.street.horizontal]
        upright = [line for line in self.lines if not line.street.horizontal]
        for one in across:
            for other in upright:
                if not (_spans(one.street, other.street.c) and _spans(other.street, one.street.c)):
                    continue
                if one.a - 1e-6 <= other.c <= one.b + 1e-6 and other.a - 1e-6 <= one.c <= other.b + 1e-6:
                    key = self._node(other.c, one.c)
                    self._crossings.add(key)
                    insort(one.stops, (key[0], key))
                    insort(other.stops, (key[1], key))

    def _close_ends(self) -> None:
        for street in self.streets:
            own = [line for line in self.lines if line.street is street]
            for end, forward in ((street.a, -1), (street.b, 1)):
                if self._reach(street, end) is not None:
                    continue
                keys = {line.direction: self._add(line, end) for line in own}
                self._crossings.update(keys.values())
                if len(keys) == 2:
                    self._extra.append((keys[forward], keys[-forward], min(street.speed, 0.5), None))

    def _feet(self, x: float, y: float) -> Iterator[tuple[Line, float]]:
        foot = np.clip(np.where(self._axis, x, y), self._a, self._b)
        side = np.where(self._axis, y, x) - self._c
        away = np.hypot(np.where(self._axis, x, y) - foot, side)
        for index in np.argsort(away, kind="stable")[:24]:
            yield self.lines[index], float(foot[index])

    def _shared(self, line: Line, along: float) -> tuple[float, float] | None:
        """A station node of the line near enough to serve another place too."""
        near = [key for other, key in line.stops if abs(other - along) < NODE_GAP_M and key not in self._crossings]
        return near[0] if near else None

    def _node(self, x: float, y: float) -> tuple[float, float]:
        key = (round(x, 3), round(y, 3))
        self._order.setdefault(key, len(self._order))
        return key

    def _add(self, line: Line, along: float) -> tuple[float, float]:
        key = self._node(*line.point(along))
        insort(line.stops, (key[0] if line.street.horizontal else key[1], key))
        return key

    def _divide(self) -> None:
        """Put nodes into long stretches: who drives there reserves what it needs, and not a whole corridor."""
        for line in self.lines:
            for low, high in list(pairwise(along for along, _ in line.stops)):
                parts = math.ceil((high - low) / LONGEST_M)
                for part in range(1, parts):
                    self._add(line, low + (high - low) * part / parts)

    def _stretches(self) -> Iterator[tuple[tuple[float, float], tuple[float, float], float, str | None]]:
        for line in self.lines:
            keys = [key for _, key in line.stops]
            if line.direction < 0:
                keys.reverse()
            for start, end in pairwise(keys):
                if start != end:
                    yield start, end, line.street.speed, None
        yield from self._extra


def _spans(street: Street, coordinate: float) -> bool:
    return street.a - TOUCH_M <= coordinate <= street.b + TOUCH_M


def _around(foot: float, low: float, high: float) -> Iterator[float]:
    """The foot, then points ever farther to either side, within the line."""
    yield foot
    for step in range(1, round(SHIFT_MAX_M / SHIFT_STEP_M) + 1):
        for along in (foot + step * SHIFT_STEP_M, foot - step * SHIFT_STEP_M):
            if low <= along <= high:
                yield along
