"""The grid, and its map_server round trip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maps.errors import MapFileError
from maps.occupancy import OccupancyGrid, load_map_server, occupancy, save_map_server
from maps.venue import Venue


def test_grid_shows_booths_walls_and_edges(hall: Venue) -> None:
    grid = occupancy(hall)
    assert grid.cells.shape == (800, 1200)
    assert grid.cells.dtype == np.int8
    booth = next(iter(hall.booths.values()))
    assert not grid.is_free((booth.x0 + booth.x1) / 2, (booth.y0 + booth.y1) / 2)
    assert not grid.is_free(booth.x0 + 0.01, booth.y0 + 0.01)
    assert grid.is_free(booth.x0 - 0.01, booth.y0 - 0.01)
    assert grid.is_free(30, 4)
    assert not grid.is_free(-1, 4)
    assert grid.occupied[0].all()
    row, column = grid.world_to_cell(30.01, 4.01)
    assert grid.cell_to_world(row, column) == pytest.approx((30.025, 4.025))


def test_ciftis_grid(ciftis: Venue) -> None:
    grid = occupancy(ciftis)
    assert grid.cells.shape == (3000, 5500)
    assert 0.05 < grid.occupied.mean() < 0.5


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 100, -1])))
def test_map_server_round_trip(tmp_path: Path, cells: np.ndarray) -> None:
    grid = OccupancyGrid(cells=cells, resolution_m=0.05, origin_x=-1.5, origin_y=2.0)
    back = load_map_server(save_map_server(grid, tmp_path, "m"))
    assert np.array_equal(back.cells, cells)
    assert (back.resolution_m, back.origin_x, back.origin_y) == (0.05, -1.5, 2.0)


@pytest.mark.parametrize(
    ("meta", "image"),
    [
        ("[", b""),
        ("- 1", b""),
        ("image: m.pgm", b""),
        ("image: m.pgm\nresolution: 0\norigin: [0, 0, 0]", b"P5\n1 1\n255\n\x00"),
        ("image: none.pgm\nresolution: 1\norigin: [0, 0, 0]", b""),
        ("image: m.pgm\nresolution: 1\norigin: [0, 0, 0]", b"P5\n9 9\n255\n\x00"),
        ("image: m.pgm\nresolution: 1\norigin: [0, 0, 0]", b"P2\n# x\n1 1\n255\n0"),
        ("image: m.pgm\nresolution: 1\norigin: [0, 0, 0]", b"# only a comment"),
        ("image: m.pgm\nresolution: 1\norigin: [0, 0, 0]", b"P5 x"),
    ],
)
def test_bad_map_files_are_one_clear_line(tmp_path: Path, meta: str, image: bytes) -> None:
    (tmp_path / "m.yaml").write_text(meta, encoding="utf-8")
    (tmp_path / "m.pgm").write_bytes(image)
    with pytest.raises(MapFileError) as caught:
        load_map_server(tmp_path / "m.yaml")
    assert "\n" not in str(caught.value)


def test_a_missing_yaml_is_a_map_file_error(tmp_path: Path) -> None:
    with pytest.raises(MapFileError):
        load_map_server(tmp_path / "none.yaml")
