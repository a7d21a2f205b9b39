"""Docking without ROS: what the robot perceives in, wishes for the wheels and effects out. For one thread.

Begun by `dock` and `undock`; then `odometry` is called for each odometry and answers with what the wheels should do,
or with None while docking wants nothing of them. Times are seconds of ROS time, poses of frames map and odom as said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from robot_nodes.docking.approach import along, turn_to
from robot_nodes.docking.docks import Dock, dock_around
from robot_nodes.docking.effects import Effect, Ended, Feedback, Navigate, StopNavigating, Wish
from robot_nodes.docking.errors import (
    BadDock,
    DockingError,
    NotCharging,
    NotControlled,
    NotDetected,
    NotStaged,
    Replaced,
    UnknownDock,
)
from robot_nodes.docking.request import Phase, Request
from robot_nodes.docking.settings import DEFAULT, DockingSettings
from robot_nodes.docking.sight import Sight
from robot_nodes.docking.wheels import Wheels
from robot_nodes.navigation.footprint import free_along_arc
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D, wrapped
from robot_nodes.navigation.goals import End
from robot_nodes.navigation.settings import Body
from robot_nodes.seeing.history import PoseHistory

__all__ = ["Docking", "Phase"]

_KNOWN_S = 3.0
"""So long the localiser is waited for."""
_SCAN_S = 0.5
_FEEDBACK_S = 1.0
_STAND = Wish(Twist2D())


class Docking:
    """One robot's docking."""

    def __init__(
        self, docks: Mapping[str, Dock], settings: DockingSettings = DEFAULT, body: Body | None = None
    ) -> None:
        self._docks, self._settings, self._body = docks, settings, body or Body()
        self._request: Request | None = None
        self._effects: list[Effect] = []
        self._odoms = PoseHistory()
        self._odom: Pose2D | None = None
        self._pose: tuple[float, Pose2D] | None = None
        self._scan: tuple[float, Points] | None = None
        self._wheels = Wheels(settings.stall_s, settings.stall_share)
        self._wish = _STAND
        self._charging = False
        self.sees = False
        """Whether the robot has a camera that could see the dock's marker."""
        self.retries = 0
        """Since the robot was switched on."""

    @property
    def busy(self) -> bool:
        """Whether there is a request: without one nothing needs to be told but the battery."""
        return self._request is not None

    @property
    def phase(self) -> Phase | None:
        """What is being done."""
        return self._request.phase if self._request else None

    def take_effects(self) -> list[Effect]:
        """What is to be done, oldest first; each is handed out once."""
        effects, self._effects = self._effects, []
        return effects

    # requests ----------------------------------------------------------------------------------

    def find(self, dock_id: str) -> Dock:
        """:raises UnknownDock: the venue has no such dock."""
        if dock_id not in self._docks:
            some = ", ".join(list(self._docks)[:3]) or "none"
            raise UnknownDock(f"no dock {dock_id!r} here: send one such as {some}")
        return self._docks[dock_id]

    def dock(self, number: int, dock: Dock, now: float, *, navigate: bool = True, longest_s: float = 1000.0) -> None:
        """Dock; a request under way ends.

        :param number: comes back with `Ended`.
        :param navigate: whether the robot may be driven to the staging pose; else it must be there.
        :param longest_s: for getting there.
        :raises BadDock: the dock's pose is none.
        """
        if not dock.pose.finite:
            raise BadDock(f"dock {dock.id!r} at ({dock.pose.x}, {dock.pose.y}): send a finite pose of frame map")
        if not longest_s > 0.0:
            raise BadDock(f"{longest_s} s to get to the staging pose: send a positive max_staging_time")
        self._take(Request(number, dock, now, Sight(dock.pose, self._settings), False, longest_s, navigate))

    def undock(self, number: int, dock: Dock | None, now: float, *, longest_s: float | None = None) -> None:
        """Leave a dock straight; a request under way ends.

        :param dock: the one the robot stands in, where that is known; None: the one around it.
        """
        s = self._settings
        longest_s = longest_s if longest_s is not None and longest_s > 0.0 else s.leave_s
        anywhere = dock or Dock(id="", pose=Pose2D(0.0, 0.0, 0.0))
        self._take(Request(number, anywhere, now, Sight(anywhere.pose, s), True, longest_s))

    def cancel(self, number: int) -> bool:
        """Give up a request; False if it is not under way."""
        if self._request is None or self._request.id != number:
            return False
        self._end(End.CANCELED)
        return True

    def abort(self, error: DockingError) -> None:
        """Give up whatever is under way for a reason from outside."""
        if self._request is not None:
            self._end(End.ABORTED, error)

    def _take(self, request: Request) -> None:
        self.abort(Replaced("a newer request to dock or undock took this one's place"))
        self._request = request
        request.since = request.began
        self._odoms, self._odom, self._scan, self._pose = PoseHistory(), None, None, None
        self._wheels = Wheels(self._settings.stall_s, self._settings.stall_share)
        self._wish = _STAND

    # what the robot perceives --------------------------------------------------------------------

    def on_pose(self, stamp: float, pose: Pose2D) -> None:
        """The localiser's, frame map."""
        self._pose = stamp, pose
        self._believe()

    def on_marker(self, stamp: float, pose: Pose2D, covariance: NDArray[np.float64]) -> None:
        """The base as a marker shows it, frame map; `covariance` shape (3, 3): x, y, yaw."""
        odom = self._odoms.at(stamp)
        if self._request is not None and odom is not None:
            self._request.sight.fix(pose, covariance, odom)

    def on_scan(self, stamp: float, hits: Points) -> None:
        """Finite returns, shape (n, 2), metres, base frame."""
        self._scan = stamp, hits

    def on_battery(self, charging: bool) -> None:
        """Whether current flows into it."""
        self._charging = charging

    def on_command(self, v: float) -> None:
        """What went to the wheels, m/s."""
        self._wheels.commanded(v)

    def on_staged(self, arrived: bool, description: str, now: float) -> None:
        """The end of a `Navigate`."""
        if self._request is None or self._request.phase is not Phase.STAGE:
            return
        if arrived:
            self._go(Phase.LOOK, now)
        else:
            self._end(End.ABORTED, NotStaged(description or "the way to the staging pose is blocked"))

    def odometry(self, now: float, odom: Pose2D) -> Wish | None:
        """The base in frame odom; what the wheels should do."""
        request = self._request
        if request is None:
            return None
        self._odoms.add(now, odom)
        self._odom = odom
        self._believe()
        self._wheels.update(now, odom, self._wish.twist)
        self._wish = self._step(request, now, odom) or _STAND
        driven = self._request is not None and request.phase in (Phase.BEGIN, Phase.STAGE)
        self._tell(now)
        return None if driven else self._wish

    def _believe(self) -> None:
        """The localiser's pose counts once there is odometry of its moment."""
        if self._request is None or self._pose is None:
            return
        odom = self._odoms.at(self._pose[0])
        if odom is not None:
            self._request.sight.believe(self._pose[1], odom)
            if not self._request.dock.id:
                self._find_around(self._request, odom)
            self._pose = None

    def _find_around(self, request: Request, odom: Pose2D) -> None:
        """Which dock is to be left, once it is known where the robot is."""
        assert self._pose is not None
        found = dock_around(self._docks, self._pose[1], self._settings.dock_reach_m)
        if found is None:
            self._end(End.ABORTED, BadDock("there is no dock around the robot: nothing to leave"))
            return
        request.dock, request.sight = found, Sight(found.pose, self._settings)
        request.sight.believe(self._pose[1], odom)

    # the order of things -------------------------------------------------------------------------

    def _step(self, request: Request, now: float, odom: Pose2D) -> Wish | None:
        if request.leaves and now - request.began > request.longest_s:
            why = f": {request.why}" if request.why else ""
            self._end(End.ABORTED, NotControlled(f"not out of {request.dock.id} after {request.longest_s:.0f} s{why}"))
            return None
        dock = request.sight.dock
        if dock is None:
            if now - request.since > _KNOWN_S:
                self._end(End.ABORTED, NotStaged("no pose of the robot: is the localiser running?"))
            return None
        if request.phase not in (Phase.BEGIN, Phase.STAGE) and odom.distance_to(dock.x, dock.y) > self._settings.far_m:
            far = f"{odom.distance_to(dock.x, dock.y):.1f} m from {request.dock.id} all of a sudden"
            self._end(End.ABORTED, NotDetected(f"the robot believes to be {far}: check the board there and the map"))
            return None
        match request.phase:
            case Phase.BEGIN:
                self._begin(request, dock, now, odom)
            case Phase.STAGE:
                self._stage(request, now)
            case Phase.OUT:
                return self._out(request, dock, now, odom)
            case Phase.ALIGN:
                return self._align(request, dock, now, odom)
            case Phase.LOOK:
                self._look(request, now)
            case Phase.APPROACH:
                return self._approach(request, dock, now, odom)
            case Phase.CHARGE:
                return self._charge(request, dock, now, odom)
        return None

    def _begin(self, request: Request, dock: Pose2D, now: float, odom: Pose2D) -> None:
        s, at = self._settings, odom.seen_from(dock)
        away, docked = request.dock.out * at.x, math.hypot(at.x, at.y) < s.dock_reach_m
        on_line = abs(at.y) < s.aside_m and abs(at.yaw) < s.aside_rad
        if request.leaves:
            if on_line and docked:
                self._go(Phase.OUT, now)
            else:
                self._end(End.ABORTED, BadDock(f"the robot does not stand in {request.dock.id}: nothing to leave"))
        elif self._charging and docked:
            self._end(End.SUCCEEDED)
        elif math.hypot(away - s.staging_m, at.y) < s.staged_m and abs(at.yaw) < s.staged_rad:
            self._go(Phase.LOOK, now)
        elif on_line and -s.dock_reach_m < away < s.staging_m:
            self._go(Phase.OUT, now)
        elif request.navigate:
            self._effects.append(Navigate(request.dock.staging(s.staging_m)))
            self._go(Phase.STAGE, now)
        else:
            self._end(End.ABORTED, NotStaged(f"{away:.1f} m before {request.dock.id}: drive to its staging pose first"))

    def _stage(self, request: Request, now: float) -> None:
        if now - request.since > request.longest_s:
            self._end(End.ABORTED, NotStaged(f"not before {request.dock.id} after {request.longest_s:.0f} s"))

    def _out(self, request: Request, dock: Pose2D, now: float, odom: Pose2D) -> Wish | None:
        """Straight away from the dock; not begun before the way is free all along."""
        s, out = self._settings, request.dock.out
        left = s.staging_m - out * odom.seen_from(dock).x
        if left < 0.02:
            self._go(Phase.ALIGN, now)
            return None
        request.moving = request.moving or self._free(out, left, now)
        if not request.moving or self._wheels.held_s > 0.0:
            request.why = "something stands in the way out"
        if not request.leaves and (self._wheels.held_s > s.blocked_s or now - request.since > s.approach_s):
            self._end(End.ABORTED, NotControlled(f"the way out of {request.dock.id} is blocked: clear it"))
            return None
        if not request.moving:
            return None
        staging = dock.after(Pose2D(out * s.staging_m, 0.0, 0.0))
        return Wish(along(staging.seen_from(odom), out, self._speed(left)))

    def _free(self, out: float, left: float, now: float) -> bool:
        """Whether nothing stands in so many metres of the way out."""
        if self._scan is None or abs(now - self._scan[0]) > _SCAN_S:
            return False
        hits = np.asarray(self._scan[1], np.float64).reshape(-1, 2)
        return float(free_along_arc(hits, 0.1 * out, 0.0, self._body.reach, left + 0.1)) >= left

    def _align(self, request: Request, dock: Pose2D, now: float, odom: Pose2D) -> Wish | None:
        """As a docked robot is turned; one that leaves, away from the dock."""
        s = self._settings
        away = request.leaves and not request.dock.backwards
        error = wrapped(dock.yaw + (math.pi if away else 0.0) - odom.yaw)
        turn = turn_to(error, s.turn_w, s.aligned_rad)
        if not turn.still:
            return Wish(turn)
        if request.leaves:
            self._end(End.SUCCEEDED)
        else:
            self._go(Phase.LOOK, now)
        return None

    def _look(self, request: Request, now: float) -> None:
        """Until the marker has been seen often enough; without a camera, or a marker, the map has to do."""
        s, sight, waited = self._settings, request.sight, now - request.since
        if waited < s.steady_s:
            sight.look_again()
        elif sight.sure or not self.sees:
            self._go(Phase.APPROACH, now)
        elif waited > s.steady_s + s.perceive_s:
            if sight.refused > sight.fixes:
                self._retry(NotDetected(f"the board behind {request.dock.id} is another's: hang up its own"), now)
            else:
                self._go(Phase.APPROACH, now)

    def _approach(self, request: Request, dock: Pose2D, now: float, odom: Pose2D) -> Wish | None:
        s, at = self._settings, odom.seen_from(dock)
        left = request.dock.out * at.x
        if self._charging:
            self._end(End.SUCCEEDED)
        elif self._wheels.stalled or left < s.reached_m:
            self._go(Phase.CHARGE, now)
        elif left < s.askew_from_m and (abs(at.y) > s.askew_m or abs(at.yaw) > s.askew_rad):
            off = f"{abs(at.y):.2f} m and {math.degrees(abs(at.yaw)):.0f} degrees"
            self._retry(NotControlled(f"{off} off the line into {request.dock.id}"), now)
        elif self._wheels.held_s > s.blocked_s:
            self._retry(NotControlled(f"something stands {left:.1f} m before {request.dock.id}: clear it"), now)
        elif now - request.since > s.approach_s:
            self._retry(NotControlled(f"not in {request.dock.id} after {s.approach_s:.0f} s of approach"), now)
        else:
            return Wish(along(dock.seen_from(odom), -request.dock.out, self._speed(left)), dock)
        return None

    def _charge(self, request: Request, dock: Pose2D, now: float, odom: Pose2D) -> Wish | None:
        """Wait for current; without it press on a little, now and then."""
        s, waited = self._settings, now - request.since
        if self._charging:
            self._end(End.SUCCEEDED)
            return None
        if waited > s.charge_s:
            self._retry(NotCharging(f"at {request.dock.id}, and no current flows: check its contacts"), now)
            return None
        pressed = min(int(waited / s.press_every_s), s.presses) * s.press_m
        left = request.dock.out * odom.seen_from(dock).x
        if self._wheels.stalled or left < s.reached_m - pressed:
            return None
        return Wish(along(dock.seen_from(odom), -request.dock.out, s.creep), dock)

    def _speed(self, left: float) -> float:
        s = self._settings
        return min(s.speed, max(s.creep, s.slow_per_m * left))

    def _retry(self, error: DockingError, now: float) -> None:
        """Back to the staging pose, or give up."""
        request = self._request
        assert request is not None
        if request.retries + 1 >= self._settings.tries:
            self._end(End.ABORTED, error)
            return
        request.retries += 1
        request.retrying = True
        self.retries += 1
        self._go(Phase.OUT, now)

    def _go(self, phase: Phase, now: float) -> None:
        request = self._request
        assert request is not None
        request.phase, request.since, request.moving = phase, now, False
        if phase is Phase.LOOK:
            request.retrying = False
        self._wheels.begin()

    def _tell(self, now: float) -> None:
        request = self._request
        if request is None:
            return
        said = request.stage, request.retries
        if said != request.told or now - request.told_at >= _FEEDBACK_S:
            request.told, request.told_at = said, now
            self._effects.append(Feedback(request.stage, now - request.began, request.retries))

    def _end(self, end: End, error: DockingError | None = None) -> None:
        request = self._request
        if request is None:
            return
        if request.phase is Phase.STAGE:
            self._effects.append(StopNavigating())
        code, message = (error.code, error.message) if error else (0, "")
        self._effects.append(Ended(request.id, end, code, request.retries, message))
        self._request = None
