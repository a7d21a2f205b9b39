"""Goal -> path: along the lanes' directions, joined by straight lines, or by grid search where those are not free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from maps.lanes import LaneGraph, UnknownLane
from robot_nodes.navigation.astar import search, search_lanes
from robot_nodes.navigation.costmap import RollingCostmap, around
from robot_nodes.navigation.errors import (
    GoalOccupied,
    GoalUnknown,
    NoPath,
    NoViaPoints,
    OffTheMap,
    StartOccupied,
    StartOffTheMap,
)
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.lane_ways import Join, LaneWay, LaneWays
from robot_nodes.navigation.path import Corner, Path, continued, rounded
from robot_nodes.navigation.settings import Settings
from robot_nodes.navigation.zones import Block, Blocks, SpeedZones, Zone, drivable, shut_lanes

_DIRECT_M = 2.5
"""A goal this near, in plain sight, is driven to without the lanes."""
_JOIN_M = 1.0
"""Lanes no farther than this beyond the nearest are looked at for joining: to and from them is against the traffic."""
_JOIN_BLOCKED_M = 4.0
"""The same while something is blocked: the lane the other way may be the way out."""
_OFF_LANE_MPS = 0.6
"""Speed beside the lanes: it also weighs joins when ways are compared."""
_SKIP_M = 0.35
"""A first via pose this near has been reached already (allowedDeviationXY of intermediate nodes is 0.5)."""
_EASE_M = 1.5
"""A lane is met this far ahead of the nearest point of it, at most: at an angle and not at right angles."""
_LANES_FROM_M = 20.0
"""Via poses out of sight of one another and farther apart than this are joined along the lanes."""
_AHEAD_M = (2.0, 2.5, 3.0, 3.5, 4.5, 6.0)
"""Where a detour may come back to its path: the quickest is taken."""
_BLEND_M = 2.0
"""Of a path that a detour comes back to: rounded together with the detour's end."""
_NEAR_BLOCK_M = 0.5
"""What is blocked is a disc of this radius where nothing else is said."""
_CUT_M, _CUT_DETOUR_M = 1.2, 0.9
"""Metres before and after a corner over which it is turned."""
_COMFORT_M = 0.65
"""Clearance that rounding a corner leaves, where there is that much: beside less the robot slows down."""
_OUT_M = 1.0
"""From inside a wall (the localiser is off) or a keep-out the way begins at the nearest free point within this."""


class HasCells(Protocol):
    """What is needed of `maps.occupancy.OccupancyGrid` to tell unknown floor."""

    @property
    def cells(self) -> NDArray[np.int8]: ...

    def world_to_cell(self, x: float, y: float) -> tuple[int, int]:
        """(row, column) of a point."""
        ...


