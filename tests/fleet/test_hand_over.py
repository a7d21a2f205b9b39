"""A robot asks for another to take its visitor over, and tells of a lost one."""

from __future__ import annotations

from floor import Floor

from fleet.picture import Outcome
from fleet.protocol.venue import RequestKind, VisitorRequest
from fleet.requests import visitor_request
from fleet.tasks import Source, TaskState


def ask(floor: Floor, asker: str = "guide-02", **fields: str) -> None:
    outcome = Outcome()
    values = {"kind": RequestKind.GUIDE, "timestamp": "", "place": "culture"} | fields
    visitor_request(floor.picture, Source.ROBOT, asker, VisitorRequest.model_validate(values), floor.now, outcome)
    floor.deliver(outcome)


def test_another_robot_meets_the_visitor_and_the_first_is_free(floor: Floor) -> None:
    ask(floor, request_id="q1")
    floor.run(10)
    floor.robots["guide-02"].action_takes_s = 1000.0
    ask(floor, request_id="h1", origin="kiosk-01")
    first, second = (floor.picture.tasks[floor.picture.by_request[it]] for it in ("q1", "h1"))
    assert first.open
    floor.until(second.id, "active")
    assert floor.picture.tasks[second.id].robot not in ("", "guide-02")
    end = floor.now + 200
    while floor.now < end and not any(n.kind == "leading" and n.request_id == "h1" for _, n in floor.notices):
        floor.step()
    kinds = [n.kind for who, n in floor.notices if who == "guide-02" and n.request_id == "h1"]
    assert kinds == ["accepted", "assigned", "approaching", "arrived", "leading"]
    ask(floor, kind=RequestKind.CANCEL, request_id="cancel-q1", cancels="q1")
    assert floor.picture.tasks[first.id].state is TaskState.CANCELLED
    floor.until(second.id, "finished")


def test_a_lost_visitor_is_in_the_journal_and_answered(floor: Floor) -> None:
    ask(floor, request_id="q1")
    ask(floor, kind=RequestKind.VISITOR_LOST, request_id="lost-q1", about="q1")
    task = floor.picture.by_request["q1"]
    event = floor.picture.events[-1]
    assert (event.kind, event.robot, event.task) == ("visitor_lost", "guide-02", task)
    assert floor.notices[-1][1].kind == "accepted"
    assert floor.picture.tasks[task].open


def test_a_robot_on_its_way_for_another_may_still_ask_for_one_to_take_over(floor: Floor) -> None:
    floor.submit(kind="guide", place="culture", origin="kiosk-01")
    floor.run(2)
    ask(floor, request_id="h1", origin="kiosk-01")
    assert floor.picture.tasks[floor.picture.by_request["h1"]].open


def test_a_visitor_on_the_way_wants_to_go_elsewhere(floor: Floor) -> None:
    """Whoever asked for the journey: a kiosk (with a request id), or staff (without)."""
    for former in ("k1", ""):
        task = floor.submit(kind="guide", place="culture", origin="kiosk-01", request_id=former, asker="kiosk-01")
        robot = floor.until(task.id, "active").robot
        end = floor.now + 200
        while floor.now < end and floor.picture.vehicles[robot].status_of("startGuiding") != "FINISHED":
            floor.step()
        ask(floor, robot, kind=RequestKind.CANCEL, request_id=f"cancel-{task.id}", cancels=former or task.id)
        ask(floor, robot, request_id=f"n-{former}", place="finance")
        assert floor.picture.tasks[task.id].state is TaskState.CANCELLED
        done = floor.until(floor.picture.by_request[f"n-{former}"], "finished")
        assert done.robot == robot
