"""Between the guide and ROS messages. No node, no I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from fairguide_msgs.msg import FleetRequest, GuideStatus, Utterance
from fairguide_msgs.msg import Intent as RosIntent
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path
from numpy.typing import NDArray

from robot_nodes.guiding.effects import Ask, Go, Look, Say
from robot_nodes.guiding.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An intent as it came over ROS."""

    name: str
    slots: Mapping[str, str]
    language: str
    text: str
    reply: str
    target: str
    lead: bool


def meaning(message: RosIntent) -> Heard:
    return Heard(
        name=message.name,
        slots=dict(zip(message.slot_names, message.slot_values, strict=False)),
        language=message.language or "zh",
        text=message.text,
        reply=message.reply,
        target=message.target,
        lead=message.lead,
    )


def utterance(say: Say, stamp: Any) -> Utterance:
    message = Utterance(
        utterance_id=say.utterance_id,
        task_id=say.task_id,
        act=say.act,
        text=say.text,
        language=say.language,
        interrupt=say.interrupt,
    )
    message.header.stamp = stamp
    return message


def fleet_request(ask: Ask, stamp: Any) -> FleetRequest:
    message = FleetRequest(
        request_id=ask.request_id, kind=ask.kind, place=ask.place, language=ask.language, text=ask.text
    )
    message.header.stamp = stamp
    return message


def guide_status(status: Status, stamp: Any) -> GuideStatus:
    message = GuideStatus(
        state=status.state,
        task_id=status.task_id,
        utterance_id=status.utterance_id,
        place=status.place,
        language=status.language,
        remaining_m=status.remaining_m,
        reason=status.reason,
    )
    message.header.stamp = stamp
    return message


def points(path: Path) -> NDArray[np.float64]:
    """A path's points, shape (n, 2), metres; empty where it is not in `map`."""
    if path.header.frame_id.lstrip("/") not in ("", "map"):
        return np.zeros((0, 2))
    return np.array([(it.pose.position.x, it.pose.position.y) for it in path.poses]).reshape(-1, 2)


def staff_calls(report: DiagnosticArray, robot: str) -> int | None:
    """How often this robot's navigation has needed staff so far; None where the report does not say.

    :param robot: its namespace, without slashes.
    """
    for status in report.status:
        if status.name == f"{robot}: navigation":
            counted = {it.key: it.value for it in status.values}.get("recovery_call_staff", "0")
            return int(counted) if counted.isdecimal() else None
    return None


def goal_pose(go: Go | Look, stamp: Any) -> PoseStamped:
    """A goal in `map`."""
    message = PoseStamped()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.pose.position.x, message.pose.position.y = go.x, go.y
    message.pose.orientation.z, message.pose.orientation.w = math.sin(go.yaw / 2), math.cos(go.yaw / 2)
    return message
