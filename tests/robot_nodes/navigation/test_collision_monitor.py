import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.collision_monitor import MonitorLimits, limited, movers_in_base, stoppable
from robot_nodes.navigation.geometry import Pose2D, Twist2D
from robot_nodes.navigation.settings import Body

BODY, LIMITS = Body(), MonitorLimits()


def at(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=float).reshape(-1, 2)


@settings(deadline=None)
@given(st.floats(0.01, 1.0), st.floats(-1.2, 1.2), st.floats(0.4, 4.0), st.floats(-1.0, 1.0))
def test_it_only_ever_scales(v: float, w: float, x: float, y: float) -> None:
    safe = limited(Twist2D(v, w), at((x, y)), 0.0, BODY, LIMITS)
    assert 0.0 <= safe.v <= v
    assert safe.w == w if safe.v == 0.0 else safe.w * v == pytest.approx(w * safe.v, abs=1e-9)


@pytest.mark.parametrize("x", [0.5, 0.8, 1.2, 2.0])
def test_braking_ends_before_contact(x: float) -> None:
    v = limited(Twist2D(1.0, 0.0), at((x, 0.0)), 0.0, BODY, LIMITS).v
    assert v * LIMITS.reaction_s + v * v / (2 * LIMITS.brake) <= x - BODY.radius


def test_free_floor_changes_nothing() -> None:
    command = Twist2D(1.0, 0.3)
    assert limited(command, at((0.0, 0.6), (-0.5, 0.0)), 0.0, BODY, LIMITS) == command


def test_an_old_scan_is_a_wall() -> None:
    assert limited(Twist2D(0.5, 0.5), at(), 0.31, BODY, LIMITS).still


def test_what_is_too_near_forbids_only_coming_nearer() -> None:
    close = at((0.33, 0.0))
    assert limited(Twist2D(0.3, 0.0), close, 0.0, BODY, LIMITS).v == 0.0
    assert limited(Twist2D(-0.1, 0.0), close, 0.0, BODY, LIMITS).v == pytest.approx(-0.1)
    assert limited(Twist2D(0.0, 1.0), close, 0.0, BODY, LIMITS).w == 1.0


def test_nonsense_is_a_stop() -> None:
    assert limited(Twist2D(float("nan"), 0.0), at(), 0.0, BODY, LIMITS).still
    assert stoppable(-1.0, 0.65, 0.15) == 0.0


@pytest.mark.parametrize("age", [0.31, math.inf, math.nan])
def test_old_odometry_is_a_stop(age: float) -> None:
    assert limited(Twist2D(0.5, 0.5), at(), 0.0, BODY, LIMITS, odom_age_s=age).still
    assert limited(Twist2D(0.5, 0.5), at(), age, BODY, LIMITS).still


def test_beyond_the_limits_is_scaled_into_them() -> None:
    assert limited(Twist2D(4.0, 1.0), at(), 0.0, BODY, LIMITS) == Twist2D(1.0, 0.25)
    assert limited(Twist2D(0.0, -9.0), at(), 0.0, BODY, LIMITS) == Twist2D(0.0, -1.2)
    assert limited(Twist2D(-1.0, 0.0), at(), 0.0, BODY, LIMITS) == Twist2D(-0.15, 0.0)


def test_who_walks_into_the_way_is_stopped_for_before_the_scan_says_so() -> None:
    beside = at((1.2, 0.9))
    crossing = np.array([[1.0, 0.9, 0.0, -0.9]])
    assert limited(Twist2D(0.8, 0.0), beside, 0.0, BODY, LIMITS).v == 0.8
    assert 0.0 < limited(Twist2D(0.8, 0.0), beside, 0.0, BODY, LIMITS, movers=crossing).v < 0.7
    nearer = np.array([[0.6, 0.75, 0.0, -1.2]])
    assert limited(Twist2D(0.8, 0.0), beside, 0.0, BODY, LIMITS, movers=nearer).still


@pytest.mark.parametrize(
    "walker",
    [
        (1.2, 1.1, 0.0, 1.0),  # away
        (-0.8, 0.0, 1.3, 0.0),  # from behind: stopping would not help
        (0.8, 0.0, 1.2, 0.0),  # ahead, and faster
        (0.0, 0.8, 0.5, 0.0),  # alongside
    ],
)
def test_who_is_not_met_slows_nobody(walker: tuple[float, float, float, float]) -> None:
    assert limited(Twist2D(0.5, 0.0), at(), 0.0, BODY, LIMITS, movers=np.array([walker])).v == 0.5


def test_people_are_turned_into_the_base() -> None:
    found = movers_in_base(np.array([[1.0, 3.0, 0.0, 1.0]]), Pose2D(1.0, 1.0, math.pi / 2))
    assert found == pytest.approx(np.array([[2.0, 0.0, 1.0, 0.0]]))


numbers = st.floats(width=64)


@settings(deadline=None)
@given(
    numbers,
    numbers,
    st.lists(st.tuples(st.floats(-3, 3) | numbers, st.floats(-3, 3) | numbers), max_size=20),
    st.lists(st.tuples(*[st.floats(-3, 3) | numbers] * 4), max_size=5),
)
def test_whatever_is_commanded_nothing_unsafe_leaves_it(v: float, w: float, hits: list, movers: list) -> None:
    safe = limited(Twist2D(v, w), at(*hits), 0.0, BODY, LIMITS, movers=np.array(movers, float).reshape(-1, 4))
    assert -LIMITS.reverse_max <= safe.v <= LIMITS.v_max
    assert abs(safe.w) <= LIMITS.w_max
    for x, y in hits:
        nearer = math.hypot(x, y) < BODY.radius and x * safe.v > 0.15 * abs(safe.v)
        assert not nearer or safe.v == 0.0
