"""Robots that should be on their way and are not: what a report calls a deadlock."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

STALL_S = 60.0
MOVED_M = 0.3
ON_THE_WAY = frozenset({"approaching", "leading"})


@dataclass(slots=True)
class Stalls:
    """`count` episodes in which a robot that was on its way did not move for STALL_S simulated seconds."""

    count: int = 0
    _last: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """Serial -> x, y and since when."""
    _stalled: set[str] = field(default_factory=set)

    def look(self, now_s: float, serial: str, x: float, y: float, state: str) -> bool:
        """:returns: whether a stall of this robot has just been found."""
        last = self._last.get(serial)
        if state not in ON_THE_WAY or last is None or math.hypot(x - last[0], y - last[1]) > MOVED_M:
            self._last[serial] = (x, y, now_s)
            self._stalled.discard(serial)
            return False
        if now_s - last[2] < STALL_S or serial in self._stalled:
            return False
        self._stalled.add(serial)
        self.count += 1
        return True
