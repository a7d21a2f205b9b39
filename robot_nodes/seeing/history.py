"""Where the robot was at a given moment: poses with their stamps, for pictures that come earlier or later than they."""

from __future__ import annotations

from collections import deque

from robot_nodes.navigation.geometry import Pose2D, wrapped

__all__ = ["PoseHistory"]

_LENGTH = 40
"""Poses that are kept: four seconds at 10 Hz."""
_AHEAD_S = 0.3
"""A pose is carried on by the last motion for no longer than this; a motion is told by poses no farther apart."""
_BEFORE_S = 0.5
"""A moment so long before the first pose is not known."""


class PoseHistory:
    """`add` poses as they come, ask `at` a moment; seconds of one clock, one frame."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, Pose2D]] = deque(maxlen=_LENGTH)

    def add(self, stamp: float, pose: Pose2D) -> None:
        """Take a pose; one that is no number is left out, and one that is older than the last begins a new history."""
        if not pose.finite:
            return
        if self._poses and stamp <= self._poses[-1][0]:
            if stamp == self._poses[-1][0]:
                self._poses.pop()
            else:
                self._poses.clear()  # the clock was turned back
        self._poses.append((stamp, pose))

    def at(self, stamp: float) -> Pose2D | None:
        """The pose at a moment: between two poses on the way from one to the other, after the last one carried on by
        the last motion for up to 0.3 s (longer ago nobody has told of a motion: the last one). None before the first.
        """
        if not self._poses:
            return None
        last, pose = self._poses[-1]
        if stamp >= last:
            return pose.after(self._onward(stamp - last))
        later = self._poses[-1]
        for earlier in reversed(self._poses):
            if earlier[0] <= stamp:
                return _between(earlier, later, stamp)
            later = earlier
        return later[1] if later[0] - stamp < _BEFORE_S else None

    def _onward(self, seconds: float) -> Pose2D:
        """The last motion, carried on for so long; in the frame of the last pose."""
        if len(self._poses) < 2 or seconds > _AHEAD_S:
            return Pose2D(0.0, 0.0, 0.0)
        (began, before), (ended, after) = self._poses[-2], self._poses[-1]
        if ended - began > _AHEAD_S:
            return Pose2D(0.0, 0.0, 0.0)
        share = seconds / (ended - began)
        moved = after.seen_from(before)
        return Pose2D(share * moved.x, share * moved.y, share * moved.yaw)


def _between(a: tuple[float, Pose2D], b: tuple[float, Pose2D], stamp: float) -> Pose2D:
    share = (stamp - a[0]) / (b[0] - a[0])
    first, second = a[1], b[1]
    return Pose2D(
        first.x + share * (second.x - first.x),
        first.y + share * (second.y - first.y),
        wrapped(first.yaw + share * wrapped(second.yaw - first.yaw)),
    )
