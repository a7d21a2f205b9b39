"""Goal -> path: along the lanes' directions, joined by straight lines, or by grid search where those are not free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from maps.lanes import Lane, LaneGraph, UnknownLane
from maps.lanes import NoRoute as NoLaneRoute
from robot_nodes.navigation.astar import search
from robot_nodes.navigation.errors import GoalOccupied, NoPath, NoViaPoints, OffTheMap
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.path import Corner, Path, rounded
from robot_nodes.navigation.settings import Settings

_DIRECT_M = 2.5
"""A goal this near, in plain sight, is driven to without the lanes."""
_JOIN_M = 1.0
"""Lanes no farther than this beyond the nearest are looked at for joining: to and from them is against the traffic."""
_OFF_LANE_MPS = 0.6
"""Speed beside the lanes: it also weighs joins when ways are compared."""
_SKIP_M = 0.35
"""A first via pose this near has been reached already (allowedDeviationXY of intermediate nodes is 0.5)."""


class HasLanes(Protocol):
    """What is needed of `maps.venue.Venue`."""

    @property
    def lanes(self) -> LaneGraph: ...


@dataclass(frozen=True, slots=True)
class _Join:
    """Where a way enters or leaves the lanes: a lane, the foot on it, metres along it, metres to get there."""

    lane: Lane
    x: float
    y: float
    along: float
    away: float


class Planner:
    """Plans on one venue. Never looks at the scan; see `detour` for what stands in the way."""

    def __init__(self, field: ClearanceField, lanes: LaneGraph, settings: Settings | None = None) -> None:
        self._field = field
        self._graph = lanes
        self._settings = settings or Settings()
        self._lanes = list(lanes.lanes.values())
        nodes = lanes.nodes
        self._start = np.array([(nodes[lane.start].x, nodes[lane.start].y) for lane in self._lanes]).reshape(-1, 2)
        self._end = np.array([(nodes[lane.end].x, nodes[lane.end].y) for lane in self._lanes]).reshape(-1, 2)

    def check(self, goal: Pose2D) -> None:
        """Whether a robot could stand at a goal.

        :raises OffTheMap: if it is no place on this floor.
        :raises GoalOccupied: if a wall or a booth is nearer than the footprint.
        """
        if not goal.finite:
            raise OffTheMap(f"goal ({goal.x}, {goal.y}, {goal.yaw}): not a number; send a finite pose")
        if not self._field.contains(goal.x, goal.y):
            raise OffTheMap(f"goal ({goal.x:.2f}, {goal.y:.2f}): off the map; choose a point on the floor plan")
        clearance = self._field.at(goal.x, goal.y)
        if clearance < self._settings.body.radius:
            raise GoalOccupied(
                f"goal ({goal.x:.2f}, {goal.y:.2f}): {clearance:.2f} m from a wall or booth, the robot needs "
                f"{self._settings.body.radius:.2f} m; choose a station or a point farther out"
            )

    def plan_to(self, start: Pose2D, goal: Pose2D) -> Path:
        """The way to one pose: along the lanes, unless it is near and in plain sight.

        :raises NavigationError: as `check`, or `NoPath`.
        """
        self.check(goal)
        here, there = (start.x, start.y), (goal.x, goal.y)
        room = self._room(here, there)
        if math.dist(here, there) < _DIRECT_M and self._field.line_free(*here, *there, room):
            return self._finish([self._corner(here), Corner(*there, _OFF_LANE_MPS, True)])
        corners = [self._corner(here), *self._lane_way(here, there)]
        last = corners[-1]
        return self._finish([*corners[:-1], Corner(last.x, last.y, last.speed, True)])

    def plan_through(self, start: Pose2D, poses: tuple[Pose2D, ...]) -> Path:
        """The way through poses in their order, straight where that is free; only the last is stopped at.

        :raises NavigationError: as `check`, or `NoPath`, or `NoViaPoints`.
        """
        if not poses:
            raise NoViaPoints("goal through poses: no pose given; send at least one")
        for pose in poses:
            self.check(pose)
        corners = [self._corner((start.x, start.y))]
        for index, pose in enumerate(poses):
            here, there = (corners[-1].x, corners[-1].y), (pose.x, pose.y)
            if index == 0 and len(poses) > 1 and math.dist(here, there) < _SKIP_M:
                corners.append(Corner(here[0], here[1], _OFF_LANE_MPS, True))
                continue
            between = self._between(here, there)
            limit = self._limit(here, there)
            corners += [Corner(x, y, limit) for x, y in between[:-1]]
            corners.append(Corner(*there, limit, True))
        return self._finish(corners)

    def detour(self, start: Pose2D, path: Path, along: float, obstacles: Points) -> Path | None:
        """A way round what stands there, back to the path a few metres on; None where there is no room.

        :param obstacles: scan returns, shape (n, 2), frame map.
        """
        body = self._settings.body
        for ahead in (2.0, 3.0, 4.5, 6.0):
            back = min(along + ahead, path.length)
            x, y, _ = path.at(back)
            if len(obstacles) and float(np.min(np.hypot(obstacles[:, 0] - x, obstacles[:, 1] - y))) < body.wanted:
                continue
            way = search(
                self._field,
                (start.x, start.y),
                (x, y),
                body.wanted,
                margin=3.0,
                obstacles=obstacles,
                obstacle_room=body.wanted,
            )
            if way is not None:
                return self._rejoined(way, path, back)
        return None

    def _rejoined(self, way: Points, path: Path, back: float) -> Path:
        corners = [Corner(float(x), float(y), _OFF_LANE_MPS) for x, y in way]
        rest = [
            Corner(float(path.points[i, 0]), float(path.points[i, 1]), float(path.speed[i]))
            for i in np.flatnonzero(path.along > back + 0.3)
        ]
        found = self._finish(corners + rest, cut=0.3)
        met = min(_way_length(way), found.length)
        # Stops the detour leaves out count from where it meets the path again, so that none is lost.
        stops = [met if stop <= back else min(met + stop - back, found.length) for stop in path.stops]
        return Path(found.points, found.along, found.yaw, found.speed, (*stops[:-1], found.length))

    def _finish(self, corners: list[Corner], cut: float = 0.4) -> Path:
        return rounded(corners, cut, self._settings.limits.lateral_max)

    def _corner(self, at: tuple[float, float]) -> Corner:
        return Corner(at[0], at[1], self._settings.limits.v_max)

    def _room(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        """Clearance asked for between two points: less where an end itself has less, never less than the body."""
        body = self._settings.body
        ends = min(self._field.at(*a), self._field.at(*b)) - 0.01
        return max(body.radius, min(body.wanted, ends))

    def _between(self, a: tuple[float, float], b: tuple[float, float]) -> list[tuple[float, float]]:
        """Corners after `a` up to and including `b`.

        :raises NoPath: if the grid has no way either.
        """
        room = self._room(a, b)
        if math.dist(a, b) < 1e-6 or self._field.line_free(*a, *b, room):
            return [b]
        way = search(self._field, a, b, room)
        if way is None:
            raise NoPath(f"no way from ({a[0]:.2f}, {a[1]:.2f}) to ({b[0]:.2f}, {b[1]:.2f}): walls all round")
        return [(float(x), float(y)) for x, y in way[1:]]

    def _limit(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        """The speed limit of the lane two points lie on; the robot's own where they lie on none."""
        if self._lanes:
            first, first_away = self._graph.nearest_node(*a)
            second, second_away = self._graph.nearest_node(*b)
            if first_away < 0.5 and second_away < 0.5:
                try:
                    return min(self._graph.lane_between(first, second).speed_limit_mps, self._settings.limits.v_max)
                except UnknownLane:
                    return self._settings.limits.v_max
        return self._settings.limits.v_max

    def _lane_way(self, a: tuple[float, float], b: tuple[float, float]) -> list[Corner]:
        entries, exits = self._joins(a), self._joins(b)
        best: tuple[float, list[str], _Join, _Join] | None = None
        for entry in entries:
            from_entry = self._graph.distances_from(entry.lane.end)
            for leave in exits:
                cost, nodes = _cost(entry, leave, from_entry.get(leave.lane.start, math.inf))
                if math.isfinite(cost) and (best is None or cost < best[0]):
                    best = (cost, nodes, entry, leave)
        if best is None:
            return [Corner(x, y, _OFF_LANE_MPS) for x, y in self._between(a, b)]
        return self._corners(a, b, *best[1:])

    def _corners(
        self, a: tuple[float, float], b: tuple[float, float], ends: list[str], entry: _Join, leave: _Join
    ) -> list[Corner]:
        top = self._settings.limits.v_max
        corners = [Corner(x, y, _OFF_LANE_MPS) for x, y in self._between(a, (entry.x, entry.y))]
        if ends:
            corners.append(self._node(ends[0], min(entry.lane.speed_limit_mps, top)))
            try:
                route = self._graph.route(ends[0], ends[1])
            except NoLaneRoute as error:
                raise NoPath(str(error)) from None
            for lane_id in route.lanes:
                lane = self._graph.lanes[lane_id]
                corners.append(self._node(lane.end, min(lane.speed_limit_mps, top)))
        corners.append(Corner(leave.x, leave.y, min(leave.lane.speed_limit_mps, top)))
        return corners + [Corner(x, y, _OFF_LANE_MPS) for x, y in self._between((leave.x, leave.y), b)]

    def _node(self, node_id: str, speed: float) -> Corner:
        node = self._graph.nodes[node_id]
        return Corner(node.x, node.y, speed)

    def _joins(self, at: tuple[float, float]) -> list[_Join]:
        """Up to six lanes near a point whose foot is in plain sight; else the nearest, whatever lies between."""
        if not self._lanes:
            return []
        feet, along = self._feet(at)
        away = np.hypot(feet[:, 0] - at[0], feet[:, 1] - at[1])
        order = np.argsort(away, kind="stable")
        found: list[_Join] = []
        for index in order[:40]:
            if away[index] > away[order[0]] + _JOIN_M or len(found) == 6:
                break
            x, y = float(feet[index, 0]), float(feet[index, 1])
            if self._field.line_free(*at, x, y, self._room(at, (x, y))):
                found.append(_Join(self._lanes[index], x, y, float(along[index]), float(away[index])))
        if not found:
            index = int(order[0])
            x, y = float(feet[index, 0]), float(feet[index, 1])
            found.append(_Join(self._lanes[index], x, y, float(along[index]), float(away[index])))
        return found

    def _feet(self, at: tuple[float, float]) -> tuple[Points, NDArray[np.float64]]:
        direction = self._end - self._start
        length = np.maximum(np.hypot(direction[:, 0], direction[:, 1]), 1e-9)
        share = np.clip(np.einsum("ij,ij->i", np.array(at) - self._start, direction) / length**2, 0.0, 1.0)
        return self._start + direction * share[:, None], share * length


def _way_length(way: Points) -> float:
    return float(np.sum(np.hypot(*np.diff(way, axis=0).T)))


def _cost(entry: _Join, leave: _Join, between_s: float) -> tuple[float, list[str]]:
    """(seconds, the nodes to route between; none where both joins lie on one lane in its direction)."""
    joins = (entry.away + leave.away) / _OFF_LANE_MPS * 1.5
    if entry.lane.id == leave.lane.id and leave.along >= entry.along - 1e-6:
        return joins + (leave.along - entry.along) / entry.lane.speed_limit_mps, []
    to_end = (entry.lane.length_m - entry.along) / entry.lane.speed_limit_mps
    to_foot = leave.along / leave.lane.speed_limit_mps
    return joins + to_end + between_s + to_foot, [entry.lane.end, leave.lane.start]
