"""What can go wrong while driving; codes are Nav2's (nav2_msgs ComputePathToPose and FollowPath on Jazzy)."""

from __future__ import annotations


class NavigationError(Exception):
    """Base of this room's errors; its text is one line that says what, where and what to do.

    :ivar code: Nav2's `error_code`.
    """

    code = 200

    def __init__(self, message: str) -> None:
        self.message = " ".join(message.split())
        super().__init__(self.message)


class BadSettings(NavigationError):
    """A control limit that cannot be driven with."""


class BadFrame(NavigationError):
    """A goal in a frame other than `map`."""

    code = 202


class OffTheMap(NavigationError):
    """A goal that is no place on this map."""

    code = 204


class OtherLevel(OffTheMap):
    """A goal on another level of the building, or on another map than this robot's."""


class StartOffTheMap(NavigationError):
    """The robot itself is no place on this map: it is lost, or on another floor."""

    code = 203


class StartOccupied(NavigationError):
    """The robot itself is inside a wall, by the map: it is lost."""

    code = 205


class GoalOccupied(NavigationError):
    """A goal where the robot would touch a wall or a booth."""

    code = 206


class GoalUnknown(GoalOccupied):
    """A goal on floor that nobody has mapped: what stands there is not known."""


class NoPath(NavigationError):
    """There is no way to the goal."""

    code = 208


class NoViaPoints(NavigationError):
    """A goal through poses without a pose."""

    code = 309


class Stuck(NavigationError):
    """No progress for so long that the goal is given up."""

    code = 105


class Preempted(NavigationError):
    """A newer goal took this one's place."""

    code = 0


class SensorsSilent(NavigationError):
    """No scan arrives: the robot cannot drive."""

    code = 104


class Fault(NavigationError):
    """An error inside navigation itself; the robot stands still and the goal is given up."""

    code = 100
