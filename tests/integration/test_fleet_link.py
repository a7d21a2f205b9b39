"""`fleet_link` as a real ROS 2 node with a real broker; navigation and guiding are played by the test."""

from __future__ import annotations

import itertools
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fleet.protocol.vda5050 import BlockingType, Edge, InstantActions, Node, NodePosition, Order
from fleet.protocol.vda5050 import action as make_action

pytest.importorskip("rclpy")

import paho.mqtt.client as mqtt
import rclpy
from fairguide_msgs.action import PerformAction
from fairguide_msgs.msg import FleetNotice, FleetRequest, LinkStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav2_msgs.action import DockRobot, NavigateThroughPoses, UndockRobot
from rclpy.action import ActionServer, CancelResponse
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import BatteryState
from std_srvs.srv import SetBool

from fleet.protocol.link import Broker
from maps.venue import load_venue
from robot_nodes.fleet_link.node import FleetLinkNode

pytestmark = [
    pytest.mark.ros,
    pytest.mark.broker,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),  # lark, under rosidl_generator_py
]
SERIAL = "guide-51"
TOPIC = f"uagv/v2/fairguide/{SERIAL}/"
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Master:
    """The other side of the broker: remembers the last message of each topic."""

    def __init__(self, port: int) -> None:
        self.seen: list[tuple[str, dict[str, Any], bool]] = []
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.on_connect = self._on_connect
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _on_connect(self, client: Any, *_: Any) -> None:
        client.subscribe([("uagv/v2/#", 1), ("venue/v1/#", 1)])

    def _on_message(self, client: Any, data: Any, message: Any) -> None:
        if not message.topic.endswith(("/order", "/instantActions", "/notices")):  # our own
            self.seen.append((message.topic, json.loads(message.payload), message.retain))

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def last(self, topic: str) -> dict[str, Any]:
        return next((body for name, body, _ in reversed(self.seen) if name == topic), {})

    @property
    def state(self) -> dict[str, Any]:
        return self.last(TOPIC + "state")

    @property
    def connection(self) -> str:
        return str(self.last(TOPIC + "connection").get("connectionState"))

    def close(self) -> None:
        self._client.loop_stop()
        self._client.disconnect()


class Legs:
    """Plays navigation and guiding: jumps from pose to pose, answers pauses, and performs actions at once."""

    def __init__(self, node: rclpy.node.Node) -> None:
        self.node = node
        self.goals: list[int] = []
        self.performed: list[str] = []
        self.pauses: list[bool] = []
        self.notices: list[FleetNotice] = []
        self.links: list[bool] = []
        self.stuck = False
        self.cancelled = False
        self._pose = node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
        self.requests = node.create_publisher(FleetRequest, "fleet_request", 10)
        self.battery = node.create_publisher(BatteryState, "battery_state", 10)
        node.create_subscription(FleetNotice, "fleet_notice", self.notices.append, 10)
        node.create_subscription(LinkStatus, "link_status", lambda m: self.links.append(m.connected), LATCHED)
        node.create_service(SetBool, "pause", self._pause)
        self.servers = [
            ActionServer(
                node,
                NavigateThroughPoses,
                "navigate_through_poses",
                self._drive,
                cancel_callback=lambda _: CancelResponse.ACCEPT,
            ),
            ActionServer(node, PerformAction, "perform_action", self._perform),
        ]

    def begin_docking(self) -> None:
        """From now on there is a docking server."""
        for action, name in ((DockRobot, "dock_robot"), (UndockRobot, "undock_robot")):
            self.servers.append(ActionServer(self.node, action, name, self._dock))

    def _dock(self, handle: Any) -> Any:
        self.performed.append(getattr(handle.request, "dock_id", "out"))
        good = len(self.performed) < 3
        handle.succeed() if good else handle.abort()
        if isinstance(handle.request, DockRobot.Goal):
            return DockRobot.Result(success=good, error_code=0 if good else 905, error_msg="" if good else "blocked")
        return UndockRobot.Result()

    def charge(self, charging: bool) -> None:
        status = BatteryState.POWER_SUPPLY_STATUS_CHARGING if charging else BatteryState.POWER_SUPPLY_STATUS_DISCHARGING
        self.battery.publish(BatteryState(percentage=0.5, voltage=25.0, power_supply_status=status))

    def stand(self, x: float, y: float) -> None:
        message = PoseWithCovarianceStamped()
        message.pose.pose.position.x, message.pose.pose.position.y = x, y
        message.pose.pose.orientation.w = 1.0
        self._pose.publish(message)

    def _pause(self, request: Any, response: Any) -> Any:
        self.pauses.append(request.data)
        response.success = True
        return response

    async def _drive(self, handle: Any) -> Any:
        self.goals.append(len(handle.request.poses))
        number = len(self.goals)
        for pose in handle.request.poses:
            if number != len(self.goals):
                break
            self.stand(pose.pose.position.x, pose.pose.position.y)
        while self.stuck and not handle.is_cancel_requested:
            await self._a_moment()
        if handle.is_cancel_requested:
            self.cancelled = True
            handle.canceled()
        else:
            handle.succeed()
        return NavigateThroughPoses.Result()

    async def _a_moment(self) -> None:
        future = rclpy.task.Future()
        timer = self.node.create_timer(0.02, lambda: future.done() or future.set_result(None))
        await future
        self.node.destroy_timer(timer)

    def _perform(self, handle: Any) -> Any:
        self.performed.append(handle.request.action_type)
        handle.succeed()
        return PerformAction.Result(success=True)


