"""A sampling controller: many short drives are imagined and weighed by what they cost; their mean is driven.

Model predictive path integral control: Williams and others, "Information Theoretic MPC for Model-Based Reinforcement
Learning" (ICRA 2017), as in Nav2's `nav2_mppi_controller`. Some of the rollouts are no noise but pursue parallels of
the path at several speeds, so that the way round somebody and the stop before them are always among them (Trevisan and
Alonso-Mora, "Biased-MPPI", RA-L 2024). Noise is drawn at a few knots and linear between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.footprint import NearGrid
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.mppi_kernel import REACH_M, plan_once
from robot_nodes.navigation.settings import Settings

Floats = NDArray[np.float64]

PURSUITS = ((0.0, 1.0), (0.0, 0.6), (0.0, 0.3), (-0.4, 1.0), (0.4, 1.0), (-0.4, 0.5), (0.4, 0.5), (-0.8, 1.0),
            (0.8, 1.0), (-0.8, 0.5), (0.8, 0.5), (-1.1, 0.7), (1.1, 0.7), (0.0, 1.15))  # fmt: skip
"""Metres left of the path, and the share of the speed allowed; above 1: a speed of so much less than that in m/s."""
BESIDE = ((0.0, 1.0), (0.0, 1.15), (-0.25, 0.6), (0.25, 0.6))
"""The same, left of where the robot is."""
ASIDES = np.linspace(-REACH_M, REACH_M, 13)
"""Parallels looked along for what stands on them, metres left of the path."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next metres of a path, as the rollouts take it.

    :ivar line: shape (n, 5): x, y, cos and sin of the direction, speed allowed; `STEP_M` apart, n >= 2.
    :ivar begin: metres from the first point to where the robot is abreast.
    :ivar aside: metres the robot is left of it.
    :ivar end: metres from the first point to the end of the whole path; infinite where that is not in view.
    :ivar free: for each of `ASIDES`, metres from the first point to where something stands in the way, or so near that
        passing is no comfort; the mean of the two.
    """

    line: Floats
    begin: float
    aside: float
    end: float
    free: Floats

    STEP_M = 0.1


@dataclass(frozen=True, slots=True)
class Drive:
    """What one cycle found.

    :ivar command: for this period, before the base's limits within a period.
    :ivar gained: metres of path the drive chosen makes within the horizon.
    :ivar cost: what it costs, in metres of progress.
    """

    command: Twist2D
    gained: float
    cost: float


class Sampler:
    """Keeps its last drive and looks for a better one. For one robot."""

    def __init__(self, field: ClearanceField, settings: Settings, rng: np.random.Generator) -> None:
        """:param rng: the only source of chance."""
        self._field, self._settings, self._rng = field, settings, rng
        sampling = settings.sampling
        count = sampling.count + len(PURSUITS) + len(BESIDE) + 2
        self._plan = np.zeros((sampling.steps, 2))
        self._controls = np.empty((count, sampling.steps, 2))
        self._costs = np.empty(count)
        self._pursuits = np.array(PURSUITS + BESIDE)
        self._tuning = _tuning(settings)
        self._at = -math.inf

    def forget(self) -> None:
        """Begin from standing still."""
        self._plan[:] = 0.0

    def drive(
        self,
        ahead: Ahead,
        pose: Pose2D,
        last: Twist2D,
        grid: NearGrid,
        movers: Points,
        wide: bool,
        wall_reach: float,
        now: float,
    ) -> Drive:
        """One cycle.

        :param last: the command under way.
        :param movers: who walks, shape (m, 5), frame map: x, y, vx, vy, and 1 where their zone counts.
        :param wide: whether an aside beyond the calm one is as cheap as within it.
        :param wall_reach: never nearer to a wall than this, middle to wall, metres.
        """
        self._shift(now)
        self._pursuits[len(PURSUITS) :, 0] = ahead.aside + np.array(BESIDE)[:, 0]
        noise = self._noise(grid.stamped > 0 or len(movers) > 0)
        self._tuning[-3:-1] = (float(wide), wall_reach)
        gained, cost = plan_once(
            self._field.args(),
            (grid.metres, grid.origin),
            (ahead.line, ahead.free),
            movers,
            np.array((pose.x, pose.y, pose.yaw, last.v, last.w, ahead.begin, min(ahead.end, 1e6))),
            self._plan,
            noise,
            self._pursuits,
            self._tuning,
            self._controls,
            self._costs,
        )
        return Drive(Twist2D(float(self._plan[0, 0]), float(self._plan[0, 1])), float(gained), float(cost))

    def _noise(self, busy: bool) -> Floats:
        """At the knots of each random rollout; few where there is nobody."""
        sampling = self._settings.sampling
        count = sampling.count if busy else sampling.calm_count
        noise = self._rng.standard_normal((count, sampling.knots, 2))
        return np.asarray(noise * (sampling.sigma_v, sampling.sigma_w))

    def _shift(self, now: float) -> None:
        """Time has passed since the last drive was found; after a pause it is worth nothing."""
        passed = (now - self._at) / self._settings.sampling.step_s
        self._at = now
        steps = len(self._plan)
        if not 0.0 <= passed < 0.5 * steps:
            self._plan[:] = 0.0
            return
        at = np.minimum(np.arange(steps) + passed, steps - 1.0)
        low = at.astype(np.int64)
        share = (at - low)[:, None]
        high = np.minimum(low + 1, steps - 1)
        self._plan[:] = self._plan[low] * (1.0 - share) + self._plan[high] * share


def _tuning(settings: Settings) -> Floats:
    """The numbers `mppi_kernel` unpacks, in its order; the last but one and two change from cycle to cycle."""
    limits, body, manners = settings.limits, settings.body, settings.manners
    return np.array(
        (
            settings.sampling.step_s, settings.sampling.temperature, Ahead.STEP_M,
            limits.a_max, limits.alpha_max, limits.w_max, limits.lateral_max, limits.lookahead_min, limits.lookahead_s,
            body.radius, body.reach, body.wanted,
            manners.zone_outer, manners.zone_inner, manners.zone_weight, manners.ahead, manners.right,
            manners.deeper, manners.half_body, manners.contact_m, manners.offset, manners.aside, manners.left,
            manners.heading, manners.jerk, manners.wall, manners.contact,
            manners.onward, manners.onward_m,
            settings.corridor.calm, settings.corridor.half_width, 0.0, body.reach, manners.keep_right,
        ),
        np.float64,
    )  # fmt: skip
