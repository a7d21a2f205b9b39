"""Being found again: a search of the whole floor feeds the particles, and they say when there is one place left.

A search is begun when the one before is long enough ago; its candidates are carried on by the odometry to where the
robot is by then, and join the cloud as clusters where it has none. Nothing takes longer than a slice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.belief import beams_of
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.markers import log_likelihoods
from robot_nodes.navigation.particles import Cloud, CloudSettings
from robot_nodes.navigation.particles_search import Search, SearchSettings
from robot_nodes.navigation.particles_walls import Walls

__all__ = ["Recovery", "RecoverySettings", "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySettings:
    """When to look, and when to believe what was found."""

    followed: int = 60
    """Beams that particles are weighed by."""
    again: int = 40
    """Scans from one search to the next while lost."""
    again_crowded: int = 200
    """... while only crowded."""
    lead: float = 6.0
    """Log likelihood by which a place must lead all others to be it: 400 to 1."""
    confirmed: int = 15
    """Scans a place must have been followed for."""
    bears_out: float = 0.4
    """Running share of explained beams that a place must have."""
    clean: float = 0.06
    """Running share of contradicting beams that a place may have."""
    newcomer: float = -2.0
    """Log likelihood, by the best, that a place found by a later search begins with."""
    hint_scans: int = 100
    """An inexact measurement is remembered for so long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest place.

    :ivar clean: whether it goes well with the scans.
    :ivar ripe: whether it has, besides, been followed for long enough.
    :ivar sure: whether it is, besides, the only one left.
    :ivar lead: log likelihood by which it leads the next.
    """

    pose: Pose2D
    clean: bool
    ripe: bool
    sure: bool
    lead: float
    explained: float
    contradicting: float

    def at(self, pose: Pose2D) -> bool:
        """Whether it is the place of that pose."""
        away = self.pose.seen_from(pose)
        return math.hypot(away.x, away.y) < 0.5 and abs(away.yaw) < 0.25


class Recovery:
    """Search and particles together. `moved`, then `look`, once a scan; `verdict` says what came of it."""

    def __init__(
        self,
        walls: Walls,
        rng: np.random.Generator,
        reach_m: float,
        settings: RecoverySettings,
        search: SearchSettings,
        cloud: CloudSettings,
    ) -> None:
        """:param reach_m: of the lidar."""
        self._walls, self._rng, self._reach = walls, rng, reach_m
        self._settings, self._searching, self._clouding = settings, search, cloud
        self._search: Search | None = None
        self._rest = 0
        self._hint: tuple[Pose2D, NDArray[np.float64], int] | None = None
        self.cloud: Cloud | None = None
        self.searches = 0

    def rest(self, scans: int) -> None:
        """All is well: forget every place in question, and look again after so many scans at the earliest."""
        self._search, self.cloud, self._hint, self._rest = None, None, None, scans

    def interrupted(self) -> None:
        """How far the robot went is unknown: a search under way is of no use, and the places are worth little."""
        self._search, self.cloud, self._rest = None, None, 0

    @property
    def idle(self) -> bool:
        """Whether nothing is in question."""
        return self.cloud is None and self._search is None

    def moved(self, felt: Pose2D) -> None:
        """The odometry's step since the last scan."""
        self._rest = max(0, self._rest - 1)
        if self.cloud is not None:
            self.cloud.moved(felt)

    def hint(self, seen: Pose2D, covariance: NDArray[np.float64]) -> None:
        """A measurement of the pose, however rough, for places known and for those found in the next seconds."""
        self._hint = (seen, covariance, self._settings.hint_scans)
        if self.cloud is not None and len(self.cloud):
            self.cloud.weigh_by(log_likelihoods(self.cloud.middles(), seen, covariance))

    def look(self, points: Points, odom: Pose2D, scan: int, *, wanted: bool, here: Pose2D | None, stays: float) -> None:
        """One scan.

        :param wanted: a search may begin, where the last one is long enough ago.
        :param here: the pose tracked so far, where it may still be right; it becomes one of the places.
        :param stays: log likelihood by which it is likelier beforehand.
        """
        s = self._settings
        verdict = self.verdict()
        # Places once ruled out stay ruled out as long as one of the others will do.
        if self._search is None and wanted and self._rest == 0 and (verdict is None or not verdict.clean):
            self._search = Search(self._walls, points, odom, self._reach, self._searching)
            self.searches += 1
            self._rest = s.again
        if self._search is not None and self._search.step():
            self._take(self._search, odom, here, stays)
            self._search = None
        if self._hint is not None:
            pose, covariance, left = self._hint
            self._hint = (pose, covariance, left - 1) if left > 1 else None
        if self.cloud is not None:
            self.cloud.seen(beams_of(points, s.followed, self._reach, scan))
            if not len(self.cloud):
                self.cloud = None

    def _take(self, search: Search, odom: Pose2D, here: Pose2D | None, stays: float) -> None:
        moved = odom.seen_from(search.odom)
        found = [it.pose.after(moved) for it in search.candidates or ()]
        first = self.cloud is None
        cloud = self.cloud = self.cloud or Cloud(self._walls, self._rng, self._clouding)
        if first and here is not None:
            cloud.add([here], stays)
        before = len(cloud)
        more = cloud.add(found, 0.0 if first else self._settings.newcomer)
        if more and self._hint is not None:
            likely = np.zeros(len(cloud))
            likely[before:] = log_likelihoods(cloud.middles()[before:], *self._hint[:2])
            cloud.weigh_by(likely)

    def verdict(self) -> Verdict | None:
        """None while no place is known."""
        s, cloud = self._settings, self.cloud
        if cloud is None or not len(cloud):
            return None
        leader, lead = cloud.leader()
        explained, contradicting = float(cloud.explained[leader]), float(cloud.contradicting[leader])
        clean = explained > s.bears_out and contradicting < s.clean
        ripe = clean and int(cloud.ages[leader]) >= s.confirmed
        return Verdict(cloud.pose_of(leader), clean, ripe, ripe and lead > s.lead, lead, explained, contradicting)

    def behind(self, pose: Pose2D) -> float:
        """Log likelihood by which a pose's place is less likely than the likeliest one; infinite if it is ruled out."""
        if self.cloud is None or not len(self.cloud):
            return 0.0
        found = self.cloud.at(pose)
        return math.inf if found is None else float(-self.cloud.evidence[found])
