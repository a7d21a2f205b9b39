"""One visitor's mind: a state machine over what they see and hear. Pure; `visiting` gives it legs and a voice.

Every visitor ends `completed`, or `failed` with a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from sim.day import Day, VisitorPlan

__all__ = ["Day", "Deed", "Patience", "Phase", "RobotSight", "Sight", "Visitor", "VisitorPlan"]


class Phase(StrEnum):
    AWAITED = "awaited"
    """Not here yet."""
    SEEKING = "seeking"
    """On the way to a robot or a kiosk."""
    ASKING = "asking"
    """Has asked, and waits to be led."""
    FOLLOWING = "following"
    COMPLETED = "completed"
    FAILED = "failed"


ENDED = frozenset({Phase.COMPLETED, Phase.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, simulated seconds, and how far, metres, a visitor puts up with things."""

    seek_s: float = 300.0
    """To find a robot that is free and get to it."""
    answer_s: float = 45.0
    """To hear anything at all after asking."""
    lead_s: float = 400.0
    """From being told that somebody comes to being led."""
    guide_s: float = 1500.0
    """From setting out to arriving."""
    catch_up_s: float = 20.0
    """To close up after the robot said it has arrived."""
    hears_m: float = 8.0
    talks_m: float = 2.6
    there_m: float = 4.0
    retries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSight:
    """One robot as the visitor sees it."""

    distance: float
    idle: bool
    """Its screen says it is free."""
    moving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the visitor sees now."""

    robots: Mapping[str, RobotSight]
    there: bool = False
    """They stand where they wanted to walk to."""
    to_goal: float = float("inf")
    """Metres from them to the station of the place they want."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What the visitor does now; `what` names it, `target` the robot or kiosk it is done to."""

    what: Literal["enter", "to_robot", "to_kiosk", "speak", "press", "follow", "halt", "depart", "note"]
    target: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Visitor:
    """Feed it `tick`, `heard` and `kiosk_said`; do the deeds they return, in order."""

    plan: VisitorPlan
    patience: Patience = Patience()
    phase: Phase = Phase.AWAITED
    robot: str = ""
    """The robot they walk to, talk to or follow; empty: none."""
    request: str = ""
    """Id under which they asked last."""
    reason: str = ""
    """Why they failed."""
    asked_s: float | None = None
    led_s: float | None = None
    ended_s: float | None = None
    retries: int = 0
    _since: float = 0.0
    """When this phase began."""
    _promised: bool = False
    _arrived_s: float | None = None
    _busy: set[str] = field(default_factory=set)
    """Robots that refused."""
    _asks: int = 0
    _by_kiosk: bool = False
    _dawdling_until: float | None = None
    _dawdled: int = 0

    @property
    def ended(self) -> bool:
        return self.phase in ENDED

    @property
    def wait_s(self) -> float | None:
        """From the first asking to being led."""
        return None if self.asked_s is None or self.led_s is None else self.led_s - self.asked_s

    def tick(self, now: float, sight: Sight) -> list[Deed]:
        """Time went by. `now` is in seconds of the day."""
        match self.phase:
            case Phase.AWAITED if now >= self.plan.at_s:
                return self._come(now)
            case Phase.SEEKING:
                return self._seek(now, sight)
            case Phase.ASKING:
                return self._await(now)
            case Phase.FOLLOWING:
                return self._walk_on(now, sight)
        return []

    def heard(
        self, now: float, robot: str, act: str, utterance_id: str, text: str, known: Collection[str]
    ) -> list[Deed]:
        """A robot close by said something.

        :param utterance_id: of the request it answers; may be empty.
        :param known: request ids of other visitors: what answers one of those is not meant for this one.
        """
        if self.phase not in (Phase.ASKING, Phase.FOLLOWING) or (
            utterance_id != self.request and utterance_id in known
        ):
            return []
        mine = robot == self.robot or utterance_id == self.request
        if not mine:
            return []
        note = self._note("heard", robot=robot, act=act, text=text)
        if self.phase is Phase.ASKING:
            return [note, *self._heard_asking(now, robot, act, text)]
        return [note, *self._heard_following(now, act, text)]

    def kiosk_said(self, now: float, request: str, status: str, robot: str, reason: str) -> list[Deed]:
        """The kiosk's page changed: the state of request `request` is `status`."""
        if self.phase is not Phase.ASKING or request != self.request or not self._by_kiosk:
            return []
        note = self._note("kiosk", status=status, robot=robot, reason=reason)
        if robot:
            self.robot = robot
        if status in ("rejected", "failed", "cancelled", "unreachable"):
            return [note, *self._retry(now, f"the kiosk said {status}: {reason or 'no reason given'}")]
        if not self._promised and status != "sent":
            self._promised, self._since = True, now
        return [note]

    def began(self, now: float) -> None:
        """They stand there and have asked already, by means no script knows."""
        self._since = self.asked_s = now
        self._promised = True

    def pressed(self, request: str) -> None:
        """The kiosk took the request under this id."""
        self.request = request

    def give_up(self, now: float, reason: str) -> list[Deed]:
        """The day is over, or the world cannot carry on with this visitor."""
        return [] if self.ended else self._fail(now, reason)

    def _come(self, now: float) -> list[Deed]:
        self._by_kiosk = self.plan.by == "kiosk"
        note = self._note("comes", by=self.plan.by, place=self.plan.place, language=self.plan.language)
        return [Deed("enter"), note, *self._set_out(now)]

    def _set_out(self, now: float) -> list[Deed]:
        self.phase, self._since, self.robot = Phase.SEEKING, now, ""
        self._promised, self._arrived_s, self._dawdling_until = False, None, None
        return [Deed("to_kiosk", self.plan.kiosk or "")] if self._by_kiosk else []

    def _seek(self, now: float, sight: Sight) -> list[Deed]:
        if now - self._since > self.patience.seek_s:
            what = f"kiosk {self.plan.kiosk}" if self._by_kiosk else "a free robot"
            return self._fail(now, f"did not get to {what} within {self.patience.seek_s:.0f} s")
        if self._by_kiosk:
            return self._ask(now, "press", self.plan.kiosk or "") if sight.there else []
        seen = sight.robots.get(self.robot)
        if seen is None or not seen.idle:
            return self._choose(sight)
        if sight.there and seen.distance <= self.patience.talks_m:
            return self._ask(now, "speak", self.robot)
        return [Deed("to_robot", self.robot)] if sight.there else []

    def _choose(self, sight: Sight) -> list[Deed]:
        """The nearest robot that is free, standing and has not refused; else one that lacks some of that."""

        def cost(serial: str) -> float:
            seen = sight.robots[serial]
            liked = -1000.0 if serial == self.plan.robot and serial not in self._busy else 0.0
            return seen.distance + 30.0 * seen.moving + 500.0 * (serial in self._busy) + liked

        idle = [serial for serial, seen in sight.robots.items() if seen.idle]
        if not idle:
            was, self.robot = self.robot, ""
            return [Deed("halt"), self._note("robot_taken", robot=was)] if was else []
        self.robot = min(sorted(idle), key=cost)
        return [Deed("to_robot", self.robot), self._note("goes_to", robot=self.robot)]

    def _ask(self, now: float, how: Literal["speak", "press"], target: str) -> list[Deed]:
        self._asks += 1
        self.request = f"{self.plan.id}-{self._asks}"
        self.phase, self._since, self._promised = Phase.ASKING, now, False
        self.asked_s = now if self.asked_s is None else self.asked_s
        note = self._note("asks", how=how, target=target, request=self.request)
        return [Deed("halt"), note, Deed(how, target, {"request": self.request})]

    def _await(self, now: float) -> list[Deed]:
        waited = now - self._since
        whom = self.robot or self.plan.kiosk or ""
        if self._promised and waited > self.patience.lead_s:
            return self._retry(now, f"{whom} agreed, and nobody led on within {self.patience.lead_s:.0f} s")
        if not self._promised and waited > self.patience.answer_s:
            return self._retry(now, f"no answer from {whom} within {self.patience.answer_s:.0f} s")
        return []

    def _heard_asking(self, now: float, robot: str, act: str, text: str) -> list[Deed]:
        if act == "lead_start":
            self.phase, self._since, self.led_s, self.robot = Phase.FOLLOWING, now, now, robot
            return [Deed("follow", robot), self._note("led", robot=robot, wait_s=round(self.wait_s or 0.0, 1))]
        if act in ("sorry", "clarify"):
            if not self._by_kiosk:
                self._busy.add(robot)
            return self._retry(now, f"{robot} said {act}: {text}")
        if act in ("confirm", "meet", "inform") and not self._promised:
            self._promised, self._since = True, now
        return []

    def _heard_following(self, now: float, act: str, text: str) -> list[Deed]:
        if act == "arrived":
            self._arrived_s = now
        elif act == "sorry":
            return self._retry(now, f"{self.robot} gave up on the way: {text}")
        elif act in ("wait_for_you", "visitor_lost") and self._dawdling_until is not None:
            self._dawdling_until = None
            return [Deed("follow", self.robot)]
        return []

    def _walk_on(self, now: float, sight: Sight) -> list[Deed]:
        if self._arrived_s is not None:
            return self._end_of_way(now, sight)
        if now - self._since > self.patience.guide_s:
            return self._retry(now, f"not at {self.plan.place} after {self.patience.guide_s:.0f} s with {self.robot}")
        if self._dawdling_until is not None:
            if now < self._dawdling_until:
                return []
            self._dawdling_until = None
            return [Deed("follow", self.robot)]
        if self._dawdled < len(self.plan.dawdles) and now - self._since >= self.plan.dawdles[self._dawdled][0]:
            pause = self.plan.dawdles[self._dawdled][1]
            self._dawdled += 1
            self._dawdling_until = now + pause
            return [Deed("halt"), self._note("dawdles", for_s=pause)]
        return []

    def _end_of_way(self, now: float, sight: Sight) -> list[Deed]:
        if sight.to_goal <= self.patience.there_m:
            self.phase, self.ended_s = Phase.COMPLETED, now
            took = now - (self.led_s or now)
            note = self._note("completed", robot=self.robot, guided_s=round(took, 1), to_goal_m=round(sight.to_goal, 2))
            return [note, Deed("depart")]
        if self._dawdling_until is not None:
            self._dawdling_until = None
            return [Deed("follow", self.robot)]
        if self._arrived_s is not None and now - self._arrived_s > self.patience.catch_up_s:
            return self._fail(
                now, f"{self.robot} said it had arrived {sight.to_goal:.1f} m from the station of {self.plan.place}"
            )
        return []

    def _retry(self, now: float, reason: str) -> list[Deed]:
        if self.retries >= self.patience.retries:
            return self._fail(now, reason)
        self.retries += 1
        return [Deed("halt"), self._note("asks_again", reason=reason), *self._set_out(now)]

    def _fail(self, now: float, reason: str) -> list[Deed]:
        self.phase, self.reason, self.ended_s = Phase.FAILED, reason, now
        return [self._note("failed", reason=reason), Deed("depart")]

    @staticmethod
    def _note(event: str, **details: Any) -> Deed:
        return Deed("note", event, details)
