"""The present journey: its state, how it begins, waits and ends. `core` decides when; here is what that entails.

Pure: `now` is ROS time in seconds; what is to be done is appended to the guide's effects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from robot_nodes.guiding.effects import Ask, Effect, FinishAction, StopGoing
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.pace import Pace
from robot_nodes.guiding.status import BUSY, LEADING, PROGRESS_MIN_M, RELEASE_S, TURN_BACK_S, Status
from robot_nodes.guiding.voice import Voice
from robot_nodes.guiding.words import reason as words_for

__all__ = ["Journey"]


class Journey:
    """One robot's journey with one visitor. Single-threaded."""

    def __init__(self, effects: list[Effect], geography: Geography, voice: Voice, pace: Pace) -> None:
        self.status = Status()
        self.since = 0.0
        """When the present state began."""
        self.resume_to = ""
        self.meeting = ""
        """Id of the `meetVisitor` action under way."""
        self.abandoned = ""
        """Request given up by the visitor or for the visitor, while the fleet does not know yet."""
        self.held = False
        """Whether the robot stands until the fleet has taken a given-up order back."""
        self._release_at = math.inf
        self._total_m = math.nan
        self._progress_said = False
        self._effects = effects
        self._geography = geography
        self._voice = voice
        self._pace = pace

    @property
    def state(self) -> str:
        """The state `GuideStatus` shows."""
        return self.status.state

    @property
    def alone(self) -> bool:
        """Whether the robot leads on its own."""
        return self.state == "offline_leading" or (
            self.state in ("waiting", "paused") and self.resume_to == "offline_leading"
        )

    @property
    def unasked(self) -> bool:
        """On the way to somebody who called from elsewhere: nobody here to talk to."""
        return self.state == "approaching" and not self.status.utterance_id and not self.status.place

    def say(self, act: str, **slots: object) -> None:
        """An act about this journey."""
        self._voice.journey(act, self.status, **slots)

    def enter(self, state: str, now: float) -> None:
        """Change the state."""
        self.since = now
        self.status = replace(self.status, state=state)

    def pause(self, now: float) -> None:
        """Stand until told to go on; twice is as good as once."""
        if self.state in ("paused", "requesting"):
            return
        if self.state == "waiting":
            self.resume_to = "offline_leading" if self.alone else "leading"
        else:
            self.resume_to = self.state
        self.enter("paused", now)

    def pause_leading(self, now: float) -> None:
        """Stand where the visitor is being led: somebody is coming to them."""
        if self.state in LEADING:
            self.pause(now)

    def adopt(self, parameters: Mapping[str, str]) -> None:
        """Take over what the action says of the journey; a request of our own keeps its utterance."""
        request_id = parameters.get("requestId", "")
        status = self.status if request_id == self.status.request_id else Status()
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
        self.enter(state, now)
        self._total_m, self._progress_said = math.nan, False
        self.say("lead_start")

    def measure(self, position: tuple[float, float] | None) -> None:
        """How far it is still; half-way the visitor is told."""
        if position is None:
            return
        remaining_m = self._geography.remaining_m(position, self.status.place)
        self.status = replace(self.status, remaining_m=remaining_m)
        if math.isnan(self._total_m):
            self._total_m = remaining_m
        halfway = self._total_m >= PROGRESS_MIN_M and remaining_m <= self._total_m / 2
        if halfway and not self._progress_said:
            self._progress_said = True
            self.say("progress", remaining_m=remaining_m)

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
        self.abandoned = self.status.request_id
        self._effects.append(Ask(kind="cancel", request_id=self.abandoned))
        if self.meeting:
            self.met(reason)
        self.end(reason, now)
        if moving:
            self.held, self._release_at = True, now + RELEASE_S

    def order_taken_back(self, now: float) -> None:
        """The fleet has cancelled the robot's order."""
        self.let_go()
        state = self.resume_to if self.state == "paused" else self.state
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

    def let_go(self) -> None:
        """The robot need not stand any longer for an order given up."""
        if self.held:
            self.held, self._release_at = False, math.inf

    def let_go_in_the_end(self, now: float) -> None:
        """The fleet never took the order back."""
        if self.held and now >= self._release_at:
            self.let_go()
