"""The branches of the tree that take in what the robot notices: its visitor, its battery, its way, its own goal."""

from __future__ import annotations

import math

from py_trees.behaviour import Behaviour

from robot_nodes.guiding.board import Board
from robot_nodes.guiding.effects import Ask
from robot_nodes.guiding.events import Blocked, GoalEnded, Powered, Seen
from robot_nodes.guiding.journey import HandOver
from robot_nodes.guiding.leaves import Case, Do, When, all_of, first_of
from robot_nodes.guiding.status import LEADING, LOW_BATTERY_PERCENT, MEET_RANGE_M
from robot_nodes.guiding.words import text

__all__ = ["Senses"]

_NEAR = ("WITH_ME", "RETURNED")


class Senses:
    """Reads `board.event` where it comes from the robot itself."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def tree(self) -> Behaviour:
        """FAILURE where nothing was noticed."""
        board = self._board
        return first_of(
            "notice",
            all_of(
                "visitor",
                When("of the visitor?", lambda: isinstance(board.event, Seen)),
                Do("note where they are", self._note_visitor),
                self._visitor(),
            ),
            all_of(
                "battery",
                When("of the battery?", lambda: isinstance(board.event, Powered)),
                Do("note the charge", self._note_battery),
            ),
            all_of(
                "way",
                When("of the way?", lambda: isinstance(board.event, Blocked)),
                first_of(
                    "blocked for good",
                    Case("call staff", self._newly_blocked, self._call_staff),
                    Do("note", self._note_blocked),
                ),
            ),
            all_of("my goal", When("of my goal?", lambda: isinstance(board.event, GoalEnded)), self._goal()),
        )

    def _visitor(self) -> Behaviour:
        board = self._board
        return first_of(
            "where the visitor is",
            Case("somebody comes", board.is_state("meeting"), self._note_nearness),
            Case(
                "lost",
                lambda: board.presence == "LOST" and board.state in LEADING,
                self._lose,
            ),
            Case(
                "falls behind",
                lambda: board.presence == "FALLING_BEHIND" and board.state in LEADING,
                lambda: board.pace.visitor_behind(True),
            ),
            Case(
                "is back",
                lambda: board.presence in _NEAR and board.state == "waiting",
                self._welcome_back,
            ),
            Case("is with me", lambda: board.presence in _NEAR, lambda: board.pace.visitor_behind(False)),
            Do("nothing new", lambda: None),
        )

    def _goal(self) -> Behaviour:
        board = self._board
        return first_of(
            "my own goal",
            Case("somebody else's", lambda: not board.journey.alone, lambda: None),
            Case("there", lambda: self._goal_end.arrived, lambda: board.journey.arrive(board.now)),
            Do(
                "blocked",
                lambda: board.journey.fail("blocked", self._goal_end.description or "the way is blocked", board.now),
            ),
        )

    # the visitor --------------------------------------------------------------------------------

    def _note_visitor(self) -> None:
        board, seen = self._board, self._board.event
        assert isinstance(seen, Seen)
        if seen.presence != board.presence:
            board.presence, board.presence_since = seen.presence, board.now
        board.visitor_m = seen.distance_m
        if not (math.isfinite(seen.x) and math.isfinite(seen.y)):
            return
        if seen.presence != "LOST":
            board.visitor_at = (seen.x, seen.y)
        if board.state in LEADING and seen.presence != "LOST":
            board.pace.visitor_at(seen.x, seen.y, seen.distance_m, board.now)

    def _note_nearness(self) -> None:
        board = self._board
        near = board.visitor_m <= MEET_RANGE_M
        board.near_since = min(board.near_since, board.now) if near else math.inf

    def _lose(self) -> None:
        """The tree waits, looks and calls from here on."""
        board = self._board
        board.question = None
        board.journey.resume_to = board.state
        board.journey.enter("waiting", board.now)

    def _welcome_back(self) -> None:
        self._board.pace.visitor_behind(False)
        self._board.lead_on()

    # the robot ----------------------------------------------------------------------------------

    def _note_battery(self) -> None:
        event = self._board.event
        assert isinstance(event, Powered)
        self._board.battery_percent = event.percent

    def _newly_blocked(self) -> bool:
        event, board = self._board.event, self._board
        return isinstance(event, Blocked) and event.on and not board.blocked

    def _note_blocked(self) -> None:
        event = self._board.event
        assert isinstance(event, Blocked)
        self._board.blocked = event.on

    def _call_staff(self) -> None:
        """Nothing the robot can do itself has helped; the visitor hears why it stands."""
        board = self._board
        self._note_blocked()
        if board.state in LEADING:
            board.voice.text("inform", "blocked" if board.connected else "blocked_offline", board.status)
        if board.connected:
            said = text("staff_blocked", "en")
            board.effects.append(Ask(kind="call_staff", request_id=board.new_id(), language="en", text=said))

    @property
    def _goal_end(self) -> GoalEnded:
        event = self._board.event
        assert isinstance(event, GoalEnded)
        return event


def low_battery(board: Board) -> bool:
    """Whether this journey has to be handed over for want of power."""
    if board.state != "leading" or not board.battery_percent <= LOW_BATTERY_PERCENT:
        return False
    return not board.in_range()


def hand_over_for_battery(board: Board) -> None:
    """Stop with the visitor, and ask for another robot."""
    board.question = None
    board.journey.handing = HandOver(request_id=board.new_id())
    board.journey.pause(board.now, "hand_over")
    board.voice.text("inform", "hand_over_battery", board.status)
    board.ask_for_other_robot()
