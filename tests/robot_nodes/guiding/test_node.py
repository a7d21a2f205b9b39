"""The guide as a ROS 2 node: what it hears of battery, plan and diagnostics, and how it turns to look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
pytest.importorskip("rclpy")

import rclpy  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from fairguide_msgs.action import PerformAction  # noqa: E402
from fairguide_msgs.msg import FleetRequest, GuideStatus, LinkStatus, Utterance, VisitorStatus  # noqa: E402
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped  # noqa: E402
from nav2_msgs.action import NavigateToPose  # noqa: E402
from nav2_msgs.msg import SpeedLimit  # noqa: E402
from nav_msgs.msg import Path  # noqa: E402
from rclpy.action import ActionClient, ActionServer, CancelResponse  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import BatteryState  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402

from maps.venue import load_venue  # noqa: E402
from robot_nodes.guiding.convert import points  # noqa: E402
from robot_nodes.guiding.node import GuidingNode  # noqa: E402

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Stage:
    """Navigation, fleet_link and seeing, as far as guiding meets them; time is the test's."""

    def __init__(self) -> None:
        self.venue = load_venue("hall")
        self.now_s = 100.0
        self.node = rclpy.create_node(
            "stage", namespace="/guide_01", parameter_overrides=[Parameter("use_sim_time", value=True)]
        )
        self.guiding = GuidingNode(namespace="/guide_01", venue=self.venue, use_sim_time=True)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.executor.add_node(self.guiding)
        self.clock = self.node.create_publisher(Clock, "/clock", 10)
        make = self.node.create_publisher
        self.link = make(LinkStatus, "link_status", LATCHED)
        self.pose = make(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
        self.visitor = make(VisitorStatus, "visitor", 10)
        self.battery = make(BatteryState, "battery_state", 10)
        self.diagnostics = make(DiagnosticArray, "/diagnostics", 10)
        self.said: list[Utterance] = []
        self.asked: list[FleetRequest] = []
        self.states: list[str] = []
        self.pauses: list[bool] = []
        self.goals: list[Any] = []
        self.cancelled: list[Any] = []
        listen = self.node.create_subscription
        listen(Utterance, "say", self.said.append, 10)
        listen(FleetRequest, "fleet_request", self.asked.append, 10)
        listen(GuideStatus, "guide_status", lambda it: self.states.append(it.state), LATCHED)
        self.limits: list[float] = []
        listen(SpeedLimit, "speed_limit", lambda it: self.limits.append(it.speed_limit), 10)
        self.node.create_service(SetBool, "pause", self._on_pause)
        self.server = ActionServer(
            self.node,
            NavigateToPose,
            "navigate_to_pose",
            lambda handle: NavigateToPose.Result(),
            handle_accepted_callback=self.goals.append,
            cancel_callback=self._on_cancel,
        )
        self.performer = ActionClient(self.node, PerformAction, "perform_action")
        assert self.guiding.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert self.guiding.trigger_activate() == TransitionCallbackReturn.SUCCESS
        self.link.publish(LinkStatus(connected=True))
        self.until(lambda: self.performer.server_is_ready() and self.guiding._pause.service_is_ready(), "the node")
        self.until(lambda: self.guiding._navigation.server_is_ready(), "navigation")

    def _on_pause(self, request: Any, response: Any) -> Any:
        self.pauses.append(bool(request.data))
        return response

    def _on_cancel(self, handle: Any) -> CancelResponse:
        self.cancelled.append(handle)
        return CancelResponse.REJECT

    def until(self, done: Callable[[], bool], what: str, step_s: float = 0.05) -> None:
        """Let time pass, the clock's and the world's, until it is so."""
        for _ in range(600):
            if done():
                return
            self.now_s += step_s
            clock = Clock()
            clock.clock.sec, clock.clock.nanosec = int(self.now_s), int(self.now_s % 1.0 * 1e9)
            self.clock.publish(clock)
            for _ in range(4):
                self.executor.spin_once(timeout_sec=0.005)
        raise AssertionError(f"{what}: not within 600 rounds")

    def lead(self, place: str, x: float, y: float) -> None:
        """The robot stands at x, y and is told to lead to a place."""
        message = PoseWithCovarianceStamped()
        message.pose.pose.position.x, message.pose.pose.position.y = x, y
        self.pose.publish(message)
        goal = PerformAction.Goal(
            action_id="a1",
            action_type="startGuiding",
            keys=["taskId", "requestId", "place", "language"],
            values=["t1", "r1", place, "en"],
        )
        self.performer.send_goal_async(goal)
        self.until(lambda: self.guiding._guide.status.state == "leading", "leading")
        self.until(lambda: self.guiding._guide.status.remaining_m > 0.0, "a pose")

    def see(self, state: int, x: float, y: float) -> None:
        message = VisitorStatus(state=state, distance=2.0)
        message.position.x, message.position.y = x, y
        self.visitor.publish(message)

    def close(self) -> None:
        self.executor.shutdown()
        self.guiding.destroy_node()
        self.server.destroy()
        self.performer.destroy()
        self.node.destroy_node()


@pytest.fixture
def stage(ros_domain: int) -> Iterator[Stage]:
    rclpy.init(domain_id=ros_domain)
    stage = Stage()
    try:
        yield stage
    finally:
        stage.close()
        rclpy.try_shutdown()


def lose(stage: Stage) -> Any:
    """A visitor who was 2 m to the west is lost; the goal on the spot that follows."""
    station = stage.venue.stations["dock-01"]
    stage.lead("culture", station.x, station.y)
    stage.see(VisitorStatus.WITH_ME, station.x - 2.0, station.y)
    stage.until(lambda: stage.guiding._guide._board.presence == "WITH_ME", "the visitor")
    stage.see(VisitorStatus.LOST, 0.0, 0.0)
    stage.until(lambda: bool(stage.goals), "the look", step_s=0.25)
    (look,) = stage.goals
    return look


def test_a_lost_visitor_is_looked_for_on_the_spot_and_the_robot_holds_still_again(stage):
    look = lose(stage)
    pose = look.request.pose.pose
    station = stage.venue.stations["dock-01"]
    assert (pose.position.x, pose.position.y) == (station.x, station.y)
    assert abs(pose.orientation.z) == pytest.approx(1.0, abs=1e-6)  # west
    stage.until(lambda: stage.pauses == [True, False], "freedom to turn")
    look.execute(lambda handle: handle.succeed() or NavigateToPose.Result())
    stage.until(lambda: stage.pauses == [True, False, True], "stillness")
    stage.see(VisitorStatus.RETURNED, station.x - 1.0, station.y)
    stage.until(lambda: stage.pauses == [True, False, True, False], "going on")
    assert stage.guiding._guide.status.state == "leading"


def test_a_visitor_who_comes_back_ends_the_look(stage):
    look = lose(stage)
    station = stage.venue.stations["dock-01"]
    stage.see(VisitorStatus.RETURNED, station.x - 1.0, station.y)
    stage.until(lambda: bool(stage.cancelled), "the end of the look")
    look.execute(lambda handle: handle.abort() or NavigateToPose.Result())
    stage.until(lambda: stage.pauses == [True, False, False], "going on")
    stage.until(lambda: len(stage.said) >= 2, "words")
    assert stage.pauses == [True, False, False]


def test_a_battery_too_low_for_the_way_asks_for_another_robot(stage):
    station = stage.venue.stations["dock-01"]
    stage.lead("culture", station.x, station.y)
    stage.battery.publish(BatteryState(percentage=0.051))
    stage.until(lambda: bool(stage.asked), "the request")
    assert (stage.asked[0].kind, stage.asked[0].place) == ("hand_over", "culture")
    stage.until(lambda: stage.states[-1] == "paused", "the pause")


def test_staff_are_called_when_navigation_counts_another_call_for_them(stage):
    def report(robot: str, count: int) -> DiagnosticArray:
        values = [KeyValue(key="recovery_call_staff", value=str(count))]
        return DiagnosticArray(status=[DiagnosticStatus(name=f"{robot}: navigation", values=values)])

    station = stage.venue.stations["dock-01"]
    stage.lead("culture", station.x, station.y)
    for message in (report("guide_02", 3), report("guide_01", 1), report("guide_01", 1), report("guide_01", 2)):
        stage.diagnostics.publish(message)
    stage.until(lambda: len(stage.asked) == 2, "two calls")
    assert [it.kind for it in stage.asked] == ["call_staff", "call_staff"]
    stage.until(lambda: any("blocked" in it.text for it in stage.said), "the visitor's word")


def test_a_plan_in_another_frame_is_none():
    plan = Path(poses=[PoseStamped()])
    plan.poses[0].pose.position.x = 2.0
    plan.header.frame_id = "odom"
    assert points(plan).shape == (0, 2)
    plan.header.frame_id = "map"
    assert points(plan).tolist() == [[2.0, 0.0]]
    assert points(Path()).shape == (0, 2)
