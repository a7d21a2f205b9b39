import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.occupancy import OccupancyGrid
from robot_nodes.navigation.costmap import RollingCostmap
from robot_nodes.navigation.errors import (
    GoalOccupied,
    GoalUnknown,
    NavigationError,
    NoPath,
    NoViaPoints,
    OffTheMap,
    StartOccupied,
    StartOffTheMap,
)
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.planner import Planner


@pytest.fixture(scope="module")
def planner(hall) -> Planner:
    return Planner(hall.field, hall.lanes)


def least_room(hall, path) -> float:
    return min(hall.field.at(float(x), float(y)) for x, y in path.points)


def test_lanes_are_driven_in_their_direction(hall, planner) -> None:
    path = planner.plan_to(Pose2D(16.0, 3.0, 0.0), Pose2D(8.0, 3.0, 0.0))
    # Straight back would be 8 m against the lane: the way leads round by c, f, d and a.
    assert path.length > 30.0
    assert least_room(hall, path) > 0.4
    assert path.points[-1] == pytest.approx((8.0, 3.0))


def test_a_goal_off_the_lanes_is_joined_round_the_booth(hall, planner) -> None:
    path = planner.plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(12.5, 7.0, 1.0))
    assert least_room(hall, path) > 0.4
    assert path.length < 16.0


def test_near_goals_in_sight_need_no_lane(planner) -> None:
    assert planner.plan_to(Pose2D(8.0, 3.0, 0.0), Pose2D(6.5, 3.0, 0.0)).length == pytest.approx(1.5)


def test_through_poses_goes_straight_where_free_and_round_where_not(hall, planner) -> None:
    path = planner.plan_through(Pose2D(3.0, 7.0, 0.0), (Pose2D(4.0, 7.0, 0.0), Pose2D(12.0, 7.0, 0.0)))
    assert least_room(hall, path) > 0.38
    assert len(path.stops) == 2
    assert path.stops[0] == pytest.approx(1.0, abs=0.4)


def test_a_first_via_pose_under_the_robot_is_skipped(planner) -> None:
    path = planner.plan_through(Pose2D(3.1, 3.0, 0.0), (Pose2D(3.0, 3.0, 0.0), Pose2D(6.0, 3.0, 0.0)))
    assert len(path.stops) == 1
    assert path.length == pytest.approx(2.9, abs=0.02)


@pytest.mark.parametrize(
    ("goal", "error", "says"),
    [
        (Pose2D(7.0, 7.0, 0.0), GoalOccupied, "choose a station"),
        (Pose2D(7.0, 4.9, 0.0), GoalOccupied, "0.30 m"),
        (Pose2D(70.0, 7.0, 0.0), OffTheMap, "off the map"),
        (Pose2D(math.nan, 7.0, 0.0), OffTheMap, "not a number"),
    ],
)
def test_impossible_goals_say_why(planner, goal, error, says) -> None:
    with pytest.raises(error, match=says) as caught:
        planner.plan_to(Pose2D(3.0, 3.0, 0.0), goal)
    assert "\n" not in str(caught.value)


def test_a_closed_room_has_no_path(grid_of, hall) -> None:
    walls = [(14.0, 4.0, 18.0, 4.2), (14.0, 8.0, 18.0, 8.2), (14.0, 4.0, 14.2, 8.2), (18.0, 4.0, 18.2, 8.2)]
    field = ClearanceField.of(grid_of(walls))
    with pytest.raises(NoPath, match="no way"):
        Planner(field, hall.lanes).plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(16.0, 6.0, 0.0))


def test_no_via_points(planner) -> None:
    with pytest.raises(NoViaPoints):
        planner.plan_through(Pose2D(3.0, 3.0, 0.0), ())


def test_detour_leaves_and_rejoins(hall, planner) -> None:
    path = planner.plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(20.0, 3.0, 0.0))
    trolley = np.array([(6.0, y) for y in np.arange(2.4, 3.7, 0.1)])
    found = planner.detour(Pose2D(5.0, 3.0, 0.0), path, 2.0, trolley)
    assert found is not None
    gaps = np.hypot(*(found.points[:, None, :] - trolley[None]).transpose(2, 0, 1))
    assert gaps.min() > 0.36
    assert len(found.stops) == len(path.stops)
    assert found.points[-1] == pytest.approx(path.points[-1])


def test_a_goal_on_floor_nobody_has_mapped(hall) -> None:
    cells = hall.grid.cells.copy()
    cells[20:60, 300:360] = -1
    grid = OccupancyGrid(cells=cells, resolution_m=hall.grid.resolution_m)
    planner = Planner(ClearanceField.of(grid), hall.lanes, grid=grid)
    with pytest.raises(GoalUnknown, match="nobody has mapped"):
        planner.plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(16.0, 2.0, 0.0))


