"""What the visitor is told on the way: turns, and how far it is still.

Never more often than every `EVERY_S`, and nothing in the last `LAST_S` before the destination.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.status import PROGRESS_MIN_M, Status
from robot_nodes.guiding.turns import Turn, Way

if TYPE_CHECKING:
    from robot_nodes.guiding.voice import Voice

__all__ = ["Announcer"]

EVERY_S = 15.0
LAST_S = 10.0
SLOWEST_MPS, FASTEST_MPS = 0.3, 1.2
USUAL_MPS = 0.6
NEAREST_TURN_M, FARTHEST_TURN_M = 5.0, 16.0
"""A turn is told of while it is at such a distance: nearer there is no time to say it, farther nobody remembers."""
OFF_WAY_M = 3.0
"""So far off the way it was, the robot goes another."""
LONG_M = 100.0
"""A longer way gets a second word on what is left."""
MINUTES_FROM = 1.5


class Announcer:
    """One journey's. Not for several threads at once."""

    def __init__(self, geography: Geography, voice: Voice) -> None:
        self._geography, self._voice = geography, voice
        self._way: Way | None = None
        self._plan: Way | None = None
        self._told: list[tuple[float, float]] = []
        self._said_at = -math.inf
        self._began_at = 0.0
        self._total_m = math.nan
        self._marks: list[float] = []

    def begin(self, now: float) -> None:
        """The visitor is led from here on."""
        self._way, self._plan, self._told, self._said_at = None, None, [], -math.inf
        self._began_at, self._total_m = now, math.nan

    def plan(self, way: Way | None) -> None:
        """What navigation is about to drive, the end of what is released included."""
        self._plan = way

    def measured(self, remaining_m: float) -> None:
        """How far it is still; the first time says how far it is altogether."""
        if math.isnan(self._total_m) and math.isfinite(remaining_m):
            self._total_m = remaining_m
            self._marks = [remaining_m / 2.0] if remaining_m >= PROGRESS_MIN_M else []
            if remaining_m >= LONG_M:
                self._marks.append(remaining_m / 5.0)

    def quiet(self, remaining_m: float, now: float) -> bool:
        """Whether nothing may be said now."""
        return now - self._said_at < EVERY_S or not remaining_m > LAST_S * self._speed(remaining_m, now)

    def due_turn(self, position: tuple[float, float] | None, place: str) -> Turn | None:
        """The turn to tell of now, if there is one."""
        if position is None:
            return None
        way = self._ahead(position, place)
        if way is None:
            return None
        along_m, _ = way.project(*position)
        turn = way.next_turn(along_m)
        if turn is None or not NEAREST_TURN_M <= turn.along_m - along_m <= FARTHEST_TURN_M:
            return None
        corner = way.at(turn.along_m)
        return None if any(math.dist(corner, told) < OFF_WAY_M for told in self._told) else turn

    def tell_turn(self, position: tuple[float, float], status: Status, now: float) -> None:
        """Say the turn that is due, with the hall it leads into."""
        way, turn = self._ahead(position, status.place), self.due_turn(position, status.place)
        if way is None or turn is None:
            return
        metres = turn.along_m - way.project(*position)[0]
        into = self._geography.hall(turn.after, status.language)
        if into == self._geography.hall(turn.before, status.language):
            into = ""
        self._told.append(way.at(turn.along_m))
        self._said_at = now
        self._voice.text("progress", f"turn_{turn.side}", status, metres=round(metres), hall=into)

    def due_progress(self, remaining_m: float) -> bool:
        """Whether a mark has been passed since the last word."""
        return bool(self._marks) and remaining_m <= self._marks[0]

    def tell_progress(self, remaining_m: float, status: Status, now: float) -> None:
        """Say how far it is still, and how long where that is more than a moment."""
        self._marks = [mark for mark in self._marks if mark < remaining_m]
        self._said_at = now
        minutes = remaining_m / self._speed(remaining_m, now) / 60.0
        if minutes < MINUTES_FROM:
            self._voice.journey("progress", status, remaining_m=remaining_m)
            return
        name = self._geography.name(status.place, status.language)
        self._voice.text("progress", "progress", status, place=name, metres=_round(remaining_m), minutes=round(minutes))

    def _speed(self, remaining_m: float, now: float) -> float:
        """Metres per second of this journey so far, its pauses included."""
        driven_m, took_s = self._total_m - remaining_m, now - self._began_at
        if not driven_m > 5.0 or took_s <= 0.0:
            return USUAL_MPS
        return min(max(driven_m / took_s, SLOWEST_MPS), FASTEST_MPS)

    def _ahead(self, position: tuple[float, float], place: str) -> Way | None:
        """The plan where the robot is on it, else the lanes to the destination."""
        if self._plan is not None and self._plan.project(*position)[1] <= OFF_WAY_M:
            return self._plan
        if self._way is None or self._way.project(*position)[1] > OFF_WAY_M:
            self._way = self._geography.way(position, place)
        return self._way


def _round(metres: float) -> int:
    """As one would say it: whole metres, then tens."""
    return round(metres) if metres < 50.0 else 10 * round(metres / 10.0)
