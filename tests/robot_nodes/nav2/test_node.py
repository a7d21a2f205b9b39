"""A robot under a fleet master drives with its own Nav2, which is played by real action servers (`standin`)."""

from __future__ import annotations

import importlib.util
import itertools
import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# rclpy's own imports use sre_parse.
pytestmark = [
    pytest.mark.ros,
    pytest.mark.broker,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]
pytest.importorskip("rclpy")

import paho.mqtt.client as mqtt  # noqa: E402
import rclpy  # noqa: E402
from geometry_msgs.msg import PoseWithCovarianceStamped  # noqa: E402
from nav2_msgs.action import NavigateToPose  # noqa: E402
from nav2_msgs.msg import SpeedLimit  # noqa: E402
from rclpy.action import ActionClient  # noqa: E402
from rclpy.task import Future  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402

from fleet.protocol.link import Broker  # noqa: E402
from fleet.protocol.vda5050 import BlockingType, Edge, InstantActions, Node, NodePosition, Order  # noqa: E402
from fleet.protocol.vda5050 import action as make_action  # noqa: E402
from maps.venue import load_venue  # noqa: E402
from robot_nodes.executor import RobotExecutor  # noqa: E402
from robot_nodes.fleet_link.node import FleetLinkNode  # noqa: E402
from robot_nodes.nav2.names import arguments  # noqa: E402
from robot_nodes.nav2.node import Nav2Node  # noqa: E402
from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import pose2d, stamped  # noqa: E402


