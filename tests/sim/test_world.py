from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.bench import drive
from sim.errors import PlacementError
from sim.world import Surroundings, World

Make = Callable[..., World]


def run(world: World, seconds: float, v: float = 0.0, w: float = 0.0, robot: int = 0) -> None:
    for _ in range(round(seconds / 0.05)):
        world.command(robot, v, w)
        world.step()


def test_same_seed_same_trajectories(make_world: Make) -> None:
    worlds = [make_world((3.0, 3.0, 0.0), (5.0, 9.0, 1.0), people=25, seed=7) for _ in range(2)]
    for world in worlds:
        drive(world, 20.0)
    first, second = worlds
    assert np.array_equal(first.crowd.position, second.crowd.position)
    assert first.pose(0) == second.pose(0)
    assert first.odometry[1].x == second.odometry[1].x
    assert np.array_equal(first.scan(0), second.scan(0))


def test_another_seed_another_world(make_world: Make) -> None:
    first, second = (make_world((3.0, 3.0, 0.0), people=25, seed=seed) for seed in (1, 2))
    assert not np.array_equal(first.crowd.position, second.crowd.position)


def test_a_wall_stops_a_robot_and_counts_once(make_world: Make) -> None:
    world = make_world((6.0, 6.0, 0.0))
    run(world, 8.0, v=0.8)
    assert world.collisions == 1
    assert world.pose(0)[0] <= 8.0 - world.limits.radius + 1e-9
    run(world, 3.0, v=-0.5)
    run(world, 6.0, v=0.8)
    assert world.collisions == 2
    assert [contact.kind for contact in world.new_contacts()] == ["wall", "wall"]
    assert world.new_contacts() == []


def test_two_robots_do_not_pass_through_each_other(make_world: Make) -> None:
    world = make_world((3.0, 3.0, 0.0), (6.0, 3.0, math.pi))
    for _ in range(200):
        world.command(0, 0.7, 0.0)
        world.command(1, 0.7, 0.0)
        world.step()
    assert world.collisions == 1
    assert world.pose(1)[0] - world.pose(0)[0] >= 2.0 * world.limits.radius - 1e-9


def test_a_robot_that_drives_at_a_cornered_person_is_stopped(make_world: Make) -> None:
    world = make_world((17.0, 0.6, 0.0), guests=1)
    person = world.crowd.enter(19.6, 0.4, 1.0)
    run(world, 10.0, v=0.8)
    gap = math.dist(world.pose(0)[:2], world.crowd.where(person)) - 0.3 - 0.25
    assert gap > -1e-9
    kinds = [contact.kind for contact in world.new_contacts()]
    assert kinds.count("person") <= 1
    assert world.near_misses == kinds.count("near_miss") == 1


def test_standing_robots_are_charged_at_docks(make_world: Make) -> None:
    world = make_world((3.0, 3.0, 0.0), surroundings=Surroundings(docks=((3.04, 3.0, 0.1),)))
    run(world, 2.0)
    assert world.batteries[0].charging
    run(world, 2.0, v=0.5)
    assert not world.batteries[0].charging


def test_placement_is_checked(make_world: Make) -> None:
    with pytest.raises(PlacementError, match=r"guide-01 .* stands in a wall"):
        make_world((10.0, 6.0, 0.0))
    with pytest.raises(PlacementError, match="begin in the same place"):
        make_world((3.0, 3.0, 0.0), (3.2, 3.0, 0.0))


def test_odometry_follows_the_truth(make_world: Make) -> None:
    world = make_world((2.0, 3.0, 0.0))
    run(world, 6.0, v=0.8)
    assert world.odometry[0].x == pytest.approx(world.pose(0)[0] - 2.0, rel=0.02)
    assert world.drives.travelled[0] == pytest.approx(world.pose(0)[0] - 2.0, rel=1e-6)


def test_lidar_sees_other_robots(make_world: Make) -> None:
    world = make_world((3.0, 3.0, 0.0), (5.0, 3.0, 0.0))
    assert world.scan(0)[180] == pytest.approx(1.7, abs=0.06)
