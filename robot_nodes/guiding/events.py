"""What happens to the guide: one event, or only the passing of time, is the occasion of each tick of its tree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from robot_nodes.guiding.status import Meaning

__all__ = ["ActionBegun", "ActionTakenBack", "Blocked", "Event", "GoalEnded", "Heard", "Noticed", "Powered", "Seen"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A visitor said something."""

    intent: Meaning
    utterance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """The fleet's notice; `language` and `text` of an announcement."""

    kind: str
    request_id: str
    task_id: str = ""
    reason: str = ""
    language: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ActionBegun:
    """A VDA 5050 action begins."""

    action_id: str
    action_type: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ActionTakenBack:
    """The master takes an action back."""

    action_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the visitor is: NONE, WITH_ME, FALLING_BEHIND, LOST or RETURNED; NaN where unknown, metres in `map`."""

    presence: str
    distance_m: float
    x: float = math.nan
    y: float = math.nan


@dataclass(frozen=True, slots=True)
class GoalEnded:
    """The end of `Go`."""

    arrived: bool
    description: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Navigation's recoveries have all failed (True), or the way is free again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Powered:
    """The battery, percent."""

    percent: float


Event = Heard | Noticed | ActionBegun | ActionTakenBack | Seen | GoalEnded | Blocked | Powered