class Rig:
    def __init__(self, port: int, domain: int) -> None:
        rclpy.init(domain_id=domain)
        self.venue = load_venue("hall")
        self.master = Master(port)
        namespace = "/" + SERIAL.replace("-", "_")
        self.node = rclpy.create_node("legs", namespace=namespace)
        self.legs = Legs(self.node)
        self.link = FleetLinkNode(
            namespace=namespace,
            serial=SERIAL,
            venue=self.venue,
            broker=Broker("127.0.0.1", port),
            use_sim_time=False,
        )
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.executor.add_node(self.link)
        self.link.trigger_configure()
        self.link.trigger_activate()
        self._stop = rclpy.task.Future()
        self.errors: queue.Queue[BaseException] = queue.Queue()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        try:
            self.executor.spin_until_future_complete(self._stop)
        except BaseException as error:
            self.errors.put(error)

    def route(self, count: int = 3) -> list[str]:
        start = self.venue.stations["dock-01"].node
        goal = self.venue.stations["culture"].node
        return list(self.venue.lanes.route(start, goal).nodes[:count])

    def order(self, nodes: list[str], released: int, **fields: Any) -> bytes:
        lanes = self.venue.lanes
        first = fields.pop("first", 0)
        actions = fields.pop("actions", {})
        made = tuple(
            Node(
                node_id=name,
                sequence_id=first + 2 * i,
                released=i < released,
                node_position=NodePosition(x=lanes.nodes[name].x, y=lanes.nodes[name].y, map_id=self.venue.map_id),
                actions=actions.get(i, ()),
            )
            for i, name in enumerate(nodes)
        )
        edges = tuple(
            Edge(
                edge_id=f"{a}-{b}",
                sequence_id=first + 2 * i + 1,
                released=i + 1 < released,
                start_node_id=a,
                end_node_id=b,
            )
            for i, (a, b) in enumerate(itertools.pairwise(nodes))
        )
        return Order(nodes=made, edges=edges, **fields).to_json()

    def stop(self) -> None:
        """Switch off; only then does `fleet_link` say OFFLINE."""
        if not self._stop.done():
            self._stop.set_result(None)
            self.executor.wake()
            self._thread.join(5)
            self.link.trigger_deactivate()

    def close(self) -> None:
        self.stop()
        self.executor.shutdown()
        for server in self.legs.servers:
            server.destroy()
        self.link.destroy_node()
        self.node.destroy_node()
        self.master.close()
        rclpy.try_shutdown()
        assert self.errors.empty(), self.errors.get()


