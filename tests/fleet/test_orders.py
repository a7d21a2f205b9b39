"""Orders as VDA 5050 2.1.0 wants them."""

from __future__ import annotations

import contextlib
import itertools
import json

import pytest

from fleet.orders import HORIZON, Itinerary, compose, order_message
from fleet.protocol.clock import Stamper
from fleet.tasks import Task, TaskKind
from maps.errors import NoRoute
from maps.venue import Venue

IDS = itertools.count(1)


def make_way(hall: Venue, kind: TaskKind = TaskKind.GUIDE, origin: str = "", place: str = "culture") -> Itinerary:
    task = Task(id="t", kind=kind, place=place, requested_at=0.0, origin=origin)
    start = hall.stations["dock-01"].node
    return compose(task, hall, [start], hall.lanes.route, lambda: f"a{next(IDS)}")


def types(way: Itinerary, index: int) -> list[str]:
    return [action.action_type for action in way.stops[index].actions]


def test_guide_from_the_robot(hall: Venue) -> None:
    way = make_way(hall)
    assert types(way, 0) == ["startGuiding"]
    assert types(way, way.last) == ["finishGuiding"]
    assert way.nodes[-1] == hall.stations[hall.place("culture").station].node


def test_guide_from_a_kiosk_waits_for_the_visitor(hall: Venue) -> None:
    way = make_way(hall, origin="kiosk-01")
    [meet] = [i for i in way.stops if 0 < i < way.last]
    assert types(way, meet) == ["meetVisitor", "startGuiding"]
    assert way.gate_after(0, lambda action: False) == meet
    assert way.gate_after(0, lambda action: True) == way.last


def test_charge_and_go_to(hall: Venue) -> None:
    charge = make_way(hall, TaskKind.CHARGE, place="dock-02")
    assert types(charge, charge.last) == ["startCharging"]
    go = make_way(hall, TaskKind.GO_TO)
    assert types(go, go.last) == []


def test_already_there_is_an_order_of_one_node(hall: Venue) -> None:
    way = make_way(hall, place="dock-01")
    assert types(way, 0) == ["startGuiding", "finishGuiding"]
    message = order_message(hall, "o", 0, way, 0, 0)
    assert (len(message.nodes), len(message.edges)) == (1, 0)


@pytest.mark.parametrize("released", [0, 1, 3])
def test_a5_a7_sequence_and_release(hall: Venue, released: int) -> None:
    message = order_message(hall, "o", 0, make_way(hall), 0, released)
    assert [n.sequence_id for n in message.nodes] == list(range(0, 2 * len(message.nodes), 2))
    assert [e.sequence_id for e in message.edges] == list(range(1, 2 * len(message.edges), 2))
    assert [n.released for n in message.nodes] == [i <= released for i in range(len(message.nodes))]
    assert [e.released for e in message.edges] == [i < released for i in range(len(message.edges))]
    for edge, a, b in zip(message.edges, message.nodes, message.nodes[1:], strict=False):
        assert (edge.start_node_id, edge.end_node_id) == (a.node_id, b.node_id)


def test_horizon_is_bounded(hall: Venue) -> None:
    way = make_way(hall, origin="kiosk-02")
    message = order_message(hall, "o", 0, way, 0, 1)
    assert sum(not node.released for node in message.nodes) <= HORIZON


def test_a9_decision_point_is_repeated_unchanged(hall: Venue) -> None:
    way = make_way(hall, origin="kiosk-01")
    for released in range(way.last):
        before = order_message(hall, "o", 0, way, 0, released)
        after = order_message(hall, "o", 1, way, released, released + 1)
        assert after.nodes[0] == before.nodes[released]


def test_a10_a_new_way_keeps_the_base(hall: Venue) -> None:
    way = make_way(hall)
    for shut in way.nodes[4:-1]:
        with contextlib.suppress(NoRoute):
            other = way.rerouted(2, lambda a, b, shut=shut: hall.lanes.route(a, b, closed={shut}))
            break
    assert other.nodes[:3] == way.nodes[:3]
    assert shut not in other.nodes[3:-1]
    assert types(other, other.last) == ["finishGuiding"]


def test_a6_first_node_is_widened_for_a_robot_off_it(hall: Venue) -> None:
    task = Task(id="t", kind=TaskKind.GO_TO, place="culture", requested_at=0.0)
    way = compose(task, hall, [hall.stations["dock-01"].node], hall.lanes.route, lambda: "a", off_m=1.5)
    position = order_message(hall, "o", 0, way, 0, 0).nodes[0].node_position
    assert position is not None
    assert position.allowed_deviation_xy == 2.0


def test_itinerary_survives_the_store(hall: Venue) -> None:
    way = make_way(hall, origin="kiosk-01")
    assert Itinerary.from_dict(json.loads(json.dumps(way.to_dict()))) == way


def test_a1_a2_a3_headers(hall: Venue) -> None:
    stamper = Stamper(lambda: 1.5)
    message = order_message(hall, "o", 0, make_way(hall), 0, 0)
    sent = [stamper.stamp(topic, message, "fairguide", "r") for topic in ("a", "b", "a", "a", "b")]
    assert [m.header_id for m in sent] == [0, 0, 1, 2, 1]
    assert sent[0].timestamp == "1970-01-01T00:00:01.500Z"
    assert (sent[0].version, sent[0].manufacturer, sent[0].serial_number) == ("2.1.0", "fairguide", "r")
