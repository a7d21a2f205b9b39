"""Goals in, velocities out: the state machine of driving. Knows no ROS and reads no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
import structlog

from maps.lanes import LaneGraph
from robot_nodes.navigation.collision_monitor import MonitorLimits, limited
from robot_nodes.navigation.controller import Controller, Phase, Track
from robot_nodes.navigation.errors import NavigationError, Preempted, Stuck
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.path import Path
from robot_nodes.navigation.planner import Planner
from robot_nodes.navigation.settings import Settings

_log = structlog.get_logger("navigation")
_NEAR_ENOUGH_M = 1.2
_NEAR_ENOUGH_AFTER_S = 6.0
"""A goal somebody stands on is reached as near as they allow, once they have had time to step aside."""


class State(Enum):
    """What the robot is doing about its goal."""

    IDLE = "idle"
    DRIVING = "driving"
    WAITING = "waiting"
    PAUSED = "paused"


class End(Enum):
    """How a goal ended."""

    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where to go.

    :ivar id: chosen by who asks; outcomes carry it.
    :ivar poses: at least one, frame map; all but the last are passed without stopping.
    :ivar along_lanes: route on the lane graph to the one pose; else drive the poses as given.
    :ivar turn: whether the last pose's yaw matters.
    """

    id: int
    poses: tuple[Pose2D, ...]
    along_lanes: bool
    turn: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one goal; `code` and `message` are Nav2's `error_code` and one line (0 and empty for success)."""

    goal: int
    end: End
    code: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """After each step.

    :ivar remaining_m: along the path; `remaining_s` at the present pace.
    :ivar poses_left: poses of the goal not yet passed.
    """

    state: State
    goal: int | None = None
    remaining_m: float = 0.0
    remaining_s: float = 0.0
    driving_s: float = 0.0
    recoveries: int = 0
    poses_left: int = 0


@dataclass(slots=True)
class _Journey:
    """One goal under way."""

    goal: Goal
    track: Track
    started: float
    progress_at: float
    progress_m: float
    recovered_at: float
    recoveries: int = 0
    pace: float = 0.6


