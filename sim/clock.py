"""Simulated time, counted in whole nanoseconds so that it never drifts."""

from __future__ import annotations

from dataclasses import dataclass

STEP_S = 0.05
"""One step of the world."""
SCAN_EVERY = 2
"""Steps from scan to scan: 10 Hz."""
SECOND_EVERY = 20


@dataclass(slots=True)
class SimClock:
    """Begins at zero; ROS takes a time of zero for `no clock yet`, so nothing is published before the first step."""

    nanoseconds: int = 0
    steps: int = 0

    def advance(self, dt: float) -> None:
        self.nanoseconds += round(dt * 1e9)
        self.steps += 1

    @property
    def seconds(self) -> float:
        return self.nanoseconds * 1e-9

    @property
    def stamp(self) -> tuple[int, int]:
        """Seconds and nanoseconds, as builtin_interfaces/Time has them."""
        return divmod(self.nanoseconds, 1_000_000_000)
