"""The branch of the tree that takes in what a visitor said. Safety words come first, whatever the robot is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from py_trees.behaviour import Behaviour

from robot_nodes.guiding.board import Board, Question
from robot_nodes.guiding.effects import Ask, StopGoing
from robot_nodes.guiding.events import Heard
from robot_nodes.guiding.leaves import Case, Do, When, all_of, first_of
from robot_nodes.guiding.status import SESSION_S, Meaning
from robot_nodes.guiding.words import about_this, text
from robot_nodes.guiding.words import reason as words_for
from robot_nodes.language.intent import LANGUAGES

__all__ = ["Listening"]

_HELP = ("call_staff", "emergency", "lost_person")


class Listening:
    """Reads `board.event` where it is `Heard`."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def tree(self) -> Behaviour:
        """FAILURE where nobody said anything."""
        return all_of(
            "hear",
            When("somebody speaks?", lambda: isinstance(self._board.event, Heard)),
            Do("note who speaks", self._note_speaker),
            first_of(
                "what is meant",
                Case("stop", self._means("stop"), lambda: self._stop("stop")),
                Case("wait", self._means("wait"), lambda: self._stop("wait")),
                Case("help", self._means(*_HELP), self._call_staff),
                self._answers(),
                Case("resume", self._means("resume"), self._resume),
                Case("cancel", self._means("cancel"), self._cancel),
                Case("pace", self._means("slower", "faster"), self._change_pace),
                Case("language", self._means("change_language"), self._change_language),
                Case("repeat", self._means("repeat"), self._repeat),
                Case("present the booth", self._asks_about_booth, self._present),
                Case("not understood", self._means("unknown"), lambda: self._answer("clarify")),
                Case("goodbye", self._means("goodbye"), self._goodbye),
                Case("greet", self._means("greet"), lambda: self._answer("greet")),
                Case("which of several", self._is_vague, lambda: self._answer("clarify")),
                self._destinations(),
                Do("inform", self._inform),
            ),
        )

    def _answers(self) -> Behaviour:
        board = self._board

        def asked(kind: str, *names: str) -> Callable[[], bool]:
            means = self._means(*names)
            return lambda: board.asking is not None and board.asking.kind == kind and means()

        return first_of(
            "answer to my question",
            Case("yes, go on", asked("go_on", "yes"), self._resume),
            Case("no, stay", asked("go_on", "no"), self._stay),
            Case("yes, there instead", asked("change", "yes"), self._change_destination),
            Case("no, as before", asked("change", "no"), self._keep_destination),
            Case("yes, there next", asked("offer", "yes"), self._take_offer),
            Case("no more", asked("offer", "no"), self._goodbye),
        )

    def _destinations(self) -> Behaviour:
        return all_of(
            "wish to be led",
            When("a destination?", lambda: self._intent.name == "guide_to" or self._intent.lead),
            first_of(
                "where to",
                Case("unknown place", lambda: not self._place(), lambda: self._answer("clarify")),
                Case("already going there", self._is_under_way, self._say_how_far),
                Case("another destination", self._may_change, self._ask_to_change),
                Case("busy", lambda: self._board.occupied, self._say_busy),
                Do("request", self._request),
            ),
        )

    # what was said ------------------------------------------------------------------------------

    @property
    def _heard(self) -> Heard:
        event = self._board.event
        assert isinstance(event, Heard)
        return event

    @property
    def _intent(self) -> Meaning:
        return self._heard.intent

    @property
    def _language(self) -> str:
        return self._board.asked_language or self._intent.language

    def _means(self, *names: str) -> Callable[[], bool]:
        return lambda: self._intent.name in names

    def _place(self) -> str:
        place = self._board.geography.destination(self._intent.target, self._intent.slots, self._board.position)
        return place.id if place is not None else ""

    def _is_vague(self) -> bool:
        return self._intent.name == "guide_to" and bool(self._intent.reply) and not self._intent.lead

    def _asks_about_booth(self) -> bool:
        """About the booth here: by its name, or as "this" where nothing else was understood."""
        board, intent = self._board, self._intent
        if not board.journey.accompanied and board.state != "arrived":
            return False
        here = board.geography.booth_at(board.position)
        if intent.name == "ask_exhibitor" and not intent.lead:
            return bool(here) and intent.target in ("", here)
        return intent.name in ("unknown", "ask_identity") and about_this(intent.text, intent.language)

    def _is_under_way(self) -> bool:
        return self._board.journey.accompanied and self._place() == self._board.status.place

    def _may_change(self) -> bool:
        journey = self._board.journey
        own = journey.beneath in ("requesting", "approaching") and bool(journey.status.utterance_id)
        return (journey.accompanied or own) and journey.standing != "hand_over" and not journey.held

    # what is done about it ----------------------------------------------------------------------

    def _note_speaker(self) -> None:
        board = self._board
        if board.now - board.heard_at > SESSION_S and not board.occupied and board.state != "arrived":
            board.new_visitor()  # the one before has gone
        board.heard_at = board.now

    def _answer(self, act: str) -> None:
        self._board.voice.answer(act, self._intent, self._heard.utterance_id)

    def _say(self, act: str, *, interrupt: bool = False) -> None:
        self._board.voice.say(act, self._language, self._heard.utterance_id, interrupt=interrupt)

    def _sorry(self, key: str, **slots: object) -> None:
        why = words_for(key, self._language, **slots)
        self._board.voice.sorry(why, self._language, self._heard.utterance_id)

    def _stop(self, why: str) -> None:
        board = self._board
        board.journey.pause(board.now, "wait" if why == "wait" else "stop")
        board.question, board.stop_asked, board.assert_hold = None, False, True
        self._say("stopped", interrupt=True)

    def _call_staff(self) -> None:
        """In any case the robot stops: whoever needs help is not to be led on."""
        board, intent = self._board, self._intent
        board.question = None
        if board.journey.accompanied:
            board.journey.pause(board.now, "help")
            board.assert_hold = True
        if not board.connected:
            self._sorry("offline")
            return
        board.effects.append(
            Ask(kind="call_staff", request_id=board.new_id(), language=self._language, text=intent.text)
        )
        self._say("help_called")

    def _resume(self) -> None:
        board = self._board
        board.question = None
        if board.journey.standing == "hand_over":
            board.voice.text("inform", "hand_over_coming", board.status)
            return
        if board.state == "paused" and not board.journey.held:
            board.forget_presence()  # who speaks is here
            board.lead_on()
        self._say("resumed")

    def _stay(self) -> None:
        board = self._board
        board.question, board.stop_asked = None, False
        board.voice.text("inform", "stay", board.status)

    def _cancel(self) -> None:
        board = self._board
        board.question = None
        self._say("stopped")
        if board.status.request_id or board.journey.alone:
            board.journey.abandon("cancelled by the visitor", board.now)

    def _goodbye(self) -> None:
        board = self._board
        board.question = None
        if self._intent.name == "goodbye":
            self._answer("goodbye")
        else:
            self._say("goodbye")
        if board.state == "arrived":
            board.journey.enter("idle", board.now)

    def _change_pace(self) -> None:
        board, slower = self._board, self._intent.name == "slower"
        changed = board.pace.slower() if slower else board.pace.faster()
        if changed:
            self._answer("inform")
        else:
            self._sorry("slowest" if slower else "fastest")

    def _change_language(self) -> None:
        """The robot's own words are in the new language from now on, where it speaks it; the reply says whether."""
        wanted = self._intent.slots.get("language", "")
        if wanted in LANGUAGES:
            self._board.speak(wanted)
        self._answer("inform")

    def _repeat(self) -> None:
        if not self._board.voice.repeat(self._heard.utterance_id):
            self._answer("clarify")

    def _present(self) -> None:
        """Stop at the booth and tell what it shows; the tree asks later whether to go on."""
        board = self._board
        booth = board.geography.booth_at(board.position)
        told = board.programme.presentation(booth, self._language, board.clock()) if booth else ""
        if board.journey.accompanied:
            board.journey.pause(board.now, "booth")
            board.question, board.stop_asked = None, False
        speaker = replace(board.status, language=self._language)
        board.voice.tell("inform", told or text("no_booth", self._language), speaker)

    def _inform(self) -> None:
        self._answer("inform")
        if not self._intent.lead:
            self._board.remember_wish(self._intent.target)

    # destinations -------------------------------------------------------------------------------

    def _request(self) -> None:
        self._board.request(self._place(), self._language, self._heard.utterance_id, self._intent.text)

    def _say_busy(self) -> None:
        self._sorry("busy")

    def _say_how_far(self) -> None:
        board = self._board
        remaining_m = board.status.remaining_m
        if remaining_m == remaining_m:
            board.journey.say("progress", remaining_m=remaining_m)
        else:
            board.journey.say("progress")

    def _ask_to_change(self) -> None:
        """A passer-by may have said it, so it is asked first."""
        board, place, status = self._board, self._place(), self._board.status
        name, former = (board.geography.name(it, status.language) for it in (place, status.place))
        board.ask("change", place, "ask_change", place=name, former=former)

    def _change_destination(self) -> None:
        """The former journey ends, and the same visitor's next begins."""
        board, question = self._board, self._question
        board.question = None
        status, journey = board.status, board.journey
        if not board.connected and not journey.alone:
            name = board.geography.name(status.place, status.language)
            self._sorry("no_change", place=name)
            return
        former = status.place
        if journey.alone:
            board.effects.append(StopGoing())
        else:
            journey.withdraw(board.now, stand=journey.accompanied)
        board.request(question.place, status.language, self._heard.utterance_id, self._intent.text)
        board.remember_wish(former)

    def _keep_destination(self) -> None:
        board = self._board
        board.question = None
        status = board.status
        board.voice.text("inform", "keep", status, place=board.geography.name(status.place, status.language))

    def _take_offer(self) -> None:
        board, question = self._board, self._question
        board.question = None
        board.request(question.place, board.status.language, self._heard.utterance_id, self._intent.text)

    @property
    def _question(self) -> Question:
        question = self._board.question
        assert question is not None
        return question
