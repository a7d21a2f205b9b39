"""What can go wrong while docking; codes are those of nav2_msgs DockRobot and UndockRobot (Jazzy)."""

from __future__ import annotations

from robot_nodes.errors import CodedError

__all__ = [
    "BadDock",
    "DockingError",
    "NotCharging",
    "NotControlled",
    "NotDetected",
    "NotStaged",
    "Replaced",
    "UnknownDock",
]


class DockingError(CodedError):
    """Base of this room's errors."""

    code = 999


class Replaced(DockingError):
    """A newer request took this one's place."""


class UnknownDock(DockingError):
    """The venue has no dock of that name."""

    code = 901


class BadDock(DockingError):
    """A dock that cannot be docked at, or none where the robot is to leave one."""

    code = 902


class NotStaged(DockingError):
    """The robot did not get to the place before the dock."""

    code = 903


class NotDetected(DockingError):
    """What is seen at the dock is not that dock."""

    code = 904


class NotControlled(DockingError):
    """The way was blocked, or the robot did not get where it was steered."""

    code = 905


class NotCharging(DockingError):
    """At the dock, and no current."""

    code = 906
