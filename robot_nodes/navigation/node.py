"""The ROS 2 shell of navigation. Nothing is decided here: messages in, `Pilot`, messages out.

It also answers to the names of Nav2's servers (`amcl/get_state`, `bt_navigator/get_state`), which clients of Nav2 wait
for (`nav2_simple_commander`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseArray, PoseStamped, PoseWithCovarianceStamped, Twist, TwistStamped
from lifecycle_msgs.msg import State as LifecycleLabel
from lifecycle_msgs.srv import GetState
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import OccupancyGrid, Odometry, Path
from rclpy.action import ActionServer, CancelResponse
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import LaserScan
from std_srvs.srv import SetBool
from tf2_msgs.msg import TFMessage

from maps.venue import Venue
from robot_nodes.managed import ManagedNode
from robot_nodes.navigation import messages
from robot_nodes.navigation.errors import BadPose, BadScan, Fault, NavigationError
from robot_nodes.navigation.faults import Faults, Intake, Watchdog
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Goal, Outcome, State
from robot_nodes.navigation.localiser import Estimate
from robot_nodes.navigation.pilot import Cycle, Look, Pilot
from robot_nodes.navigation.requests import Requests
from robot_nodes.navigation.settings import ControlLimits, Settings
from robot_nodes.navigation.warm_up import warm_up

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_FEEDBACK_EVERY = 5
_IDLE_POSE_EVERY = 5
"""Of the scans."""
_CLOUD_EVERY = 5
_SILENT_STOP_S = 0.3
_DIAGNOSTICS_S = 5.0
_NAV2_SERVERS = ("amcl", "bt_navigator")


class NavigationNode(ManagedNode):
    """`scan` and `odom` in; exactly one `cmd_vel` out for each `odom` while active."""

    def __init__(self, *, namespace: str, venue: Venue, start: str, use_sim_time: bool) -> None:
        """:param start: id of the station the robot stands at when it is switched on."""
        super().__init__("navigation", namespace=namespace, use_sim_time=use_sim_time)
        self._venue, self._start = venue, start
        self._log = structlog.get_logger("navigation").bind(robot=namespace.strip("/"))
        self._active = False
        self._servers: list[ActionServer] = []
        self._requests = Requests()
        self._reader = messages.ScanReader()
        self._faults = Faults()
        self._intake, self._watchdog = Intake(), Watchdog()
        for server in _NAV2_SERVERS:
            self.create_service(GetState, f"{server}/get_state", self._on_get_state)
        self._dock: PoseStamped | None = None
        self._scans = 0
        self._map_readers = 0
        self._sent_plan = 0
        self.declare_parameter("venue", venue.id)
        self.declare_parameter("start", start)
        defaults = ControlLimits()
        for name in ControlLimits.__dataclass_fields__:
            self.declare_parameter(f"control.{name}", float(getattr(defaults, name)))

    # --- lifecycle ---

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Derive the clearance field and open every topic; FAILURE with one log line if the settings are unusable."""
        station = self._venue.stations.get(str(self.get_parameter("start").value))
        if station is None:
            some = ", ".join(list(self._venue.chargers)[:3])
            self._log.error(f"start {self._start!r}: {self._venue.id} has no such station; use one such as {some}")
            return TransitionCallbackReturn.FAILURE
        try:
            settings = Settings().with_limits(
                {
                    name: float(self.get_parameter(f"control.{name}").value)
                    for name in ControlLimits.__dataclass_fields__
                }
            )
        except NavigationError as error:
            self._log.error(error.message)
            return TransitionCallbackReturn.FAILURE
        self._settings = settings
        self._grid, self._field = floor_of(self._venue)
        start = Pose2D(station.x, station.y, station.yaw)
        self._pilot = Pilot(self._field, self._venue.lanes, start, settings, zones=self._venue.zones)
        self._navigator, self._localiser = self._pilot.navigator, self._pilot.localiser
        self._warm_up()
        self._open()
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """From now on every scan is answered."""
        self._active = True
        result = super().on_activate(state)
        self._publish_pose(Estimate(self._localiser.estimate, self._localiser.covariance, 1.0), self._now_message())
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Goals under way are aborted and the robot stops."""
        self._navigator.abort(Fault("navigation was deactivated; activate it and send the goal again"))
        self._settle()
        self._cmd_vel.publish(Twist())
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close every topic."""
        self._close()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop for good."""
        self._active = False
        return TransitionCallbackReturn.SUCCESS

    def destroy_node(self) -> None:
        """Release the action servers before the node."""
        self._active = False
        for server in self._servers:
            server.destroy()
        self._servers = []
        super().destroy_node()

    def _warm_up(self) -> None:
        """Have the compiled parts ready before the first scan: compiling within a period would be a late answer."""
        try:
            warm_up(self._field, self._venue.lanes, self._localiser.estimate, self._settings)
        except NavigationError as error:
            self._log.warning(f"trial drive: {error.message}")

    def _open(self) -> None:
        self._cmd_vel = self.create_lifecycle_publisher(Twist, "cmd_vel", 10)
        self._amcl_pose = self.create_lifecycle_publisher(PoseWithCovarianceStamped, "amcl_pose", _LATCHED)
        self._tf = self.create_lifecycle_publisher(TFMessage, "tf", QoSProfile(depth=100))
        self._plan = self.create_lifecycle_publisher(Path, "plan", 1)
        self._cloud = self.create_lifecycle_publisher(PoseArray, "particle_cloud", 1)
        self._map = self.create_lifecycle_publisher(OccupancyGrid, "map", _LATCHED)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # Scans first: where both wait, a scan is taken before the odometry that answers it.
        self._inputs = [
            self.create_subscription(LaserScan, "scan", self._on_scan, qos_profile_sensor_data),
            self.create_subscription(Odometry, "odom", self._on_odom, qos_profile_sensor_data),
            self.create_subscription(PoseWithCovarianceStamped, "initialpose", self._on_initialpose, 10),
            self.create_subscription(PoseStamped, "goal_pose", self._on_goal_pose, 10),
            self.create_subscription(SpeedLimit, "speed_limit", self._on_speed_limit, 10),
            self.create_subscription(PoseWithCovarianceStamped, "marker_pose", self._on_marker, 10),
            self.create_subscription(PoseStamped, "dock_pose", self._on_dock_pose, 10),
            self.create_subscription(TwistStamped, "docking_vel", self._on_docking_vel, 10),
        ]
        self._pause = self.create_service(SetBool, "pause", self._on_pause)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._watches = [
            self.create_timer(0.5, self._on_watch, clock=steady),
            self.create_timer(0.1, self._on_heartbeat, clock=steady),
            self.create_timer(_DIAGNOSTICS_S, self._on_diagnostics, clock=steady),
        ]
        self._servers = [
            self._serve(NavigateToPose, "navigate_to_pose", self._to_pose),
            self._serve(NavigateThroughPoses, "navigate_through_poses", self._through_poses),
        ]

    def _serve(self, action: Any, name: str, read: Callable[[int, Any], Goal]) -> ActionServer:
        accepted = partial(self._on_accepted, action, read)
        return self.serve_action(action, name, takes=lambda: self._active, accepted=accepted, cancel=self._on_cancel)

    def _close(self) -> None:
        for server in self._servers:
            server.destroy()
        self._servers = []
        for watch in self._watches:
            self.destroy_timer(watch)
        self.destroy_service(self._pause)
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        sent = (self._cmd_vel, self._amcl_pose, self._tf, self._plan, self._cloud, self._map, self._diagnostics)
        for publisher in sent:
            self.destroy_publisher(publisher)

    # --- sensors ---

    def _on_odom(self, message: Odometry) -> None:
        if not self._active:
            return
        odom = messages.pose2d(message.pose.pose)
        at, wrong = self._intake.odometry(messages.seconds(message.header.stamp), odom)
        for error in wrong:
            self._note(error)
        if at is None:
            self._cmd_vel.publish(Twist())
            return
        cycle = self._pilot.odometry(at, odom, self._now_s())
        self._cmd_vel.publish(messages.twist(cycle.command))
        self._report(cycle, message.header.stamp)
        self._settle()

    def _on_scan(self, message: LaserScan) -> None:
        if not self._active:
            return
        try:
            hits = self._reader.read(message)
            self._pilot.scan(self._intake.scan(messages.seconds(message.header.stamp)), hits)
        except BadScan as error:
            self._note(error)

    def _note(self, error: NavigationError) -> None:
        line = self._faults.note(error, time.monotonic())
        if line is not None:
            self._log.warning(line, fault=error.kind, code=error.code)

    def _report(self, cycle: Cycle, stamp: Any) -> None:
        if self._navigator.plan_version != self._sent_plan:
            self._sent_plan = self._navigator.plan_version
            self._plan.publish(messages.path_message(self._navigator.path, stamp))
        if cycle.look is None or cycle.status is None:
            return
        self._scans += 1
        driving = not cycle.command.still or cycle.status.state is State.DRIVING
        if driving or self._scans % _IDLE_POSE_EVERY == 0:
            self._publish_pose(cycle.look.estimate, stamp)
        if self._tf.get_subscription_count():
            self._publish_transform(cycle.look, stamp)
        if self._scans % _CLOUD_EVERY == 0 and self._cloud.get_subscription_count():
            self._cloud.publish(messages.particle_cloud(self._localiser.particles, stamp))
        if cycle.status.goal is not None and self._scans % _FEEDBACK_EVERY == 0:
            request = self._requests.get(cycle.status.goal)
            if request is not None:
                action, handle = request
                handle.publish_feedback(messages.feedback(action, cycle.pose, cycle.status, stamp))

    def _publish_transform(self, look: Look, stamp: Any) -> None:
        transform = messages.map_to_odom(look.estimate.pose, look.odom, stamp)
        self._tf.publish(TFMessage(transforms=[transform]))

    def _publish_pose(self, estimate: Estimate, stamp: Any) -> None:
        self._amcl_pose.publish(messages.with_covariance(estimate.pose, estimate.covariance, stamp))

    def _on_watch(self) -> None:
        """Twice a second of wall time: what no scan triggers."""
        if not self._active:
            return
        readers = self._map.get_subscription_count()
        if readers > self._map_readers:  # a large map is only sent when somebody wants it
            self._map.publish(messages.grid_message(self._grid, self._now_message()))
        self._map_readers = readers
        error = self._watchdog.reason(self._now_s(), self._pilot.last_scan_s, self._intake.scans, self._navigator.lost)
        if error is not None and self._navigator.under_way:
            self._note(error)
            self._navigator.abort(error)
        self._settle()

    def _on_heartbeat(self) -> None:
        """Ten times a second of wall time: without odometry nothing else would stop the wheels."""
        if self._active and self._now_s() - self._pilot.last_odom_s > _SILENT_STOP_S:
            self._cmd_vel.publish(Twist())

    # --- goals ---

    def _to_pose(self, goal_id: int, request: Any) -> Goal:
        pose, turn = messages.goal_pose(request.pose)
        return Goal(id=goal_id, poses=(pose,), along_lanes=True, turn=turn)

    def _through_poses(self, goal_id: int, request: Any) -> Goal:
        poses, turn = messages.via_poses(request.poses)
        return Goal(id=goal_id, poses=poses, along_lanes=False, turn=turn)

    def _on_accepted(self, action: Any, read: Callable[[int, Any], Goal], handle: Any) -> None:
        goal_id = self._requests.add(action, handle)
        try:
            self._go(read(goal_id, handle.request))
        except NavigationError as error:
            self._note(error)
            self._requests.finish(Outcome(goal_id, End.ABORTED, error.code, error.message))
        self._settle()

    def _go(self, goal: Goal) -> None:
        stamp = self._pilot.last_odom_s
        try:
            self._navigator.go(goal, self._localiser.estimate, stamp if math.isfinite(stamp) else self._now_s())
        except NavigationError:
            raise
        except Exception as error:
            self._log.exception("fault while planning: the goal is given up")
            raise Fault("fault while planning; see the robot's log and send the goal again") from error

    def _on_goal_pose(self, message: PoseStamped) -> None:
        if not self._active:
            return
        try:
            pose, turn = messages.goal_pose(message)
            self._go(Goal(id=self._requests.new_id(), poses=(pose,), along_lanes=True, turn=turn))
        except NavigationError as error:
            self._note(error)
        self._settle()

    def _on_cancel(self, handle: Any) -> CancelResponse:
        known = self._navigator.cancel(self._requests.id_of(handle))
        return CancelResponse.ACCEPT if known else CancelResponse.REJECT

    def _settle(self) -> None:
        """Tell the clients of goals that ended; a goal being cancelled waits until rclpy has marked it so."""
        for outcome in self._navigator.take_outcomes():
            if outcome.message:
                self._faults.counts[f"goal_{outcome.code}"] += 1
                self._log.info("goal ended", end=outcome.end.value, code=outcome.code, reason=outcome.message)
            self._requests.finish(outcome)

    # --- other inputs ---

    def _on_initialpose(self, message: PoseWithCovarianceStamped) -> None:
        """Always answered by an `amcl_pose`: whoever sends one may wait for it."""
        if not self._active:
            return
        try:
            pose = messages.taken_pose(message, self._field.contains)
        except BadPose as error:
            self._note(error)
            pose = None
        if pose is not None:
            self._localiser.reset(pose, messages.initial_covariance(message.pose.covariance))
            self._log.info("initial pose taken", x=round(pose.x, 2), y=round(pose.y, 2), yaw=round(pose.yaw, 2))
        self._publish_pose(Estimate(self._localiser.estimate, self._localiser.covariance, 1.0), self._now_message())

    def _on_dock_pose(self, message: PoseStamped) -> None:
        self._dock = message

    def _on_docking_vel(self, message: TwistStamped) -> None:
        at = self._intake.at(messages.seconds(message.header.stamp))
        self._pilot.docking(at, *messages.docking_wish(message, self._dock))

    def _on_marker(self, message: PoseWithCovarianceStamped) -> None:
        """A pose the cameras read off a marker; numbers that are none are refused by the localiser."""
        self._pilot.marker(messages.pose2d(message.pose.pose), messages.planar(message.pose.covariance))

    def _on_speed_limit(self, message: SpeedLimit) -> None:
        try:
            self._navigator.speed_limit = messages.speed_limit(message, self._settings.limits.v_max)
        except BadPose as error:
            self._note(error)

    def _on_get_state(self, request: Any, response: Any) -> Any:
        number, label = self._state_machine.current_state
        response.current_state = LifecycleLabel(id=number, label=label)
        return response

    def _on_diagnostics(self) -> None:
        navigator, name = self._navigator, self.get_namespace().strip("/")
        good = not navigator.lost and (math.isnan(self._pilot.last_scan_s) or self._sees)
        summary = "drives" if good else "lost" if navigator.lost else "no usable scan"
        values = {
            **self._faults.values(), "faults_inside": self._pilot.faults, "monitor_stops": navigator.monitor_stops,
            "blocked_aborts": navigator.blocked_aborts,
            **{f"recovery_{kind}": count for kind, count in navigator.recovery_counts.items()},
        }  # fmt: skip
        report = messages.diagnostics(f"{name}: navigation", summary, good, values, self._now_message())
        self._diagnostics.publish(report)

    @property
    def _sees(self) -> bool:
        return self._now_s() - self._pilot.last_scan_s < 1.0

    def _on_pause(self, request: Any, response: Any) -> Any:
        self._navigator.pause(bool(request.data))
        response.success = True
        response.message = "holding still" if request.data else "driving on"
        return response

    def _now_s(self) -> float:
        return self._intake.now(float(self.get_clock().now().nanoseconds) * 1e-9)

    def _now_message(self) -> Any:
        return self.get_clock().now().to_msg()
