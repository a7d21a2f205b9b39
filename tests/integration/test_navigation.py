"""Navigation and seeing as real ROS 2 nodes, in lockstep with a small world; one executor, as on the robot."""

from __future__ import annotations

import contextlib
import math
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
rclpy = pytest.importorskip("rclpy")

from builtin_interfaces.msg import Time  # noqa: E402
from fairguide_msgs.msg import GuideStatus, VisitorStatus  # noqa: E402
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist  # noqa: E402
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose  # noqa: E402
from nav2_msgs.msg import SpeedLimit  # noqa: E402
from nav_msgs.msg import OccupancyGrid, Odometry  # noqa: E402
from rclpy.action import ActionClient  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import LaserScan  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402

from maps.venue import Venue, load_venue  # noqa: E402
from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import quaternion, stamped  # noqa: E402
from robot_nodes.navigation.node import NavigationNode  # noqa: E402
from robot_nodes.seeing.node import SeeingNode  # noqa: E402
from sim.world import World  # noqa: E402

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6
DOMAINS = range(30, 40)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Bench:
    """The world's side of the topics: one tick is 0.1 s, and waits for the one answer it must get."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.world = World.of_venue(venue, {"guide-01": "dock-01"}, 3, people=6)
        self.node = rclpy.create_node("bench", namespace="/guide_01")
        self.navigation = NavigationNode(namespace="/guide_01", venue=venue, start="dock-01", use_sim_time=True)
        self.seeing = SeeingNode(namespace="/guide_01", venue=venue, use_sim_time=True)
        self.executor = SingleThreadedExecutor()
        for node in (self.node, self.navigation, self.seeing):
            self.executor.add_node(node)
        self.clock = self.node.create_publisher(Clock, "/clock", 10)
        self.odom = self.node.create_publisher(Odometry, "odom", qos_profile_sensor_data)
        self.scan = self.node.create_publisher(LaserScan, "scan", qos_profile_sensor_data)
        self.commands: list[Twist] = []
        self.poses: list[PoseWithCovarianceStamped] = []
        self.visitors: list[VisitorStatus] = []
        self.node.create_subscription(Twist, "cmd_vel", self.commands.append, 10)
        self.node.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self.poses.append, LATCHED)
        self.node.create_subscription(VisitorStatus, "visitor", self.visitors.append, 10)
        self.to_pose = ActionClient(self.node, NavigateToPose, "navigate_to_pose")
        self.through = ActionClient(self.node, NavigateThroughPoses, "navigate_through_poses")
        self.asked = 0

    def spin_until(self, condition: Callable[[], bool], tries: int = 200) -> None:
        for _ in range(tries):
            if condition():
                return
            self.executor.spin_once(timeout_sec=0.05)
        raise AssertionError("the condition did not come true")

    def tick(self) -> None:
        for scans in (False, True):
            self.world.step(0.05)
            self.clock.publish(Clock(clock=self.stamp()))
            if scans:
                self.scan.publish(self._scan())
            self.odom.publish(self._odometry())
            self.asked += 1
            self.spin_until(lambda: len(self.commands) >= self.asked)
            self.world.command(0, self.commands[-1].linear.x, self.commands[-1].angular.z)

    def until(self, condition: Callable[[], bool], seconds: float = 120.0) -> None:
        for _ in range(round(seconds * 10)):
            if condition():
                return
            self.tick()
        raise AssertionError(f"not within {seconds} s of simulated time")

    def stamp(self) -> Time:
        whole = math.floor(self.world.now_s)
        return Time(sec=whole, nanosec=min(round((self.world.now_s - whole) * 1e9), 999_999_999))

    def _scan(self) -> LaserScan:
        lidar = self.world.lidar
        message = LaserScan(
            angle_min=lidar.angle_min,
            angle_max=lidar.angle_max,
            angle_increment=lidar.angle_increment,
            range_min=lidar.range_min_m,
            range_max=lidar.range_max_m,
            ranges=self.world.scan(0).tolist(),
        )
        message.header.stamp = self.stamp()
        return message

    def _odometry(self) -> Odometry:
        message = Odometry()
        message.header.stamp = self.stamp()
        believed = self.world.odometry[0]
        message.pose.pose.position.x, message.pose.pose.position.y = believed.x, believed.y
        message.pose.pose.orientation = quaternion(believed.yaw)
        return message

    def send(self, goal: Any, feedback: list[Any] | None = None) -> Any:
        """The accepted goal's handle."""
        client = self.to_pose if isinstance(goal, NavigateToPose.Goal) else self.through
        note = None if feedback is None else (lambda message: feedback.append(message.feedback))
        future = client.send_goal_async(goal, feedback_callback=note)
        self.until(future.done)
        return future.result()

    def result(self, handle: Any, seconds: float = 120.0) -> Any:
        future = handle.get_result_async()
        self.until(future.done, seconds)
        return future.result()

    def goal_at(self, station_id: str) -> NavigateToPose.Goal:
        station = self.venue.stations[station_id]
        return NavigateToPose.Goal(pose=stamped(Pose2D(station.x, station.y, station.yaw), Time()))

    def away(self, station_id: str) -> float:
        x, y, _ = self.world.pose(0)
        station = self.venue.stations[station_id]
        return math.hypot(x - station.x, y - station.y)

    def close(self) -> None:
        for client in (self.to_pose, self.through):
            client.destroy()
        self.executor.shutdown()
        for node in (self.navigation, self.seeing, self.node):
            node.destroy_node()


def free_domain() -> int:
    """A domain whose first participant's port nobody here has (DDSI-RTPS 2.2, 9.6.1.1)."""
    for domain in DOMAINS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", 7400 + 250 * domain + 10))
            return domain
    pytest.fail(f"no free ROS domain in {DOMAINS}")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    rclpy.init(domain_id=free_domain())
    bench = Bench(load_venue("hall"))
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
    bench.spin_until(lambda: bool(maps), tries=400)
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
