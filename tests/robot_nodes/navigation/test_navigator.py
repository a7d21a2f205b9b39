import math

import numpy as np
import pytest

from robot_nodes.navigation.errors import GoalOccupied
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Goal, State
from robot_nodes.navigation.navigator import Navigator


@pytest.fixture
def navigator(hall) -> Navigator:
    return Navigator(hall.field, hall.lanes)


def to(x: float, y: float, yaw: float = 0.0, goal_id: int = 1) -> Goal:
    return Goal(id=goal_id, poses=(Pose2D(x, y, yaw),), along_lanes=True)


def test_a_goal_is_reached_with_its_yaw(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 2.0))
    navigator.go(to(15.0, 11.0, -1.0), world.pose, world.now)
    seen = drive(world, navigator, 90.0)
    assert [outcome.end for outcome in navigator.take_outcomes()] == [End.SUCCEEDED]
    assert world.pose.distance_to(15.0, 11.0) < 0.15
    assert abs(world.pose.yaw + 1.0) < 0.15
    assert world.least_gap > 0.1
    assert seen[5].remaining_m > seen[100].remaining_m > seen[-2].remaining_m


def test_intermediate_poses_are_passed_without_stopping(navigator, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    poses = tuple(Pose2D(x, 3.0, 0.0) for x in (6.0, 9.0, 12.0, 15.0))
    navigator.go(Goal(id=1, poses=poses, along_lanes=False), world.pose, 0.0)
    left, speeds = [], []
    while not navigator.take_outcomes():
        command, status = navigator.step(world.pose, world.hits(), 0.0, world.now)
        left.append(status.poses_left)
        if 5.0 < world.pose.x < 13.0:
            speeds.append(command.v)
        world.move(command)
        assert world.now < 40.0
    assert min(speeds) > 0.7
    assert left[0] == 4
    assert set(left[:-1]) == {1, 2, 3, 4}


def test_a_newer_goal_takes_over_without_a_stop(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    navigator.go(to(20.0, 3.0, goal_id=1), world.pose, 0.0)
    drive(world, navigator, 5.0)
    before = world.twist.v
    navigator.go(to(21.0, 9.0, goal_id=2), world.pose, world.now)
    first = navigator.take_outcomes()
    assert [(o.goal, o.end, o.message) for o in first] == [(1, End.ABORTED, "preempted by a newer goal")]
    command, _ = navigator.step(world.pose, world.hits(), 0.0, world.now)
    assert command.v > before - 0.1
    drive(world, navigator, 60.0)
    assert [(o.goal, o.end) for o in navigator.take_outcomes()] == [(2, End.SUCCEEDED)]


def test_a_bad_goal_leaves_the_one_under_way(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    navigator.go(to(9.0, 3.0), world.pose, 0.0)
    with pytest.raises(GoalOccupied):
        navigator.go(to(7.0, 7.0, goal_id=2), world.pose, 0.0)
    drive(world, navigator, 40.0)
    assert [(o.goal, o.end) for o in navigator.take_outcomes()] == [(1, End.SUCCEEDED)]


def test_cancel_stops(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    navigator.go(to(20.0, 3.0), world.pose, 0.0)
    drive(world, navigator, 3.0)
    assert not navigator.cancel(7)
    assert navigator.cancel(1)
    command, status = navigator.step(world.pose, world.hits(), 0.0, world.now)
    assert command.still
    assert status.state is State.IDLE
    assert [o.end for o in navigator.take_outcomes()] == [End.CANCELED]


def test_pause_keeps_the_goal_and_its_patience(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    navigator.go(to(9.0, 3.0), world.pose, 0.0)
    drive(world, navigator, 2.0)
    navigator.pause(True)
    seen = drive(world, navigator, 70.0)
    assert seen[-1].state is State.PAUSED
    assert world.twist.v == 0.0
    assert navigator.take_outcomes() == []
    navigator.pause(False)
    drive(world, navigator, 30.0)
    assert [o.end for o in navigator.take_outcomes()] == [End.SUCCEEDED]


def test_the_speed_limit_holds(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    navigator.speed_limit = 0.3
    navigator.go(to(9.0, 3.0), world.pose, 0.0)
    fastest = 0.0
    for _ in range(100):
        command, _ = navigator.step(world.pose, world.hits(), 0.0, world.now)
        world.move(command)
        fastest = max(fastest, command.v)
    assert 0.27 < fastest <= 0.3


def test_it_goes_round_who_stands_in_the_lane(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[8.0, 3.0, 0.0, 0.0]])
    navigator.go(to(14.0, 3.0), world.pose, 0.0)
    drive(world, navigator, 60.0)
    assert [o.end for o in navigator.take_outcomes()] == [End.SUCCEEDED]
    assert world.least_gap > 0.05


def test_it_waits_for_who_walks_across(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[8.0, -0.5, 0.0, 0.5], [9.0, 6.0, 0.0, -0.4]])
    navigator.go(to(14.0, 3.0), world.pose, 0.0)
    drive(world, navigator, 60.0)
    assert [o.end for o in navigator.take_outcomes()] == [End.SUCCEEDED]
    assert world.least_gap > 0.0


def test_a_wall_of_people_ends_in_an_abort_that_says_so(navigator, kinematic, drive) -> None:
    across = [[11.0, 0.2 + 0.45 * k, 0.0, 0.0] for k in range(31)]
    world = kinematic(Pose2D(8.0, 3.0, 0.0), across)
    navigator.go(to(14.0, 3.0), world.pose, 0.0)
    seen = drive(world, navigator, 120.0)
    (outcome,) = navigator.take_outcomes()
    assert (outcome.end, outcome.code) == (End.ABORTED, 105)
    assert "blocked at" in outcome.message
    assert "\n" not in outcome.message
    assert navigator.blocked_aborts == 1
    assert {status.recovery for status in seen} >= {"", "look_around", "wait", "reroute", "call_staff"}
    assert any(status.needs_staff for status in seen)
    assert not seen[-1].needs_staff
    assert navigator.recoveries == sum(navigator.recovery_counts.values()) >= 6
    assert world.least_gap > 0.0


def test_a_way_that_somebody_else_chose_is_given_back_sooner(navigator, kinematic, drive) -> None:
    """The fleet has reserved its lanes: the robot takes no others, and must not wait for long to ask for another."""
    across = [[11.0, 0.2 + 0.45 * k, 0.0, 0.0] for k in range(31)]
    world = kinematic(Pose2D(8.0, 3.0, 0.0), across)
    poses = (Pose2D(10.0, 3.0, 0.0), Pose2D(14.0, 3.0, 0.0))
    navigator.go(Goal(id=1, poses=poses, along_lanes=False), world.pose, 0.0)
    seen = drive(world, navigator, 120.0)
    (outcome,) = navigator.take_outcomes()
    assert (outcome.end, outcome.code) == (End.ABORTED, 105)
    assert 35.0 < world.now < 45.0
    assert any(status.needs_staff for status in seen)


def test_what_rays_pass_that_meet_nothing_is_forgotten_but_not_behind_a_single_gap(navigator) -> None:
    pose, angles = Pose2D(8.0, 3.0, 0.0), np.radians(np.arange(-180.0, 180.0, 2.0))
    walls = 12.0 * np.column_stack((np.cos(angles), np.sin(angles)))
    navigator.go(to(14.0, 3.0), pose, 0.0)
    there = walls.copy()
    there[90] *= 0.25  # somebody 3 m ahead
    navigator.step(pose, there, 0.0, 0.0)
    assert navigator.costmap.room_at(11.0, 3.0) < 0.1
    one_missing = np.delete(walls, 90, axis=0)
    navigator.step(pose, one_missing, 0.0, 0.1)
    assert navigator.costmap.room_at(11.0, 3.0) < 0.1
    some_missing = np.delete(walls, np.arange(86, 95), axis=0)
    navigator.step(pose, some_missing, 0.0, 0.2)
    assert navigator.costmap.room_at(11.0, 3.0) > 0.5


def test_a_goal_somebody_stands_on_is_reached_as_near_as_they_allow(navigator, kinematic, drive) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[9.0, 3.0, 0.0, 0.0]])
    navigator.go(to(9.0, 3.0), world.pose, 0.0)
    drive(world, navigator, 60.0)
    assert [o.end for o in navigator.take_outcomes()] == [End.SUCCEEDED]
    assert 0.5 < world.pose.distance_to(9.0, 3.0) < 1.2


def test_silent_sensors_stop_the_wheels(navigator, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    navigator.go(to(9.0, 3.0), world.pose, 0.0)
    command, _ = navigator.step(world.pose, world.hits(), 0.5, 0.0)
    assert command.still
    assert math.isinf(navigator.speed_limit)
