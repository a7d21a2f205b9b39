"""One decision: from the picture as it is to what should be made durable and sent.

No I/O, no clock, no randomness of its own: the same picture and time give the same outcome (ids come from
`picture.new_id`). The steps run in the order in which one may make room for the next.
"""

from __future__ import annotations

import itertools
import math

from fleet.conduct import ATTEMPTS, LOST_LEADING_S, begin, cancel, conduct, end_task, extend, give_up, stand
from fleet.dispatch import Candidate, assign
from fleet.flow import untangle
from fleet.orders import Itinerary
from fleet.picture import Outcome, Picture
from fleet.protocol.venue import NoticeKind
from fleet.tasks import Source, Task, TaskKind, TaskState
from fleet.upkeep import review_alerts, send_home
from fleet.vehicles import LinkState, Vehicle

UNSTARTED_S = 20.0
"""An assigned robot that cannot be sent its order for this long gives the task back."""
PREEMPT_CHARGE_PERCENT = 40.0
"""From here on a charging robot may be called away."""


def decide(picture: Picture, now: float) -> Outcome:
    """What is to be done now. Changes the picture as if it were done."""
    outcome = Outcome()
    picture.shut = {lane: until for lane, until in picture.shut.items() if until > now}
    robots = sorted(picture.vehicles.values(), key=lambda v: v.serial)
    for vehicle in robots:
        _settle(picture, vehicle, now, outcome)
    for vehicle in robots:
        conduct(picture, vehicle, now, outcome)
    _give_back(picture, now, outcome)
    _dispatch(picture, now, outcome)
    send_home(picture, now, outcome)
    for task in picture.open_tasks():
        _begin_assigned(picture, task, now, outcome)
    for vehicle in sorted(robots, key=lambda v: _turn(picture, v, now)):
        extend(picture, vehicle, now, outcome)
    untangle(picture, now, outcome)
    review_alerts(picture, now, outcome)
    return outcome


def _turn(picture: Picture, vehicle: Vehicle, now: float) -> tuple[float, str]:
    """Who has waited longest goes first."""
    wait = picture.traffic.waits.get(vehicle.serial)
    return (wait.since if wait else now, vehicle.serial)


