import math

import numpy as np
import pytest

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.localiser import Localiser


def test_drift_is_corrected_among_people(hall, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[6.0, 3.8, 0.1, 0.0], [12.0, 4.0, 0.0, 0.0], [14.0, 2.2, -0.1, 0.0]])
    localiser = Localiser(hall.field, world.pose)
    odom = Pose2D(0.0, 0.0, 0.0)
    worst = 0.0
    for _ in range(200):
        odom = odom.after(Pose2D(0.05 * 1.02, 0.0, 0.002))  # 2 % too long, and veering
        world.pose = world.pose.after(Pose2D(0.05, 0.0, 0.0))
        estimate = localiser.update(odom, world.hits())
        worst = max(worst, estimate.pose.distance_to(world.pose.x, world.pose.y))
    assert worst < 0.08
    assert estimate.score > 0.6
    assert localiser.stretch == pytest.approx(-0.02, abs=0.005)
    assert 0.0 < estimate.covariance[0, 0] < 0.05**2


def test_a_wrong_initial_pose_is_found_again(localiser, kinematic) -> None:
    world = kinematic(Pose2D(11.5, 3.4, 0.3))
    localiser.reset(Pose2D(12.2, 2.9, 0.1), np.diag((0.25, 0.25, 0.07)))
    for _ in range(15):
        estimate = localiser.update(Pose2D(0.0, 0.0, 0.0), world.hits())
    assert estimate.pose.distance_to(11.5, 3.4) < 0.1
    assert abs(estimate.pose.yaw - 0.3) < 0.03
    assert localiser.relocations == 1


def test_without_returns_odometry_carries_on(localiser) -> None:
    localiser.update(Pose2D(5.0, 5.0, 1.0), np.empty((0, 2)))
    before = localiser.covariance
    estimate = localiser.update(Pose2D(5.0 + math.cos(1.0), 5.0 + math.sin(1.0), 1.0), np.empty((0, 2)))
    assert estimate.pose.x == pytest.approx(4.0)
    assert estimate.pose.y == pytest.approx(3.0)
    assert estimate.score == 0.0
    assert estimate.covariance[0, 0] > before[0, 0]
