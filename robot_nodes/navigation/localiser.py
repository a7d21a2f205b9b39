"""Where the robot is: odometry carried along, corrected by each scan; and found anew where that went wrong.

While all is well the scan matcher (`particles_match`) tracks one pose to millimetres. What each scan says about it
(`belief`) tells a crowd from a wrong place. In doubt the whole floor is searched in slices (`particles_search`), and
particles in clusters (`particles`) follow every place that looks like it until the scans have ruled out all but one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.belief import Belief, BeliefSettings, Evidence, State, beams_of, judged
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D, wrapped
from robot_nodes.navigation.markers import PRECISE_M, as_covariance, bounded, fused, surprise
from robot_nodes.navigation.particles import CloudSettings
from robot_nodes.navigation.particles_match import Matched, MatchSettings, matched, searched
from robot_nodes.navigation.particles_recovery import Recovery, RecoverySettings
from robot_nodes.navigation.particles_search import SearchSettings
from robot_nodes.navigation.particles_walls import walls_of

__all__ = ["Covariance", "Estimate", "Localiser", "LocaliserSettings", "State"]

Covariance = NDArray[np.float64]
"""Shape (3, 3): x, y, yaw in frame map; m2, m rad, rad2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaliserSettings:
    """How much to believe what."""

    beams: int = 360
    judged: int = 72
    """Beams, of a scan, that the pose is judged by."""
    range_min: float = 0.25
    range_max: float = 25.0
    """Metres; of the lidar, or less."""
    drift_xy: float = 0.02
    """Odometry: standard deviation per metre driven."""
    drift_yaw: float = 0.03
    """rad per rad turned, and a third of it per metre driven."""
    slip_xy: float = 0.3
    """The same while the wheels slip: while the scale learned for them is at its limit."""
    scale: float = 0.01
    """Standard deviation of the odometry's scale at the start, relative (Borenstein and Feng 1996: 0.2-1 %)."""
    scale_walk: float = 1e-5
    """By which it may change in each scan: wheels wear and floors differ."""
    floor_xy: float = 0.002
    floor_yaw: float = 0.0015
    """Standard deviation added each scan even when standing."""
    jump_m: float = 1.5
    jump_rad: float = 1.3
    """Odometry that goes farther than this between two scans is not believed unless the scan bears it out."""
    slipped: float = 0.12
    """A scan that agrees with the map by this much less than the last ones makes one ask whether the wheels slipped."""
    enough: float = 0.45
    """Share of agreeing returns from which a scan is believed against the odometry: people agree with a few walls."""
    scarce: float = 0.25
    """... below which it is not believed at all: somebody always stands where a wall would be if we were elsewhere."""
    better: float = 0.25
    """By how much more of the beams another place must explain when nothing but a crowd speaks against this one."""
    suspicious: float = 0.04
    """Running share of contradicting beams from which other places are looked for, to be sure."""
    plain: float = 0.7
    """... and how much it must explain at least."""
    patience: int = 20
    """Scans that little may be explained before other places are looked for."""
    steady: float = 2.0
    """Log likelihood by which another place must be likelier for the guess to move there."""
    stays: float = 3.0
    """Log likelihood by which the tracked pose is likelier than others beforehand."""
    matching: MatchSettings = field(default_factory=MatchSettings)
    belief: BeliefSettings = field(default_factory=BeliefSettings)
    recovery: RecoverySettings = field(default_factory=RecoverySettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    cloud: CloudSettings = field(default_factory=CloudSettings)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The outcome of one scan.

    :ivar pose: in frame map.
    :ivar covariance: see `Covariance`.
    :ivar score: share of used returns that agree with the map, 0..1; people lower it.
    :ivar state: how far to trust the pose.
    :ivar explained: share of the beams that the map explains at this pose, 0..1.
    :ivar short: share that is shorter than the map says: people.
    :ivar contradicting: share that came through walls, or met nothing where a wall must be: another place.
    :ivar places: how many places are in question; 1 while tracking.
    """

    pose: Pose2D
    covariance: Covariance
    score: float
    state: State = State.CERTAIN
    explained: float = 0.0
    short: float = 0.0
    contradicting: float = 0.0
    places: int = 1


class Localiser:
    """Tracks one pose; finds it when it is unknown or wrong. Never raises on any odometry or scan."""

    def __init__(
        self,
        field: ClearanceField,
        start: Pose2D | None,
        settings: LocaliserSettings | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        """:param start: None: nowhere in particular; it is looked for on the whole floor.

        :param rng: for the particles; by default seeded with 0.
        """
        self._field = field
        self._walls = walls_of(field)
        self._settings = settings or LocaliserSettings()
        self._rng = rng or np.random.default_rng(0)
        s = self._settings
        self._recovery = Recovery(self._walls, self._rng, s.range_max, s.recovery, s.search, s.cloud)
        self._scans = 0
        self.relocations = 0
        if start is None or not _on_earth(start):
            places = self._walls.standing
            x, y = places[len(places) // 2] if len(places) else (0.0, 0.0)
            self.reset(Pose2D(float(x), float(y), 0.0))
            self._lost = True
        else:
            self.reset(start)

    def reset(self, pose: Pose2D, covariance: Covariance | None = None) -> None:
        """Start again from a pose (`initialpose`); with a wide covariance the next scans search around it."""
        if not _on_earth(pose):
            return
        known = None if covariance is None else as_covariance(covariance)
        self._pose = Pose2D(pose.x, pose.y, wrapped(pose.yaw))
        self._covariance = np.zeros((4, 4))
        self._covariance[:3, :3] = np.diag((0.05**2, 0.05**2, 0.05**2)) if known is None else known
        self._covariance[3, 3] = self._settings.scale**2
        self._stretch = 0.0
        self._odom: Pose2D | None = None
        self._belief = Belief(self._settings.belief)
        self._agreeing = 0.5
        self._recovery.rest(0)
        self._contested: Pose2D | None = None
        self._crowded = 0
        self._lost = False
        self._look_around = bool(max(self._covariance[0, 0], self._covariance[1, 1]) > 0.3**2)

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

    @property
    def state(self) -> State:
        """How far to trust the pose."""
        return State.LOST if self._lost else self._belief.state(self._covariance[:3, :3])

    @property
    def places(self) -> int:
        """How many places are in question; 0: none has been found yet."""
        cloud = self._recovery.cloud
        return (len(cloud) if cloud else 0) if self._lost else 1

    @property
    def particles(self) -> NDArray[np.float64]:
        """For showing: shape (n, 3), x, y, yaw, frame map. While tracking 100 drawn from the covariance."""
        if self._recovery.cloud is not None:
            return self._recovery.cloud.poses.copy()
        middle = (self._pose.x, self._pose.y, self._pose.yaw)
        drawn = self._rng.standard_normal((100, 3)) @ np.linalg.cholesky(self._covariance[:3, :3] + 1e-12 * np.eye(3)).T
        return np.asarray(middle + drawn)

    def update(self, odom: Pose2D, points: Points) -> Estimate:
        """Take one scan.

        :param odom: the base in frame odom at the time of the scan; what is no number counts as not having moved.
        :param points: lidar returns in the order of the beams, shape (n, 2), base frame; what is no number is dropped.
        """
        s = self._settings
        self._scans += 1
        points = _sane(points, s.range_min, s.range_max)
        felt = self._felt(odom)
        before = self._pose
        self._recovery.moved(felt)
        predicted = self._predicted(felt)
        if len(points) < 5:
            self._pose = predicted
            return self._told(Evidence(), 0.0)
        used = self._chosen(points)
        if self._look_around:
            predicted = self._looked_around(predicted, used)
        found = self._matched(predicted, before, used)
        evidence = judged(self._walls, self._pose, beams_of(points, s.judged, s.range_max, self._scans))
        self._belief.note(evidence)
        self._wonder(points, self._odom or Pose2D(0.0, 0.0, 0.0))
        return self._told(evidence, found.agreeing)

    def marker(self, seen: Pose2D, covariance: Covariance) -> bool:
        """Take an absolute pose of the robot, measured by other means, at the time of the last scan.

        An exact one (a marker) corrects the pose; where it disagrees with a pose that nothing else speaks against, it
        takes a second one that says the same. An inexact one (the radio's guess) tells places apart that look alike.
        Measurements must be independent of each other.

        :param seen: the base in frame map.
        :param covariance: (3, 3): x, y, yaw; a large yaw variance where only the place is known.
        :returns: whether it was taken.
        """
        known = as_covariance(covariance)
        if known is None or not _on_earth(seen):
            return False
        exact = max(known[0, 0], known[1, 1]) < PRECISE_M**2
        self._recovery.hint(seen, known)
        if not exact and self._lost:
            return True
        fits = surprise(self._pose, self._covariance[:3, :3], seen, known) < 16.3
        if fits and not self._lost:
            self._pose, self._covariance = fused(self._pose, self._covariance, seen, known)
            self._contested = None
            return True
        return exact and self._contests(seen, known)

    def _contests(self, seen: Pose2D, covariance: Covariance) -> bool:
        """A marker says that the robot is elsewhere."""
        offset = seen.after(Pose2D(0.0, 0.0, 0.0).seen_from(self._odom or Pose2D(0.0, 0.0, 0.0)))
        said, self._contested = self._contested, offset
        if self.state is State.CERTAIN:
            again = said is not None and math.hypot(said.x - offset.x, said.y - offset.y) < 1.0
            if not again or said is None or abs(wrapped(said.yaw - offset.yaw)) > 0.3:
                return False
        odom, stretch = self._odom, self._stretch
        self.reset(seen, covariance)
        self._odom, self._stretch, self._look_around = odom, stretch, False
        self.relocations += 1
        return True

    def _felt(self, odom: Pose2D) -> Pose2D:
        """How the odometry says the robot moved since the last scan; nothing where it cannot have."""
        s = self._settings
        if not _on_earth(odom):
            return Pose2D(0.0, 0.0, 0.0)
        if self._odom is None:
            self._odom = odom
        felt = odom.seen_from(self._odom)
        self._odom = odom
        if math.hypot(felt.x, felt.y) < s.jump_m and abs(felt.yaw) < s.jump_rad:
            return felt
        # A reset of the odometry, or scans that were missing: how far the robot went is unknown.
        self._covariance[:3, :3] += np.diag((0.3**2, 0.3**2, 0.15**2))
        self._look_around = True
        self._recovery.interrupted()
        return Pose2D(0.0, 0.0, 0.0)

    def _predicted(self, felt: Pose2D) -> Pose2D:
        s = self._settings
        step = Pose2D(felt.x * (1.0 + self._stretch), felt.y * (1.0 + self._stretch), felt.yaw)
        driven, turned = math.hypot(step.x, step.y), abs(step.yaw)
        rotation = np.eye(4)
        c, sn = math.cos(self._pose.yaw), math.sin(self._pose.yaw)
        rotation[0, 2] = -sn * step.x - c * step.y
        rotation[1, 2] = c * step.x - sn * step.y
        rotation[0, 3], rotation[1, 3] = c * felt.x - sn * felt.y, sn * felt.x + c * felt.y
        slips = abs(self._stretch) > 2.9 * s.scale  # no wheel is worn so much
        xy = s.floor_xy**2 + ((s.slip_xy if slips else s.drift_xy) * driven) ** 2
        yaw = s.floor_yaw**2 + (s.drift_yaw * (turned + driven / 3.0)) ** 2
        covariance = rotation @ self._covariance @ rotation.T + np.diag((xy, xy, yaw, s.scale_walk**2))
        self._covariance = bounded(covariance)
        return self._pose.after(step)

    def _chosen(self, points: Points) -> Points:
        """At most about `beams` of the returns; where there are more, others each time."""
        stride = max(1, len(points) // self._settings.beams)
        return np.ascontiguousarray(points[self._scans % stride :: stride])

    def _matched(self, predicted: Pose2D, before: Pose2D, used: Points) -> Matched:
        """Match from the predicted pose; where that ends badly, as if the wheels had said nothing."""
        s = self._settings
        prior = np.asarray(np.linalg.inv(self._covariance))
        found = matched(self._field, used, predicted, self._stretch, prior, s.matching)
        astonishing = self._astonishing(predicted, found)
        if astonishing or found.agreeing < self._agreeing - s.slipped:
            wide = np.diag((0.15**-2.0, 0.15**-2.0, 0.06**-2.0, s.scale**-2.0))
            for start in (found.pose, before):
                other = matched(self._field, used, start, self._stretch, wide, s.matching)
                least = max(s.enough, found.agreeing + (0.05 if start is before else 0.0))
                if other.pose.finite and other.agreeing >= least:
                    found = Matched(other.pose, self._stretch, other.information, other.agreeing)
                    astonishing = False
        if found.agreeing < (s.enough if astonishing else s.scarce):  # people, not walls, pull it
            found = Matched(predicted, self._stretch, prior, found.agreeing)
        if not found.pose.finite or not np.all(np.isfinite(found.information)):
            self._pose = predicted
            return Matched(predicted, self._stretch, found.information, 0.0)
        self._pose = found.pose
        self._stretch = float(np.clip(found.stretch, -3.0 * s.scale, 3.0 * s.scale))
        self._covariance = bounded(np.asarray(np.linalg.inv(found.information)))
        self._agreeing += 0.2 * (found.agreeing - self._agreeing)
        return found

    def _astonishing(self, predicted: Pose2D, found: Matched) -> bool:
        """Whether the scan moves the pose farther than the odometry may be wrong: wheels slip."""
        away = found.pose.seen_from(predicted)
        return bool(
            math.hypot(away.x, away.y) > max(0.03, 5.0 * math.sqrt(max(self._covariance[0, 0], self._covariance[1, 1])))
            or abs(away.yaw) > max(0.03, 5.0 * math.sqrt(self._covariance[2, 2]))
        )

    def _looked_around(self, around: Pose2D, used: Points) -> Pose2D:
        """The best of a grid of poses around, when it is clearly better than where we think we are."""
        self._look_around = False
        c = self._covariance
        far = min(4.0, max(1.0, 2.0 * math.sqrt(max(c[0, 0], c[1, 1]))))
        turn = min(1.0, max(0.35, 2.0 * math.sqrt(c[2, 2])))
        pose = searched(self._field, used, around, far, turn, self._settings.matching)
        if pose is None:
            return around
        self.relocations += 1
        self._covariance = np.diag((0.1**2, 0.1**2, 0.05**2, self._settings.scale**2))
        return pose

    def _wonder(self, points: Points, odom: Pose2D) -> None:
        """Look for other places when this one is in doubt; move to one that is clearly better."""
        s, belief, recovery = self._settings, self._belief, self._recovery
        if belief.state(self._covariance[:3, :3]) is State.LOST:
            self._lost = True
        self._crowded = self._crowded + 1 if belief.crowded else 0
        doubtful = self._lost or belief.contradicting > s.suspicious or self.state is not State.CERTAIN
        wanted = doubtful or self._crowded > s.patience
        if not wanted and recovery.idle:
            return
        here = None if self._lost else self._pose
        recovery.look(points, odom, self._scans, wanted=wanted, here=here, stays=s.stays)
        verdict = recovery.verdict()
        if verdict is None:
            return
        if not self._lost and verdict.ripe and math.isinf(recovery.behind(self._pose)):
            # The scans have ruled this place out. Without contradiction it takes much to believe that: a ring of people
            # fits some corner of a large floor better than the place they hide.
            least = belief.explained if doubtful else max(s.plain, belief.explained + s.better)
            self._lost = verdict.explained > least
        if self._lost and not verdict.at(self._pose) and recovery.behind(self._pose) > s.steady:
            self._move_to(verdict.pose)  # the likeliest so far: a guess, and said to be one
        if verdict.sure and verdict.at(self._pose):
            self._found()

    def _found(self) -> None:
        """There is one place left."""
        self._lost, self._crowded = False, 0
        self._belief.begin()
        self._recovery.rest(self._settings.recovery.again_crowded)

    def _move_to(self, pose: Pose2D) -> None:
        self._pose = pose
        self._covariance = np.diag((0.1**2, 0.1**2, 0.05**2, self._settings.scale**2))
        self._agreeing = 0.5
        self._belief.begin()
        self.relocations += 1

    def _told(self, evidence: Evidence, score: float) -> Estimate:
        return Estimate(
            self._pose, self.covariance, score, self.state,
            evidence.explained, evidence.short, evidence.contradicting, self.places,
        )  # fmt: skip


def _on_earth(pose: Pose2D) -> bool:
    """Whether these are numbers that can be computed with."""
    return pose.finite and max(abs(pose.x), abs(pose.y), abs(pose.yaw)) < 1e7


def _sane(points: Any, near: float, far: float) -> Points:
    """The usable ones of whatever came as points."""
    found = np.asarray(points, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != 2:
        return np.empty((0, 2))
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.hypot(found[:, 0], found[:, 1])
        return np.ascontiguousarray(found[(distance > near) & (distance < far)])
