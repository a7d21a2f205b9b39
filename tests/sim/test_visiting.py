from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass, field

import pytest

from maps.venue import Venue, load_venue
from sim.day import Day
from sim.journal import Journal
from sim.visiting import Speech, Visiting
from sim.visitors import Phase
from sim.world import World

ROBOTS = {"guide-01": "dock-01", "guide-02": "dock-02"}


@dataclass
class Hands:
    """Stands in for robots' ears and kiosks' pages."""

    said: list[Speech] = field(default_factory=list)
    pressed: list[tuple[str, str, str]] = field(default_factory=list)

    def press(self, visitor: str, kiosk: str, place: str, language: str) -> None:
        self.pressed.append((visitor, kiosk, place))


@pytest.fixture(scope="module")
def hall() -> Venue:
    return load_venue("hall")


def make(hall: Venue, **visitor: object) -> tuple[Visiting, Hands, io.StringIO]:
    day = Day.model_validate({"venue": "hall", "visitors": [{"id": "v1", "at_s": 0.5, "place": "culture", **visitor}]})
    world = World.of_venue(hall, ROBOTS, 1, people=10, guests=1)
    hands, out = Hands(), io.StringIO()
    visiting = Visiting(world, hall, day, Journal(lambda: 0.0, out), hands.said.append, hands)
    for serial in ROBOTS:
        visiting.guide_status(serial, "idle")
    visiting.begin()
    return visiting, hands, out


def pass_time(visiting: Visiting, seconds: float, command: tuple[float, float] = (0.0, 0.0), robot: int = 0) -> None:
    for _ in range(round(seconds / 0.1)):
        for _ in range(2):
            visiting.world.command(robot, *command)
            visiting.world.step()
        visiting.tick()


def until(visiting: Visiting, phase: Phase, seconds: float = 90.0) -> None:
    for _ in range(round(seconds)):
        if visiting.bodies["v1"].visitor.phase is phase:
            return
        pass_time(visiting, 1.0)
    pytest.fail(f"not {phase} within {seconds} s, but {visiting.bodies['v1'].visitor.phase}")


def test_walks_up_and_speaks_close_to_the_robot(hall: Venue) -> None:
    visiting, hands, _ = make(hall)
    until(visiting, Phase.ASKING)
    assert hands.said[0].text == f"带我去{hall.place('culture').names['zh']}"
    serial = hands.said[0].robot
    body = visiting.bodies["v1"]
    away = math.dist(visiting.world.crowd.where(body.person), visiting.world.pose(list(ROBOTS).index(serial))[:2])
    assert 0.8 < away < 2.6


def test_follows_the_robot_that_leads(hall: Venue) -> None:
    visiting, hands, out = make(hall, robot="guide-01")
    until(visiting, Phase.ASKING)
    assert hands.said[0].robot == "guide-01"
    visiting.heard("guide-01", "lead_start", "", "跟我来")
    pass_time(visiting, 6.0, (0.5, 0.0))
    body = visiting.bodies["v1"]
    assert body.visitor.phase is Phase.FOLLOWING
    robot = visiting.world.pose(0)
    pass_time(visiting, 5.0)
    assert math.dist(visiting.world.crowd.where(body.person), robot[:2]) < 2.0
    assert visiting.world.collisions == 0
    events = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert events[:4] == ["day_begins", "comes", "goes_to", "asks"]
    assert "led" in events


def test_far_words_are_not_heard(hall: Venue) -> None:
    visiting, hands, _ = make(hall, robot="guide-01")
    until(visiting, Phase.ASKING)
    visiting.patience = type(visiting.patience)(hears_m=0.1)
    visiting.heard(hands.said[0].robot, "lead_start", "", "")
    assert visiting.bodies["v1"].visitor.phase is Phase.ASKING


def test_presses_the_kiosk_and_stands_within_reach_of_its_station(hall: Venue) -> None:
    visiting, hands, _ = make(hall, by="kiosk", kiosk="kiosk-01")
    until(visiting, Phase.ASKING)
    assert hands.pressed == [("v1", "kiosk-01", "culture")]
    station = hall.stations[hall.kiosks["kiosk-01"].station]
    assert math.dist(visiting.world.crowd.where(visiting.bodies["v1"].person), (station.x, station.y)) < 2.4
    visiting.kiosk_took("v1", "req-1")
    visiting.kiosk_said("v1", "req-1", "rejected", "", "closed")
    assert visiting.bodies["v1"].visitor.retries == 1


def test_the_summary_accounts_for_everybody(hall: Venue) -> None:
    visiting, _, _ = make(hall)
    pass_time(visiting, 2.0)
    assert visiting.summary()["unfinished"] == ["v1"]
    visiting.end("the day ended")
    summary = visiting.summary()
    assert summary["failed"] == [{"request": "v1", "reason": "the day ended"}]
    assert summary["unfinished"] == []
    assert visiting.done


def test_a_request_from_outside_the_script_gets_a_body_that_follows_to_the_end(hall: Venue) -> None:
    world = World.of_venue(hall, ROBOTS, 1, people=5, guests=2)
    hands, out = Hands(), io.StringIO()
    empty = Day(venue="hall", visitors=())
    visiting = Visiting(world, hall, empty, Journal(lambda: 0.0, out), hands.said.append, hands)
    visiting.begin()
    visiting.guide_status("guide-01", "requesting", "culture")
    visiting.heard("guide-01", "confirm", "cli-1", "好的")
    assert not world.crowd.present[5:].any()
    visiting.heard("guide-01", "lead_start", "cli-1", "跟我来")
    visiting.heard("guide-01", "progress", "cli-1", "还有")
    assert int(world.crowd.present[5:].sum()) == 1
    person = int(world.crowd.present[5:].argmax()) + 5
    pass_time(visiting, 6.0, (0.5, 0.0))
    assert math.dist(world.crowd.where(person), world.pose(0)[:2]) < 3.0
    assert visiting.summary()["requests"] == 0
    events = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert events.count("comes") == events.count("led") == 1
