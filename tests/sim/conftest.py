"""A hand-made floor: 20 x 12 m, a wall around it, one 4 x 2 m block in the middle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from maps.occupancy import OccupancyGrid
from sim.fields import Fields
from sim.world import RobotSpec, World

RESOLUTION = 0.05


def make_grid(width_m: float = 20.0, height_m: float = 12.0, *, block: bool = True) -> OccupancyGrid:
    cells = np.zeros((round(height_m / RESOLUTION), round(width_m / RESOLUTION)), np.int8)
    cells[[0, -1], :] = 100
    cells[:, [0, -1]] = 100
    if block:
        cells[100:140, 160:240] = 100  # x 8..12, y 5..7
    return OccupancyGrid(cells=cells, resolution_m=RESOLUTION, origin_x=0.0, origin_y=0.0)


@pytest.fixture(scope="session")
def grid() -> OccupancyGrid:
    return make_grid()


@pytest.fixture(scope="session")
def fields(grid: OccupancyGrid) -> Fields:
    return Fields.of(grid)


@pytest.fixture
def make_world(grid: OccupancyGrid) -> Callable[..., World]:
    def make(*poses: tuple[float, float, float], seed: int = 1, **more: object) -> World:
        robots = [RobotSpec(serial=f"guide-{k + 1:02d}", x=x, y=y, yaw=yaw) for k, (x, y, yaw) in enumerate(poses)]
        return World(grid, robots, seed, **more)  # type: ignore[arg-type]

    return make
