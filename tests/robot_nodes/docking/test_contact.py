"""What the monitor lets through at a charger: slowly, towards it, and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from robot_nodes.docking.contact import CONTACT_MPS, let_through
from robot_nodes.navigation.collision_monitor import MonitorLimits
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.settings import Body

BACK = Twist2D(-0.08)
FACE = np.array([(-0.30, y) for y in np.linspace(-0.2, 0.2, 9)])
"""A charger as the scan of a docked robot shows it, base frame."""
LEG = np.array([(-0.38, 0.05)])


def through(wish: Twist2D, dock: Pose2D | None, hits: Points, age: float = 0.05) -> Twist2D:
    return let_through(wish, dock, hits, age, Body(), MonitorLimits())


def before(metres: float) -> Pose2D:
    """The docked base, seen by a robot that stands so far before it, turned as it."""
    return Pose2D(-metres, 0.0, 0.0)


def charger(metres: float) -> Points:
    return FACE - (metres, 0.0)


def test_the_charger_may_be_touched_and_nothing_else() -> None:
    assert through(BACK, before(0.02), charger(0.02)) == BACK
    assert through(BACK, None, charger(0.02)).v == 0.0
    assert through(BACK, before(0.5), charger(0.5)) == BACK
    assert through(BACK, before(0.5), np.vstack((charger(0.5), LEG))).v == 0.0


def test_at_the_charger_it_is_slow() -> None:
    assert through(Twist2D(-0.15), before(0.03), charger(0.03)).v == pytest.approx(-CONTACT_MPS)
    assert through(Twist2D(-0.15), before(0.9), charger(0.9)).v == -0.15


def test_a_robot_that_docks_with_its_front() -> None:
    ahead = -charger(0.03)
    assert through(Twist2D(0.08), Pose2D(0.03, 0.0, 0.0), ahead).v == 0.08
    assert through(Twist2D(0.08), None, ahead).v == 0.0


@pytest.mark.parametrize(
    "dock",
    [Pose2D(-0.02, 0.3, 0.0), Pose2D(-0.02, 0.0, 0.5), Pose2D(0.2, 0.0, 0.0), Pose2D(math.nan, 0.0, 0.0)],
    ids=["aside", "askew", "past it", "nan"],
)
def test_what_is_not_straight_before_it_is_no_charger(dock: Pose2D) -> None:
    assert through(BACK, dock, charger(0.02)).v == 0.0


def test_old_scans_and_nan_stop() -> None:
    assert through(BACK, before(0.02), charger(0.02), age=0.5).still
    assert through(Twist2D(math.nan, 0.1), before(0.02), charger(0.02)).still


numbers = st.floats(-3, 3) | st.sampled_from([math.nan, math.inf])


@example(0.25, 0.0, 0.0, 0.0, [(0.0, math.inf)])
@given(st.floats(-0.3, 0.3), numbers, numbers, numbers, st.lists(st.tuples(numbers, numbers), max_size=8))
def test_never_faster_than_wished_nor_than_allowed(
    v: float, x: float, y: float, yaw: float, hits: list[tuple[float, float]]
) -> None:
    safe = through(Twist2D(v), Pose2D(x, y, yaw), np.array(hits).reshape(-1, 2))
    assert abs(safe.v) <= abs(v)
    assert safe.v * v >= 0.0
