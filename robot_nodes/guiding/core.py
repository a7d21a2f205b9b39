"""The guide: states of `GuideStatus`, from what visitors say, what the fleet answers, and where the visitor is.

Pure: `now` is ROS time in seconds, effects come out of `take_effects`. The robot's own journeys begin with an
intent and a `FleetRequest`; the fleet's begin with an action. With the broker out of reach the robot leads
alone, to the station on its own map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from robot_nodes.guiding.effects import Ask, Effect, Go, Hold
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.journey import Journey
from robot_nodes.guiding.pace import Pace
from robot_nodes.guiding.status import (
    ANSWER_TIMEOUT_S,
    ARRIVED_S,
    BUSY,
    CALL_AGAIN_S,
    GIVE_UP_S,
    IDLE_PAUSE_S,
    LEADING,
    MEET_HOLD_S,
    MEET_RANGE_M,
    MEET_TIMEOUT_S,
    SESSION_S,
    Meaning,
    Status,
)
from robot_nodes.guiding.voice import Voice
from robot_nodes.guiding.words import reason as words_for
from robot_nodes.language.intent import LANGUAGES


class Guide:
    """One robot's guide. Single-threaded."""

    def __init__(self, geography: Geography, *, new_id: Callable[[], str]) -> None:
        """:param new_id: makes ids of requests, unique in the venue."""
        self._geography = geography
        self._new_id = new_id
        self._effects: list[Effect] = []
        self._connected = False
        self._position: tuple[float, float] | None = None
        self._called_again = False
        self._near_since = math.inf
        self._holding = False
        self._asked_language = ""
        """The language the visitor asked to be spoken to in."""
        self._heard_at = -math.inf
        self._pace = Pace(self._effects)
        self._voice = Voice(self._effects, geography)
        self._journey = Journey(self._effects, geography, self._voice, self._pace)

    @property
    def status(self) -> Status:
        """What `GuideStatus` shows."""
        return self._journey.status

    @property
    def held(self) -> bool:
        """Whether the robot stands until the fleet has taken a given-up order back."""
        return self._journey.held

    def take_effects(self) -> list[Effect]:
        """What is to be done, oldest first; each is handed out once."""
        holding = self.status.state in ("waiting", "paused") or self.held
        if holding != self._holding:
            self._holding = holding
            self._effects.append(Hold(holding))
        effects = list(self._effects)
        self._effects.clear()
        return effects

    # what visitors say --------------------------------------------------------------------------

    def on_intent(self, intent: Meaning, utterance_id: str, now: float) -> None:
        """A visitor said something."""
        if now - self._heard_at > SESSION_S and self.status.state not in BUSY:
            self._asked_language = ""  # of somebody who has gone
            self._pace.reset()
        self._heard_at = now
        language = self._asked_language or intent.language
        match intent.name:
            case "stop" | "wait":
                self._journey.pause(now)
                self._holding = False  # asked for again each time: somebody else may have let the robot go
                self._voice.say("stopped", language, utterance_id, interrupt=True)
            case "resume":
                self._resume(now)
                self._voice.say("resumed", language, utterance_id)
            case "cancel":
                self._voice.say("stopped", language, utterance_id)
                if self.status.request_id or self._journey.alone:
                    self._journey.abandon("cancelled by the visitor", now)
            case "call_staff" | "emergency" | "lost_person":
                self._call_staff(intent, language, utterance_id, now)
            case "slower" | "faster":
                self._change_pace(intent, language, utterance_id)
            case "change_language":
                self._change_language(intent, utterance_id)
            case "repeat" if self._voice.repeat(utterance_id):
                pass
            case "unknown" | "repeat":
                self._voice.answer("clarify", intent, utterance_id)
            case "greet" | "goodbye":
                self._voice.answer(intent.name, intent, utterance_id)
            case "guide_to" if intent.reply and not intent.lead:
                self._voice.answer("clarify", intent, utterance_id)  # a question first: which of several, or where
            case name if name == "guide_to" or intent.lead:
                self._guide_to(intent, language, utterance_id, now)
            case _:
                self._voice.answer("inform", intent, utterance_id)

    def _guide_to(self, intent: Meaning, language: str, utterance_id: str, now: float) -> None:
        if self.status.state in BUSY or self.held:
            self._voice.sorry(words_for("busy", language), language, utterance_id)
            return
        place = self._geography.destination(intent.target, intent.slots, self._position)
        if place is None:
            self._voice.answer("clarify", intent, utterance_id)
            return
        request_id = self._new_id()
        self._journey.status = Status(
            request_id=request_id, utterance_id=utterance_id, place=place.id, language=language
        )  # fmt: skip
        self._journey.say("confirm")
        if self._connected:
            self._journey.enter("requesting", now)
            self._effects.append(
                Ask(kind="guide", request_id=request_id, place=place.id, language=language, text=intent.text)
            )
        else:
            self._lead_alone(now)

    def _lead_alone(self, now: float) -> None:
        station = self._geography.station(self.status.place)
        if station is None:
            self._journey.fail("blocked", f"no station for {self.status.place}", now)
            return
        self._begin_leading("offline_leading", now)
        self._effects.append(Go(station.x, station.y, station.yaw))

    def _begin_leading(self, state: str, now: float) -> None:
        self._journey.begin_leading(state, now)
        self._journey.measure(self._position)

    def _resume(self, now: float) -> None:
        if self.status.state == "paused" and not self.held:
            self._journey.enter(self._journey.resume_to or "idle", now)

    def _call_staff(self, intent: Meaning, language: str, utterance_id: str, now: float) -> None:
        self._journey.pause_leading(now)  # in any case: whoever needs help is not to be led on
        if not self._connected:
            self._voice.sorry(words_for("offline", language), language, utterance_id)
            return
        self._effects.append(Ask(kind="call_staff", request_id=self._new_id(), language=language, text=intent.text))
        self._voice.say("help_called", language, utterance_id)

    def _change_pace(self, intent: Meaning, language: str, utterance_id: str) -> None:
        changed = self._pace.slower() if intent.name == "slower" else self._pace.faster()
        if changed:
            self._voice.answer("inform", intent, utterance_id)
        else:
            why = words_for("slowest" if intent.name == "slower" else "fastest", language)
            self._voice.sorry(why, language, utterance_id)

    def _change_language(self, intent: Meaning, utterance_id: str) -> None:
        """The robot's own words are in the new language from now on, where it speaks it; the reply says whether."""
        wanted = intent.slots.get("language", "")
        if wanted in LANGUAGES:
            self._asked_language = wanted
            self._journey.status = replace(self.status, language=wanted)
        self._voice.answer("inform", intent, utterance_id)

    # what the fleet says ------------------------------------------------------------------------

    def on_link(self, connected: bool) -> None:
        """Whether the broker is in reach."""
        self._connected = connected

    def on_notice(
        self, kind: str, request_id: str, task_id: str, reason: str, texts: tuple[str, str], now: float
    ) -> None:
        """The fleet's answer; `texts` is language and sentence of an announcement.

        A `cancelled` without request id means that the robot's order has been taken back.
        """
        if kind in ("announcement", "emergency"):
            language, text = texts
            self._voice.announce(text, language, interrupt=kind == "emergency")
            return
        journey = self._journey
        own = bool(request_id) and request_id == self.status.request_id
        if kind == "cancelled" and not request_id:
            journey.order_taken_back(now)
        elif own and journey.unasked and kind in ("finished", "rejected", "failed", "cancelled"):
            journey.end(reason, now)
        elif own and kind in ("accepted", "assigned", "approaching"):
            journey.status = replace(self.status, task_id=task_id or self.status.task_id)
            if kind != "accepted" and self.status.state == "requesting":
                journey.enter("approaching", now)
        elif own and kind in ("rejected", "failed", "cancelled") and self.status.state in BUSY | {"paused"}:
            journey.fail("refused", reason or f"the fleet {kind} it", now, spoken=reason)
        elif request_id and kind in ("assigned", "approaching") and self.status.state in ("idle", "arrived"):
            journey.status = Status(request_id=request_id, task_id=task_id)
            journey.enter("approaching", now)

    def on_action(self, action_id: str, action_type: str, parameters: Mapping[str, str], now: float) -> None:
        """A VDA 5050 action begins; it ends with `FinishAction`."""
        match action_type:
            case "announce":
                for language in ("zh", "en"):
                    if text := parameters.get(language, ""):
                        self._voice.announce(text, language)
                self._journey.finish(action_id)
            case "meetVisitor" | "startGuiding" | "finishGuiding":
                self._guiding_action(action_id, action_type, parameters, now)
            case _:
                self._journey.finish(action_id, f"unknown action {action_type}")

    def _guiding_action(self, action_id: str, action_type: str, parameters: Mapping[str, str], now: float) -> None:
        journey = self._journey
        request_id = parameters.get("requestId", "")
        if request_id and request_id == journey.abandoned:
            journey.finish(action_id, self.status.reason or "the visitor has gone")
            return
        journey.let_go()
        self._adopt(parameters)
        if action_type == "meetVisitor":
            journey.meeting, self._near_since = action_id, math.inf
            journey.enter("meeting", now)
            journey.say("meet")
        elif action_type == "startGuiding":
            self._begin_leading("leading", now)
            journey.finish(action_id)
        else:
            journey.arrive(now)
            journey.finish(action_id)

    def _adopt(self, parameters: Mapping[str, str]) -> None:
        """Another visitor's journey is not in the language asked for by the one before."""
        if parameters.get("requestId", "") != self.status.request_id:
            self._asked_language = ""
            self._pace.reset()
        self._journey.adopt({**parameters, "language": self._asked_language or parameters.get("language", "")})

    def on_action_cancel(self, action_id: str, now: float) -> None:
        """The master takes an action back."""
        if action_id == self._journey.meeting:
            self._journey.met("cancelled")
            self._journey.enter("idle", now)

    # where the visitor and the robot are --------------------------------------------------------

    def on_visitor(self, state: str, distance_m: float, now: float) -> None:
        """:param state: NONE, WITH_ME, FALLING_BEHIND, LOST or RETURNED; distance NaN where unknown."""
        if self.status.state == "meeting":
            near = distance_m <= MEET_RANGE_M
            self._near_since = min(self._near_since, now) if near else math.inf
            self._watch_meeting(now)
        elif state == "FALLING_BEHIND" and self.status.state in LEADING:
            self._pace.visitor_behind(True)
        elif state == "LOST" and self.status.state in LEADING:
            self._journey.resume_to = self.status.state
            self._called_again = False
            self._journey.enter("waiting", now)
            self._journey.say("wait_for_you")
        elif state in ("WITH_ME", "RETURNED"):
            self._pace.visitor_behind(False)
            if self.status.state == "waiting":
                self._journey.enter(self._journey.resume_to, now)

    def on_position(self, x: float, y: float) -> None:
        """Where the robot is, metres in `map`."""
        self._position = (x, y)

    def on_goal_result(self, arrived: bool, description: str, now: float) -> None:
        """The end of `Go`."""
        if not self._journey.alone:
            return
        if arrived:
            self._journey.arrive(now)
        else:
            self._journey.fail("blocked", description or "the way is blocked", now)

    # what time brings ---------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Call a few times a second."""
        journey = self._journey
        waited_s = now - journey.since
        match self.status.state:
            case "requesting" if waited_s >= ANSWER_TIMEOUT_S:
                self._effects.append(Ask(kind="cancel", request_id=self.status.request_id))
                journey.fail("no_answer", "the fleet did not answer", now)
            case "meeting":
                self._watch_meeting(now)
            case "leading" | "offline_leading":
                journey.measure(self._position)
            case "waiting":
                self._watch_waiting(waited_s, now)
            case "arrived" if waited_s >= ARRIVED_S:
                journey.enter("idle", now)
            case "paused" if waited_s >= IDLE_PAUSE_S and journey.resume_to in ("idle", "arrived", ""):
                journey.enter("idle", now)
        journey.let_go_in_the_end(now)

    def _watch_meeting(self, now: float) -> None:
        journey = self._journey
        if now - self._near_since >= MEET_HOLD_S:
            journey.enter("approaching", now)
            journey.met()
        elif now - journey.since >= MEET_TIMEOUT_S:
            journey.status = replace(self.status, reason="no visitor came")
            journey.enter("idle", now)
            journey.met("no visitor came")

    def _watch_waiting(self, waited_s: float, now: float) -> None:
        if waited_s >= GIVE_UP_S:
            language = self.status.language
            self._voice.sorry(words_for("visitor_lost", language), language, self.status.utterance_id)
            self._journey.abandon("the visitor was lost", now)
        elif waited_s >= CALL_AGAIN_S and not self._called_again:
            self._called_again = True
            self._journey.say("visitor_lost")
