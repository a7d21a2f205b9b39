"""What guiding wants done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak: an act of fairguide_msgs/Utterance."""

    act: str
    text: str
    language: str
    utterance_id: str = ""
    task_id: str = ""
    interrupt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask the fleet.

    :ivar kind: guide; call_staff; cancel (of `request_id`); visitor_lost (whose request is `request_id`: what now?);
        hand_over (another robot is to meet the visitor here, and to lead them on to `place`).
    """

    kind: str
    request_id: str
    place: str = ""
    language: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Stand still, keeping the goal (True), or go on (False)."""

    on: bool


@dataclass(frozen=True, slots=True)
class LimitSpeed:
    """Metres per second; 0 lifts the limit."""

    speed_mps: float


@dataclass(frozen=True, slots=True)
class Go:
    """Drive there on the robot's own map (the broker is out of reach)."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class StopGoing:
    """Give up `Go`."""


@dataclass(frozen=True, slots=True)
class Look:
    """Turn on the spot at x, y (where the robot stands) to this yaw, and hold still again; a `Hold` ends it."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class FinishAction:
    """A VDA 5050 action has ended."""

    action_id: str
    success: bool
    description: str = ""


Effect = Say | Ask | Hold | LimitSpeed | Go | StopGoing | Look | FinishAction
