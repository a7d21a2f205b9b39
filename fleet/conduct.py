"""Conducting one robot: where it stands, its order's beginning, progress, updates and end."""

from __future__ import annotations

import itertools
import math

from fleet.orders import Itinerary, compose
from fleet.picture import Outcome, Picture, ToVehicle
from fleet.protocol.vda5050 import ActionStatus
from fleet.protocol.venue import NoticeKind
from fleet.tasks import Source, Task, TaskKind, TaskState
from fleet.vehicles import Vehicle
from maps.errors import MapsError

ON_NODE_M = 0.6
"""A robot this near to a node stands on it (it passes nodes within 0.5 m)."""
ATTEMPTS = 3
BACKOFF_S = 2.0
LOST_S = 30.0
"""A robot out of reach this long loses a task nobody is being led in."""
LOST_LEADING_S = 120.0
FATAL_S = 5.0
SHUT_S = 60.0
"""A lane that a robot found blocked is gone round for so long."""


def stand(picture: Picture, vehicle: Vehicle) -> None:
    """Note in `traffic` where a robot without an order stands; what it held before it may still be touching."""
    xy = vehicle.xy
    walk = picture.traffic.walks.get(vehicle.serial)
    if xy is None:
        return
    graph = picture.venue.lanes
    if walk is not None:
        here = graph.nodes[walk.nodes[walk.at]]
        if len(walk.nodes) == 1 and math.hypot(here.x - xy[0], here.y - xy[1]) <= ON_NODE_M:
            return
    node, away_m = graph.nearest_node(*xy)
    last = vehicle.state.last_node_id if vehicle.state else ""
    if last in graph.nodes and math.hypot(graph.nodes[last].x - xy[0], graph.nodes[last].y - xy[1]) <= ON_NODE_M:
        node, away_m = last, 0.0
    if away_m <= ON_NODE_M:
        nodes: tuple[str, ...] = (node,)
    elif walk is not None and walk.at < walk.granted and _on_lane(picture, walk.nodes[walk.at : walk.at + 2], xy):
        nodes = walk.nodes[walk.at : walk.at + 2]
    else:
        lane = graph.lanes[graph.nearest_lane(*xy)[0]]
        nodes = (lane.start, lane.end)
    if walk is None or walk.nodes != nodes:
        picture.traffic.place(vehicle.serial, nodes)
        picture.traffic.walks[vehicle.serial].at = 0


def _on_lane(picture: Picture, ends: tuple[str, ...], xy: tuple[float, float]) -> bool:
    a, b = (picture.venue.lanes.nodes[name] for name in ends)
    direct = math.hypot(b.x - a.x, b.y - a.y)
    around = math.hypot(xy[0] - a.x, xy[1] - a.y) + math.hypot(xy[0] - b.x, xy[1] - b.y)
    return around <= direct + 1.0


def begin(picture: Picture, vehicle: Vehicle, task: Task, now: float, outcome: Outcome) -> None:
    """Send the order of an assigned task to its robot, which is free and reachable."""
    stand(picture, vehicle)
    walk = picture.traffic.walks[vehicle.serial]
    first = picture.venue.lanes.nodes[walk.nodes[0]]
    xy = vehicle.xy or (first.x, first.y)
    off_m = math.hypot(first.x - xy[0], first.y - xy[1])
    try:
        way = compose(task, picture.venue, walk.nodes, picture.router(vehicle.serial), picture.new_id, off_m)
    except MapsError as error:
        end_task(picture, task.failed(str(error), now), now, outcome)
        return
    picture.traffic.send(vehicle.serial, way.nodes, way.gate_after(walk.granted, vehicle.finished))
    picture.traffic.advance(vehicle.serial, now)
    order = vehicle.begin(picture.new_id(), task.id, way, walk.granted, now)
    picture.save_order(vehicle, outcome)
    outcome.messages.append(ToVehicle(vehicle.serial, order))


