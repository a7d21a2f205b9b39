"""How fast simulated time may run against the wall."""

from __future__ import annotations

from dataclasses import dataclass

CATCH_UP_S = 0.2
"""A debt of wall time older than this is forgiven, so that a pause is not followed by a rush."""


@dataclass(slots=True)
class Pace:
    """`speed` is simulated over wall time; 0: no cap."""

    speed: float
    _next_wall: float | None = None

    def wait_s(self, wall_s: float, simulated_s: float) -> float:
        """Seconds of wall time to wait after a tick that took `simulated_s` of simulated time and ended now."""
        if self.speed <= 0.0:
            self._next_wall = None
            return 0.0
        due = (wall_s if self._next_wall is None else self._next_wall) + simulated_s / self.speed
        self._next_wall = max(due, wall_s - CATCH_UP_S)
        return max(0.0, due - wall_s)
