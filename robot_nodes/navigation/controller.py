"""Path + scan -> velocity: regulated pure pursuit along the chosen way of the corridor.

Pure pursuit after Coulter (CMU-RI-TR-92-01), regulated by curvature, room and the distance left as in Macenski and
others, "Regulated Pure Pursuit for Robot Path Tracking" (2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from robot_nodes.navigation.collision_monitor import stoppable
from robot_nodes.navigation.corridor import CorridorChooser, Way
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D, wrapped
from robot_nodes.navigation.path import Path
from robot_nodes.navigation.settings import Settings

_CREEP_MPS = 0.09
_POLITE_M = 0.18
"""Nearer to a person than this, surface to surface, the robot only creeps."""


class Phase(Enum):
    """What the controller is about."""

    DRIVING = "driving"
    TURNING = "turning"
    """On the spot, towards the path."""
    WAITING = "waiting"
    """Something is in the way."""
    FINISHING = "finishing"
    """At the goal, turning to its yaw."""
    DONE = "done"


@dataclass(slots=True)
class Track:
    """What is remembered of one path from step to step."""

    path: Path
    goal: Pose2D
    turn_at_goal: bool = True
    along: float = 0.0
    offset: float = 0.0
    aside: float = 0.0
    phase: Phase = Phase.DRIVING
    blocked_since: float | None = None
    at_goal: bool = False
    near: Points = field(default_factory=lambda: np.empty((0, 2)))

    @property
    def remaining(self) -> float:
        """Metres of path left."""
        return max(0.0, self.path.length - self.along)


class Controller:
    """Follows one `Track` at a time."""

    def __init__(self, clearance: ClearanceField, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._chooser = CorridorChooser(clearance, self._settings.corridor, self._settings.body)

    def follow(
        self, track: Track, pose: Pose2D, last: Twist2D, hits: Points, now: float, speed_limit: float = math.inf
    ) -> Twist2D:
        """The next command, within the base's limits; `track` is moved along.

        :param last: the command given a period ago.
        :param hits: scan returns, shape (n, 2), frame map.
        :param now: seconds, ROS time.
        """
        self._advance(track, pose)
        if self._arrived(track, pose):
            return self._finish(track, pose, last)
        wide = track.blocked_since is not None and now - track.blocked_since > self._settings.corridor.patience_s
        wide = wide or abs(track.aside) > self._settings.corridor.calm
        way = self._chooser.choose(track.path, track.along, pose, hits, track.offset, track.aside, wide)
        track.aside = way.offset
        self._note_block(track, way, now)
        return self._pursue(track, way, pose, last, speed_limit)

    def _advance(self, track: Track, pose: Pose2D) -> None:
        """Progress never runs backwards, and never jumps ahead to where the path comes by again."""
        track.along, track.offset = track.path.foot(pose.x, pose.y, max(0.0, track.along - 0.2), track.along + 1.0)
        track.offset = max(-1.5, min(1.5, track.offset))

    def _arrived(self, track: Track, pose: Pose2D) -> bool:
        limits = self._settings.limits
        away = pose.distance_to(track.goal.x, track.goal.y)
        if track.at_goal:
            # Turning on the spot must not lose the goal to the localiser's last centimetre.
            return away < limits.xy_tolerance + 0.05
        near = away < 0.4 * limits.xy_tolerance or (away < limits.xy_tolerance and track.remaining < 0.02)
        track.at_goal = near and track.remaining < 0.5
        return track.at_goal

    def _finish(self, track: Track, pose: Pose2D, last: Twist2D) -> Twist2D:
        error = wrapped(track.goal.yaw - pose.yaw) if track.turn_at_goal else 0.0
        if abs(error) < 0.6 * self._settings.limits.yaw_tolerance and abs(last.v) < 0.15:
            track.phase = Phase.DONE
            return Twist2D()
        track.phase = Phase.FINISHING
        return self._reachable(0.0, self._turn_rate(error), last)

    def _note_block(self, track: Track, way: Way, now: float) -> None:
        if way.straight_free > min(2.5, track.remaining):
            track.blocked_since = None
        elif track.blocked_since is None:
            track.blocked_since = now

    def _pursue(self, track: Track, way: Way, pose: Pose2D, last: Twist2D, speed_limit: float) -> Twist2D:
        limits = self._settings.limits
        ahead = max(limits.lookahead_min, limits.lookahead_s * abs(last.v))
        target = self._target(way, pose, ahead)
        bearing = math.atan2(target.y, target.x)
        if abs(bearing) > (limits.turn_until if track.phase is Phase.TURNING else limits.turn_from):
            track.phase = Phase.TURNING
            return self._reachable(0.0, self._turn_rate(bearing), last)
        away = max(math.hypot(target.x, target.y), 0.05)
        curvature = 2.0 * target.y / max(away * away, 0.04)
        speed = min(self._speed(track, way, speed_limit), self._bend(curvature))
        track.phase = Phase.WAITING if speed < 0.02 else Phase.DRIVING
        return self._reachable(speed, speed * curvature, last)

    def _target(self, way: Way, pose: Pose2D, ahead: float) -> Pose2D:
        """The point of the way about `ahead` metres off, in the base frame."""
        away = np.hypot(way.points[:, 0] - pose.x, way.points[:, 1] - pose.y)
        far = np.flatnonzero(away >= ahead)
        x, y = way.points[int(far[0]) if len(far) else -1]
        return Pose2D(float(x), float(y), 0.0).seen_from(pose)

    def _bend(self, curvature: float) -> float:
        limits = self._settings.limits
        sharp = max(abs(curvature), 1e-6)
        return min(limits.v_max, math.sqrt(limits.lateral_max / sharp), limits.w_max / sharp)

    def _speed(self, track: Track, way: Way, speed_limit: float) -> float:
        """The least of: the robot's, the lane's and the guide's limit; what still stops; what the room allows."""
        limits, body = self._settings.limits, self._settings.body
        path = track.path
        low = int(np.searchsorted(path.along, track.along))
        high = int(np.searchsorted(path.along, track.along + 1.5)) + 1
        gap = np.maximum(path.along[low:high] - track.along - 0.1, 0.0)
        lanes = float(np.min(np.sqrt(path.speed[low:high] ** 2 + limits.a_max * gap), initial=limits.v_max))
        # Half the braking power is kept for surprises.
        to_end = math.sqrt(limits.a_max * track.remaining + 0.0025)
        to_contact = stoppable(way.free - 0.1, 0.5 * limits.a_max, 0.2) if math.isfinite(way.free) else math.inf
        beside_wall = 0.3 + 1.4 * max(0.0, way.wall - body.reach)
        beside_people = _CREEP_MPS + 1.2 * max(0.0, way.bystander - body.radius - _POLITE_M)
        return max(0.0, min(limits.v_max, speed_limit, lanes, to_end, to_contact, beside_wall, beside_people))

    def _turn_rate(self, error: float) -> float:
        limits = self._settings.limits
        rate = min(limits.w_max, math.sqrt(limits.alpha_max * abs(error)), 2.0 * abs(error) + 0.05)
        return math.copysign(rate, error)

    def _reachable(self, v: float, w: float, last: Twist2D) -> Twist2D:
        """The nearest command the base can reach within a period."""
        limits = self._settings.limits
        dv, dw = limits.a_max * limits.period_s, limits.alpha_max * limits.period_s
        v = max(last.v - dv, min(last.v + dv, v))
        w = max(last.w - dw, min(last.w + dw, w))
        return Twist2D(v, max(-limits.w_max, min(limits.w_max, w)))
