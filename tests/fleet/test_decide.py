"""The closed loop of decisions and emulated robots, on a made-up clock."""

from __future__ import annotations

import random

import pytest
from floor import Floor

from fleet.errors import NotFound, Rejected
from fleet.picture import Outcome
from fleet.protocol.vda5050 import ActionStatus, ConnectionState, OperatingMode, Order
from fleet.protocol.venue import RequestKind, VisitorRequest
from fleet.requests import cancel, visitor_request
from fleet.tasks import Source


def ask(floor: Floor, source: Source = Source.ROBOT, asker: str = "guide-01", **fields: str) -> None:
    outcome = Outcome()
    values = {"request_id": "q1", "kind": RequestKind.GUIDE, "timestamp": "", "place": "culture"} | fields
    visitor_request(floor.picture, source, asker, VisitorRequest.model_validate(values), floor.now, outcome)
    floor.deliver(outcome)


def test_a_visitor_at_a_robot_is_led_by_it(floor: Floor) -> None:
    ask(floor, asker="guide-02")
    [task] = floor.picture.tasks.values()
    done = floor.until(task.id, "finished")
    assert done.robot == "guide-02"
    assert floor.kinds("guide-02") == ["accepted", "assigned", "leading", "finished"]


def test_a_kiosk_visitor_is_met_and_led(floor: Floor) -> None:
    ask(floor, Source.KIOSK, "kiosk-01", origin="kiosk-01")
    [task] = floor.picture.tasks.values()
    floor.until(task.id, "finished")
    assert floor.kinds("kiosk-01") == ["accepted", "assigned", "approaching", "arrived", "leading", "finished"]
    assert next(n for who, n in floor.notices if n.kind == "assigned").eta_s is not None


def test_nothing_beyond_the_kiosk_is_released_before_the_visitor_is_met(floor: Floor) -> None:
    for robot in floor.robots.values():
        robot.action_takes_s = 30.0
    task = floor.submit(kind="guide", place="culture", origin="kiosk-01")
    floor.run(45)
    node = floor.picture.node_of("kiosk-01")
    robot = floor.robots[floor.picture.tasks[task.id].robot]
    assert (robot.last_node, robot.decision[0]) == (node, node)


def test_a_visitor_who_does_not_come_ends_the_task_with_a_reason(floor: Floor) -> None:
    for robot in floor.robots.values():
        robot.fail_action = "meetVisitor"
    task = floor.submit(kind="guide", place="culture", origin="kiosk-01")
    ended = floor.until(task.id, "failed")
    assert "meetVisitor failed" in ended.reason
    floor.run(5)
    assert floor.picture.vehicles[ended.robot].free


def test_unknown_places_are_refused_with_a_suggestion_and_the_same_answer(floor: Floor) -> None:
    ask(floor, place="cultur")
    ask(floor, place="cultur")
    assert floor.kinds("guide-01") == ["rejected", "rejected"]
    assert "did you mean culture" in floor.notices[0][1].reason
    assert floor.picture.counts["rejected"] == 1
    with pytest.raises(Rejected, match="unknown origin"):
        floor.submit(kind="guide", place="culture", origin="nowhere")
    with pytest.raises(Rejected, match="unknown kind"):
        floor.submit(kind="dance", place="culture")
    with pytest.raises(Rejected, match="unknown robot"):
        floor.submit(kind="goTo", place="culture", robot="guide-99")


def test_the_same_request_twice_is_one_task(floor: Floor) -> None:
    ask(floor)
    ask(floor)
    assert len(floor.picture.tasks) == 1
    assert floor.kinds("guide-01")[:2] == ["accepted", "accepted"]


def test_a_newer_wish_replaces_the_former(floor: Floor) -> None:
    ask(floor)
    floor.run(3)
    ask(floor, request_id="q2", place="finance")
    first, second = sorted(floor.picture.tasks.values(), key=lambda t: t.requested_at)
    assert (first.state, first.reason) == ("cancelled", "replaced by a newer wish")
    floor.until(second.id, "finished")


