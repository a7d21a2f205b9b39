"""The branch of the tree for a paused robot: at a booth, told to stop, with staff or another robot coming."""

from __future__ import annotations

from collections.abc import Callable

from py_trees.behaviour import Behaviour

from robot_nodes.guiding.board import Board
from robot_nodes.guiding.effects import Ask
from robot_nodes.guiding.leaves import Case, Stay, When, all_of, first_of
from robot_nodes.guiding.phases import give_up_visitor
from robot_nodes.guiding.status import (
    BOOTH_QUESTION_S,
    HAND_OVER_S,
    HELP_END_S,
    IDLE_PAUSE_S,
    PAUSE_END_S,
    PAUSE_LOST_S,
    STOP_QUESTION_S,
)
from robot_nodes.guiding.words import reason as words_for
from robot_nodes.guiding.words import text

__all__ = ["Pauses"]


class Pauses:
    """What is due while `paused`, by why the robot stands."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def tree(self) -> Behaviour:
        """FAILURE in any other state."""
        board, journey = self._board, self._board.journey
        return all_of(
            "stand",
            When("paused?", board.is_state("paused")),
            first_of(
                "why",
                Case(
                    "for a passer-by",
                    lambda: journey.resume_to in ("idle", "arrived", "") and board.in_state_s >= IDLE_PAUSE_S,
                    lambda: journey.enter("idle", board.now),
                ),
                self._handing_over(),
                Case("visitor gone", self._visitor_gone, lambda: give_up_visitor(board)),
                Case("silence for good", self._forgotten, self._end),
                Case("nobody answers: go on", self._may_go_on, self._go_on),
                Case("ask whether to go on", self._ask_due, self._ask),
                Stay(),
            ),
        )

    def _handing_over(self) -> Behaviour:
        board, journey = self._board, self._board.journey

        def stage(name: str) -> Callable[[], bool]:
            return lambda: journey.handing is not None and journey.handing.stage == name

        return all_of(
            "hand over",
            When("handing over?", lambda: journey.standing == "hand_over"),
            first_of(
                "to another robot",
                Case("it has them", stage("taken"), self._part),
                Case("it cannot come", stage("failed"), self._call_staff),
                Case("it never came", board.after(HAND_OVER_S), self._call_staff),
                Stay("wait for it"),
            ),
        )

    def _part(self) -> None:
        """The visitor is with the other robot: this one is free."""
        board, journey = self._board, self._board.journey
        board.voice.text("goodbye", "hand_over_done", board.status)
        ordered = journey.handing is not None and bool(journey.handing.action_id)
        journey.handed_over()
        if ordered:
            journey.end("", board.now)
        else:
            journey.abandon("handed over to another robot", board.now)

    def _call_staff(self) -> None:
        board, journey, status = self._board, self._board.journey, self._board.status
        journey.handed_over("no other robot came")
        journey.standing = "help"
        key = "no_other_robot" if board.connected else "no_other_robot_offline"
        board.voice.sorry(words_for(key, status.language), status.language, status.utterance_id)
        if board.connected:
            said = text("staff_hand_over", "en")
            board.effects.append(Ask(kind="call_staff", request_id=board.new_id(), language="en", text=said))

    def _visitor_gone(self) -> bool:
        board = self._board
        return board.presence == "LOST" and board.now - max(board.presence_since, board.heard_at) >= PAUSE_LOST_S

    def _forgotten(self) -> bool:
        board = self._board
        if board.journey.resume_to in ("idle", "arrived", ""):
            return False
        return board.quiet_s >= (HELP_END_S if board.journey.standing == "help" else PAUSE_END_S)

    def _end(self) -> None:
        self._board.journey.abandon("nobody asked to go on", self._board.now)

    @property
    def _patient(self) -> bool:
        """Whether the robot stands for a while only: it may go on unasked."""
        return self._board.journey.standing in ("booth", "wait")

    def _ask_due(self) -> bool:
        board = self._board
        if board.question is not None or board.stop_asked or not board.journey.accompanied:
            return False
        if board.journey.standing not in ("booth", "wait", "stop"):
            return False
        return board.quiet_s >= (BOOTH_QUESTION_S if self._patient else STOP_QUESTION_S)

    def _ask(self) -> None:
        self._board.stop_asked = True
        self._board.ask("go_on", self._board.status.place, "ask_go_on")

    def _may_go_on(self) -> bool:
        board = self._board
        question = board.unanswered
        if question is None or question.kind != "go_on" or not self._patient:
            return False
        return board.presence != "LOST" and not board.journey.held

    def _go_on(self) -> None:
        board = self._board
        board.question = None
        board.lead_on()
        board.journey.say("lead_start")
