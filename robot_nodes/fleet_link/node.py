"""`fleet_link`: the vehicle's ROS 2 and MQTT shell. Nothing is decided here.

The executor's thread owns the vehicle. What comes over MQTT waits in `Wire`'s inbox; a task
wakes the executor. `cmd_vel` is never touched: driving goes through `navigate_through_poses`.
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from action_msgs.msg import GoalStatus
from fairguide_msgs.action import PerformAction
from fairguide_msgs.msg import FleetNotice, FleetRequest, GuideStatus, LinkStatus, RadioReport
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav2_msgs.action import DockRobot, NavigateThroughPoses, UndockRobot
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import BatteryState
from std_srvs.srv import SetBool

from fleet.protocol import topics
from fleet.protocol.clock import utc_timestamp
from fleet.protocol.link import Broker
from fleet.protocol.vda5050 import InstantActions, Order
from fleet.protocol.venue import Announcement, Emergency, Notice
from maps.venue import Venue
from robot_nodes.fleet_link import convert
from robot_nodes.fleet_link import effects as fx
from robot_nodes.fleet_link.factsheet import abilities
from robot_nodes.fleet_link.orders import NODE_RANGE_M
from robot_nodes.fleet_link.vehicle import Vehicle
from robot_nodes.fleet_link.wire import Malformed, Post, Wire
from robot_nodes.managed import ManagedNode

TICK_S = 0.1
ODOM_SHARE = 4
"""Every how manieth odometry message is read: at 20 Hz, five a second tell whether the robot drives."""
_log = structlog.get_logger("fleet_link")
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class FleetLinkNode(ManagedNode):
    """VDA 5050 on one side, the robot's topics and actions on the other."""

    def __init__(self, *, namespace: str, serial: str, venue: Venue, broker: Broker, use_sim_time: bool) -> None:
        super().__init__("fleet_link", namespace=namespace, use_sim_time=use_sim_time)
        self.serial = serial
        self._venue = venue
        self._wire = Wire(broker, serial, self._wake)
        self._vehicle = Vehicle(
            abilities(venue.map_id),
            map_id=venue.map_id,
            map_version=venue.version,
            node_at=self._node_at,
            docks=lambda: self._docker.server_is_ready() and self._undocker.server_is_ready(),
        )
        self._drive_goals: dict[int, Any] = {}
        self._stopped_drives: set[int] = set()
        self._action_goals: dict[str, Any] = {}
        self._stopped_actions: set[str] = set()
        self._odom_count = 0
        self._linked = False
        self._active = False

    # lifecycle -------------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._notices = self.create_publisher(FleetNotice, "fleet_notice", 10)
        self._link_status = self.create_publisher(LinkStatus, "link_status", _LATCHED)
        self._initial_pose = self.create_publisher(PoseWithCovarianceStamped, "initialpose", 10)
        self._navigation = ActionClient(self, NavigateThroughPoses, "navigate_through_poses")
        self._performer = ActionClient(self, PerformAction, "perform_action")
        self._docker = ActionClient(self, DockRobot, "dock_robot")
        self._undocker = ActionClient(self, UndockRobot, "undock_robot")
        self._pause = self.create_client(SetBool, "pause")
        self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED)
        self.create_subscription(Odometry, "odom", self._on_odom, qos_profile_sensor_data, raw=True)
        self.create_subscription(BatteryState, "battery_state", self._on_battery, 10)
        self.create_subscription(RadioReport, "radio", self._on_radio, 10)
        self.create_subscription(FleetRequest, "fleet_request", self._on_request, 10)
        self.create_subscription(GuideStatus, "guide_status", self._on_guide, _LATCHED)
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = True
        # wall time: the master's patience does not follow the simulator's clock
        self._timer = self.create_timer(TICK_S, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._publish_link()
        self._wire.start()
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = False
        self.destroy_timer(self._timer)
        self._wire.stop()
        return super().on_deactivate(state)

    # robot -> vehicle ------------------------------------------------------------------------

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        self._vehicle.on_pose(convert.pose_from(message), time.monotonic())
        self._carry_out()

    def _on_odom(self, raw: bytes) -> None:
        self._odom_count += 1
        if self._odom_count % ODOM_SHARE:
            return
        twist = deserialize_message(raw, Odometry).twist.twist
        self._vehicle.on_velocity(twist.linear.x, twist.angular.z, time.monotonic())
        self._carry_out()

    def _on_battery(self, message: BatteryState) -> None:
        charging = message.power_supply_status == BatteryState.POWER_SUPPLY_STATUS_CHARGING
        voltage = message.voltage if message.voltage == message.voltage else None
        self._vehicle.on_battery(100.0 * message.percentage, charging, time.monotonic(), voltage)
        self._carry_out()

    def _on_radio(self, message: RadioReport) -> None:
        pose = self._vehicle.pose
        if pose is not None and self._active:
            report = convert.radio_report(message, pose, self._venue.map_id, utc_timestamp(time.time()))
            self._wire.send(topics.robot_radio(self.serial), report)

    def _on_request(self, message: FleetRequest) -> None:
        request = convert.visitor_request(message, utc_timestamp(time.time()), self._place_here())
        if request is None:
            _log.warning("fleet request not understood", kind=message.kind, request_id=message.request_id)
        elif self._active:
            self._wire.send(topics.robot_requests(self.serial), request, qos=1)

    def _place_here(self) -> str:
        """The place whose station is nearest to the robot; empty while nobody knows where it is."""
        pose = self._vehicle.pose
        return convert.nearest_place(self._venue, pose.x, pose.y) if pose is not None else ""

    def _on_guide(self, message: GuideStatus) -> None:
        self._vehicle.on_held(message.state in ("paused", "waiting"), time.monotonic())
        self._carry_out()

    def _tick(self) -> None:
        self._drain()
        self._vehicle.tick(time.monotonic())
        self._carry_out()

    def _node_at(self, x: float, y: float) -> str:
        node, away_m = self._venue.lanes.nearest_node(x, y)
        return node if away_m <= NODE_RANGE_M else ""

    # MQTT -> vehicle -------------------------------------------------------------------------

    def _wake(self) -> None:
        """In the MQTT thread. Before there is an executor, the tick drains."""
        executor = self.executor
        if executor is not None and self._active:
            executor.create_task(self._drain)

    def _drain(self) -> None:
        for post in self._wire.drain():
            self._on_post(post)
            self._carry_out()

    def _on_post(self, post: Post) -> None:
        now = time.monotonic()
        if isinstance(post, bool):
            self._linked = post
            _log.info("broker in reach" if post else "broker out of reach", broker=str(self._wire.broker))
            self._publish_link()
            self._vehicle.on_link(post, now)
        elif isinstance(post, Order):
            self._vehicle.on_order(post, now)
        elif isinstance(post, InstantActions):
            self._vehicle.on_instant_actions(post, now)
        elif isinstance(post, Malformed):
            if post.topic.endswith(("/order", "/instantActions")):
                self._vehicle.on_malformed(post.topic, post.reason, now)
        elif isinstance(post, Notice):
            self._notices.publish(convert.notice(post, self.get_clock().now().to_msg()))
        elif self._concerns_me(post):
            for item in convert.announcements(post, self.get_clock().now().to_msg()):
                self._notices.publish(item)

    def _concerns_me(self, post: Announcement | Emergency) -> bool:
        if isinstance(post, Emergency) and not post.active:
            return False
        pose = self._vehicle.pose
        if not post.halls or pose is None:
            return True
        hall = self._venue.hall_at(pose.x, pose.y)
        return hall is not None and hall.id in post.halls

    def _publish_link(self) -> None:
        message = LinkStatus(connected=self._linked, broker=str(self._wire.broker))
        message.header.stamp = self.get_clock().now().to_msg()
        self._link_status.publish(message)

    # vehicle -> world ------------------------------------------------------------------------

    def _carry_out(self) -> None:
        if not self._active:
            return
        for effect in self._vehicle.take_effects():
            self._do(effect)

    def _do(self, effect: fx.Effect) -> None:
        match effect:
            case fx.PublishState():
                self._wire.send_state(self._vehicle.state())
            case fx.PublishVisualization():
                self._wire.send_visualization(self._vehicle.visualization())
            case fx.PublishFactsheet():
                self._wire.send_factsheet()
            case fx.Drive():
                self._drive(effect)
            case fx.StopDriving(drive_id):
                self._stop_drive(drive_id)
            case fx.Hold(on):
                self._hold(on)
            case fx.StartAction(action) if action.action_type == "startCharging":
                goal = DockRobot.Goal(dock_id=convert.dock_near(self._vehicle.pose, self._venue.chargers.values()))
                self._ask("docking", self._docker, action.action_id, goal)
            case fx.StartAction(action) if action.action_type == "stopCharging":
                self._ask("docking", self._undocker, action.action_id, UndockRobot.Goal())
            case fx.StartAction(action):
                self._perform(action.action_id, action.action_type, *convert.action_arguments(action))
            case fx.StopAction(action_id):
                self._stop_action(action_id)
            case fx.Relocalise():
                self._initial_pose.publish(convert.initial_pose(effect, self.get_clock().now().to_msg()))
            case fx.OrderCancelled():
                self._notices.publish(FleetNotice(kind="cancelled", reason="order cancelled"))

    def _hold(self, on: bool) -> None:
        if self._pause.service_is_ready():
            self._pause.call_async(SetBool.Request(data=on))
        else:
            _log.warning("no pause service: is navigation running?", pause=on)

    def _drive(self, drive: fx.Drive) -> None:
        if not self._navigation.server_is_ready():
            self._drive_ended(drive.drive_id, False, "navigation is not running")
            return
        stamp = self.get_clock().now().to_msg()
        goal = NavigateThroughPoses.Goal(poses=[convert.pose_to(point, stamp) for point in drive.waypoints])
        future = self._navigation.send_goal_async(goal)
        future.add_done_callback(lambda answer: self._drive_answered(drive.drive_id, answer.result()))

    def _drive_answered(self, drive_id: int, handle: Any) -> None:
        if not handle.accepted:
            self._drive_ended(drive_id, False, "navigation refused the goal")
            return
        self._drive_goals = {drive_id: handle}
        if drive_id in self._stopped_drives:
            handle.cancel_goal_async()
        handle.get_result_async().add_done_callback(lambda done: self._drive_done(drive_id, done.result()))

    def _drive_done(self, drive_id: int, answer: Any) -> None:
        succeeded = answer.status == GoalStatus.STATUS_SUCCEEDED
        self._drive_goals.pop(drive_id, None)
        self._drive_ended(drive_id, succeeded, "" if succeeded else answer.result.error_msg)

    def _drive_ended(self, drive_id: int, arrived: bool, description: str) -> None:
        self._stopped_drives.discard(drive_id)
        self._vehicle.on_drive_result(drive_id, arrived, description, time.monotonic())
        self._carry_out()

    def _stop_drive(self, drive_id: int) -> None:
        handle = self._drive_goals.get(drive_id)
        if handle is None:
            self._stopped_drives.add(drive_id)  # not accepted yet: given up as soon as it is
        else:
            handle.cancel_goal_async()

    def _perform(self, action_id: str, action_type: str, keys: list[str], values: list[str]) -> None:
        if not self._performer.server_is_ready():
            self._action_ended(action_id, False, "guiding is not running")
            return
        goal = PerformAction.Goal(action_id=action_id, action_type=action_type, keys=keys, values=values)
        self._ask("guiding", self._performer, action_id, goal)

    def _ask(self, who: str, client: ActionClient, action_id: str, goal: Any) -> None:
        future = client.send_goal_async(goal)
        future.add_done_callback(lambda answer: self._action_answered(who, action_id, answer.result()))

    def _action_answered(self, who: str, action_id: str, handle: Any) -> None:
        if not handle.accepted:
            self._action_ended(action_id, False, f"{who} refused the action")
            return
        self._action_goals[action_id] = handle
        if action_id in self._stopped_actions:
            handle.cancel_goal_async()
        handle.get_result_async().add_done_callback(
            lambda done: self._action_ended(action_id, *convert.outcome(done.result().result))
        )

    def _stop_action(self, action_id: str) -> None:
        handle = self._action_goals.get(action_id)
        if handle is None:
            self._stopped_actions.add(action_id)
        else:
            handle.cancel_goal_async()

    def _action_ended(self, action_id: str, success: bool, description: str) -> None:
        self._action_goals.pop(action_id, None)
        self._stopped_actions.discard(action_id)
        self._vehicle.on_action_result(action_id, success, description, time.monotonic())
        self._carry_out()
