"""What comes in from people: tasks from staff, visitors' requests from robots and kiosks, cancellations."""

from __future__ import annotations

from dataclasses import replace

from fleet.alerts import Condition, Severity
from fleet.conduct import cancel as cancel_order
from fleet.conduct import end_task
from fleet.dispatch import OWN_VISITOR_MIN_BATTERY
from fleet.errors import NotFound, Rejected
from fleet.picture import Outcome, Picture, ToAsker
from fleet.protocol.clock import utc_timestamp
from fleet.protocol.venue import Notice, NoticeKind, RequestKind, VisitorRequest
from fleet.tasks import Source, Task, TaskKind, TaskRequest
from fleet.upkeep import free_dock
from maps.errors import UnknownPlace

REMEMBERED = 10_000
"""Refused requests whose answer is kept, to give the same answer to the same request."""


def submit(picture: Picture, request: TaskRequest, now: float, outcome: Outcome) -> Task:
    """Make a task of a request; the same `request_id` again gives the same task.

    :raises Rejected: with the reason and what to do instead.
    """
    known = picture.by_request.get(request.request_id) if request.request_id else None
    if known is not None:
        return picture.tasks[known]
    kind = _kind(request.kind)
    _check_place(picture, request.place, "place")
    if request.origin:
        _check_place(picture, request.origin, "origin")
    _check_robot(picture, request, kind)
    task = Task(
        id=picture.new_id(),
        kind=kind,
        place=request.place,
        requested_at=now,
        origin=request.origin if kind is TaskKind.GUIDE else "",
        only_robot=request.robot,
        language=request.language,
        source=Source(request.source),
        request_id=request.request_id,
        asker=request.asker,
        text=request.text,
    )
    if kind is TaskKind.GUIDE and not task.origin:
        _replace_former(picture, task, now, outcome)
    picture.put(task, outcome)
    picture.log(outcome, now, "requested", f"{task.kind} to {task.place} from {task.source}", request.robot, task.id)
    picture.tell(task, NoticeKind.ACCEPTED, now, outcome)
    return task


def _kind(kind: str) -> TaskKind:
    try:
        return TaskKind(kind)
    except ValueError:
        raise Rejected(f"unknown kind {kind!r}", f"use one of {', '.join(TaskKind)}") from None


def _check_place(picture: Picture, place: str, what: str) -> None:
    try:
        picture.venue.place(place)
    except UnknownPlace as error:
        hint = f"did you mean {', '.join(error.nearest)}?" if error.nearest else "search for it by name first"
        raise Rejected(f"unknown {what} {place!r}", hint) from None


def _check_robot(picture: Picture, request: TaskRequest, kind: TaskKind) -> None:
    if request.robot and request.robot not in picture.vehicles:
        names = ", ".join(sorted(picture.vehicles)) or "none has been heard of yet"
        raise Rejected(f"unknown robot {request.robot!r}", f"robots here: {names}")
    if kind is TaskKind.GUIDE and not request.origin and not request.robot:
        raise Rejected("a guided visitor needs an origin or a robot", "say where the visitor waits")
    if kind in (TaskKind.CHARGE, TaskKind.HOME):
        if not request.robot:
            raise Rejected(f"{kind} needs a robot", "say which robot")
        if request.place not in picture.venue.chargers:
            raise Rejected(f"{request.place!r} is no dock", f"docks: {', '.join(picture.venue.chargers)}")
    if request.source == Source.ROBOT and request.robot:  # else it asks for another robot, to take its visitor over
        _check_free(picture, request)
        vehicle = picture.vehicles[request.robot]
        if vehicle.state and vehicle.battery < OWN_VISITOR_MIN_BATTERY:
            raise Rejected(f"{request.robot} has only {vehicle.battery:.0f} % battery left", "ask another robot", 409)


def _check_free(picture: Picture, request: TaskRequest) -> None:
    """A robot on its way for somebody else cannot lead the visitor who speaks to it; going home can wait."""
    for task in picture.open_tasks():
        elsewhere = task.kind not in (TaskKind.HOME, TaskKind.CHARGE) and task.asker != request.asker
        if task.robot == request.robot and elsewhere:
            raise Rejected(f"{request.robot} is on its way for somebody else", "ask another robot", 409)


def _replace_former(picture: Picture, task: Task, now: float, outcome: Outcome) -> None:
    """The visitor with a robot wants something else now: the former wish of the same robot ends."""
    for old in picture.open_tasks():
        if old.kind is TaskKind.GUIDE and old.source is Source.ROBOT and old.asker == task.asker and task.asker:
            end_task(picture, old.cancelled("replaced by a newer wish", now), now, outcome)