def _settle(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> None:
    """Where a robot stands that has no order of ours; orders it had before we (re)started."""
    state = vehicle.state
    if state is None or vehicle.order is not None or vehicle.cancelling is not None:
        return
    saved = picture.saved_orders.pop(state.order_id, None)
    task = picture.tasks.get(saved.task_id) if saved else None
    if saved and task and task.open and task.robot == vehicle.serial:
        _adopt(picture, vehicle, task, Itinerary.from_dict(saved.itinerary), now, outcome)
    elif state.idle:
        if vehicle.link(now) is LinkState.ONLINE or vehicle.serial not in picture.traffic.walks:
            stand(picture, vehicle)
    else:
        _hold_reported(picture, vehicle)
        if vehicle.reachable(now):
            picture.log(outcome, now, "foreign", f"{vehicle.serial} drives an order not ours", vehicle.serial)
            cancel(picture, vehicle, now, outcome)


def _adopt(picture: Picture, vehicle: Vehicle, task: Task, way: Itinerary, now: float, outcome: Outcome) -> None:
    state = vehicle.state
    if state is None:
        return
    passed = state.last_node_sequence_id // 2
    released = max([passed, *(n.sequence_id // 2 for n in state.node_states if n.released)])
    vehicle.adopt(state.order_id, task.id, way, min(released, way.last), now)
    picture.traffic.place(vehicle.serial, way.nodes, at=min(passed, way.last), granted=min(released, way.last))
    picture.log(
        outcome, now, "adopted", f"{vehicle.serial} still drives order {state.order_id}", vehicle.serial, task.id
    )


def _hold_reported(picture: Picture, vehicle: Vehicle) -> None:
    """Keep what a robot with somebody else's order says it will drive."""
    state, graph = vehicle.state, picture.venue.lanes
    if state is None:
        return
    names = [state.last_node_id, *(n.node_id for n in state.node_states if n.released)]
    joined = all(any(lane.end == b for lane in graph.out_lanes(a)) for a, b in itertools.pairwise(names) if a)
    if all(name in graph.nodes for name in names) and joined:
        picture.traffic.place(vehicle.serial, names)
    else:
        stand(picture, vehicle)


def _give_back(picture: Picture, now: float, outcome: Outcome) -> None:
    """Tasks whose robot cannot do them."""
    for task in picture.open_tasks():
        vehicle = picture.vehicles.get(task.robot or task.only_robot)
        reachable = vehicle is not None and vehicle.reachable(now)
        conducting = vehicle is not None and vehicle.order is not None and vehicle.order.task_id == task.id
        if task.state is TaskState.ACTIVE and vehicle and not conducting and vehicle.free:
            give_up(picture, vehicle, task, f"{task.robot} lost the order in a restart", now, outcome)
        elif reachable or conducting:
            continue
        elif task.state is TaskState.ASSIGNED and now - (task.assigned_at or now) > UNSTARTED_S:
            _return_or_fail(picture, task, f"{task.robot} cannot be reached", now, outcome)
        elif task.state is TaskState.QUEUED and task.only_robot and now - task.requested_at > LOST_LEADING_S:
            end_task(picture, task.failed(f"{task.only_robot} cannot be reached", now), now, outcome)


def _return_or_fail(picture: Picture, task: Task, reason: str, now: float, outcome: Outcome) -> None:
    if task.attempts + 1 >= ATTEMPTS or task.source is Source.FLEET:
        end_task(picture, task.failed(reason, now), now, outcome)
    else:
        picture.put(task.requeued(reason, now), outcome)
        picture.notices.pop(task.id, None)


def _dispatch(picture: Picture, now: float, outcome: Outcome) -> None:
    waiting = [t for t in picture.open_tasks() if t.state is TaskState.QUEUED and t.not_before <= now]
    candidates = [c for v in picture.vehicles.values() if (c := _candidate(picture, v, now))] if waiting else []
    times: dict[str, dict[str, float]] = {}

    def travel_s(node: str, task: Task) -> float:
        start = task.origin or ("" if task.only_robot and task.kind is TaskKind.GUIDE else task.place)
        if not start:
            return 0.0
        if start not in times:
            times[start] = dict(picture.venue.lanes.distances_to(picture.node_of(start)))
        return times[start].get(node, math.inf)

    for choice in assign(waiting, candidates, travel_s, now):
        old = picture.task_of(choice.robot)
        if old is not None:
            end_task(picture, old.cancelled("the robot is needed elsewhere", now), now, outcome)
        task = picture.put(picture.tasks[choice.task].assigned(choice.robot, choice.why, now), outcome)
        picture.log(outcome, now, "assigned", choice.why, choice.robot, task.id)
        picture.tell(task, NoticeKind.ASSIGNED, now, outcome, eta_s=choice.travel_s)


def _candidate(picture: Picture, vehicle: Vehicle, now: float) -> Candidate | None:
    walk = picture.traffic.walks.get(vehicle.serial)
    state, task = vehicle.state, picture.task_of(vehicle.serial)
    if walk is None or state is None or not vehicle.reachable(now) or vehicle.fatal or state.paused:
        return None
    if vehicle.blocked in picture.shut:
        return None  # it stands before what it cannot pass
    if task is not None and (task.source is not Source.FLEET or not _preemptible(vehicle, task)):
        return None
    return Candidate(serial=vehicle.serial, battery=vehicle.battery, node=walk.nodes[walk.granted])


def _preemptible(vehicle: Vehicle, task: Task) -> bool:
    return task.kind is TaskKind.HOME or vehicle.battery >= PREEMPT_CHARGE_PERCENT


def _begin_assigned(picture: Picture, task: Task, now: float, outcome: Outcome) -> None:
    vehicle = picture.vehicles.get(task.robot)
    if task.state is not TaskState.ASSIGNED or vehicle is None:
        return
    if vehicle.free and vehicle.reachable(now) and vehicle.xy is not None:
        begin(picture, vehicle, task, now, outcome)
