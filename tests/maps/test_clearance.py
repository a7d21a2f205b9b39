"""Metres to the nearest wall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from scipy.ndimage import distance_transform_edt

from maps.clearance import ClearanceField, distance_cells
from maps.occupancy import OccupancyGrid

RESOLUTION = 0.05


def make_grid(boxes: list[tuple[float, float, float, float]], width: float = 24.0, height: float = 14.0):
    cells = np.zeros((round(height / RESOLUTION), round(width / RESOLUTION)), np.int8)
    cells[0, :] = cells[-1, :] = cells[:, 0] = cells[:, -1] = 100
    for x0, y0, x1, y1 in boxes:
        cells[round(y0 / RESOLUTION) : round(y1 / RESOLUTION), round(x0 / RESOLUTION) : round(x1 / RESOLUTION)] = 100
    return OccupancyGrid(cells=cells, resolution_m=RESOLUTION)


@given(st_numpy.arrays(np.bool_, st.tuples(st.integers(1, 30), st.integers(1, 30))))
@settings(max_examples=60, deadline=None)
def test_the_distance_is_euclidean_and_the_outside_is_wall(occupied: np.ndarray) -> None:
    expected = distance_transform_edt(np.pad(~occupied, 1))[1:-1, 1:-1]
    assert np.abs(distance_cells(occupied) - expected).max() < 1e-3


def test_clearance_is_the_distance_less_half_a_cell() -> None:
    grid = make_grid([(6.0, 5.0, 12.0, 9.0)])
    expected = (distance_transform_edt(np.pad(~grid.occupied, 1))[1:-1, 1:-1] - 0.5) * RESOLUTION
    found = ClearanceField.of(grid).centimetres / 100.0
    assert np.abs(np.clip(expected, 0.0, 2.54) - found).max() <= 0.011


def test_outside_there_is_no_room() -> None:
    field = ClearanceField.of(make_grid([]))
    assert field.at(-1.0, 5.0) == 0.0
    assert not field.contains(24.1, 5.0)
    assert field.contains(23.9, 5.0)


def test_line_free_sees_booths() -> None:
    field = ClearanceField.of(make_grid([(6.0, 5.0, 18.0, 9.0)]))
    assert field.line_free(3.0, 3.0, 21.0, 3.0, 0.4)
    assert not field.line_free(3.0, 7.0, 21.0, 7.0, 0.4)
    assert not field.line_free(3.0, 4.8, 21.0, 4.8, 0.4)


def test_one_byte_per_cell() -> None:
    field = ClearanceField.of(make_grid([], 30.0, 20.0))
    assert field.centimetres.nbytes == 600 * 400
    assert field.at(15.0, 10.0) == pytest.approx(2.54)
