"""The branches of the tree that carry the present state on: what is due with time, and what follows."""

from __future__ import annotations

import math
from dataclasses import replace

from py_trees.behaviour import Behaviour

from robot_nodes.guiding.board import Board
from robot_nodes.guiding.effects import Ask, Look
from robot_nodes.guiding.leaves import Case, Do, Stay, Until, When, all_of, first_of, in_turn
from robot_nodes.guiding.senses import hand_over_for_battery, low_battery
from robot_nodes.guiding.status import (
    ANSWER_TIMEOUT_S,
    APPROACH_TIMEOUT_S,
    ARRIVED_S,
    ASK_FLEET_S,
    CALL_AGAIN_S,
    GIVE_UP_S,
    LEADING,
    LEFT_M,
    LOOK_AFTER_S,
    MEET_HOLD_S,
    MEET_TIMEOUT_S,
)
from robot_nodes.guiding.words import reason as words_for

__all__ = ["Phases"]


class Phases:
    """One branch for each state; `Pauses` has those of a paused robot."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def trees(self) -> list[Behaviour]:
        """Each FAILURE in any other state than its own."""
        return [
            self._phase("lead", self._leading(), *LEADING),
            self._phase("wait for the visitor", self._waiting(), "waiting"),
            self._phase("wait for the fleet", self._requesting(), "requesting"),
            self._phase("go to the visitor", self._approaching(), "approaching"),
            self._phase("meet", self._meeting(), "meeting"),
            self._phase("at the destination", self._arrived(), "arrived"),
            Stay("idle"),
        ]

    def _phase(self, name: str, branch: Behaviour, *states: str) -> Behaviour:
        return all_of(name, When(f"{' or '.join(sorted(states))}?", self._board.is_state(*states)), branch)

    # on the way ---------------------------------------------------------------------------------

    def _leading(self) -> Behaviour:
        board = self._board
        return first_of(
            "on the way",
            Case("battery too low", lambda: low_battery(board), lambda: hand_over_for_battery(board)),
            all_of(
                "walk and talk",
                Do("measure", self._measure),
                first_of(
                    "say",
                    When("nothing now", lambda: board.announcer.quiet(board.status.remaining_m, board.now)),
                    Case("a turn", self._turn_due, self._tell_turn),
                    Case("how far", self._progress_due, self._tell_progress),
                    Do("nothing", lambda: None),
                ),
                Stay(),
            ),
        )

    def _measure(self) -> None:
        board = self._board
        board.announcer.measured(board.journey.measure(board.position))

    def _turn_due(self) -> bool:
        board = self._board
        return board.announcer.due_turn(board.position, board.status.place) is not None

    def _tell_turn(self) -> None:
        board = self._board
        if board.position is not None:
            board.announcer.tell_turn(board.position, board.status, board.now)

    def _progress_due(self) -> bool:
        return self._board.announcer.due_progress(self._board.status.remaining_m)

    def _tell_progress(self) -> None:
        board = self._board
        board.announcer.tell_progress(board.status.remaining_m, board.status, board.now)

    # a lost visitor -----------------------------------------------------------------------------

    def _waiting(self) -> Behaviour:
        board = self._board
        return in_turn(
            "for a lost visitor",
            Do("say that I wait", lambda: board.journey.say("wait_for_you")),
            Until(f"{LOOK_AFTER_S:.0f} s", board.after(LOOK_AFTER_S)),
            Do("turn to look", self._look),
            Until(f"{CALL_AGAIN_S:.0f} s", board.after(CALL_AGAIN_S)),
            Do("call", lambda: board.journey.say("visitor_lost")),
            Until(f"{ASK_FLEET_S:.0f} s", board.after(ASK_FLEET_S)),
            Do("ask the fleet", self._ask_fleet),
            Until(f"{GIVE_UP_S:.0f} s", board.after(GIVE_UP_S)),
            Do("give up", lambda: give_up_visitor(board)),
            Stay(),
        )

    def _look(self) -> None:
        """Face where the visitor was seen last; where that is unknown, stay as it is."""
        board = self._board
        if board.position is None or board.visitor_at is None:
            return
        (x, y), (there_x, there_y) = board.position, board.visitor_at
        board.turned_away = True
        board.effects.append(Look(x, y, math.atan2(there_y - y, there_x - x)))

    def _ask_fleet(self) -> None:
        board, status = self._board, self._board.status
        if board.connected and status.request_id:
            board.effects.append(
                Ask(kind="visitor_lost", request_id=status.request_id, place=status.place, language=status.language)
            )

    # before -------------------------------------------------------------------------------------

    def _requesting(self) -> Behaviour:
        board = self._board
        return in_turn(
            "for an answer",
            Until(f"{ANSWER_TIMEOUT_S:.0f} s", board.after(ANSWER_TIMEOUT_S)),
            Do("no answer", lambda: self._withdraw("no_answer", "the fleet did not answer")),
            Stay(),
        )

    def _approaching(self) -> Behaviour:
        board = self._board
        return in_turn(
            "on the way to the visitor",
            Until(f"{APPROACH_TIMEOUT_S:.0f} s", board.after(APPROACH_TIMEOUT_S)),
            first_of(
                "forgotten",
                Case("nobody here", lambda: board.journey.unasked, self._call_off),
                Do("no answer", lambda: self._withdraw("no_answer", "the fleet sent no order")),
            ),
            Stay(),
        )

    def _withdraw(self, words: str, reason: str) -> None:
        self._board.effects.append(Ask(kind="cancel", request_id=self._board.status.request_id))
        self._board.journey.fail(words, reason, self._board.now)

    def _call_off(self) -> None:
        self._board.journey.end("the fleet sent no order", self._board.now)

    def _meeting(self) -> Behaviour:
        board = self._board
        return first_of(
            "at the meeting place",
            Case("somebody is here", lambda: board.now - board.near_since >= MEET_HOLD_S, self._meet),
            Case("nobody came", board.after(MEET_TIMEOUT_S), self._miss),
            Stay(),
        )

    def _meet(self) -> None:
        self._board.journey.enter("approaching", self._board.now)
        self._board.journey.met()

    def _miss(self) -> None:
        journey, problem = self._board.journey, "no visitor came"
        journey.status = replace(journey.status, reason=problem)
        journey.enter("idle", self._board.now)
        journey.met(problem)

    # after --------------------------------------------------------------------------------------

    def _arrived(self) -> Behaviour:
        board = self._board
        return in_turn(
            "there",
            Do("tell what is here", self._present),
            Do("offer what is next", self._offer),
            Until("said all", self._parted),
            first_of(
                "part",
                Case("goodbye", lambda: board.talked, lambda: board.journey.say("goodbye")),
                Do("nothing", lambda: None),
            ),
            Do("over", lambda: board.journey.enter("idle", board.now)),
        )

    def _present(self) -> None:
        board, status = self._board, self._board.status
        board.wishes = [it for it in board.wishes if it != status.place]
        told = board.programme.presentation(status.place, status.language, board.clock())
        board.talked = bool(told)
        if told:
            board.voice.tell("inform", told, status)

    def _offer(self) -> None:
        """The next of the visitor's own wishes, else what begins nearby."""
        board, status = self._board, self._board.status
        session = board.programme.coming(status.place, board.clock())
        if board.wishes:
            place = board.wishes.pop(0)
            board.ask("offer", place, "offer_place", place=board.geography.name(place, status.language))
        elif session is not None:
            told = board.programme.told(session, status.language)
            room = board.geography.name(told.place, status.language)
            board.ask("offer", told.place, "offer_session", session=told.name, time=told.time, place=room)
        else:
            return
        board.talked = True

    def _parted(self) -> bool:
        """The visitor has gone, or all has been said and answered."""
        board = self._board
        if board.talked and (board.presence == "LOST" or board.visitor_m > LEFT_M):
            return True
        return board.asking is None and board.quiet_s >= ARRIVED_S


def give_up_visitor(board: Board) -> None:
    """They did not come back."""
    status = board.status
    board.voice.sorry(words_for("visitor_lost", status.language), status.language, status.utterance_id)
    board.journey.abandon("the visitor was lost", board.now)