def test_cancel_stops_the_robot_and_it_goes_home(floor: Floor) -> None:
    task = floor.submit(kind="goTo", place="culture", robot="guide-01")
    floor.run(6)
    outcome = Outcome()
    cancel(floor.picture, task.id, "enough", floor.now, outcome)
    floor.deliver(outcome)
    floor.run(3)
    assert floor.picture.vehicles["guide-01"].free
    floor.run(120)
    assert floor.robots["guide-01"].last_node == floor.picture.node_of("dock-01")
    assert floor.conflicts == []
    with pytest.raises(NotFound):
        cancel(floor.picture, "nothing", "", floor.now, Outcome())


def test_a16_a_refusing_robot_brings_no_storm(floor: Floor) -> None:
    for robot in floor.robots.values():
        robot.refuse = "orderError"
    task = floor.submit(kind="goTo", place="culture")
    ended = floor.until(task.id, "failed")
    assert "refused the order: orderError" in ended.reason
    assert sum(len(robot.orders) for robot in floor.robots.values()) == 3


def test_a15_a_lost_order_is_sent_again(floor: Floor) -> None:
    task = floor.submit(kind="goTo", place="culture", robot="guide-01")
    floor.robots["guide-01"].deaf = True
    floor.run(1)
    floor.robots["guide-01"].deaf = False
    floor.until(task.id, "finished")
    assert floor.picture.counts["resent"] == 1


def test_a_lane_found_blocked_is_gone_round_and_another_robot_takes_over(floor: Floor) -> None:
    task = floor.submit(kind="goTo", place="culture")
    floor.run(20)
    first = floor.picture.tasks[task.id].robot
    robot = floor.robots[first]
    robot.blocked = robot.ahead[0][0].edge_id
    floor.run(3)
    assert floor.picture.tasks[task.id].state in ("queued", "assigned", "active")
    assert robot.blocked in floor.picture.shut
    floor.until(task.id, "finished")
    assert floor.picture.tasks[task.id].robot != first
    after = [order for name, other in floor.robots.items() if name != first for order in other.orders]
    assert after
    assert all(edge.edge_id != robot.blocked for order in after for edge in order.edges)
    lane, robot.blocked = robot.blocked, ""
    floor.run(130)
    assert lane not in floor.picture.shut
    assert floor.conflicts == []


def test_a_robot_that_leads_somebody_keeps_trying_a_blocked_lane(floor: Floor) -> None:
    task = floor.submit(kind="guide", place="culture", origin="kiosk-01")
    floor.run(1)
    robot = floor.robots[floor.picture.tasks[task.id].robot]
    for _ in range(400):
        floor.step()
        if floor.picture.vehicles[robot.serial].status_of("startGuiding") is ActionStatus.FINISHED:
            break
    robot.blocked = robot.ahead[0][0].edge_id
    floor.run(20)
    assert floor.picture.tasks[task.id].state == "active"
    assert robot.blocked in floor.picture.shut
    robot.blocked = ""
    floor.until(task.id, "finished")


def test_a17_a_manual_robot_gets_nothing(floor: Floor) -> None:
    for robot in floor.robots.values():
        robot.mode = OperatingMode.MANUAL
    floor.step()
    task = floor.submit(kind="goTo", place="culture")
    floor.run(10)
    assert floor.sent == []
    assert floor.picture.tasks[task.id].state == "queued"


