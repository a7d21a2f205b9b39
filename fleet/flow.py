"""Keeping traffic flowing: deadlocks resolved, stuck and parked robots driven around or asked to move."""

from __future__ import annotations

from fleet.conduct import send_update
from fleet.orders import Itinerary
from fleet.picture import Outcome, Picture
from fleet.protocol.vda5050 import ActionStatus
from fleet.vehicles import Vehicle
from maps.lanes import NoRoute

DEADLOCK_S = 1.0
"""A ring of waiting robots this old is a deadlock, not two robots about to report progress."""
AROUND_S = 3.0
"""Behind a robot that will not move soon, look for another way after this."""
REROUTE_EVERY_S = 8.0


def untangle(picture: Picture, now: float, outcome: Outcome) -> None:
    """Find robots that wait in vain and give one of them another way."""
    rings = picture.traffic.stuck()
    picture.stuck_since = {key: picture.stuck_since.get(key, now) for key in (tuple(sorted(r)) for r in rings)}
    picture.counted_rings &= set(picture.stuck_since)
    for ring in rings:
        if now - picture.stuck_since[tuple(sorted(ring))] >= DEADLOCK_S:
            _break(picture, ring, now, outcome)
    for serial, wait in list(picture.traffic.waits.items()):
        vehicle = picture.vehicles.get(serial)
        if vehicle is None or now - wait.since < AROUND_S or now - picture.rerouted_at.get(serial, 0) < REROUTE_EVERY_S:
            continue
        if any(not moves_soon(picture, other, now) for other in wait.robots):
            picture.rerouted_at[serial] = now
            _go_around(picture, vehicle, now, outcome)


def moves_soon(picture: Picture, serial: str, now: float) -> bool:
    """Whether a robot is likely to make room by itself."""
    vehicle = picture.vehicles.get(serial)
    walk = picture.traffic.walks.get(serial)
    if vehicle is None or walk is None or not vehicle.reachable(now) or vehicle.fatal or vehicle.order is None:
        return False
    acting = vehicle.status_of("meetVisitor") in (ActionStatus.RUNNING, ActionStatus.INITIALIZING)
    return not acting and not (vehicle.state and vehicle.state.paused)


def _break(picture: Picture, ring: tuple[str, ...], now: float, outcome: Outcome) -> None:
    """One robot of the ring takes another way; else one steps aside and comes back."""
    vehicles = [picture.vehicles[serial] for serial in sorted(ring) if serial in picture.vehicles]
    solved = any(_go_around(picture, vehicle, now, outcome) for vehicle in vehicles)
    solved = solved or any(_step_aside(picture, vehicle, now, outcome) for vehicle in vehicles)
    key = tuple(sorted(ring))
    if key not in picture.counted_rings:
        picture.counted_rings.add(key)
        picture.traffic.deadlocks += 1
    how = "one takes another way" if solved else "no other way is free yet"
    picture.log(outcome, now, "deadlock", f"{', '.join(key)} waited for each other: {how}")
    picture.stuck_since[key] = now + (0.0 if solved else 4.0)


def _may_change(vehicle: Vehicle, now: float) -> bool:
    return bool(vehicle.order and not vehicle.cancelling and vehicle.acknowledged and vehicle.reachable(now))


def _go_around(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> bool:
    """Another way from the end of the base that avoids what others hold; whether there is one."""
    wait = picture.traffic.waits.get(vehicle.serial)
    if vehicle.order is None or wait is None or not _may_change(vehicle, now):
        return False
    near = {other[2:] for name in wait.resources for other in (name, *picture.traffic.conflicts.of.get(name, ()))}
    for closed in (picture.traffic.closed_for(vehicle.serial), near):
        try:
            route = picture.router(vehicle.serial, frozenset(closed))
            way = vehicle.order.itinerary.rerouted(vehicle.order.released, route)
        except NoRoute:
            continue
        if _take(picture, vehicle, way, now, outcome):
            return True
    return False


def _step_aside(picture: Picture, vehicle: Vehicle, now: float, outcome: Outcome) -> bool:
    """To the nearest node out of everybody's way, then on to where it was going."""
    if vehicle.order is None or not _may_change(vehicle, now):
        return False
    via = picture.traffic.refuge(vehicle.serial)
    if not via:
        return False
    try:
        way = vehicle.order.itinerary.rerouted(vehicle.order.released, picture.router(vehicle.serial), via)
    except NoRoute:
        return False
    return _take(picture, vehicle, way, now, outcome)


def _take(picture: Picture, vehicle: Vehicle, way: Itinerary, now: float, outcome: Outcome) -> bool:
    """Use a new way if it can be entered now; whether it was."""
    order = vehicle.order
    if order is None or way.nodes == order.itinerary.nodes:
        return False
    traffic = picture.traffic
    old, wait = order.itinerary, traffic.waits.get(vehicle.serial)
    traffic.send(vehicle.serial, way.nodes, way.gate_after(order.released, vehicle.finished))
    if not traffic.advance(vehicle.serial, now):
        traffic.send(vehicle.serial, old.nodes, old.gate_after(order.released, vehicle.finished))
        if wait is not None:
            traffic.waits[vehicle.serial] = wait
        return False
    picture.counts["rerouted"] += 1
    picture.log(outcome, now, "rerouted", f"{vehicle.serial} takes another way", vehicle.serial, order.task_id)
    send_update(picture, vehicle, way, now, outcome)
    return True
