"""The ROS 2 shell of navigation. Nothing is decided here: messages in, `Localiser` and `Navigator`, messages out.

Goal handles are kept and only executed when their goal has ended: rclpy's executors resume an execute callback that
awaits a future at every spin, which costs a core for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from geometry_msgs.msg import PoseArray, PoseStamped, PoseWithCovarianceStamped, Twist
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import OccupancyGrid, Odometry, Path
from rclpy.action import ActionServer, CancelResponse, GoalResponse
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
from robot_nodes.navigation.errors import Fault, NavigationError, SensorsSilent
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Goal, Outcome, State, Status
from robot_nodes.navigation.localiser import Estimate
from robot_nodes.navigation.pilot import Cycle, Look, Pilot
from robot_nodes.navigation.settings import ControlLimits, Settings
from robot_nodes.navigation.warm_up import warm_up

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_FEEDBACK_EVERY = 5
_IDLE_POSE_EVERY = 5
"""Of the scans."""
_CLOUD_EVERY = 5
_SILENT_ABORT_S = 5.0
_SILENT_STOP_S = 0.3


@dataclass(slots=True)
class _Request:
    """A goal under way for an action client."""

    handle: Any
    action: Any


class NavigationNode(ManagedNode):
    """`scan` and `odom` in; exactly one `cmd_vel` out for each `odom` while active."""

    def __init__(self, *, namespace: str, venue: Venue, start: str, use_sim_time: bool) -> None:
        """:param start: id of the station the robot stands at when it is switched on."""
        super().__init__("navigation", namespace=namespace, use_sim_time=use_sim_time)
        self._venue, self._start = venue, start
        self._log = structlog.get_logger("navigation").bind(robot=namespace.strip("/"))
        self._active = False
        self._servers: list[ActionServer] = []
        self._requests: dict[int, _Request] = {}
        self._next_id = 1
        self._reader = messages.ScanReader()
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
        # Scans first: where both wait, a scan is taken before the odometry that answers it.
        self._inputs = [
            self.create_subscription(LaserScan, "scan", self._on_scan, qos_profile_sensor_data),
            self.create_subscription(Odometry, "odom", self._on_odom, qos_profile_sensor_data),
            self.create_subscription(PoseWithCovarianceStamped, "initialpose", self._on_initialpose, 10),
            self.create_subscription(PoseStamped, "goal_pose", self._on_goal_pose, 10),
            self.create_subscription(SpeedLimit, "speed_limit", self._on_speed_limit, 10),
            self.create_subscription(PoseWithCovarianceStamped, "marker_pose", self._on_marker, 10),
        ]
        self._pause = self.create_service(SetBool, "pause", self._on_pause)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._watches = [
            self.create_timer(0.5, self._on_watch, clock=steady),
            self.create_timer(0.1, self._on_heartbeat, clock=steady),
        ]
        self._servers = [
            self._serve(NavigateToPose, "navigate_to_pose", self._to_pose),
            self._serve(NavigateThroughPoses, "navigate_through_poses", self._through_poses),
        ]

    def _serve(self, action: Any, name: str, read: Callable[[Any], Goal]) -> ActionServer:
        return ActionServer(
            self,
            action,
            name,
            lambda handle: action.Result(),
            goal_callback=lambda request: GoalResponse.ACCEPT if self._active else GoalResponse.REJECT,
            handle_accepted_callback=partial(self._on_accepted, action, read),
            cancel_callback=self._on_cancel,
        )

    def _close(self) -> None:
        for server in self._servers:
            server.destroy()
        self._servers = []
        for watch in self._watches:
            self.destroy_timer(watch)
        self.destroy_service(self._pause)
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        for publisher in (self._cmd_vel, self._amcl_pose, self._tf, self._plan, self._cloud, self._map):
            self.destroy_publisher(publisher)

    # --- sensors ---

    def _on_odom(self, message: Odometry) -> None:
        if not self._active:
            return
        stamp = messages.seconds(message.header.stamp)
        cycle = self._pilot.odometry(stamp, messages.pose2d(message.pose.pose), self._now_s())
        self._cmd_vel.publish(messages.twist(cycle.command))
        self._report(cycle, message.header.stamp)
        self._settle()

    def _on_scan(self, message: LaserScan) -> None:
        if self._active:
            self._pilot.scan(messages.seconds(message.header.stamp), self._reader.points(message))

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
            self._feed_back(cycle.pose, cycle.status, stamp)

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
        now = self._now_s()
        silent = now - self._pilot.last_scan_s
        if self._navigator.path is not None and silent > _SILENT_ABORT_S:
            self._navigator.abort(SensorsSilent(f"no scan for {silent:.0f} s: check the lidar and send the goal again"))
        self._settle()

    def _on_heartbeat(self) -> None:
        """Ten times a second of wall time: without odometry nothing else would stop the wheels."""
        if self._active and self._now_s() - self._pilot.last_odom_s > _SILENT_STOP_S:
            self._cmd_vel.publish(Twist())

    # --- goals ---

    def _to_pose(self, request: Any) -> Goal:
        pose, turn = messages.goal_pose(request.pose)
        return Goal(id=self._take_id(), poses=(pose,), along_lanes=True, turn=turn)

    def _through_poses(self, request: Any) -> Goal:
        poses, turn = messages.via_poses(request.poses)
        return Goal(id=self._take_id(), poses=poses, along_lanes=False, turn=turn)

    def _on_accepted(self, action: Any, read: Callable[[Any], Goal], handle: Any) -> None:
        request = _Request(handle, action)
        try:
            goal = read(handle.request)
            self._go(goal)
        except NavigationError as error:
            self._log.warning(f"goal refused: {error.message}", code=error.code)
            self._finish(request, Outcome(0, End.ABORTED, error.code, error.message))
            return
        self._requests[goal.id] = request
        self._settle()

    def _go(self, goal: Goal) -> None:
        stamp = self._pilot.last_odom_s
        self._navigator.go(goal, self._localiser.estimate, stamp if math.isfinite(stamp) else self._now_s())

    def _on_goal_pose(self, message: PoseStamped) -> None:
        if not self._active:
            return
        try:
            pose, turn = messages.goal_pose(message)
            self._go(Goal(id=self._take_id(), poses=(pose,), along_lanes=True, turn=turn))
        except NavigationError as error:
            self._log.warning(f"goal_pose refused: {error.message}", code=error.code)
        self._settle()

    def _on_cancel(self, handle: Any) -> CancelResponse:
        for goal_id, request in self._requests.items():
            if request.handle.goal_id == handle.goal_id:
                return CancelResponse.ACCEPT if self._navigator.cancel(goal_id) else CancelResponse.REJECT
        return CancelResponse.REJECT

    def _settle(self) -> None:
        """Tell the clients of goals that ended; a goal being cancelled waits until rclpy has marked it so."""
        for outcome in self._navigator.take_outcomes():
            if outcome.message:
                self._log.info("goal ended", end=outcome.end.value, code=outcome.code, reason=outcome.message)
            request = self._requests.pop(outcome.goal, None)
            if request is not None:
                self._finish(request, outcome)

    def _finish(self, request: _Request, outcome: Outcome) -> None:
        def conclude(handle: Any) -> Any:
            result = request.action.Result(error_code=outcome.code, error_msg=outcome.message)
            if handle.is_cancel_requested:
                handle.canceled()
            elif outcome.end is End.SUCCEEDED:
                handle.succeed()
            else:
                handle.abort()
            return result

        request.handle.execute(conclude)

    def _feed_back(self, pose: Pose2D, status: Status, stamp: Any) -> None:
        request = self._requests.get(status.goal or 0)
        if request is None:
            return
        feedback = request.action.Feedback()
        feedback.current_pose = messages.stamped(pose, stamp)
        feedback.navigation_time = messages.duration(status.driving_s)
        feedback.estimated_time_remaining = messages.duration(status.remaining_s)
        feedback.number_of_recoveries = status.recoveries
        feedback.distance_remaining = float(status.remaining_m)
        if request.action is NavigateThroughPoses:
            feedback.number_of_poses_remaining = status.poses_left
        request.handle.publish_feedback(feedback)

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id

    # --- other inputs ---

    def _on_initialpose(self, message: PoseWithCovarianceStamped) -> None:
        pose = messages.pose2d(message.pose.pose)
        if message.header.frame_id.lstrip("/") != "map" or not pose.finite:
            self._log.warning(f"initialpose in frame {message.header.frame_id!r} ignored: send a pose in frame 'map'")
            return
        self._localiser.reset(pose, messages.initial_covariance(message.pose.covariance))
        self._log.info("initial pose taken", x=round(pose.x, 2), y=round(pose.y, 2), yaw=round(pose.yaw, 2))

    def _on_marker(self, message: PoseWithCovarianceStamped) -> None:
        """A pose the cameras read off a marker; numbers that are none are refused by the localiser."""
        self._pilot.marker(messages.pose2d(message.pose.pose), messages.planar(message.pose.covariance))

    def _on_speed_limit(self, message: SpeedLimit) -> None:
        value = float(message.speed_limit)
        if message.percentage:
            value *= self._settings.limits.v_max / 100.0
        if not math.isfinite(value) or value < 0.0:
            self._log.warning(f"speed_limit {message.speed_limit} ignored: send metres per second, 0 for none")
            return
        self._navigator.speed_limit = value if value > 0.0 else math.inf

    def _on_pause(self, request: Any, response: Any) -> Any:
        self._navigator.pause(bool(request.data))
        response.success = True
        response.message = "holding still" if request.data else "driving on"
        return response

    def _now_s(self) -> float:
        return float(self.get_clock().now().nanoseconds) * 1e-9

    def _now_message(self) -> Any:
        return self.get_clock().now().to_msg()
