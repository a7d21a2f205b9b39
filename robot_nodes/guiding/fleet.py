"""The branches of the tree that take in what the fleet says: its notices, and the actions of its orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from py_trees.behaviour import Behaviour

from robot_nodes.guiding.board import Board
from robot_nodes.guiding.events import ActionBegun, ActionTakenBack, Noticed
from robot_nodes.guiding.journey import HandOver
from robot_nodes.guiding.leaves import Case, Do, When, all_of, first_of
from robot_nodes.guiding.status import BUSY, LEADING

__all__ = ["Fleet"]

_ENDED = ("finished", "rejected", "failed", "cancelled")
_HANDED = {"assigned": "coming", "approaching": "coming", "arrived": "here", "leading": "taken", "finished": "taken"}
"""What a notice of the other robot's journey says of the hand-over; the other kinds: it failed."""


class Fleet:
    """Reads `board.event` where it comes from the fleet."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def tree(self) -> Behaviour:
        """FAILURE where the fleet has nothing to say."""
        return first_of(
            "fleet",
            all_of("notice", When("a notice?", lambda: isinstance(self._board.event, Noticed)), self._notices()),
            all_of("action", When("an action?", lambda: isinstance(self._board.event, ActionBegun)), self._actions()),
            Case("action taken back", lambda: isinstance(self._board.event, ActionTakenBack), self._taken_back),
        )

    def _notices(self) -> Behaviour:
        board, journey = self._board, self._board.journey

        def kind(*kinds: str) -> Callable[[], bool]:
            return lambda: self._notice.kind in kinds

        def own(*kinds: str) -> Callable[[], bool]:
            return lambda: self._own and self._notice.kind in kinds

        return first_of(
            "what the fleet says",
            Case("emergency", kind("emergency"), self._emergency),
            Case("announcement", kind("announcement"), self._announce),
            Case("of the other robot", self._of_hand_over, self._hand_over_progress),
            Case(
                "order taken back",
                lambda: kind("cancelled")() and not self._notice.request_id,
                lambda: journey.order_taken_back(board.now),
            ),
            Case(
                "call taken back",
                lambda: journey.unasked and own(*_ENDED)(),
                lambda: journey.end(self._notice.reason, board.now),
            ),
            Case("my request goes on", own("accepted", "assigned", "approaching"), self._goes_on),
            Case(
                "my request is refused",
                lambda: board.state in BUSY | {"paused"} and own("rejected", "failed", "cancelled")(),
                self._refused,
            ),
            Case("called elsewhere", self._calls, self._called),
            Do("nothing for me", lambda: None),
        )

    def _actions(self) -> Behaviour:
        board, journey = self._board, self._board.journey

        def type_is(name: str) -> Callable[[], bool]:
            return lambda: self._action.action_type == name

        return first_of(
            "what is ordered",
            Case("announce", type_is("announce"), self._say_announcement),
            Case(
                "of a journey given up",
                lambda: self._guiding and self._given_up,
                lambda: journey.finish(self._action.action_id, board.status.reason or "the visitor has gone"),
            ),
            Case("meet", type_is("meetVisitor"), self._meet),
            Case("lead", type_is("startGuiding"), self._lead),
            Case("arrive", type_is("finishGuiding"), self._arrive),
            Case("hand over", type_is("handOver"), self._hand_over),
            Do(
                "refuse",
                lambda: journey.finish(self._action.action_id, f"unknown action {self._action.action_type}"),
            ),
        )

    # notices ------------------------------------------------------------------------------------

    @property
    def _notice(self) -> Noticed:
        event = self._board.event
        assert isinstance(event, Noticed)
        return event

    @property
    def _own(self) -> bool:
        return bool(self._notice.request_id) and self._notice.request_id == self._board.status.request_id

    def _announce(self) -> None:
        self._board.voice.announce(self._notice.text, self._notice.language)

    def _emergency(self) -> None:
        """Say it, and lead nobody on: to an exit only where the fleet then orders so."""
        board = self._board
        board.voice.announce(self._notice.text, self._notice.language, interrupt=True)
        board.question, board.assert_hold = None, True
        if board.occupied and (board.status.request_id or board.journey.alone):
            board.journey.abandon("emergency", board.now)
        elif board.state == "arrived":
            board.journey.enter("idle", board.now)

    def _of_hand_over(self) -> bool:
        handing = self._board.journey.handing
        return handing is not None and self._notice.request_id == handing.request_id

    def _hand_over_progress(self) -> None:
        handing = self._board.journey.handing
        if handing is None or self._notice.kind == "accepted":
            return
        stage, before = _HANDED.get(self._notice.kind, "failed"), handing.stage
        match stage:
            case "coming" if before == "asked":
                handing.stage = "coming"
                self._board.voice.text("inform", "hand_over_coming", self._board.status)
            case "here" if before != "here":
                handing.stage = "here"
                self._board.voice.text("inform", "hand_over_here", self._board.status)
            case "taken":
                handing.stage = "taken"
            case "failed":
                handing.stage = "failed"

    def _goes_on(self) -> None:
        board, journey, notice = self._board, self._board.journey, self._notice
        journey.status = replace(board.status, task_id=notice.task_id or board.status.task_id)
        if notice.kind == "accepted":
            return
        if board.state == "requesting":
            journey.enter("approaching", board.now)
        elif board.state == "paused" and journey.resume_to == "requesting":
            journey.resume_to = "approaching"

    def _refused(self) -> None:
        reason = self._notice.reason
        self._board.journey.fail(
            "refused", reason or f"the fleet {self._notice.kind} it", self._board.now, spoken=reason
        )

    def _calls(self) -> bool:
        notice = self._notice
        called = bool(notice.request_id) and notice.kind in ("assigned", "approaching")
        return called and self._board.state in ("idle", "arrived")

    def _called(self) -> None:
        board, notice = self._board, self._notice
        board.journey.status = replace(
            type(board.status)(), state=board.state, request_id=notice.request_id, task_id=notice.task_id
        )
        board.journey.enter("approaching", board.now)

    # actions ------------------------------------------------------------------------------------

    @property
    def _action(self) -> ActionBegun:
        event = self._board.event
        assert isinstance(event, ActionBegun)
        return event

    @property
    def _parameters(self) -> Mapping[str, str]:
        return self._action.parameters

    @property
    def _guiding(self) -> bool:
        return self._action.action_type in ("meetVisitor", "startGuiding", "finishGuiding", "handOver")

    @property
    def _given_up(self) -> bool:
        request_id = self._parameters.get("requestId", "")
        return bool(request_id) and request_id == self._board.journey.abandoned

    def _say_announcement(self) -> None:
        for language in ("zh", "en"):
            if text := self._parameters.get(language, ""):
                self._board.voice.announce(text, language)
        self._board.journey.finish(self._action.action_id)

    def _meet(self) -> None:
        board, journey = self._board, self._board.journey
        self._take_over()
        if journey.meeting:
            journey.met("another meeting was ordered")
        journey.meeting, board.near_since = self._action.action_id, math.inf
        journey.enter("meeting", board.now)
        journey.say("meet")

    def _lead(self) -> None:
        board, journey = self._board, self._board.journey
        same = self._parameters.get("requestId", "") == board.status.request_id
        self._take_over()
        if same and board.state == "paused":
            journey.resume_to = "leading"  # who said "stop" says when to go on
        else:
            board.begin_leading("leading")
        journey.finish(self._action.action_id)

    def _arrive(self) -> None:
        board = self._board
        self._take_over()
        board.journey.arrive(board.now)
        board.journey.finish(self._action.action_id)

    def _hand_over(self) -> None:
        """Here the visitor goes on with another robot: one the fleet has sent, or one to be asked for."""
        board, journey = self._board, self._board.journey
        self._take_over()
        if journey.handing is not None:
            journey.handed_over("another hand-over was ordered")
        arranged = self._parameters.get("nextRequestId", "")
        journey.handing = HandOver(request_id=arranged or board.new_id(), action_id=self._action.action_id)
        if board.state not in LEADING | {"waiting", "paused"}:
            journey.enter("leading", board.now)
        journey.pause(board.now, "hand_over")
        board.assert_hold = True
        board.voice.text("inform", "hand_over_boundary", board.status)
        if not arranged:
            board.ask_for_other_robot()

    def _take_over(self) -> None:
        """The journey the action is about; another visitor's is not in the language asked for by the one before."""
        board = self._board
        board.journey.let_go()
        if self._parameters.get("requestId", "") != board.status.request_id:
            board.new_visitor()
        language = board.asked_language or self._parameters.get("language", "")
        board.journey.adopt({**self._parameters, "language": language})

    def _taken_back(self) -> None:
        event, journey, now = self._board.event, self._board.journey, self._board.now
        assert isinstance(event, ActionTakenBack)
        if event.action_id == journey.meeting:
            journey.met("cancelled")
            journey.enter("idle", now)
        elif journey.handing is not None and event.action_id == journey.handing.action_id:
            journey.handed_over("cancelled")
            journey.standing = "wait"
