"""The picture as JSON-ready values, in the shapes of the REST interface."""

from __future__ import annotations

from typing import Any

from fleet.network import Network
from fleet.picture import Event, Picture
from fleet.protocol.clock import utc_timestamp
from fleet.protocol.vda5050 import ActionStatus, ErrorLevel
from fleet.tasks import Task
from fleet.vehicles import LinkState, Vehicle
from maps.venue import Venue

Json = dict[str, Any]


def robot_json(picture: Picture, vehicle: Vehicle, now: float) -> Json:
    """One robot, as the contract of `/api/v1/robots` says."""
    state, task = vehicle.state, picture.task_of(vehicle.serial)
    position, radio = vehicle.position, picture.network.radio.get(vehicle.serial)
    return {
        "serial": vehicle.serial,
        "link": vehicle.link(now).value,
        "x": round(position.x, 3) if position else None,
        "y": round(position.y, 3) if position else None,
        "yaw": round(position.theta, 3) if position else None,
        "battery": round(vehicle.battery, 1) if state else None,
        "charging": bool(state and state.battery_state.charging),
        "mode": state.operating_mode.value if state else None,
        "state": robot_state(vehicle),
        "task": task.id if task else None,
        "place": task.place if task else None,
        "order": vehicle.order.order_id if vehicle.order else None,
        "last_node": state.last_node_id if state else None,
        "path": path_ahead(picture, vehicle),
        "errors": [e.model_dump(mode="json", exclude_none=True) for e in state.errors] if state else [],
        "site": radio.site_id if radio else None,
        "rsrp_dbm": round(radio.rsrp_dbm, 1) if radio else None,
        "seen_s": None if vehicle.seen_at is None else round(now - vehicle.seen_at, 2),
        "waits_for": sorted(wait.robots) if (wait := picture.traffic.waits.get(vehicle.serial)) else [],
    }


def robot_state(vehicle: Vehicle) -> str:
    """idle, driving, paused, acting or error."""
    state = vehicle.state
    if state is None:
        return "idle"
    if any(error.error_level is ErrorLevel.FATAL for error in state.errors):
        return "error"
    if state.paused:
        return "paused"
    if any(a.action_status in (ActionStatus.RUNNING, ActionStatus.INITIALIZING) for a in state.action_states):
        return "acting"
    return "driving" if state.driving or not state.idle else "idle"


def path_ahead(picture: Picture, vehicle: Vehicle) -> list[list[float]]:
    """Points from the robot over its base and horizon, metres."""
    order, nodes = vehicle.order, picture.venue.lanes.nodes
    if order is None:
        return []
    ahead = order.itinerary.nodes[(vehicle.at or 0) + 1 :]
    start = [[round(vehicle.position.x, 2), round(vehicle.position.y, 2)]] if vehicle.position else []
    return start + [[round(nodes[name].x, 2), round(nodes[name].y, 2)] for name in ahead]


def task_json(venue: Venue, task: Task) -> Json:
    """One task, as the contract of `/api/v1/tasks` says; times are ISO 8601 UTC."""
    place = venue.places.get(task.place)
    return {
        "id": task.id,
        "kind": task.kind.value,
        "state": task.state.value,
        "place": task.place,
        "place_names": dict(place.names) if place else {},
        "origin": task.origin or None,
        "robot": task.robot or None,
        "language": task.language,
        "source": task.source.value,
        "request_id": task.request_id or None,
        "requested_at": utc_timestamp(task.requested_at),
        "assigned_at": _time(task.assigned_at),
        "started_at": _time(task.started_at),
        "ended_at": _time(task.ended_at),
        "reason": task.reason,
        "why": task.why,
    }


def _time(unix_s: float | None) -> str | None:
    return None if unix_s is None else utc_timestamp(unix_s)


def tasks_json(picture: Picture, ended: int = 100) -> list[Json]:
    """Open tasks, oldest first, then the latest ended ones, newest first."""
    past = sorted((t for t in picture.tasks.values() if not t.open), key=lambda t: -(t.ended_at or 0))
    return [task_json(picture.venue, task) for task in [*picture.open_tasks(), *past[:ended]]]


def sites_json(network: Network) -> list[Json]:
    return network.to_json()


def kiosks_json(picture: Picture) -> list[Json]:
    """One object per kiosk of the venue, heard of or not."""
    return [
        {
            "id": kiosk.id,
            "names": dict(kiosk.names),
            "x": kiosk.x,
            "y": kiosk.y,
            "status": status.status.value if status else "unknown",
            "visitors_today": status.visitors_today if status else None,
            "language": status.language if status else None,
            "tasks": [t.id for t in picture.open_tasks() if t.asker == kiosk.id],
        }
        for kiosk in picture.venue.kiosks.values()
        for status in (picture.kiosks.get(kiosk.id),)
    ]


def event_json(event: Event) -> Json:
    return {
        "at": utc_timestamp(event.at),
        "kind": event.kind,
        "text": event.text,
        "robot": event.robot or None,
        "task": event.task or None,
    }


def venue_json(venue: Venue) -> Json:
    """What a client needs to draw and name things; the lanes too."""
    return {
        "id": venue.id,
        "map_id": venue.map_id,
        "version": venue.version,
        "names": dict(venue.names),
        "width_m": venue.width_m,
        "height_m": venue.height_m,
        "halls": [{"id": h.id, "names": dict(h.names), "rect": [h.x0, h.y0, h.x1, h.y1]} for h in venue.halls.values()],
        "places": [
            {"id": p.id, "kind": p.kind, "names": dict(p.names), "x": p.x, "y": p.y, "hall": p.hall}
            for p in venue.places.values()
        ],
        "nodes": {node.id: [node.x, node.y] for node in venue.lanes.nodes.values()},
        "lanes": [[lane.id, lane.start, lane.end] for lane in venue.lanes.lanes.values()],
    }


def links(picture: Picture, now: float) -> dict[str, int]:
    """How many robots by link state."""
    counts = dict.fromkeys((state.value for state in LinkState), 0)
    for vehicle in picture.vehicles.values():
        counts[vehicle.link(now).value] += 1
    return counts
