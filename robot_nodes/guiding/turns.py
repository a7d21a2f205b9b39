"""The geometry of a way: where it turns, which way, and how far along it somebody is.

Pure; a way is points of shape (n, 2), metres in `map`, in the order they are driven.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Turn", "Way"]

Points = NDArray[np.float64]
Side = Literal["left", "right"]

STEP_M = 0.5
WINDOW_M = 2.0
"""Headings are taken over this far before and after a point: shorter bends are ways round something, not turns."""
TURN_RAD = math.radians(50.0)
APART_M = 4.0
"""Bends nearer to each other than this are one turn."""
BEYOND_M = 6.0
"""Where a turn leads to is looked up this far behind it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a way.

    :ivar along_m: from the start of the way.
    :ivar before: a point `BEYOND_M` before the turn; `after`: as far behind it.
    """

    along_m: float
    side: Side
    before: tuple[float, float]
    after: tuple[float, float]


class Way:
    """One way. Immutable once built."""

    def __init__(self, points: Points) -> None:
        """:param points: shape (n, 2); doubles are dropped, and fewer than two make a way without turns."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        if len(points) > 1:
            points = points[np.r_[True, np.hypot(*np.diff(points, axis=0).T) > 1e-6]]
        self._points = points
        steps = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
        self._along = np.r_[0.0, np.cumsum(steps)]
        self.length_m = float(self._along[-1])
        self.turns = self._find_turns()

    def at(self, along_m: float) -> tuple[float, float]:
        """The point so far along the way; its ends before and behind."""
        x = float(np.interp(along_m, self._along, self._points[:, 0]))
        return x, float(np.interp(along_m, self._along, self._points[:, 1]))

    def project(self, x: float, y: float) -> tuple[float, float]:
        """How far along the way the nearest point of it to x, y lies, and how far that is from there, metres.

        A way without length is infinitely far away.
        """
        if len(self._points) < 2:
            return 0.0, math.inf
        start, leg = self._points[:-1], np.diff(self._points, axis=0)
        length = np.hypot(leg[:, 0], leg[:, 1])
        share = np.clip(np.einsum("ij,ij->i", np.array((x, y)) - start, leg) / length**2, 0.0, 1.0)
        foot = start + share[:, None] * leg
        away = np.hypot(foot[:, 0] - x, foot[:, 1] - y)
        best = int(np.argmin(away))
        return float(self._along[best] + share[best] * length[best]), float(away[best])

    def next_turn(self, along_m: float) -> Turn | None:
        """The first turn behind this point of the way."""
        return next((turn for turn in self.turns if turn.along_m > along_m), None)

    def _find_turns(self) -> tuple[Turn, ...]:
        """Where the headings before and behind differ most, of each bend that is sharp enough."""
        if self.length_m < 2.0 * WINDOW_M:
            return ()
        along = np.arange(WINDOW_M, self.length_m - WINDOW_M + 1e-9, STEP_M)
        x, y = (np.interp(along, self._along, self._points[:, k]) for k in (0, 1))
        before = np.arctan2(y - self._at(along - WINDOW_M, 1), x - self._at(along - WINDOW_M, 0))
        after = np.arctan2(self._at(along + WINDOW_M, 1) - y, self._at(along + WINDOW_M, 0) - x)
        bend = (after - before + math.pi) % (2.0 * math.pi) - math.pi
        found: list[Turn] = []
        for index in np.argsort(-np.abs(bend), kind="stable"):
            if abs(bend[index]) < TURN_RAD:
                break
            place = float(along[index])
            if all(abs(place - turn.along_m) >= APART_M for turn in found):
                side: Side = "left" if bend[index] > 0.0 else "right"
                found.append(Turn(place, side, self.at(place - BEYOND_M), self.at(place + BEYOND_M)))
        return tuple(sorted(found, key=lambda turn: turn.along_m))

    def _at(self, along_m: Points, axis: int) -> Points:
        return np.interp(along_m, self._along, self._points[:, axis])
