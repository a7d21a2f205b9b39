from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from maps.occupancy import OccupancyGrid
from sim.errors import NoWayError
from sim.fields import Fields
from sim.walkways import LANE_MARGIN_M, Walkways, segment_distance


def test_a_path_goes_round_the_block_and_is_straight_elsewhere(fields: Fields) -> None:
    ways = Walkways(fields)
    path = ways.path((6.0, 6.0), (14.0, 6.0))
    assert path[-1] == (14.0, 6.0)
    points = [(6.0, 6.0), *path]
    assert all(fields.sees(*a, *b, 0.25) for a, b in pairwise(points))
    length = sum(math.dist(a, b) for a, b in pairwise(points))
    assert 8.2 < length < 10.5
    assert ways.path((2.0, 2.0), (5.0, 3.0)) == [(5.0, 3.0)]


def test_quiet_places_are_off_the_lanes(fields: Fields) -> None:
    lane = np.array([[1.0, 3.0, 19.0, 3.0]])
    ways = Walkways(fields, lane)
    ys = np.array([ways.point(node)[1] for node in ways.quiet])
    assert np.all(np.abs(ys - 3.0) >= LANE_MARGIN_M - 1e-9)


def test_only_the_connected_floor_counts() -> None:
    cells = np.zeros((100, 200), np.int8)
    cells[:, 150:152] = 100
    fields = Fields.of(OccupancyGrid(cells=cells, resolution_m=0.1))
    ways = Walkways(fields)
    assert all(ways.point(node)[0] < 15.0 for node in ways.nodes)
    with pytest.raises(NoWayError, match="choose another place"):
        ways.path((2.0, 2.0), (19.0, 5.0))


def test_a_floor_of_walls_is_refused() -> None:
    cells = np.full((50, 50), 100, np.int8)
    with pytest.raises(NoWayError, match="nowhere to walk"):
        Walkways(Fields.of(OccupancyGrid(cells=cells, resolution_m=0.1)))


def test_segment_distance() -> None:
    assert segment_distance(0.0, 1.0, (0.0, 0.0), (2.0, 0.0)) == pytest.approx(1.0)
    assert segment_distance(5.0, 4.0, (0.0, 0.0), (2.0, 0.0)) == pytest.approx(5.0)
    assert segment_distance(3.0, 4.0, (0.0, 0.0), (0.0, 0.0)) == pytest.approx(5.0)
