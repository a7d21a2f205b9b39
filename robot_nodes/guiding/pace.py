"""How fast the robot leads: as fast as it may, unless its visitor wishes otherwise or falls behind."""

from __future__ import annotations

import math

from robot_nodes.guiding.effects import Effect, LimitSpeed
from robot_nodes.guiding.status import SLOW_MPS

__all__ = ["PACES_MPS", "Pace"]

PACES_MPS = (SLOW_MPS, 0.7, math.inf)
"""What a visitor can choose from; the last is no limit but the lanes' and the robot's own."""


class Pace:
    """Appends `LimitSpeed` to the guide's effects, each time the limit changes."""

    def __init__(self, effects: list[Effect]) -> None:
        self._effects = effects
        self._wish = len(PACES_MPS) - 1
        self._behind = False
        self._limit_mps = math.inf

    def visitor_behind(self, behind: bool) -> None:
        """Whether the visitor cannot keep up."""
        self._behind = behind
        self._apply()

    def slower(self) -> bool:
        """One step slower; whether there was one."""
        return self._step(-1)

    def faster(self) -> bool:
        """One step faster; whether there was one."""
        return self._step(+1)

    def reset(self) -> None:
        """The next visitor has not wished for anything."""
        self._wish, self._behind = len(PACES_MPS) - 1, False
        self._apply()

    def _step(self, by: int) -> bool:
        if not 0 <= self._wish + by < len(PACES_MPS):
            return False
        self._wish += by
        self._apply()
        return True

    def _apply(self) -> None:
        limit_mps = min(PACES_MPS[self._wish], SLOW_MPS if self._behind else math.inf)
        if limit_mps != self._limit_mps:
            self._limit_mps = limit_mps
            self._effects.append(LimitSpeed(limit_mps if math.isfinite(limit_mps) else 0.0))
