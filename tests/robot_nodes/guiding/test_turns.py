"""Where a way turns."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.guiding.turns import Way


def way(*points: tuple[float, float]) -> Way:
    return Way(np.array(points, float))


def test_a_corner_is_a_turn_to_its_side():
    left = way((0, 0), (20, 0), (20, 20)).turns
    right = way((0, 0), (20, 0), (20, -20)).turns
    assert [(turn.side, turn.along_m) for turn in left] == [("left", pytest.approx(20.0, abs=0.3))]
    assert [turn.side for turn in right] == ["right"]
    assert left[0].before == pytest.approx((14.0, 0.0), abs=0.3)
    assert left[0].after == pytest.approx((20.0, 6.0), abs=0.3)


def test_a_rounded_corner_is_one_turn():
    angles = np.linspace(-math.pi / 2, 0.0, 20)
    arc = [(20 + 1.5 * math.cos(a), 1.5 + 1.5 * math.sin(a)) for a in angles]
    turns = way((0, 0), *arc, (21.5, 20)).turns
    assert [turn.side for turn in turns] == ["left"]


def test_a_way_round_something_is_no_turn():
    assert way((0, 0), (10, 0), (11, 0.5), (13, 0.5), (14, 0), (24, 0)).turns == ()
    assert way((0, 0), (10, 0), (14, 2.0), (30, 10.0)).turns == ()


def test_two_corners_are_two_turns_in_their_order():
    turns = way((0, 0), (20, 0), (20, 10), (40, 10)).turns
    assert [turn.side for turn in turns] == ["left", "right"]


def test_how_far_along_and_how_far_off():
    line = way((0, 0), (10, 0), (10, 10))
    assert line.length_m == 20.0
    assert line.project(4.0, 1.0) == (4.0, 1.0)
    assert line.project(11.0, 5.0) == (15.0, 1.0)
    assert line.at(15.0) == (10.0, 5.0)
    assert line.next_turn(0.0) is not None
    assert line.next_turn(12.0) is None


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 2.0)]])
def test_no_way_has_no_turns_and_is_nowhere_near(points):
    nowhere = Way(np.array(points, float).reshape(-1, 2))
    assert nowhere.turns == ()
    assert nowhere.length_m == 0.0
    assert nowhere.project(1.0, 2.0)[1] == math.inf


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=12))
def test_turns_of_any_way_lie_on_it_in_order_and_apart(points):
    line = Way(np.array(points, float))
    along = [turn.along_m for turn in line.turns]
    assert along == sorted(along)
    assert all(0.0 <= place <= line.length_m for place in along)
    assert all(b - a >= 4.0 for a, b in pairwise(along))
