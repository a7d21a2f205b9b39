"""Where the dock is, from markers and from the localiser."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.docking.sight import Sight
from robot_nodes.navigation.geometry import Pose2D, wrapped

DOCK = Pose2D(9.0, 1.2, math.pi / 2)
ODOM = Pose2D(3.0, -2.0, 0.4)
"""The base in frame odom; on the map it stands 1 m before the dock."""
BASE = DOCK.after(Pose2D(1.0, 0.0, 0.0))
TRUTH = ODOM.after(DOCK.seen_from(BASE))
COVARIANCE = np.diag((0.02**2, 0.02**2, 0.02**2))


def away(found: Pose2D | None) -> float:
    assert found is not None
    return found.distance_to(TRUTH.x, TRUTH.y) + abs(wrapped(found.yaw - TRUTH.yaw))


def test_the_localiser_serves_until_the_marker_has_been_seen_thrice() -> None:
    sight = Sight(DOCK)
    assert not sight.fix(BASE, COVARIANCE, ODOM)
    assert sight.dock is None
    sight.believe(BASE.after(Pose2D(0.05, 0.05, 0.0)), ODOM)
    assert away(sight.dock) > 0.05
    for _ in range(3):
        assert not sight.sure
        assert sight.fix(BASE, COVARIANCE, ODOM)
    assert sight.sure
    assert away(sight.dock) < 1e-6


def test_noisy_fixes_are_averaged() -> None:
    rng, sight, off = np.random.default_rng(1), Sight(DOCK), list[float]()
    sight.believe(BASE, ODOM)
    for _ in range(200):
        noise = rng.normal(0.0, 0.02, 3)
        sight.fix(BASE.after(Pose2D(*noise)), COVARIANCE, ODOM)
        off.append(away(sight.dock))
    assert np.mean(off[20:]) < 0.02  # one alone: 0.04 m and radians


def test_a_fix_that_is_sure_of_the_place_but_not_of_the_direction_moves_the_dock_less() -> None:
    """The dock is a metre away: an error of direction moves it aside, and that is known."""
    for yaw, aside in ((0.005, 0.02), (0.2, 0.002)):
        sight = Sight(DOCK)
        sight.believe(BASE, ODOM)
        for _ in range(3):
            sight.fix(BASE, np.diag((0.01**2, 0.01**2, 0.005**2)), ODOM)
        sight.fix(BASE.after(Pose2D(0.0, 0.0, 0.1)), np.diag((0.01**2, 0.01**2, yaw**2)), ODOM)
        assert (away(sight.dock) < aside) == (yaw > 0.1)


def test_another_dock_s_marker_is_counted_and_not_taken() -> None:
    sight = Sight(DOCK)
    sight.believe(BASE, ODOM)
    assert not sight.fix(BASE.after(Pose2D(0.0, 1.6, 0.0)), COVARIANCE, ODOM)
    assert not sight.fix(BASE.after(Pose2D(0.0, 0.0, 0.6)), COVARIANCE, ODOM)
    assert (sight.fixes, sight.refused) == (0, 2)
    assert away(sight.dock) < 1e-9
    sight.look_again()
    assert sight.refused == 0


def test_the_localiser_s_steps_are_smoothed_and_its_jumps_followed() -> None:
    sight = Sight(DOCK)
    sight.believe(BASE, ODOM)
    sight.believe(BASE.after(Pose2D(0.1, 0.0, 0.0)), ODOM)
    assert away(sight.dock) == pytest.approx(0.03, abs=1e-6)
    sight.believe(BASE.after(Pose2D(1.0, 0.0, 0.0)), ODOM)
    assert away(sight.dock) == pytest.approx(1.0, abs=1e-6)


@given(st.lists(st.floats(), min_size=12, max_size=12), st.lists(st.floats(), min_size=3, max_size=3))
def test_whatever_a_marker_says_the_dock_is_a_place(covariance: list[float], pose: list[float]) -> None:
    sight = Sight(DOCK)
    sight.believe(BASE, ODOM)
    sight.fix(Pose2D(*pose), np.array(covariance[:9]).reshape(3, 3), ODOM)
    sight.fix(BASE, np.diag(covariance[9:]), Pose2D(*pose))
    sight.believe(Pose2D(*pose), ODOM)
    assert sight.dock is not None
    assert sight.dock.finite