def test_a19_a_broken_robot_keeps_its_base_and_another_takes_over(floor: Floor) -> None:
    task = floor.submit(kind="guide", place="culture", origin="kiosk-01")
    floor.run(4)
    lost = floor.picture.tasks[task.id].robot
    held = floor.picture.traffic.held(lost)
    floor.silent.add(lost)
    floor.robots[lost].paused = True
    vehicle = floor.picture.vehicles[lost]
    vehicle.observe_connection(floor.robots[lost].connection(ConnectionState.CONNECTIONBROKEN), floor.now)
    floor.run(1)
    assert any(a.condition.key == f"robot_broken:{lost}" for a in floor.picture.alerts.open.values())
    floor.run(40)
    assert floor.picture.tasks[task.id].robot not in ("", lost)
    assert floor.picture.traffic.held(lost) == held
    floor.silent.clear()
    floor.robots[lost].paused = False
    vehicle.observe_connection(floor.robots[lost].connection(), floor.now)
    floor.run(5)
    assert vehicle.order is None or vehicle.order.task_id != task.id
    floor.until(task.id, "finished")
    assert floor.conflicts == []


def test_an_empty_robot_charges(floor: Floor) -> None:
    floor.submit(kind="goTo", place="culture", robot="guide-01")
    floor.run(15)
    floor.robots["guide-01"].battery = 15.0
    floor.run(150)
    assert floor.robots["guide-01"].charging
    assert any(a.condition.key == "battery_low:guide-01" for a in floor.picture.alerts.open.values())
    kinds = [t.kind for t in floor.picture.tasks.values() if t.source == "fleet"]
    assert kinds == ["charge"]


def test_a_robot_in_the_way_goes_home_at_once(floor: Floor) -> None:
    first = floor.submit(kind="goTo", place="culture", robot="guide-01")
    floor.until(first.id, "finished")
    second = floor.submit(kind="goTo", place="culture", robot="guide-02")
    floor.until(second.id, "finished", 120)
    assert floor.closest_m > 0.8


def test_staff_are_called(floor: Floor) -> None:
    ask(floor, kind="callStaff", place="", text="help")
    floor.step()
    [alert] = [a for a in floor.picture.alerts.open.values() if a.condition.key.startswith("call_staff")]
    assert "help" in alert.condition.text
    assert alert.condition.severity == "critical"


def test_orders_are_durable_before_they_are_sent(floor: Floor) -> None:
    floor.submit(kind="goTo", place="culture")
    outcome = Outcome()
    for _ in range(4):
        outcome = floor.decide()
        orders = [m.message for m in outcome.messages if hasattr(m, "serial") and isinstance(m.message, Order)]
        for order in orders:
            assert outcome.orders[order.order_id].update_id == order.order_update_id
        floor.now += 0.1
    assert floor.sent


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_day_of_six_robots(seed: int) -> None:
    """60 tasks on the hall: all finish, nobody ever holds what another holds, nobody comes near another."""
    floor, dice = Floor.of(6), random.Random(seed)
    places = [p for p in floor.picture.venue.places if p not in floor.picture.venue.chargers]
    ids: list[str] = []
    while len(ids) < 60 or any(floor.picture.tasks[i].open for i in ids):
        waiting = sum(floor.picture.tasks[i].open for i in ids)
        if len(ids) < 60 and waiting < 8:
            origin = dice.choice([*floor.picture.venue.kiosks, *places[:5]])
            guide = dice.random() < 0.5
            fields = {"kind": "guide", "origin": origin} if guide else {"kind": "goTo"}
            ids.append(floor.submit(place=dice.choice(places), **fields).id)
        floor.step()
        assert floor.now < 1_005_000, "an hour and still not done"
    assert {floor.picture.tasks[i].state for i in ids} == {"finished"}
    assert floor.conflicts == []
    assert floor.closest_m > 0.8


def test_a_robot_on_its_way_for_somebody_else_says_so_at_once(floor: Floor) -> None:
    ask(floor, Source.KIOSK, "kiosk-01", origin="kiosk-01")
    floor.run(2)
    [task] = floor.picture.tasks.values()
    ask(floor, asker=task.robot, request_id="q2", place="finance")
    who, notice = floor.notices[-1]
    assert (who, notice.kind, notice.request_id) == (task.robot, "rejected", "q2")
    assert "somebody else" in notice.reason
    assert len(floor.picture.tasks) == 1
