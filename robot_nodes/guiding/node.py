"""`guiding`: the guide's ROS 2 shell. Nothing is decided here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray
from fairguide_msgs.action import PerformAction
from fairguide_msgs.msg import FleetNotice, FleetRequest, GuideStatus, Intent, LinkStatus, Utterance, VisitorStatus
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav2_msgs.action import NavigateToPose
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import Path
from rclpy.action import ActionClient, ActionServer, CancelResponse
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import BatteryState
from std_srvs.srv import SetBool

from maps.venue import Venue
from robot_nodes.guiding import effects as fx
from robot_nodes.guiding.convert import (
    fleet_request,
    goal_pose,
    guide_status,
    meaning,
    points,
    staff_calls,
    utterance,
)
from robot_nodes.guiding.core import Guide
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.status import LEADING
from robot_nodes.managed import ManagedNode

TICK_S = 0.25
STATUS_S = 1.0
_log = structlog.get_logger("guiding")
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_VISITOR_STATES = {
    VisitorStatus.NONE: "NONE",
    VisitorStatus.WITH_ME: "WITH_ME",
    VisitorStatus.FALLING_BEHIND: "FALLING_BEHIND",
    VisitorStatus.LOST: "LOST",
    VisitorStatus.RETURNED: "RETURNED",
}


class GuidingNode(ManagedNode):
    """Intents, the visitor, notices and actions in; words, requests and pace out."""

    def __init__(self, *, namespace: str, venue: Venue, use_sim_time: bool) -> None:
        super().__init__("guiding", namespace=namespace, use_sim_time=use_sim_time)
        self._guide = Guide(Geography(venue), new_id=lambda: uuid.uuid4().hex, clock=lambda: datetime.now(UTC))
        self._actions: dict[str, Any] = {}
        self._goal: Any = None
        self._goal_number = 0
        self._look: Any = None
        self._look_number = 0
        self._holding = False
        self._staff_calls = 0
        self._shown = ("", "", "", "")
        self._shown_at = float("-inf")
        self._active = False

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._say = self.create_publisher(Utterance, "say", 10)
        self._requests = self.create_publisher(FleetRequest, "fleet_request", 10)
        self._status = self.create_publisher(GuideStatus, "guide_status", _LATCHED)
        self._speed = self.create_publisher(SpeedLimit, "speed_limit", 10)
        self._pause = self.create_client(SetBool, "pause")
        self._navigation = ActionClient(self, NavigateToPose, "navigate_to_pose")
        self._performer = ActionServer(
            self,
            PerformAction,
            "perform_action",
            execute_callback=self._execute,
            handle_accepted_callback=self._on_goal,
            cancel_callback=self._on_cancel,
        )
        self.create_subscription(Intent, "intent", self._on_intent, 10)
        self.create_subscription(VisitorStatus, "visitor", self._on_visitor, 10)
        self.create_subscription(FleetNotice, "fleet_notice", self._on_notice, 10)
        self.create_subscription(LinkStatus, "link_status", self._on_link, _LATCHED)
        self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED)
        self.create_subscription(BatteryState, "battery_state", self._on_battery, 10)
        self.create_subscription(Path, "plan", self._on_plan, 1)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = True
        self._timer = self.create_timer(TICK_S, lambda: self._feed(self._guide.tick, self._now()))
        self._feed(self._guide.tick, self._now())
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = False
        self.destroy_timer(self._timer)
        return super().on_deactivate(state)

    def destroy_node(self) -> None:
        if hasattr(self, "_performer"):
            self._performer.destroy()
        super().destroy_node()

    # in ----------------------------------------------------------------------------------------

    def _now(self) -> float:
        return float(self.get_clock().now().nanoseconds) / 1e9

    def _feed(self, event: Callable[..., None], *arguments: Any) -> None:
        """Tell the guide of an event, and carry out what comes of it."""
        if not self._active:
            return
        event(*arguments)
        while effects := self._guide.take_effects():
            for effect in effects:
                self._do(effect)
        self._show()

    def _on_intent(self, message: Intent) -> None:
        self._feed(self._guide.on_intent, meaning(message), message.utterance_id, self._now())

    def _on_visitor(self, message: VisitorStatus) -> None:
        state = _VISITOR_STATES.get(message.state, "NONE")
        at = message.position
        known = state not in ("NONE", "LOST")  # else the message carries no place
        x, y = (at.x, at.y) if known else (float("nan"), float("nan"))
        self._feed(self._guide.on_visitor, state, message.distance, self._now(), x, y)

    def _on_notice(self, message: FleetNotice) -> None:
        texts = (message.language, message.text)
        self._feed(
            self._guide.on_notice,
            message.kind,
            message.request_id,
            message.task_id,
            message.reason,
            texts,
            self._now(),
        )

    def _on_link(self, message: LinkStatus) -> None:
        self._guide.on_link(message.connected)

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        position = message.pose.pose.position
        self._guide.on_position(position.x, position.y)

    def _on_battery(self, message: BatteryState) -> None:
        self._feed(self._guide.on_battery, 100.0 * message.percentage, self._now())

    def _on_plan(self, message: Path) -> None:
        if self._guide.status.state in LEADING:
            self._guide.on_plan(points(message))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        calls = staff_calls(message, self.get_namespace().strip("/"))
        if calls is not None:
            self._feed(self._guide.on_blocked, calls > self._staff_calls, self._now())
            self._staff_calls = calls

    # actions -----------------------------------------------------------------------------------

    def _on_goal(self, handle: Any) -> None:
        request = handle.request
        if not self._active:
            handle.execute(lambda goal: _result(goal, False, "guiding is not active"))
            return
        self._actions[request.action_id] = handle
        parameters = dict(zip(request.keys, request.values, strict=False))
        self._feed(self._guide.on_action, request.action_id, request.action_type, parameters, self._now())

    def _on_cancel(self, handle: Any) -> CancelResponse:
        self._feed(self._guide.on_action_cancel, handle.request.action_id, self._now())
        return CancelResponse.REJECT  # the action ends by itself, as failed

    def _execute(self, handle: Any) -> PerformAction.Result:
        """Asked for by the server; every goal is executed with its result (`_finish`)."""
        return _result(handle, False, "not carried out")

    def _finish(self, action_id: str, success: bool, description: str) -> None:
        handle = self._actions.pop(action_id, None)
        if handle is not None:
            handle.execute(lambda goal: _result(goal, success, description))

    # out ---------------------------------------------------------------------------------------

    def _do(self, effect: fx.Effect) -> None:
        stamp = self.get_clock().now().to_msg()
        match effect:
            case fx.Say():
                self._say.publish(utterance(effect, stamp))
            case fx.Ask():
                self._requests.publish(fleet_request(effect, stamp))
            case fx.Hold(on):
                self._holding = on
                self._stop_looking()
                self._hold(on)
            case fx.LimitSpeed(speed_mps):
                limit = SpeedLimit(percentage=False, speed_limit=speed_mps)
                limit.header.stamp = stamp
                self._speed.publish(limit)
            case fx.Go():
                self._go(goal_pose(effect, stamp))
            case fx.StopGoing():
                if self._goal is not None:
                    self._goal.cancel_goal_async()
                self._goal_number += 1
            case fx.Look():
                self._turn_to_look(goal_pose(effect, stamp))
            case fx.FinishAction(action_id, success, description):
                self._finish(action_id, success, description)

    def _hold(self, on: bool) -> None:
        if self._pause.service_is_ready():
            self._pause.call_async(SetBool.Request(data=on))
        else:
            _log.warning("no pause service: is navigation running?", pause=on)

    def _go(self, pose: PoseStamped) -> None:
        self._goal_number += 1
        number = self._goal_number
        if not self._navigation.server_is_ready():
            self._guide.on_goal_result(False, "navigation is not running", self._now())
            return
        future = self._navigation.send_goal_async(NavigateToPose.Goal(pose=pose))
        future.add_done_callback(lambda answer: self._go_answered(number, answer.result()))

    def _go_answered(self, number: int, handle: Any) -> None:
        if number != self._goal_number:
            if handle.accepted:
                handle.cancel_goal_async()
            return
        if not handle.accepted:
            self._feed(self._guide.on_goal_result, False, "navigation refused the goal", self._now())
            return
        self._goal = handle
        handle.get_result_async().add_done_callback(lambda done: self._gone(number, done.result()))

    def _gone(self, number: int, answer: Any) -> None:
        if number != self._goal_number:
            return
        self._goal = None
        arrived = answer.status == GoalStatus.STATUS_SUCCEEDED
        self._feed(self._guide.on_goal_result, arrived, answer.result.error_msg, self._now())

    def _turn_to_look(self, pose: PoseStamped) -> None:
        """A goal on the spot; the robot may move for it alone, and holds still again when it has ended."""
        if not self._navigation.server_is_ready():
            return
        self._stop_looking()
        number = self._look_number
        self._hold(False)
        future = self._navigation.send_goal_async(NavigateToPose.Goal(pose=pose))
        future.add_done_callback(lambda answer: self._look_answered(number, answer.result()))

    def _look_answered(self, number: int, handle: Any) -> None:
        if number == self._look_number and handle.accepted:
            self._look = handle
            handle.get_result_async().add_done_callback(lambda done: self._looked(number))
            return
        if handle.accepted:
            handle.cancel_goal_async()
        self._looked(number)

    def _looked(self, number: int) -> None:
        if number == self._look_number:
            self._stop_looking()
            self._hold(self._holding)

    def _stop_looking(self) -> None:
        """What became of the look before is no news any more."""
        self._look_number += 1
        look, self._look = self._look, None
        if look is not None:
            look.cancel_goal_async()

    def _show(self) -> None:
        """`guide_status`: on change, and every second."""
        status = self._guide.status
        shown = (status.state, status.task_id, status.utterance_id, status.reason)
        now = time.monotonic()
        if shown != self._shown or now - self._shown_at >= STATUS_S:
            self._shown, self._shown_at = shown, now
            self._status.publish(guide_status(status, self.get_clock().now().to_msg()))


def _result(handle: Any, success: bool, description: str) -> PerformAction.Result:
    if success:
        handle.succeed()
    else:
        handle.abort()
    return PerformAction.Result(success=success, description=description)
