"""How fast the robot leads: as its visitor walks, unless they wish otherwise or fall behind.

The visitor's speed is measured from where they are seen, as SPENCER measured its group's; the limit is that speed and
a little more while they are near, less while they are far, so that it settles where the gap is `GAP_M`. Where they
are not seen to be, there is no limit but the wish.
"""

from __future__ import annotations

import math
from collections import deque

from robot_nodes.guiding.effects import Effect, LimitSpeed
from robot_nodes.guiding.status import SLOW_MPS

__all__ = ["PACES_MPS", "Pace"]

PACES_MPS = (SLOW_MPS, 0.7, math.inf)
"""What a visitor can choose from; the last is no limit but the lanes' and the robot's own."""
SLOWEST_MPS, FASTEST_MPS = 0.3, 1.2
GAP_M = 2.5
"""Between robot and visitor when both walk steadily; `seeing` speaks of falling behind from 3.5 m on."""
GAIN = 0.4
"""m/s for each metre of gap missing or too much."""
STEP_MPS = 0.1
"""Smaller changes are not worth a message."""
WINDOW_S = 2.0
SHORTEST_S = 1.0
"""A speed is measured over this at least: the places of people are good to 0.03 m."""
JUMP_MPS = 2.5
"""Nobody walks like that: another person is now taken for the visitor."""


class Pace:
    """Appends `LimitSpeed` to the guide's effects, each time the limit changes."""

    def __init__(self, effects: list[Effect]) -> None:
        self._effects = effects
        self._wish = len(PACES_MPS) - 1
        self._behind = False
        self._adapted_mps = math.inf
        self._limit_mps = math.inf
        self._seen: deque[tuple[float, float, float]] = deque()

    @property
    def visitor_mps(self) -> float:
        """How fast the visitor walks; NaN while unknown."""
        if len(self._seen) < 2 or self._seen[-1][0] - self._seen[0][0] < SHORTEST_S:
            return math.nan
        (t0, x0, y0), (t1, x1, y1) = self._seen[0], self._seen[-1]
        return math.hypot(x1 - x0, y1 - y0) / (t1 - t0)

    def visitor_behind(self, behind: bool) -> None:
        """Whether the visitor cannot keep up."""
        self._behind = behind
        self._apply()

    def visitor_at(self, x: float, y: float, gap_m: float, now: float) -> None:
        """The visitor is seen at x, y, metres in `map`, `gap_m` from the robot that leads them.

        Numbers that are none are no measurement.
        """
        if not all(map(math.isfinite, (x, y, gap_m, now))):
            return
        if self._seen:
            t, last_x, last_y = self._seen[-1]
            if now <= t or math.hypot(x - last_x, y - last_y) > JUMP_MPS * max(now - t, 0.3):
                self._seen.clear()
        self._seen.append((now, x, y))
        while now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        speed_mps = self.visitor_mps
        if math.isnan(speed_mps):
            return
        wanted = max(SLOWEST_MPS, speed_mps + GAIN * (GAP_M - gap_m))
        if wanted >= FASTEST_MPS:
            self._adapted_mps = math.inf
        elif math.isinf(self._adapted_mps) or abs(wanted - self._adapted_mps) >= STEP_MPS:
            self._adapted_mps = round(wanted, 1)
        self._apply()

    def forget_visitor(self) -> None:
        """Nobody is being led, or the robot stands: how fast they walked says nothing any more."""
        self._seen.clear()
        self._adapted_mps = math.inf
        self._apply()

    def slower(self) -> bool:
        """One step slower; whether there was one."""
        return self._step(-1)

    def faster(self) -> bool:
        """One step faster; whether there was one."""
        return self._step(+1)

    def reset(self) -> None:
        """The next visitor has not wished for anything."""
        self._wish, self._behind, self._adapted_mps = len(PACES_MPS) - 1, False, math.inf
        self._seen.clear()
        self._apply()

    def _step(self, by: int) -> bool:
        if not 0 <= self._wish + by < len(PACES_MPS):
            return False
        self._wish += by
        self._apply()
        return True

    def _apply(self) -> None:
        limit_mps = min(PACES_MPS[self._wish], SLOW_MPS if self._behind else math.inf, self._adapted_mps)
        if limit_mps != self._limit_mps:
            self._limit_mps = limit_mps
            self._effects.append(LimitSpeed(limit_mps if math.isfinite(limit_mps) else 0.0))
