"""The guide: states of `GuideStatus`, from what visitors say, what the fleet answers, and where the visitor is.

Pure: `now` is ROS time in seconds, effects come out of `take_effects`. The robot's own journeys begin with an
intent and a `FleetRequest`; the fleet's begin with an action. With the broker out of reach the robot leads
alone, to the station on its own map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from robot_nodes.guiding.effects import Ask, Effect, FinishAction, Go, Hold, LimitSpeed, StopGoing
from robot_nodes.guiding.geography import Geography
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
    PROGRESS_MIN_M,
    RELEASE_S,
    SLOW_MPS,
    TURN_BACK_S,
    Meaning,
    Status,
)
from robot_nodes.guiding.voice import Voice
from robot_nodes.guiding.words import reason as words_for


class Guide:
    """One robot's guide. Single-threaded."""

    def __init__(self, geography: Geography, *, new_id: Callable[[], str]) -> None:
        """:param new_id: makes ids of requests, unique in the venue."""
        self.status = Status()
        self._geography = geography
        self._new_id = new_id
        self._effects: list[Effect] = []
        self._connected = False
        self._position: tuple[float, float] | None = None
        self._since = 0.0
        """When the present state began."""
        self._resume_to = ""
        self._slow = False
        self._called_again = False
        self._total_m = math.nan
        self._progress_said = False
        self._meeting = ""
        self._near_since = math.inf
        self._abandoned = ""
        """Request given up by the visitor or for the visitor, while the fleet does not know yet."""
        self._held = False
        self._holding = False
        self._release_at = math.inf
        self._voice = Voice(self._effects, geography)

    @property
    def held(self) -> bool:
        """Whether the robot stands until the fleet has taken a given-up order back."""
        return self._held

    def take_effects(self) -> list[Effect]:
        """What is to be done, oldest first; each is handed out once."""
        holding = self.status.state in ("waiting", "paused") or self._held
        if holding != self._holding:
            self._holding = holding
            self._effects.append(Hold(holding))
        effects = list(self._effects)
        self._effects.clear()
        return effects

    def on_intent(self, intent: Meaning, utterance_id: str, now: float) -> None:
        """A visitor said something."""
        match intent.name:
            case "guide_to":
                self._guide_to(intent, utterance_id, now)
            case "stop" | "wait":
                self._stop(intent.language, utterance_id, now)
            case "resume":
                self._resume(intent.language, utterance_id, now)
            case "cancel":
                self._cancel(intent.language, utterance_id, now)
            case "call_staff" | "emergency":
                self._call_staff(intent, utterance_id, now)
            case "repeat" if self._voice.repeat(utterance_id):
                pass
            case "unknown" | "repeat":
                self._voice.answer("clarify", intent, utterance_id)
            case "greet" | "goodbye":
                self._voice.answer(intent.name, intent, utterance_id)
            case _:
                self._voice.answer("inform", intent, utterance_id)

    def _guide_to(self, intent: Meaning, utterance_id: str, now: float) -> None:
        if self.status.state in BUSY or self._held:
            self._voice.sorry(words_for("busy", intent.language), intent.language, utterance_id)
            return
        place = self._geography.destination(intent.slots, self._position)
        if place is None:
            self._voice.answer("clarify", intent, utterance_id)
            return
        self.status = Status(
            request_id=self._new_id(), utterance_id=utterance_id, place=place.id, language=intent.language
        )
        self._say("confirm")
        if self._connected:
            self._enter("requesting", now)
            self._effects.append(
                Ask(
                    kind="guide",
                    request_id=self.status.request_id,
                    place=place.id,
                    language=intent.language,
                    text=intent.text,
                )
            )
        else:
            self._lead_alone(now)

    def _lead_alone(self, now: float) -> None:
        station = self._geography.station(self.status.place)
        if station is None:
            self._fail("blocked", f"no station for {self.status.place}", now)
            return
        self._begin_leading("offline_leading", now)
        self._effects.append(Go(station.x, station.y, station.yaw))

    def _stop(self, language: str, utterance_id: str, now: float) -> None:
        if self.status.state not in ("paused", "requesting"):
            self._resume_to = "leading" if self.status.state == "waiting" else self.status.state
            if self.status.state == "waiting" and self._alone:
                self._resume_to = "offline_leading"
            self._enter("paused", now)
        self._holding = False  # asked for again each time: somebody else may have let the robot go
        self._voice.say("stopped", language, utterance_id, interrupt=True)

    def _resume(self, language: str, utterance_id: str, now: float) -> None:
        if self.status.state == "paused" and not self._held:
            self._enter(self._resume_to or "idle", now)
        self._voice.say("resumed", language, utterance_id)

    def _cancel(self, language: str, utterance_id: str, now: float) -> None:
        self._voice.say("stopped", language, utterance_id)
        if self.status.request_id or self._alone:
            self._abandon("cancelled by the visitor", now)

    def _call_staff(self, intent: Meaning, utterance_id: str, now: float) -> None:
        if not self._connected:
            self._voice.sorry(words_for("offline", intent.language), intent.language, utterance_id)
            return
        request = Ask(kind="call_staff", request_id=self._new_id(), language=intent.language, text=intent.text)
        self._effects.append(request)
        if self.status.state in LEADING:
            self._resume_to = self.status.state
            self._enter("paused", now)
        self._voice.say("help_called", intent.language, utterance_id)

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
        own = bool(request_id) and request_id == self.status.request_id
        if kind == "cancelled" and not request_id:
            self._order_taken_back(now)
        elif own and self._unasked and kind in ("finished", "rejected", "failed", "cancelled"):
            self._end(reason, now)
        elif own and kind in ("accepted", "assigned", "approaching"):
            self.status = replace(self.status, task_id=task_id or self.status.task_id)
            if kind != "accepted" and self.status.state == "requesting":
                self._enter("approaching", now)
        elif own and kind in ("rejected", "failed", "cancelled") and self.status.state in BUSY | {"paused"}:
            self._fail("refused", reason or f"the fleet {kind} it", now, spoken=reason)
        elif request_id and kind in ("assigned", "approaching") and self.status.state in ("idle", "arrived"):
            self.status = Status(request_id=request_id, task_id=task_id)
            self._enter("approaching", now)

    @property
    def _unasked(self) -> bool:
        """On the way to somebody who called from elsewhere: nobody here to talk to."""
        return self.status.state == "approaching" and not self.status.utterance_id and not self.status.place

    def _order_taken_back(self, now: float) -> None:
        self._let_go()
        state = self._resume_to if self.status.state == "paused" else self.status.state
        if state == "approaching" and (not self._unasked or now - self._since < TURN_BACK_S):
            return  # what ended is the order before, such as the way home; ours ends with a notice of its own
        if self._unasked:
            self._end("the order was cancelled", now)
        elif state in BUSY - {"requesting"} and not self._alone:
            self._fail("refused", "the order was cancelled", now)

    def on_action(self, action_id: str, action_type: str, parameters: Mapping[str, str], now: float) -> None:
        """A VDA 5050 action begins; it ends with `FinishAction`."""
        match action_type:
            case "announce":
                for language in ("zh", "en"):
                    if text := parameters.get(language, ""):
                        self._voice.announce(text, language)
                self._finish(action_id)
            case "meetVisitor" | "startGuiding" | "finishGuiding":
                self._guiding_action(action_id, action_type, parameters, now)
            case _:
                self._finish(action_id, f"unknown action {action_type}")

    def _guiding_action(self, action_id: str, action_type: str, parameters: Mapping[str, str], now: float) -> None:
        request_id = parameters.get("requestId", "")
        if request_id and request_id == self._abandoned:
            self._finish(action_id, self.status.reason or "the visitor has gone")
            return
        self._let_go()
        self._adopt(parameters)
        if action_type == "meetVisitor":
            self._meeting, self._near_since = action_id, math.inf
            self._enter("meeting", now)
            self._say("meet")
        elif action_type == "startGuiding":
            self._begin_leading("leading", now)
            self._finish(action_id)
        else:
            self._arrive(now)
            self._finish(action_id)

    def _adopt(self, parameters: Mapping[str, str]) -> None:
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

    def on_action_cancel(self, action_id: str, now: float) -> None:
        """The master takes an action back."""
        if action_id == self._meeting:
            self._meeting = ""
            self._finish(action_id, "cancelled")
            self._enter("idle", now)

    def on_visitor(self, state: str, distance_m: float, now: float) -> None:
        """:param state: NONE, WITH_ME, FALLING_BEHIND, LOST or RETURNED; distance NaN where unknown."""
        if self.status.state == "meeting":
            near = distance_m <= MEET_RANGE_M
            self._near_since = min(self._near_since, now) if near else math.inf
            self._watch_meeting(now)
        elif state == "FALLING_BEHIND" and self.status.state in LEADING:
            self._pace(slow=True)
        elif state == "LOST" and self.status.state in LEADING:
            self._resume_to = self.status.state
            self._called_again = False
            self._enter("waiting", now)
            self._say("wait_for_you")
        elif state in ("WITH_ME", "RETURNED"):
            self._pace(slow=False)
            if self.status.state == "waiting":
                self._enter(self._resume_to, now)

    def on_position(self, x: float, y: float) -> None:
        """Where the robot is, metres in `map`."""
        self._position = (x, y)

    def on_goal_result(self, arrived: bool, description: str, now: float) -> None:
        """The end of `Go`."""
        if not self._alone:
            return
        if arrived:
            self._arrive(now)
        else:
            self._fail("blocked", description or "the way is blocked", now)

    def tick(self, now: float) -> None:
        """Call a few times a second."""
        waited_s = now - self._since
        match self.status.state:
            case "requesting" if waited_s >= ANSWER_TIMEOUT_S:
                self._effects.append(Ask(kind="cancel", request_id=self.status.request_id))
                self._fail("no_answer", "the fleet did not answer", now)
            case "meeting":
                self._watch_meeting(now)
            case "leading" | "offline_leading":
                self._measure()
            case "waiting":
                self._watch_waiting(waited_s, now)
            case "arrived" if waited_s >= ARRIVED_S:
                self._enter("idle", now)
            case "paused" if waited_s >= IDLE_PAUSE_S and self._resume_to in ("idle", "arrived", ""):
                self._enter("idle", now)
        if self._held and now >= self._release_at:
            self._let_go()

    def _watch_meeting(self, now: float) -> None:
        if now - self._near_since >= MEET_HOLD_S:
            action_id, self._meeting = self._meeting, ""
            self._enter("approaching", now)
            self._finish(action_id)
        elif now - self._since >= MEET_TIMEOUT_S:
            action_id, self._meeting = self._meeting, ""
            self.status = replace(self.status, reason="no visitor came")
            self._enter("idle", now)
            self._finish(action_id, "no visitor came")

    def _watch_waiting(self, waited_s: float, now: float) -> None:
        if waited_s >= GIVE_UP_S:
            language = self.status.language
            self._voice.sorry(words_for("visitor_lost", language), language, self.status.utterance_id)
            self._abandon("the visitor was lost", now)
        elif waited_s >= CALL_AGAIN_S and not self._called_again:
            self._called_again = True
            self._say("visitor_lost")

    def _measure(self) -> None:
        if self._position is None:
            return
        remaining_m = self._geography.remaining_m(self._position, self.status.place)
        self.status = replace(self.status, remaining_m=remaining_m)
        if math.isnan(self._total_m):
            self._total_m = remaining_m
        halfway = self._total_m >= PROGRESS_MIN_M and remaining_m <= self._total_m / 2
        if halfway and not self._progress_said:
            self._progress_said = True
            self._say("progress", remaining_m=remaining_m)

    @property
    def _alone(self) -> bool:
        """Whether the robot leads on its own."""
        state = self.status.state
        return state == "offline_leading" or (state in ("waiting", "paused") and self._resume_to == "offline_leading")

    def _enter(self, state: str, now: float) -> None:
        self._since = now
        self.status = replace(self.status, state=state)

    def _begin_leading(self, state: str, now: float) -> None:
        self._enter(state, now)
        self._total_m, self._progress_said = math.nan, False
        self._say("lead_start")
        self._measure()

    def _arrive(self, now: float) -> None:
        self._pace(slow=False)
        self.status = replace(self.status, remaining_m=0.0, reason="")
        self._enter("arrived", now)
        self._say("arrived")

    def _fail(self, words: str, reason: str, now: float, *, spoken: str = "") -> None:
        """The journey ends without arriving; the visitor hears why."""
        language = self.status.language
        why = spoken if spoken and language == "en" else words_for(words, language)
        self._voice.sorry(why, language, self.status.utterance_id)
        self._end(reason, now)

    def _end(self, reason: str, now: float) -> None:
        self._pace(slow=False)
        self.status = replace(self.status, reason=reason, request_id="", remaining_m=math.nan)
        self._enter("idle", now)

    def _abandon(self, reason: str, now: float) -> None:
        """Give the journey up; while the fleet's order still stands, so does the robot."""
        moving = self.status.state not in ("requesting", "approaching", "meeting", "arrived", "idle")
        if self._alone:
            self._effects.append(StopGoing())
            self._end(reason, now)
            return
        self._abandoned = self.status.request_id
        self._effects.append(Ask(kind="cancel", request_id=self._abandoned))
        if self._meeting:
            action_id, self._meeting = self._meeting, ""
            self._finish(action_id, reason)
        self._end(reason, now)
        if moving:
            self._held, self._release_at = True, now + RELEASE_S

    def _let_go(self) -> None:
        if self._held:
            self._held, self._release_at = False, math.inf

    def _pace(self, *, slow: bool) -> None:
        if slow != self._slow:
            self._slow = slow
            self._effects.append(LimitSpeed(SLOW_MPS if slow else 0.0))

    def _finish(self, action_id: str, problem: str = "") -> None:
        self._effects.append(FinishAction(action_id, not problem, problem))

    def _say(self, act: str, **slots: object) -> None:
        """An act about the present journey."""
        self._voice.journey(act, self.status, **slots)
