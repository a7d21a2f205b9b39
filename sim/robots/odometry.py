"""Wheel odometry that drifts: a systematic part fixed by the seed, and a random one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSpec:
    """Standard deviations; magnitudes of a calibrated indoor base (Borenstein and Feng 1996 give 0.2-1 %)."""

    scale: float = 0.005
    """Systematic error of distance, relative."""
    turn_scale: float = 0.005
    """Systematic error of turning, relative."""
    heading_per_m: float = math.radians(0.1)
    """Systematic veer, rad per metre (unequal wheels)."""
    noise: float = 0.01
    """Random error of each increment, relative."""


@dataclass(slots=True)
class Odometry:
    """Believed pose in frame odom, which begins at (0, 0, 0) where the robot was switched on."""

    rng: np.random.Generator
    scale: float
    turn_scale: float
    veer: float
    noise: float
    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0
    v: float = 0.0
    w: float = 0.0

    @classmethod
    def seeded(cls, rng: np.random.Generator, spec: DriftSpec | None = None) -> Odometry:
        """Draw this robot's systematic errors; each kept within two standard deviations."""
        spec = spec or DriftSpec()
        scale, turn, veer = np.clip(rng.standard_normal(3), -2.0, 2.0)
        return cls(
            rng=rng,
            scale=1.0 + float(scale) * spec.scale,
            turn_scale=1.0 + float(turn) * spec.turn_scale,
            veer=float(veer) * spec.heading_per_m,
            noise=spec.noise,
        )

    def moved(self, way: float, turn: float, dt: float) -> None:
        """The robot really went `way` metres and turned `turn` radians within `dt` seconds."""
        if way == 0.0 and turn == 0.0:
            self.v = self.w = 0.0
            return
        a, b = self.rng.standard_normal(2)
        felt = way * (self.scale + self.noise * float(a))
        turned = turn * (self.turn_scale + self.noise * float(b)) + self.veer * way
        self.x += felt * math.cos(self.yaw + 0.5 * turned)
        self.y += felt * math.sin(self.yaw + 0.5 * turned)
        self.yaw = math.remainder(self.yaw + turned, 2.0 * math.pi)
        self.v, self.w = felt / dt, turned / dt
