import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.collision_monitor import MonitorLimits, limited, stoppable
from robot_nodes.navigation.geometry import Twist2D
from robot_nodes.navigation.settings import Body

BODY, LIMITS = Body(), MonitorLimits()


def at(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=float).reshape(-1, 2)


@settings(deadline=None)
@given(st.floats(0.01, 1.0), st.floats(-1.2, 1.2), st.floats(0.4, 4.0), st.floats(-1.0, 1.0))
def test_it_only_ever_scales(v: float, w: float, x: float, y: float) -> None:
    safe = limited(Twist2D(v, w), at((x, y)), 0.0, BODY, LIMITS)
    assert 0.0 <= safe.v <= v
    assert safe.w * v == pytest.approx(w * safe.v, abs=1e-9)


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
    assert limited(Twist2D(-0.3, 0.0), close, 0.0, BODY, LIMITS).v == pytest.approx(-0.3)
    assert limited(Twist2D(0.0, 1.0), close, 0.0, BODY, LIMITS).w == 1.0


def test_nonsense_is_a_stop() -> None:
    assert limited(Twist2D(float("nan"), 0.0), at(), 0.0, BODY, LIMITS).still
    assert stoppable(-1.0, 0.65, 0.15) == 0.0
