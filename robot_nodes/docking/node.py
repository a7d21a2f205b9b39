"""The ROS 2 shell of docking: `dock_robot` and `undock_robot` (nav2_msgs), as Nav2's docking server has them.

Nothing is decided here. What docking wants of the wheels goes to navigation (`docking_vel`, and `dock_pose` while the
robot drives at the dock), which lets it through its collision monitor; `cmd_vel` is only listened to. Without a request
it hears nothing but the battery.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import structlog
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, Twist, TwistStamped
from nav2_msgs.action import DockRobot, NavigateToPose, UndockRobot
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient, ActionServer, CancelResponse
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import BatteryState, LaserScan

from maps.venue import Venue
from robot_nodes.docking import effects as fx
from robot_nodes.docking.core import Docking
from robot_nodes.docking.docks import Dock, docks_of
from robot_nodes.docking.errors import BadDock, DockingError, NotControlled
from robot_nodes.managed import ManagedNode
from robot_nodes.navigation import messages
from robot_nodes.navigation.errors import NavigationError
from robot_nodes.navigation.goals import End
from robot_nodes.navigation.requests import Requests

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_WATCH_S = 1.0
_SILENT_S = 5.0
_TYPES = ("", "charger")
"""Of docks: there is one."""


class DockingNode(ManagedNode):
    """Docks and undocks on request."""

    def __init__(self, *, namespace: str, venue: Venue, use_sim_time: bool) -> None:
        super().__init__("docking", namespace=namespace, use_sim_time=use_sim_time)
        self._log = structlog.get_logger("docking").bind(robot=namespace.strip("/"))
        self._core = Docking(docks_of(venue))
        self._active = False
        self._requests = Requests()
        self._servers: list[ActionServer] = []
        self._ears: list[Any] = []
        self._reader = messages.ScanReader()
        self._stagings = 0
        self._staging: Any = None
        self._heard = 0.0

    # lifecycle -------------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the actions."""
        self._vel = self.create_lifecycle_publisher(TwistStamped, "docking_vel", 10)
        self._dock_pose = self.create_lifecycle_publisher(PoseStamped, "dock_pose", 10)
        self._battery = self.create_subscription(BatteryState, "battery_state", self._on_battery, 10)
        self._navigation = ActionClient(self, NavigateToPose, "navigate_to_pose")
        self._watch = self.create_timer(_WATCH_S, self._on_watch, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._servers = [
            self._serve(DockRobot, "dock_robot", self._dock),
            self._serve(UndockRobot, "undock_robot", self._undock),
        ]
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Requests are taken from now on."""
        self._active = True
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """What is under way is given up; the robot stands."""
        self._core.abort(DockingError("docking was deactivated; activate it and send the goal again"))
        self._carry_out()
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close every topic."""
        self._close()
        self._deaf()
        self._navigation.destroy()
        self.destroy_timer(self._watch)
        self.destroy_subscription(self._battery)
        for publisher in (self._vel, self._dock_pose):
            self.destroy_publisher(publisher)
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop for good."""
        self._active = False
        return TransitionCallbackReturn.SUCCESS

    def destroy_node(self) -> None:
        """Release the action servers before the node."""
        self._active = False
        self._close()
        super().destroy_node()

    def _serve(self, action: Any, name: str, take: Callable[[int, Any], None]) -> ActionServer:
        accepted = partial(self._on_accepted, action, take)
        return self.serve_action(action, name, takes=lambda: self._active, accepted=accepted, cancel=self._on_cancel)

    def _close(self) -> None:
        for server in self._servers:
            server.destroy()
        self._servers = []

    def _listen(self) -> None:
        """Hear what a request needs."""
        self._heard = time.monotonic()
        if self._ears:
            return
        self._ears = [
            self.create_subscription(LaserScan, "scan", self._on_scan, qos_profile_sensor_data),
            self.create_subscription(Odometry, "odom", self._on_odom, qos_profile_sensor_data),
            self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED),
            self.create_subscription(PoseWithCovarianceStamped, "marker_pose", self._on_marker, 10),
            self.create_subscription(Twist, "cmd_vel", lambda message: self._core.on_command(message.linear.x), 10),
        ]

    def _deaf(self) -> None:
        for ear in self._ears:
            self.destroy_subscription(ear)
        self._ears = []

    # what the robot perceives ------------------------------------------------------------------

    def _on_battery(self, message: BatteryState) -> None:
        self._core.on_battery(message.power_supply_status == BatteryState.POWER_SUPPLY_STATUS_CHARGING)

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        self._core.on_pose(messages.seconds(message.header.stamp), messages.pose2d(message.pose.pose))

    def _on_marker(self, message: PoseWithCovarianceStamped) -> None:
        covariance = np.asarray(messages.planar(message.pose.covariance), np.float64)
        self._core.on_marker(messages.seconds(message.header.stamp), messages.pose2d(message.pose.pose), covariance)

    def _on_scan(self, message: LaserScan) -> None:
        if self._core.busy:
            self._core.on_scan(messages.seconds(message.header.stamp), self._reader.points(message))

    def _on_odom(self, message: Odometry) -> None:
        if not self._core.busy:
            self._carry_out()  # what a cancel has left to do
            return
        self._heard = time.monotonic()
        stamp = message.header.stamp
        wish = self._core.odometry(messages.seconds(stamp), messages.pose2d(message.pose.pose))
        if wish is not None:
            self._publish(wish, stamp)
        self._carry_out()

    def _publish(self, wish: fx.Wish, stamp: Any) -> None:
        """The dock first: who takes the wish goes by the dock of the same stamp."""
        if wish.dock is not None:
            dock = messages.stamped(wish.dock, stamp)
            dock.header.frame_id = "odom"
            self._dock_pose.publish(dock)
        message = TwistStamped(twist=messages.twist(wish.twist))
        message.header.stamp, message.header.frame_id = stamp, "base_link"
        self._vel.publish(message)

    def _on_watch(self) -> None:
        if not self._core.busy:
            self._carry_out()
            self._deaf()
        elif time.monotonic() - self._heard > _SILENT_S:
            self._core.abort(
                NotControlled(f"no odometry for {_SILENT_S:.0f} s: check the base and send the goal again")
            )
            self._carry_out()

    # requests --------------------------------------------------------------------------------

    def _on_accepted(self, action: Any, take: Callable[[int, Any], None], handle: Any) -> None:
        number = self._requests.add(action, handle)
        self._listen()
        try:
            take(number, handle.request)
        except DockingError as error:
            self._finish(fx.Ended(number, End.ABORTED, error.code, 0, error.message))
        self._carry_out()

    def _dock(self, number: int, goal: Any) -> None:
        _known(goal.dock_type)
        dock = self._core.find(goal.dock_id) if goal.use_dock_id else _dock_at(goal.dock_pose)
        eyes = "rear_camera" if dock.backwards else "camera"
        self._core.sees = self.count_publishers(f"{eyes}/image_raw") > 0
        longest_s = float(goal.max_staging_time)
        self._core.dock(number, dock, self._now_s(), navigate=goal.navigate_to_staging_pose, longest_s=longest_s)
        self._log.info("docking", dock=dock.id, camera=self._core.sees)

    def _undock(self, number: int, goal: Any) -> None:
        _known(goal.dock_type)
        self._core.undock(number, None, self._now_s(), longest_s=float(goal.max_undocking_time))

    def _on_cancel(self, handle: Any) -> CancelResponse:
        number = self._requests.id_of(handle)
        return CancelResponse.ACCEPT if number and self._core.cancel(number) else CancelResponse.REJECT

    # effects ---------------------------------------------------------------------------------

    def _carry_out(self) -> None:
        for effect in self._core.take_effects():
            match effect:
                case fx.Navigate(pose):
                    self._navigate(pose)
                case fx.StopNavigating():
                    self._stagings += 1
                    if self._staging is not None:
                        self._staging.cancel_goal_async()
                        self._staging = None
                case fx.Feedback():
                    self._feed_back(effect)
                case fx.Ended():
                    self._finish(effect)

    def _navigate(self, pose: Any) -> None:
        self._stagings += 1
        staging = self._stagings
        if not self._navigation.server_is_ready():
            self._staged(staging, False, "navigation is not running")
            return
        goal = NavigateToPose.Goal(pose=messages.stamped(pose, self.get_clock().now().to_msg()))
        future = self._navigation.send_goal_async(goal)
        future.add_done_callback(lambda answer: self._answered(staging, answer.result()))

    def _answered(self, staging: int, handle: Any) -> None:
        if not handle.accepted:
            self._staged(staging, False, "navigation refused the staging pose")
            return
        if staging != self._stagings:
            handle.cancel_goal_async()
            return
        self._staging = handle
        handle.get_result_async().add_done_callback(
            lambda done: self._staged(
                staging, done.result().status == GoalStatus.STATUS_SUCCEEDED, done.result().result.error_msg
            )
        )

    def _staged(self, staging: int, arrived: bool, description: str) -> None:
        if staging == self._stagings:
            self._staging = None
            self._core.on_staged(arrived, description, self._now_s())
            self._carry_out()

    def _feed_back(self, told: fx.Feedback) -> None:
        for action, handle in self._requests.waiting():
            if action is DockRobot and handle.is_active:
                feedback = DockRobot.Feedback(state=int(told.stage), num_retries=told.retries)
                feedback.docking_time = messages.duration(told.elapsed_s)
                handle.publish_feedback(feedback)

    def _finish(self, ended: fx.Ended) -> None:
        request = self._requests.get(ended.id)
        if request is None:
            return
        action, _ = request
        self._log.info(
            "ended",
            action=action.__name__,
            end=ended.end.value,
            code=ended.code,
            retries=ended.retries,
            reason=ended.message,
        )
        good = ended.end is End.SUCCEEDED
        result = action.Result(success=good, error_code=ended.code, error_msg=ended.message)
        if action is DockRobot:
            result.num_retries = ended.retries
        self._requests.end(ended.id, ended.end, result)

    def _now_s(self) -> float:
        return float(self.get_clock().now().nanoseconds) * 1e-9


def _known(kind: str) -> None:
    """:raises BadDock: a type of dock that there is not."""
    if kind not in _TYPES:
        raise BadDock(f"dock type {kind!r}: there is only {_TYPES[-1]!r}")


def _dock_at(pose: PoseStamped) -> Dock:
    """:raises BadDock: the pose is none of frame map."""
    try:
        found, _ = messages.goal_pose(pose)
    except NavigationError as error:
        raise BadDock(error.message) from error
    return Dock(id=f"the dock at ({found.x:.1f}, {found.y:.1f})", pose=found)
