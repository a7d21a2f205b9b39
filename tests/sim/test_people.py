from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.bench import drive
from sim.errors import PlacementError
from sim.world import World

Make = Callable[..., World]


def gaps(world: World) -> np.ndarray:
    x, y, _ = world.pose(0)
    here = world.crowd.position[world.crowd.present]
    return np.hypot(here[:, 0] - x, here[:, 1] - y) - 0.3 - 0.25


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_enters_a_wall_or_walks_into_a_standing_robot(make_world: Make, seed: int) -> None:
    world = make_world((4.0, 6.0, 0.0), people=60, seed=seed)
    for _ in range(1200):
        world.step()
        inside = [world.fields.clearance(x, y) for x, y in world.crowd.position]
        assert min(inside) >= 0.2
        assert gaps(world).min() >= 0.19
    assert world.collisions == 0
    assert world.near_misses == 0


def test_people_get_about(make_world: Make) -> None:
    world = make_world((4.0, 6.0, 0.0), people=30)
    start = world.crowd.position.copy()
    farthest = np.zeros(30)
    for _ in range(1200):
        world.step()
        farthest = np.maximum(farthest, np.hypot(*(world.crowd.position - start).T))
    assert np.count_nonzero(farthest > 3.0) > 15


def test_a_guest_walks_round_the_block(make_world: Make) -> None:
    world = make_world((1.0, 11.0, 0.0), guests=1)
    person = world.crowd.enter(7.0, 6.0, 1.2)
    world.crowd.walk_to(person, 13.0, 6.0)
    for _ in range(600):
        world.step()
    assert world.crowd.arrived(person)
    assert math.dist(world.crowd.where(person), (13.0, 6.0)) < 0.3


def test_a_standing_person_steps_aside_for_a_robot(make_world: Make) -> None:
    world = make_world((2.0, 3.0, 0.0), guests=1)
    person = world.crowd.enter(5.0, 3.1, 1.0)
    for _ in range(160):
        world.command(0, 0.5, 0.0)
        world.step()
    assert world.pose(0)[0] > 5.0
    assert world.collisions == 0
    assert abs(world.crowd.where(person)[1] - 3.0) > 0.4


def test_released_guests_leave(make_world: Make) -> None:
    world = make_world((1.0, 1.0, 0.0), guests=1)
    person = world.crowd.enter(5.0, 3.0, 1.0)
    with pytest.raises(PlacementError, match="raise `guests`"):
        world.crowd.enter(6.0, 3.0, 1.0)
    world.crowd.release(person, world.now_s, 2.0)
    for _ in range(60):
        world.step()
    assert not world.crowd.present[person]
    assert world.crowd.enter(6.0, 3.0, 1.0) == person


def test_guests_do_not_appear_in_walls(make_world: Make) -> None:
    world = make_world((1.0, 1.0, 0.0), guests=1)
    with pytest.raises(PlacementError, match="put the person on free floor"):
        world.crowd.enter(10.0, 6.0, 1.0)


def test_too_many_people_is_one_clear_line(make_world: Make) -> None:
    with pytest.raises(PlacementError, match="ask for fewer"):
        make_world((1.0, 1.0, 0.0), people=3000)


def test_driving_among_people_is_survivable(make_world: Make) -> None:
    world = make_world((4.0, 3.0, 0.0), people=20)
    drive(world, 60.0)
    assert world.drives.travelled[0] > 5.0
    assert gaps(world).min() > -1e-6
