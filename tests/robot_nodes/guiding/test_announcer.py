"""What is said on the way, and when it is not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from robot_nodes.guiding.effects import Say
from robot_nodes.guiding.turns import Way


class Bent:
    """A way with two turns: east, north at x = 60, east again at y = 40; the hall changes at y = 20."""

    def __init__(self, rig) -> None:
        self.rig = rig
        self.way = Way(np.array([(0, 0), (60, 0), (60, 40), (200, 40)], float))
        street = rig.guide._board.geography
        street.way = lambda position, place: self.way
        street.remaining_m = lambda position, place: self.way.length_m - self.way.project(*position)[0]
        street.hall = lambda point, language: "north hall" if point[1] > 2.0 else "south hall"

    def walk(self, start_m: float, end_m: float, speed_mps: float = 1.0) -> None:
        """At a steady pace, a look every quarter of a second."""
        for along_m in np.arange(start_m, end_m, 0.25 * speed_mps):
            self.rig.guide.on_position(*self.way.at(along_m))
            self.rig.wait(0.25)


@pytest.fixture
def bent(rig) -> Bent:
    return Bent(rig)


def on_the_way(rig) -> list[str]:
    return [e.text for e in rig.effects if isinstance(e, Say) and e.act == "progress"]


def test_a_turn_is_told_in_time_once_with_the_hall_it_leads_into(rig, bent):
    rig.lead()
    bent.walk(0.0, 43.0)
    assert on_the_way(rig) == []
    bent.walk(43.0, 62.0)
    (told,) = on_the_way(rig)
    assert "left" in told
    assert "north hall" in told
    metres = int(next(word for word in told.split() if word.isdigit()))
    assert 10 <= metres <= 16
    bent.walk(62.0, 99.0)
    assert "right" in on_the_way(rig)[-1]
    assert "hall" not in on_the_way(rig)[-1]  # it stays in the same


def test_never_more_often_than_every_15_s_and_nothing_at_the_end(rig, bent):
    rig.lead()
    said_at = []
    for along_m in np.arange(0.0, 240.0, 0.25):
        before = len(on_the_way(rig))
        rig.guide.on_position(*bent.way.at(along_m))
        rig.wait(0.25)
        said_at += [(rig.now, bent.way.length_m - along_m)] * (len(on_the_way(rig)) - before)
    assert len(said_at) >= 4
    assert all(b[0] - a[0] >= 15.0 for a, b in pairwise(said_at))
    assert min(left_m for _, left_m in said_at) > 10.0


def test_of_two_turns_in_a_row_one_is_told(rig, bent):
    bent.way = Way(np.array([(0, 0), (30, 0), (30, 6), (200, 6)], float))
    rig.lead()
    bent.walk(0.0, 45.0, speed_mps=1.2)
    assert len(on_the_way(rig)) == 1


def test_a_turn_behind_another_is_told_when_that_one_is_taken(rig, bent):
    bent.way = Way(np.array([(0, 0), (30, 0), (30, 12), (200, 12)], float))
    rig.lead()
    bent.walk(0.0, 30.0)
    assert "left" in on_the_way(rig)[-1]
    bent.walk(30.0, 40.0)
    assert "right" in on_the_way(rig)[-1]


def test_the_last_seconds_are_quiet_whatever_the_pace(rig):
    announcer = rig.guide._board.announcer
    announcer.begin(0.0)
    announcer.measured(40.0)
    assert not announcer.quiet(13.0, 22.5)  # 27 m at 1.2 m/s
    assert announcer.quiet(11.0, 24.2)
    assert not announcer.quiet(4.5, 90.0)  # 35 m at 0.4 m/s
    assert announcer.quiet(3.9, 90.0)
    assert announcer.quiet(float("nan"), 90.0)


def test_minutes_are_told_where_there_are_some(rig, bent):
    rig.lead()
    bent.walk(0.0, 125.0, speed_mps=0.5)
    told = on_the_way(rig)[-1]
    assert "metres" in told
    assert "4 minutes" in told  # 120 m at 0.5 m/s


def test_what_navigation_plans_comes_before_what_the_lanes_say(rig, bent):
    rig.lead()
    rig.guide.on_plan(np.array([(0, 0), (30, 0), (30, -20)], float))
    bent.walk(0.0, 25.0)
    assert "right" in on_the_way(rig)[0]


def test_a_plan_of_before_is_not_followed(rig, bent):
    rig.lead()
    rig.guide.on_plan(np.array([(0, 50), (10, 50), (10, 70)], float))
    bent.walk(0.0, 50.0)
    assert "left" in on_the_way(rig)[0]


def test_nothing_is_told_while_nobody_is_led(rig, bent):
    rig.hear("guide_to", place="culture")
    bent.walk(0.0, 60.0)
    assert on_the_way(rig) == []


def test_asked_again_where_it_goes_the_robot_says_how_far_it_is(rig):
    rig.lead()
    rig.hear("guide_to", place="culture")
    assert rig.said[-1] == "progress"
    assert "40" in rig.texts[-1]
    assert rig.asked == []