def conduct(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> None:
    """One robot's turn: progress, notices, end, trouble; then resend what is unanswered."""
    if vehicle.order is None and vehicle.cancelling is None:
        return
    task = picture.tasks.get(vehicle.order.task_id) if vehicle.order else None
    _progress(picture, vehicle)
    if vehicle.cancelling:
        _conduct_cancel(picture, vehicle, now, outcome)
    elif task is None or not task.open or task.robot != vehicle.serial:
        cancel(picture, vehicle, now, outcome)
    else:
        _conduct_task(picture, vehicle, task, now, outcome)
    message = vehicle.resend(now) if vehicle.reachable(now) else None
    if message is not None:
        picture.counts["resent"] += 1
        outcome.messages.append(ToVehicle(vehicle.serial, message))


def _progress(picture: Picture, vehicle: Vehicle) -> None:
    if vehicle.order is not None and (at := vehicle.at) is not None and vehicle.serial in picture.traffic.walks:
        picture.traffic.progress(vehicle.serial, at, vehicle.xy)


def _conduct_cancel(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> None:
    silent = vehicle.reachable(now) and vehicle.unanswered(now) and bool(vehicle.state and vehicle.state.idle)
    if vehicle.cancelled or silent:
        vehicle.forget()
        stand(picture, vehicle)


def cancel(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> None:
    """Call the robot's order off; it keeps its lanes until it says it has stopped (A14)."""
    if vehicle.cancelling or not vehicle.reachable(now):
        return
    if vehicle.done or vehicle.dropped or (vehicle.order and not vehicle.order.accepted and vehicle.rejection):
        vehicle.forget()
        stand(picture, vehicle)
        return
    outcome.messages.append(ToVehicle(vehicle.serial, vehicle.cancel(picture.new_id(), now)))


def _conduct_task(picture: Picture, vehicle: Vehicle, task: Task, now: float, outcome: Outcome) -> None:
    if task.state is TaskState.ASSIGNED and vehicle.acknowledged:
        task = picture.put(task.started(now), outcome)
        picture.log(outcome, now, "started", f"{vehicle.serial} drives to {task.place}", vehicle.serial, task.id)
    _tell_progress(picture, vehicle, task, now, outcome)
    _shut(picture, vehicle, task, now, outcome)
    if vehicle.failed_action:
        cancel(picture, vehicle, now, outcome)
        end_task(picture, task.failed(vehicle.failed_action, now), now, outcome)
    elif vehicle.done and task.state is TaskState.ACTIVE:
        vehicle.forget()
        stand(picture, vehicle)
        end_task(picture, task.finished(now), now, outcome)
    elif trouble := _trouble(vehicle, task, now):
        give_up(picture, vehicle, task, trouble, now, outcome)


def _shut(picture: Picture, vehicle: Vehicle, task: Task, now: float, outcome: Outcome) -> None:
    """Where a robot cannot get through others need not try: new ways and changed ones lead round it for a while."""
    lane = vehicle.blocked
    if not lane:
        return
    if lane not in picture.shut:
        text = f"{vehicle.serial} finds lane {lane} blocked: ways lead round it for {SHUT_S:.0f} s"
        picture.log(outcome, now, "blocked", text, vehicle.serial, task.id)
    picture.shut[lane] = now + SHUT_S


def _tell_progress(picture: Picture, vehicle: Vehicle, task: Task, now: float, outcome: Outcome) -> None:
    if task.kind is not TaskKind.GUIDE or task.state is not TaskState.ACTIVE:
        return
    meeting = vehicle.status_of("meetVisitor")
    if vehicle.status_of("startGuiding") is ActionStatus.FINISHED:
        picture.tell(task, NoticeKind.LEADING, now, outcome, eta_s=eta_s(picture, vehicle))
    elif meeting is not None and meeting is not ActionStatus.WAITING:
        picture.tell(task, NoticeKind.ARRIVED, now, outcome)
    elif task.origin:
        picture.tell(task, NoticeKind.APPROACHING, now, outcome, eta_s=eta_s(picture, vehicle))


def eta_s(picture: Picture, vehicle: Vehicle) -> float:
    """Driving time at the speed limits to the next stop of its order."""
    order, at = vehicle.order, vehicle.at or 0
    if order is None:
        return 0.0
    goal = next((i for i in sorted(order.itinerary.stops) if i > at), order.itinerary.last)
    ahead = order.itinerary.nodes[at : goal + 1]
    return sum(picture.venue.lanes.lane_between(a, b).time_s for a, b in itertools.pairwise(ahead))


def _trouble(vehicle: Vehicle, task: Task, now: float) -> str:
    """Why the robot cannot go on with its order; empty if it can."""
    silent_s = now - (vehicle.seen_at or now)
    leading = vehicle.status_of("startGuiding") is ActionStatus.FINISHED
    if silent_s > (LOST_LEADING_S if leading else LOST_S):
        return f"{vehicle.serial} has been out of reach for {silent_s:.0f} s"
    if vehicle.rejection:
        return f"{vehicle.serial} refused the order: {vehicle.rejection}"
    if vehicle.dropped:
        return f"{vehicle.serial} no longer has the order"
    if vehicle.reachable(now) and vehicle.unanswered(now):
        return f"{vehicle.serial} did not answer the order"
    if vehicle.blocked and not leading:
        return f"{vehicle.serial} cannot get through lane {vehicle.blocked}: it is blocked"
    if vehicle.fatal and vehicle.state and now - vehicle.order_since > FATAL_S:
        return f"{vehicle.serial} cannot drive: {vehicle.fatal.error_type}: {vehicle.fatal.error_description or ''}"
    return ""


def give_up(picture: Picture, vehicle: Vehicle, task: Task, reason: str, now: float, outcome: Outcome) -> None:
    """The robot loses the task: back to the queue where another try makes sense, else failed (A16)."""
    picture.counts["refused" if vehicle.rejection else "lost"] += 1
    picture.log(outcome, now, "trouble", reason, vehicle.serial, task.id)
    accepted = bool(vehicle.order and vehicle.order.accepted)
    leading = vehicle.status_of("startGuiding") is not None and accepted and not task.origin
    leading = leading or vehicle.status_of("startGuiding") is ActionStatus.FINISHED
    if not accepted and vehicle.rejection:
        vehicle.forget()  # it never had the order: there is nothing to cancel
        stand(picture, vehicle)
    elif vehicle.dropped:
        vehicle.forget()
        stand(picture, vehicle)
    else:
        cancel(picture, vehicle, now, outcome)
    if leading or task.source is Source.FLEET or task.attempts + 1 >= ATTEMPTS:
        end_task(picture, task.failed(reason, now), now, outcome)
    else:
        wait_s = BACKOFF_S * 2**task.attempts
        picture.put(task.requeued(reason, now, wait_s), outcome)
        picture.notices.pop(task.id, None)


def end_task(picture: Picture, task: Task, now: float, outcome: Outcome) -> None:
    """Store the end of a task and tell whoever asked."""
    picture.put(task, outcome)
    kinds = {
        TaskState.FINISHED: NoticeKind.FINISHED,
        TaskState.FAILED: NoticeKind.FAILED,
        TaskState.CANCELLED: NoticeKind.CANCELLED,
    }
    picture.tell(task, kinds[task.state], now, outcome, reason=task.reason)
    picture.notices.pop(task.id, None)
    text = f"{task.kind} to {task.place}: {task.state}" + (f", {task.reason}" if task.reason else "")
    picture.log(outcome, now, task.state.value, text, task.robot, task.id)
    if task.source is Source.FLEET and task.state is TaskState.FAILED:
        picture.charge_after[task.robot] = now + 60.0


def extend(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> None:
    """Release more of the way where traffic grants it; one update under way at a time."""
    order = vehicle.order
    walk = picture.traffic.walks.get(vehicle.serial)
    if order is None or walk is None or vehicle.cancelling or not vehicle.acknowledged or not vehicle.reachable(now):
        return
    picture.traffic.open_gate(vehicle.serial, order.itinerary.gate_after(walk.granted, vehicle.finished))
    if picture.traffic.advance(vehicle.serial, now):
        send_update(picture, vehicle, order.itinerary, now, outcome)


def send_update(picture: Picture, vehicle: Vehicle, way: Itinerary, now: float, outcome: Outcome) -> None:
    """Tell the robot its way as `traffic` now grants it."""
    message = vehicle.update(way, picture.traffic.walks[vehicle.serial].granted, now)
    picture.save_order(vehicle, outcome)
    outcome.messages.append(ToVehicle(vehicle.serial, message))
