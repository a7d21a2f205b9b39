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
APPROACH_TIMEOUT_S = 600.0
"""A robot that was assigned, and then heard nothing of its order for so long, has been forgotten."""
LOOK_AFTER_S = 5.0
"""A lost visitor is first waited for, then looked for, called after `CALL_AGAIN_S`, ..."""
ASK_FLEET_S = 60.0
"""... the fleet is asked what to do, and after `GIVE_UP_S` the journey is given up."""
QUESTION_S = 20.0
"""How long a question of the guide's waits for its answer."""
BOOTH_QUESTION_S = 40.0
"""Without a word at a booth, or where the visitor asked to wait, the robot asks whether to go on."""
STOP_QUESTION_S = 60.0
"""The same after "stop", where it does not go on unasked."""
PAUSE_END_S = 300.0
"""Without a word from anybody a pause ends the journey."""
HELP_END_S = 600.0
"""The same where staff are on their way."""
PAUSE_LOST_S = 120.0
"""Nobody is waited for who left during a pause for so long."""
HAND_OVER_S = 240.0
"""How long another robot is waited for."""
NEAR_BOOTH_M = 5.0
"""A booth nearer than this to the robot is "this booth"."""
LEFT_M = 4.5
"""At the destination, a visitor farther away than this has gone."""
WISHES = 5
"""Places asked about on the way that are remembered."""
LOW_BATTERY_PERCENT = 20.0
RESERVE_PERCENT = 5.0
"""Kept for the way to a charger."""
METRES_PER_PERCENT = 100.0
"""What a percent is good for, a visitor's pace and pauses included (a robot of eight hours at 0.5 m/s: 144 m)."""
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
