"""Where the dock is, in frame odom: what the approach is steered by.

A marker tells where the robot is on the map, and so where the dock is from the robot. The board hangs at the dock: the
errors of the robot's place and direction largely cancel in the dock's place, which the marker's whole covariance shows
when it is carried through. Fixes are fused by a Kalman filter that forgets a little with each, since nearer pictures
tell more. Until there are enough of them, the localiser's pose serves.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_nodes.docking.settings import DEFAULT, DockingSettings
from robot_nodes.navigation.geometry import Pose2D, wrapped

__all__ = ["Sight"]

_FORGETS = np.diag((0.004**2, 0.004**2, 0.004**2))
"""Added with each fix: what lies behind counts less."""
_STEP_M = 0.25
"""A fix that moves a settled dock by more than this is an error."""
_SMOOTH = 0.3
"""Share of a new pose of the localiser's."""


class Sight:
    """One dock. Feed it fixes with the odometry of their moments; `dock` is the docked base in frame odom."""

    def __init__(self, dock: Pose2D, settings: DockingSettings = DEFAULT) -> None:
        """:param dock: the docked base, frame map."""
        self._map, self._settings = dock, settings
        self._seen: Pose2D | None = None
        self._covariance = np.eye(3)
        self._believed: Pose2D | None = None
        self.fixes = self.refused = 0
        """Markers taken, and markers that cannot be this dock's, since the last `look_again`."""

    @property
    def dock(self) -> Pose2D | None:
        """The docked base in frame odom; None while nothing tells."""
        return self._seen if self.sure else self._believed

    @property
    def sure(self) -> bool:
        """Whether the marker has been seen often enough."""
        return self._seen is not None and self.fixes >= self._settings.fixes

    def look_again(self) -> None:
        """Forget what the marker told."""
        self._seen = None
        self.fixes = self.refused = 0

    def believe(self, pose: Pose2D, odom: Pose2D) -> None:
        """The localiser's pose of the base, frame map, and the odometry of that moment."""
        if not pose.finite or not odom.finite:
            return
        found = odom.after(self._map.seen_from(pose))
        old = self._believed
        if old is None or old.distance_to(found.x, found.y) > _STEP_M:
            self._believed = found
        else:
            self._believed = _moved(old, found, np.full(3, _SMOOTH))

    def fix(self, pose: Pose2D, covariance: NDArray[np.float64], odom: Pose2D) -> bool:
        """The base by a marker, frame map.

        :param covariance: shape (3, 3): x, y, yaw.
        :returns: whether it was taken: one that contradicts the localiser by far is another dock's, and one that comes
            before the localiser cannot be judged.
        """
        if self._believed is None or not pose.finite or not odom.finite or not _usable(covariance):
            return False
        found = odom.after(self._map.seen_from(pose))
        if not _near(self._believed, found, self._settings):
            self.refused += 1
            return False
        noise = _carried(self._map, pose, covariance, odom)
        if self._seen is None:
            self._seen, self._covariance = found, noise
        elif self._seen.distance_to(found.x, found.y) > _STEP_M:
            return False
        else:
            before = self._covariance + _FORGETS
            gain = before @ np.linalg.inv(before + noise)
            self._seen = _moved(self._seen, found, gain)
            self._covariance = (np.eye(3) - gain) @ before
        self.fixes += 1
        return True


def _near(believed: Pose2D, found: Pose2D, s: DockingSettings) -> bool:
    near = believed.distance_to(found.x, found.y) < s.plausible_m
    return near and abs(wrapped(found.yaw - believed.yaw)) < s.plausible_rad


def _usable(covariance: NDArray[np.float64]) -> bool:
    return (
        covariance.shape == (3, 3) and bool(np.isfinite(covariance).all()) and bool((np.diag(covariance) > 0.0).all())
    )


def _moved(a: Pose2D, b: Pose2D, gain: NDArray[np.float64]) -> Pose2D:
    """From a towards b; `gain` a matrix, or a share for each of x, y, yaw."""
    step = np.array((b.x - a.x, b.y - a.y, wrapped(b.yaw - a.yaw)))
    step = gain @ step if gain.ndim == 2 else gain * step
    return Pose2D(a.x + float(step[0]), a.y + float(step[1]), wrapped(a.yaw + float(step[2])))


def _carried(dock: Pose2D, pose: Pose2D, covariance: NDArray[np.float64], odom: Pose2D) -> NDArray[np.float64]:
    """The covariance of the dock in frame odom, given that of the base in frame map: J C J' with J the derivatives of
    odom * pose^-1 * dock by pose."""
    turn = odom.yaw - pose.yaw
    c, s = math.cos(turn), math.sin(turn)
    rotation = np.array(((c, -s), (s, c)))
    j = -np.eye(3)
    j[:2, :2] = -rotation
    j[:2, 2] = rotation @ (dock.y - pose.y, -(dock.x - pose.x))
    return np.asarray(j @ covariance @ j.T + 1e-8 * np.eye(3))