class Planner:
    """Plans on one venue. Reads no clock: blocked places count only where a call says what time it is."""

    def __init__(
        self,
        field: ClearanceField,
        lanes: LaneGraph,
        settings: Settings | None = None,
        *,
        zones: Sequence[Zone] = (),
        grid: HasCells | None = None,
    ) -> None:
        """:param field: the map's clearance, without zones.
        :param grid: tells floor nobody has mapped; without it all floor counts as known.
        """
        self.field = drivable(field, zones)
        """The clearance that is driven by: keep-outs count as walls."""
        self._kept_out = [tuple(zone.rect) for zone in zones if zone.kind == "keep_out"]
        self._slow = SpeedZones(zones)
        self._grid = grid
        self._graph = lanes
        self._settings = settings or Settings()
        self._ways = LaneWays(lanes, shut_lanes(lanes, field, self.field, self._settings.body.radius))
        self._blocks = Blocks(self._ways)

    def check(self, goal: Pose2D) -> None:
        """Whether a robot could stand at a goal.

        :raises OffTheMap: if it is no place on this floor.
        :raises GoalUnknown: if nobody has mapped it.
        :raises GoalOccupied: if a wall, a booth or a keep-out is nearer than the footprint.
        """
        if not goal.finite:
            raise OffTheMap(f"goal ({goal.x}, {goal.y}, {goal.yaw}): not a number; send a finite pose")
        at = f"goal ({goal.x:.2f}, {goal.y:.2f})"
        if not self.field.contains(goal.x, goal.y):
            raise OffTheMap(f"{at}: off the map; choose a point on the floor plan")
        if self._grid is not None:
            row, column = self._grid.world_to_cell(goal.x, goal.y)
            if self._grid.cells[row, column] < 0:
                raise GoalUnknown(f"{at}: nobody has mapped that floor; choose a point on the floor plan")
        clearance, least = self.field.at(goal.x, goal.y), self._settings.body.radius
        if clearance >= least:
            return
        for x0, y0, x1, y1 in self._kept_out:
            if x0 - least < goal.x < x1 + least and y0 - least < goal.y < y1 + least:
                raise GoalOccupied(
                    f"{at}: robots are kept out of ({x0:g}, {y0:g}) to ({x1:g}, {y1:g}) by the floor plan; "
                    "choose a point outside, or take the zone off the plan"
                )
        raise GoalOccupied(
            f"{at}: {clearance:.2f} m from a wall or booth, the robot needs "
            f"{least:.2f} m; choose a station or a point farther out"
        )

    def plan_to(self, start: Pose2D, goal: Pose2D, *, now: float = math.inf) -> Path:
        """The way to one pose: along the lanes, unless it is near and in plain sight.

        :param now: blocked places count that are blocked at this time; by default none.
        :raises NavigationError: as `check`, or `StartOffTheMap`, `StartOccupied`, `NoPath`.
        """
        self.check(goal)
        first = self._begun(start)
        here, there = (first[-1].x, first[-1].y), (goal.x, goal.y)
        room = self._room(here, there)
        if math.dist(here, there) < _DIRECT_M and self.field.line_free(*here, *there, room):
            return self._finish([*first, Corner(*there, _OFF_LANE_MPS, True)])
        corners = [*first, *self._lane_way(here, there, now)]
        return self._finish([*corners[:-1], replace(corners[-1], stop=True)])

    def plan_through(self, start: Pose2D, poses: tuple[Pose2D, ...], *, now: float = math.inf) -> Path:
        """The way through poses in their order, straight where that is free; only the last is stopped at.

        :param now: as in `plan_to`; it matters only where poses are joined along the lanes.
        :raises NavigationError: as `plan_to`, or `NoViaPoints`.
        """
        if not poses:
            raise NoViaPoints("goal through poses: no pose given; send at least one")
        for pose in poses:
            self.check(pose)
        corners = self._begun(start)
        for index, pose in enumerate(poses):
            here, there = (corners[-1].x, corners[-1].y), (pose.x, pose.y)
            if index == 0 and len(poses) > 1 and math.dist(here, there) < _SKIP_M:
                corners.append(Corner(here[0], here[1], _OFF_LANE_MPS, True))
                continue
            if math.dist(here, there) > _LANES_FROM_M and not self._straight(here, there):
                between = self._lane_way(here, there, now)
            else:
                limit = self._limit(here, there)
                between = [Corner(x, y, limit) for x, y in self._between(here, there)]
            corners += [*between[:-1], replace(between[-1], stop=True)]
        return self._finish(corners)

    def detour(self, start: Pose2D, path: Path, along: float, obstacles: Points | RollingCostmap) -> Path | None:
        """The quickest way round what stands there, back to the path a few metres on; None where there is no room.

        :param obstacles: the costmap; or scan returns, shape (n, 2), frame map.
        """
        body = self._settings.body
        field = obstacles.field if isinstance(obstacles, RollingCostmap) else around(self.field, start, obstacles)
        ways = []
        for ahead in _AHEAD_M:
            back = min(along + ahead, path.length)
            x, y, _ = path.at(back)
            # The end itself may be narrower on the map: the way into a station.
            if field.at(x, y) < min(body.wanted, self.field.at(x, y) - 0.05):
                continue
            way = search(field, (start.x, start.y), (x, y), body.wanted, margin=3.0)
            if way is not None:
                ways.append(self._rejoined(way, path, back, field))
            if back >= path.length:
                break
        return min(ways, key=lambda way: (self._touches(way, field), way.least_s), default=None)

    def _touches(self, path: Path, field: ClearanceField) -> bool:
        """Whether something that is on no map stands on the first metres of a path."""
        reach = self._settings.body.reach
        for x, y in path.points[: np.searchsorted(path.along, _AHEAD_M[-1])]:
            here = float(x), float(y)
            if field.contains(*here) and field.at(*here) < min(reach, self.field.at(*here) - 0.05):
                return True
        return False

    def prepare(self, start: Pose2D) -> None:
        """Load or compile everything that planning runs, by plans nobody drives."""
        here = (start.x, start.y)
        search(self.field, here, (start.x + 1.0, start.y), self._settings.body.radius, margin=2.0)
        if self._ways.lanes:
            search_lanes(self.field, here, self._ways.starts, self._ways.ends, self._settings.body.radius, 0.0)
            last = self._ways.ends[-1]
            self.plan_to(start, Pose2D(float(last[0]), float(last[1]), 0.0))
        path = self._finish([Corner(*here, 1.0), Corner(start.x + 3.0, start.y, 1.0)])
        square = RollingCostmap(self.field)
        for x in (0.0, 1.0):
            square.update(Pose2D(start.x + x, start.y, 0.0), np.array([(start.x + 3.0, start.y)]), x)
        self.detour(start, path, 0.0, square)

    def block(self, place: str | tuple[float, float], until: float, radius: float = _NEAR_BLOCK_M) -> Block:
        """Count a lane, or what lies about a point, as blocked until a time: `plan_to(..., now=)` rather goes round.

        :returns: what is blocked; its `lanes` are what to tell the fleet.
        :raises UnknownLane: if there is no such lane.
        """
        return self._blocks.add(place, until, radius)

    def blocked(self, now: float) -> tuple[Block, ...]:
        """What is blocked at a time; forgets what is over."""
        self._blocks.forget(now)
        return self._blocks.at(now)

    def reroute(
        self, start: Pose2D, goal: Pose2D, place: tuple[float, float], *, now: float, until: float
    ) -> Path | None:
        """Count a place as blocked, and find a way that does not pass it; None where every way does, or is far longer.

        :raises NavigationError: as `plan_to`.
        """
        self._blocks.forget(now)
        self.block(place, until)
        found = self.plan_to(start, goal, now=now)
        return None if self._blocks.passed(found.points, now) else found

    def _rejoined(self, way: Points, path: Path, back: float, field: ClearanceField) -> Path:
        corners = [Corner(float(x), float(y), _OFF_LANE_MPS) for x, y in way]
        end = min(back + _BLEND_M, path.length)
        low, high = np.searchsorted(path.along, (back + 0.3, end))
        x, y, _ = path.at(end)
        shared = [(*path.points[k], path.speed[k]) for k in range(int(low), int(high))]
        shared.append((x, y, path.speed[min(int(high), len(path.speed) - 1)]))
        corners += [Corner(float(x), float(y), float(speed)) for x, y, speed in shared]
        found = continued(self._finish(corners, _CUT_DETOUR_M, field), path, end)
        # Stops the detour leaves out count from where it meets the path again, so that none is lost.
        longer = found.length - path.length
        return replace(found, stops=tuple(max(stop, back) + longer for stop in path.stops))

    def _finish(self, corners: list[Corner], cut: float = _CUT_M, field: ClearanceField | None = None) -> Path:
        least = self._settings.body.wanted
        room = _COMFORT_M if field is None else least
        lateral = self._settings.limits.lateral_max
        path = rounded(corners, cut, lateral, field=field or self.field, room=room, least=least)
        return replace(path, speed=self._slow.limited(path.points, path.speed))

    def _begun(self, start: Pose2D) -> list[Corner]:
        """The first corner: the robot; and a second where it stands in a wall or a keep-out, by the map.

        :raises StartOffTheMap: if it is no place on this floor.
        :raises StartOccupied: if there is no free floor near it.
        """
        if not (start.finite and self.field.contains(start.x, start.y)):
            raise StartOffTheMap(f"the robot at ({start.x:.2f}, {start.y:.2f}): off the map; localise it first")
        top = self._settings.limits.v_max
        if self.field.at(start.x, start.y) > 0.05:
            return [Corner(start.x, start.y, top)]
        reach = _OUT_M + max([0.0, *(_inside(start, box) for box in self._kept_out)])
        for away in np.arange(0.1, reach, 0.1):
            for angle in np.arange(32) * (math.pi / 16.0):
                x, y = start.x + away * math.cos(angle), start.y + away * math.sin(angle)
                if self.field.at(x, y) >= self._settings.body.radius:
                    return [Corner(start.x, start.y, top), Corner(x, y, _OFF_LANE_MPS)]
        raise StartOccupied(
            f"the robot at ({start.x:.2f}, {start.y:.2f}): inside a wall or booth by the map; localise it first"
        )

    def _room(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        """Clearance asked for between two points: less where an end itself has less, never less than the body."""
        body = self._settings.body
        ends = min(self.field.at(*a), self.field.at(*b)) - 0.01
        return max(body.radius, min(body.wanted, ends))

    def _straight(self, a: tuple[float, float], b: tuple[float, float]) -> bool:
        return math.dist(a, b) < 1e-6 or self.field.line_free(*a, *b, self._room(a, b))

    def _between(self, a: tuple[float, float], b: tuple[float, float]) -> list[tuple[float, float]]:
        """Corners after `a` up to and including `b`.

        :raises NoPath: if the grid has no way either.
        """
        if self._straight(a, b):
            return [b]
        way = search(self.field, a, b, self._room(a, b))
        if way is None:
            raise NoPath(_no_way(a, b))
        return [(float(x), float(y)) for x, y in way[1:]]

    def _limit(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        """The speed limit of the lane two points lie on; the robot's own where they lie on none."""
        top = self._settings.limits.v_max
        if self._ways.lanes:
            first, first_away = self._graph.nearest_node(*a)
            second, second_away = self._graph.nearest_node(*b)
            if first_away < 0.5 and second_away < 0.5:
                try:
                    return min(self._graph.lane_between(first, second).speed_limit_mps, top)
                except UnknownLane:
                    return top
        return top

    def _lane_way(self, a: tuple[float, float], b: tuple[float, float], now: float) -> list[Corner]:
        """Corners after `a` up to and including `b`.

        :raises NoPath: if there is no way.
        """
        slack = _JOIN_BLOCKED_M if self._blocks.at(now) else _JOIN_M
        entries, leaves = self._joins(a, slack), self._joins(b, slack)
        way = self._ways.quickest(
            [(join, _join_cost(join)) for join in entries],
            [(join, _join_cost(join)) for join in leaves],
            self._blocks.extra(now),
            self._blocks.on_stretch(now),
        )
        if way is None:
            if bool(entries) != bool(leaves):
                raise NoPath(_no_way(a, b))
            return [Corner(x, y, _OFF_LANE_MPS) for x, y in self._between(a, b)]
        return self._corners(a, b, entries[way.entry], leaves[way.leave], way)

    def _corners(
        self, a: tuple[float, float], b: tuple[float, float], entry: Join, leave: Join, way: LaneWay
    ) -> list[Corner]:
        ways, top = self._ways, self._settings.limits.v_max
        ahead = 0.5 * (leave.along - entry.along) if way.same_lane else math.inf
        corners = [Corner(*self._eased(a, entry, ahead, True), _OFF_LANE_MPS)]
        if entry.corners is not None:
            corners = [Corner(float(x), float(y), _OFF_LANE_MPS) for x, y in entry.corners[1:]]
        for lane in () if way.same_lane else (entry.lane, *way.lanes):
            x, y = ways.ends[lane]
            corners.append(Corner(float(x), float(y), min(float(ways.speeds[lane]), top)))
        corners.append(Corner(*self._eased(b, leave, ahead, False), min(float(ways.speeds[leave.lane]), top)))
        if leave.corners is not None:
            corners += [Corner(float(x), float(y), _OFF_LANE_MPS) for x, y in leave.corners[-2:0:-1]]
        return [*corners, Corner(*b, _OFF_LANE_MPS)]

    def _eased(self, at: tuple[float, float], join: Join, most: float, entering: bool) -> tuple[float, float]:
        """The foot of a join, moved along the lane so that it is met at an angle, where there is room."""
        start, end = self._ways.starts[join.lane], self._ways.ends[join.lane]
        length = self._ways.lanes[join.lane].length_m
        left = length - join.along if entering else join.along
        move = min(1.5 * join.away, _EASE_M, left, most)
        if join.corners is not None or move < 0.01:
            return join.x, join.y
        x, y = np.array((join.x, join.y)) + (end - start) * ((move if entering else -move) / max(length, 1e-9))
        free = self.field.line_free(*at, float(x), float(y), self._room(at, (float(x), float(y))))
        return (float(x), float(y)) if free else (join.x, join.y)

    def _joins(self, at: tuple[float, float], slack: float) -> list[Join]:
        """Lanes near a point: those whose foot is in plain sight, else those that are nearest over the floor."""
        body = self._settings.body
        found = self._ways.in_sight(at, self.field, body.wanted, body.radius, slack)
        if found or not self._ways.lanes:
            return found
        for room in (body.wanted, body.radius + 0.02):
            reached = search_lanes(self.field, at, self._ways.starts, self._ways.ends, room, slack)
            if reached:
                return [self._ways.join(it.lane, it.corners, it.length) for it in reached]
        return []


def _no_way(a: tuple[float, float], b: tuple[float, float]) -> str:
    return f"no way from ({a[0]:.2f}, {a[1]:.2f}) to ({b[0]:.2f}, {b[1]:.2f}): walls all round"


def _join_cost(join: Join) -> float:
    """Seconds for getting to a lane or from it: against the traffic, so half as much again."""
    return join.away / _OFF_LANE_MPS * 1.5


def _inside(at: Pose2D, box: tuple[float, ...]) -> float:
    """How deep a point lies in a rectangle, metres; 0 outside."""
    return max(0.0, min(at.x - box[0], box[2] - at.x, at.y - box[1], box[3] - at.y))
