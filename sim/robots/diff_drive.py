"""Differential drives under acceleration limits, many at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveLimits:
    """Of a service robot's base; SI units."""

    radius: float = 0.30
    speed: float = 1.0
    acceleration: float = 0.8
    turn_rate: float = 1.5
    turn_acceleration: float = 3.0
    watchdog_s: float = 0.5
    """The base stops by itself when no command came for so long."""


@dataclass(slots=True)
class Drives:
    """State of n drives, each array of shape (n,): pose in frame map, speeds, and what was last commanded."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    yaw: NDArray[np.float64]
    v: NDArray[np.float64]
    w: NDArray[np.float64]
    command_v: NDArray[np.float64]
    command_w: NDArray[np.float64]
    command_s: NDArray[np.float64]
    """Simulated time of the last command."""
    travelled: NDArray[np.float64]
    """Metres since the start."""

    @classmethod
    def at(cls, poses: NDArray[np.float64]) -> Drives:
        """Standing at `poses`, shape (n, 3)."""
        n = poses.shape[0]
        x, y, yaw = (np.ascontiguousarray(poses[:, k], dtype=np.float64).copy() for k in range(3))
        return cls(
            x=x,
            y=y,
            yaw=yaw,
            v=np.zeros(n),
            w=np.zeros(n),
            command_v=np.zeros(n),
            command_w=np.zeros(n),
            command_s=np.full(n, -math.inf),
            travelled=np.zeros(n),
        )

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def command(self, index: int, v: float, w: float, now_s: float) -> None:
        """Set the wanted speeds of one drive; what is not finite counts as a stop."""
        finite = math.isfinite(v) and math.isfinite(w)
        self.command_v[index] = v if finite else 0.0
        self.command_w[index] = w if finite else 0.0
        self.command_s[index] = now_s

    def propose(self, now_s: float, dt: float, limits: DriveLimits) -> NDArray[np.float64]:
        """Change the speeds by one step and return where that leads: shape (n, 3), frame map."""
        proposed = np.empty((len(self), 3))
        _propose(
            self.x,
            self.y,
            self.yaw,
            self.v,
            self.w,
            self.command_v,
            self.command_w,
            self.command_s,
            now_s,
            dt,
            limits.speed,
            limits.acceleration,
            limits.turn_rate,
            limits.turn_acceleration,
            limits.watchdog_s,
            proposed,
        )
        return proposed


@njit(cache=True)
def _toward(value: float, goal: float, most: float) -> float:
    return float(value + min(most, max(-most, goal - value)))


@njit(cache=True)
def _propose(
    x: Any,
    y: Any,
    yaw: Any,
    v: Any,
    w: Any,
    command_v: Any,
    command_w: Any,
    command_s: Any,
    now: float,
    dt: float,
    v_max: float,
    a_max: float,
    w_max: float,
    alpha_max: float,
    watchdog: float,
    proposed: Any,
) -> None:
    for i in range(x.shape[0]):
        alive = now - command_s[i] <= watchdog + 1e-9
        goal_v = min(v_max, max(-v_max, command_v[i])) if alive else 0.0
        goal_w = min(w_max, max(-w_max, command_w[i])) if alive else 0.0
        old_v, old_w = v[i], w[i]
        v[i] = _toward(old_v, goal_v, a_max * dt)
        w[i] = _toward(old_w, goal_w, alpha_max * dt)
        turn = 0.5 * (old_w + w[i]) * dt
        way = 0.5 * (old_v + v[i]) * dt
        # Chord of the arc: exact for constant curvature.
        half = 0.5 * turn
        chord = way * (math.sin(half) / half if abs(half) > 1e-9 else 1.0)
        proposed[i, 0] = x[i] + chord * math.cos(yaw[i] + half)
        proposed[i, 1] = y[i] + chord * math.sin(yaw[i] + half)
        angle = yaw[i] + turn
        proposed[i, 2] = math.atan2(math.sin(angle), math.cos(angle))
