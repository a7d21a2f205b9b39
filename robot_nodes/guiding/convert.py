"""Between the guide and ROS messages. No node, no I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairguide_msgs.msg import GuideStatus, Utterance
from fairguide_msgs.msg import Intent as RosIntent
from geometry_msgs.msg import PoseStamped

from robot_nodes.guiding.effects import Go, Say
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


def goal_pose(go: Go, stamp: Any) -> PoseStamped:
    """A goal in `map`."""
    message = PoseStamped()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.pose.position.x, message.pose.position.y = go.x, go.y
    message.pose.orientation.z, message.pose.orientation.w = math.sin(go.yaw / 2), math.cos(go.yaw / 2)
    return message
