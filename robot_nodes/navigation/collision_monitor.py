"""Collision monitor: the last word before the wheels.

It believes nobody: whatever is commanded, the robot can still stop before what the scan shows, and stands still before
who walks is predicted to be in its way. Time to collision is taken with the round footprint along the commanded arc, as
the `approach` polygons of Nav2's collision_monitor do, but with the base braking.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from robot_nodes.navigation.footprint import free_along_arc
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.settings import Body, ControlLimits
from robot_nodes.navigation.social import NOBODY, usable

__all__ = ["MonitorLimits", "free_along_arc", "limited", "movers_in_base", "stoppable"]

PERSON_M = 0.25
"""Half the width of somebody who walks."""
_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.12)


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
    """A scan older than this counts as a wall, and odometry as none."""
    still_s: float = 0.25
    """The robot stands for so long before somebody who walks is predicted to reach it."""
    v_max: float = 1.0
    reverse_max: float = 0.15
    """Backwards only as a recovery."""
    w_max: float = 1.2

    @classmethod
    def of(cls, limits: ControlLimits, stale_s: float) -> MonitorLimits:
        """For a base's limits: nothing faster leaves the monitor."""
        return cls(stale_s=stale_s, v_max=limits.v_max, w_max=limits.w_max)


def limited(
    command: Twist2D,
    hits: Points,
    scan_age_s: float,
    body: Body,
    limits: MonitorLimits,
    *,
    odom_age_s: float = 0.0,
    movers: Points = NOBODY,
) -> Twist2D:
    """The fastest version of `command` from which the robot can still stop before anything it sees.

    A return that is already nearer than the body's margin forbids only motion towards it, so that the robot can always
    leave. The body is round: turning on the spot touches nothing.

    :param hits: lidar returns, shape (n, 2), metres, base frame.
    :param movers: who walks, shape (m, 4): x, y, vx, vy, base frame, velocities over the floor. Without them the scan
        alone counts, as it stands.
    :returns: `command` scaled by one factor in [0, 1], so its curvature is kept; where it may not drive at all, its
        turning alone.
    """
    fresh = scan_age_s <= limits.stale_s and odom_age_s <= limits.stale_s  # false for nan, too
    if not fresh or not (math.isfinite(command.v) and math.isfinite(command.w)):
        return Twist2D()
    command = _bounded(command, limits)
    if command.v == 0.0:
        return command
    hits = np.asarray(hits, np.float64).reshape(-1, 2)
    free = float(free_along_arc(hits, command.v, command.w, body.reach, limits.look_m))
    allowed = stoppable(free, limits.brake, limits.reaction_s)
    if allowed <= 0.0:
        return Twist2D(0.0, command.w)
    if allowed < abs(command.v):
        command = command.scaled(allowed / abs(command.v))
    return _past_people(command, usable(movers), body, limits)


def _past_people(command: Twist2D, movers: Points, body: Body, limits: MonitorLimits) -> Twist2D:
    """The fastest share of a command that meets nobody."""
    if command.v == 0.0 or not len(movers):
        return command
    reach = body.reach + PERSON_M
    for share in _SHARES:
        slower = command.scaled(share)
        if not meets(movers, slower.v, slower.w, reach, limits.brake, limits.reaction_s, limits.still_s):
            return slower
    return Twist2D()


def movers_in_base(people: Points, pose: Pose2D) -> Points:
    """Tracks of frame map, shape (m, 4), in the base's frame; velocities stay those over the floor."""
    if not len(people):
        return NOBODY
    c, s = math.cos(pose.yaw), math.sin(pose.yaw)
    turn = np.array(((c, -s), (s, c)))
    return np.column_stack(((people[:, :2] - (pose.x, pose.y)) @ turn, people[:, 2:4] @ turn))


def stoppable(free_m: float, brake: float, reaction_s: float) -> float:
    """The speed from which `free_m` suffice to stop: v t + v^2 / 2a = d, solved for v."""
    lead = brake * reaction_s
    return max(0.0, math.sqrt(lead * lead + 2.0 * brake * max(free_m, 0.0)) - lead)


def _bounded(command: Twist2D, limits: MonitorLimits) -> Twist2D:
    """Scaled into what the base may do at all, backwards slowly."""
    most = limits.v_max if command.v > 0.0 else limits.reverse_max
    over = max(abs(command.v) / most, abs(command.w) / limits.w_max, 1.0)
    if over == 1.0:
        return command
    v = min(max(command.v / over, -limits.reverse_max), limits.v_max)
    return Twist2D(v, min(max(command.w / over, -limits.w_max), limits.w_max))


@njit(cache=True)
def meets(movers: Any, v: float, w: float, reach: float, brake: float, reaction: float, still: float) -> bool:
    """Whether somebody is reached, or reaches the robot's front, before it has stood still for `still` seconds.

    The robot drives on for `reaction`, then brakes along its arc; people keep their velocity. Contacts that the robot
    only suffers (from behind, or by who comes no nearer) do not count: braking would not help.
    """
    dt = 0.05
    stop = reaction + abs(v) / brake
    steps = int((stop + still) / dt) + 1
    turn = w / v
    for m in range(movers.shape[0]):
        px, py, vx, vy = movers[m, 0], movers[m, 1], movers[m, 2], movers[m, 3]
        before = math.hypot(px, py)
        if before > 4.0 + reach:
            continue
        for k in range(1, steps + 1):
            t = k * dt
            braked = min(max(t - reaction, 0.0), abs(v) / brake)
            along = abs(v) * (min(t, reaction) + braked) - 0.5 * brake * braked * braked
            along = along if v > 0.0 else -along
            angle = turn * along
            if abs(turn) < 1e-4:
                x, y = along, 0.0
            else:
                x, y = math.sin(angle) / turn, (1.0 - math.cos(angle)) / turn
            dx, dy = px + vx * t - x, py + vy * t - y
            away = math.hypot(dx, dy)
            ahead = (dx * math.cos(angle) + dy * math.sin(angle)) * (1.0 if v > 0.0 else -1.0)
            if away < reach and away < before - 1e-6 and ahead > 0.0:
                return True
            before = away
    return False
