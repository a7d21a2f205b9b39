"""What is asked of the robot's own Nav2, and when. Knows no ROS and reads no clock.

Goals come in, are handed to Nav2, and end when Nav2 ends them. What Nav2 has not is added: a pause that keeps the goal
(its goal is cancelled, and sent again with the poses still to be passed), a newer goal of the other kind that takes
over (Nav2 refuses it while it navigates the first), and patience: while Nav2 is gone or starts anew the goal is kept,
the speed limit is told again, and its localiser is told where the robot stands.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from robot_nodes.nav2.health import ACTIVE, LOCALISER, NAVIGATOR, Health
from robot_nodes.navigation.errors import Nav2Failed, Nav2Gone, Preempted
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Outcome

__all__ = ["Bridge", "CancelSent", "Effect", "Halt", "Kind", "LimitAgain", "NavGoal", "Place", "Send", "Tell"]

FIRST_WORD_S = 5.0
"""Silent for so long after the start: Nav2 counts as not there."""
REMIND_S = 60.0
"""What is still missing is said again this often."""
PATIENCE_S = 30.0
"""How long a goal waits for a Nav2 that is not there."""
ANSWER_S = 5.0
"""A goal that Nav2 does not answer for so long is sent again."""
SILENT_S = 10.0
"""Nav2 tells how a drive goes many times a second; without a word for so long it has forgotten the goal."""
DOUBT_S = 0.6
"""An answer about Nav2's state this long after a drive ended was asked for after that."""
HALT_S = 1.0
"""The wheels are told to stop for so long when Nav2 is gone under way."""
PLACE_EVERY_S = 2.0
PLACE_TRIES = 5
PLACED_M = 1.5
"""A localiser that has the robot this near to where it was told to be has understood."""


class Kind(Enum):
    """Which of Nav2's actions."""

    TO_POSE = "navigate_to_pose"
    THROUGH_POSES = "navigate_through_poses"


@dataclass(frozen=True, slots=True)
class NavGoal:
    """Where to go.

    :ivar id: chosen by who asks; outcomes carry it.
    :ivar poses: at least one, in whatever form the shell has them.
    """

    id: int
    kind: Kind
    poses: tuple[Any, ...]
    behavior_tree: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """Hand `goal` to Nav2; answers carry the token."""

    token: int
    goal: NavGoal


@dataclass(frozen=True, slots=True)
class CancelSent:
    """Take that goal back from Nav2."""

    token: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Zero for the wheels, once."""


@dataclass(frozen=True, slots=True)
class LimitAgain:
    """The last speed limit again: Nav2 forgets it when it starts anew."""


@dataclass(frozen=True, slots=True)
class Place:
    """Tell Nav2's localiser that the robot is here (frame map)."""

    pose: Pose2D


@dataclass(frozen=True, slots=True)
class Tell:
    """One line for the log."""

    text: str
    warning: bool = False


Effect = Send | CancelSent | Halt | LimitAgain | Place | Tell | Outcome


@dataclass(slots=True)
class _Sent:
    """What Nav2 was asked for last.

    :ivar heard: when Nav2 last said anything about it.
    """

    token: int
    goal: NavGoal
    heard: float
    accepted: bool = False
    cancelling: bool = False


