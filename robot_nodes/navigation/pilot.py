"""One robot's driving without ROS: odometry, scans and goals in, commands and what there is to tell out.

Odometry sets the pace: each one is answered by one command, at the pose the localiser gave for the last scan carried on
by the odometry since. A scan may come before or after the odometry of its time; it waits for it.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from maps.lanes import LaneGraph
from robot_nodes.docking.contact import let_through
from robot_nodes.navigation.belief import State
from robot_nodes.navigation.collision_monitor import MonitorLimits, movers_in_base
from robot_nodes.navigation.errors import Fault
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.goals import Status
from robot_nodes.navigation.localiser import Estimate, Localiser
from robot_nodes.navigation.navigator import Navigator
from robot_nodes.navigation.settings import Settings
from robot_nodes.navigation.social import people_array, walking
from robot_nodes.navigation.zones import Zone
from robot_nodes.seeing.people import PeopleTracker, Person

__all__ = ["Cycle", "Look", "Pilot"]

_SYNC_S = 0.005
"""Stamps this near are of one time."""
_WISH_S = 0.3
"""A wish of docking's holds for so long: if it fails the robot stands."""
_log = structlog.get_logger("navigation")


@dataclass(frozen=True, slots=True)
class Look:
    """What one scan gave.

    :ivar stamp: of the scan, seconds of ROS time.
    :ivar odom: the base in frame odom at that time.
    """

    stamp: float
    odom: Pose2D
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one odometry gave.

    :ivar pose: in frame map, at the odometry's time.
    :ivar look: of the scan taken in before, where there was one.
    """

    command: Twist2D
    pose: Pose2D
    status: Status | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What docking wants; see `Pilot.docking`."""

    stamp: float
    twist: Twist2D
    dock: Pose2D | None


