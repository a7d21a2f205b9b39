"""Closed loop in the simulator: the venue `hall`, drifting odometry, twenty people; no ROS."""

import math
import random

import numpy as np
import pytest

from maps.venue import load_venue
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.goals import End, Goal
from robot_nodes.navigation.localiser import Localiser
from robot_nodes.navigation.navigator import Navigator
from sim.world import World


def hits_of(world: World) -> Points:
    ranges = world.scan(0).astype(float)
    angles = world.lidar.angle_min + np.arange(world.lidar.beams) * world.lidar.angle_increment
    seen = np.isfinite(ranges)
    return np.column_stack((np.cos(angles), np.sin(angles)))[seen] * ranges[seen, None]


def trip(world: World, localiser: Localiser, navigator: Navigator) -> tuple[End, float]:
    """Drive until the goal ends; (how, worst localisation error)."""
    worst = 0.0
    for _ in range(6000):
        world.step(0.05)
        world.step(0.05)
        odometry, hits, truth = world.odometry[0], hits_of(world), world.pose(0)
        pose = localiser.update(Pose2D(odometry.x, odometry.y, odometry.yaw), hits).pose
        worst = max(worst, pose.distance_to(truth[0], truth[1]))
        command, _ = navigator.step(pose, hits, 0.0, world.now_s)
        world.command(0, command.v, command.w)
        ended = navigator.take_outcomes()
        if ended:
            return ended[0].end, worst
    raise AssertionError("the goal did not end within ten minutes")


@pytest.mark.slow
def test_ten_trips_among_twenty_people() -> None:
    venue = load_venue("hall")
    _, field = floor_of(venue)
    world = World.of_venue(venue, {"guide-01": "dock-01"}, 5, people=20)
    localiser, navigator = Localiser(field, Pose2D(*world.pose(0))), Navigator(field, venue.lanes)
    stations = [s for s in venue.stations.values() if s.kind != "charger"]
    chosen = random.Random(5).sample(stations, 9)
    for number, station in enumerate([*chosen, venue.stations["dock-01"]], 1):
        goal = Pose2D(station.x, station.y, station.yaw)
        navigator.go(Goal(id=number, poses=(goal,), along_lanes=True), localiser.estimate, world.now_s)
        end, worst = trip(world, localiser, navigator)
        x, y, yaw = world.pose(0)
        assert end is End.SUCCEEDED, station.id
        assert math.hypot(x - goal.x, y - goal.y) < 0.2, station.id
        assert abs(math.remainder(yaw - goal.yaw, 2 * math.pi)) < 0.2, station.id
        assert worst < 0.15
    assert world.collisions == 0
