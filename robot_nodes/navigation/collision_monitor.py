"""Collision monitor: the last word before the wheels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numba import njit

from robot_nodes.navigation.geometry import Points, Twist2D
from robot_nodes.navigation.settings import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorLimits:
    """How the monitor judges a command."""

    brake: float = 0.65
    """m/s2; what the base surely brakes with (it can do 0.8)."""
    reaction_s: float = 0.15
    """Half a scan period, and the time until the wheels obey."""
    look_m: float = 2.0
    """Metres of the commanded arc that are looked at; braking from 1 m/s takes 0.95 m."""
    stale_s: float = 0.3
    """A scan older than this counts as a wall."""


def limited(command: Twist2D, hits: Points, scan_age_s: float, body: Body, limits: MonitorLimits) -> Twist2D:
    """The fastest version of `command` from which the robot can still stop before anything it sees.

    A return that is already nearer than the body's margin forbids only motion towards it, so that the robot can always
    leave. The body is round: turning on the spot touches nothing.

    :param hits: lidar returns, shape (n, 2), metres, base frame.
    :returns: `command` scaled by one factor in [0, 1], so its curvature is kept.
    """
    if scan_age_s > limits.stale_s or not (math.isfinite(command.v) and math.isfinite(command.w)):
        return Twist2D()
    if command.v == 0.0:
        return command
    free = float(free_along_arc(hits, command.v, command.w, body.reach, limits.look_m))
    allowed = stoppable(free, limits.brake, limits.reaction_s)
    return command if allowed >= abs(command.v) else command.scaled(allowed / abs(command.v))


def stoppable(free_m: float, brake: float, reaction_s: float) -> float:
    """The speed from which `free_m` suffice to stop: v t + v^2 / 2a = d, solved for v."""
    lead = brake * reaction_s
    return max(0.0, math.sqrt(lead * lead + 2.0 * brake * max(free_m, 0.0)) - lead)


@njit(cache=True)
def free_along_arc(hits: Any, v: float, w: float, reach: float, look: float) -> float:
    """Metres the base may drive along the arc of (v, w) until a return is within `reach` and coming nearer."""
    step = 0.04
    count = int(look / step)
    turn = w / abs(v)
    sign = 1.0 if v > 0.0 else -1.0
    best = look
    for i in range(hits.shape[0]):
        hx, hy = hits[i, 0], hits[i, 1]
        before = math.hypot(hx, hy)
        if before > best + reach:
            continue
        for k in range(1, count + 1):
            along = k * step
            if along > best:
                break
            if abs(turn) < 1e-4:
                x, y = sign * along, 0.0
            else:
                x, y = sign * math.sin(turn * along) / turn, sign * (1.0 - math.cos(turn * along)) / turn
            away = math.hypot(hx - x, hy - y)
            if away < reach and away < before - 1e-4:
                best = along - step
                break
            before = away
    return best
