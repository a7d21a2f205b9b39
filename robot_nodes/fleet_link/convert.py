"""Between the vehicle and ROS messages. No node, no I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol

from fairguide_msgs.msg import FleetNotice, FleetRequest
from fairguide_msgs.msg import RadioReport as RosRadio
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped

from fleet.protocol.vda5050 import Action
from fleet.protocol.venue import Announcement, Emergency, Notice, RadioReport, RequestKind, VisitorRequest
from maps.venue import Place, Venue
from robot_nodes.fleet_link.body import Pose
from robot_nodes.fleet_link.effects import Relocalise, Waypoint

REQUEST_KINDS = {
    "guide": RequestKind.GUIDE,
    "call_staff": RequestKind.CALL_STAFF,
    "cancel": RequestKind.CANCEL,
    "hand_over": RequestKind.GUIDE,
    "visitor_lost": RequestKind.VISITOR_LOST,
}


class Dock(Protocol):
    """What is needed of `maps.venue.Charger`."""

    @property
    def id(self) -> str: ...

    @property
    def x(self) -> float: ...

    @property
    def y(self) -> float: ...


def pose_from(message: PoseWithCovarianceStamped) -> Pose:
    """Position and yaw (REP-103) of a localiser's pose."""
    position, q = message.pose.pose.position, message.pose.pose.orientation
    yaw = math.atan2(2.0 * (q.w * q.z + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z))
    return Pose(x=position.x, y=position.y, yaw=yaw)


def pose_to(waypoint: Waypoint, stamp: Any) -> PoseStamped:
    """A goal in `map`."""
    message = PoseStamped()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.pose.position.x, message.pose.position.y = waypoint.x, waypoint.y
    message.pose.orientation.z, message.pose.orientation.w = math.sin(waypoint.yaw / 2), math.cos(waypoint.yaw / 2)
    return message


def initial_pose(place: Relocalise, stamp: Any) -> PoseWithCovarianceStamped:
    """What RViz's tool sends: 0.5 m and 15 degrees of doubt (nav2 defaults)."""
    message = PoseWithCovarianceStamped()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.pose.pose.position.x, message.pose.pose.position.y = place.x, place.y
    message.pose.pose.orientation.z = math.sin(place.yaw / 2)
    message.pose.pose.orientation.w = math.cos(place.yaw / 2)
    covariance = [0.0] * 36
    covariance[0] = covariance[7] = 0.25
    covariance[35] = math.radians(15.0) ** 2
    message.pose.covariance = covariance
    return message


def visitor_request(message: FleetRequest, timestamp: str, here: str = "") -> VisitorRequest | None:
    """What guiding asks of the fleet; None where the kind is unknown.

    :param here: id of the place the robot is at: where another one is to meet its visitor (`hand_over`).
    """
    kind = REQUEST_KINDS.get(message.kind)
    if kind is None or not message.request_id or (message.kind == "hand_over" and not here):
        return None
    cancel, lost = kind is RequestKind.CANCEL, kind is RequestKind.VISITOR_LOST
    prefix = "cancel-" if cancel else "lost-" if lost else ""
    return VisitorRequest(
        request_id=f"{prefix}{message.request_id}"[:64],
        kind=kind,
        timestamp=timestamp,
        place=message.place,
        origin=here if message.kind == "hand_over" else "",
        language=message.language or "zh",
        text=message.text[:10_000],
        cancels=message.request_id if cancel else "",
        about=message.request_id if lost else "",
    )


def nearest_place(venue: Venue, x: float, y: float) -> str:
    """Id of the place whose station is nearest to x, y, metres in `map`; no dock and no antenna."""
    meant = (it for it in venue.places.values() if it.kind not in ("charger", "site") and it.station in venue.stations)

    def away(place: Place) -> float:
        station = venue.stations[place.station]
        return math.hypot(station.x - x, station.y - y)

    nearest = min(meant, key=away, default=None)
    return nearest.id if nearest is not None else ""


def notice(message: Notice, stamp: Any) -> FleetNotice:
    """The fleet's answer, for guiding."""
    language, text = next(iter(message.text.items()), ("", ""))
    result = FleetNotice(
        request_id=message.request_id,
        kind=str(message.kind),
        task_id=message.task_id,
        reason=message.reason,
        language=language,
        text=text,
    )
    result.header.stamp = stamp
    return result


def announcements(message: Announcement | Emergency, stamp: Any) -> list[FleetNotice]:
    """One notice for each language it is to be said in."""
    kind = "emergency" if isinstance(message, Emergency) else "announcement"
    notices = []
    for language, text in message.text.items():
        item = FleetNotice(kind=kind, language=language, text=text)
        item.header.stamp = stamp
        notices.append(item)
    return notices


def radio_report(message: RosRadio, pose: Pose, map_id: str, timestamp: str) -> RadioReport:
    """The modem's report, at the place it was measured."""
    return RadioReport(
        timestamp=timestamp,
        x=pose.x,
        y=pose.y,
        map_id=map_id,
        site_id=message.site_id,
        nci=message.nci,
        rsrp_dbm=message.rsrp_dbm,
        rsrq_db=message.rsrq_db,
        sinr_db=message.sinr_db,
        latency_ms=_known(message.latency_ms),
        throughput_mbps=_known(message.throughput_mbps),
    )


def action_arguments(action: Action) -> tuple[list[str], list[str]]:
    """Keys and values of an action's parameters, as text."""
    keys = [parameter.key for parameter in action.action_parameters]
    return keys, [str(parameter.value) for parameter in action.action_parameters]


def outcome(result: Any) -> tuple[bool, str]:
    """Success and description of an action's result: PerformAction's, DockRobot's or UndockRobot's."""
    return bool(result.success), str(result.description if hasattr(result, "description") else result.error_msg)


def dock_near(pose: Pose | None, docks: Iterable[Dock]) -> str:
    """Id of the dock nearest to the robot; empty where there is none."""
    if pose is None:
        return ""
    nearest = min(docks, key=lambda it: math.hypot(it.x - pose.x, it.y - pose.y), default=None)
    return nearest.id if nearest is not None else ""


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
