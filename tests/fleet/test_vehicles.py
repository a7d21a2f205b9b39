"""The master side of one vehicle; rule numbers are those of the project's VDA 5050 rules."""

from __future__ import annotations

import pytest
from emulator import Emulator

from fleet.orders import compose
from fleet.protocol.vda5050 import Connection, ConnectionState, Error, ErrorLevel, OperatingMode, Visualization
from fleet.tasks import Task, TaskKind
from fleet.vehicles import RESENDS, LinkState, Vehicle
from maps.venue import Venue


@pytest.fixture
def robot(hall: Venue) -> Emulator:
    node = hall.lanes.nodes[hall.stations["dock-01"].node]
    return Emulator("guide-01", hall.map_id, node.x, node.y)


@pytest.fixture
def vehicle(hall: Venue, robot: Emulator) -> Vehicle:
    vehicle = Vehicle("guide-01", hall)
    vehicle.observe_connection(robot.connection(), 0.0)
    vehicle.observe_state(robot.state(0.0), 0.0)
    return vehicle


def begin(vehicle: Vehicle, hall: Venue, released: int = 2, now: float = 0.0):
    task = Task(id="t", kind=TaskKind.GO_TO, place="culture", requested_at=0.0)
    way = compose(task, hall, [hall.stations["dock-01"].node], hall.lanes.route, lambda: "a")
    return vehicle.begin("o1", "t", way, released, now)


def test_a8_updates_count_by_one_and_start_at_the_decision_point(vehicle: Vehicle, hall: Venue) -> None:
    first = begin(vehicle, hall)
    assert vehicle.order is not None
    second = vehicle.update(vehicle.order.itinerary, 4, 1.0)
    third = vehicle.update(vehicle.order.itinerary, 5, 2.0)
    assert [m.order_update_id for m in (first, second, third)] == [0, 1, 2]
    assert second.nodes[0] == first.nodes[2]
    assert third.nodes[0] == second.nodes[2]


def test_a10_the_base_never_changes(vehicle: Vehicle, hall: Venue) -> None:
    begin(vehicle, hall)
    assert vehicle.order is not None
    other = vehicle.order.itinerary.__class__(nodes=("x", *vehicle.order.itinerary.nodes[1:]))
    with pytest.raises(ValueError, match="base"):
        vehicle.update(other, 3, 1.0)


def test_a12_a14_not_free_until_the_cancel_is_finished(vehicle: Vehicle, robot: Emulator, hall: Venue) -> None:
    robot.receive(begin(vehicle, hall))
    vehicle.observe_state(robot.state(1.0), 1.0)
    assert not vehicle.free
    message = vehicle.cancel("c", 1.0)
    assert not vehicle.cancelled
    robot.receive(message)
    vehicle.observe_state(robot.state(2.0), 2.0)
    assert vehicle.cancelled
    vehicle.forget()
    assert vehicle.free


def test_a13_no_update_after_a_cancel(vehicle: Vehicle, hall: Venue) -> None:
    begin(vehicle, hall)
    vehicle.cancel("c", 1.0)
    assert vehicle.order is not None
    with pytest.raises(ValueError, match="no order to update"):
        vehicle.update(vehicle.order.itinerary, 3, 2.0)


def test_a14_nothing_to_cancel_is_done_too(vehicle: Vehicle, robot: Emulator) -> None:
    robot.receive(vehicle.cancel("c", 1.0))
    vehicle.observe_state(robot.state(1.0), 1.0)
    assert vehicle.cancelled


def test_a15_a16_the_same_order_again_a_bounded_number_of_times(vehicle: Vehicle, hall: Venue) -> None:
    message = begin(vehicle, hall)
    sent = [now / 10 for now in range(1, 10_000) if vehicle.resend(now / 10) == message]
    assert sent == [2.0, 6.0, 14.0][:RESENDS]
    assert vehicle.unanswered(1000.0)


def test_a16_a_rejection_is_known_and_an_old_one_is_not(vehicle: Vehicle, robot: Emulator, hall: Venue) -> None:
    robot.errors = [Error(error_type="orderError", error_level=ErrorLevel.WARNING)]
    vehicle.observe_state(robot.state(0.5), 0.5)
    order = begin(vehicle, hall, now=1.0)
    assert vehicle.rejection == ""
    robot.refuse = "noRouteError"
    robot.receive(order)
    vehicle.observe_state(robot.state(1.5), 1.5)
    assert vehicle.rejection.startswith("noRouteError")


@pytest.mark.parametrize("mode", list(OperatingMode))
def test_a17_only_in_automatic(vehicle: Vehicle, robot: Emulator, mode: OperatingMode) -> None:
    robot.mode = mode
    vehicle.observe_state(robot.state(1.0), 1.0)
    assert vehicle.reachable(1.0) == (mode is OperatingMode.AUTOMATIC)


@pytest.mark.parametrize(
    ("connection", "silent_s", "link"),
    [
        (ConnectionState.ONLINE, 0.0, LinkState.ONLINE),
        (ConnectionState.ONLINE, 2.1, LinkState.STALE),
        (ConnectionState.OFFLINE, 0.0, LinkState.OFFLINE),
        (ConnectionState.CONNECTIONBROKEN, 0.0, LinkState.BROKEN),
    ],
)
def test_a18_link(vehicle: Vehicle, connection: ConnectionState, silent_s: float, link: LinkState) -> None:
    vehicle.observe_connection(
        Connection(header_id=0, timestamp="1970-01-01T00:00:00Z", connection_state=connection), 5.0
    )
    vehicle.seen_at = 5.0
    assert vehicle.link(5.0 + silent_s) is link
    assert vehicle.reachable(5.0 + silent_s) == (link is LinkState.ONLINE)


def test_a20_repeated_nodes_are_told_apart_by_sequence(vehicle: Vehicle, robot: Emulator, hall: Venue) -> None:
    robot.receive(begin(vehicle, hall, released=4))
    robot.last_seq = 6
    vehicle.observe_state(robot.state(1.0), 1.0)
    assert vehicle.at == 3


def test_duplicates_and_late_states_change_nothing(vehicle: Vehicle, robot: Emulator) -> None:
    old, new = robot.state(1.0), robot.state(2.0)
    assert vehicle.observe_state(new, 2.0)
    assert not vehicle.observe_state(new, 2.1)
    assert not vehicle.observe_state(old, 2.2)
    assert vehicle.state == new


def test_a_restarted_vehicle_counts_from_zero_again(vehicle: Vehicle, robot: Emulator) -> None:
    for second in range(1, 30):
        vehicle.observe_state(robot.state(float(second)), float(second))
    robot.header = -1
    assert vehicle.observe_state(robot.state(40.0), 40.0)


def test_a_dropped_order_is_noticed(vehicle: Vehicle, robot: Emulator, hall: Venue) -> None:
    robot.receive(begin(vehicle, hall))
    vehicle.observe_state(robot.state(1.0), 1.0)
    assert not vehicle.dropped
    robot.order_id, robot.ahead = "", []
    vehicle.observe_state(robot.state(2.0), 2.0)
    assert vehicle.dropped


def test_a_position_of_another_map_is_no_position(vehicle: Vehicle, robot: Emulator) -> None:
    robot.map_id = "elsewhere"
    vehicle.observe_visualization(Visualization(header_id=1, agv_position=robot.state(1.0).agv_position), 1.0)
    assert vehicle.xy is None
