"""What people asked for, and its life.

    queued -> assigned -> active -> finished
       ^---------+----------+         (the robot was lost or refused: back to the queue, a few times)
    queued | assigned | active -> failed | cancelled

A `Task` is immutable; each transition returns a new one or raises `TaskError`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from fleet.errors import FleetError


class TaskError(FleetError):
    """A transition the task's life does not have."""


class TaskKind(StrEnum):
    GUIDE = "guide"
    GO_TO = "goTo"
    CHARGE = "charge"
    HOME = "home"


class TaskState(StrEnum):
    QUEUED = "queued"
    ASSIGNED = "assigned"
    ACTIVE = "active"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (TaskState.FINISHED, TaskState.FAILED, TaskState.CANCELLED)


class Source(StrEnum):
    ROBOT = "robot"
    KIOSK = "kiosk"
    STAFF = "staff"
    FLEET = "fleet"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """Something asked of the fleet, already inside: places are canonical ids, not yet checked."""

    kind: str
    place: str
    origin: str = ""
    """Place the visitor waits at; empty for a visitor who stands with `robot`."""
    robot: str = ""
    """Only this robot may do it; empty: any."""
    language: str = "zh"
    source: str = Source.STAFF
    request_id: str = ""
    """Empty: no protection against a second sending."""
    asker: str = ""
    """Serial or kiosk id whose notices topic hears what becomes of it."""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing a robot has to do. Times are Unix seconds."""

    id: str
    kind: TaskKind
    place: str
    requested_at: float
    state: TaskState = TaskState.QUEUED
    origin: str = ""
    only_robot: str = ""
    robot: str = ""
    language: str = "zh"
    source: Source = Source.STAFF
    request_id: str = ""
    asker: str = ""
    text: str = ""
    assigned_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    reason: str = ""
    why: str = ""
    attempts: int = 0
    """Times a robot was given it and lost it again."""
    not_before: float = 0.0
    """Not dispatched again earlier than this (backoff after a refusal)."""

    @property
    def open(self) -> bool:
        return not self.state.ended

    def assigned(self, robot: str, why: str, now: float) -> Task:
        """Given to `robot` because of `why`."""
        self._require(TaskState.QUEUED)
        return replace(self, state=TaskState.ASSIGNED, robot=robot, why=why, assigned_at=now)

    def started(self, now: float) -> Task:
        """The robot has taken the order."""
        self._require(TaskState.ASSIGNED)
        return replace(self, state=TaskState.ACTIVE, started_at=now)

    def requeued(self, reason: str, now: float, wait_s: float = 0.0) -> Task:
        """The robot is lost to it; it waits for another at least `wait_s`."""
        self._require(TaskState.ASSIGNED, TaskState.ACTIVE)
        return replace(
            self,
            state=TaskState.QUEUED,
            robot="",
            reason=reason,
            assigned_at=None,
            started_at=None,
            attempts=self.attempts + 1,
            not_before=now + wait_s,
        )

    def finished(self, now: float) -> Task:
        self._require(TaskState.ACTIVE)
        return replace(self, state=TaskState.FINISHED, ended_at=now, reason="")

    def failed(self, reason: str, now: float) -> Task:
        """:param reason: what staff and the visitor are told; never empty."""
        return self._end(TaskState.FAILED, reason or "no reason was given", now)

    def cancelled(self, reason: str, now: float) -> Task:
        return self._end(TaskState.CANCELLED, reason or "cancelled", now)

    def _end(self, state: TaskState, reason: str, now: float) -> Task:
        self._require(TaskState.QUEUED, TaskState.ASSIGNED, TaskState.ACTIVE)
        return replace(self, state=state, reason=reason, ended_at=now)

    def _require(self, *states: TaskState) -> None:
        if self.state not in states:
            raise TaskError(f"task {self.id} is {self.state}; this needs {' or '.join(states)}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, one per field, for the store."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Task:
        """The inverse of `to_dict`."""
        kinds = {"kind": TaskKind(row["kind"]), "state": TaskState(row["state"]), "source": Source(row["source"])}
        return cls(**{**row, **kinds})
