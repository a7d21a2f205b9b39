"""The guide: states of `GuideStatus`, from what visitors say, what the fleet answers, and where the visitor is.

Pure: `now` is ROS time in seconds, effects come out of `take_effects`. Everything that happens becomes an event on the
board and a tick of the tree (`tree`). The robot's own journeys begin with an intent and a `FleetRequest`; the fleet's
begin with an action. With the broker out of reach the robot leads alone, to the station on its own map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from robot_nodes.guiding.announcer import Announcer
from robot_nodes.guiding.board import Board
from robot_nodes.guiding.effects import Effect, Hold
from robot_nodes.guiding.events import (
    ActionBegun,
    ActionTakenBack,
    Blocked,
    Event,
    GoalEnded,
    Heard,
    Noticed,
    Powered,
    Seen,
)
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.journey import Journey
from robot_nodes.guiding.pace import Pace
from robot_nodes.guiding.programme import Programme
from robot_nodes.guiding.status import Meaning, Status
from robot_nodes.guiding.tree import guide_tree, picture
from robot_nodes.guiding.turns import Way
from robot_nodes.guiding.voice import Voice

__all__ = ["Guide"]


class Guide:
    """One robot's guide. Single-threaded."""

    def __init__(
        self,
        geography: Geography,
        *,
        new_id: Callable[[], str],
        programme: Programme | None = None,
        clock: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """:param new_id: makes ids of requests, unique in the venue.
        :param programme: what is told of places; the geography's venue's where not given.
        :param clock: the time of the day, aware, for the programme; None where nobody knows it.
        """
        effects: list[Effect] = []
        pace, voice = Pace(effects), Voice(effects, geography)
        self._board = Board(
            effects=effects,
            geography=geography,
            programme=programme or Programme(geography.venue),
            voice=voice,
            pace=pace,
            journey=Journey(effects, geography, voice, pace),
            announcer=Announcer(geography, voice),
            new_id=new_id,
            clock=clock,
        )
        self._tree = guide_tree(self._board)
        self._holding = False

    @property
    def status(self) -> Status:
        """What `GuideStatus` shows."""
        return self._board.status

    @property
    def held(self) -> bool:
        """Whether the robot stands until the fleet has taken a given-up order back."""
        return self._board.journey.held

    @property
    def picture(self) -> str:
        """The tree as text."""
        return picture(self._tree)

    def take_effects(self) -> list[Effect]:
        """What is to be done, oldest first; each is handed out once."""
        board = self._board
        holding = self.status.state in ("waiting", "paused") or self.held
        if holding != self._holding or (holding and board.assert_hold):
            self._holding = holding
            board.effects.append(Hold(holding))
        board.assert_hold = False
        effects = list(board.effects)
        board.effects.clear()
        return effects

    # what happens -------------------------------------------------------------------------------

    def on_intent(self, intent: Meaning, utterance_id: str, now: float) -> None:
        """A visitor said something."""
        self._happen(Heard(intent, utterance_id), now)

    def on_link(self, connected: bool) -> None:
        """Whether the broker is in reach."""
        self._board.connected = connected

    def on_notice(
        self, kind: str, request_id: str, task_id: str, reason: str, texts: tuple[str, str], now: float
    ) -> None:
        """The fleet's answer; `texts` is language and sentence of an announcement.

        A `cancelled` without request id means that the robot's order has been taken back.
        """
        language, text = texts
        notice = Noticed(kind=kind, request_id=request_id, task_id=task_id, reason=reason, language=language, text=text)
        self._happen(notice, now)

    def on_action(self, action_id: str, action_type: str, parameters: Mapping[str, str], now: float) -> None:
        """A VDA 5050 action begins; it ends with `FinishAction`."""
        self._happen(ActionBegun(action_id, action_type, parameters), now)

    def on_action_cancel(self, action_id: str, now: float) -> None:
        """The master takes an action back."""
        self._happen(ActionTakenBack(action_id), now)

    def on_visitor(self, state: str, distance_m: float, now: float, x: float = math.nan, y: float = math.nan) -> None:
        """:param state: NONE, WITH_ME, FALLING_BEHIND, LOST or RETURNED; distance NaN where unknown.
        :param x: where they are, metres in `map`; NaN where unknown, as `y`.
        """
        self._happen(Seen(state, distance_m, x, y), now)

    def on_position(self, x: float, y: float) -> None:
        """Where the robot is, metres in `map`."""
        self._board.position = (x, y)

    def on_plan(self, points: NDArray[np.float64]) -> None:
        """What navigation is about to drive: shape (n, 2), metres in `map`; empty for nothing."""
        self._board.announcer.plan(Way(points) if len(points) else None)

    def on_goal_result(self, arrived: bool, description: str, now: float) -> None:
        """The end of `Go`."""
        self._happen(GoalEnded(arrived, description), now)

    def on_battery(self, percent: float, now: float) -> None:
        """The charge; NaN where the battery does not say."""
        self._happen(Powered(percent), now)

    def on_blocked(self, blocked: bool, now: float) -> None:
        """Whether navigation has tried everything against what stands in its way, and needs staff."""
        self._happen(Blocked(blocked), now)

    def tick(self, now: float) -> None:
        """Call a few times a second."""
        self._happen(None, now)

    def _happen(self, event: Event | None, now: float) -> None:
        board = self._board
        board.event, board.now = event, now
        self._tree.tick_once()
        board.event = None
        board.journey.tidy()
