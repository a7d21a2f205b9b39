"""The actions of an order and the instant ones: their queue, blocking types and states.

VDA 5050 2.1.0, section 6.10 (blocking types) and 6.11 (action states). Triggered actions start in the
order of their arrays; one that cannot start yet holds back those behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.protocol.vda5050 import Action, ActionState, ActionStatus, BlockingType

_NEXT: dict[ActionStatus, frozenset[ActionStatus]] = {
    ActionStatus.WAITING: frozenset(
        {ActionStatus.INITIALIZING, ActionStatus.RUNNING, ActionStatus.FINISHED, ActionStatus.FAILED}
    ),
    ActionStatus.INITIALIZING: frozenset({ActionStatus.RUNNING, ActionStatus.PAUSED, ActionStatus.FAILED}),
    ActionStatus.RUNNING: frozenset({ActionStatus.PAUSED, ActionStatus.FINISHED, ActionStatus.FAILED}),
    ActionStatus.PAUSED: frozenset({ActionStatus.INITIALIZING, ActionStatus.RUNNING, ActionStatus.FAILED}),
    ActionStatus.FINISHED: frozenset(),
    ActionStatus.FAILED: frozenset(),
}


@dataclass(slots=True)
class Entry:
    """One known action."""

    action: Action
    instant: bool
    status: ActionStatus = ActionStatus.WAITING
    description: str | None = None

    def move(self, status: ActionStatus, description: str | None = None) -> bool:
        """Go to `status` if the standard allows it from here; whether it did."""
        if status not in _NEXT[self.status]:
            return False
        self.status = status
        self.description = description or self.description
        return True

    @property
    def under_way(self) -> bool:
        return self.status in (ActionStatus.INITIALIZING, ActionStatus.RUNNING, ActionStatus.PAUSED)


class Actions:
    """Every action the state reports, in the order they became known."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._queue: list[str] = []

    def __contains__(self, action_id: object) -> bool:
        return action_id in self._entries

    def get(self, action_id: str) -> Entry | None:
        return self._entries.get(action_id)

    def add(self, actions: Iterable[Action], *, instant: bool = False) -> None:
        """Know of `actions`: WAITING until triggered."""
        for action in actions:
            self._entries[action.action_id] = Entry(action, instant)

    def begin_order(self) -> None:
        """A new order: states of what has ended are no longer reported."""
        self._entries = {key: entry for key, entry in self._entries.items() if not entry.status.ended}
        self._queue.clear()

    def forget(self, actions: Iterable[Action]) -> None:
        """Drop actions whose node or edge has left the order with its horizon, while they wait."""
        for action in actions:
            entry = self._entries.get(action.action_id)
            if entry is not None and entry.status is ActionStatus.WAITING:
                del self._entries[action.action_id]

    def order_ids(self) -> frozenset[str]:
        """Ids of the order's own actions."""
        return frozenset(key for key, entry in self._entries.items() if not entry.instant)

    def trigger(self, actions: Iterable[Action]) -> None:
        """A node has been reached or an edge entered: its actions come into the queue."""
        self._queue.extend(a.action_id for a in actions if a.action_id in self._entries)

    def start_ready(self, *, driving: bool) -> list[Action]:
        """Start what may start now (it is RUNNING from here on).

        :param driving: whether the robot is moving: SOFT and HARD wait for it to stop.
        """
        started: list[Action] = []
        while self._queue:
            entry = self._entries.get(self._queue[0])
            if entry is None or entry.status is not ActionStatus.WAITING:
                self._queue.pop(0)
                continue
            if not self._may_start(entry.action.blocking_type, driving):
                break
            self._queue.pop(0)
            entry.move(ActionStatus.RUNNING)
            started.append(entry.action)
        return started

    def _may_start(self, blocking: BlockingType, driving: bool) -> bool:
        running = [e.action.blocking_type for e in self._entries.values() if e.under_way and not e.instant]
        if BlockingType.HARD in running:
            return False
        if blocking is BlockingType.NONE:
            return True
        return not driving and (blocking is BlockingType.SOFT or not running)

    @property
    def hold_the_robot(self) -> bool:
        """Whether a triggered action keeps the robot where it is."""
        triggered = [e for e in map(self._entries.get, self._queue) if e is not None and not e.status.ended]
        triggered += [e for e in self._entries.values() if e.under_way and not e.instant]
        return any(e.action.blocking_type is not BlockingType.NONE for e in triggered)

    def cancel_order(self) -> list[str]:
        """Fail what waits (section 6.6.3).

        :returns: ids of the order's actions still under way, to be given up.
        """
        self._queue.clear()
        for entry in self._entries.values():
            if not entry.instant and entry.status is ActionStatus.WAITING:
                entry.move(ActionStatus.FAILED, "order cancelled")
        return self.running()

    def running(self) -> list[str]:
        """Ids of the order's actions under way."""
        return [key for key, entry in self._entries.items() if entry.under_way and not entry.instant]

    def leave_edge(self, actions: Iterable[Action]) -> list[str]:
        """Actions of an edge end with it: those that never started fail, those under way are finished.

        :returns: ids of those that were under way.
        """
        stopped = []
        for action in actions:
            entry = self._entries.get(action.action_id)
            if entry is None or entry.status.ended:
                continue
            if entry.under_way:
                stopped.append(action.action_id)
                entry.move(ActionStatus.RUNNING)
                entry.move(ActionStatus.FINISHED, "edge left")
            else:
                entry.move(ActionStatus.FAILED, "edge left before it could start")
        return stopped

    @property
    def all_ended(self) -> bool:
        return all(entry.status.ended for entry in self._entries.values() if not entry.instant)

    def states(self) -> tuple[ActionState, ...]:
        return tuple(
            ActionState(
                action_id=key,
                action_type=entry.action.action_type,
                action_status=entry.status,
                result_description=entry.description,
            )
            for key, entry in self._entries.items()
        )
