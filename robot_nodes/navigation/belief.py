"""How well a scan and a pose go together, and what that says about being lost.

Three kinds of returns: a wall of the map explains it; it is shorter than the map says, which people are, whole crowds
of them; or it contradicts the map: the ray came through a wall, or met nothing where a wall must be. However many
people stand around, they make no ray longer: contradiction, unlike a low score, is no sign of a crowd. (The covariance
of Nav2's AMCL says the same for both; navigation2 issue 4774.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.particles_walls import Walls, crosses, face, reach

__all__ = ["Beams", "Belief", "BeliefSettings", "Evidence", "State", "beams_of", "judged"]

AGREE_M = 0.2
"""A return this near a wall's face is explained by it."""
_SURE_OF_NOTHING = 0.5
"""What a beam without a return weighs by one with: black and shiny things return nothing either."""
_NEAR_M = 1.0
"""Beside what is nearer than this, beams without return may have met what is too near to be measured."""
_WITHIN = 0.8
"""Of the lidar's reach: a wall farther off may return nothing."""


class State(Enum):
    """What the robot may say about where it is."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    """The pose is the best there is; something contradicts it, or it has not been confirmed for long."""
    LOST = "lost"
    """The pose is a guess among several places, or there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Shares of the beams, 0..1, together 1 (all 0 without beams).

    :ivar explained: a wall of the map explains the return.
    :ivar short: shorter than the map says: people, or whatever else is on no map.
    :ivar contradicting: through a wall, or nothing where a wall must be.
    """

    explained: float = 0.0
    short: float = 0.0
    contradicting: float = 0.0

    @property
    def worth(self) -> float:
        """One number to compare poses by."""
        return self.explained - 1.5 * self.contradicting


@dataclass(frozen=True, slots=True)
class Beams:
    """A thinned scan.

    :ivar points: returns, shape (n, 2), metres, base frame.
    :ivar open: unit vectors of beams without return, shape (m, 2).
    :ivar reach_m: what the lidar can be trusted to see.
    """

    points: Points
    open: Points
    reach_m: float


def beams_of(points: Points, count: int, reach_m: float, offset: int = 0) -> Beams:
    """At most about `count` returns, and a like share of the beams that returned nothing.

    Gaps in the returns' directions of at least three beams are taken for beams without return, unless what is beside
    them is so near that somebody may touch the lidar; with fewer than 90 returns nothing is said about gaps.

    :param points: shape (n, 2), base frame, in the order of the beams.
    """
    stride = max(1, math.ceil(len(points) / count))
    kept = np.ascontiguousarray(points[offset % stride :: stride])
    if len(points) < 90:
        return Beams(kept, np.empty((0, 2)), reach_m)
    angles = np.arctan2(points[:, 1], points[:, 0])
    order = np.argsort(angles)
    angles, far = angles[order], np.hypot(points[order, 0], points[order, 1]) > _NEAR_M
    steps = np.diff(angles, append=angles[0] + 2.0 * math.pi)
    step = max(float(np.median(steps)), math.radians(0.1))
    missing = np.rint(steps / step).astype(int) - 1
    wide = (missing >= 3) & (steps < math.radians(60.0))  # a wider one is out of a lidar's view
    gaps = np.flatnonzero(wide & far & np.roll(far, -1))
    if not len(gaps):
        return Beams(kept, np.empty((0, 2)), reach_m)
    found = np.concatenate([angles[i] + step * np.arange(2, missing[i]) for i in gaps])[offset % stride :: stride]
    return Beams(kept, np.column_stack((np.cos(found), np.sin(found))), reach_m)


def judged(walls: Walls, pose: Pose2D, beams: Beams) -> Evidence:
    """What a scan says about a pose."""
    if not len(beams.points):
        return Evidence()
    explained, against, nothing = _judge(
        walls.field.centimetres, walls.faces, *walls.field.args()[1:], pose.x, pose.y, pose.yaw, beams.points,
        beams.open, _WITHIN * beams.reach_m, AGREE_M,
    )  # fmt: skip
    total = len(beams.points) + _SURE_OF_NOTHING * len(beams.open)
    contradicting = (against + _SURE_OF_NOTHING * nothing) / total
    fits = (explained + _SURE_OF_NOTHING * (len(beams.open) - nothing)) / total
    return Evidence(float(fits), float(max(0.0, 1.0 - fits - contradicting)), float(contradicting))


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefSettings:
    """When to doubt."""

    memory: float = 0.15
    """Weight of the newest scan in the running shares: 10 scans are most of it."""
    contradicted: float = 0.12
    """Running share of contradicting beams from which the pose is in doubt."""
    refuted: float = 0.25
    """... from which it is wrong."""
    unexplained: float = 0.5
    """Running share of explained beams below which other places are looked for, in case it is no crowd."""
    wide_m: float = 0.35
    """Standard deviation of the pose from which it is in doubt: too long among people only."""
    wide_rad: float = 0.2


@dataclass(slots=True)
class Belief:
    """Runs along with the tracked pose."""

    settings: BeliefSettings
    explained: float = 1.0
    contradicting: float = 0.0
    scans: int = 0

    def note(self, evidence: Evidence) -> None:
        """Take what one more scan says about the tracked pose."""
        self.scans += 1
        weight = self.settings.memory
        self.explained += weight * (evidence.explained - self.explained)
        self.contradicting += weight * (evidence.contradicting - self.contradicting)

    def begin(self) -> None:
        """Another pose is tracked from now on."""
        self.explained, self.contradicting, self.scans = 1.0, 0.0, 0

    def state(self, covariance: NDArray[np.float64]) -> State:
        """:param covariance: of the tracked pose, (3, 3): x, y, yaw."""
        s = self.settings
        if self.contradicting > s.refuted:
            return State.LOST
        wide = max(covariance[0, 0], covariance[1, 1]) > s.wide_m**2 or covariance[2, 2] > s.wide_rad**2
        return State.DOUBTFUL if self.contradicting > s.contradicted or wide else State.CERTAIN

    @property
    def crowded(self) -> bool:
        """Whether so little is explained that it may be a crowd, or another place."""
        return self.explained < self.settings.unexplained


@njit(cache=True)
def _judge(
    cells: Any, faces: Any, x0: float, y0: float, res: float, x: float, y: float, yaw: float, points: Any, opened: Any,
    trusted: float, agree: float,
) -> Any:  # fmt: skip
    """(returns explained, returns through walls, beams without return where a wall must be)."""
    c, s = math.cos(yaw), math.sin(yaw)
    explained, against, nothing = 0, 0, 0
    for i in range(points.shape[0]):
        px, py = c * points[i, 0] - s * points[i, 1], s * points[i, 0] + c * points[i, 1]
        away = math.hypot(px, py)
        if away < 1e-6:
            continue
        if crosses(cells, x0, y0, res, x, y, px / away, py / away, away - 2.0 * agree):
            against += 1
        elif face(faces, x0, y0, res, x + px, y + py) < agree:
            explained += 1
        elif crosses(cells, x0, y0, res, x, y, px / away, py / away, away):
            against += 1
    for i in range(opened.shape[0]):
        dx, dy = c * opened[i, 0] - s * opened[i, 1], s * opened[i, 0] + c * opened[i, 1]
        if reach(cells, x0, y0, res, x, y, dx, dy, trusted) < trusted:
            nothing += 1
    return explained, against, nothing
