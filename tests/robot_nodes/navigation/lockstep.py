"""The world's side of a robot's topics, for ROS 2 tests in lockstep: each odometry waits for its one command."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import rclpy
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan

from maps.venue import load_venue
from robot_nodes.navigation.messages import quaternion
from robot_nodes.navigation.node import NavigationNode
from sim.world import World

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SPACE = "/guide_01"


class Lockstep:
    """One robot in `hall`; one tick is 0.1 s. `rclpy` has been initialised."""

    patience_s = 60.0
    tries = 400
    """Of 0.05 s each, for what must come at once."""

    def __init__(self, people: int) -> None:
        self.venue = load_venue("hall")
        self.world = World.of_venue(self.venue, {"guide-01": "dock-01"}, 3, people=people)
        self.node = rclpy.create_node("bench", namespace=SPACE)
        self.navigation = NavigationNode(namespace=SPACE, venue=self.venue, start="dock-01", use_sim_time=True)
        self.executor = SingleThreadedExecutor()
        for node in (self.node, self.navigation):
            self.executor.add_node(node)
        self.clock = self.node.create_publisher(Clock, "/clock", 10)
        self.odom = self.node.create_publisher(Odometry, "odom", qos_profile_sensor_data)
        self.scan = self.node.create_publisher(LaserScan, "scan", qos_profile_sensor_data)
        self.commands: list[Twist] = []
        self.poses: list[PoseWithCovarianceStamped] = []
        self.node.create_subscription(Twist, "cmd_vel", self.commands.append, 10)
        self.node.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self.poses.append, LATCHED)
        self.to_pose = ActionClient(self.node, NavigateToPose, "navigate_to_pose")
        self.through = ActionClient(self.node, NavigateThroughPoses, "navigate_through_poses")
        self.clock_s = 0.0
        """Added to the world's time."""
        self.mend()

    def mend(self) -> None:
        """Send what is so; a test may put something that spoils it in these places."""
        self.bend_scan: Callable[[LaserScan], None] = lambda message: None
        self.bend_odom: Callable[[Odometry], None] = lambda message: None

    def spin_until(self, condition: Callable[[], bool], tries: int | None = None) -> None:
        for _ in range(tries or self.tries):
            if condition():
                return
            self.executor.spin_once(timeout_sec=0.05)
        raise AssertionError("the condition did not come true")

    def stamp(self) -> Time:
        now = self.world.now_s + self.clock_s
        return Time(sec=math.floor(now), nanosec=min(round((now % 1.0) * 1e9), 999_999_999))

    def tick(self) -> None:
        """0.1 s: odometry, then a scan and odometry."""
        for scans in (False, True):
            self.world.step(0.05)
            self.clock.publish(Clock(clock=self.stamp()))
            if scans:
                self.scan.publish(self._scan())
            before = len(self.commands)
            self.odom.publish(self._odometry())
            self.answered(before)
            self.world.command(0, self.commands[-1].linear.x, self.commands[-1].angular.z)

    def answered(self, before: int) -> None:
        """Wait for the command to the odometry just sent. :param before: how many commands had come by then."""
        self.spin_until(lambda: len(self.commands) > before)

    def until(self, condition: Callable[[], bool], seconds: float | None = None) -> None:
        """:param seconds: simulated; none: `patience_s`."""
        seconds = self.patience_s if seconds is None else seconds
        for _ in range(round(seconds * 10)):
            if condition():
                return
            self.tick()
        raise AssertionError(f"not within {seconds} s of simulated time")

    def result(self, handle: Any, seconds: float | None = None) -> Any:
        future = handle.get_result_async()
        self.until(future.done, seconds)
        return future.result()

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
        self.bend_scan(message)
        return message

    def _odometry(self) -> Odometry:
        message = Odometry()
        message.header.stamp = self.stamp()
        believed = self.world.odometry[0]
        message.pose.pose.position.x, message.pose.pose.position.y = believed.x, believed.y
        message.pose.pose.orientation = quaternion(believed.yaw)
        self.bend_odom(message)
        return message

    def close(self) -> None:
        for client in (self.to_pose, self.through):
            client.destroy()
        self.executor.shutdown()
        for node in (self.navigation, self.node):
            node.destroy_node()