class Bridge:
    """One robot's. Single-threaded; `now` is a monotonic time in seconds; call `tick` ten times a second."""

    def __init__(self, *, start: Pose2D, localiser: str = LOCALISER, now: float = 0.0) -> None:
        """:param start: where the robot stands when it is switched on, frame map.
        :param localiser: Nav2's localiser (a lifecycle node that takes `initialpose`); empty for one of another kind.
        """
        self.counts: Counter[str] = Counter()
        """How often Nav2 was lost, came back, failed, refused, was too slow, and was told where the robot is."""
        self.health = Health.of(localiser)
        self._localiser, self._start = localiser, start
        self._now = now
        self._effects: list[Effect] = []
        self._goal: NavGoal | None = None
        self._waiting_since = now
        self._sent: _Sent | None = None
        self._tokens = 0
        self._left = 0
        self._paused = False
        self._ready: bool | None = None
        self._complain_at = now + FIRST_WORD_S
        self._verdict: tuple[Outcome, float] | None = None
        self._halt_until = now
        self._known: Pose2D | None = None
        self._distrust = 0
        self._placed = False
        self._place_at = now

    @property
    def ready(self) -> bool:
        """Whether Nav2 is active and knows where the robot is."""
        return bool(self._ready)

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def complaint(self) -> str:
        """What is missing of Nav2; empty when nothing is."""
        missing = self.health.complaint(self._now)
        return missing or (
            "" if self._placed or not self._localiser else f"{self._localiser} does not say where the robot is"
        )

    def take_effects(self) -> list[Effect]:
        """What is to be done, oldest first; each is handed out once."""
        effects, self._effects = self._effects, []
        return effects

    # --- who drives ---

    def on_goal(self, goal: NavGoal, now: float) -> None:
        """A newer goal of either kind takes over."""
        self._now = now
        if self._goal is not None:
            self._end(End.ABORTED, Preempted("preempted by a newer goal"))
        self._goal, self._left, self._waiting_since, self._verdict = goal, len(goal.poses), now, None
        self._go_on(now)

    def on_cancel(self, goal_id: int, now: float) -> bool:
        """False if that goal is not under way."""
        if self._goal is None or self._goal.id != goal_id:
            return False
        self._end(End.CANCELED)
        self._go_on(now)
        return True

    def on_pause(self, on: bool, now: float) -> None:
        """Hold still keeping the goal, or go on."""
        self._paused, self._waiting_since = on, now
        self._go_on(now)

    # --- Nav2's answers ---

    def on_answer(self, token: int, accepted: bool, now: float) -> None:
        """Nav2 took the goal, or refused it."""
        sent = self._sent
        if sent is None or sent.token != token:
            return
        sent.heard = now
        if accepted:
            sent.accepted = True
            if sent.cancelling:
                self._effects.append(CancelSent(token))
            return
        self._sent = None
        self.counts["refused"] += 1
        if self._goal is not None and self._goal.id == sent.goal.id and not sent.cancelling:
            self._doubt(Nav2Failed("Nav2 refused the goal: is it driving for somebody else? cancel that first"), now)
        self._go_on(now)

    def on_feedback(self, token: int, poses_left: int | None, now: float) -> bool:
        """How the drive goes; whether to pass it on to who asked."""
        sent = self._sent
        if sent is None or sent.token != token:
            return False
        sent.heard = now
        if poses_left is not None and 0 < poses_left <= self._left:
            self._left = poses_left
        return self._goal is not None and self._goal.id == sent.goal.id

    def on_result(self, token: int, end: End, code: int, message: str, now: float) -> None:
        """Nav2 ended the drive."""
        sent = self._sent
        if sent is None or sent.token != token:
            return
        self._sent = None
        if self._goal is not None and sent.goal.id == self._goal.id:
            if end is End.SUCCEEDED:
                self._end(end)
            elif end is End.ABORTED and code:
                self.counts["failed"] += 1
                self._close(Outcome(self._goal.id, end, code, message or f"Nav2 gave up with error code {code}"))
            elif not sent.cancelling:
                why = message or ("it was cancelled at Nav2" if end is End.CANCELED else "Nav2 does not say why")
                self._doubt(Nav2Failed(f"Nav2 gave up the goal: {why}"), now)
        self._go_on(now)

    def on_state(self, server: str, label: str, now: float) -> None:
        """A server's lifecycle state; asked for about twice a second."""
        if server == self._localiser and label != ACTIVE:
            self._lose_place()
        self.health.note(server, label, now)
        if self._verdict is not None and server == NAVIGATOR and now > self._verdict[1] + DOUBT_S:
            (outcome, _), self._verdict = self._verdict, None
            if label == ACTIVE and self._goal is not None and outcome.goal == self._goal.id:
                self.counts["failed"] += 1
                self._close(outcome)
        self.tick(now)

    def on_pose(self, said: Pose2D) -> bool:
        """Nav2's localiser has spoken; False if that is not to be believed."""
        known = self._known
        if not said.finite:
            return False
        if self._distrust and known is not None and said.distance_to(known.x, known.y) > PLACED_M:
            return False  # its own idea of where it woke up
        self._placed, self._distrust, self._known = True, 0, said
        return True

    def on_moved(self, best: Pose2D) -> None:
        """Where the robot is now, by the odometry since."""
        if self._known is not None:
            self._known = best

    def tick(self, now: float) -> None:
        """Time passes."""
        self._now = now
        if self._localiser and not self.health.active(self._localiser, now):
            self._lose_place()
        self._place(now)
        ready = self.health.ready(now) and (self._placed or not self._localiser)
        if ready != self._ready:
            self._turned(ready, now)
        elif not ready:
            self._complain(now)
        if now < self._halt_until:
            self._effects.append(Halt())
        self._mind_silence(now)
        self._go_on(now)

    # --- inside ---

    def _turned(self, ready: bool, now: float) -> None:
        """Nav2 came, or went."""
        before, self._ready = self._ready, ready
        if ready:
            self.counts["came"] += 1
            self._effects += [Tell("Nav2 is active"), LimitAgain()]
        elif before:
            self.counts["lost"] += 1
            self._waiting_since, self._verdict = now, None
            if self._sent is not None:
                self._sent = None
                self._halt_until = now + HALT_S
            self._complain_at = now + REMIND_S
            self._effects.append(Tell(f"Nav2 is gone: {self.complaint}; the robot stands and waits for it", True))

    def _complain(self, now: float) -> None:
        """One line, once Nav2 can be expected to be there, and one a minute after."""
        if now < self._complain_at:
            return
        self._complain_at = now + REMIND_S
        self._effects.append(Tell(f"Nav2 is not there: {self.complaint}; start it, with its lifecycle manager", True))

    def _mind_silence(self, now: float) -> None:
        sent = self._sent
        if sent is not None and now - sent.heard > (SILENT_S if sent.accepted else ANSWER_S):
            self.counts["silent"] += 1
            self._effects.append(Tell("Nav2 says nothing of the goal it was given; it is asked anew", True))
            self._sent = None
        if self._goal is not None and not self._ready and not self._paused and now - self._waiting_since > PATIENCE_S:
            error = Nav2Gone(f"Nav2 is not there: {self.complaint or 'no answer'}; start it and send the goal again")
            self._end(End.ABORTED, error)

    def _go_on(self, now: float) -> None:
        """Bring what Nav2 does in line with what is wanted."""
        goal, sent = self._goal, self._sent
        if goal is None or self._paused:
            self._take_back()
        elif not self._ready or self._verdict is not None:
            return
        elif sent is None:
            self._send(goal, now)
        elif sent.goal.id != goal.id:
            if sent.goal.kind is goal.kind and sent.accepted and not sent.cancelling:
                self._send(goal, now)  # Nav2 lets it take over without stopping
            else:
                self._take_back()

    def _send(self, goal: NavGoal, now: float) -> None:
        self._tokens += 1
        rest = replace(goal, poses=goal.poses[-max(1, self._left) :])
        self._sent = _Sent(self._tokens, rest, now)
        self._effects.append(Send(self._tokens, rest))

    def _take_back(self) -> None:
        sent = self._sent
        if sent is None or sent.cancelling:
            return
        sent.cancelling = True
        if sent.accepted:  # otherwise as soon as it is
            self._effects.append(CancelSent(sent.token))

    def _doubt(self, error: Nav2Failed, now: float) -> None:
        """It may be Nav2 itself that ends: its next word of its state decides."""
        if self._goal is not None:
            self._verdict = (Outcome(self._goal.id, End.ABORTED, error.code, error.message), now)

    def _end(self, end: End, error: Preempted | Nav2Gone | None = None) -> None:
        if self._goal is not None:
            code, message = (error.code, error.message) if error else (0, "")
            self._close(Outcome(self._goal.id, end, code, message))

    def _close(self, outcome: Outcome) -> None:
        self._goal, self._verdict = None, None
        self._effects.append(outcome)

    def _lose_place(self) -> None:
        """The localiser is not there: what it says when it comes back need not be where the robot is."""
        if self._placed:
            self._placed, self._distrust = False, PLACE_TRIES

    def _place(self, now: float) -> None:
        """A localiser that has come up is told where the robot is, until it has understood."""
        if self._placed or not self._localiser or not self.health.active(self._localiser, now):
            self._place_at = now + 0.5 * PLACE_EVERY_S
            return
        if now < self._place_at:
            return
        self._place_at = now + PLACE_EVERY_S
        if self._known is None:  # it has never spoken: the robot stands where it was switched on
            self._known, self._distrust = self._start, PLACE_TRIES + 1
        self._distrust = max(0, self._distrust - 1)
        self.counts["placed"] += 1
        where = f"({self._known.x:.1f}, {self._known.y:.1f}), {self._known.yaw:.1f} rad"
        self._effects += [Place(self._known), Tell(f"{self._localiser} is told where the robot is: {where}")]