def _standin() -> Any:
    """Its module: tests are no packages."""
    found = importlib.util.spec_from_file_location("nav2_standin", Path(__file__).with_name("standin.py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


standin = _standin()
SERIAL = "guide-52"
SPACE = "/guide_52"
TOPIC = f"uagv/v2/fairguide/{SERIAL}/"


def await_that(condition: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
    pause, end = threading.Event(), time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {timeout_s} s"
        pause.wait(0.02)


class Robot:
    """Bridge, fleet_link, a base, and somebody who leads: one process, one executor, as on the robot."""

    def __init__(self, port: int, domain: int, space: str) -> None:
        """:param space: Nav2's and the drivers' namespace."""
        self.domain, self.space, self.venue = domain, space, load_venue("hall")
        rclpy.init(args=arguments(SPACE, space), domain_id=domain)
        dock = self.venue.stations["dock-01"]
        # both are named as the nodes whose names are remapped
        self.leader = rclpy.create_node("guiding", namespace=SPACE)
        self.driver = rclpy.create_node("driver", namespace=space)
        self.base = standin.Base(self.driver, Pose2D(dock.x, dock.y, dock.yaw))
        self.bridge = Nav2Node(
            namespace=SPACE,
            venue=self.venue,
            start="dock-01",
            localiser="amcl",
            nav2_namespace="" if space == SPACE else space,
            use_sim_time=False,
        )
        self.link = FleetLinkNode(
            namespace=SPACE, serial=SERIAL, venue=self.venue, broker=Broker("127.0.0.1", port), use_sim_time=False
        )
        self.poses: list[PoseWithCovarianceStamped] = []
        self.leader.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self.poses.append, standin.LATCHED)
        self.pause = self.leader.create_client(SetBool, "pause")
        self.limit = self.leader.create_publisher(SpeedLimit, "speed_limit", 10)
        self.to_pose = ActionClient(self.leader, NavigateToPose, "navigate_to_pose")
        self.states: list[dict[str, Any]] = []
        self._mqtt = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._mqtt.on_message = lambda c, d, message: self.states.append(json.loads(message.payload))
        self._mqtt.connect("127.0.0.1", port)
        self._mqtt.subscribe(TOPIC + "state", 1)
        self._mqtt.loop_start()
        self.executor = RobotExecutor()
        for node in (self.bridge, self.link):
            node.trigger_configure()
            node.trigger_activate()
        for node in (self.bridge, self.link, self.leader, self.driver):
            self.executor.add_node(node)
        self._stop = Future()
        self.errors: queue.Queue[BaseException] = queue.Queue()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()
        self.nav2: Any = None

    def _spin(self) -> None:
        try:
            self.executor.spin_until_future_complete(self._stop)
        except BaseException as error:
            self.errors.put(error)

    def start_nav2(self, wakes_at: Pose2D | None = None) -> Any:
        self.nav2 = standin.StandInNav2(self.base, self.domain, self.space, wakes_at=wakes_at)
        return self.nav2

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1] if self.states else {}

    def route(self, count: int) -> list[str]:
        lanes = self.venue.lanes
        return list(lanes.route(self.venue.stations["dock-01"].node, self.venue.stations["culture"].node).nodes[:count])

    def order(self, nodes: list[str]) -> None:
        lanes = self.venue.lanes.nodes
        made = [
            Node(
                node_id=name,
                sequence_id=2 * i,
                released=True,
                node_position=NodePosition(x=lanes[name].x, y=lanes[name].y, map_id=self.venue.map_id),
                actions=(),
            )
            for i, name in enumerate(nodes)
        ]
        edges = [
            Edge(edge_id=f"{a}-{b}", sequence_id=2 * i + 1, released=True, start_node_id=a, end_node_id=b)
            for i, (a, b) in enumerate(itertools.pairwise(nodes))
        ]
        order = Order(nodes=tuple(made), edges=tuple(edges), order_id="o1", order_update_id=0)
        self._mqtt.publish(TOPIC + "order", order.to_json(), qos=1)

    def instant(self, kind: str) -> None:
        message = InstantActions(actions=(make_action(kind, kind, BlockingType.HARD),))
        self._mqtt.publish(TOPIC + "instantActions", message.to_json(), qos=1)

    def close(self) -> None:
        self._stop.set_result(None)
        self.executor.wake()
        self._thread.join(5)
        self.link.trigger_deactivate()
        self.bridge.trigger_deactivate()
        self.executor.shutdown()
        self.to_pose.destroy()
        for node in (self.link, self.bridge, self.leader, self.driver):
            node.destroy_node()
        self._mqtt.loop_stop()
        self._mqtt.disconnect()
        if self.nav2 is not None:
            self.nav2.kill()
        rclpy.try_shutdown()
        assert self.errors.empty(), self.errors.get()


@pytest.fixture
def robot(mqtt_broker: Any, ros_domain: int, request: pytest.FixtureRequest) -> Iterator[Robot]:
    made = Robot(mqtt_broker.port, ros_domain, getattr(request, "param", SPACE))
    yield made
    made.close()


def test_an_order_with_a_pause_and_a_crash_of_nav2_under_way(robot: Robot) -> None:
    nav2 = robot.start_nav2()  # nobody told its localiser where it is: the bridge does
    await_that(lambda: "agvPosition" in robot.state, "a position")
    nodes = robot.route(4)
    end = robot.venue.lanes.nodes[nodes[-1]]
    assert len(nodes) == 4
    robot.limit.publish(SpeedLimit(speed_limit=1.8))
    await_that(lambda: nav2.limits[-1:] == [1.8], "the limit")
    robot.order(nodes)
    await_that(lambda: robot.base.moved_m > 1.0, "driving")

    robot.instant("startPause")
    await_that(lambda: robot.state["paused"] and robot.base.still, "the pause")
    stood = robot.base.moved_m
    robot.instant("stopPause")
    await_that(lambda: robot.base.moved_m > stood + 1.0, "driving on")
    (first, many), (again, fewer) = nav2.goals
    assert (first, again) == ("navigate_through_poses",) * 2
    assert fewer <= many

    nav2.hang()
    await_that(lambda: not robot.bridge._bridge.ready, "the crash noticed")
    await_that(lambda: robot.base.halts > 3, "a stop")
    nav2.kill()
    assert robot.base.still
    back = robot.start_nav2(wakes_at=Pose2D(0.0, 0.0, 0.0))  # its own idea is wrong: the robot is elsewhere
    await_that(lambda: robot.state["nodeStates"] == [] and not robot.state["driving"], "the end", 40.0)
    assert robot.state["lastNodeId"] == nodes[-1]
    assert robot.base.pose.distance_to(end.x, end.y) < 0.3
    assert robot.state["errors"] == []  # the fleet has noticed nothing but a longer way
    assert back.limits == [1.8]
    counts = robot.bridge._bridge.counts
    assert (counts["lost"], counts["came"]) == (1, 2)
    true = pose2d(robot.poses[-1].pose.pose)
    assert robot.base.pose.distance_to(true.x, true.y) < 0.1
    # Nav2 speaks every quarter of a metre; the rooms are told oftener than that
    assert len(robot.poses) > 1.4 * robot.base.moved_m / 0.25


@pytest.mark.parametrize("robot", ["/"], indirect=True, ids=["Nav2 in no namespace"])
def test_leading_without_the_fleet_and_nav2s_error_code(robot: Robot) -> None:
    nav2 = robot.start_nav2()
    await_that(lambda: robot.bridge._bridge.ready, "Nav2")
    here = robot.base.pose
    goal = NavigateToPose.Goal(
        pose=stamped(Pose2D(here.x, here.y + 30.0, 0.0), robot.driver.get_clock().now().to_msg())
    )
    fed: list[Any] = []
    sent = robot.to_pose.send_goal_async(goal, feedback_callback=fed.append)
    await_that(lambda: sent.done() and len(fed) > 1, "feedback")
    nav2.refuse_with = 105
    result = sent.result().get_result_async()
    await_that(result.done, "the end")
    assert (result.result().status, result.result().result.error_code) == (6, 105)
    assert "105" in result.result().result.error_msg
    nav2.refuse_with = 0
    again = robot.to_pose.send_goal_async(goal)
    await_that(lambda: again.done() and len(nav2.goals) == 2, "another goal")
    gone = again.result().cancel_goal_async()
    result = again.result().get_result_async()
    await_that(lambda: gone.done() and result.done(), "the cancel")
    assert result.result().status == 5
    await_that(lambda: robot.base.still, "standing")
