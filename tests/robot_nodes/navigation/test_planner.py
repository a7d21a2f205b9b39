import math

import numpy as np
import pytest

from robot_nodes.navigation.errors import GoalOccupied, NoPath, NoViaPoints, OffTheMap
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.planner import Planner


@pytest.fixture
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
