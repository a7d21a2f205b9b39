"""What the fleet does by itself: sends idle robots home and empty ones to charge, and raises alerts."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.alerts import Condition, Severity
from fleet.dispatch import MIN_BATTERY
from fleet.picture import Outcome, Picture
from fleet.protocol.venue import Availability
from fleet.tasks import Source, Task, TaskKind
from fleet.vehicles import LinkState, Vehicle

IDLE_S = 20.0
"""An idle robot away from a dock goes home after this; at once when somebody waits behind it."""


def send_home(picture: Picture, now: float, outcome: Outcome) -> None:
    """Home and charge tasks for the robots that should have one."""
    wanted = frozenset(serial for wait in picture.traffic.waits.values() for serial in wait.robots)
    for serial, vehicle in sorted(picture.vehicles.items()):
        docked = dock_at(picture, serial)
        if docked and not vehicle.home and vehicle.free:
            vehicle.home = docked
        kind = _due(picture, vehicle, docked, serial in wanted, now)
        dock = free_dock(picture, vehicle) if kind else ""
        if kind is None or not dock:
            continue
        why = f"battery {vehicle.battery:.0f} %" if kind is TaskKind.CHARGE else "nothing else to do"
        task = Task(
            id=picture.new_id(), kind=kind, place=dock, requested_at=now, only_robot=serial, source=Source.FLEET
        )
        picture.put(task.assigned(serial, why, now), outcome)


def _due(picture: Picture, vehicle: Vehicle, docked: str, in_the_way: bool, now: float) -> TaskKind | None:
    state = vehicle.state
    if state is None or not vehicle.free or not vehicle.reachable(now) or vehicle.fatal or state.paused:
        return None
    if picture.task_of(vehicle.serial) or now < picture.charge_after.get(vehicle.serial, 0.0):
        return None
    if vehicle.battery < MIN_BATTERY and not (docked and state.battery_state.charging):
        return TaskKind.CHARGE
    idle_s = now - (vehicle.idle_since or now)
    return TaskKind.HOME if not docked and (in_the_way or idle_s > IDLE_S) else None


def dock_at(picture: Picture, serial: str) -> str:
    """The dock a robot stands on; empty if none."""
    walk = picture.traffic.walks.get(serial)
    if walk is None or len(walk.nodes) != 1:
        return ""
    return next((d for d in picture.venue.chargers if picture.node_of(d) == walk.nodes[0]), "")


def free_dock(picture: Picture, vehicle: Vehicle) -> str:
    """Its own dock if nobody is on it or going there, else the nearest such; empty if there is none."""
    serial = vehicle.serial
    claimed = {t.place for t in picture.open_tasks() if t.robot != serial}
    free = [
        dock
        for dock in picture.venue.chargers
        if dock not in claimed and not picture.traffic.holders(f"n:{picture.node_of(dock)}") - {serial}
    ]
    if vehicle.home in free or not free:
        return vehicle.home if vehicle.home in free else ""
    walk = picture.traffic.walks.get(serial)
    if walk is None:
        return ""
    times = picture.venue.lanes.distances_from(walk.nodes[-1])
    return min(free, key=lambda dock: times.get(picture.node_of(dock), float("inf")))


def review_alerts(picture: Picture, now: float, outcome: Outcome) -> None:
    """Raise and resolve alerts; the journal keeps both."""
    conditions = [*picture.calls, *picture.network.conditions(), *_kiosk_conditions(picture)]
    for vehicle in picture.vehicles.values():
        conditions.extend(_robot_conditions(vehicle, now))
    for alert in picture.alerts.review(conditions, now):
        kind = "alert" if alert.resolved_at is None else "resolved"
        picture.log(outcome, now, kind, alert.condition.text, robot=alert.condition.place)


def _robot_conditions(vehicle: Vehicle, now: float) -> Iterator[Condition]:
    serial, link = vehicle.serial, vehicle.link(now)
    if link is LinkState.BROKEN:
        text = f"{serial}: connection broken"
        yield Condition(key=f"robot_broken:{serial}", severity=Severity.CRITICAL, text=text, place=serial)
    elif link is LinkState.STALE:
        text = f"{serial}: nothing heard for 2 s"
        yield Condition(key=f"robot_stale:{serial}", severity=Severity.WARNING, text=text, place=serial)
    if vehicle.state is None:
        return
    if vehicle.battery < MIN_BATTERY:
        text = f"{serial}: battery below {MIN_BATTERY:.0f} %"
        yield Condition(key=f"battery_low:{serial}", severity=Severity.WARNING, text=text, place=serial)
    for error in vehicle.state.errors:
        severity = Severity.CRITICAL if error is vehicle.fatal else Severity.WARNING
        text = f"{serial}: {error.error_type}: {error.error_description or 'no description'}"
        yield Condition(key=f"robot_error:{serial}:{error.error_type}", severity=severity, text=text, place=serial)


def _kiosk_conditions(picture: Picture) -> Iterator[Condition]:
    for kiosk, status in picture.kiosks.items():
        if status.status is Availability.OFFLINE:
            text = f"kiosk {kiosk} is offline"
            yield Condition(key=f"kiosk_offline:{kiosk}", severity=Severity.WARNING, text=text, place=kiosk)
