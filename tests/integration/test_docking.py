"""Docking and navigation as real ROS 2 nodes, in lockstep with the embedded simulator's world."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
rclpy = pytest.importorskip("rclpy")

from builtin_interfaces.msg import Time  # noqa: E402
from geometry_msgs.msg import Twist  # noqa: E402
from nav2_msgs.action import DockRobot, UndockRobot  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402
from rclpy.action import ActionClient  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from rclpy.task import Future  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import BatteryState, LaserScan  # noqa: E402

from maps.venue import load_venue  # noqa: E402
from robot_nodes.docking.node import DockingNode  # noqa: E402
from robot_nodes.executor import RobotExecutor  # noqa: E402
from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import quaternion, stamped  # noqa: E402
from robot_nodes.navigation.node import NavigationNode  # noqa: E402
from sim.world import World  # noqa: E402

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6
FULL, EMPTY = BatteryState.POWER_SUPPLY_STATUS_CHARGING, BatteryState.POWER_SUPPLY_STATUS_DISCHARGING


class Bench:
    """The world's side of the topics; its timer makes time pass as soon as each odometry has been answered."""

    def __init__(self) -> None:
        self.venue = load_venue("hall")
        self.world = World.of_venue(self.venue, {"guide-01": "dock-01"}, 3)
        self.node = rclpy.create_node("bench", namespace="/guide_01")
        self.navigation = NavigationNode(namespace="/guide_01", venue=self.venue, start="dock-01", use_sim_time=True)
        self.docking = DockingNode(namespace="/guide_01", venue=self.venue, use_sim_time=True)
        self.executor = RobotExecutor()
        for node in (self.node, self.navigation, self.docking):
            self.executor.add_node(node)
        self.clock = self.node.create_publisher(Clock, "/clock", 10)
        self.odom = self.node.create_publisher(Odometry, "odom", qos_profile_sensor_data)
        self.scan = self.node.create_publisher(LaserScan, "scan", qos_profile_sensor_data)
        self.battery = self.node.create_publisher(BatteryState, "battery_state", 10)
        self.node.create_subscription(Twist, "cmd_vel", self._on_command, 10)
        self.node.create_timer(0.002, self._on_timer)
        self.dock = ActionClient(self.node, DockRobot, "dock_robot")
        self.undock = ActionClient(self.node, UndockRobot, "undock_robot")
        self.owed = 0
        self._done: tuple[Callable[[], bool], Future] = (lambda: False, Future())
        self.failure: Exception | None = None

    def until(self, condition: Callable[[], bool], seconds: float = 90.0) -> None:
        """Let time pass; simulated seconds at most."""
        end = self.world.now_s + seconds
        done: Future = Future()
        self._done = (lambda: condition() or self.world.now_s > end), done
        self.executor.spin_until_future_complete(done)
        assert condition(), f"not within {seconds} s of simulated time"

    def _on_timer(self) -> None:
        condition, done = self._done
        if not done.done() and condition():
            done.set_result(True)
        elif not done.done() and self.owed <= 0:
            self.step()

    def _on_command(self, command: Twist) -> None:
        self.owed -= 1
        self.world.command(0, command.linear.x, command.angular.z)

    def step(self) -> None:
        world = self.world
        world.step(0.05)
        whole = math.floor(world.now_s)
        stamp = Time(sec=whole, nanosec=min(round((world.now_s - whole) * 1e9), 999_999_999))
        self.clock.publish(Clock(clock=stamp))
        if world.clock.steps % 20 == 0:
            status = FULL if world.batteries[0].charging else EMPTY
            self.battery.publish(BatteryState(percentage=0.5, power_supply_status=status))
        if world.clock.steps % 2 == 0:
            self.scan.publish(self._scan(stamp))
        believed = world.odometry[0]
        odom = Odometry()
        odom.header.stamp = stamp
        odom.pose.pose.position.x, odom.pose.pose.position.y = believed.x, believed.y
        odom.pose.pose.orientation = quaternion(believed.yaw)
        self.owed += 1
        self.odom.publish(odom)

    def _scan(self, stamp: Time) -> LaserScan:
        lidar = self.world.lidar
        message = LaserScan(
            angle_min=lidar.angle_min,
            angle_max=lidar.angle_max,
            angle_increment=lidar.angle_increment,
            range_min=lidar.range_min_m,
            range_max=lidar.range_max_m,
            ranges=self.world.scan(0).astype(np.float32).tolist(),
        )
        message.header.stamp = stamp
        return message

    def send(self, goal: Any, feedback: list[int] | None = None) -> Any:
        client = self.undock if isinstance(goal, UndockRobot.Goal) else self.dock
        note = None if feedback is None else (lambda it: feedback.append(it.feedback.state))
        future = client.send_goal_async(goal, feedback_callback=note)
        self.until(future.done)
        return future.result()

    def result(self, handle: Any) -> Any:
        future = handle.get_result_async()
        self.until(future.done)
        return future.result()

    def close(self) -> None:
        for client in (self.dock, self.undock):
            client.destroy()
        self.executor.shutdown()
        for node in (self.docking, self.navigation, self.node):
            node.destroy_node()


