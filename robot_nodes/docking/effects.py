"""What docking wants done; the shell carries it out and reports back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from robot_nodes.navigation.geometry import Pose2D, Twist2D
from robot_nodes.navigation.goals import End

__all__ = ["Effect", "Ended", "Feedback", "Navigate", "Stage", "StopNavigating", "Wish"]


class Stage(IntEnum):
    """States of DockRobot's feedback."""

    NONE = 0
    NAV_TO_STAGING_POSE = 1
    INITIAL_PERCEPTION = 2
    CONTROLLING = 3
    WAIT_FOR_CHARGE = 4
    RETRY = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the wheels should do, for the pilot; `dock`: the docked base in frame odom, while the robot drives at it."""

    twist: Twist2D
    dock: Pose2D | None = None


@dataclass(frozen=True, slots=True)
class Navigate:
    """Drive to a pose of frame map; answer with `Docking.on_staged`."""

    pose: Pose2D


@dataclass(frozen=True, slots=True)
class StopNavigating:
    """Give that up; no answer is waited for."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """To the client, whenever the stage or the number of retries changes, and now and then."""

    stage: Stage
    elapsed_s: float
    retries: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The request `id` has ended; `code` and `message` are empty where it succeeded."""

    id: int
    end: End
    code: int = 0
    retries: int = 0
    message: str = ""


Effect = Navigate | StopNavigating | Feedback | Ended
