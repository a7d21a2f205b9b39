"""Where the robot may not drive, or only slowly: zones of the floor plan, and places found blocked for a while."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from maps.lanes import LaneGraph, UnknownLane
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points
from robot_nodes.navigation.lane_ways import LaneWays, Point, Trouble

BLOCKED_S = 120.0
"""What a blocked lane costs on top of its driving time: a way round is taken if it is not much longer than this."""

LANE_HALF_M = 0.3
"""A path this near to the middle of a blocked lane runs on it."""


class Zone(Protocol):
    """What is needed of `maps.venue.Zone`."""

    @property
    def kind(self) -> Literal["keep_out", "speed"]: ...

    @property
    def rect(self) -> Iterable[float]: ...

    @property
    def speed_mps(self) -> float | None: ...


def drivable(field: ClearanceField, zones: Sequence[Zone]) -> ClearanceField:
    """The clearance to drive by: keep-outs count as walls. The localiser's stays without them: no lidar sees a zone."""
    return field.without(_box(zone) for zone in zones if zone.kind == "keep_out")


def shut_lanes(graph: LaneGraph, field: ClearanceField, driven: ClearanceField, radius: float) -> set[str]:
    """Lanes that a keep-out lies on: the plan's own are cut already, those given otherwise are not.

    :param field: the clearance of the map, `driven` that with keep-outs.
    """
    if driven is field:
        return set()
    shut = set()
    for lane in graph.lanes.values():
        a, b = graph.nodes[lane.start], graph.nodes[lane.end]
        if not driven.line_free(a.x, a.y, b.x, b.y, radius) and field.line_free(a.x, a.y, b.x, b.y, radius):
            shut.add(lane.id)
    return shut


class SpeedZones:
    """The speed zones of a plan."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        slow = [(*_box(zone), zone.speed_mps) for zone in zones if zone.speed_mps is not None]
        self._boxes = np.array(slow, np.float64).reshape(-1, 5)

    def limited(self, points: Points, speed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Speed limits at points, shape (n,), lowered where they lie in a zone."""
        for x0, y0, x1, y1, limit in self._boxes:
            x, y = points[:, 0], points[:, 1]
            inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
            speed = np.where(inside, np.minimum(speed, limit), speed)
        return speed

    def at(self, x: float, y: float) -> float:
        """The speed limit at a point, m/s; infinite outside every zone."""
        return float(self.limited(np.array([(x, y)]), np.array([math.inf]))[0])


@dataclass(frozen=True, slots=True)
class Block:
    """A place that cannot be passed for now: a disc, or a whole lane.

    :ivar x: of its middle, `y` too, `radius` metres; of a lane the middle and 0.
    :ivar until: seconds of the clock the planner is asked by.
    :ivar lanes: ids of the lanes that cannot be driven for it.
    """

    x: float
    y: float
    radius: float
    until: float
    lanes: tuple[str, ...]


class Blocks:
    """The places found blocked, each for a stated time."""

    def __init__(self, ways: LaneWays) -> None:
        self._ways = ways
        self._blocks: list[Block] = []

    def add(self, place: str | tuple[float, float], until: float, radius: float) -> Block:
        """Remember a lane, or a disc about a point, as blocked.

        :raises UnknownLane: if there is no such lane.
        """
        if isinstance(place, str):
            if place not in self._ways.number:
                raise UnknownLane(f"no lane {place}: it cannot be blocked, name one of this floor")
            lane = self._ways.number[place]
            x, y = 0.5 * (self._ways.starts[lane] + self._ways.ends[lane])
            block = Block(float(x), float(y), 0.0, until, (place,))
        else:
            away = _away(*place, self._ways.starts, self._ways.ends)
            lanes = tuple(self._ways.lanes[k].id for k in np.flatnonzero(away < radius))
            block = Block(*place, radius, until, lanes)
        self._blocks.append(block)
        return block

    def at(self, now: float) -> tuple[Block, ...]:
        """What is blocked now."""
        return tuple(block for block in self._blocks if block.until > now)

    def forget(self, now: float) -> None:
        """Drop what is over."""
        self._blocks = [block for block in self._blocks if block.until > now]

    def extra(self, now: float) -> dict[int, float]:
        """Seconds added to whole lanes, by index."""
        return {self._ways.number[lane]: BLOCKED_S for block in self.at(now) for lane in block.lanes}

    def on_stretch(self, now: float) -> Trouble:
        """What blocks part of a lane: a function of the lane's index and the stretch's ends that gives seconds."""
        blocks = self.at(now)

        def seconds(lane: int, start: Point, end: Point) -> float:
            name, ends = self._ways.lanes[lane].id, (np.array(start)[None], np.array(end)[None])
            blocked = any(
                block.radius == 0.0 or _away(block.x, block.y, *ends)[0] < block.radius
                for block in blocks
                if name in block.lanes
            )
            return BLOCKED_S if blocked else 0.0

        return seconds

    def passed(self, path: Points, now: float) -> bool:
        """Whether a path passes something that is blocked now."""
        away = [np.hypot(path[:, 0] - block.x, path[:, 1] - block.y).min() for block in self.at(now)]
        return any(metres < max(block.radius, LANE_HALF_M) for metres, block in zip(away, self.at(now), strict=True))


def _away(x: float, y: float, starts: Points, ends: Points) -> NDArray[np.float64]:
    """Metres from a point to each segment, shape (n,)."""
    along = ends - starts
    squared = np.maximum(np.einsum("ij,ij->i", along, along), 1e-12)
    share = np.clip(np.einsum("ij,ij->i", np.array((x, y)) - starts, along) / squared, 0.0, 1.0)
    foot = starts + along * share[:, None]
    return np.asarray(np.hypot(foot[:, 0] - x, foot[:, 1] - y))


def _box(zone: Zone) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = zone.rect
    return x0, y0, x1, y1
