"""Odometry sets the pace, scans correct it; whatever happens, each odometry gets one command."""

import math

import numpy as np
import pytest

from maps.venue import load_venue
from robot_nodes.navigation.errors import Fault
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.goals import End, Goal
from robot_nodes.navigation.pilot import Pilot
from sim.clock import SCAN_EVERY, STEP_S
from sim.world import World


def hits_of(world: World) -> Points:
    ranges = world.scan(0).astype(float)
    angles = world.lidar.angle_min + np.arange(world.lidar.beams) * world.lidar.angle_increment
    seen = np.isfinite(ranges)
    return np.column_stack((np.cos(angles), np.sin(angles)))[seen] * ranges[seen, None]


@pytest.fixture
def world() -> World:
    return World.of_venue(load_venue("hall"), {"guide-01": "dock-01"}, 3, people=0)


@pytest.fixture
def pilot(world: World) -> Pilot:
    venue = load_venue("hall")
    return Pilot(floor_of(venue)[1], venue.lanes, Pose2D(*world.pose(0)))


def felt(world: World) -> Pose2D:
    return Pose2D(world.odometry[0].x, world.odometry[0].y, world.odometry[0].yaw)


def goal_at(station: str) -> Goal:
    at = load_venue("hall").stations[station]
    return Goal(id=1, poses=(Pose2D(at.x, at.y, at.yaw),), along_lanes=True)


def test_a_goal_is_reached_with_two_commands_for_each_scan(world: World, pilot: Pilot) -> None:
    pilot.navigator.go(goal_at("culture"), pilot.localiser.estimate, 0.0)
    looks = worst = 0.0
    for step in range(1, 4000):
        world.step(STEP_S)
        if step % SCAN_EVERY == 0:
            pilot.scan(world.now_s, hits_of(world))
        cycle = pilot.odometry(world.now_s, felt(world), world.now_s)
        looks += cycle.look is not None
        if pilot.localiser_s:
            worst = max(worst, cycle.pose.distance_to(*world.pose(0)[:2]))
        world.command(0, cycle.command.v, cycle.command.w)
        ended = pilot.navigator.take_outcomes()
        if ended:
            break
    assert [it.end for it in ended] == [End.SUCCEEDED]
    assert looks == step // SCAN_EVERY
    assert worst < 0.1
    assert world.collisions == 0


def test_before_the_first_scan_it_stands(world: World, pilot: Pilot) -> None:
    pilot.navigator.go(goal_at("culture"), pilot.localiser.estimate, 0.0)
    for step in range(1, 10):
        assert pilot.odometry(0.05 * step, felt(world), 0.05 * step).command.still
    assert math.isnan(pilot.last_scan_s)


def test_a_scan_waits_for_its_odometry(world: World, pilot: Pilot) -> None:
    pilot.scan(0.10, hits_of(world))
    assert pilot.odometry(0.05, felt(world), 0.05).look is None
    look = pilot.odometry(0.10, felt(world), 0.10).look
    assert look is not None
    assert look.stamp == pytest.approx(0.10)


def test_without_new_scans_it_stops(world: World, pilot: Pilot) -> None:
    pilot.navigator.go(goal_at("culture"), pilot.localiser.estimate, 0.0)
    speeds = []
    for step in range(1, 60):
        world.step(STEP_S)
        if step % SCAN_EVERY == 0 and step < 40:
            pilot.scan(world.now_s, hits_of(world))
        command = pilot.odometry(world.now_s, felt(world), world.now_s).command
        world.command(0, command.v, command.w)
        speeds.append(abs(command.v) + abs(command.w))
    assert max(speeds[:40]) > 0.1
    assert speeds[-1] == 0.0  # the last scan is older than 0.3 s


def test_a_fault_stops_the_robot_and_gives_up_the_goal(
    world: World, pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot.navigator.go(goal_at("culture"), pilot.localiser.estimate, 0.0)
    monkeypatch.setattr(pilot.localiser, "update", lambda odom, points: 1 / 0)
    pilot.scan(0.1, hits_of(world))
    assert pilot.odometry(0.1, felt(world), 0.1).command.still
    (ended,) = pilot.navigator.take_outcomes()
    assert (ended.end, ended.code, pilot.faults) == (End.ABORTED, Fault.code, 1)


def test_a_fault_over_a_scan_that_another_overtook_is_one_too(
    world: World, pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot.odometry(0.05, felt(world), 0.05)
    pilot.scan(0.1, hits_of(world))
    monkeypatch.setattr(pilot.localiser, "update", lambda odom, points: 1 / 0)
    pilot.scan(0.2, hits_of(world))
    assert pilot.faults == 1


def test_a_clock_turned_back_forgets_the_old_odometry(world: World, pilot: Pilot) -> None:
    pilot.scan(100.0, hits_of(world))
    pilot.odometry(100.0, felt(world), 100.0)
    assert pilot.odometry(1.0, felt(world), 1.0).command.still
    pilot.scan(1.1, hits_of(world))
    assert pilot.odometry(1.1, felt(world), 1.1).look is not None
