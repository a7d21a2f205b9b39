"""Where the robot is: odometry carried along, corrected by matching each scan to the venue's clearance field.

Each correction is a maximum a posteriori estimate: Gauss-Newton over the beams' clearances (Kohlbrecher and others,
"A Flexible and Scalable SLAM System", 2011, with a distance field in place of the occupancy gradient), the predicted
pose as prior, and Geman-McClure weights so that people, who are on no map, do not pull. The odometry's scale is
estimated along with the pose, so that it is right where the walls say nothing about how far one has come. When the
scan stops agreeing with the map for a second, a wider search of poses around the estimate finds the way back.
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

Covariance = NDArray[np.float64]
"""Shape (3, 3): x, y, yaw in frame map; m2, m rad, rad2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaliserSettings:
    """How much to believe what."""

    beams: int = 360
    range_min: float = 0.25
    range_max: float = 25.0
    sigma: float = 0.05
    """Metres; how far a wall's return lies from where the map has the wall (map cell, sensor, rounding)."""
    kernel: float = 0.12
    """Metres; a return this far off weighs a quarter."""
    gate: float = 0.5
    """Metres; a return farther off is no wall of ours."""
    independence: float = 0.4
    """Share of beams that count as independent evidence."""
    iterations: int = 5
    drift_xy: float = 0.02
    """Odometry: standard deviation per metre driven."""
    drift_yaw: float = 0.03
    """rad per rad turned, and a third of it per metre driven."""
    scale: float = 0.01
    """Standard deviation of the odometry's scale at the start, relative (Borenstein and Feng 1996: 0.2-1 %)."""
    scale_walk: float = 1e-5
    """By which it may change in each scan: wheels wear and floors differ."""
    floor_xy: float = 0.002
    floor_yaw: float = 0.0015
    """Standard deviation added each scan even when standing."""
    agree: float = 0.15
    """Metres; a return nearer than this to a wall agrees with the map."""
    lost_score: float = 0.35
    lost_scans: int = 10
    search_xy: float = 1.0
    search_yaw: float = 0.35


@dataclass(frozen=True, slots=True)
class Estimate:
    """The outcome of one scan.

    :ivar pose: in frame map.
    :ivar covariance: see `Covariance`.
    :ivar score: share of used returns that agree with the map, 0..1; people lower it.
    """

    pose: Pose2D
    covariance: Covariance
    score: float


class Localiser:
    """Pose tracking from a known start."""

    def __init__(self, field: ClearanceField, start: Pose2D, settings: LocaliserSettings | None = None) -> None:
        self._field = field
        self._settings = settings or LocaliserSettings()
        # Half of what the cell in front of a wall holds: what interpolation gives exactly on the wall's face.
        self._face = math.floor(field.resolution * 50.0) / 200.0
        self._odom: Pose2D | None = None
        self._scans = 0
        self._doubtful = 0
        self.relocations = 0
        self.reset(start)

    def reset(self, pose: Pose2D, covariance: Covariance | None = None) -> None:
        """Start again from a pose (`initialpose`); with a wide covariance the next scan searches around it."""
        self._pose = pose
        self._covariance = np.zeros((4, 4))
        self._covariance[:3, :3] = np.diag((0.05**2, 0.05**2, 0.05**2)) if covariance is None else covariance
        self._covariance[3, 3] = self._settings.scale**2
        self._stretch = 0.0
        self._odom = None
        self._doubtful = 0
        self._search_next = bool(max(self._covariance[0, 0], self._covariance[1, 1]) > 0.3**2)

    @property
    def estimate(self) -> Pose2D:
        """The pose after the last update."""
        return self._pose

    @property
    def stretch(self) -> float:
        """What the odometry's distances are believed to lack, relative: 0.01 means that it counts 1 % too little."""
        return self._stretch

    @property
    def covariance(self) -> Covariance:
        """The covariance after the last update."""
        return self._covariance[:3, :3].copy()

    def update(self, odom: Pose2D, points: Points) -> Estimate:
        """Take one scan.

        :param odom: the base in frame odom at the time of the scan.
        :param points: finite lidar returns, shape (n, 2), base frame.
        """
        predicted = self._predict(odom)
        used = self._chosen(points)
        if len(used) < 5:
            self._pose = predicted
            return Estimate(predicted, self.covariance, 0.0)
        if self._search_next or self._doubtful >= self._settings.lost_scans:
            predicted = self._searched(predicted, used)
        return self._corrected(predicted, used)

    def _predict(self, odom: Pose2D) -> Pose2D:
        s = self._settings
        if self._odom is None:
            self._odom = odom
        felt = odom.seen_from(self._odom)
        step = Pose2D(felt.x * (1.0 + self._stretch), felt.y * (1.0 + self._stretch), felt.yaw)
        self._odom = odom
        driven, turned = math.hypot(step.x, step.y), abs(step.yaw)
        rotation = np.eye(4)
        c, sn = math.cos(self._pose.yaw), math.sin(self._pose.yaw)
        rotation[0, 2] = -sn * step.x - c * step.y
        rotation[1, 2] = c * step.x - sn * step.y
        rotation[0, 3], rotation[1, 3] = c * felt.x - sn * felt.y, sn * felt.x + c * felt.y
        xy = s.floor_xy**2 + (s.drift_xy * driven) ** 2
        yaw = s.floor_yaw**2 + (s.drift_yaw * (turned + driven / 3.0)) ** 2
        self._covariance = rotation @ self._covariance @ rotation.T + np.diag((xy, xy, yaw, s.scale_walk**2))
        return self._pose.after(step)

    def _chosen(self, points: Points) -> Points:
        """At most about `beams` of the returns; where there are more, others each time."""
        s = self._settings
        distance = np.hypot(points[:, 0], points[:, 1])
        useful = points[(distance > s.range_min) & (distance < s.range_max)]
        stride = max(1, len(useful) // s.beams)
        self._scans += 1
        return np.ascontiguousarray(useful[self._scans % stride :: stride])

    def _corrected(self, predicted: Pose2D, used: Points) -> Estimate:
        s = self._settings
        prior = np.linalg.inv(self._covariance)
        solution, information, agreeing = _match(
            *self._field.args(),
            used,
            np.array((predicted.x, predicted.y, predicted.yaw, self._stretch)),
            prior,
            np.array((self._face, s.sigma, s.kernel, s.gate, s.independence, s.agree)),
            s.iterations,
        )
        self._pose = Pose2D(float(solution[0]), float(solution[1]), wrapped(float(solution[2])))
        self._stretch = float(np.clip(solution[3], -3.0 * s.scale, 3.0 * s.scale))
        self._covariance = np.linalg.inv(information)
        score = float(agreeing) / len(used)
        self._doubtful = self._doubtful + 1 if score < s.lost_score else 0
        return Estimate(self._pose, self.covariance, score)

    def _searched(self, around: Pose2D, used: Points) -> Pose2D:
        """The best of a grid of poses around, when it is clearly better than where we think we are."""
        s = self._settings
        thin = np.ascontiguousarray(used[:: max(1, len(used) // 60)])
        found = _search(*self._field.args(), thin, around.x, around.y, around.yaw, s.search_xy, s.search_yaw, s.agree)
        self._search_next = False
        self._doubtful = 0
        if found[3] <= found[4] + 0.1:
            return around
        self.relocations += 1
        self._covariance = np.diag((0.1**2, 0.1**2, 0.05**2, s.scale**2))
        return Pose2D(float(found[0]), float(found[1]), wrapped(float(found[2])))


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
