"""A robot whose Nav2 is played by real ROS 2 nodes with Nav2's names and habits (Jazzy), and its base.

Habits kept: lifecycle services of `amcl` and `bt_navigator`; `bt_navigator` becomes active only once the localiser has
a pose; a goal of the same action takes over and the older one ends as aborted without a code; a goal of the other
action is refused while one is under way; `amcl_pose` is latched and comes after a quarter of a metre; a speed limit of
0 lifts it, and is forgotten when Nav2 starts anew; feedback comes all the time.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import rclpy
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import Odometry
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.messages import pose2d, quaternion, with_covariance

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ODOM_ORIGIN = Pose2D(3.0, -1.0, 0.7)
"""Where the odometry began, in frame map."""
STEP_S = 0.05


class Base:
    """Wheels and odometry; goes where `cmd_vel` says (x and y of frame map: it can go sideways), stops by itself."""

    def __init__(self, node: Any, pose: Pose2D) -> None:
        self.node, self.pose = node, pose
        self.moved_m = 0.0
        self.halts = 0
        self._speed = (0.0, 0.0)
        self._age = 0
        self._odom = node.create_publisher(Odometry, "odom", qos_profile_sensor_data)
        node.create_subscription(Twist, "cmd_vel", self._on_command, 10)
        node.create_timer(STEP_S, self._step)

    @property
    def still(self) -> bool:
        return self._speed == (0.0, 0.0)

    def _on_command(self, message: Twist) -> None:
        self._speed, self._age = (message.linear.x, message.linear.y), 0
        self.halts += self.still

    def _step(self) -> None:
        self._age += 1
        if self._age > 10:
            self._speed = (0.0, 0.0)
        dx, dy = (speed * STEP_S for speed in self._speed)
        self.pose = Pose2D(self.pose.x + dx, self.pose.y + dy, self.pose.yaw)
        self.moved_m += math.hypot(dx, dy)
        odom = self.pose.seen_from(ODOM_ORIGIN)
        message = Odometry()
        message.header.stamp = self.node.get_clock().now().to_msg()
        message.pose.pose.position.x, message.pose.pose.position.y = odom.x, odom.y
        message.pose.pose.orientation = quaternion(odom.yaw)
        message.twist.twist.linear.x = math.hypot(*self._speed)
        self._odom.publish(message)


class StandInNav2:
    """Nav2 in a ROS context and a thread of its own: it can be killed."""

    def __init__(self, base: Base, domain: int, namespace: str, *, wakes_at: Pose2D | None = None) -> None:
        """:param wakes_at: `set_initial_pose` of its localiser."""
        self._base = base
        self.believed = wakes_at
        self.limits: list[float] = []
        self.goals: list[tuple[str, int]] = []
        self.refuse_with = 0
        self._limit = 0.0
        self._told_at: Pose2D | None = None
        self._offset = Pose2D(0.0, 0.0, 0.0)
        self._ticks = 0
        self._current: tuple[str, Any, list[Pose2D]] | None = None
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = node = rclpy.create_node("nav2", namespace=namespace, context=self._context)
        self._amcl_pose = node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
        self._cmd_vel = node.create_publisher(Twist, "cmd_vel", 10)
        node.create_subscription(PoseWithCovarianceStamped, "initialpose", self._on_initial, 10)
        node.create_subscription(SpeedLimit, "speed_limit", self._on_limit, 10)
        for server in ("amcl", "bt_navigator"):
            node.create_service(GetState, f"{server}/get_state", lambda q, a, s=server: self._state(s, a))
        self._servers = [
            ActionServer(
                node,
                action,
                name,
                lambda handle, action=action: action.Result(),
                goal_callback=lambda request, name=name: self._judge(name),
                handle_accepted_callback=lambda handle, name=name: self._take(name, handle),
                cancel_callback=lambda handle: CancelResponse.ACCEPT,
            )
            for action, name in (
                (NavigateToPose, "navigate_to_pose"),
                (NavigateThroughPoses, "navigate_through_poses"),
            )
        ]
        node.create_timer(STEP_S, self._step)
        if wakes_at is not None:
            self._localised(wakes_at)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        try:
            while not self._stopped:
                self._executor.spin_once(timeout_sec=0.05)
        except ExternalShutdownException:
            pass

    _stopped = False

    def hang(self) -> None:
        """It still seems to be there, but answers nothing."""
        self._stopped = True
        self._thread.join(5)

    def kill(self) -> None:
        """As `kill -9`, once discovery has noticed."""
        self.hang()
        self._executor.shutdown()
        for server in self._servers:
            server.destroy()
        self.node.destroy_node()
        self._context.try_shutdown()

    @property
    def active(self) -> bool:
        return self._ticks > 10 and self.believed is not None

    def _state(self, server: str, answer: Any) -> Any:
        active = self._ticks > 10 if server == "amcl" else self.active
        answer.current_state = State(id=3, label="active") if active else State(id=2, label="inactive")
        return answer

    # localiser

    def _on_initial(self, message: PoseWithCovarianceStamped) -> None:
        if self._ticks > 10:
            self._localised(pose2d(message.pose.pose))

    def _localised(self, pose: Pose2D) -> None:
        """It finds the truth from within a metre of it, and else errs by as much from then on."""
        true = self._base.pose
        near = pose.distance_to(true.x, true.y) < 1.0
        self._offset = Pose2D(0.0, 0.0, 0.0) if near else Pose2D(pose.x - true.x, pose.y - true.y, 0.0)
        self._tell()

    def _tell(self) -> None:
        true = self._base.pose
        self.believed = self._told_at = Pose2D(true.x + self._offset.x, true.y + self._offset.y, true.yaw)
        message = with_covariance(self.believed, _COVARIANCE, self.node.get_clock().now().to_msg())
        self._amcl_pose.publish(message)

    # navigator

    def _on_limit(self, message: SpeedLimit) -> None:
        self.limits.append(message.speed_limit)
        self._limit = message.speed_limit

    def _judge(self, name: str) -> Any:
        busy = self._current is not None and self._current[0] != name
        return GoalResponse.REJECT if busy or not self.active else GoalResponse.ACCEPT

    def _take(self, name: str, handle: Any) -> None:
        request = handle.request
        poses = [request.pose] if name == "navigate_to_pose" else list(request.poses)
        self.goals.append((name, len(poses)))
        before, self._current = self._current, (name, handle, [pose2d(pose.pose) for pose in poses])
        if before is not None:
            self._end(before[1], "abort")

    def _step(self) -> None:
        self._ticks += 1
        if self.believed is None:
            return
        true = self._base.pose
        self.believed = Pose2D(true.x + self._offset.x, true.y + self._offset.y, true.yaw)
        if self._told_at is None or self.believed.distance_to(self._told_at.x, self._told_at.y) > 0.25:
            self._tell()
        if self._current is not None:
            self._drive(*self._current)

    def _drive(self, name: str, handle: Any, poses: list[Pose2D]) -> None:
        if handle.is_cancel_requested or self.refuse_with:
            self._current = None
            self._cmd_vel.publish(Twist())
            self._end(handle, "canceled" if handle.is_cancel_requested else "abort", self.refuse_with)
            return
        assert self.believed is not None
        dx, dy = poses[0].x - self.believed.x, poses[0].y - self.believed.y
        away = math.hypot(dx, dy)
        if away < 0.1:
            poses.pop(0)
            if not poses:
                self._current = None
                self._cmd_vel.publish(Twist())
                self._end(handle, "succeed")
            return
        speed = min(self._limit or 2.0, away / STEP_S)
        command = Twist()
        command.linear.x, command.linear.y = speed * dx / away, speed * dy / away
        self._cmd_vel.publish(command)
        action = NavigateToPose if name == "navigate_to_pose" else NavigateThroughPoses
        feedback = action.Feedback(distance_remaining=away)
        if action is NavigateThroughPoses:
            feedback.number_of_poses_remaining = len(poses)
        handle.publish_feedback(feedback)

    def _end(self, handle: Any, how: str, code: int = 0) -> None:
        kind = NavigateThroughPoses if hasattr(handle.request, "poses") else NavigateToPose

        def conclude(goal: Any) -> Any:
            getattr(goal, how)()
            return kind.Result(error_code=code)

        handle.execute(conclude)


def _covariance() -> Any:
    import numpy as np

    return np.diag((0.01, 0.01, 0.01))


_COVARIANCE = _covariance()