@pytest.fixture
def rig(mqtt_broker, ros_domain) -> Iterator[Rig]:
    made = Rig(mqtt_broker.port, ros_domain)
    await_that(lambda: made.master.connection == "ONLINE" and made.legs.links[-1:] == [True], "online")
    start = made.venue.stations["dock-01"]
    made.legs.stand(start.x, start.y)
    await_that(lambda: "agvPosition" in made.master.state, "a position")
    yield made
    made.close()


def await_that(condition: Callable[[], bool], what: str, timeout_s: float = 10.0) -> None:
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {timeout_s} s"
        pause.wait(0.02)


def test_an_order_from_start_to_end(rig):
    factsheets = [retained for topic, _, retained in rig.master.seen if topic == TOPIC + "factsheet"]
    assert len(factsheets) == 1
    nodes = rig.route(3)
    announce = (make_action("announce", "a1", BlockingType.HARD, zh="到了", en="here"),)
    rig.master.publish(TOPIC + "order", rig.order(nodes, 2, order_id="o1", order_update_id=0))
    await_that(lambda: rig.master.state.get("lastNodeId") == nodes[1], "the decision point")
    assert [n["nodeId"] for n in rig.master.state["nodeStates"]] == nodes[2:]
    update = rig.order(nodes[1:], 2, order_id="o1", order_update_id=1, first=2, actions={1: announce})
    rig.master.publish(TOPIC + "order", update)
    await_that(
        lambda: [a["actionStatus"] for a in rig.master.state["actionStates"]] == ["FINISHED"], "the action's end"
    )
    state = rig.master.state
    assert (state["lastNodeId"], state["nodeStates"], state["errors"]) == (nodes[2], [], [])
    assert rig.legs.performed == ["announce"]
    assert rig.legs.goals == [1, 1]
    numbers = [body["headerId"] for topic, body, _ in rig.master.seen if topic == TOPIC + "state"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    await_that(lambda: bool(rig.master.last(TOPIC + "visualization")), "visualization")


def test_bad_messages_are_errors_and_nothing_stops(rig):
    rig.master.publish(TOPIC + "order", b"{not json")
    await_that(lambda: [e["errorType"] for e in rig.master.state["errors"]] == ["validationError"], "the error")
    rig.master.publish(TOPIC + "order", b'{"orderId": "x", "orderUpdateId": 0, "nodes": [], "edges": []}')
    far = list(rig.venue.lanes.nodes)
    away = [n for n in far if abs(rig.venue.lanes.nodes[n].x - rig.venue.stations["dock-01"].x) > 10][:1]
    rig.master.publish(TOPIC + "order", rig.order(away, 1, order_id="o2", order_update_id=0))
    await_that(lambda: "noRouteError" in [e["errorType"] for e in rig.master.state["errors"]], "the start out of range")
    rig.master.publish("venue/v1/robots/guide-51/notices", b"[]")
    rig.master.publish(TOPIC + "order", rig.order(rig.route(2), 2, order_id="o3", order_update_id=0))
    await_that(lambda: rig.master.state["orderId"] == "o3" and not rig.master.state["nodeStates"], "a good order")


def test_charging_is_docking_where_there_is_a_dock_server(rig):
    rig.executor.create_task(rig.legs.begin_docking)
    await_that(lambda: rig.link._vehicle._docks(), "the dock server")

    def ended(action_id: str) -> str:
        states = {a["actionId"]: a for a in rig.master.state["actionStates"]}
        done = states.get(action_id, {})
        return done.get("actionStatus", "") + done.get("resultDescription", "")

    def instant(kind: str, action_id: str) -> None:
        actions = InstantActions(actions=(make_action(kind, action_id, BlockingType.HARD),))
        rig.master.publish(TOPIC + "instantActions", actions.to_json())

    instant("startCharging", "a")
    await_that(lambda: ended("a") == "FINISHED", "docked")
    rig.legs.charge(True)
    await_that(lambda: rig.master.state["batteryState"]["charging"], "current")
    instant("stopCharging", "b")
    await_that(lambda: ended("b") == "FINISHED", "undocked")
    rig.legs.charge(False)
    await_that(lambda: not rig.master.state["batteryState"]["charging"], "no current")
    instant("startCharging", "c")
    await_that(lambda: ended("c") == "FAILEDblocked", "a failure")
    assert rig.legs.performed == ["dock-01", "out", "dock-01"]


def test_pause_and_cancel(rig):
    rig.legs.stuck = True
    nodes = rig.route(3)
    rig.master.publish(TOPIC + "order", rig.order(nodes, 3, order_id="o1", order_update_id=0))
    await_that(lambda: rig.legs.goals == [2], "the drive")
    pause = InstantActions(actions=(make_action("startPause", "p", BlockingType.HARD),))
    rig.master.publish(TOPIC + "instantActions", pause.to_json())
    await_that(lambda: rig.legs.pauses == [True] and rig.master.state["paused"], "the pause")
    cancel = InstantActions(actions=(make_action("cancelOrder", "c", BlockingType.HARD),))
    rig.master.publish(TOPIC + "instantActions", cancel.to_json())
    await_that(
        lambda: {a["actionId"]: a["actionStatus"] for a in rig.master.state["actionStates"]}.get("c") == "FINISHED",
        "the cancel",
    )
    assert rig.legs.cancelled
    assert rig.master.state["nodeStates"] == []
    await_that(lambda: [n.kind for n in rig.legs.notices] == ["cancelled"], "guiding's notice")


def test_requests_and_notices(rig):
    rig.legs.requests.publish(
        FleetRequest(request_id="r1", kind="guide", place="culture", language="zh", text="带我去")
    )
    topic = f"venue/v1/robots/{SERIAL}/requests"
    await_that(lambda: rig.master.last(topic).get("requestId") == "r1", "the request")
    assert rig.master.last(topic)["place"] == "culture"
    rig.legs.requests.publish(FleetRequest(request_id="r1", kind="cancel"))
    await_that(lambda: rig.master.last(topic).get("cancels") == "r1", "the cancel")
    notice = {"kind": "rejected", "timestamp": "2026-01-01T00:00:00Z", "requestId": "r1", "reason": "no robot"}
    rig.master.publish(f"venue/v1/robots/{SERIAL}/notices", json.dumps(notice).encode())
    await_that(lambda: [(n.kind, n.reason) for n in rig.legs.notices] == [("rejected", "no robot")], "the notice")


def test_b2_orderly_end_is_offline(rig):
    rig.stop()
    await_that(lambda: rig.master.connection == "OFFLINE", "offline")


def test_a_broker_that_goes_and_comes_back(rig, mqtt_broker):
    mqtt_broker.stop()
    await_that(lambda: rig.legs.links[-1] is False, "out of reach")
    rig.master.seen.clear()
    mqtt_broker.start()
    await_that(lambda: rig.legs.links[-1] is True, "in reach again", 20.0)
    await_that(lambda: rig.master.connection == "ONLINE" and bool(rig.master.state), "online and a state", 20.0)


ALONE = """
import rclpy, sys
from fleet.protocol.link import Broker
from maps.venue import load_venue
from robot_nodes.fleet_link.node import FleetLinkNode
rclpy.init()
node = FleetLinkNode(namespace="/guide_51", serial="guide-51", venue=load_venue("hall"),
                     broker=Broker("127.0.0.1", int(sys.argv[1])), use_sim_time=False)
node.trigger_configure()
node.trigger_activate()
rclpy.spin(node)
"""


def test_b1_kill_leaves_connectionbroken_retained(mqtt_broker, ros_domain):
    master = Master(mqtt_broker.port)
    process = subprocess.Popen([sys.executable, "-c", ALONE, str(mqtt_broker.port)])
    try:
        await_that(lambda: master.connection == "ONLINE", "online", 20.0)
        process.send_signal(signal.SIGKILL)
        await_that(lambda: master.connection == "CONNECTIONBROKEN", "broken", 7.5)
    finally:
        process.kill()
        process.wait(5)
        master.close()
    late = Master(mqtt_broker.port)
    await_that(lambda: late.connection == "CONNECTIONBROKEN", "the retained one")
    assert [retained for topic, _, retained in late.seen if topic == TOPIC + "connection"] == [True]
    late.close()
