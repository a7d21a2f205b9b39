"""Monte Carlo localisation for places that look alike: particles in clusters, one cluster for each place.

Thrun, Burgard and Fox, "Probabilistic Robotics" (2005), chapter 8: likelihood field, augmented recovery; the number of
particles by Fox, "Adapting the Sample Size in Particle Filters Through KLD-Sampling" (2003). In a hall whose booths
repeat themselves plain resampling settles on one of several equal places by chance. Here particles are resampled
within their cluster and clusters weighed against each other, so that a place goes only when a scan speaks against it
(Milstein, Sanchez and Williamson, "Robust Global Localization Using Clustered Particle Filtering", 2002). New clusters
come from a search of the whole floor, not from chance (Lenser and Veloso, "Sensor Resetting Localization", 2000).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.belief import Beams
from robot_nodes.navigation.geometry import Pose2D, wrapped
from robot_nodes.navigation.particles_match import MatchSettings, settled
from robot_nodes.navigation.particles_walls import Walls, crosses, face, reach

__all__ = ["Cloud", "CloudSettings", "kld_count"]

_TRACED = 8
"""Every so-manieth beam is followed through the floor; where the others end says most."""
Poses = NDArray[np.float64]
"""Shape (n, 3): x, y, yaw; metres and rad, frame map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSettings:
    """How the particles live."""

    most: int = 3000
    fewest: int = 6
    """Of one cluster."""
    error: float = 0.05
    """Kullback-Leibler distance that the number of particles keeps to, with the quantile below."""
    quantile: float = 2.33
    bin_m: float = 0.5
    bin_rad: float = math.radians(10.0)
    sigma: float = 0.15
    """Metres; a return this far from a wall is likely to be of it."""
    chance: float = 0.15
    """Likelihood of a return that no wall explains, by that of one on a wall."""
    against: float = 0.2
    """Likelihood of a return through a wall, by that of one that no wall explains."""
    independence: float = 0.08
    """Share of beams that count as independent evidence: neighbours see the same wall, and so does the next scan."""
    forget: float = 0.005
    """Share of the evidence for and against clusters forgotten in each scan."""
    spread_xy: float = 0.012
    """Standard deviation added each scan, m, and rad below."""
    spread_yaw: float = 0.004
    drift_xy: float = 0.03
    drift_yaw: float = 0.05
    resample_every: int = 4
    settle_each: int = 6
    """Clusters whose best particle is matched to the scan, each scan in turn."""
    hopeless: float = 12.0
    """A cluster this much less likely (log) than the best one goes."""


def kld_count(bins: int, error: float, quantile: float) -> int:
    """Particles needed for a distribution over so many occupied bins (Fox 2003, equation 14)."""
    if bins < 2:
        return 1
    a = 2.0 / (9.0 * (bins - 1))
    return math.ceil((bins - 1) / (2.0 * error) * (1.0 - a + math.sqrt(a) * quantile) ** 3)


