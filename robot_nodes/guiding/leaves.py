"""The few kinds of leaves and branches the guide's tree is built of.

Leaves hold no state and read no clock: what they ask and do is a function of the board they close over. The branches
are py_trees' own; here they have names that say which kind is meant.
"""

from __future__ import annotations

from collections.abc import Callable

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Selector, Sequence

__all__ = ["Case", "Do", "Stay", "Until", "When", "all_of", "first_of", "in_turn"]


class When(Behaviour):
    """SUCCESS where the question is answered by yes, else FAILURE."""

    def __init__(self, name: str, question: Callable[[], bool]) -> None:
        super().__init__(name)
        self._question = question

    def update(self) -> Status:
        """Ask."""
        return Status.SUCCESS if self._question() else Status.FAILURE


class Until(Behaviour):
    """RUNNING until the question is answered by yes, then SUCCESS."""

    def __init__(self, name: str, question: Callable[[], bool]) -> None:
        super().__init__(name)
        self._question = question

    def update(self) -> Status:
        """Ask."""
        return Status.SUCCESS if self._question() else Status.RUNNING


class Do(Behaviour):
    """Do something, which always succeeds."""

    def __init__(self, name: str, deed: Callable[[], object]) -> None:
        super().__init__(name)
        self._deed = deed

    def update(self) -> Status:
        """Do it."""
        self._deed()
        return Status.SUCCESS


class Case(Behaviour):
    """Do something and SUCCESS where the question is answered by yes, else FAILURE."""

    def __init__(self, name: str, question: Callable[[], bool], deed: Callable[[], object]) -> None:
        super().__init__(name)
        self._question, self._deed = question, deed

    def update(self) -> Status:
        """Ask, and do it."""
        if not self._question():
            return Status.FAILURE
        self._deed()
        return Status.SUCCESS


class Stay(Behaviour):
    """RUNNING: nothing to do but to go on so."""

    def __init__(self, name: str = "go on so") -> None:
        super().__init__(name)

    def update(self) -> Status:
        """Nothing."""
        return Status.RUNNING


def first_of(name: str, *children: Behaviour) -> Selector:
    """The first child that applies, looked for anew at every tick."""
    return Selector(name, memory=False, children=list(children))


def all_of(name: str, *children: Behaviour) -> Sequence:
    """Every child from the first at every tick, until one fails or runs."""
    return Sequence(name, memory=False, children=list(children))


def in_turn(name: str, *children: Behaviour) -> Sequence:
    """One child after the other, over many ticks; begins again only after it was left."""
    return Sequence(name, memory=True, children=list(children))