@pytest.fixture
def bench(ros_domain: int) -> Iterator[Bench]:
    rclpy.init(domain_id=ros_domain)
    bench = Bench()
    try:
        for node in (bench.navigation, bench.docking):
            assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
            assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
        topics = (bench.scan, bench.odom, bench.clock, bench.battery)
        bench.owed = 1  # no time passes yet
        bench.until(lambda: bench.dock.server_is_ready() and bench.undock.server_is_ready())
        bench.until(lambda: all(it.get_subscription_count() for it in topics))
        bench.owed = 0
        bench.until(lambda: bench.world.now_s > 2.0)
        yield bench
    finally:
        bench.close()
        rclpy.try_shutdown()


def test_out_of_the_dock_and_in_again(bench: Bench) -> None:
    dock = bench.venue.chargers["dock-01"]
    out = bench.result(bench.send(UndockRobot.Goal()))
    assert (out.status, out.result.success, out.result.error_code) == (SUCCEEDED, True, 0)
    x, y, _ = bench.world.pose(0)
    assert math.hypot(x - dock.x, y - dock.y) == pytest.approx(1.0, abs=0.06)
    bench.until(lambda: not bench.world.batteries[0].charging)
    stages: list[int] = []
    answer = bench.result(bench.send(DockRobot.Goal(dock_id="dock-01"), stages))
    assert (answer.status, answer.result.error_msg, answer.result.num_retries) == (SUCCEEDED, "", 0)
    assert bench.world.batteries[0].charging
    assert bench.world.collisions == 0
    states = DockRobot.Feedback
    assert list(dict.fromkeys(stages))[-3:] == [states.INITIAL_PERCEPTION, states.CONTROLLING, states.WAIT_FOR_CHARGE]
    again = bench.result(bench.send(DockRobot.Goal(dock_id="dock-01")))
    assert again.result.success


def test_another_dock_is_driven_to(bench: Bench) -> None:
    dock = bench.venue.chargers["dock-03"]
    pose = stamped(Pose2D(dock.x, dock.y, dock.yaw), Time())
    stages: list[int] = []
    answer = bench.result(bench.send(DockRobot.Goal(use_dock_id=False, dock_pose=pose), stages))
    assert (answer.status, answer.result.error_msg) == (SUCCEEDED, "")
    assert DockRobot.Feedback.NAV_TO_STAGING_POSE in stages
    x, y, _ = bench.world.pose(0)
    assert math.hypot(x - dock.x, y - dock.y) < 0.05
    assert bench.world.batteries[0].charging


def test_cancelled_it_stands_and_bad_goals_are_told(bench: Bench) -> None:
    unknown = bench.result(bench.send(DockRobot.Goal(dock_id="dock-99")))
    assert (unknown.status, unknown.result.success, unknown.result.error_code) == (ABORTED, False, 901)
    kind = bench.result(bench.send(UndockRobot.Goal(dock_type="conveyor")))
    assert (kind.status, kind.result.error_code) == (ABORTED, 902)
    handle = bench.send(UndockRobot.Goal())
    bench.until(lambda: bench.world.drives.v[0] > 0.1)
    cancelled = handle.cancel_goal_async()
    bench.until(cancelled.done)
    assert bench.result(handle).status == CANCELED
    bench.until(lambda: bench.world.drives.v[0] == 0.0, 2.0)