@pytest.mark.parametrize(
    ("start", "error"),
    [
        (Pose2D(math.nan, 3.0, 0.0), StartOffTheMap),
        (Pose2D(-4.0, 3.0, 0.0), StartOffTheMap),
        (Pose2D(7.5, 7.0, 0.0), StartOccupied),
    ],
)
def test_a_lost_robot_says_so(planner, start, error) -> None:
    with pytest.raises(error, match="localise it first"):
        planner.plan_to(start, Pose2D(8.0, 3.0, 0.0))


def test_a_robot_a_little_inside_a_wall_by_its_localiser_drives_out(hall, planner) -> None:
    path = planner.plan_to(Pose2D(7.0, 5.1, 0.0), Pose2D(11.0, 3.0, 0.0))
    assert path.points[0] == pytest.approx((7.0, 5.1))
    assert min(hall.field.at(float(x), float(y)) for x, y in path.points[path.along > 0.8]) > 0.3


def test_a_lane_behind_a_wall_is_reached_round_the_wall(grid_of, hall) -> None:
    # The lane y = 3 lies a metre away behind a wall; the way there leads round the wall's end.
    field = ClearanceField.of(grid_of([(4.0, 3.8, 11.0, 4.0), (10.8, 3.8, 11.0, 12.0)]))
    path = Planner(field, hall.lanes).plan_to(Pose2D(8.0, 4.6, 0.0), Pose2D(20.0, 3.0, 0.0))
    assert min(field.at(float(x), float(y)) for x, y in path.points) > 0.38
    assert path.points[:, 0].min() < 4.0
    assert path.length < 30.0


def test_lanes_are_met_at_an_angle(planner) -> None:
    path = planner.plan_to(Pose2D(4.0, 3.4, 0.0), Pose2D(11.0, 3.0, 0.0))
    assert path.speed.min() > 0.55
    assert path.length < 7.2


def test_preparing_plans_everything_once(hall) -> None:
    prepared, fresh = Planner(hall.field, hall.lanes), Planner(hall.field, hall.lanes)
    prepared.prepare(Pose2D(3.0, 3.0, 0.0))
    assert prepared.blocked(0.0) == ()
    trip = Pose2D(3.0, 3.0, 0.0), Pose2D(20.0, 3.0, 0.0)
    assert prepared.plan_to(*trip).points == pytest.approx(fresh.plan_to(*trip).points)


def test_a_detour_on_the_costmap_is_the_same_way_round(hall, planner) -> None:
    path = planner.plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(20.0, 3.0, 0.0))
    trolley = np.array([(6.0, y) for y in np.arange(2.4, 3.7, 0.1)])
    costmap = RollingCostmap(hall.field)
    costmap.update(Pose2D(5.0, 3.0, 0.0), trolley, 0.0)
    found = planner.detour(Pose2D(5.0, 3.0, 0.0), path, 2.0, costmap)
    assert found is not None
    gaps = np.hypot(*(found.points[:, None, :] - trolley[None]).transpose(2, 0, 1))
    assert gaps.min() > 0.36
    # What is left of the path is the path itself.
    assert found.points[-50:] == pytest.approx(path.points[-50:])
    wall = np.array([(7.0, y) for y in np.arange(0.0, 5.0, 0.05)])
    costmap.update(Pose2D(5.0, 3.0, 0.0), wall, 0.1)
    assert planner.detour(Pose2D(5.0, 3.0, 0.0), path, 2.0, costmap) is None


numbers = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-2.0, 26.0))
poses = st.builds(Pose2D, numbers, numbers, numbers)


@settings(deadline=None, max_examples=150)
@given(poses, poses, st.booleans())
def test_any_goal_gives_a_path_or_a_typed_error(hall, planner, start, goal, through) -> None:
    path = refused = None
    try:
        path = planner.plan_through(start, (goal, goal)) if through else planner.plan_to(start, goal)
    except NavigationError as error:
        refused = error
    if path is None:
        assert refused is not None
        assert refused.code in (203, 204, 205, 206, 208)
        assert "\n" not in refused.message
        return
    assert np.isfinite(path.points).all()
    assert np.all(np.diff(path.along) > 0)
    assert path.points[-1] == pytest.approx((goal.x, goal.y), abs=0.02)
    assert hall.field.at(goal.x, goal.y) >= 0.3
    assert np.isfinite(path.speed).all()
    assert path.speed.min() > 0.0
    begun = path.along > 1.2
    if begun.any():
        assert min(hall.field.at(float(x), float(y)) for x, y in path.points[begun]) > 0.27
