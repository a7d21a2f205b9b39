"""What can go wrong with a venue: one small tree."""

from __future__ import annotations


class MapsError(ValueError):
    """Base of this room's errors; its text is one line that says what, where and what to do."""


class PlanError(MapsError):
    """A floor plan that cannot be used.

    :ivar path: the plan file (or folder) at fault.
    :ivar where: the key (`halls.culture.rect`) or the line (`line 12`) at fault.
    :ivar message: what is wrong and what to do.
    """

    def __init__(self, path: str, where: str | int, message: str) -> None:
        self.path = path
        self.where = f"line {where}" if isinstance(where, int) else where
        self.message = " ".join(message.split())
        super().__init__(f"{path}: {self.where}: {self.message}" if self.where else f"{path}: {self.message}")


class UnknownPlace(MapsError):
    """No place has this id."""

    def __init__(self, place: str, nearest: tuple[str, ...] = ()) -> None:
        self.place = place
        self.nearest = nearest
        hint = f"did you mean {', '.join(nearest)}?" if nearest else "search for it by name first"
        super().__init__(f"unknown place {place!r}: {hint}")


class UnknownLane(MapsError):
    """No lane, or no node, has this id."""


class NoRoute(MapsError):
    """The lanes lead from nowhere to here, or all of them are closed."""

    def __init__(self, start: str, goal: str) -> None:
        self.start = start
        self.goal = goal
        super().__init__(f"no route from {start} to {goal}: every way is closed; open a lane or choose another goal")


class MapFileError(MapsError):
    """A map_server file that cannot be read."""
