"""One step of everybody: forces, then the hard rules. Compiled."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sim.contacts import PERSON_RADIUS_M
from sim.fields import clearance

RELAX_S = 0.5
"""Time in which a person takes up the speed they want (Helbing and Molnar 1995)."""
ROBOT_GAP_M = 0.20
"""Nobody steps closer to a robot than this, surface to surface."""
STRANGE_ROBOT_M = 1.2
OWN_ROBOT_M = 0.45
"""Gap under which a person begins to make way for a robot, and for the robot that serves them."""
PUSH_MAX = 4.0
"""Greatest acceleration, m/s2."""


@njit(cache=True)
def advance(
    near_cm: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    position: Any,
    velocity: Any,
    target: Any,
    pace: Any,
    mode: Any,
    own: Any,
    robots: Any,
    dt: float,
) -> None:
    """Move everyone who is there (`mode` > 0) by `dt` seconds, in place.

    :param robots: shape (n, 5): x, y, yaw, v, radius; own: index of the robot a person is with, or -1.
    """
    for i in range(position.shape[0]):
        if mode[i] == 0:
            continue
        x, y = position[i, 0], position[i, 1]
        want_x, want_y = _wanted(x, y, target[i, 0], target[i, 1], pace[i], mode[i])
        ax, ay = (want_x - velocity[i, 0]) / RELAX_S, (want_y - velocity[i, 1]) / RELAX_S
        wx, wy = _walls(near_cm, origin_x, origin_y, resolution, x, y)
        px, py = _people(position, velocity, mode, i)
        rx, ry = _robots(robots, own[i], x, y)
        ax, ay = ax + wx + px + rx, ay + wy + py + ry
        push = math.hypot(ax, ay)
        if push > PUSH_MAX:
            ax, ay = ax * PUSH_MAX / push, ay * PUSH_MAX / push
        vx, vy = velocity[i, 0] + ax * dt, velocity[i, 1] + ay * dt
        speed, most = math.hypot(vx, vy), 1.2 * pace[i]
        if speed > most:
            vx, vy = vx * most / speed, vy * most / speed
        vx, vy = _allowed(near_cm, origin_x, origin_y, resolution, robots, x, y, vx, vy, dt)
        velocity[i, 0], velocity[i, 1] = vx, vy
        position[i, 0], position[i, 1] = x + vx * dt, y + vy * dt


@njit(cache=True)
def _wanted(x: float, y: float, tx: float, ty: float, pace: float, mode: int) -> Any:
    """Velocity wanted: along the way, or back to where one stands."""
    dx, dy = tx - x, ty - y
    away = math.hypot(dx, dy)
    if away < 1e-9 or (mode == 1 and away < 0.1):
        return 0.0, 0.0
    speed = pace if mode == 2 else min(0.5, away)
    return dx / away * speed, dy / away * speed


@njit(cache=True)
def _walls(near_cm: Any, origin_x: float, origin_y: float, resolution: float, x: float, y: float) -> Any:
    room = clearance(near_cm, origin_x, origin_y, resolution, x, y)
    if room > 0.8:
        return 0.0, 0.0
    step = max(0.1, resolution)
    gx = clearance(near_cm, origin_x, origin_y, resolution, x + step, y) - clearance(
        near_cm, origin_x, origin_y, resolution, x - step, y
    )
    gy = clearance(near_cm, origin_x, origin_y, resolution, x, y + step) - clearance(
        near_cm, origin_x, origin_y, resolution, x, y - step
    )
    slope = math.hypot(gx, gy)
    if slope < 1e-6:
        return 0.0, 0.0
    force = 2.5 * math.exp(-(room - PERSON_RADIUS_M) / 0.15)
    return force * gx / slope, force * gy / slope


@njit(cache=True)
def _people(position: Any, velocity: Any, mode: Any, i: int) -> Any:
    """Others push; those behind less; everyone gives way a little to the right."""
    x, y = position[i, 0], position[i, 1]
    vx, vy = velocity[i, 0], velocity[i, 1]
    speed = math.hypot(vx, vy)
    fx, fy = 0.0, 0.0
    for j in range(position.shape[0]):
        dx, dy = x - position[j, 0], y - position[j, 1]
        if j == i or mode[j] == 0 or abs(dx) > 1.5 or abs(dy) > 1.5:
            continue
        away = max(1e-6, math.hypot(dx, dy))
        if away > 1.5:
            continue
        nx, ny = dx / away, dy / away
        ahead = -(nx * vx + ny * vy) / speed if speed > 0.05 else 0.0
        force = 2.0 * math.exp(-(away - 2.0 * PERSON_RADIUS_M) / 0.25) * (0.35 + 0.65 * 0.5 * (1.0 + ahead))
        side = 0.5 * force if ahead > 0.3 else 0.0
        fx += force * nx + side * (vy / speed if speed > 0.05 else 0.0)
        fy += force * ny - side * (vx / speed if speed > 0.05 else 0.0)
    return fx, fy


@njit(cache=True)
def _robots(robots: Any, own: int, x: float, y: float) -> Any:
    """Make way: off the robot, and out of its way when it is coming."""
    fx, fy = 0.0, 0.0
    for k in range(robots.shape[0]):
        dx, dy = x - robots[k, 0], y - robots[k, 1]
        away = max(1e-6, math.hypot(dx, dy))
        gap = away - robots[k, 4] - PERSON_RADIUS_M
        comfort = OWN_ROBOT_M if k == own else STRANGE_ROBOT_M
        heading_x, heading_y = math.cos(robots[k, 2]), math.sin(robots[k, 2])
        along = dx * heading_x + dy * heading_y
        across = -dx * heading_y + dy * heading_x
        coming = robots[k, 3] > 0.05 and along > 0.0 and abs(across) < 0.8 and along < 2.5
        if gap > comfort and not coming:
            continue
        force = 3.0 * max(0.0, 1.0 - gap / comfort)
        fx += force * dx / away
        fy += force * dy / away
        if coming:
            side = 1.0 if across >= 0.0 else -1.0
            aside = 2.0 * (1.0 - along / 2.5) + 0.5
            fx -= side * aside * heading_y
            fy += side * aside * heading_x
    return fx, fy


@njit(cache=True)
def _allowed(
    near_cm: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    robots: Any,
    x: float,
    y: float,
    vx: float,
    vy: float,
    dt: float,
) -> Any:
    """The part of the wanted velocity that breaks no hard rule: whole, along the robot, along x, along y, none."""
    if _permitted(near_cm, origin_x, origin_y, resolution, robots, x, y, vx * dt, vy * dt):
        return vx, vy
    tx, ty = _along_robot(robots, x, y, vx, vy)
    if _permitted(near_cm, origin_x, origin_y, resolution, robots, x, y, tx * dt, ty * dt):
        return tx, ty
    if _permitted(near_cm, origin_x, origin_y, resolution, robots, x, y, vx * dt, 0.0):
        return vx, 0.0
    if _permitted(near_cm, origin_x, origin_y, resolution, robots, x, y, 0.0, vy * dt):
        return 0.0, vy
    return 0.0, 0.0


@njit(cache=True)
def _along_robot(robots: Any, x: float, y: float, vx: float, vy: float) -> Any:
    """`v` without its part towards the nearest robot."""
    best, nx, ny = 1e18, 0.0, 0.0
    for k in range(robots.shape[0]):
        away = math.hypot(robots[k, 0] - x, robots[k, 1] - y)
        if 1e-6 < away < best:
            best, nx, ny = away, (robots[k, 0] - x) / away, (robots[k, 1] - y) / away
    inward = max(0.0, vx * nx + vy * ny)
    return vx - inward * nx, vy - inward * ny


@njit(cache=True)
def _permitted(
    near_cm: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    robots: Any,
    x: float,
    y: float,
    dx: float,
    dy: float,
) -> bool:
    room = clearance(near_cm, origin_x, origin_y, resolution, x + dx, y + dy)
    if room < PERSON_RADIUS_M and room <= clearance(near_cm, origin_x, origin_y, resolution, x, y):
        return dx == 0.0 and dy == 0.0
    for k in range(robots.shape[0]):
        gap = math.hypot(x + dx - robots[k, 0], y + dy - robots[k, 1]) - robots[k, 4] - PERSON_RADIUS_M
        before = math.hypot(x - robots[k, 0], y - robots[k, 1]) - robots[k, 4] - PERSON_RADIUS_M
        if gap < ROBOT_GAP_M and gap < before - 1e-12:
            return False
    return True
