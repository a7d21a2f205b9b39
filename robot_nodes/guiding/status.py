"""What guiding reads and shows: the meaning of a sentence, and its own status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

ANSWER_TIMEOUT_S = 30.0
MEET_TIMEOUT_S = 60.0
MEET_RANGE_M = 2.5
MEET_HOLD_S = 1.0
SLOW_MPS = 0.4
CALL_AGAIN_S = 20.0
GIVE_UP_S = 90.0
ARRIVED_S = 3.0
IDLE_PAUSE_S = 30.0
TURN_BACK_S = 10.0
"""A robot called while it drives elsewhere brakes, and its order before ends, within this."""
PROGRESS_MIN_M = 20.0
"""A shorter way needs no word in the middle."""
SESSION_S = 90.0
"""Whoever speaks after a longer silence is taken for somebody else, as in `language.dialogue`."""
RELEASE_S = 30.0
"""After giving up, the robot stands until the fleet has taken the order back, or this long."""
BUSY = frozenset({"requesting", "approaching", "meeting", "leading", "waiting", "offline_leading"})
LEADING = frozenset({"leading", "offline_leading"})


class Meaning(Protocol):
    """What guiding reads of an intent (robot_nodes.language.Intent, or its ROS message)."""

    @property
    def name(self) -> str: ...
    @property
    def slots(self) -> Mapping[str, str]: ...
    @property
    def language(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def reply(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def lead(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `GuideStatus` shows."""

    state: str = "idle"
    task_id: str = ""
    request_id: str = ""
    utterance_id: str = ""
    place: str = ""
    language: str = "zh"
    remaining_m: float = math.nan
    reason: str = ""
