import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.path import Corner, rounded

corners = st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), min_size=1, max_size=8)


@settings(deadline=None)
@given(corners)
def test_any_corners_make_a_path(points: list[tuple[float, float]]) -> None:
    path = rounded([Corner(x, y, 1.0, True) for x, y in points])
    assert len(path.points) >= 2
    assert np.all(np.diff(path.along) > 0)
    assert len(path.points) == len(path.along) == len(path.yaw) == len(path.speed)
    assert list(path.stops) == sorted(path.stops)
    assert np.hypot(*(path.points[-1] - np.array(points[-1]))) < 0.02


def test_a_right_angle_is_rounded_and_slowed() -> None:
    path = rounded([Corner(0, 0, 1.0), Corner(5, 0, 1.0, True), Corner(5, 5, 1.0, True)])
    gap = np.hypot(path.points[:, 0] - 5, path.points[:, 1]).min()
    assert 0.05 < gap < 0.2
    assert path.speed.min() < 0.6
    assert path.stops[0] == pytest.approx(4.9, abs=0.25)
    assert path.stops[1] == pytest.approx(path.length)


def test_foot_gives_progress_and_side() -> None:
    path = rounded([Corner(0, 0, 1.0), Corner(10, 0, 1.0)])
    assert path.foot(4.0, 0.5, 0.0, 10.0) == pytest.approx((4.0, 0.5))
    assert path.foot(4.0, -0.5, 0.0, 10.0) == pytest.approx((4.0, -0.5))
    assert path.at(3.05)[0] == pytest.approx(3.05)


def test_a_hairpin_is_a_stop() -> None:
    path = rounded([Corner(0, 0, 1.0), Corner(5, 0, 1.0), Corner(0, 0.1, 1.0)])
    assert path.speed.min() == pytest.approx(0.1)
    assert math.isclose(path.length, 10.0, abs_tol=0.1)