class Pilot:
    """Feed it odometry and scans in the order they come; `navigator` takes the goals. For one thread."""

    def __init__(
        self,
        field: ClearanceField,
        lanes: LaneGraph,
        start: Pose2D,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.perf_counter,
        zones: Sequence[Zone] = (),
    ) -> None:
        """:param zones: of the floor plan.
        :param clock: for the measured times only."""
        self.localiser = Localiser(field, start)
        self.navigator = Navigator(field, lanes, settings, zones=zones)
        self._settings = settings or Settings()
        self._monitor = MonitorLimits.of(self._settings.limits, self._settings.patience.silent_after_s)
        self._wish: _Wish | None = None
        self._tracker = PeopleTracker(field)
        self._people: list[Person] = []
        self._clock = clock
        self._odoms: deque[tuple[float, Pose2D]] = deque(maxlen=40)
        self._waiting: tuple[float, Points] | None = None
        self._last: Look | None = None
        self._hits: Points = np.empty((0, 2))
        self.faults = 0
        self.localiser_s = self.controller_s = 0.0
        """What the last scan's localisation and the last command took, seconds."""

    @property
    def last_scan_s(self) -> float:
        """Stamp of the last scan taken in; NaN before the first."""
        return self._last.stamp if self._last else math.nan

    @property
    def last_odom_s(self) -> float:
        """Stamp of the last odometry; NaN before the first."""
        return self._odoms[-1][0] if self._odoms else math.nan

    def scan(self, stamp: float, hits: Points) -> None:
        """Take a scan.

        :param hits: its finite returns in the order of the beams, shape (n, 2), metres, base frame.
        """
        overtaken, self._waiting = self._waiting, (stamp, hits)
        if overtaken is not None and self._odoms:
            try:
                self._look(*overtaken)
            except Exception:
                self._fault()

    def odometry(self, stamp: float, odom: Pose2D, now: float) -> Cycle:
        """Take odometry; answers with the next command, whatever happens in between.

        :param odom: the base in frame odom at `stamp`.
        :param now: seconds, ROS time: tells how old the last scan is.
        """
        if self._odoms and stamp < self._odoms[-1][0] - _SYNC_S:
            self._odoms.clear()  # the clock was turned back
            self._last = None
        self._odoms.append((stamp, odom))
        try:
            return self._cycle(stamp, odom, now)
        except Exception:
            self._fault()
            return Cycle(Twist2D(), self.localiser.estimate)

    def _fault(self) -> None:
        """Whatever went wrong, counted and told: the process and the next command go on."""
        self.faults += 1
        _log.exception("fault while driving: the robot stands still, its goal is given up")
        self.navigator.abort(Fault("fault inside navigation; see the robot's log and send the goal again"))

    def _cycle(self, stamp: float, odom: Pose2D, now: float) -> Cycle:
        look = None
        if self._waiting is not None and self._waiting[0] <= stamp + _SYNC_S:
            waiting, self._waiting = self._waiting, None
            look = self._look(*waiting)
        if self._last is None:
            return Cycle(Twist2D(), self.localiser.estimate)
        moved = odom.seen_from(self._last.odom)
        pose = self._last.estimate.pose.after(moved)
        began = self._clock()
        if look:
            self._mind_the_pose(look, stamp)
            self._watch_people(look)
        hits = Pose2D(0.0, 0.0, 0.0).seen_from(moved).points_out(self._hits)
        people = people_array(self._people, max(0.0, stamp - self._last.stamp))
        ages = max(0.0, now - self._last.stamp), max(0.0, now - stamp)
        command, status = self.navigator.step(pose, hits, ages[0], stamp, people, ages[1])
        if self._wish is not None and self._docks(stamp):
            movers = movers_in_base(walking(people, self._settings.manners), pose)
            dock = self._wish.dock.seen_from(odom) if self._wish.dock else None
            body, limits = self._settings.body, self._monitor
            command = let_through(
                self._wish.twist, dock, hits, ages[0], body, limits, odom_age_s=ages[1], movers=movers
            )
        self.controller_s = self._clock() - began
        return Cycle(command, pose, status, look)

    def docking(self, stamp: float, wish: Twist2D, dock: Pose2D | None = None) -> None:
        """What docking wants of the wheels: done, as far as the collision monitor lets it, while there is no goal.

        :param stamp: of the odometry it was thought of with, seconds of ROS time.
        :param dock: the docked base in frame odom while the robot drives at it: the charger there may be touched.
        """
        self._wish = _Wish(stamp, wish, dock)

    def _docks(self, stamp: float) -> bool:
        """Whether docking's wish counts now. A goal goes first; a robot that is held or lost stands."""
        wish, navigator = self._wish, self.navigator
        if wish is None or not -_SYNC_S <= stamp - wish.stamp <= _WISH_S:
            return False
        return not (navigator.under_way or navigator.paused or navigator.lost)

    def marker(self, seen: Pose2D, covariance: NDArray[np.float64]) -> bool:
        """An absolute pose of the robot, frame map, at the time of the last scan, from a marker; whether it was taken.

        :param covariance: shape (3, 3): x, y, yaw.
        """
        return self.localiser.marker(seen, covariance)

    def _mind_the_pose(self, look: Look, now: float) -> None:
        """Nobody is led on a pose that is wrong, and the way is planned anew once it is right again."""
        lost = look.estimate.state is State.LOST
        if lost and not self.navigator.lost:
            _log.warning("lost: looking around", explained=round(look.estimate.explained, 2))
            self.navigator.lost = True
        elif self.navigator.lost and look.estimate.state is State.CERTAIN:
            _log.info("found again", x=round(look.estimate.pose.x, 2), y=round(look.estimate.pose.y, 2))
            self.navigator.found(look.estimate.pose, now)

    def _watch_people(self, look: Look) -> None:
        """Who walks about, while there is somewhere to go."""
        if (self.navigator.under_way and not self.navigator.paused) or self._docks(look.stamp):
            self._people = self._tracker.update(look.estimate.pose, self._hits, look.stamp)
        else:
            self._people = []

    def _look(self, stamp: float, hits: Points) -> Look:
        """Localise with the odometry nearest to the scan."""
        _, odom = min(self._odoms, key=lambda item: abs(item[0] - stamp))
        began = self._clock()
        self._last = Look(stamp, odom, self.localiser.update(odom, hits))
        self.localiser_s = self._clock() - began
        self._hits = hits
        return self._last
