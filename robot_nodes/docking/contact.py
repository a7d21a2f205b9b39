"""The collision monitor, but for the charger: the one thing a robot is to touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.collision_monitor import MonitorLimits, limited
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.settings import Body
from robot_nodes.navigation.social import NOBODY

__all__ = ["CONTACT_MPS", "let_through"]

CONTACT_MPS = 0.1
_PAST_M, _BEFORE_M = 0.1, 1.5
"""How far past the docked pose and before it a robot may be that drives at a charger."""
_ASIDE_M, _ASKEW = 0.2, 0.35
_FACE_M = 0.06
"""The charger's face may stand this much nearer than the plan has it."""
_DEEP_M, _HALF_M = 0.6, 0.35
"""Depth of a charger, and half its width."""


def let_through(
    wish: Twist2D,
    dock: Pose2D | None,
    hits: Points,
    scan_age_s: float,
    body: Body,
    limits: MonitorLimits,
    *,
    odom_age_s: float = 0.0,
    movers: Points = NOBODY,
) -> Twist2D:
    """What of docking's wish goes to the wheels.

    Everything counts as it does for driving; only towards the dock, and at no more than 0.1 m/s, the returns of the
    charger itself do not.

    :param dock: the docked base in the base's frame; None: the robot drives away from it.
    :param hits: lidar returns, shape (n, 2), metres, base frame. `movers`: as `collision_monitor.limited` has them.
    """
    safe = limited(wish, hits, scan_age_s, body, limits, odom_age_s=odom_age_s, movers=movers)
    hits = np.asarray(hits, np.float64).reshape(-1, 2)
    if dock is None or not _towards(wish, dock) or not np.isfinite(hits).all():  # what is no number is no charger
        return safe
    slow = wish.scaled(min(1.0, CONTACT_MPS / abs(wish.v)))
    rest = hits[~_of_charger(hits, dock, wish.v, body.radius)]
    through = limited(slow, rest, scan_age_s, body, limits, odom_age_s=odom_age_s, movers=movers)
    return through if abs(through.v) > abs(safe.v) else safe


def _towards(wish: Twist2D, dock: Pose2D) -> bool:
    """Whether a robot that may drive at its dock does."""
    if not dock.finite or not abs(wish.v) > 0.0:
        return False
    at = Pose2D(0.0, 0.0, 0.0).seen_from(dock)
    left = at.x if wish.v < 0.0 else -at.x
    return -_PAST_M <= left <= _BEFORE_M and abs(at.y) <= _ASIDE_M and abs(at.yaw) <= _ASKEW


def _of_charger(hits: Points, dock: Pose2D, v: float, radius: float) -> NDArray[np.bool_]:
    """Which returns lie where the charger stands: behind the face that a docked robot touches; shape (n,)."""
    back = Pose2D(0.0, 0.0, 0.0).seen_from(dock).points_out(hits)
    deep = (back[:, 0] if v > 0.0 else -back[:, 0]) - radius
    return np.asarray((deep > -_FACE_M) & (deep < _DEEP_M) & (np.abs(back[:, 1]) < _HALF_M))
