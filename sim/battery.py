"""One robot's battery: about eight hours of guiding, charged at a dock."""

from __future__ import annotations

from dataclasses import dataclass


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
