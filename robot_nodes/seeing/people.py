"""Who stands and walks around the robot: scan -> clusters -> tracks.

Clusters are runs of neighbouring returns that no wall of the map explains. Tracks are constant-velocity Kalman filters
(Bar-Shalom and others, "Estimation with Applications to Tracking and Navigation", 2001, ch. 6), one per person, all at
once: x and y share one covariance, since both are measured alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField, clearance
from robot_nodes.navigation.geometry import Points, Pose2D


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """What counts as a person, and how people move."""

    range_max: float = 10.0
    wall_m: float = 0.15
    """A return this near to a wall of the map is the wall."""
    gap_m: float = 0.25
    """Returns farther apart than this belong to different bodies."""
    extent_min: float = 0.03
    extent_max: float = 0.7
    """Legs, torso, or a person with a bag, metres across; at ten metres a body is three returns wide."""
    body_m: float = 0.2
    """From the side that is seen to the middle of a body."""
    gate_m: float = 0.9
    sigma_m: float = 0.08
    accel: float = 1.0
    """m/s2, standard deviation of what people do unannounced."""
    keep_s: float = 2.0
    """A track not seen for longer than this is dropped; a shorter one keeps its course."""
    confirm: int = 2


@dataclass(frozen=True, slots=True)
class Person:
    """One track. Position and velocity in frame map; `unseen_s` seconds since it was last seen."""

    id: int
    x: float
    y: float
    vx: float
    vy: float
    unseen_s: float


class PeopleTracker:
    """Feed it scans; it keeps the tracks."""

    def __init__(self, field: ClearanceField, settings: PeopleSettings | None = None) -> None:
        self._field = field
        self._settings = settings or PeopleSettings()
        self._state = np.empty((0, 4))  # x, y, vx, vy
        self._spread = np.empty((0, 3))  # variance of place, of both, of speed
        self._ids = np.empty(0, np.int64)
        self._seen_at = np.empty(0)
        self._hits = np.empty(0, np.int64)
        self._next = 1
        self._at = -math.inf

    def update(self, pose: Pose2D, points: Points, now: float) -> list[Person]:
        """Take one scan.

        :param pose: the robot, frame map.
        :param points: lidar returns in the order of the beams, shape (n, 2), base frame.
        :param now: seconds, ROS time; a jump backwards forgets everyone.
        """
        if now < self._at:
            self._keep(np.zeros(len(self._ids), bool))
        found = self.detections(pose, points)
        self._predict(min(max(now - self._at, 0.0), 1.0) if len(self._ids) else 0.0)
        self._at = now
        taken = self._associate(found, now)
        self._begin(found[~taken], now)
        unseen = now - self._seen_at
        confirmed = self._hits >= self._settings.confirm
        self._keep(np.where(confirmed, unseen <= self._settings.keep_s, unseen <= 0.35))
        return self.people(now)

    def people(self, now: float) -> list[Person]:
        """Confirmed tracks as they are."""
        return [
            Person(int(i), float(x), float(y), float(vx), float(vy), float(now - seen))
            for i, (x, y, vx, vy), seen, hits in zip(self._ids, self._state, self._seen_at, self._hits, strict=True)
            if hits >= self._settings.confirm
        ]

    def detections(self, pose: Pose2D, points: Points) -> Points:
        """Middles of bodies in one scan, shape (k, 2), frame map."""
        s = self._settings
        middles = _clusters(
            *self._field.args(),
            np.ascontiguousarray(points),
            np.array((pose.x, pose.y, pose.yaw)),
            np.array((s.range_max, s.wall_m, s.gap_m, s.extent_min, s.extent_max, s.body_m)),
        )
        return np.asarray(middles)

    def _predict(self, dt: float) -> None:
        s = self._settings
        self._state[:, :2] += dt * self._state[:, 2:]
        p, c, v = self._spread.T
        q = s.accel**2
        self._spread = np.column_stack(
            (p + 2.0 * dt * c + dt * dt * v + q * dt**4 / 4.0, c + dt * v + q * dt**3 / 2.0, v + q * dt * dt)
        )

    def _associate(self, found: Points, now: float) -> NDArray[np.bool_]:
        """Nearest pairs first, inside the gate; which of `found` were taken."""
        taken = np.zeros(len(found), bool)
        if not len(found) or not len(self._ids):
            return taken
        away = np.hypot(*(self._state[:, None, :2] - found[None, :, :]).transpose(2, 0, 1))
        used = np.zeros(len(self._ids), bool)
        tracks, detections = np.nonzero(away < self._settings.gate_m)
        for index in np.argsort(away[tracks, detections], kind="stable"):
            track, detection = int(tracks[index]), int(detections[index])
            if not used[track] and not taken[detection]:
                used[track] = taken[detection] = True
                self._correct(track, found[detection], now)
        return taken

    def _correct(self, track: int, at: Points, now: float) -> None:
        p, c, v = self._spread[track]
        total = p + self._settings.sigma_m**2
        gain, gain_speed = p / total, c / total
        off = at - self._state[track, :2]
        self._state[track, :2] += gain * off
        self._state[track, 2:] += gain_speed * off
        self._spread[track] = ((1.0 - gain) * p, (1.0 - gain) * c, v - gain_speed * c)
        self._seen_at[track] = now
        self._hits[track] += 1

    def _begin(self, found: Points, now: float) -> None:
        count = len(found)
        self._state = np.vstack((self._state, np.column_stack((found, np.zeros((count, 2))))))
        self._spread = np.vstack((self._spread, np.tile((self._settings.sigma_m**2, 0.0, 1.0), (count, 1))))
        self._ids = np.concatenate((self._ids, np.arange(self._next, self._next + count)))
        self._seen_at = np.concatenate((self._seen_at, np.full(count, now)))
        self._hits = np.concatenate((self._hits, np.ones(count, np.int64)))
        self._next += count

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self._state, self._spread, self._ids = self._state[kept], self._spread[kept], self._ids[kept]
        self._seen_at, self._hits = self._seen_at[kept], self._hits[kept]


@njit(cache=True)
def _clusters(cells: Any, x0: float, y0: float, res: float, points: Any, pose: Any, tuning: Any) -> Any:
    """Middles of bodies, shape (k, 2), frame map."""
    range_max, wall, gap, least, most, body = tuning
    c, s = math.cos(pose[2]), math.sin(pose[2])
    count = points.shape[0]
    free = np.empty((count, 2))
    n = 0
    for i in range(count):
        if math.hypot(points[i, 0], points[i, 1]) > range_max:
            continue
        x, y = pose[0] + c * points[i, 0] - s * points[i, 1], pose[1] + s * points[i, 0] + c * points[i, 1]
        if clearance(cells, x0, y0, res, x, y) > wall:
            free[n, 0], free[n, 1] = x, y
            n += 1
    label = np.empty(n, np.int64)
    clusters = 0
    for i in range(n):
        joined = i > 0 and math.hypot(free[i, 0] - free[i - 1, 0], free[i, 1] - free[i - 1, 1]) <= gap
        if not joined:
            clusters += 1
        label[i] = clusters - 1
    # The scan is a circle: its first and last returns may be one body.
    if clusters > 1 and math.hypot(free[0, 0] - free[n - 1, 0], free[0, 1] - free[n - 1, 1]) <= gap:
        last = label[n - 1]
        for i in range(n):
            if label[i] == last:
                label[i] = 0
        clusters -= 1
    result = np.empty((clusters, 2))
    kept = 0
    for k in range(clusters):
        total, mx, my = 0, 0.0, 0.0
        ax, ay, bx, by = 1e9, 1e9, -1e9, -1e9
        for i in range(n):
            if label[i] == k:
                total += 1
                mx, my = mx + free[i, 0], my + free[i, 1]
                ax, ay, bx, by = min(ax, free[i, 0]), min(ay, free[i, 1]), max(bx, free[i, 0]), max(by, free[i, 1])
        extent = math.hypot(bx - ax, by - ay)
        if total < 2 or extent < least or extent > most:
            continue
        mx, my = mx / total, my / total
        away = max(math.hypot(mx - pose[0], my - pose[1]), 1e-6)
        push = 0.5 * body
        result[kept, 0] = mx + (mx - pose[0]) / away * push
        result[kept, 1] = my + (my - pose[1]) / away * push
        kept += 1
    return result[:kept]
