"""Poses and velocities in the plane (REP-103: x forward, y left, yaw counter-clockwise, SI units)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape (n, 2), metres."""


def wrapped(angle: float) -> float:
    """The same angle in [-pi, pi)."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


@dataclass(frozen=True, slots=True)
class Pose2D:
    """A place and a direction in some frame, metres and radians."""

    x: float
    y: float
    yaw: float

    def after(self, step: Pose2D) -> Pose2D:
        """This pose moved by `step`, which is given in this pose's own frame."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return Pose2D(self.x + c * step.x - s * step.y, self.y + s * step.x + c * step.y, wrapped(self.yaw + step.yaw))

    def seen_from(self, base: Pose2D) -> Pose2D:
        """This pose in the frame of `base` (both in one frame): `base.after(result) == self`."""
        c, s = math.cos(base.yaw), math.sin(base.yaw)
        dx, dy = self.x - base.x, self.y - base.y
        return Pose2D(c * dx + s * dy, -s * dx + c * dy, wrapped(self.yaw - base.yaw))

    def distance_to(self, x: float, y: float) -> float:
        """Metres from here to a point of the same frame."""
        return math.hypot(x - self.x, y - self.y)

    def points_out(self, points: Points) -> Points:
        """Points given in this pose's frame, in the frame this pose is given in."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        rotation = np.array(((c, s), (-s, c)))
        return np.asarray(points @ rotation + np.array((self.x, self.y)))

    @property
    def finite(self) -> bool:
        """Whether all three numbers are numbers."""
        return math.isfinite(self.x) and math.isfinite(self.y) and math.isfinite(self.yaw)


@dataclass(frozen=True, slots=True)
class Twist2D:
    """Velocity of a differential drive: metres per second forward, radians per second counter-clockwise."""

    v: float = 0.0
    w: float = 0.0

    def scaled(self, factor: float) -> Twist2D:
        """The same curvature at another speed."""
        return Twist2D(self.v * factor, self.w * factor)

    @property
    def still(self) -> bool:
        """Whether this commands no motion at all."""
        return self.v == 0.0 and self.w == 0.0
