from __future__ import annotations

import numpy as np
import pytest

from sim.fields import WALL, Fields


def test_walls_are_marked_and_free_cells_are_not(fields: Fields, grid) -> None:
    assert np.array_equal(fields.skip == WALL, grid.occupied)


@pytest.mark.parametrize(
    ("x", "y", "room"), [(5.0, 6.0, 2.54), (7.0, 6.0, 1.0), (10.0, 4.0, 1.0), (7.0, 4.0, 2**0.5), (1.05, 6.0, 1.0)]
)
def test_clearance_is_the_distance_to_the_nearest_wall(fields: Fields, x: float, y: float, room: float) -> None:
    assert fields.clearance(x, y) == pytest.approx(room, abs=0.05)


def test_nothing_is_clear_in_a_wall_or_outside(fields: Fields) -> None:
    assert fields.clearance(10.0, 6.0) == 0.0
    assert fields.clearance(-1.0, 6.0) == 0.0
    assert fields.clearance(5.0, 50.0) == 0.0


def test_sees_round_nothing(fields: Fields) -> None:
    assert fields.sees(6.0, 6.0, 7.0, 6.0, 0.3)
    assert not fields.sees(6.0, 6.0, 14.0, 6.0, 0.05)


def test_distances_agree_with_brute_force() -> None:
    rng = np.random.default_rng(3)
    cells = np.where(rng.random((30, 40)) < 0.03, 100, 0).astype(np.int8)
    from maps.occupancy import OccupancyGrid

    fields = Fields.of(OccupancyGrid(cells=cells, resolution_m=0.1))
    padded = np.pad(cells == 100, 1, constant_values=True)
    walls = np.argwhere(padded) - 1
    for row in range(30):
        for column in range(40):
            distance = np.hypot(*(walls - (row, column)).T).min()
            expected = min(254, int(max(0.0, (distance - 0.5) * 10.0)))
            assert abs(int(fields.near_cm[row, column]) - expected) <= 1
