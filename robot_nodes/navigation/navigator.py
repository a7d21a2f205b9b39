"""Goals in, velocities out: the state machine of driving. Knows no ROS and reads no clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from maps.lanes import LaneGraph
from robot_nodes.navigation.belief import beams_of
from robot_nodes.navigation.collision_monitor import MonitorLimits, limited, movers_in_base
from robot_nodes.navigation.controller import Controller, Phase, Track, reachable
from robot_nodes.navigation.costmap import RollingCostmap
from robot_nodes.navigation.errors import NavigationError, Preempted, Stuck
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.goals import End, Goal, Outcome, State, Status
from robot_nodes.navigation.path import Path
from robot_nodes.navigation.planner import Planner
from robot_nodes.navigation.recoveries import Recoveries, Recovery
from robot_nodes.navigation.settings import Settings
from robot_nodes.navigation.social import NOBODY, usable, walking
from robot_nodes.navigation.zones import Zone

_log = structlog.get_logger("navigation")
_LOOKING_RADPS = 0.4
"""How fast a robot that does not know where it is turns on the spot: it sees the hall, and perhaps a marker."""
_NEAR_ENOUGH_M = 1.2
_NEAR_ENOUGH_AFTER_S = 6.0
"""A goal somebody stands on is reached as near as they allow, once they have had time to step aside."""
_DRIVES_MPS = 0.1
"""A command faster than this is a way that was found."""
_BLOCK_AHEAD_M = 1.0
"""What stops the robot is about so far ahead on its path."""
_FARTHEST_M = 1000.0
_CLEARS_M = 8.0
_FRUITLESS = 3.0
"""Ways round that bring the robot no nearer to the goal end after so many times `Patience.abort_after_s`."""


def _returns(hits: Points) -> Points:
    """Those that a lidar can have: a point with nan, or kilometres away, is none."""
    found = np.asarray(hits, np.float64).reshape(-1, 2)
    return found[(np.abs(found) < _FARTHEST_M).all(axis=1)]


def _missed(pose: Pose2D, hits: Points) -> Points:
    """Points on the rays that met nothing, as far as the costmap may reach, frame map.

    Only where several neighbours meet nothing between returns from afar: a single dark leg, or a coat against the
    lidar, returns nothing either, and what was seen there must stay.
    """
    return pose.points_out(_CLEARS_M * beams_of(hits, max(1, len(hits)), _CLEARS_M).open)


def _on_earth(pose: Pose2D) -> bool:
    return pose.finite and abs(pose.x) < 1e5 and abs(pose.y) < 1e5


@dataclass(slots=True)
class _Journey:
    """One goal under way."""

    goal: Goal
    track: Track
    started: float
    progress_at: float
    progress_m: float
    least_m: float = math.inf
    """The least that was ever left, and when it last became less: ways round do not count."""
    least_at: float = 0.0
    recoveries: int = 0
    rerouted: int = 0
    pace: float = 0.6


class Navigator:
    """Drives one robot. Call `step` once for each odometry and send what it returns."""

    def __init__(
        self,
        field: ClearanceField,
        lanes: LaneGraph,
        settings: Settings | None = None,
        rng: np.random.Generator | None = None,
        zones: Sequence[Zone] = (),
    ) -> None:
        """:param rng: for the controller's rollouts; the default is seeded with 0.
        :param zones: of the floor plan.
        """
        self._settings = settings or Settings()
        self.planner = Planner(field, lanes, self._settings, zones=zones)
        self.costmap = RollingCostmap(field, zones)
        self._controller = Controller(self.planner.field, self._settings, rng)
        self._monitor = MonitorLimits.of(self._settings.limits, self._settings.patience.silent_after_s)
        self._recoveries = Recoveries(self._settings.patience, self._settings.body)
        self._journey: _Journey | None = None
        self._last = Twist2D()
        self._outcomes: list[Outcome] = []
        self._paused = False
        self._last_now = 0.0
        self.speed_limit = math.inf
        self.lost = False
        """The pose cannot be trusted: nothing is driven towards."""
        self.plan_version = 0
        self.blocked_aborts = 0
        self.monitor_stops = 0

    @property
    def path(self) -> Path | None:
        """The path being followed; `plan_version` tells when it is another."""
        return self._journey.track.path if self._journey else None

    @property
    def under_way(self) -> bool:
        """Whether there is a goal: only then does it matter who walks about."""
        return self._journey is not None

    @property
    def recovery_counts(self) -> Counter[str]:
        """How often each recovery was tried, by its name, since the robot was switched on."""
        return self._recoveries.counts

    @property
    def recoveries(self) -> int:
        """All of `recovery_counts`."""
        return self._recoveries.counts.total()

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
        path = self._planned(goal, pose)
        before = self._journey
        if before is not None:
            error = Preempted("preempted by a newer goal")
            self._outcomes.append(Outcome(before.goal.id, End.ABORTED, error.code, error.message))
        track = Track(path, goal.poses[-1], goal.turn)
        if before is not None:
            track.blocked_since = before.track.blocked_since
        self._journey = _Journey(goal, track, now, now, math.inf, least_at=now)
        self._recoveries.over()
        self.plan_version += 1

    def _planned(self, goal: Goal, pose: Pose2D) -> Path:
        if goal.along_lanes and len(goal.poses) == 1:
            return self.planner.plan_to(pose, goal.poses[0])
        return self.planner.plan_through(pose, goal.poses)

    def found(self, pose: Pose2D, now: float) -> None:
        """The robot knows again where it is: the way is planned anew from there."""
        self.lost = False
        journey = self._journey
        if journey is None:
            return
        try:
            path = self._planned(journey.goal, pose)
        except NavigationError as error:
            self._end(End.ABORTED, error)
            return
        track = Track(path, journey.goal.poses[-1], journey.goal.turn)
        self._journey = _Journey(journey.goal, track, journey.started, now, math.inf, least_at=now)
        self._recoveries.over()
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

    def step(
        self,
        pose: Pose2D,
        hits: Points,
        scan_age_s: float,
        now: float,
        people: Points = NOBODY,
        odom_age_s: float = 0.0,
    ) -> tuple[Twist2D, Status]:
        """One period.

        :param hits: finite lidar returns, shape (n, 2), base frame.
        :param now: seconds, ROS time.
        :param people: tracks of who is about, shape (m, 4): x, y, vx, vy, frame map.
        :returns: the command for the wheels, and what it is about.
        """
        journey = self._journey
        elapsed, self._last_now = now - self._last_now, now
        wanted = Twist2D()  # standing is zero at once: the base itself ramps down
        hits, people = _returns(hits), usable(people)
        if journey is not None and (self._paused or self._crawls or self.lost):
            journey.progress_at += elapsed
            journey.least_at += elapsed
        if journey is not None and not self._paused and self.lost:
            wanted = Twist2D(0.0, _LOOKING_RADPS)
        elif journey is not None and not self._paused and _on_earth(pose):
            seen = pose.points_out(hits)
            self.costmap.update(pose, seen, now, _missed(pose, hits))
            wanted = self._controller.follow(journey.track, pose, self._last, seen, now, self.speed_limit, people)
            wanted = self._watched(journey, pose, hits, seen, now, wanted)
        safe = wanted
        if not wanted.still:
            movers = movers_in_base(walking(people, self._settings.manners), pose)
            safe = limited(
                wanted, hits, scan_age_s, self._settings.body, self._monitor, odom_age_s=odom_age_s, movers=movers
            )
        if safe.v == 0.0 and wanted.v != 0.0:
            self.monitor_stops += 1
        self._last = safe
        return safe, self._status(now)

    @property
    def _crawls(self) -> bool:
        """Whether the guide's limit is too low for what counts as progress."""
        patience = self._settings.patience
        return self.speed_limit * patience.recover_after_s < 2.0 * patience.progress_m

    def _watched(
        self, journey: _Journey, pose: Pose2D, hits: Points, seen: Points, now: float, wanted: Twist2D
    ) -> Twist2D:
        """Notice arrival, progress and the lack of it."""
        track, patience = journey.track, self._settings.patience
        if track.phase is Phase.DONE:
            self._end(End.SUCCEEDED)
            return Twist2D()
        journey.pace += 0.02 * (max(abs(wanted.v), 0.1) - journey.pace)
        if track.remaining < journey.least_m - patience.progress_m:
            journey.least_m, journey.least_at = track.remaining, now
        if track.remaining < journey.progress_m - patience.progress_m or track.phase is Phase.FINISHING:
            journey.progress_m, journey.progress_at = min(track.remaining, journey.progress_m), now
            self._recoveries.over()
        waited = now - journey.progress_at
        taken = waited > patience.recover_after_s and self._taken(track, pose, seen)
        fruitless = now - journey.least_at > _FRUITLESS * patience.abort_after_s
        if taken and waited > _NEAR_ENOUGH_AFTER_S:
            _log.info("goal taken by somebody: reached as near as they allow", goal=journey.goal.id)
            track.goal, track.at_goal = Pose2D(pose.x, pose.y, track.goal.yaw), True
        elif waited > self._gives_up_after_s(journey) or (fruitless and track.phase is not Phase.FINISHING):
            self._give_up(journey, pose, max(waited, now - journey.least_at))
            return Twist2D()
        elif not taken:
            return self._recovered(journey, pose, hits, seen, waited, now, wanted)
        return wanted

    def _gives_up_after_s(self, journey: _Journey) -> float:
        """Without progress. On a way of its own the robot has other lanes to try first."""
        patience = self._settings.patience
        return patience.abort_after_s if journey.goal.along_lanes else patience.ask_after_s

    def _give_up(self, journey: _Journey, pose: Pose2D, waited: float) -> None:
        self.blocked_aborts += 1
        self._end(
            End.ABORTED,
            Stuck(
                f"blocked at ({pose.x:.1f}, {pose.y:.1f}) for {waited:.0f} s, {journey.track.remaining:.1f} m before "
                f"the goal, after {journey.recoveries} attempts to go on: clear the way and send the goal again"
            ),
        )

    def _recovered(
        self, journey: _Journey, pose: Pose2D, hits: Points, seen: Points, waited: float, now: float, wanted: Twist2D
    ) -> Twist2D:
        """What is tried against a lack of progress, in its order; the controller's way goes first once it has one."""
        drives = wanted.v > _DRIVES_MPS
        act = self._recoveries.step(waited, pose, hits, drives)
        if act.begun is not None:
            journey.recoveries += 1
            _log.info("no progress", goal=journey.goal.id, trying=act.begun.value, waited_s=round(waited, 1))
        match act.begun:
            case Recovery.CLEAR:
                self._controller.forget()
            case Recovery.REROUTE:
                self._reroute(journey, pose, seen, now)
            case Recovery.CALL_STAFF:
                _log.warning("blocked: staff are called", goal=journey.goal.id, x=round(pose.x, 1), y=round(pose.y, 1))
            case _:
                pass
        if act.command is None:
            return wanted
        return reachable(act.command.v, act.command.w, self._last, self._settings.limits)

    def _taken(self, track: Track, pose: Pose2D, seen: Points) -> bool:
        """Whether somebody stands on the goal, and the robot beside it."""
        if track.remaining > _NEAR_ENOUGH_M or pose.distance_to(track.goal.x, track.goal.y) > _NEAR_ENOUGH_M:
            return False
        if not len(seen):
            return False
        away = np.hypot(seen[:, 0] - track.goal.x, seen[:, 1] - track.goal.y)
        return bool(away.min() < self._settings.body.reach)

    def _reroute(self, journey: _Journey, pose: Pose2D, seen: Points, now: float) -> None:
        """A way round within sight; where there is none, or that one was blocked too, along other lanes."""
        track = journey.track
        journey.rerouted += 1
        found = None
        if journey.rerouted % 2:
            found = self.planner.detour(pose, track.path, track.along, self.costmap)
        if found is None and journey.goal.along_lanes and len(journey.goal.poses) == 1:
            x, y, _ = track.path.at(min(track.along + _BLOCK_AHEAD_M, track.path.length))
            until = now + self._settings.patience.blocked_for_s
            try:
                found = self.planner.reroute(pose, journey.goal.poses[0], (x, y), now=now, until=until)
            except NavigationError as error:
                _log.info("no other way", goal=journey.goal.id, reason=error.message)
        _log.info("blocked: looked for a way round", goal=journey.goal.id, found=found is not None)
        if found is None:
            return
        journey.track = Track(found, track.goal, track.turn_at_goal, blocked_since=track.blocked_since)
        journey.progress_m = found.length
        self._controller.forget()
        self.plan_version += 1

    def _end(self, end: End, error: NavigationError | None = None) -> None:
        journey = self._journey
        if journey is None:
            return
        code, message = (error.code, error.message) if error else (0, "")
        self._outcomes.append(Outcome(journey.goal.id, end, code, message))
        self._journey = None
        self._recoveries.over()

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
            recovery=self._recoveries.current.value if self._recoveries.current else "",
            needs_staff=self._recoveries.staff_called,
        )
