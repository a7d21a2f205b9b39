"""ROS 2 shell of language: `transcript` in, `intent` out. `amcl_pose` tells which toilet is the nearest."""

from __future__ import annotations

import structlog
from fairguide_msgs.msg import Intent as IntentMessage
from fairguide_msgs.msg import Transcript, Utterance
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import deserialize_message

from maps.venue import Venue
from robot_nodes.language.dialogue import Conversation
from robot_nodes.language.intent import Intent
from robot_nodes.language.understanding import Understanding
from robot_nodes.managed import ManagedNode

__all__ = ["LanguageNode"]

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)

_log = structlog.get_logger("language")


class LanguageNode(ManagedNode):
    """Translates between messages and `Conversation`; decides nothing."""

    def __init__(self, *, namespace: str, venue: Venue, use_sim_time: bool) -> None:
        super().__init__("language", namespace=namespace, use_sim_time=use_sim_time)
        self._venue = venue
        self._conversation: Conversation | None = None
        self._pose: bytes | None = None
        self._active = False

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._conversation = Conversation(Understanding(self._venue))
        self._intents = self.create_publisher(IntentMessage, "intent", 10)
        self._inputs = [
            self.create_subscription(Transcript, "transcript", self._on_transcript, 10),
            self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED, raw=True),
            self.create_subscription(Utterance, "say", self._on_say, 10),
        ]
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = True
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = False
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_publisher(self._intents)
        return super().on_cleanup(state)

    def _on_say(self, message: Utterance) -> None:
        if message.act == "clarify" and self._conversation is not None:
            self._conversation.asked_elsewhere(message.text)

    def _on_pose(self, raw: bytes) -> None:
        self._pose = raw  # read when somebody asks

    @property
    def _here(self) -> tuple[float, float] | None:
        if self._pose is None:
            return None
        position = deserialize_message(self._pose, PoseWithCovarianceStamped).pose.pose.position
        return position.x, position.y

    def _on_transcript(self, message: Transcript) -> None:
        if not self._active or message.partial or self._conversation is None:
            return
        moment = self.get_clock().now().nanoseconds / 1e9
        intent = self._conversation.turn(message.text, message.language or None, now_s=moment, near=self._here)
        robot = self.get_namespace()
        _log.info("understood", robot=robot, text=message.text[:80], intent=intent.name, slots=dict(intent.slots))
        self._intents.publish(_to_ros(intent, message))


def _to_ros(intent: Intent, transcript: Transcript) -> IntentMessage:
    message = IntentMessage(
        header=transcript.header,
        utterance_id=transcript.utterance_id,
        text=intent.text,
        language=intent.language,
        name=intent.name,
        confidence=float(intent.confidence * transcript.confidence),
        slot_names=list(intent.slots),
        slot_values=list(intent.slots.values()),
        reply=intent.reply,
        target=intent.target,
        lead=intent.lead,
    )
    return message
