"""Where Nav2's localiser has the robot, between its messages too.

AMCL speaks when the robot has moved a quarter of a metre or turned a fifth of a radian (its defaults). Whoever looks
for people in a scan needs the pose of that scan: the last one carried on by the odometry, as AMCL's own `map` -> `odom`
transform does it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from robot_nodes.navigation.geometry import Pose2D

__all__ = ["Whereabouts"]

_ORIGIN = Pose2D(0.0, 0.0, 0.0)
_FARTHEST_M = 1e5
_JUMP_M = 1.5
"""Farther than this no robot gets between two odometries."""
_MOVED_M = 0.02
_MOVED_RAD = 0.02


class Whereabouts:
    """Feed it `amcl_pose` and `odom`."""

    def __init__(self) -> None:
        self.covariance: Sequence[float] = (0.0,) * 36
        """Of the last `amcl_pose`, 6 x 6 as ROS has it."""
        self.refused = 0
        """Poses that were no numbers."""
        self._odoms: deque[tuple[float, Pose2D]] = deque(maxlen=60)
        self._correction: Pose2D | None = None
        self._plain: Pose2D | None = None
        self._told: Pose2D | None = None
        self._told_at = 0.0

    @property
    def pose(self) -> Pose2D | None:
        """The robot in frame map; None before anything is known."""
        if self._correction is None or not self._odoms:
            return self._plain
        return self._correction.after(self._odoms[-1][1])

    def on_pose(self, stamp: float, pose: Pose2D, covariance: Sequence[float]) -> bool:
        """Take an `amcl_pose`; False if it is none.

        :param stamp: seconds, of the scan it was found by.
        """
        if not _usable(pose):
            self.refused += 1
            return False
        self._plain, self.covariance = pose, covariance
        if self._odoms:
            _, odom = min(self._odoms, key=lambda item: abs(item[0] - stamp))
            self._correction = pose.after(_ORIGIN.seen_from(odom))
        return True

    def on_odom(self, stamp: float, odom: Pose2D) -> None:
        """Take the base in frame odom."""
        if not _usable(odom):
            self.refused += 1
            return
        here = self.pose
        if self._odoms:
            before = self._odoms[-1][1]
            if stamp < self._odoms[-1][0]:
                self._odoms.clear()  # the clock was turned back
            if odom.distance_to(before.x, before.y) > _JUMP_M:
                self._odoms.clear()  # the odometry began anew: the robot is where it was
                self._correction = None
        if self._correction is None and here is not None:
            self._correction = here.after(_ORIGIN.seen_from(odom))
        self._odoms.append((stamp, odom))

    def news(self, now: float, moving_s: float = 0.09, standing_s: float = 0.5) -> Pose2D | None:
        """The pose, where it is time to tell it: ten times a second while it changes, twice while it does not.

        :param now: seconds, monotonic.
        """
        pose, told = self.pose, self._told
        if pose is None:
            return None
        moved = told is None or pose.distance_to(told.x, told.y) > _MOVED_M or abs(_turn(pose, told)) > _MOVED_RAD
        if now - self._told_at < (moving_s if moved else standing_s) and told is not None:
            return None
        self._told, self._told_at = pose, now
        return pose


def _turn(pose: Pose2D, before: Pose2D) -> float:
    return pose.seen_from(before).yaw


def _usable(pose: Pose2D) -> bool:
    return pose.finite and max(abs(pose.x), abs(pose.y)) < _FARTHEST_M
