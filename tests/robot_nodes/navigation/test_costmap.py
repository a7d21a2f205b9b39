import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.venue import Rect, Zone
from robot_nodes.navigation.costmap import INSCRIBED, LETHAL, CostmapShape, RollingCostmap, around
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.path import Corner, rounded

HERE = Pose2D(12.0, 3.0, 0.0)
BOX = np.array([(14.0, y) for y in np.arange(2.8, 3.21, 0.05)])
NOTHING = np.empty((0, 2))


@pytest.fixture
def costmap(hall) -> RollingCostmap:
    return RollingCostmap(hall.field)


def test_costs_are_those_of_nav2(costmap) -> None:
    costmap.update(HERE, BOX, 0.0)
    assert costmap.cost_at(14.025, 3.025) == LETHAL
    assert costmap.cost_at(13.8, 3.0) == INSCRIBED
    # 252 exp(-k (d - r)), nav2_costmap_2d's InflationLayer::computeCost
    room = costmap.room_at(13.5, 3.0)
    assert room == pytest.approx(0.475, abs=0.03)
    assert costmap.cost_at(13.5, 3.0) == math.floor(252 * math.exp(-4.0 * (room - 0.3)))
    assert costmap.cost_at(12.0, 3.0) == 0
    assert costmap.cost_at(7.0, 7.0) == LETHAL  # a booth of the map, outside the square by now or not
    assert costmap.costs().shape == (200, 200)


def test_a_ray_that_passes_clears_and_a_wall_is_no_obstacle(costmap) -> None:
    costmap.update(HERE, BOX, 0.0)
    marked = len(costmap.obstacles())
    assert marked >= len(BOX) - 1  # two may share a cell
    through = np.column_stack((np.full(81, 13.9), np.linspace(4.99, 5.0, 81)))  # returns of a booth's front
    costmap.update(HERE, through, 0.1)
    assert len(costmap.obstacles()) == marked
    behind = np.column_stack((np.full(200, 18.0), np.linspace(2.0, 4.0, 200)))
    costmap.update(HERE, NOTHING, 0.2, missed=behind)
    assert len(costmap.obstacles()) == 0


def test_what_is_not_seen_again_fades(costmap) -> None:
    costmap.update(HERE, BOX, 0.0)
    costmap.update(HERE, NOTHING, 7.9)
    assert len(costmap.obstacles()) > 0
    costmap.update(HERE, NOTHING, 8.1)
    assert len(costmap.obstacles()) == 0


def test_a_clock_turned_back_forgets(costmap) -> None:
    costmap.update(HERE, BOX, 100.0)
    costmap.update(HERE, NOTHING, 50.0)
    assert len(costmap.obstacles()) == 0


def test_it_rolls_and_keeps_what_it_saw(costmap) -> None:
    costmap.update(HERE, BOX, 0.0)
    before = costmap.obstacles()
    for k in range(1, 20):
        costmap.update(Pose2D(12.0 + 0.1 * k, 3.0, 0.0), NOTHING, 0.1 * k)
    assert costmap.obstacles() == pytest.approx(before)
    assert costmap.field.origin_x > 8.4
    costmap.update(Pose2D(3.0, 11.0, 0.0), NOTHING, 3.0)
    assert len(costmap.obstacles()) == 0


def test_zones_are_in_it(hall) -> None:
    zones = (
        Zone(id="zone-01", kind="keep_out", rect=Rect(13.0, 2.0, 14.0, 4.0)),
        Zone(id="zone-02", kind="speed", rect=Rect(10.0, 2.0, 11.0, 4.0), speed_mps=0.3),
    )
    costmap = RollingCostmap(hall.field, zones)
    costmap.update(HERE, NOTHING, 0.0)
    assert costmap.cost_at(13.5, 3.0) == LETHAL
    assert costmap.cost_at(12.8, 3.0) == INSCRIBED
    assert costmap.speed_at(10.5, 3.0) == 0.3
    assert costmap.speed_at(12.0, 3.0) == math.inf


def test_contact_is_where_the_path_first_comes_too_near(costmap) -> None:
    path = rounded([Corner(10.0, 3.0, 1.0), Corner(20.0, 3.0, 1.0)])
    costmap.update(HERE, NOTHING, 0.0)
    assert costmap.contact(path, 2.0, 5.0, 0.36) is None
    costmap.update(HERE, BOX, 0.1)
    assert costmap.contact(path, 2.0, 5.0, 0.36) == pytest.approx(3.65, abs=0.1)
    assert costmap.contact(path, 2.0, 1.0, 0.36) is None


def test_one_look_is_enough_for_a_clearance(hall) -> None:
    field = around(hall.field, HERE, BOX)
    assert field.at(14.0, 3.0) < 0.05
    assert field.at(13.0, 3.0) == pytest.approx(0.97, abs=0.05)


numbers = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-5.0, 30.0))


@settings(deadline=None, max_examples=150)
@given(
    st.builds(Pose2D, numbers, numbers, numbers),
    st.lists(st.tuples(numbers, numbers), max_size=12),
    st.lists(st.tuples(numbers, numbers), max_size=3),
    numbers,
)
def test_any_numbers_are_taken(hall, pose, points, missed, now) -> None:
    costmap = RollingCostmap(hall.field, shape=CostmapShape(size=4.0))
    costmap.update(HERE, BOX, 0.0)
    costmap.update(pose, np.array(points).reshape(-1, 2), now, np.array(missed).reshape(-1, 2))
    costs = costmap.costs()
    assert costs.shape == (80, 80)
    assert costs.max() <= LETHAL
    assert 0 <= costmap.cost_at(12.0, 3.0) <= LETHAL
