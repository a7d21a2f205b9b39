"""Scan matching: the pose at which the returns lie on the map's walls, from a pose nearby.

Gauss-Newton over the beams' clearances (Kohlbrecher and others, "A Flexible and Scalable SLAM System", 2011, with a
distance field in place of the occupancy gradient), a prior as a fourth of the information, and Geman-McClure weights so
that people, who are on no map, do not pull.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points, Pose2D, wrapped

__all__ = ["MatchSettings", "Matched", "matched", "searched", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSettings:
    """How much to believe a return."""

    sigma: float = 0.05
    """Metres; how far a wall's return lies from where the map has the wall (map cell, sensor, rounding)."""
    kernel: float = 0.12
    """Metres; a return this far off weighs a quarter."""
    gate: float = 0.5
    """Metres; a return farther off is no wall of ours."""
    independence: float = 0.4
    """Share of beams that count as independent evidence."""
    iterations: int = 5
    agree: float = 0.15
    """Metres; a return nearer than this to a wall agrees with the map."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The outcome of one match.

    :ivar stretch: what the odometry's distances lack, relative.
    :ivar information: (4, 4): x, y, yaw, stretch; its inverse is the covariance.
    :ivar agreeing: share of the returns that agree with the map, 0..1.
    """

    pose: Pose2D
    stretch: float
    information: NDArray[np.float64]
    agreeing: float


def matched(
    field: ClearanceField,
    points: Points,
    start: Pose2D,
    stretch: float,
    prior: NDArray[np.float64],
    settings: MatchSettings,
) -> Matched:
    """The most probable pose.

    :param points: shape (n, 2), n > 0, base frame, C order.
    :param prior: information of `start` and `stretch`, (4, 4).
    """
    s = settings
    solution, information, agreeing = _match(
        *field.args(),
        points,
        np.array((start.x, start.y, start.yaw, stretch)),
        prior,
        np.array((_face(field), s.sigma, s.kernel, s.gate, s.independence, s.agree)),
        s.iterations,
    )
    pose = Pose2D(float(solution[0]), float(solution[1]), wrapped(float(solution[2])))
    return Matched(pose, float(solution[3]), information, float(agreeing) / len(points))


def settled(field: ClearanceField, points: Points, start: Pose2D, settings: MatchSettings) -> Pose2D:
    """From a pose some decimetres off: first with a wide kernel, then with the usual one."""
    s = settings
    pose = np.array((start.x, start.y, start.yaw, 0.0))
    for kernel, gate, metres, radians in ((0.4, 1.0, 0.3, 0.06), (s.kernel, s.gate, 0.15, 0.03)):
        prior = np.diag((metres**-2.0, metres**-2.0, radians**-2.0, 1e8))
        tuning = np.array((_face(field), s.sigma, kernel, gate, s.independence, s.agree))
        pose, _, _ = _match(*field.args(), points, pose, prior, tuning, 6)
    return Pose2D(float(pose[0]), float(pose[1]), wrapped(float(pose[2])))


