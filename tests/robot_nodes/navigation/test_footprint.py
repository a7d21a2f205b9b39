import math

import numpy as np
import pytest

from robot_nodes.navigation.footprint import FAR_M, NearGrid, free_ahead, free_along_arc, room
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.social import NOBODY

HERE = Pose2D(3.0, 3.0, 0.0)


def room_at(grid: NearGrid, x: float, y: float) -> float:
    return float(room(grid.metres, *grid.origin, x, y))


def test_the_grid_knows_how_far_returns_are(hall) -> None:
    grid = NearGrid(hall.field)
    grid.fill(HERE, np.array([[5.0, 3.0], [5.0, 3.4], [math.nan, 3.0], [math.inf, 0.0]]), NOBODY)
    assert grid.stamped == 2
    assert room_at(grid, 4.3, 3.0) == pytest.approx(0.7, abs=0.03)
    assert room_at(grid, 5.0, 4.0) == pytest.approx(0.6, abs=0.03)
    assert room_at(grid, 3.0, 6.0) == pytest.approx(FAR_M)
    assert room_at(grid, 30.0, 3.0) == pytest.approx(FAR_M)


def test_walls_of_the_map_walkers_and_what_is_behind_are_not_in_it(hall) -> None:
    grid = NearGrid(hall.field)
    wall, behind, walker = [4.0, 0.1], [2.0, 3.0], [4.5, 3.1]
    grid.fill(HERE, np.array([wall, behind, walker]), np.array([[4.6, 3.0, 0.0, 1.0, 1.0]]))
    assert grid.stamped == 0
    grid.fill(HERE, np.array([wall, behind, walker]), np.empty((0, 5)))
    assert grid.stamped == 1


def test_free_metres_of_a_path_and_its_parallels(hall) -> None:
    grid = NearGrid(hall.field)
    grid.fill(HERE, np.array([[5.5, 3.0 + 0.05 * k] for k in range(-4, 5)]), NOBODY)
    line = np.column_stack([3.0 + 0.1 * np.arange(41), np.full(41, 3.0), np.ones(41), np.zeros(41), np.ones(41)])
    asides = np.array([0.0, 0.4, -0.7, -2.8])
    free = free_ahead(*hall.field.args(), grid.metres, grid.origin, line, 2, asides, 0.36, 0.36)
    assert free[0] == pytest.approx(2.2, abs=0.11)
    assert free[1] == pytest.approx(2.3, abs=0.11)
    assert free[2] == pytest.approx(4.0)
    assert free[3] == pytest.approx(0.2)  # in the wall from the first point looked at


def test_free_metres_backwards() -> None:
    behind = np.array([[-1.0, 0.1]])
    assert free_along_arc(behind, -0.1, 0.0, 0.4, 2.0) == pytest.approx(0.6, abs=0.05)
    assert free_along_arc(behind, 0.1, 0.0, 0.4, 2.0) == 2.0
