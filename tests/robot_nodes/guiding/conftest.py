"""A guide in a made-up venue: three places on one street, and short ways to say what happens to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from robot_nodes.guiding.core import Guide
from robot_nodes.guiding.effects import Ask, Effect, FinishAction, Hold, LimitSpeed, Say
from robot_nodes.guiding.programme import Coming
from robot_nodes.guiding.turns import Way


@dataclass(frozen=True)
class Spot:
    id: str
    x: float
    y: float = 0.0
    yaw: float = 0.0


class Street:
    """Stands for Geography: places on the x axis."""

    def __init__(self) -> None:
        self.spots = {spot.id: spot for spot in (Spot("culture", 40.0), Spot("toilet-1", 10.0), Spot("corner", 5.0))}

    def destination(self, target, slots, position):
        return (
            self.spots.get(target)
            or self.spots.get(slots.get("place", ""))
            or (self.spots["toilet-1"] if "facility" in slots else None)
        )

    def name(self, place_id, language):
        return f"{place_id} ({language})"

    def station(self, place_id):
        return self.spots.get(place_id)

    def remaining_m(self, position, place_id):
        spot = self.spots.get(place_id)
        return math.dist(position, (spot.x, spot.y)) if spot else math.nan

    def way(self, position, place_id):
        spot = self.spots.get(place_id)
        return Way(np.array([position, (spot.x, spot.y)])) if spot else None

    def hall(self, point, language):
        return f"hall {int(point[0] // 100)} ({language})"

    def booth_at(self, position):
        """The only booth is at x = 30."""
        return "booth-1" if position and abs(position[0] - 30.0) < 3.0 else ""


class Booklet:
    """Stands for Programme: what the tests put into it."""

    def __init__(self) -> None:
        self.about: dict[str, str] = {}
        self.next: Coming | None = None

    def presentation(self, place_id, language, when):
        return self.about.get(place_id, "")

    def coming(self, place_id, when):
        return self.next

    def told(self, session, language):
        return session


@dataclass(frozen=True)
class Heard:
    name: str
    slots: dict = field(default_factory=dict)
    language: str = "en"
    text: str = "words"
    reply: str = ""
    target: str = ""
    lead: bool = False


class Rig:
    def __init__(self) -> None:
        self.now = 0.0
        self._ids = iter(f"r{i}" for i in range(1000))
        self.booklet = Booklet()
        self.guide = Guide(Street(), new_id=lambda: next(self._ids), programme=self.booklet)
        self.guide.on_link(True)
        self.guide.on_position(0.0, 0.0)
        self.effects: list[Effect] = []

    def collect(self) -> None:
        self.effects += self.guide.take_effects()

    def hear(
        self,
        name: str,
        utterance: str = "u1",
        spoken: str = "en",
        reply: str = "",
        target: str = "",
        lead: bool = False,
        text: str = "words",
        **slots: str,
    ) -> None:
        heard = Heard(name=name, slots=slots, language=spoken, text=text, reply=reply, target=target, lead=lead)
        self.guide.on_intent(heard, utterance, self.now)
        self.collect()

    def notice(self, kind: str, request: str = "r0", reason: str = "", text: tuple[str, str] = ("", "")) -> None:
        self.guide.on_notice(kind, request, "t1", reason, text, self.now)
        self.collect()

    def act(self, kind: str, action_id: str = "", **parameters: str) -> None:
        self.guide.on_action(action_id or kind, kind, parameters, self.now)
        self.collect()

    def visitor(self, state: str, distance: float = math.nan, at: tuple[float, float] = (math.nan, math.nan)) -> None:
        self.guide.on_visitor(state, distance, self.now, *at)
        self.collect()

    def battery(self, percent: float) -> None:
        self.guide.on_battery(percent, self.now)
        self.collect()
        self.wait(0.25)

    def blocked(self, on: bool = True) -> None:
        self.guide.on_blocked(on, self.now)
        self.collect()

    def wait(self, seconds: float, step: float = 0.25) -> None:
        for _ in range(round(seconds / step)):
            self.now += step
            self.guide.tick(self.now)
            self.collect()

    def at(self, x: float) -> None:
        self.guide.on_position(x, 0.0)
        self.wait(0.25)

    def lead(self, place: str = "culture", language: str = "en") -> None:
        """The fleet has this robot lead somebody (a kiosk's request)."""
        self.act("startGuiding", taskId="t9", requestId="k1", place=place, language=language)

    @property
    def state(self) -> str:
        return self.guide.status.state

    @property
    def said(self) -> list[str]:
        return [e.act for e in self.effects if isinstance(e, Say)]

    @property
    def texts(self) -> list[str]:
        return [e.text for e in self.effects if isinstance(e, Say)]

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(e.kind, e.request_id) for e in self.effects if isinstance(e, Ask)]

    @property
    def holding(self) -> bool:
        holds = [e.on for e in self.effects if isinstance(e, Hold)]
        return bool(holds) and holds[-1]

    @property
    def limits(self) -> list[float]:
        return [e.speed_mps for e in self.effects if isinstance(e, LimitSpeed)]

    @property
    def finished(self) -> dict[str, bool]:
        return {e.action_id: e.success for e in self.effects if isinstance(e, FinishAction)}


@pytest.fixture
def rig() -> Rig:
    return Rig()
