"""What can go wrong while driving; codes are Nav2's (nav2_msgs ComputePathToPose and FollowPath on Jazzy)."""

from __future__ import annotations

from robot_nodes.errors import CodedError


class NavigationError(CodedError):
    """Base of this room's errors.

    :ivar kind: one word to count it by.
    """

    code = 200
    kind = "goal"


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
    kind = "stuck"


class Preempted(NavigationError):
    """A newer goal took this one's place."""

    code = 0


class SensorsSilent(NavigationError):
    """No scan arrives, or none that can be used: the robot cannot drive."""

    code = 104
    kind = "silent"


class BadScan(NavigationError):
    """A scan that says nothing about what stands around: it counts as none."""

    code = 104
    kind = "scan"


class BadOdometry(NavigationError):
    """Odometry that is no number, or says that the robot has jumped."""

    code = 104
    kind = "odometry"


class ClockJump(NavigationError):
    """The clock was set, backwards or forwards: what was measured before is of another time."""

    code = 100
    kind = "clock"


class BadPose(NavigationError):
    """A pose from outside (`initialpose`, `marker_pose`, `speed_limit`) that cannot be used."""

    code = 102
    kind = "input"


class Lost(NavigationError):
    """The robot has not found out where it is for so long that its goal is given up: does the map fit the hall?"""

    code = 102
    kind = "lost"


class Fault(NavigationError):
    """An error inside navigation itself; the robot stands still and the goal is given up."""

    code = 100
    kind = "fault"


class Nav2Gone(NavigationError):
    """The robot's own Nav2 is not there, or not active, for so long that the goal is given up."""

    code = 9000
    kind = "nav2"


class Nav2Failed(NavigationError):
    """The robot's own Nav2 gave up a goal, or refused it, without an error code."""

    code = 9000
    kind = "nav2"


def code_for(code: int, through_poses: bool) -> int:
    """Nav2 counts planning errors from 200 on for one pose (ComputePathToPose), from 300 on through poses."""
    return code + 100 if through_poses and 200 <= code < 300 else code
