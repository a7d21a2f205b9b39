"""Navigation and seeing as real ROS 2 nodes, in lockstep with a small world; one executor, as on the robot."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
rclpy = pytest.importorskip("rclpy")
sys.path.insert(0, str(Path(__file__).parents[1] / "robot_nodes" / "navigation"))

from builtin_interfaces.msg import Time  # noqa: E402
from fairguide_msgs.msg import GuideStatus, VisitorStatus  # noqa: E402
from lockstep import LATCHED, SPACE, Lockstep  # noqa: E402
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose  # noqa: E402
from nav2_msgs.msg import SpeedLimit  # noqa: E402
from nav_msgs.msg import OccupancyGrid  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402

from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import stamped  # noqa: E402
from robot_nodes.seeing.node import SeeingNode  # noqa: E402

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6


class Bench(Lockstep):
    """With people, and seeing; every odometry must be answered by exactly one command."""

    patience_s = 120.0
    tries = 200

    def __init__(self) -> None:
        super().__init__(people=6)
        self.seeing = SeeingNode(namespace=SPACE, venue=self.venue, use_sim_time=True)
        self.executor.add_node(self.seeing)
        self.visitors: list[VisitorStatus] = []
        self.node.create_subscription(VisitorStatus, "visitor", self.visitors.append, 10)
        self.asked = 0

    def answered(self, before: int) -> None:
        self.asked += 1
        self.spin_until(lambda: len(self.commands) >= self.asked)

    def send(self, goal: Any, feedback: list[Any] | None = None) -> Any:
        """The accepted goal's handle."""
        client = self.to_pose if isinstance(goal, NavigateToPose.Goal) else self.through
        note = None if feedback is None else (lambda message: feedback.append(message.feedback))
        future = client.send_goal_async(goal, feedback_callback=note)
        self.until(future.done)
        return future.result()

    def goal_at(self, station_id: str) -> NavigateToPose.Goal:
        station = self.venue.stations[station_id]
        return NavigateToPose.Goal(pose=stamped(Pose2D(station.x, station.y, station.yaw), Time()))

    def away(self, station_id: str) -> float:
        x, y, _ = self.world.pose(0)
        station = self.venue.stations[station_id]
        return math.hypot(x - station.x, y - station.y)

    def close(self) -> None:
        self.seeing.destroy_node()
        super().close()


@pytest.fixture(scope="module")
def bench(free_domain: Callable[[], int]) -> Iterator[Bench]:
    rclpy.init(domain_id=free_domain())
    bench = Bench()
    try:
        for node in (bench.navigation, bench.seeing):
            assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
            assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
        bench.spin_until(lambda: bench.to_pose.server_is_ready() and bench.through.server_is_ready())
        bench.spin_until(lambda: all(p.get_subscription_count() for p in (bench.scan, bench.odom, bench.clock)))
        yield bench
    finally:
        bench.close()
        rclpy.try_shutdown()


@pytest.fixture
def stations(bench: Bench) -> list[str]:
    """Far ones first, seen from where the robot is now."""
    ids = [s.id for s in bench.venue.stations.values() if s.kind == "booth"]
    return sorted(ids, key=bench.away, reverse=True)


def test_every_odometry_gets_one_command_and_idle_is_zero(bench) -> None:
    for _ in range(10):
        bench.tick()
    assert len(bench.commands) == bench.asked
    assert all(c.linear.x == 0.0 and c.angular.z == 0.0 for c in bench.commands)


def test_a_goal_is_reached_through_the_action(bench, stations) -> None:
    feedback: list[Any] = []
    nearest = stations[-1]
    answer = bench.result(bench.send(bench.goal_at(nearest), feedback))
    assert (answer.status, answer.result.error_code, answer.result.error_msg) == (SUCCEEDED, 0, "")
    assert bench.away(nearest) < 0.2
    assert feedback[-1].distance_remaining < feedback[0].distance_remaining
    x, y, _ = bench.world.pose(0)
    believed = bench.poses[-1].pose.pose.position
    assert math.hypot(believed.x - x, believed.y - y) < 0.15
    assert bench.world.collisions == 0
    assert len(bench.commands) == bench.asked


