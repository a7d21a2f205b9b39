"""One robot's battery: about eight hours of guiding, charged at a dock."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

CONTACT_M = 0.05
CONTACT_RAD = math.radians(6.0)
STANDING_MPS = 0.02
"""A robot so near to a dock's pose, turned about as it, and as slow, touches its contacts."""


class Chargers:
    """Where current is to be had."""

    def __init__(self, poses: Iterable[tuple[float, float, float]]) -> None:
        """:param poses: of docked robots: x, y, yaw in frame map, metres and radians."""
        self._poses = np.array(list(poses), np.float64).reshape(-1, 3)

    def touched(self, x: float, y: float, yaw: float, v: float) -> bool:
        """Whether a robot there, driving at `v` m/s, has contact."""
        if abs(v) > STANDING_MPS or not len(self._poses):
            return False
        away = np.hypot(self._poses[:, 0] - x, self._poses[:, 1] - y)
        nearest = int(np.argmin(away))
        turned = math.remainder(float(self._poses[nearest, 2]) - yaw, 2.0 * math.pi)
        return bool(away[nearest] <= CONTACT_M + 1e-9 and abs(turned) <= CONTACT_RAD + 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec:
    """Shares of the whole. Standing lasts 12 h; at a mean of 0.5 m/s it lasts 8 h; a charge takes 1.5 h."""

    per_second: float = 1.0 / 43_200.0
    per_metre: float = 2.0 * (1.0 / 28_800.0 - 1.0 / 43_200.0)
    charge_per_second: float = 1.0 / 5_400.0
    capacity_ah: float = 40.0
    empty_v: float = 22.4
    full_v: float = 27.2
    """Eight LiFePO4 cells."""


@dataclass(slots=True)
class Battery:
    """`level` is 0..1."""

    level: float = 0.9
    charging: bool = False
    spec: BatterySpec = BatterySpec()
    current_a: float = 0.0
    """Negative while discharging, as sensor_msgs/BatteryState has it."""

    def passed(self, dt: float, metres: float, at_dock: bool) -> None:
        """`dt` seconds went by in which the robot drove `metres`; `at_dock`: it stands at a dock."""
        before = self.level
        used = dt * self.spec.per_second + metres * self.spec.per_metre
        self.charging = at_dock
        gained = dt * self.spec.charge_per_second if at_dock else 0.0
        self.level = min(1.0, max(0.0, self.level + (gained if at_dock else -used)))
        self.current_a = (self.level - before) * self.spec.capacity_ah * 3600.0 / dt

    @property
    def voltage(self) -> float:
        return self.spec.empty_v + self.level * (self.spec.full_v - self.spec.empty_v)
