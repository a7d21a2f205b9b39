import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.markers import as_covariance, fused, log_likelihoods, surprise

NEAR = np.diag((0.1**2, 0.1**2, 0.05**2))


def test_two_equal_measurements_meet_in_the_middle() -> None:
    pose, covariance = fused(Pose2D(1.0, 2.0, 0.1), NEAR, Pose2D(1.2, 2.0, 0.1), NEAR)
    assert pose.x == pytest.approx(1.1)
    assert pose.y == pytest.approx(2.0)
    assert covariance == pytest.approx(NEAR / 2.0)


def test_directions_meet_across_the_seam() -> None:
    pose, _ = fused(Pose2D(0.0, 0.0, math.pi - 0.05), NEAR, Pose2D(0.0, 0.0, -math.pi + 0.05), NEAR)
    assert abs(pose.yaw) == pytest.approx(math.pi)


def test_what_correlates_with_the_pose_is_corrected_too() -> None:
    whole = np.zeros((4, 4))
    whole[:3, :3], whole[3, 3] = NEAR, 0.01**2
    whole[0, 3] = whole[3, 0] = 0.5 * 0.1 * 0.01
    _, covariance = fused(Pose2D(0.0, 0.0, 0.0), whole, Pose2D(0.0, 0.0, 0.0), np.diag((1e-4, 1e-4, 1e-4)))
    assert covariance[3, 3] < 0.01**2
    assert np.all(np.linalg.eigvalsh(covariance) > 0.0)


def test_surprise_counts_standard_deviations() -> None:
    far = surprise(Pose2D(0.0, 0.0, 0.0), NEAR, Pose2D(0.3 * math.sqrt(2.0), 0.0, 0.0), NEAR)
    assert far == pytest.approx(9.0)


def test_a_measurement_of_little_trust_rules_out_little() -> None:
    poses = np.array(((1.0, 1.0, 0.0), (80.0, 1.0, 0.0), (1.0, 1.0, math.pi)))
    likely = log_likelihoods(poses, Pose2D(1.1, 1.0, 0.0), NEAR, outlier=1e-4)
    assert likely[0] > -1.0
    assert likely[1] == pytest.approx(math.log(1e-4))
    assert likely[2] == pytest.approx(math.log(1e-4))
    place_only = log_likelihoods(poses, Pose2D(1.1, 1.0, 0.0), np.diag((1.0, 1.0, 100.0)))
    assert place_only[2] > -0.2


@pytest.mark.parametrize("bad", [None, "x", np.zeros((2, 2)), np.full((3, 3), np.nan), np.diag((-1.0, 1.0, 1.0))])
def test_what_is_no_covariance_is_refused(bad: object) -> None:
    assert as_covariance(bad) is None


@settings(max_examples=150, deadline=None)
@given(arrays(np.float64, (3, 3), elements=st.floats(-1e6, 1e6)))
def test_what_is_taken_can_be_computed_with(values) -> None:
    found = as_covariance(values)
    if found is None:
        return
    assert found == pytest.approx(found.T)
    assert np.all(np.linalg.eigvalsh(found) > 0.0)
    assert np.all(np.diag(found) >= 0.9 * np.array((1e-4, 1e-4, 2.5e-5)))