def test_a_newer_goal_preempts(bench, stations) -> None:
    first = bench.send(bench.goal_at(stations[0]))
    for _ in range(40):
        bench.tick()
    station = bench.venue.stations[stations[-1]]
    poses = [stamped(Pose2D(station.x, station.y, station.yaw), Time())]
    second = bench.send(NavigateThroughPoses.Goal(poses=poses))
    preempted = bench.result(first)
    assert preempted.status == ABORTED
    assert preempted.result.error_msg == "preempted by a newer goal"
    assert bench.result(second).status == SUCCEEDED
    assert bench.away(stations[-1]) < 0.2


def test_cancel_stops_the_robot(bench, stations) -> None:
    handle = bench.send(bench.goal_at(stations[0]))
    for _ in range(30):
        bench.tick()
    cancelled = handle.cancel_goal_async()
    bench.until(cancelled.done)
    assert len(cancelled.result().goals_canceling) == 1
    assert bench.result(handle).status == CANCELED
    bench.tick()
    assert bench.commands[-1].linear.x == 0.0


def test_pause_holds_still_and_goes_on(bench, stations) -> None:
    client = bench.node.create_client(SetBool, "pause")
    bench.spin_until(client.service_is_ready)
    handle = bench.send(bench.goal_at(stations[-2]))
    for _ in range(30):
        bench.tick()
    held = client.call_async(SetBool.Request(data=True))
    bench.until(held.done)
    assert held.result().success
    for _ in range(20):
        bench.tick()
    before = bench.away(stations[0])
    for _ in range(20):
        bench.tick()
    assert bench.away(stations[0]) == pytest.approx(before, abs=1e-6)
    released = client.call_async(SetBool.Request(data=False))
    bench.until(released.done)
    assert bench.result(handle).status == SUCCEEDED


def test_the_speed_limit_is_kept(bench, stations) -> None:
    publisher = bench.node.create_publisher(SpeedLimit, "speed_limit", 10)
    bench.spin_until(lambda: publisher.get_subscription_count() > 0)
    publisher.publish(SpeedLimit(speed_limit=0.25))
    bench.tick()
    bench.tick()
    handle = bench.send(bench.goal_at(stations[0]))
    first = bench.asked
    for _ in range(60):
        bench.tick()
    assert 0.2 < max(c.linear.x for c in bench.commands[first:]) <= 0.251
    publisher.publish(SpeedLimit(speed_limit=0.0))
    bench.until(handle.cancel_goal_async().done)
    assert bench.result(handle).status == CANCELED


@pytest.mark.parametrize(
    ("frame", "x", "code", "says"),
    [
        ("odom", 5.0, 202, "only goals in frame 'map'"),
        ("map", math.nan, 204, "not a number"),
        ("map", 999.0, 204, "off the map"),
        ("map", 0.0, 206, "choose a station"),
    ],
)
def test_impossible_goals_are_aborted_with_one_line(bench, frame: str, x: float, code: int, says: str) -> None:
    goal = NavigateToPose.Goal(pose=stamped(Pose2D(x, 5.0, 0.0), Time()))
    goal.pose.header.frame_id = frame
    answer = bench.result(bench.send(goal))
    assert (answer.status, answer.result.error_code) == (ABORTED, code)
    assert says in answer.result.error_msg
    assert "\n" not in answer.result.error_msg


def test_no_via_poses(bench) -> None:
    answer = bench.result(bench.send(NavigateThroughPoses.Goal()))
    assert (answer.status, answer.result.error_code) == (ABORTED, 309)


def test_the_map_is_sent_to_who_asks(bench) -> None:
    maps: list[OccupancyGrid] = []
    subscription = bench.node.create_subscription(OccupancyGrid, "map", maps.append, LATCHED)
    bench.spin_until(lambda: bool(maps), 400)
    assert maps[0].info.width * maps[0].info.height == len(maps[0].data)
    assert maps[0].info.resolution == pytest.approx(bench.venue.resolution_m)
    bench.node.destroy_subscription(subscription)


def test_seeing_meets_who_stands_near(bench) -> None:
    x, y, yaw = bench.world.pose(0)
    bench.seeing._on_guide_status(GuideStatus(state="meeting"))
    bench.visitors.clear()
    bench.until(lambda: len(bench.visitors) >= 5, 10.0)
    people = bench.world.crowd.position[bench.world.crowd.present]
    nearest = min(math.hypot(px - x, py - y) for px, py in people)
    expected = VisitorStatus.WITH_ME if nearest < 2.0 else VisitorStatus.NONE
    if nearest < 2.0 or nearest > 4.0:
        assert bench.visitors[-1].state == expected
    assert {v.header.frame_id for v in bench.visitors} == {"map"}
    assert math.isfinite(yaw)