class Cloud:
    """Particles, their clusters and what speaks for each cluster.

    :ivar poses: shape (n, 3).
    :ivar labels: shape (n,): each particle's cluster.
    :ivar evidence: shape (k,): log likelihood of each cluster, the best one's 0.
    :ivar explained: shape (k,): running share of explained beams at each cluster's best particle.
    :ivar contradicting: likewise.
    """

    def __init__(self, walls: Walls, rng: np.random.Generator, settings: CloudSettings | None = None) -> None:
        self._walls, self._rng = walls, rng
        self._settings = settings or CloudSettings()
        self._table = _table(self._settings)
        self._turn = self._scans = 0
        self.poses: Poses = np.empty((0, 3))
        self.labels: NDArray[np.int64] = np.empty(0, np.int64)
        self._weights: NDArray[np.float64] = np.empty(0)
        self._clear()

    def _clear(self) -> None:
        self.evidence: NDArray[np.float64] = np.empty(0)
        self.explained: NDArray[np.float64] = np.empty(0)
        self.contradicting: NDArray[np.float64] = np.empty(0)
        self.ages: NDArray[np.int64] = np.empty(0, np.int64)
        self._best: NDArray[np.int64] = np.empty(0, np.int64)

    def __len__(self) -> int:
        """Clusters."""
        return len(self.evidence)

    def add(
        self,
        poses: Sequence[Pose2D],
        evidence: float = 0.0,
        near_m: float = 0.5,
        near_rad: float = 0.25,
        each: int | None = None,
    ) -> int:
        """Clusters for places that have none yet.

        :param evidence: log likelihood they begin with.
        :param each: particles of each; by default what there is room for.
        :returns: how many were new.
        """
        s, fresh = self._settings, []
        known = self.poses[self._best] if len(self) else np.empty((0, 3))
        for pose in poses:
            turn = np.abs((known[:, 2] - pose.yaw + math.pi) % (2.0 * math.pi) - math.pi)
            beside = (np.hypot(known[:, 0] - pose.x, known[:, 1] - pose.y) < near_m) & (turn < near_rad)
            if not beside.any():
                fresh.append((pose.x, pose.y, pose.yaw))
        if not fresh:
            return 0
        each = each or max(s.fewest, min(40, s.most // (2 * len(fresh))))
        middle = np.repeat(np.array(fresh), each, axis=0)
        jitter = self._rng.normal(0.0, (0.06, 0.06, 0.015), middle.shape)
        jitter[::each] = 0.0
        first, n = len(self), len(self.poses)
        self.poses = np.concatenate((self.poses, middle + jitter))
        self.labels = np.concatenate((self.labels, first + np.repeat(np.arange(len(fresh)), each)))
        self._weights = np.concatenate((self._weights, np.zeros(len(middle))))
        more = len(fresh)
        self.evidence = np.concatenate((self.evidence, np.full(more, evidence)))
        self.explained = np.concatenate((self.explained, np.full(more, 0.5)))
        self.contradicting = np.concatenate((self.contradicting, np.zeros(more)))
        self.ages = np.concatenate((self.ages, np.zeros(more, np.int64)))
        self._best = np.concatenate((self._best, n + each * np.arange(more)))
        return more

    def favour(self, pose: Pose2D, by: float) -> None:
        """Say that the cluster nearest to a pose is more likely than the scans alone tell (log likelihood)."""
        found = self.at(pose)
        if found is not None:
            self.evidence[found] += by

    def weigh_by(self, log_likelihood: NDArray[np.float64]) -> None:
        """Something other than a scan speaks for and against places: shape (k,), for `middles`."""
        self.evidence = self.evidence + log_likelihood
        self.evidence -= self.evidence.max(initial=-math.inf)

    def middles(self) -> Poses:
        """Each cluster's best particle."""
        return self.poses[self._best]

    def at(self, pose: Pose2D, near_m: float = 0.5, near_rad: float = 0.25) -> int | None:
        """The cluster at a pose, if there is one."""
        if not len(self):
            return None
        middles = self.middles()
        away = np.hypot(middles[:, 0] - pose.x, middles[:, 1] - pose.y)
        turn = np.abs((middles[:, 2] - pose.yaw + math.pi) % (2.0 * math.pi) - math.pi)
        away = np.where(turn < near_rad, away, math.inf)
        nearest = int(away.argmin())
        return nearest if away[nearest] < near_m else None

    def leader(self) -> tuple[int, float]:
        """The likeliest cluster, and by how much (log) it leads the next; infinite where it is alone."""
        order = np.argsort(-self.evidence)
        lead = float(self.evidence[order[0]] - self.evidence[order[1]]) if len(order) > 1 else math.inf
        return int(order[0]), lead

    def pose_of(self, cluster: int) -> Pose2D:
        """Its best particle."""
        x, y, yaw = self.poses[self._best[cluster]]
        return Pose2D(float(x), float(y), wrapped(float(yaw)))

    def moved(self, step: Pose2D) -> None:
        """The robot went this far, by its odometry; in its own frame."""
        s = self._settings
        driven, turned = math.hypot(step.x, step.y), abs(step.yaw)
        noise = self._rng.standard_normal(self.poses.shape)
        noise[:, :2] *= s.spread_xy + s.drift_xy * driven
        noise[:, 2] *= s.spread_yaw + s.drift_yaw * (turned + 0.3 * driven)
        noise[self._best] = 0.0  # the best of each is matched to the scan, not shaken
        c, sn = np.cos(self.poses[:, 2]), np.sin(self.poses[:, 2])
        self.poses[:, 0] += c * step.x - sn * step.y + noise[:, 0]
        self.poses[:, 1] += sn * step.x + c * step.y + noise[:, 1]
        self.poses[:, 2] += step.yaw + noise[:, 2]

    def seen(self, beams: Beams) -> None:
        """Weigh every particle and every cluster by a scan, settle some, let the hopeless go, resample."""
        if not len(self) or not len(beams.points):
            return
        s = self._settings
        self._scans += 1
        self._settle(beams)
        likely, explained, against = weigh(self._walls, self.poses, beams, self._table)
        scale = s.independence
        k = len(self)
        best, high = _best_of(self.labels, likely, k)
        self._best = best
        self._weights += scale * likely
        self.evidence = (1.0 - s.forget) * self.evidence + scale * high
        self.evidence -= self.evidence.max()
        self.explained += 0.1 * (explained[best] - self.explained)
        self.contradicting += 0.1 * (against[best] - self.contradicting)
        self.ages += 1
        self._drop(self.evidence > -s.hopeless)
        if self._scans % s.resample_every == 0:
            self._merge()
            self._resample()

    def _settle(self, beams: Beams) -> None:
        s = self._settings
        for _ in range(min(s.settle_each, len(self))):
            self._turn = (self._turn + 1) % len(self)
            pose = settled(self._walls.field, beams.points, self.pose_of(self._turn), MatchSettings())
            before = self.poses[self._best[self._turn]]
            if pose.finite and math.hypot(pose.x - before[0], pose.y - before[1]) < 0.5:
                self.poses[self._best[self._turn]] = (pose.x, pose.y, pose.yaw)

    def _drop(self, keep: NDArray[np.bool_]) -> None:
        if keep.all():
            return
        renamed = np.cumsum(keep) - 1
        stays = keep[self.labels]
        place = np.cumsum(stays) - 1
        self._best = place[self._best[keep]]
        self.poses, self._weights = self.poses[stays], self._weights[stays]
        self.labels = renamed[self.labels[stays]]
        self.evidence, self.ages = self.evidence[keep], self.ages[keep]
        self.explained, self.contradicting = self.explained[keep], self.contradicting[keep]

    def _merge(self) -> None:
        """Clusters that have come together are one: the likelier stays."""
        self._drop(_alone(self.middles(), self.evidence, 0.3, 0.15))

    def _resample(self) -> None:
        """Within each cluster; how many it gets: by KLD over all, half of them by likelihood."""
        s, k = self._settings, len(self)
        bins = np.floor(self.poses / (s.bin_m, s.bin_m, s.bin_rad)).astype(np.int64)
        keys = (bins[:, 0] * 100_003 + bins[:, 1]) * 1009 + bins[:, 2]
        total = min(s.most, max(200, kld_count(len(np.unique(keys)), s.error, s.quantile)))
        share = np.exp(self.evidence)
        wanted = np.maximum(s.fewest, (0.5 * total * (share / share.sum() + 1.0 / k)).astype(np.int64))
        self.poses, self.labels, self._best = _resampled(
            self.poses, self.labels, self._weights, self._best, wanted, self._rng.random(k)
        )
        self._weights = np.zeros(len(self.poses))


def _table(s: CloudSettings) -> NDArray[np.float32]:
    """Log likelihood of a return so many centimetres from a wall, by that of one on it; the last: through a wall."""
    metres = np.arange(256) * 0.01
    likely = (1.0 - s.chance) * np.exp(-0.5 * (metres / s.sigma) ** 2) + s.chance
    likely[255] = s.against
    return np.asarray(np.log(likely), np.float32)


def weigh(
    walls: Walls, poses: Poses, beams: Beams, table: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(log likelihood, share explained, share contradicting) of each pose, shape (n,) each."""
    return _weigh(  # type: ignore[no-any-return]
        walls.field.centimetres, walls.faces, *walls.field.args()[1:], poses, beams.points, beams.open,
        0.8 * beams.reach_m, table, _TRACED,
    )  # fmt: skip


@njit(cache=True)
def _weigh(
    cells: Any, faces: Any, x0: float, y0: float, res: float, poses: Any, points: Any, opened: Any, trusted: float,
    table: Any, every: int,
) -> Any:  # fmt: skip
    n, k, m = poses.shape[0], points.shape[0], opened.shape[0]
    likely, explained, against = np.empty(n), np.empty(n), np.empty(n)
    away = np.empty(k)
    for i in range(k):
        away[i] = max(1e-6, math.hypot(points[i, 0], points[i, 1]))
    traced = (k + every - 1) // every + 0.5 * ((m + every - 1) // every)
    for p in range(n):
        x, y = poses[p, 0], poses[p, 1]
        c, s = math.cos(poses[p, 2]), math.sin(poses[p, 2])
        score, near, through = 0.0, 0.0, 0.0
        for i in range(k):
            px, py = c * points[i, 0] - s * points[i, 1], s * points[i, 0] + c * points[i, 1]
            d = face(faces, x0, y0, res, x + px, y + py)
            score += table[int(d * 100.0)]
            near += 1.0 if d < 0.2 else 0.0
            if i % every == 0:
                far = away[i] - (0.4 if d < 0.2 else 0.0)
                if crosses(cells, x0, y0, res, x, y, px / away[i], py / away[i], far):
                    through += 1.0
                    score += every * table[255]
        for i in range(0, m, every):
            dx, dy = c * opened[i, 0] - s * opened[i, 1], s * opened[i, 0] + c * opened[i, 1]
            if reach(cells, x0, y0, res, x, y, dx, dy, trusted) < trusted:
                through += 0.5
                score += 0.5 * every * table[255]
        likely[p], explained[p], against[p] = score, near / k, through / traced
    return likely, explained, against


@njit(cache=True)
def _best_of(labels: Any, likely: Any, k: int) -> Any:
    """(index, log likelihood) of the likeliest particle of each cluster."""
    best = np.full(k, -1, np.int64)
    high = np.full(k, -np.inf)
    for i in range(labels.shape[0]):
        if likely[i] > high[labels[i]]:
            high[labels[i]], best[labels[i]] = likely[i], i
    return best, high


@njit(cache=True)
def _alone(middles: Any, evidence: Any, metres: float, radians: float) -> Any:
    """Which poses have no likelier one beside them."""
    keep = np.ones(middles.shape[0], np.bool_)
    for i in range(middles.shape[0]):
        for j in range(middles.shape[0]):
            if i == j or not keep[j] or evidence[j] < evidence[i] or (evidence[j] == evidence[i] and j > i):
                continue
            if abs(middles[i, 0] - middles[j, 0]) < metres and abs(middles[i, 1] - middles[j, 1]) < metres:
                turn = (middles[i, 2] - middles[j, 2] + math.pi) % (2.0 * math.pi) - math.pi
                if abs(turn) < radians:
                    keep[i] = False
                    break
    return keep


@njit(cache=True)
def _resampled(poses: Any, labels: Any, weights: Any, best: Any, wanted: Any, begin: Any) -> Any:
    """Systematic resampling within each cluster; the best particle of each comes first and stays."""
    k = wanted.shape[0]
    n = poses.shape[0]
    order = np.argsort(labels, kind="mergesort")
    total = int(wanted.sum())
    out, names, bests = np.empty((total, 3)), np.empty(total, np.int64), np.empty(k, np.int64)
    filled = 0
    first = 0
    for c in range(k):
        last = first
        high = -np.inf
        while last < n and labels[order[last]] == c:
            high = max(high, weights[order[last]])
            last += 1
        whole = 0.0
        for i in range(first, last):
            whole += math.exp(weights[order[i]] - high)
        bests[c] = filled
        out[filled], names[filled] = poses[best[c]], c
        filled += 1
        step = whole / max(1, wanted[c] - 1)
        at, summed, i = begin[c] * step, 0.0, first
        for _ in range(wanted[c] - 1):
            while i < last - 1 and summed + math.exp(weights[order[i]] - high) < at:
                summed += math.exp(weights[order[i]] - high)
                i += 1
            out[filled], names[filled] = poses[order[i]], c
            filled += 1
            at += step
        first = last
    return out, names, bests
