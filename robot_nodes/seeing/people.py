"""Who stands and walks around the robot: scan -> bodies -> tracks.

Tracks are constant-velocity Kalman filters (Bar-Shalom and others, "Estimation with Applications to Tracking and
Navigation", 2001, ch. 6), one per person, all at once: x and y share one covariance, since both are measured alike.
Which body belongs to which track is decided for all together (global nearest neighbour: the least sum of squared
Mahalanobis distances, those outside the gate not at all).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.seeing.bodies import Bodies, bodies


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
    leg_m: float = 0.2
    """Thinner bodies may be legs."""
    legs_apart_m: float = 0.45
    """A stride: two legs within this are one person's."""
    gate: float = 13.8
    """Squared Mahalanobis distance that 99.9 % of a track's own measurements stay within (chi-square, 2 degrees)."""
    gate_m: float = 0.9
    """And never farther than this."""
    agility: float = 0.15
    """m2/s3: spectral density of what people do unannounced; 0.4 m/s in a second."""
    speed_sigma: float = 0.8
    """m/s, of somebody just seen for the first time."""
    keep_s: float = 2.0
    """A track not seen for longer than this is dropped; a shorter one keeps its course."""
    confirm: int = 2
    first_keep_s: float = 0.35
    """The same, for who was seen less often than `confirm`."""

    @property
    def tuning(self) -> tuple[float, ...]:
        """As `bodies` takes it."""
        return (
            self.range_max,
            self.wall_m,
            self.gap_m,
            self.extent_min,
            self.extent_max,
            self.leg_m,
            self.legs_apart_m,
        )


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
        :param points: lidar returns in the order of the beams, shape (n, 2), base frame; what is not finite is no
            return.
        :param now: seconds, ROS time; a jump backwards forgets everyone. A pose or time that is no number: no look.
        :raises ValueError: the points are not of that shape.
        """
        if not (pose.finite and math.isfinite(now)):
            return self.people(self._at)
        if now < self._at:
            self._keep(np.zeros(len(self._ids), bool))
        found = self._bodies(pose, points)
        self._predict(min(max(now - self._at, 0.0), 1.0) if len(self._ids) else 0.0)
        self._at = now
        taken = self._associate(found, now)
        self._begin(found[~taken], now)
        unseen = now - self._seen_at
        s = self._settings
        self._keep(np.where(self._hits >= s.confirm, unseen <= s.keep_s, unseen <= s.first_keep_s))
        return self.people(now)

    def people(self, now: float) -> list[Person]:
        """Confirmed tracks as they are."""
        known = self._hits >= self._settings.confirm
        rows = self._state[known].tolist()
        unseen = (now - self._seen_at[known]).tolist()
        return [
            Person(i, x, y, vx, vy, since)
            for i, (x, y, vx, vy), since in zip(self._ids[known].tolist(), rows, unseen, strict=True)
        ]

    def detections(self, pose: Pose2D, points: Points) -> Points:
        """Middles of bodies in one scan, shape (k, 2), frame map."""
        return self._bodies(pose, points)[:, :2]

    def _bodies(self, pose: Pose2D, points: Points) -> Bodies:
        returns = np.asarray(points, np.float64)
        if returns.ndim != 2 or returns.shape[1] != 2:
            raise ValueError(f"returns of shape {returns.shape}: want (n, 2), x and y in the base frame")
        return bodies(self._field, pose, returns, self._settings.tuning)

    def _predict(self, dt: float) -> None:
        self._state[:, :2] += dt * self._state[:, 2:]
        p, c, v = self._spread.T
        q = self._settings.agility
        self._spread = np.column_stack(
            (p + 2.0 * dt * c + dt * dt * v + q * dt**3 / 3.0, c + dt * v + q * dt * dt / 2.0, v + q * dt)
        )

    def _associate(self, found: Bodies, now: float) -> NDArray[np.bool_]:
        """The best pairs within the gate correct their tracks; which of `found` were taken."""
        taken = np.zeros(len(found), bool)
        if not len(found) or not len(self._ids):
            return taken
        s = self._settings
        off = found[None, :, :2] - self._state[:, None, :2]
        away2 = np.einsum("tdk,tdk->td", off, off)
        variance = self._spread[:, :1] + found[None, :, 2] ** 2
        inside = (away2 < s.gate * variance) & (away2 < s.gate_m**2)
        # The logarithm of the spread: a sure track comes before one that has been guessing for long.
        cost = np.where(inside, away2 / variance + 2.0 * np.log(variance / 1e-4), 1e6)
        tracks, picked = linear_sum_assignment(cost)
        good = inside[tracks, picked]
        tracks, picked = tracks[good], picked[good]
        self._correct(tracks, off[tracks, picked], variance[tracks, picked], now)
        taken[picked] = True
        return taken

    def _correct(self, tracks: NDArray[np.int64], off: Points, total: NDArray[np.float64], now: float) -> None:
        p, c, v = self._spread[tracks].T
        gain, gain_speed = p / total, c / total
        self._state[tracks, :2] += gain[:, None] * off
        self._state[tracks, 2:] += gain_speed[:, None] * off
        self._spread[tracks] = np.column_stack(((1.0 - gain) * p, (1.0 - gain) * c, v - gain_speed * c))
        self._seen_at[tracks] = now
        self._hits[tracks] += 1

    def _begin(self, found: Bodies, now: float) -> None:
        count = len(found)
        if not count:
            return
        fast = np.full(count, self._settings.speed_sigma**2)
        self._state = np.vstack((self._state, np.column_stack((found[:, :2], np.zeros((count, 2))))))
        self._spread = np.vstack((self._spread, np.column_stack((found[:, 2] ** 2, np.zeros(count), fast))))
        self._ids = np.concatenate((self._ids, np.arange(self._next, self._next + count)))
        self._seen_at = np.concatenate((self._seen_at, np.full(count, now)))
        self._hits = np.concatenate((self._hits, np.ones(count, np.int64)))
        self._next += count

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        if kept.all():
            return
        self._state, self._spread, self._ids = self._state[kept], self._spread[kept], self._ids[kept]
        self._seen_at, self._hits = self._seen_at[kept], self._hits[kept]
