"""What the vehicle sends against the official VDA 5050 2.1.0 schemas, where they lie beside the repository."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from fleet.protocol.clock import Stamper
from fleet.protocol.vda5050 import Connection, ConnectionState, Message
from robot_nodes.fleet_link.factsheet import ACTION_SCOPES, factsheet

SCHEMAS = Path(__file__).parents[4] / "shared" / "vda5050"
pytestmark = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schemas are not beside the repository")


def check(message: Message, name: str) -> dict:
    schema = json.loads((SCHEMAS / f"{name}.2.1.0.schema").read_text(encoding="utf-8"))
    stamped = Stamper(lambda: 1_600_000_000.25).stamp(name, message, "fairguide", "guide-01")
    content = json.loads(stamped.to_json())
    jsonschema.Draft202012Validator(schema).validate(content)
    return content


def test_state(rig):
    check(rig.vehicle.state(), "state")
    rig.send(rig.order(2, 4))
    rig.pose(4.0)
    rig.instant("cancelOrder", orderId="other")
    rig.vehicle.on_malformed("order", "bad", rig.now)
    content = check(rig.vehicle.state(), "state")
    assert len(content["nodeStates"]) == 3
    assert {e["errorType"] for e in content["errors"]} == {"noOrderToCancel", "validationError"}
    assert content["timestamp"] == "2020-09-13T12:26:40.250Z"


def test_visualization(rig):
    content = check(rig.vehicle.visualization(), "visualization")
    assert content["agvPosition"]["mapId"] == "hall-1F"


@pytest.mark.parametrize("state", list(ConnectionState))
def test_connection(state):
    assert check(Connection(connection_state=state), "connection")["connectionState"] == state


def test_factsheet():
    content = check(factsheet(), "factsheet")
    told = {a["actionType"]: set(a["actionScopes"]) for a in content["protocolFeatures"]["agvActions"]}
    assert told == {name: set(scopes) for name, scopes in ACTION_SCOPES.items()}
