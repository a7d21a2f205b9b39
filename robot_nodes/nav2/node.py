"""The ROS 2 shell between the robot's rooms and its own Nav2. Nothing is decided here: `bridge` does.

Offers the actions of `names` and `pause`; asks Nav2's actions and the lifecycle services of its servers. Goal handles
are kept and only executed when their goal has ended (docs/navigation.md).
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import structlog
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from lifecycle_msgs.srv import GetState
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient, ActionServer, CancelResponse
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from std_srvs.srv import SetBool

from maps.venue import Venue
from robot_nodes.managed import ManagedNode
from robot_nodes.nav2.bridge import Bridge, CancelSent, Effect, Halt, Kind, LimitAgain, NavGoal, Place, Send, Tell
from robot_nodes.nav2.names import NODE, POSE, in_space
from robot_nodes.nav2.whereabouts import Whereabouts
from robot_nodes.navigation import messages
from robot_nodes.navigation.errors import NoViaPoints
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Outcome
from robot_nodes.navigation.requests import Requests

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_TICK_S = 0.1
_ASK_S = 0.5
_ANSWER_S = 2.0
"""Who has not answered by then is asked again."""
_FEEDBACK_S = 0.2
"""Nav2 tells a hundred times a second how a drive goes; nobody here needs it so often."""
_DIAGNOSTICS_S = 5.0
_ACTIONS = {Kind.TO_POSE: NavigateToPose, Kind.THROUGH_POSES: NavigateThroughPoses}
_ENDS = {GoalStatus.STATUS_SUCCEEDED: End.SUCCEEDED, GoalStatus.STATUS_CANCELED: End.CANCELED}


class Nav2Node(ManagedNode):
    """Goals in, Nav2 asked, ends told; `nav2_bridge/pose` for who wants to know where the robot is."""

    def __init__(
        self, *, namespace: str, venue: Venue, start: str, localiser: str, nav2_namespace: str, use_sim_time: bool
    ) -> None:
        """:param start: id of the station the robot stands at when it is switched on.
        :param localiser: as `bridge.Bridge`.
        :param nav2_namespace: where Nav2 is; empty: the robot's own.
        """
        super().__init__(NODE, namespace=namespace, use_sim_time=use_sim_time)
        self._log = structlog.get_logger("nav2").bind(robot=namespace.strip("/"))
        self._space = nav2_namespace or namespace
        station = venue.stations[start]
        self._bridge = Bridge(
            start=Pose2D(station.x, station.y, station.yaw), localiser=localiser, now=time.monotonic()
        )
        self._where = Whereabouts()
        self._active = False
        self._servers: list[ActionServer] = []
        self._requests = Requests()
        self._ended: list[Outcome] = []
        self._handles: dict[int, Any] = {}
        self._limit: SpeedLimit | None = None
        self._asked: dict[str, tuple[Any, float]] = {}
        self._fed_at = 0.0

    # --- lifecycle ---

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open everything; Nav2 need not be there."""
        self._pose = self.create_lifecycle_publisher(PoseWithCovarianceStamped, POSE, _LATCHED)
        self._initial = self.create_publisher(PoseWithCovarianceStamped, self._at("initialpose"), 10)
        self._speed = self.create_publisher(SpeedLimit, self._at("speed_limit"), 10)
        self._wheels = self.create_publisher(Twist, self._at("cmd_vel"), 10)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_subscription(PoseWithCovarianceStamped, self._at("amcl_pose"), self._on_pose, _LATCHED)
        self.create_subscription(Odometry, self._at("odom"), self._on_odom, qos_profile_sensor_data)
        self.create_subscription(SpeedLimit, self._at("speed_limit"), self._on_limit, 10)
        self.create_service(SetBool, "pause", self._on_pause)
        self._nav2 = {kind: ActionClient(self, action, self._at(kind.value)) for kind, action in _ACTIONS.items()}
        self._lifecycles = {
            server: self.create_client(GetState, self._at(f"{server}/get_state"))
            for server in self._bridge.health.servers
        }
        self._servers = [
            self.serve_action(
                action,
                f"{NODE}/{kind.value}",
                takes=lambda: self._active,
                accepted=partial(self._on_goal, kind),
                cancel=self._on_cancel,
            )
            for kind, action in _ACTIONS.items()
        ]
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """From now on Nav2 is asked."""
        self._active = True
        steady = Clock(clock_type=ClockType.STEADY_TIME)  # Nav2's processes run by the wall's clock
        self._watches = [
            self.create_timer(_TICK_S, self._tick, clock=steady),
            self.create_timer(_ASK_S, self._ask, clock=steady),
            self.create_timer(_DIAGNOSTICS_S, self._report, clock=steady),
        ]
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """What Nav2 is driving is taken back."""
        for goal_id in self._requests:
            self._bridge.on_cancel(goal_id, time.monotonic())
        self._carry_out()
        self._active = False
        for watch in self._watches:
            self.destroy_timer(watch)
        return super().on_deactivate(state)

    def destroy_node(self) -> None:
        """Release the action servers and clients before the node."""
        self._active = False
        for server in self._servers:
            server.destroy()
        for client in getattr(self, "_nav2", {}).values():
            client.destroy()
        self._servers, self._nav2 = [], {}
        super().destroy_node()

    def _at(self, name: str) -> str:
        return in_space(self._space, name)

    # --- who drives ---

    def _on_goal(self, kind: Kind, handle: Any) -> None:
        request = handle.request
        poses = (request.pose,) if kind is Kind.TO_POSE else tuple(request.poses)
        goal_id = self._requests.add(_ACTIONS[kind], handle)
        if not poses:
            error = NoViaPoints("no poses: send at least one")
            self._ended.append(Outcome(goal_id, End.ABORTED, error.code, error.message))
        else:
            self._bridge.on_goal(NavGoal(goal_id, kind, poses, request.behavior_tree), time.monotonic())
        self._carry_out()

    def _on_cancel(self, handle: Any) -> CancelResponse:
        known = self._bridge.on_cancel(self._requests.id_of(handle), time.monotonic())
        self._carry_out(settle=False)  # rclpy marks the goal as being cancelled only after this
        return CancelResponse.ACCEPT if known else CancelResponse.REJECT

    def _on_pause(self, request: Any, response: Any) -> Any:
        self._bridge.on_pause(bool(request.data), time.monotonic())
        self._carry_out()
        response.success = True
        response.message = "holding still" if request.data else "driving on"
        return response

    def _finish(self, outcome: Outcome) -> None:
        if outcome.message:
            self._log.info("goal ended", end=outcome.end.value, code=outcome.code, reason=outcome.message)
        self._requests.finish(outcome)

    # --- Nav2's side ---

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        pose = messages.pose2d(message.pose.pose)
        if self._bridge.on_pose(pose):
            self._where.on_pose(messages.seconds(message.header.stamp), pose, message.pose.covariance)
            self._tell_pose(message.header.stamp)

    def _on_odom(self, message: Odometry) -> None:
        self._where.on_odom(messages.seconds(message.header.stamp), messages.pose2d(message.pose.pose))
        self._tell_pose(message.header.stamp)

    def _tell_pose(self, stamp: Any) -> None:
        pose = self._where.news(time.monotonic())
        if pose is not None and self._active:
            self._bridge.on_moved(pose)
            covariance = messages.planar(self._where.covariance)
            self._pose.publish(messages.with_covariance(pose, covariance, stamp))

    def _on_limit(self, message: SpeedLimit) -> None:
        self._limit = message

    def _ask(self) -> None:
        now = time.monotonic()
        for server, client in self._lifecycles.items():
            asked, since = self._asked.get(server, (None, 0.0))
            if not client.service_is_ready() or (asked is not None and not asked.done() and now - since < _ANSWER_S):
                continue
            if asked is not None and not asked.done():
                client.remove_pending_request(asked)
            future = client.call_async(GetState.Request())
            self._asked[server] = (future, now)
            future.add_done_callback(partial(self._on_state, server))

    def _on_state(self, server: str, future: Any) -> None:
        answer = future.result()
        if answer is not None:
            self._bridge.on_state(server, answer.current_state.label, time.monotonic())
            self._carry_out()

    def _tick(self) -> None:
        self._bridge.tick(time.monotonic())
        self._carry_out()

    def _carry_out(self, settle: bool = True) -> None:
        for effect in self._bridge.take_effects():
            self._do(effect)
        while settle and self._ended:
            self._finish(self._ended.pop(0))

    def _do(self, effect: Effect) -> None:
        match effect:
            case Send(token, goal):
                self._send(token, goal)
            case CancelSent(token):
                if (handle := self._handles.get(token)) is not None:
                    handle.cancel_goal_async()
            case Outcome():
                self._ended.append(effect)
            case Halt():
                self._wheels.publish(Twist())
            case LimitAgain():
                if self._limit is not None:
                    self._speed.publish(self._limit)
            case Place(pose):
                self._initial.publish(messages.initial_pose(pose, self.get_clock().now().to_msg()))
            case Tell(text, warning):
                (self._log.warning if warning else self._log.info)(text)

    def _send(self, token: int, goal: NavGoal) -> None:
        action = _ACTIONS[goal.kind]
        where = {"pose": goal.poses[0]} if goal.kind is Kind.TO_POSE else {"poses": list(goal.poses)}
        future = self._nav2[goal.kind].send_goal_async(
            action.Goal(**where, behavior_tree=goal.behavior_tree),
            feedback_callback=partial(self._on_feedback, token, goal.id),
        )
        future.add_done_callback(partial(self._on_answer, token))

    def _on_answer(self, token: int, future: Any) -> None:
        handle = future.result()
        if handle.accepted:
            self._handles = {token: handle}
            handle.get_result_async().add_done_callback(partial(self._on_result, token))
        self._bridge.on_answer(token, handle.accepted, time.monotonic())
        self._carry_out()

    def _on_result(self, token: int, future: Any) -> None:
        answer = future.result()
        end = _ENDS.get(answer.status, End.ABORTED)
        message = str(getattr(answer.result, "error_msg", ""))
        self._bridge.on_result(token, end, int(answer.result.error_code), message, time.monotonic())
        self._carry_out()

    def _on_feedback(self, token: int, goal_id: int, message: Any) -> None:
        now = time.monotonic()
        left = getattr(message.feedback, "number_of_poses_remaining", None)
        wanted = self._bridge.on_feedback(token, left, now)
        request = self._requests.get(goal_id)
        if wanted and request is not None and now - self._fed_at >= _FEEDBACK_S:
            self._fed_at = now
            request[1].publish_feedback(message.feedback)

    def _report(self) -> None:
        complaint = self._bridge.complaint
        values = {**self._bridge.counts, "poses_refused": self._where.refused}
        self._diagnostics.publish(
            messages.diagnostics(
                f"{self.get_namespace().strip('/')}: nav2",
                complaint or "Nav2 is active",
                not complaint,
                values,
                self.get_clock().now().to_msg(),
            )
        )
