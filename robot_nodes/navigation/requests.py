"""The goals of action clients, from accepted to ended. Handles are rclpy's; nothing here imports it.

Goal handles are kept and only executed when their goal has ended: rclpy's executors resume an execute callback that
awaits a future at every spin, which costs a core for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from robot_nodes.navigation import messages
from robot_nodes.navigation.errors import code_for
from robot_nodes.navigation.goals import End, Outcome

__all__ = ["Requests"]


@dataclass(slots=True)
class Requests:
    """Who waits for which goal."""

    _handles: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    _last: int = 0

    def add(self, action: Any, handle: Any) -> int:
        """The new goal's id.

        :param action: its type, such as `NavigateToPose`.
        """
        self._handles[self.new_id()] = (action, handle)
        return self._last

    def new_id(self) -> int:
        """For a goal that nobody waits for."""
        self._last += 1
        return self._last

    def id_of(self, handle: Any) -> int:
        """The goal's id, 0 for one that has ended."""
        for goal, (_, known) in self._handles.items():
            if known.goal_id == handle.goal_id:
                return goal
        return 0

    def __iter__(self) -> Any:
        return iter(list(self._handles))

    def waiting(self) -> list[tuple[Any, Any]]:
        """(Action type, handle) of every goal under way."""
        return list(self._handles.values())

    def get(self, goal: int | None) -> tuple[Any, Any] | None:
        """(Action type, handle), while the goal is under way and somebody waits for it."""
        return self._handles.get(goal or 0)

    def finish(self, outcome: Outcome) -> None:
        """Tell the client; a goal being cancelled must have been marked so by rclpy."""
        found = self.get(outcome.goal)
        if found is not None:
            code = code_for(outcome.code, hasattr(found[0].Goal, "poses"))
            self.end(outcome.goal, outcome.end, messages.result(found[0], code, outcome.message))

    def end(self, goal: int, end: End, result: Any) -> None:
        """As `finish`, with a result of the action's own; nothing where nobody waits any more."""
        _, handle = self._handles.pop(goal, (None, None))
        if handle is None:
            return

        def conclude(goal: Any) -> Any:
            if goal.is_cancel_requested:
                goal.canceled()
            elif end is End.SUCCEEDED:
                goal.succeed()
            else:
                goal.abort()
            return result

        handle.execute(conclude)
