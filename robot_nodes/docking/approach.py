"""The control law of the approach: Park and Kuipers, "A smooth control law for graceful motion of differential wheeled
mobile robots in 2D environment", ICRA 2011.

With r, the distance to a target pose, the line of sight to it, and the directions of the robot (delta) and of the
target (phi) from that line, the curvature is

    kappa = -1/r (k2 (delta - atan(-k1 phi)) + (1 + k1 / (1 + (k1 phi)^2)) sin delta).

The target lies `BEYOND_M` behind the pose to be reached, so that r never gets small: with k1 = 3 and k2 = 2 small
errors aside shrink as r^3, from 0.1 m at 1.25 m to less than 3 mm at 0.25 m, and the direction with them.
"""

from __future__ import annotations

import math

from robot_nodes.navigation.geometry import Pose2D, Twist2D, wrapped

__all__ = ["BEYOND_M", "along", "curvature", "turn_to"]

BEYOND_M = 0.25
_K1, _K2 = 3.0, 2.0
_BETA, _LAMBDA = 0.4, 2.0
"""The speed is that on a straight line by 1 + beta |kappa|^lambda."""
_SHARPEST = 3.0
"""1/m."""
_LEAST_W = 0.08
"""rad/s: less does not overcome the wheels' friction."""


def curvature(target: Pose2D) -> float:
    """1/m, bounded; `target` in the frame of a robot that drives forward."""
    r = math.hypot(target.x, target.y)
    if r < 1e-3:
        return 0.0
    sight = math.atan2(target.y, target.x)
    delta, phi = -sight, wrapped(target.yaw - sight)
    k = _K2 * (delta - math.atan(-_K1 * phi)) + (1.0 + _K1 / (1.0 + (_K1 * phi) ** 2)) * math.sin(delta)
    return min(max(-k / r, -_SHARPEST), _SHARPEST)


def along(goal: Pose2D, sign: float, speed: float) -> Twist2D:
    """The command towards a pose, to be reached straight on.

    :param goal: in the base's frame. `sign`: 1: driving forward, -1: backwards. `speed`: m/s, on a straight line.
    """
    beyond = goal.after(Pose2D(sign * BEYOND_M, 0.0, 0.0))
    # Driving backwards is driving forward for a robot that looks the other way.
    kappa = curvature(Pose2D(sign * beyond.x, sign * beyond.y, beyond.yaw))
    v = speed / (1.0 + _BETA * abs(kappa) ** _LAMBDA)
    return Twist2D(sign * v, kappa * v)


def turn_to(error: float, most: float, done: float) -> Twist2D:
    """Turning on the spot by what is left, radians; still once that is less than `done`."""
    if abs(error) < done:
        return Twist2D()
    return Twist2D(0.0, math.copysign(min(max(1.5 * abs(error), _LEAST_W), most), error))
