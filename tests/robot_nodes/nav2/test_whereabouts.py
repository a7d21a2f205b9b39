"""AMCL's pose, carried on by the odometry."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.nav2.whereabouts import Whereabouts
from robot_nodes.navigation.geometry import Pose2D

NONE = (0.0,) * 36


def test_the_odometry_carries_the_pose_on() -> None:
    where = Whereabouts()
    assert where.pose is None
    where.on_odom(1.0, Pose2D(5.0, 5.0, 0.5))
    assert where.on_pose(1.0, Pose2D(1.0, 2.0, 0.5), NONE)
    where.on_odom(1.1, Pose2D(5.0, 5.0, 0.5).after(Pose2D(0.2, 0.0, 0.0)))
    expected = Pose2D(1.0, 2.0, 0.5).after(Pose2D(0.2, 0.0, 0.0))
    assert where.pose is not None
    assert where.pose.distance_to(expected.x, expected.y) < 1e-9


def test_a_pose_of_an_older_scan_goes_with_the_odometry_of_its_time() -> None:
    where = Whereabouts()
    for step in range(10):
        where.on_odom(0.1 * step, Pose2D(0.1 * step, 0.0, 0.0))
    where.on_pose(0.5, Pose2D(10.5, 0.0, 0.0), NONE)
    assert where.pose is not None
    assert where.pose.x == pytest.approx(10.9)


def test_an_odometry_that_begins_anew_leaves_the_robot_where_it_is() -> None:
    where = Whereabouts()
    where.on_odom(1.0, Pose2D(50.0, 0.0, 0.0))
    where.on_pose(1.0, Pose2D(3.0, 4.0, 0.0), NONE)
    where.on_odom(0.0, Pose2D(0.0, 0.0, 0.0))
    assert where.pose == Pose2D(3.0, 4.0, 0.0)


def test_it_is_told_often_while_it_moves_and_seldom_while_it_stands() -> None:
    where = Whereabouts()
    where.on_odom(0.0, Pose2D(0.0, 0.0, 0.0))
    where.on_pose(0.0, Pose2D(0.0, 0.0, 0.0), NONE)
    standing = sum(where.news(0.05 * step) is not None for step in range(1, 201))
    moving = 0
    for step in range(201, 401):
        where.on_odom(0.05 * step, Pose2D(0.05 * step, 0.0, 0.0))
        moving += where.news(0.05 * step) is not None
    assert (standing, moving) == (20, pytest.approx(100, abs=2))


@given(st.lists(st.tuples(st.booleans(), st.floats(), st.floats(), st.floats(-4, 4)), max_size=20))
def test_no_number_gets_through_that_is_none(told: list[tuple[bool, float, float, float]]) -> None:
    where = Whereabouts()
    for is_odom, stamp, x, yaw in told:
        if is_odom:
            where.on_odom(stamp, Pose2D(x, 0.0, yaw))
        else:
            where.on_pose(stamp, Pose2D(x, 0.0, yaw), NONE)
        assert where.pose is None or where.pose.finite
        where.news(stamp if math.isfinite(stamp) else 0.0)
