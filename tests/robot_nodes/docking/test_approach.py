"""The control law alone, on a base that does what it is told."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.docking.approach import along, curvature, turn_to
from robot_nodes.navigation.geometry import Pose2D, wrapped

DOCK = Pose2D(2.0, -1.0, 0.8)


def driven(start: Pose2D, sign: float) -> Pose2D:
    """Until abreast of the dock, in steps of 0.05 s; the pose in the dock's frame."""
    at = start.after(Pose2D(0.0, 0.0, 0.0))
    for _ in range(400):
        if sign * DOCK.seen_from(at).x <= 0.0:
            break
        twist = along(DOCK.seen_from(at), sign, 0.15)
        assert sign * twist.v > 0.0
        assert abs(twist.w) < 0.6
        at = at.after(Pose2D(twist.v * 0.05, 0.0, twist.w * 0.05))
    return at.seen_from(DOCK)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("aside", "turned"), [(0.0, 0.0), (0.1, 0.0), (-0.1, 0.09), (0.15, 0.15), (-0.2, -0.2)])
def test_arrives_straight_from_a_metre_away(sign: float, aside: float, turned: float) -> None:
    end = driven(DOCK.after(Pose2D(-sign, aside, turned)), sign)
    assert abs(end.x) < 0.02
    assert abs(end.y) < 0.015
    assert abs(end.yaw) < math.radians(5.0)


def test_straight_on_is_straight() -> None:
    assert curvature(Pose2D(1.0, 0.0, 0.0)) == 0.0
    assert curvature(Pose2D(0.0, 0.0, 1.0)) == 0.0


def test_the_linear_law_is_the_one_the_module_says() -> None:
    """kappa = -6 theta / r - 12 e / r^2 for a robot e to the left of the line and turned by theta."""
    r, aside, turned = 1.25, 1e-3, 2e-3
    target = Pose2D(0.0, 0.0, 0.0).seen_from(Pose2D(-r, aside, turned))
    assert curvature(target) == pytest.approx(-6.0 * turned / r - 12.0 * aside / r**2, rel=1e-3)


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-10, 10), st.sampled_from([1.0, -1.0]))
def test_commands_are_bounded(x: float, y: float, yaw: float, sign: float) -> None:
    twist = along(Pose2D(x, y, yaw), sign, 0.15)
    assert abs(twist.v) <= 0.15
    assert abs(twist.w) <= 0.5
    assert sign * twist.v > 0.0


@given(st.floats(-math.pi, math.pi))
def test_turning_ends_where_it_should(error: float) -> None:
    left = error
    for _ in range(400):
        left = wrapped(left - turn_to(left, 0.4, 0.03).w * 0.05)
    assert abs(left) < 0.03
    assert turn_to(left, 0.4, 0.03).still
