"""The present journey: its state, how it begins, waits and ends. The tree decides when; here is what that entails.

Pure: `now` is ROS time in seconds; what is to be done is appended to the guide's effects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from robot_nodes.guiding.effects import Ask, Effect, FinishAction, StopGoing
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.pace import Pace
from robot_nodes.guiding.status import BUSY, LEADING, RELEASE_S, TURN_BACK_S, Status
from robot_nodes.guiding.voice import Voice
from robot_nodes.guiding.words import reason as words_for

__all__ = ["HandOver", "Journey", "Standing"]

Standing = Literal["", "booth", "wait", "stop", "help", "hand_over"]
"""Why the robot is paused."""
_WEIGHT: tuple[Standing, ...] = ("", "booth", "wait", "stop", "help", "hand_over")
"""Of two reasons to stand the later one here counts: it is harder to leave."""


@dataclass(slots=True)
class HandOver:
    """The visitor is being handed over to another robot."""

    request_id: str
    """Of the journey the other robot makes with them."""
    action_id: str = ""
    """The `handOver` action this is, if the fleet ordered it."""
    stage: Literal["asked", "coming", "here", "taken", "failed"] = "asked"


class Journey:
    """One robot's journey with one visitor. Single-threaded."""

    def __init__(self, effects: list[Effect], geography: Geography, voice: Voice, pace: Pace) -> None:
        self.status = Status()
        self.since = 0.0
        """When the present state began."""
        self.epoch = 0
        """Counts the states entered: a question asked in one is not answered in another."""
        self.resume_to = ""
        self.standing: Standing = ""
        self.meeting = ""
        """Id of the `meetVisitor` action under way."""
        self.handing: HandOver | None = None
        self.abandoned = ""
        """Request given up by the visitor or for the visitor, while the fleet does not know yet."""
        self.held = False
        """Whether the robot stands until the fleet has taken a given-up order back."""
        self._release_at = math.inf
        self._effects = effects
        self._geography = geography
        self._voice = voice
        self._pace = pace

    @property
    def state(self) -> str:
        """The state `GuideStatus` shows."""
        return self.status.state

    @property
    def beneath(self) -> str:
        """The state a pause interrupts, or the state itself."""
        return self.resume_to if self.state == "paused" else self.state

    @property
    def alone(self) -> bool:
        """Whether the robot leads on its own."""
        return self.state == "offline_leading" or (
            self.state in ("waiting", "paused") and self.resume_to == "offline_leading"
        )

    @property
    def unasked(self) -> bool:
        """On the way to somebody who called from elsewhere: nobody here to talk to."""
        return self.beneath == "approaching" and not self.status.utterance_id and not self.status.place

    @property
    def accompanied(self) -> bool:
        """Whether a visitor is with the robot, on the way or waited for."""
        return self.beneath in LEADING or self.state == "waiting"

    def say(self, act: str, /, **slots: object) -> None:
        """An act about this journey."""
        self._voice.journey(act, self.status, **slots)

    def enter(self, state: str, now: float) -> None:
        """Change the state."""
        self.since, self.epoch = now, self.epoch + 1
        self.status = replace(self.status, state=state)
        if state != "paused":
            self.standing = ""

    def pause(self, now: float, why: Standing = "stop") -> None:
        """Stand until told to go on; twice is as good as once."""
        if self.state == "paused":
            self.standing = max(self.standing, why, key=_WEIGHT.index)
            return
        if self.state == "waiting":
            self.resume_to = "offline_leading" if self.alone else "leading"
        else:
            self.resume_to = self.state
        self.standing = why
        self.enter("paused", now)

    def adopt(self, parameters: Mapping[str, str]) -> None:
        """Take over what the action says of the journey; a request of our own keeps its utterance."""
        request_id = parameters.get("requestId", "")
        status = self.status if request_id == self.status.request_id else Status(state=self.state)
        self.status = replace(
            status,
            request_id=request_id,
            task_id=parameters.get("taskId", status.task_id),
            place=parameters.get("place", "") or status.place,
            language=parameters.get("language", "") or status.language,
            reason="",
        )

    def begin_leading(self, state: str, now: float) -> None:
        """Set off with the visitor."""
        self._pace.forget_visitor()
        self.enter(state, now)
        self.say("lead_start")

    def measure(self, position: tuple[float, float] | None) -> float:
        """How far it is still, metres along the lanes; NaN where unknown."""
        if position is not None:
            remaining_m = self._geography.remaining_m(position, self.status.place)
            self.status = replace(self.status, remaining_m=remaining_m)
        return self.status.remaining_m

    def arrive(self, now: float) -> None:
        """There."""
        self._pace.reset()
        self.status = replace(self.status, remaining_m=0.0, reason="")
        self.enter("arrived", now)
        self.say("arrived")

    def fail(self, words: str, reason: str, now: float, *, spoken: str = "") -> None:
        """The journey ends without arriving; the visitor hears why."""
        language = self.status.language
        why = spoken if spoken and language == "en" else words_for(words, language)
        self._voice.sorry(why, language, self.status.utterance_id)
        self.end(reason, now)

    def end(self, reason: str, now: float) -> None:
        """Nothing is to be done for anybody any more."""
        self._pace.reset()
        self.status = replace(self.status, reason=reason, request_id="", remaining_m=math.nan)
        self.enter("idle", now)

    def abandon(self, reason: str, now: float) -> None:
        """Give the journey up; while the fleet's order still stands, so does the robot."""
        moving = self.state not in ("requesting", "approaching", "meeting", "arrived", "idle")
        if self.alone:
            self._effects.append(StopGoing())
            self.end(reason, now)
            return
        self.withdraw(now, stand=moving)
        self.end(reason, now)

    def withdraw(self, now: float, *, stand: bool) -> None:
        """Tell the fleet that this journey is no longer wanted.

        :param stand: until the order has been taken back.
        """
        self.abandoned = self.status.request_id
        if self.abandoned:
            self._effects.append(Ask(kind="cancel", request_id=self.abandoned))
        if stand:
            self.held, self._release_at = True, now + RELEASE_S

    def order_taken_back(self, now: float) -> None:
        """The fleet has cancelled the robot's order."""
        self.let_go()
        state = self.beneath
        if state == "approaching" and (not self.unasked or now - self.since < TURN_BACK_S):
            return  # what ended is the order before, such as the way home; ours ends with a notice of its own
        if self.unasked:
            self.end("the order was cancelled", now)
        elif state in BUSY - {"requesting"} and not self.alone:
            self.fail("refused", "the order was cancelled", now)

    def met(self, problem: str = "") -> None:
        """`meetVisitor` has ended."""
        action_id, self.meeting = self.meeting, ""
        self.finish(action_id, problem)

    def finish(self, action_id: str, problem: str = "") -> None:
        """An action has ended, well where there is no problem."""
        self._effects.append(FinishAction(action_id, not problem, problem))

    def handed_over(self, problem: str = "") -> None:
        """The hand-over has ended; the other robot is called off where it did not come about."""
        handing, self.handing = self.handing, None
        if handing is None:
            return
        if problem and handing.stage != "failed":
            self._effects.append(Ask(kind="cancel", request_id=handing.request_id))
        if handing.action_id:
            self.finish(handing.action_id, problem)

    def tidy(self) -> None:
        """Actions whose state was left another way have ended too."""
        if self.meeting and self.beneath != "meeting":
            self.met(self.status.reason or "the meeting was broken off")
        if self.handing is not None and self.standing != "hand_over":
            self.handed_over(self.status.reason or "the hand-over was broken off")

    def let_go(self) -> None:
        """The robot need not stand any longer for an order given up."""
        if self.held:
            self.held, self._release_at = False, math.inf

    def let_go_in_the_end(self, now: float) -> None:
        """The fleet never took the order back."""
        if self.held and now >= self._release_at:
            self.let_go()
