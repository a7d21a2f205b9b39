"""Whether the base does as it was told: held back by the collision monitor, or pushing against something."""

from __future__ import annotations

from robot_nodes.navigation.geometry import Pose2D, Twist2D

__all__ = ["Wheels"]

_MOVES = 0.02
"""m/s; less is standing."""
_HELD_SHARE = 0.25


class Wheels:
    """`commanded` is what `cmd_vel` says; `update` once for each odometry. Seconds, metres, frame odom."""

    def __init__(self, stall_s: float, stall_share: float) -> None:
        """:param stall_s: wheels that do less than `stall_share` of what was commanded for so long push."""
        self._stall_s, self._share = stall_s, stall_share
        self._commanded: float | None = None
        self.begin()

    def begin(self) -> None:
        """A new motion: nothing is held against the base any more."""
        self._held_since: float | None = None
        self._window: tuple[float, Pose2D] | None = None
        self._owed_m = 0.0
        self._last: float | None = None
        self.held_s = 0.0
        """For how long the monitor has let nothing through of a wish to drive."""
        self.stalled = False

    def commanded(self, v: float) -> None:
        """What was let through to the wheels, m/s."""
        self._commanded = v

    def update(self, now: float, odom: Pose2D, wish: Twist2D) -> None:
        """:param wish: what was wanted since the last odometry."""
        let = self._commanded
        elapsed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        if let is None:
            return
        if abs(wish.v) < _MOVES or abs(let) >= _HELD_SHARE * abs(wish.v):
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        self.held_s = 0.0 if self._held_since is None else now - self._held_since
        if abs(let) < _MOVES or self._window is None:
            self._window, self._owed_m = (now, odom), 0.0
            return
        began, start = self._window
        self._owed_m += abs(let) * elapsed
        if now - began >= self._stall_s:
            self.stalled = start.distance_to(odom.x, odom.y) < self._share * self._owed_m
            self._window, self._owed_m = (now, odom), 0.0
