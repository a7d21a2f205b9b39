"""What driving is asked for, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from robot_nodes.navigation.geometry import Pose2D

__all__ = ["End", "Goal", "Outcome", "State", "Status"]


class State(Enum):
    """What the robot is doing about its goal."""

    IDLE = "idle"
    DRIVING = "driving"
    WAITING = "waiting"
    PAUSED = "paused"


class End(Enum):
    """How a goal ended."""

    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where to go.

    :ivar id: chosen by who asks; outcomes carry it.
    :ivar poses: at least one, frame map; all but the last are passed without stopping.
    :ivar along_lanes: route on the lane graph to the one pose; else drive the poses as given.
    :ivar turn: whether the last pose's yaw matters.
    """

    id: int
    poses: tuple[Pose2D, ...]
    along_lanes: bool
    turn: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one goal; `code` and `message` are Nav2's `error_code` and one line (0 and empty for success)."""

    goal: int
    end: End
    code: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """After each step.

    :ivar remaining_m: along the path; `remaining_s` at the present pace.
    :ivar poses_left: poses of the goal not yet passed.
    :ivar recovery: what is being tried against a lack of progress (a `Recovery`'s value), or empty.
    :ivar needs_staff: nothing has helped for `Patience.staff_after_s`: somebody should come and clear the way.
    """

    state: State
    goal: int | None = None
    remaining_m: float = 0.0
    remaining_s: float = 0.0
    driving_s: float = 0.0
    recoveries: int = 0
    poses_left: int = 0
    recovery: str = ""
    needs_staff: bool = False
