"""How near the robot came to people while it drove: the zones of HuNavSim's measures.

Perez-Higueras and others, "HuNavSim: A ROS 2 Human Navigation Simulator for Benchmarking Human-Aware Robot Navigation"
(2023), after Hall, "The Hidden Dimension" (1966). Distances are from middle to middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INTIMATE_M, PERSONAL_M, SOCIAL_M = 0.45, 1.2, 3.6
MOVING_MPS = 0.2
"""Slower than this the robot counts as standing: people come as near to it as they like."""


@dataclass(slots=True)
class Zones:
    """Seconds of driving, and of driving inside somebody's zone."""

    moving_s: float = 0.0
    intimate_s: float = 0.0
    personal_s: float = 0.0
    social_s: float = 0.0
    nearest_m: float = math.inf

    def add(self, x: float, y: float, v: float, people: NDArray[np.float64], own: int, dt: float) -> None:
        """:param people: shape (n, 2), frame map; nan for who is not there.

        :param own: index of the visitor being led, whose zone the robot may be in; -1: nobody.
        """
        if abs(v) <= MOVING_MPS:
            return
        away = np.hypot(people[:, 0] - x, people[:, 1] - y)
        if own >= 0:
            away = np.delete(away, own)
        near = float(np.nanmin(away, initial=math.inf)) if away.size else math.inf
        self.moving_s += dt
        self.intimate_s += dt * (near < INTIMATE_M)
        self.personal_s += dt * (near < PERSONAL_M)
        self.social_s += dt * (near < SOCIAL_M)
        self.nearest_m = min(self.nearest_m, near)

    @property
    def personal_share(self) -> float:
        """Of the driving time, inside somebody's personal zone, 0..1."""
        return self.personal_s / self.moving_s if self.moving_s else 0.0