def searched(
    field: ClearanceField, points: Points, around: Pose2D, far: float, turn: float, settings: MatchSettings
) -> Pose2D | None:
    """The best pose of a grid within `far` metres and `turn` rad, where it is clearly better than the middle one."""
    thin = np.ascontiguousarray(points[:: max(1, len(points) // 60)])
    agree = max(settings.agree, far / 8.0)
    found = _search(*field.args(), thin, around.x, around.y, around.yaw, far, turn, agree)
    if found[3] <= found[4] + 0.1:
        return None
    return settled(field, thin, Pose2D(float(found[0]), float(found[1]), wrapped(float(found[2]))), settings)


def _face(field: ClearanceField) -> float:
    """Half of what the cell in front of a wall holds: what interpolation gives exactly on the wall's face."""
    return math.floor(field.resolution * 50.0) / 200.0


@njit(cache=True)
def _match(
    cells: Any, x0: float, y0: float, res: float, points: Any, start: Any, prior: Any, tuning: Any, iterations: int
) -> Any:
    """Gauss-Newton; returns (pose and scale (4,), information (4, 4), number of returns that agree with the map)."""
    face, sigma, kernel, gate, independence, agree = tuning
    pose = start.copy()
    information = prior.copy()
    agreeing = 0
    weight_of_one = independence / (sigma * sigma)
    for step in range(iterations + 1):
        c, s = math.cos(pose[2]), math.sin(pose[2])
        h = np.zeros((4, 4))
        g = np.zeros(4)
        agreeing = 0
        for i in range(points.shape[0]):
            px, py = points[i, 0], points[i, 1]
            wx, wy = pose[0] + c * px - s * py, pose[1] + s * px + c * py
            found, d, gx, gy = _sample(cells, x0, y0, res, wx, wy)
            if not found:
                continue
            r = d - face
            if d < agree:
                agreeing += 1
            if r > gate:
                continue
            q = 1.0 / (1.0 + (r / kernel) ** 2)
            weight = weight_of_one * q * q
            jt = gx * (-s * px - c * py) + gy * (c * px - s * py)
            h[0, 0] += weight * gx * gx
            h[0, 1] += weight * gx * gy
            h[0, 2] += weight * gx * jt
            h[1, 1] += weight * gy * gy
            h[1, 2] += weight * gy * jt
            h[2, 2] += weight * jt * jt
            g[0] += weight * r * gx
            g[1] += weight * r * gy
            g[2] += weight * r * jt
        h[1, 0], h[2, 0], h[2, 1] = h[0, 1], h[0, 2], h[1, 2]
        information = h + prior
        if step == iterations:
            break
        change = np.linalg.solve(information, g + prior @ (pose - start))
        pose = pose - change
        if abs(change[0]) + abs(change[1]) < 2e-4 and abs(change[2]) < 1e-4:
            break
    return pose, information, agreeing


@njit(cache=True)
def _sample(cells: Any, x0: float, y0: float, res: float, x: float, y: float) -> Any:
    """(inside, clearance, its gradient), bilinear."""
    rows, columns = cells.shape
    u, v = (x - x0) / res - 0.5, (y - y0) / res - 0.5
    if not (u >= 0.0 and v >= 0.0 and u < columns - 1 and v < rows - 1):
        return False, 0.0, 0.0, 0.0
    i, j = int(u), int(v)
    fu, fv = u - i, v - j
    a, b = cells[j, i] * 0.01, cells[j, i + 1] * 0.01
    c, d = cells[j + 1, i] * 0.01, cells[j + 1, i + 1] * 0.01
    low, high = a + (b - a) * fu, c + (d - c) * fu
    return True, low + (high - low) * fv, ((b - a) * (1.0 - fv) + (d - c) * fv) / res, (high - low) / res


@njit(cache=True)
def _search(
    cells: Any, x0: float, y0: float, res: float, points: Any, x: float, y: float, yaw: float, far: float, turn: float,
    agree: float,
) -> Any:  # fmt: skip
    """(x, y, yaw, score) of the best of 17 x 17 x 15 poses, and the score of the middle one."""
    best = np.array((x, y, yaw, -1.0, 0.0))
    for k in range(15):
        angle = yaw + turn * (k - 7) / 7.0
        c, s = math.cos(angle), math.sin(angle)
        for i in range(17):
            for j in range(17):
                px, py = x + far * (i - 8) / 8.0, y + far * (j - 8) / 8.0
                score = 0.0
                for n in range(points.shape[0]):
                    wx = px + c * points[n, 0] - s * points[n, 1]
                    wy = py + s * points[n, 0] + c * points[n, 1]
                    d = clearance(cells, x0, y0, res, wx, wy)
                    if d < agree and wx > x0 and wy > y0:
                        score += 1.0 - 0.5 * d / agree
                score /= points.shape[0]
                if score > best[3]:
                    best[0], best[1], best[2], best[3] = px, py, angle, score
                if i == 8 and j == 8 and k == 7:
                    best[4] = score
    return best
