"""The blackboard of the guide's tree: what it knows, typed. Leaves read it, and write what follows.

Not py_trees' own blackboard, which is one for the whole process and untyped.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from robot_nodes.guiding.announcer import Announcer
from robot_nodes.guiding.effects import Ask, Effect, Go
from robot_nodes.guiding.events import Event
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.journey import Journey
from robot_nodes.guiding.pace import Pace
from robot_nodes.guiding.programme import Programme
from robot_nodes.guiding.status import (
    BUSY,
    LEADING,
    METRES_PER_PERCENT,
    QUESTION_S,
    RESERVE_PERCENT,
    WISHES,
    Status,
)
from robot_nodes.guiding.voice import Voice

__all__ = ["Board", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What the guide has asked, and waits to be answered.

    :ivar kind: whether to go on, to go to `place` instead, or to be taken to `place` next.
    :ivar epoch: of the journey's state it was asked in.
    """

    kind: Literal["go_on", "change", "offer"]
    place: str
    asked_at: float
    epoch: int


@dataclass(slots=True)
class Board:
    """One robot's. `now` is ROS time, seconds."""

    effects: list[Effect]
    geography: Geography
    programme: Programme
    voice: Voice
    pace: Pace
    journey: Journey
    announcer: Announcer
    new_id: Callable[[], str]
    clock: Callable[[], datetime | None]
    now: float = 0.0
    event: Event | None = None
    """What this tick is about; None: time has passed."""
    connected: bool = False
    position: tuple[float, float] | None = None
    presence: str = "NONE"
    presence_since: float = 0.0
    visitor_at: tuple[float, float] | None = None
    visitor_m: float = math.nan
    near_since: float = math.inf
    """Since when somebody has stood where a visitor to be met would."""
    battery_percent: float = math.nan
    blocked: bool = False
    asked_language: str = ""
    """The language the visitor asked to be spoken to in."""
    heard_at: float = -math.inf
    question: Question | None = None
    stop_asked: bool = False
    """Whether this pause has been asked about."""
    wishes: list[str] = field(default_factory=list)
    """Places the visitor asked about and was not taken to yet, the oldest first."""
    talked: bool = False
    """Whether there was more to say at the destination than that it is there."""
    turned_away: bool = False
    """Whether the robot has turned to look for its visitor, and its own goal with it."""
    assert_hold: bool = False
    """Ask for stillness again: somebody else may have let the robot go."""

    @property
    def status(self) -> Status:
        """What `GuideStatus` shows."""
        return self.journey.status

    @property
    def state(self) -> str:
        """Its state."""
        return self.journey.state

    @property
    def in_state_s(self) -> float:
        """How long the state has lasted."""
        return self.now - self.journey.since

    @property
    def quiet_s(self) -> float:
        """How long nobody has said anything in this state."""
        return self.now - max(self.journey.since, self.heard_at)

    def after(self, seconds: float) -> Callable[[], bool]:
        """Whether the state has lasted this long."""
        return lambda: self.in_state_s >= seconds

    def is_state(self, *states: str) -> Callable[[], bool]:
        """Whether the state is one of these."""
        return lambda: self.state in states

    # questions ----------------------------------------------------------------------------------

    @property
    def asking(self) -> Question | None:
        """The question that is open, if there is one."""
        question = self.question
        if question is None or question.epoch != self.journey.epoch or self.now - question.asked_at >= QUESTION_S:
            return None
        return question

    @property
    def unanswered(self) -> Question | None:
        """The question of this state that nobody has answered in time, if there is one."""
        question = self.question
        return question if question and question.epoch == self.journey.epoch and not self.asking else None

    def ask(self, kind: Literal["go_on", "change", "offer"], place: str, key: str, /, **slots: object) -> None:
        """Put the question `key` to the present visitor."""
        self.question = Question(kind, place, self.now, self.journey.epoch)
        self.voice.text("clarify", key, self.status, **slots)

    # visitors -----------------------------------------------------------------------------------

    def new_visitor(self) -> None:
        """Whoever comes now has asked for nothing yet."""
        self.asked_language, self.wishes, self.question = "", [], None
        self.pace.reset()

    def forget_presence(self) -> None:
        """Where the visitor was before says nothing about now."""
        self.presence, self.presence_since, self.visitor_at = "NONE", self.now, None

    def remember_wish(self, place: str) -> None:
        """The visitor asked about a place."""
        if place and place != self.status.place:
            self.wishes = [*(it for it in self.wishes if it != place), place][-WISHES:]

    # journeys -----------------------------------------------------------------------------------

    @property
    def occupied(self) -> bool:
        """Whether the robot is there for somebody."""
        return self.state in BUSY or self.journey.held or (self.state == "paused" and self.journey.resume_to in BUSY)

    def request(self, place: str, language: str, utterance_id: str, said: str) -> None:
        """A visitor who is here wants to be led to a place."""
        request_id = self.new_id()
        self.journey.status = Status(
            state=self.state, request_id=request_id, utterance_id=utterance_id, place=place, language=language
        )
        self.journey.say("confirm")
        if self.connected:
            self.journey.enter("requesting", self.now)
            self.effects.append(Ask(kind="guide", request_id=request_id, place=place, language=language, text=said))
        else:
            self.lead_alone()

    def lead_alone(self) -> None:
        """Out of the fleet's reach: over the robot's own map."""
        station = self.geography.station(self.status.place)
        if station is None:
            self.journey.fail("blocked", f"no station for {self.status.place}", self.now)
        elif not self.in_range():
            self.journey.fail("battery", "the battery is too low for the way", self.now)
        else:
            self.begin_leading("offline_leading")
            self.go()

    def go(self) -> None:
        """Drive to the destination on our own."""
        station = self.geography.station(self.status.place)
        if station is not None:
            self.effects.append(Go(station.x, station.y, station.yaw))

    def begin_leading(self, state: str) -> None:
        """Set off with a visitor."""
        self.forget_presence()
        self.journey.begin_leading(state, self.now)
        self.announcer.begin(self.now)
        self.announcer.measured(self.journey.measure(self.position))

    def lead_on(self) -> None:
        """Back from a pause, or from waiting, to what it interrupted."""
        state = self.journey.resume_to or "idle"
        self.journey.enter(state, self.now)
        if state in LEADING:
            self.pace.forget_visitor()
        if state == "offline_leading" and self.turned_away:
            self.go()
        self.turned_away = False

    def ask_for_other_robot(self) -> None:
        """Another robot is to meet the visitor here and to lead them on."""
        handing, status = self.journey.handing, self.status
        if handing is None:
            return
        if not self.connected:
            handing.stage = "failed"
            return
        self.effects.append(
            Ask(kind="hand_over", request_id=handing.request_id, place=status.place, language=status.language)
        )

    def in_range(self) -> bool:
        """Whether the battery is enough for the way that is left; where either is unknown, it is."""
        if self.position is None:
            return True
        needed_m = self.geography.remaining_m(self.position, self.status.place)
        can_m = (self.battery_percent - RESERVE_PERCENT) * METRES_PER_PERCENT
        return math.isnan(needed_m) or math.isnan(can_m) or needed_m <= can_m

    def speak(self, language: str) -> None:
        """From now on to this visitor in this language."""
        self.asked_language = language
        self.journey.status = replace(self.status, language=language)
