"""Back pressure: time stands until every robot that can answer has answered its last odometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

GIVE_UP = 20
"""So many odometries in a row without an answer, and nobody waits for that robot until it answers again."""
WAIT_S = 0.25
"""Longest wait for one odometry's answers, wall time."""


@dataclass(slots=True)
class Lockstep:
    """A robot counts from its first answer on; each late one is counted."""

    robots: Sequence[str]
    timeouts: int = 0
    _missed: dict[str, int] = field(default_factory=dict)
    _due: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    @property
    def seen(self) -> frozenset[str]:
        """Robots that have ever answered."""
        return frozenset(self._seen)

    @property
    def complete(self) -> bool:
        """Every robot has answered at least once."""
        return len(self._seen) == len(self.robots)

    @property
    def waiting(self) -> bool:
        return bool(self._due)

    def asked(self) -> None:
        """Odometry goes out to every robot."""
        self._due = {robot for robot in self._seen if self._missed.get(robot, 0) < GIVE_UP}

    def answered(self, robot: str) -> None:
        self._seen.add(robot)
        self._missed[robot] = 0
        self._due.discard(robot)

    def gave_up(self) -> tuple[str, ...]:
        """The wait is over: whoever still owes an answer is late.

        :returns: the late ones.
        """
        late = tuple(sorted(self._due))
        for robot in late:
            self.timeouts += 1
            self._missed[robot] = self._missed.get(robot, 0) + 1
        self._due = set()
        return late
