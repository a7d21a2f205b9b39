"""What waits to be said, and what gives way to what. Pure: the time is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from operator import is_

__all__ = ["Line", "LineQueue", "Priority"]

_CHATTER = frozenset({"progress", "wait_for_you"})
_STALE_S = {0: 4.0, 1: 30.0}
"""By priority: after this long in the queue nobody wants to hear it any more. Others never are stale."""
_LONGEST = 20
"""Lines that wait."""


class Priority(IntEnum):
    """A line gives way to those above it."""

    CHATTER = 0
    """How the journey goes: dropped when stale, or when there is newer."""
    ANSWER = 1
    URGENT = 2
    """Cuts off what is said, and clears what waits: the visitor said stop."""
    SAFETY = 3
    """As urgent, and itself cut off by nothing, not even by a visitor who speaks: an emergency's announcement."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say."""

    text: str
    """Plain or SSML-lite."""
    language: str
    act: str = "inform"
    interrupt: bool = False
    """Stop what is being said, and forget what waits."""
    utterance_id: str = ""
    """Of the request it answers."""

    @property
    def priority(self) -> Priority:
        """An interrupting `inform` is what staff wants announced at once: guiding says so in emergencies only."""
        if self.act == "emergency" or (self.interrupt and self.act == "inform"):
            return Priority.SAFETY
        if self.interrupt:
            return Priority.URGENT
        return Priority.CHATTER if self.act in _CHATTER else Priority.ANSWER


@dataclass(slots=True)
class _Waiting:
    line: Line
    since_s: float


@dataclass(slots=True)
class LineQueue:
    """The line being said, and those that wait."""

    forgotten: Callable[[Line], None] = lambda line: None
    """Told of each line that will not be said."""
    current: Line | None = None
    since_s: float = 0.0
    """When the current line was added."""
    _waiting: list[_Waiting] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, line: Line, now_s: float) -> bool:
        """Let `line` wait. :returns: whether the current line is to be cut off for it."""
        if not line.text.strip():
            return False
        priority = line.priority
        if priority >= Priority.URGENT:
            self._forget(lambda other: other.priority < Priority.SAFETY)
        elif priority == Priority.CHATTER:
            self._forget(lambda other: other.act == line.act)
        elif any(it.line == line for it in self._waiting):
            return False
        self._waiting.append(_Waiting(line, now_s))
        while len(self._waiting) > _LONGEST:
            lowest = min(it.line.priority for it in self._waiting)
            oldest = next(it.line for it in self._waiting if it.line.priority == lowest)
            self._forget(partial(is_, oldest))
        return priority >= Priority.URGENT and self.current is not None and self.current.priority < Priority.SAFETY

    def take(self, now_s: float) -> Line | None:
        """The next line to say, now the current one: the highest priority, then the oldest; stale ones are dropped."""
        stale = [it.line for it in self._waiting if now_s - it.since_s > _STALE_S.get(it.line.priority, float("inf"))]
        self._forget(lambda other: any(other is line for line in stale))
        best = max(self._waiting, key=lambda it: it.line.priority, default=None)
        if best is not None:
            self._waiting = [it for it in self._waiting if it is not best]
            self.since_s = best.since_s
        self.current = best.line if best else None
        return self.current

    def barge_in(self) -> bool:
        """A visitor speaks: what waits is no longer wanted. :returns: whether the current line is to be cut off."""
        if self.current is None or self.current.priority >= Priority.SAFETY:
            return False
        self._forget(lambda other: other.priority < Priority.SAFETY)
        return True

    def clear(self) -> None:
        """Forget everything that waits."""
        self._forget(lambda other: True)

    def _forget(self, which: Callable[[Line], bool]) -> None:
        dropped = [it for it in self._waiting if which(it.line)]
        self._waiting = [it for it in self._waiting if not which(it.line)]
        for it in dropped:
            self.forgotten(it.line)