def cancel(picture: Picture, task_id: str, reason: str, now: float, outcome: Outcome) -> Task:
    """Call a task off; its robot stops where it is. A task that has ended stays as it ended.

    :raises NotFound: if there is no such task.
    """
    task = picture.tasks.get(task_id)
    if task is None:
        raise NotFound(f"no task {task_id!r}: see /api/v1/tasks")
    if not task.open:
        return task
    vehicle = picture.vehicles.get(task.robot)
    end_task(picture, task.cancelled(reason, now), now, outcome)
    if vehicle is not None and vehicle.order is not None and vehicle.order.task_id == task_id:
        cancel_order(picture, vehicle, now, outcome)
    return picture.tasks[task_id]


def visitor_request(
    picture: Picture, source: Source, asker: str, message: VisitorRequest, now: float, outcome: Outcome
) -> None:
    """A robot's or kiosk's request; the answer is a notice, the same one for the same request."""
    if message.request_id in picture.refused:
        outcome.messages.append(ToAsker(source, asker, picture.refused[message.request_id]))
        return
    if message.kind is RequestKind.CALL_STAFF:
        _call_staff(picture, source, asker, message, now, outcome)
        return
    if message.kind is RequestKind.VISITOR_LOST:
        _visitor_lost(picture, source, asker, message, now, outcome)
        return
    if message.kind is RequestKind.CANCEL:
        if task_id := _task_id(picture, message.cancels):
            cancel(picture, task_id, "cancelled by the visitor", now, outcome)
        return
    if message.request_id in picture.by_request:
        _answer(source, asker, _again(picture, message, now), outcome)
        return
    request = TaskRequest(
        kind=message.kind.value,
        place=message.place,
        origin=message.origin,
        robot=asker if source is Source.ROBOT and not message.origin else "",
        language=message.language,
        source=source,
        request_id=message.request_id,
        asker=asker,
        text=message.text,
    )
    try:
        submit(picture, request, now, outcome)
    except Rejected as error:
        picture.counts["rejected"] += 1
        notice = _notice(NoticeKind.REJECTED, message, now, reason=str(error))
        _remember(picture, notice)
        picture.log(outcome, now, "rejected", f"{source} {asker}: {error}", asker)
        _answer(source, asker, notice, outcome)


def _again(picture: Picture, message: VisitorRequest, now: float) -> Notice:
    task = picture.tasks[picture.by_request[message.request_id]]
    notice = _notice(NoticeKind.ACCEPTED, message, now)
    return notice.model_copy(update={"task_id": task.id, "robot": task.robot})


def _call_staff(
    picture: Picture, source: Source, asker: str, message: VisitorRequest, now: float, outcome: Outcome
) -> None:
    key = f"call_staff:{message.request_id}"
    if all(call.key != key for call in picture.calls):
        said = f": {message.text}" if message.text else ""
        text = f"a visitor at {asker} asks for staff{said}"
        picture.calls.append(Condition(key=key, severity=Severity.CRITICAL, text=text, place=message.origin or asker))
        picture.log(outcome, now, "call_staff", text, asker)
    _answer(source, asker, _notice(NoticeKind.ACCEPTED, message, now), outcome)


def _visitor_lost(
    picture: Picture, source: Source, asker: str, message: VisitorRequest, now: float, outcome: Outcome
) -> None:
    """Staff read it in the journal; they may cancel the task or send somebody. Else the robot gives up by itself."""
    text = f"{asker} has lost its visitor"
    picture.log(outcome, now, "visitor_lost", text, asker, _task_id(picture, message.about))
    _answer(source, asker, _notice(NoticeKind.ACCEPTED, message, now), outcome)


def _task_id(picture: Picture, request_id: str) -> str:
    """The task of a request; robots are told a task's own id where staff made it without one."""
    return picture.by_request.get(request_id) or (request_id if request_id in picture.tasks else "")


def _notice(kind: NoticeKind, message: VisitorRequest, now: float, reason: str = "") -> Notice:
    return Notice(kind=kind, timestamp=utc_timestamp(now), request_id=message.request_id, reason=reason)


def _remember(picture: Picture, notice: Notice) -> None:
    picture.refused[notice.request_id] = notice
    if len(picture.refused) > REMEMBERED:
        del picture.refused[next(iter(picture.refused))]


def _answer(source: Source, asker: str, notice: Notice, outcome: Outcome) -> None:
    outcome.messages.append(ToAsker(source, asker, notice))


def staff_came(picture: Picture, alert_id: int) -> None:
    """A member of staff has answered a call.

    :raises NotFound: if no open call has this alert id.
    """
    keys = {alert.condition.key for alert in picture.alerts.open.values() if alert.id == alert_id}
    calls = [call for call in picture.calls if call.key not in keys]
    if len(calls) == len(picture.calls):
        raise NotFound(f"no open staff call with alert id {alert_id}: see /api/v1/alerts")
    picture.calls = calls


def default_request(request: TaskRequest, picture: Picture) -> TaskRequest:
    """Fill in what staff may leave out: home and charge go to the robot's own dock."""
    vehicle = picture.vehicles.get(request.robot)
    if request.kind in (TaskKind.HOME, TaskKind.CHARGE) and not request.place and vehicle:
        return replace(request, place=free_dock(picture, vehicle))
    return request
