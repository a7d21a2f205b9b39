"""The kiosk's line to the fleet, message by message, without a broker."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import structlog

from fleet.protocol import topics
from fleet.protocol.base import ProtocolError
from fleet.protocol.link import Broker
from fleet.protocol.topics import VehicleTopic
from kiosk.core import NO_ANSWER_S, Status
from kiosk.errors import OutOfReach, StartError
from kiosk.service import KioskService
from maps.errors import UnknownPlace
from maps.venue import load_venue

STATE = str(VehicleTopic(topic="state", serial="guide-02"))
VISUALIZATION = str(VehicleTopic(topic="visualization", serial="guide-02"))
NOTICES = topics.kiosk_notices("kiosk-01")


def payload(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.fixture
def called(service: KioskService) -> str:
    """A call that guide-02 has been given."""
    service.link.connected = True
    request_id = service.call("culture", "zh").request_id
    notice = payload(kind="assigned", timestamp="", requestId=request_id, robot="guide-02", etaS=12)
    service._on_notice(NOTICES, notice)
    return request_id


def test_an_unknown_kiosk_is_refused_with_those_there_are() -> None:
    with pytest.raises(StartError, match="kiosk-01"):
        KioskService(load_venue("hall"), "kiosk-99", Broker("127.0.0.1", 9), lambda: 0.0)


def test_without_a_broker_nobody_is_called(service: KioskService) -> None:
    with pytest.raises(OutOfReach, match="cannot be called just now"):
        service.call("culture", "zh")
    assert service.search("culture", "en")
    assert service.way("culture").length_m > 0


def test_an_unknown_place_is_refused_before_anything_else(service: KioskService) -> None:
    with pytest.raises(UnknownPlace):
        service.call("atlantis", "zh")


def test_status_goes_out_retained_with_the_will(service: KioskService) -> None:
    will = service.link._will
    assert will is not None
    assert will.retain
    assert json.loads(will.payload)["status"] == "offline"
    greeting = service.link._greeting()[0]
    assert (greeting.topic, greeting.retain) == (topics.kiosk_status("kiosk-01"), True)
    assert json.loads(greeting.payload)["status"] == "online"


def test_the_robot_on_its_way_is_seen(service: KioskService, called: str) -> None:
    service._on_visualization(VISUALIZATION, payload(agvPosition={"x": 3, "y": 4, "theta": 1, "mapId": "m"}))
    guide = service.arriving(service.desk.get(called))
    assert guide is not None
    assert (guide.x, guide.y, guide.yaw) == (3, 4, 1)
    node = {"nodeId": "n", "sequenceId": 2, "released": True, "nodePosition": {"x": 9, "y": 9, "mapId": "m"}}
    position = {"x": 5, "y": 4, "theta": 0, "mapId": "m"}
    state = payload(driving=True, batteryState={"batteryCharge": 70}, nodeStates=[node], agvPosition=position)
    service._on_state(STATE, state)
    assert (guide.x, guide.battery, guide.path) == (5, 70, ((9, 9),))
    assert guide.to_json()["state"] == "driving"


def test_other_robots_are_not_even_read(service: KioskService, called: str) -> None:
    other = str(VehicleTopic(topic="state", serial="guide-07"))
    service._on_state(other, b"not json")
    assert called
    assert service.guides == {}


def test_a_malformed_message_is_one_clear_error(service: KioskService, called: str) -> None:
    with pytest.raises(ProtocolError, match=r"guide-02/state"):
        service._on_state(STATE, b"{}")
    with pytest.raises(ProtocolError, match=r"kiosks/kiosk-01/notices"):
        service._on_notice(NOTICES, b"[1]")
    assert service.desk.get(called).status is Status.ASSIGNED


def test_the_robot_is_forgotten_when_the_call_is_over(service: KioskService, called: str) -> None:
    service._on_visualization(VISUALIZATION, payload(agvPosition={"x": 3, "y": 4, "theta": 1, "mapId": "m"}))
    assert service.cancel(called).status is Status.CANCELLED
    service.check()
    assert service.guides == {}


def test_nobody_answers_so_the_visitor_is_told(service: KioskService, clock: Any) -> None:
    service.link.connected = True
    request_id = service.call("culture", "zh").request_id
    clock.s += NO_ANSWER_S + 1
    service.check()
    call = service.desk.get(request_id)
    assert (call.status, call.reason) == (Status.FAILED, "no_answer")


def test_a_notice_is_logged(service: KioskService, called: str) -> None:
    with structlog.testing.capture_logs() as logs:
        service._on_notice(NOTICES, payload(kind="arrived", timestamp="", requestId=called, robot="guide-02"))
    assert logs[0]["event"] == "notice"
    assert logs[0]["kind"] == "arrived"


def test_a_question_is_understood_from_where_the_kiosk_stands(service: KioskService) -> None:
    """Of several toilets it is the one nearest to this screen."""
    intent = service.understand("最近的卫生间在哪里", "zh")
    assert intent is not None
    assert (intent.name, dict(intent.slots)) == ("find_facility", {"facility": "toilet"})
    toilets = [f for f in service.venue.facilities.values() if f.kind == "toilet"]
    nearest = min(toilets, key=lambda f: math.dist((f.x, f.y), (service.kiosk.x, service.kiosk.y)))
    assert intent.target == nearest.id
