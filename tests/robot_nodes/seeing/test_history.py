"""The pose at a picture's stamp."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.history import PoseHistory


def driven(speed: float = 1.0, turn: float = 0.8, poses: int = 10) -> PoseHistory:
    """Along an arc, a pose every 0.1 s from 1.0 s on."""
    history = PoseHistory()
    for k in range(poses):
        history.add(1.0 + 0.1 * k, on_arc(0.1 * k, speed, turn))
    return history


def on_arc(t: float, speed: float = 1.0, turn: float = 0.8) -> Pose2D:
    return Pose2D(speed / turn * math.sin(turn * t), speed / turn * (1.0 - math.cos(turn * t)), turn * t)


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.33, 0.62, 0.9])
def test_between_two_poses(after_s: float) -> None:
    found, truth = driven().at(1.0 + after_s), on_arc(after_s)
    assert found is not None
    assert found.distance_to(truth.x, truth.y) < 0.002
    assert found.yaw == pytest.approx(truth.yaw, abs=1e-9)


def test_after_the_last_pose_it_drives_on_for_a_moment() -> None:
    found, truth = driven().at(2.1), on_arc(1.1)
    assert found is not None
    assert found.distance_to(truth.x, truth.y) < 0.01
    assert found.yaw == pytest.approx(truth.yaw, abs=0.01)
    assert driven().at(2.5) == driven().at(1.9)  # silent for long: it stands, or nobody knows


def test_yaw_takes_the_short_way_round() -> None:
    history = PoseHistory()
    history.add(0.0, Pose2D(0.0, 0.0, 3.1))
    history.add(0.2, Pose2D(0.0, 0.0, -3.1))
    found = history.at(0.1)
    assert found is not None
    assert abs(found.yaw) == pytest.approx(math.pi)


def test_before_the_first_pose_nothing_is_known() -> None:
    assert PoseHistory().at(1.0) is None
    assert driven().at(0.2) is None
    assert driven().at(0.9) == on_arc(0.0)


def test_a_clock_turned_back_begins_anew_and_nan_is_no_pose() -> None:
    history = driven()
    history.add(0.3, Pose2D(5.0, 5.0, 0.0))
    history.add(0.4, Pose2D(math.nan, 5.0, 0.0))
    assert history.at(0.35) == Pose2D(5.0, 5.0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-50, 50), st.floats(-50, 50)), max_size=60), st.floats(0, 120))
def test_whatever_comes_the_pose_is_a_pose(poses: list[tuple[float, float, float]], stamp: float) -> None:
    history = PoseHistory()
    for when, x, yaw in poses:
        history.add(when, Pose2D(x, 0.0, yaw))
    found = history.at(stamp)
    assert found is None or found.finite
