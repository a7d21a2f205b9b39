"""The fleet's charging actions on a whole robot in the simulator: out of the dock, and into it again."""

from __future__ import annotations

import json
import threading
import time

import pytest

from fleet.protocol.vda5050 import BlockingType, InstantActions
from fleet.protocol.vda5050 import action as make_action

pytest.importorskip("rclpy")

import paho.mqtt.client as mqtt

pytestmark = [pytest.mark.ros, pytest.mark.broker, pytest.mark.slow]
BASE = "uagv/v2/fairguide/guide-01/"


def test_the_fleet_has_a_robot_leave_its_dock_and_dock_again(cli, mqtt_broker, ros_domain):
    states: list[dict] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda c, d, message: states.append(json.loads(message.payload))
    client.connect("127.0.0.1", mqtt_broker.port)
    client.subscribe(BASE + "state", 1)
    client.loop_start()
    pause = threading.Event()

    def reach(what: str, condition, timeout_s: float = 60.0) -> None:
        end = time.monotonic() + timeout_s
        while not (states and condition(states[-1])):
            assert time.monotonic() < end, (what, states[-1:], robot.output)
            pause.wait(0.05)

    def perform(kind: str) -> None:
        actions = InstantActions(actions=(make_action(kind, kind, BlockingType.HARD),))
        client.publish(BASE + "instantActions", actions.to_json(), qos=1)
        reach(
            kind,
            lambda state: (
                {it["actionId"]: it["actionStatus"] for it in state["actionStates"]}.get(kind) in ("FINISHED", "FAILED")
            ),
        )
        [done] = [it for it in states[-1]["actionStates"] if it["actionId"] == kind]
        assert done["actionStatus"] == "FINISHED", (done, robot.output)

    robot = cli("robot", "--serial", "guide-01", "--broker", mqtt_broker.url, "--sim-time")
    try:
        robot.wait_for("ready", 60.0)
        cli(
            "sim", "run", "--venue", "hall", "--robot", "guide-01=dock-01", "--speed", "0", "--cameras", "low", "--stay"
        )
        reach("current", lambda state: state["batteryState"]["charging"])
        start = states[-1]["agvPosition"]
        perform("stopCharging")
        reach("no current", lambda state: not state["batteryState"]["charging"])
        assert states[-1]["agvPosition"]["y"] > start["y"] + 0.9
        perform("startCharging")
        reach("current again", lambda state: state["batteryState"]["charging"])
        assert abs(states[-1]["agvPosition"]["y"] - start["y"]) < 0.06
    finally:
        client.loop_stop()
        client.disconnect()
        assert robot.stop(within_s=10.0) == 0