class Navigator:
    """Drives one robot. Call `step` once for each scan and send what it returns."""

    def __init__(self, field: ClearanceField, lanes: LaneGraph, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self.planner = Planner(field, lanes, self._settings)
        self._controller = Controller(field, self._settings)
        self._monitor = MonitorLimits(stale_s=self._settings.patience.silent_after_s)
        self._journey: _Journey | None = None
        self._last = Twist2D()
        self._outcomes: list[Outcome] = []
        self._paused = False
        self._last_now = 0.0
        self.speed_limit = math.inf
        self.plan_version = 0
        self.blocked_aborts = 0
        self.recoveries = 0
        self.monitor_stops = 0

    @property
    def path(self) -> Path | None:
        """The path being followed; `plan_version` tells when it is another."""
        return self._journey.track.path if self._journey else None

    @property
    def paused(self) -> bool:
        """Whether the robot holds still whatever its goal."""
        return self._paused

    def check(self, goal: Goal) -> None:
        """:raises NavigationError: if no robot could stand at one of the goal's poses."""
        for pose in goal.poses:
            self.planner.check(pose)

    def go(self, goal: Goal, pose: Pose2D, now: float) -> None:
        """Take a goal; one under way ends as preempted, without the robot stopping in between.

        :raises NavigationError: if it cannot be planned; what is under way then goes on.
        """
        if goal.along_lanes and len(goal.poses) == 1:
            path = self.planner.plan_to(pose, goal.poses[0])
        else:
            path = self.planner.plan_through(pose, goal.poses)
        before = self._journey
        if before is not None:
            error = Preempted("preempted by a newer goal")
            self._outcomes.append(Outcome(before.goal.id, End.ABORTED, error.code, error.message))
        track = Track(path, goal.poses[-1], goal.turn)
        if before is not None:
            track.blocked_since = before.track.blocked_since
        self._journey = _Journey(goal, track, now, now, math.inf, now)
        self.plan_version += 1

    def cancel(self, goal_id: int) -> bool:
        """Give up a goal; False if it is not under way."""
        if self._journey is None or self._journey.goal.id != goal_id:
            return False
        self._end(End.CANCELED)
        return True

    def abort(self, error: NavigationError) -> None:
        """Give up whatever is under way for a reason from outside (a fault, a silent sensor)."""
        if self._journey is not None:
            self._end(End.ABORTED, error)

    def refuse(self, goal_id: int, error: NavigationError) -> None:
        """Note a goal that was never taken as ended."""
        self._outcomes.append(Outcome(goal_id, End.ABORTED, error.code, error.message))

    def pause(self, hold: bool) -> None:
        """Hold still keeping the goal, or go on."""
        self._paused = hold

    def take_outcomes(self) -> list[Outcome]:
        """Goals that ended since the last call, in order."""
        ended, self._outcomes = self._outcomes, []
        return ended

    def step(self, pose: Pose2D, hits: Points, scan_age_s: float, now: float) -> tuple[Twist2D, Status]:
        """One period.

        :param hits: finite lidar returns, shape (n, 2), base frame.
        :param now: seconds, ROS time.
        :returns: the command for the wheels, and what it is about.
        """
        journey = self._journey
        elapsed, self._last_now = now - self._last_now, now
        wanted = Twist2D()  # standing is zero at once: the base itself ramps down
        if journey is not None and self._paused:
            journey.progress_at += elapsed
            journey.recovered_at += elapsed
        elif journey is not None:
            seen = pose.points_out(hits)
            wanted = self._controller.follow(journey.track, pose, self._last, seen, now, self.speed_limit)
            wanted = self._watched(journey, pose, seen, now, wanted)
        safe = limited(wanted, hits, scan_age_s, self._settings.body, self._monitor)
        if safe.still and not wanted.still:
            self.monitor_stops += 1
        self._last = safe
        return safe, self._status(now)

    def _watched(self, journey: _Journey, pose: Pose2D, seen: Points, now: float, wanted: Twist2D) -> Twist2D:
        """Notice arrival, progress and the lack of it."""
        track, patience = journey.track, self._settings.patience
        if track.phase is Phase.DONE:
            self._end(End.SUCCEEDED)
            return Twist2D()
        journey.pace += 0.02 * (max(abs(wanted.v), 0.1) - journey.pace)
        if track.remaining < journey.progress_m - patience.progress_m or track.phase is Phase.FINISHING:
            journey.progress_m, journey.progress_at = min(track.remaining, journey.progress_m), now
            journey.recovered_at = now
        waited = now - journey.progress_at
        if waited > _NEAR_ENOUGH_AFTER_S and self._taken(track, pose, seen):
            _log.info("goal taken by somebody: reached as near as they allow", goal=journey.goal.id)
            track.goal, track.at_goal = Pose2D(pose.x, pose.y, track.goal.yaw), True
        elif waited > patience.abort_after_s:
            self.blocked_aborts += 1
            at = f"({pose.x:.1f}, {pose.y:.1f})"
            self._end(
                End.ABORTED,
                Stuck(
                    f"blocked at {at} for {waited:.0f} s, {track.remaining:.1f} m before the goal, after "
                    f"{journey.recoveries} attempts to go round: clear the way and send the goal again"
                ),
            )
            return Twist2D()
        elif now - journey.recovered_at > patience.recover_after_s:
            self._recover(journey, pose, seen, now)
        return wanted

    def _taken(self, track: Track, pose: Pose2D, seen: Points) -> bool:
        """Whether somebody stands on the goal, and the robot beside it."""
        if track.remaining > _NEAR_ENOUGH_M or pose.distance_to(track.goal.x, track.goal.y) > _NEAR_ENOUGH_M:
            return False
        if not len(seen):
            return False
        away = np.hypot(seen[:, 0] - track.goal.x, seen[:, 1] - track.goal.y)
        return bool(away.min() < self._settings.body.reach)

    def _recover(self, journey: _Journey, pose: Pose2D, seen: Points, now: float) -> None:
        """Forget what was chosen and look for a way round outside the corridor."""
        track = journey.track
        journey.recovered_at = now
        journey.recoveries += 1
        self.recoveries += 1
        near = seen[np.hypot(seen[:, 0] - pose.x, seen[:, 1] - pose.y) < 8.0]
        found = self.planner.detour(pose, track.path, track.along, near)
        _log.info("blocked: looking for a way round", goal=journey.goal.id, found=found is not None)
        if found is None:
            track.aside = 0.0
            return
        journey.track = Track(found, track.goal, track.turn_at_goal, blocked_since=track.blocked_since)
        journey.progress_m = min(journey.progress_m, found.length)
        self.plan_version += 1

    def _end(self, end: End, error: NavigationError | None = None) -> None:
        journey = self._journey
        if journey is None:
            return
        code, message = (error.code, error.message) if error else (0, "")
        self._outcomes.append(Outcome(journey.goal.id, end, code, message))
        self._journey = None

    def _status(self, now: float) -> Status:
        journey = self._journey
        if journey is None:
            return Status(State.IDLE)
        track = journey.track
        state = State.WAITING if track.phase is Phase.WAITING else State.DRIVING
        remaining = track.remaining
        return Status(
            state=State.PAUSED if self._paused else state,
            goal=journey.goal.id,
            remaining_m=remaining,
            remaining_s=remaining / max(journey.pace, 0.1),
            driving_s=now - journey.started,
            recoveries=journey.recoveries,
            poses_left=max(1, sum(1 for stop in track.path.stops if stop > track.along + 0.05)),
        )
