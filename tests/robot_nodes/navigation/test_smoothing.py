import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.path import Corner, Path, rounded
from robot_nodes.navigation.smoothing import smoothed


def curvature(path: Path) -> np.ndarray:
    """1/m at each inner point."""
    turn = np.diff(np.unwrap(path.yaw[1:]))
    return turn / (0.5 * (path.along[2:] - path.along[:-2]))


def right_angle(cut: float, **walls) -> Path:
    return rounded([Corner(2.0, 2.0, 1.0), Corner(8.0, 2.0, 1.0), Corner(8.0, 8.0, 1.0)], cut, **walls)


def test_a_straight_line_stays_as_it_is() -> None:
    line = np.column_stack((np.arange(50) * 0.1, np.arange(50) * 0.05))
    assert smoothed(line, 0.1118, np.full(50, 1.0)) == pytest.approx(line, abs=1e-9)


def test_curvature_rises_steadily_and_a_corner_is_driven_at_a_walk() -> None:
    path = right_angle(1.2)
    bend = curvature(path)
    assert np.abs(bend).max() < 1.3  # a radius of 0.77 m
    # A step in curvature would show as a jump of all of it from one point to the next.
    assert np.abs(np.diff(bend)).max() < 0.2
    assert path.speed.min() > 0.6


def test_no_point_moves_farther_aside_than_the_fleet_allows() -> None:
    for cut in (0.5, 1.2, 3.0, 10.0):
        path = right_angle(cut)
        assert np.hypot(path.points[:, 0] - 8.0, path.points[:, 1] - 2.0).min() <= 0.45


def test_a_booth_in_the_corner_keeps_its_distance(grid_of) -> None:
    field = ClearanceField.of(grid_of([(2.0, 2.6, 7.4, 8.0)]))
    path, free = right_angle(1.2, field=field, room=0.55), right_angle(1.2)
    assert min(field.at(*point) for point in free.points) < 0.5
    assert min(field.at(*point) for point in path.points) > 0.53
    assert path.points[-1] == pytest.approx((8.0, 8.0))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), min_size=2, max_size=7), st.floats(0.0, 4.0))
def test_ends_stay_and_points_keep_their_order(at: list[tuple[float, float]], cut: float) -> None:
    path = rounded([Corner(x, y, 1.0) for x, y in at], cut)
    assert np.all(np.diff(path.along) > 0)
    assert path.points[0] == pytest.approx(at[0], abs=1e-6)
    assert np.isfinite(path.points).all()
    assert np.diff(path.along).max() < 0.16  # beside a hairpin, which keeps its place
