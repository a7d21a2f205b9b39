"""What comes from the sensors, made safe to compute with; and everything that went wrong, counted and told once.

No part below sees a clock that jumps: `Timeline` turns ROS stamps into seconds that only go on. What cannot be used is
left out, which the collision monitor takes for silence: the robot stops within 0.3 s, and goes on with what is good
again.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from robot_nodes.navigation.errors import BadOdometry, BadScan, ClockJump, Lost, NavigationError, SensorsSilent
from robot_nodes.navigation.geometry import Pose2D

__all__ = ["Faults", "Intake", "Timeline", "Watchdog"]

TELL_EVERY_S = 10.0
"""A complaint about messages that come many times a second is not told more often."""
_FREQUENT = frozenset({BadScan.kind, BadOdometry.kind})
SILENT_ABORT_S = 5.0
LOST_ABORT_S = 90.0
"""A kidnapped robot is found again in less; after that the map does not fit."""
_BACK_S = 0.005
_AHEAD_S = 5.0
"""A clock that goes on by so much between two odometries was set."""
_PERIOD_S = 0.05
_SCAN_OFF_S = 1.0
"""A scan from so long before or after the newest odometry is of another time."""
_JUMP_M = 0.5
_JUMP_MPS = 3.0
_FARTHEST_M = 1e5


@dataclass(slots=True)
class Faults:
    """How often what went wrong, and the last line of each kind.

    :ivar counts: by `NavigationError.kind`.
    """

    counts: Counter[str] = field(default_factory=Counter)
    last: dict[str, str] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)

    def note(self, error: NavigationError, now: float) -> str | None:
        """Count it; its line, where it is time to tell it.

        :param now: seconds, monotonic.
        """
        self.counts[error.kind] += 1
        self.last[error.kind] = error.message
        if error.kind in _FREQUENT and now - self._told.get(error.kind, -math.inf) < TELL_EVERY_S:
            return None
        self._told[error.kind] = now
        return error.message

    def values(self) -> dict[str, str | int]:
        """For diagnostics."""
        found: dict[str, str | int] = {f"{kind}_faults": count for kind, count in sorted(self.counts.items())}
        return found | {f"last_{kind}": text for kind, text in sorted(self.last.items())}


@dataclass(slots=True)
class Timeline:
    """ROS time -> seconds that go on whatever happens to the clock."""

    _offset: float = 0.0
    _last: float = math.nan

    def at(self, stamp: float) -> float:
        """A stamp, or the clock's now, on the timeline."""
        return stamp + self._offset

    def advance(self, stamp: float) -> tuple[float, ClockJump | None]:
        """Take the stamp of an odometry, which sets the pace; the clock's jump, if it was set since the last one."""
        before, self._last = self._last, stamp
        step = stamp - before
        if math.isnan(before) or -_BACK_S <= step <= _AHEAD_S:
            return stamp + self._offset, None
        self._offset -= step - _PERIOD_S
        way = "back" if step < 0.0 else "ahead"
        return stamp + self._offset, ClockJump(
            f"clock set {way} by {abs(step):.1f} s: driving goes on; check /clock, or the time server"
        )


class Intake:
    """Odometry and scans on their way to the pilot. For one thread."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._odom: tuple[float, Pose2D] | None = None
        self.scans = 0
        """Usable ones so far."""

    def at(self, stamp: float) -> float:
        """A ROS stamp on the timeline."""
        return self._timeline.at(stamp)

    def now(self, ros_now: float) -> float:
        """The clock's now on the timeline; never before the newest odometry."""
        now = self._timeline.at(ros_now)
        return now if self._odom is None else max(now, self._odom[0])

    def odometry(self, stamp: float, pose: Pose2D) -> tuple[float | None, list[NavigationError]]:
        """Its time on the timeline, None where it is to be left out; and what is wrong with it."""
        if not (pose.finite and max(abs(pose.x), abs(pose.y)) < _FARTHEST_M):
            return None, [BadOdometry(f"odometry ({pose.x}, {pose.y}, {pose.yaw}) left out: check the base's driver")]
        at, jump = self._timeline.advance(stamp)
        wrong: list[NavigationError] = [jump] if jump else []
        if self._odom is not None:
            then, before = self._odom
            step = pose.distance_to(before.x, before.y)
            if step > _JUMP_M + _JUMP_MPS * max(0.0, at - then):
                wrong.append(BadOdometry(f"odometry jumped by {step:.1f} m: the scans tell where the robot is"))
        self._odom = (at, pose)
        return at, wrong

    def scan(self, stamp: float) -> float:
        """Its time on the timeline.

        :raises BadScan: it is of another time than the odometry.
        """
        at = self._timeline.at(stamp)
        if self._odom is not None and not abs(at - self._odom[0]) < _SCAN_OFF_S:
            off = at - self._odom[0]
            raise BadScan(f"scan left out: {off:+.1f} s from the odometry's time; check the drivers' clocks")
        self.scans += 1
        return at


@dataclass(slots=True)
class Watchdog:
    """Reasons to give up a goal that no message brings. Ask it twice a second."""

    _scans: int = -1
    _lost_since: float = math.nan

    def reason(self, now: float, last_scan: float, scans: int, lost: bool) -> NavigationError | None:
        """:param now: on the timeline, as `last_scan`, the time of the last usable one (NaN: none yet).
        :param scans: usable scans so far.
        :param lost: whether the robot does not know where it is.
        """
        quiet, self._scans = scans == self._scans, scans  # a clock that has just been set is no silence
        self._lost_since = (now if math.isnan(self._lost_since) else self._lost_since) if lost else math.nan
        silent = now - last_scan
        if quiet and silent > SILENT_ABORT_S:
            return SensorsSilent(f"no usable scan for {silent:.0f} s: check the lidar and send the goal again")
        if now - self._lost_since > LOST_ABORT_S:
            return Lost(
                f"lost for {now - self._lost_since:.0f} s: send an initialpose, and check that the map fits the hall"
            )
        return None
