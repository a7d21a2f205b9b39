"""Whether a voice addresses the robot."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.addressed import Attention, Person, Reason, Scene, Voice, addressed, seen_from

AHEAD = Voice(0.0, 10.0)
VISITOR = Person(math.radians(170), 2.0, visitor=True)


@pytest.mark.parametrize(
    ("voice", "scene", "yes", "why"),
    [
        (Voice(math.radians(-175), 10.0), Scene((VISITOR,)), True, Reason.VISITOR),
        (AHEAD, Scene((VISITOR,)), False, Reason.STRANGER),
        (AHEAD, Scene((VISITOR, Person(0.0, 1.0))), False, Reason.STRANGER),
        (AHEAD, Scene((Person(0.1, 1.5),)), True, Reason.NEAR),
        (AHEAD, Scene((Person(0.1, 9.0),)), False, Reason.FAR),
        (AHEAD, Scene((Person(2.0, 1.5),), all_seen=True), False, Reason.EMPTY),
        (AHEAD, Scene(), True, Reason.FACING),
        (Voice(math.pi, 10.0), Scene(), False, Reason.BEHIND),
        (Voice(None, 10.0), Scene((VISITOR,)), True, Reason.UNKNOWN),
        (Voice(0.0, -9.0), Scene((Person(0.0, 1.0, visitor=True),)), False, Reason.FAINT),
        (Voice(0.0, None), Scene((Person(0.0, 1.0),)), True, Reason.NEAR),
    ],
)
def test_the_decision_and_its_reason(voice: Voice, scene: Scene, yes: bool, why: Reason) -> None:
    decided = addressed(voice, scene)
    assert (decided.yes, decided.why) == (yes, why)


def test_somebody_close_takes_up_a_wide_angle() -> None:
    at_arms_length = Scene((Person(math.radians(40), 0.6),), all_seen=True)
    assert addressed(AHEAD, at_arms_length).yes
    assert not addressed(AHEAD, Scene((Person(math.radians(40), 3.0),), all_seen=True)).yes


@given(st.floats(-10, 10), st.floats(-math.pi, math.pi), st.floats(0.5, 6.0))
def test_only_the_angle_between_them_matters(turn: float, direction: float, distance_m: float) -> None:
    there = Scene((Person(direction, distance_m, visitor=True),))
    turned = Scene((Person(direction + turn, distance_m, visitor=True),))
    assert addressed(Voice(direction, 5.0), there) == addressed(Voice(direction, 5.0), there)
    assert addressed(Voice(direction + turn, 5.0), turned).why is addressed(Voice(direction, 5.0), there).why


def test_the_visitor_is_placed_on_the_map_and_heard_from_the_robot() -> None:
    person = seen_from((1.0, 1.0, math.pi / 2), (1.0, 4.0))
    assert person.direction == pytest.approx(0.0)
    assert person.distance_m == pytest.approx(3.0)
    attention = Attention()
    assert attention.judge(AHEAD).why is Reason.FACING
    attention.see((4.0, 1.0))
    assert attention.judge(AHEAD).why is Reason.FACING  # where the robot itself stands is not known yet
    attention.stand(1.0, 1.0, 0.0)
    assert attention.judge(AHEAD).why is Reason.VISITOR
    attention.stand(1.0, 1.0, math.pi)
    assert attention.judge(AHEAD).why is Reason.STRANGER
    attention.see(None)
    assert attention.judge(AHEAD).why is Reason.FACING
