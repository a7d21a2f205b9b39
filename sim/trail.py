"""Where a robot has come along: breadcrumbs for who follows it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

CRUMB_M = 0.1
KEPT = 400
"""Forty metres."""


@dataclass(slots=True)
class Trail:
    """Points at least CRUMB_M apart, the newest last."""

    points: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, x: float, y: float) -> None:
        if not self.points or math.hypot(x - self.points[-1][0], y - self.points[-1][1]) >= CRUMB_M:
            self.points.append((x, y))

    def behind(self, front: tuple[float, float], back_m: float) -> tuple[float, float]:
        """The newest point at least `back_m` from `front`, as the crow flies; the oldest if none is."""
        for x, y in reversed(self.points):
            if math.hypot(x - front[0], y - front[1]) >= back_m:
                return x, y
        return self.points[0] if self.points else front
