"""The pace is the visitor's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.guiding.effects import Effect
from robot_nodes.guiding.pace import FASTEST_MPS, SLOWEST_MPS, Pace


def walked_together(visitor_mps: float, seconds: float = 60.0) -> tuple[float, float, list[float]]:
    """The robot's speed and the gap in the end, of a visitor who would walk at `visitor_mps` but not come nearer than
    1 m, behind a robot that can drive at 1.5 m/s and keeps to its limit."""
    effects: list[Effect] = []
    pace, robot, person, speed, limits = Pace(effects), 1.5, 0.0, 0.0, []
    for step in range(round(seconds / 0.3)):
        now = 0.3 * step
        pace.visitor_at(person, 0.0, robot - person, now)
        while effects:
            limits.append(effects.pop(0).speed_mps)
        speed = min(1.5, limits[-1] if limits and limits[-1] > 0.0 else math.inf)
        robot += 0.3 * speed
        person = min(person + 0.3 * visitor_mps, robot - 1.0)
    return speed, robot - person, limits


@pytest.mark.parametrize("visitor_mps", [0.4, 0.6, 0.8, 1.0])
def test_it_settles_at_the_visitors_speed(visitor_mps):
    speed, gap_m, _ = walked_together(visitor_mps)
    assert speed == pytest.approx(visitor_mps, abs=0.15)
    assert gap_m < 3.5  # or `seeing` would call it falling behind


def test_a_brisk_visitor_is_led_without_a_limit():
    speed, _, limits = walked_together(1.4)
    assert speed == 1.5
    assert limits[-1] == 0.0


def test_whoever_hardly_walks_is_not_hurried():
    _, _, limits = walked_together(0.1)
    assert min(limit for limit in limits if limit) == SLOWEST_MPS


def test_another_person_taken_for_the_visitor_has_no_speed_yet():
    pace = Pace([])
    for step in range(10):
        pace.visitor_at(0.3 * step, 0.0, 1.5, 0.3 * step)
    assert pace.visitor_mps == pytest.approx(1.0)
    pace.visitor_at(9.0, 4.0, 1.5, 3.0)
    assert math.isnan(pace.visitor_mps)


def test_a_clock_that_jumps_back_begins_anew():
    pace = Pace([])
    for now in (10.0, 11.0, 12.0, 3.0):
        pace.visitor_at(now, 0.0, 1.5, now)
    assert math.isnan(pace.visitor_mps)


@given(st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True, width=32)] * 4), max_size=30))
def test_any_numbers_leave_the_limit_between_its_ends(seen):
    effects: list[Effect] = []
    pace = Pace(effects)
    for x, y, gap_m, now in seen:
        pace.visitor_at(x, y, gap_m, now)
    limits = [effect.speed_mps for effect in effects]
    assert all(limit == 0.0 or SLOWEST_MPS <= limit <= FASTEST_MPS for limit in limits)


def test_in_the_guide_the_pace_follows_whoever_is_led(rig):
    rig.lead()
    for step in range(20):
        rig.now += 0.3
        rig.visitor("WITH_ME", 2.5, (0.15 * step, 0.0))
    assert rig.limits[-1] == pytest.approx(0.5)
    rig.act("finishGuiding", requestId="k1", place="culture", language="en")
    assert rig.limits[-1] == 0.0
