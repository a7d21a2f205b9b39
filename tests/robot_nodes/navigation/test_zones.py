import numpy as np
import pytest

from maps.lanes import LaneGraph, UnknownLane
from maps.venue import Rect, Zone
from robot_nodes.navigation.errors import GoalOccupied, NoPath
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.planner import Planner

KEEP_OUT = Zone(id="zone-01", kind="keep_out", rect=Rect(12.5, 5.0, 13.4, 9.0))
SLOW = Zone(id="zone-02", kind="speed", rect=Rect(6.0, 2.0, 9.0, 4.0), speed_mps=0.4)


def test_paths_are_slow_in_a_speed_zone_and_nowhere_else(hall) -> None:
    path = Planner(hall.field, hall.lanes, zones=(SLOW,)).plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(11.0, 3.0, 0.0))
    inside = (path.points[:, 0] >= 6.0) & (path.points[:, 0] <= 9.0)
    assert path.speed[inside] == pytest.approx(0.4)
    assert path.speed[~inside].min() > 0.5


def test_a_keep_out_is_gone_round(hall) -> None:
    bare = LaneGraph([], [])
    start, goal = Pose2D(11.0, 11.0, 0.0), Pose2D(13.0, 3.0, 0.0)
    straight = Planner(hall.field, bare).plan_to(start, goal)
    path = Planner(hall.field, bare, zones=(KEEP_OUT,)).plan_to(start, goal)

    def nearest(points) -> float:
        x, y = points[:, 0], points[:, 1]
        return float(np.hypot(np.maximum(12.5 - x, 0), np.maximum(np.maximum(5.0 - y, y - 9.0), 0)).min())

    assert nearest(straight.points) < 0.4
    assert nearest(path.points) > 0.4


def test_lanes_through_a_keep_out_are_not_driven(hall) -> None:
    shut = Zone(id="zone-01", kind="keep_out", rect=Rect(11.8, 6.0, 12.2, 7.0))
    path = Planner(hall.field, hall.lanes, zones=(shut,)).plan_to(Pose2D(10.0, 3.0, 0.0), Pose2D(10.0, 11.0, 0.0))
    assert path.points[:, 0].max() > 20.0


def test_a_goal_behind_keep_outs_all_round_has_no_path(hall) -> None:
    ring = ((14.0, 1.0, 18.0, 1.2), (14.0, 4.0, 18.0, 5.0), (14.0, 1.0, 14.2, 4.2), (17.8, 1.0, 18.0, 4.2))
    zones = [Zone(id=str(k), kind="keep_out", rect=Rect(*box)) for k, box in enumerate(ring)]
    with pytest.raises(NoPath):
        Planner(hall.field, hall.lanes, zones=zones).plan_to(Pose2D(10.0, 3.0, 0.0), Pose2D(16.0, 2.6, 0.0))


def test_a_goal_in_a_keep_out_says_whose_rule_it_is(hall) -> None:
    planner = Planner(hall.field, hall.lanes, zones=(KEEP_OUT,))
    with pytest.raises(GoalOccupied, match=r"kept out of \(12\.5, 5\)"):
        planner.plan_to(Pose2D(3.0, 3.0, 0.0), Pose2D(12.8, 7.0, 0.0))


def test_a_robot_pushed_into_a_keep_out_drives_out_of_it(hall) -> None:
    path = Planner(hall.field, hall.lanes, zones=(KEEP_OUT,)).plan_to(Pose2D(12.8, 7.0, 0.0), Pose2D(12.0, 11.0, 0.0))
    assert path.points[0] == pytest.approx((12.8, 7.0))
    inside = (path.points[:, 0] > 12.5) & (path.points[:, 1] < 9.0)
    assert path.along[inside].max() < 0.6


def test_a_blocked_lane_is_avoided_while_it_lasts(hall) -> None:
    planner = Planner(hall.field, hall.lanes)
    start, goal = Pose2D(10.0, 3.0, 0.0), Pose2D(10.0, 11.0, 0.0)
    short = planner.plan_to(start, goal).length
    block = planner.block("ef", until=30.0)
    assert block.lanes == ("ef",)
    assert planner.plan_to(start, goal, now=10.0).length > short + 10.0
    assert planner.plan_to(start, goal, now=31.0).length == pytest.approx(short)
    assert planner.plan_to(start, goal).length == pytest.approx(short)
    assert len(planner.blocked(29.0)) == 1
    assert planner.blocked(31.0) == ()
    with pytest.raises(UnknownLane):
        planner.block("xy", until=30.0)


def test_a_block_behind_the_robot_does_not_hinder_it(hall) -> None:
    planner = Planner(hall.field, hall.lanes)
    start, goal = Pose2D(8.0, 3.0, 0.0), Pose2D(11.0, 3.0, 0.0)
    planner.block((5.0, 3.0), until=30.0)
    assert planner.plan_to(start, goal, now=0.0).length == pytest.approx(3.0, abs=0.01)
    planner.block((9.5, 3.0), until=30.0)
    assert planner._blocks.at(0.0)[1].lanes == ("ae",)


def test_rerouting_takes_another_lane_or_says_there_is_none(hall) -> None:
    planner = Planner(hall.field, hall.lanes)
    start, goal = Pose2D(11.0, 3.0, 0.0), Pose2D(10.0, 11.0, 0.0)
    other = planner.reroute(start, goal, (12.0, 6.0), now=0.0, until=60.0)
    assert other is not None
    assert other.points[:, 0].max() > 20.0  # round the eastern block
    # Now that way is shut too, and so is every other.
    assert planner.reroute(start, goal, (17.0, 3.0), now=1.0, until=60.0) is None
