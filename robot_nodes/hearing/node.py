"""ROS 2 shell of hearing: microphones, `audio`, `typed` in; `transcript`, `voice_activity`, `/diagnostics` out."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import structlog
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from fairguide_msgs.msg import Audio, Transcript, TypedText, VisitorStatus, VoiceActivity
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import deserialize_message
from std_msgs.msg import Bool

from maps.venue import Venue
from robot_nodes.hearing.addressed import Addressed, Attention, Voice
from robot_nodes.hearing.assembly import EarSettings
from robot_nodes.hearing.ears import Activity
from robot_nodes.hearing.errors import BrokenSound, HearingError, MissingModel
from robot_nodes.hearing.hall import Hall, Notice, Uttered
from robot_nodes.hearing.recogniser import Heard
from robot_nodes.hearing.wakeword import read_names
from robot_nodes.language.domain import domain_meanings
from robot_nodes.language.intent import LANGUAGES
from robot_nodes.language.normalise import clean, languages_of
from robot_nodes.language.templates import templates
from robot_nodes.managed import ManagedNode
from robot_nodes.navigation.messages import pose2d

__all__ = ["HearingNode"]

_DIAGNOSTICS_S = 5.0
_AUDIO_QOS = QoSProfile(depth=200)  # reliable: a lost block is a lost word
_SAFETY = frozenset({"stop", "emergency", "call_staff", "lost_person"})
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)

_log = structlog.get_logger("hearing")


class HearingNode(ManagedNode):
    """Nothing is recognised here: `Hall` does that in its threads, and this publishes what it tells.

    Parameters: `languages`, `device` ("" none, "default", an index, part of a name, or udp://ADDRESS:PORT),
    `microphone_array` (a file; "": one microphone), `push_to_talk`, `wake_words`, `grammar`, `download`.
    """

    def __init__(
        self,
        *,
        namespace: str,
        venue: Venue,
        use_sim_time: bool,
        languages: Sequence[str] = ("zh", "en", "ko"),
        device: str = "",
        microphone_array: str = "",
        push_to_talk: bool = False,
        wake_words: str = "",
    ) -> None:
        super().__init__("hearing", namespace=namespace, use_sim_time=use_sim_time)
        self._venue = venue
        self.declare_parameter("languages", list(languages))
        self.declare_parameter("device", device)
        self.declare_parameter("microphone_array", microphone_array)
        self.declare_parameter("push_to_talk", push_to_talk)
        self.declare_parameter("wake_words", wake_words)
        self.declare_parameter("grammar", True)
        self.declare_parameter("download", False)
        self._hall: Hall | None = None
        self._attention = Attention()
        self._publishing = threading.Lock()
        self._active = False
        self._started: dict[str, Time] = {}
        self._pose: bytes | None = None

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._transcripts = self.create_publisher(Transcript, "transcript", 10)
        self._activities = self.create_publisher(VoiceActivity, "voice_activity", 10)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._inputs = [
            self.create_subscription(TypedText, "typed", self._on_typed, 10),
            self.create_subscription(Audio, "audio", self._on_audio, _AUDIO_QOS),
            self.create_subscription(Audio, "playback", self._on_playback, _AUDIO_QOS, raw=True),
            self.create_subscription(Bool, "push_to_talk", self._on_push, 10),
            self.create_subscription(VisitorStatus, "visitor", self._on_visitor, 10, raw=True),
            self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED, raw=True),
        ]
        self._timer = self.create_timer(_DIAGNOSTICS_S, self._publish_health)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        grammar = bool(self.get_parameter("grammar").value)
        self._hall = Hall(
            self._settings(),
            partial(domain_meanings, self._venue) if grammar else None,
            self._on_notice,
            download=bool(self.get_parameter("download").value),
            judge=self._judge,
            safety=_is_safety_word,
        )
        self._active = True
        hears, deaf = self._hall.hears
        _log.info("speech models", hears=list(hears), text_only=list(deaf), robot=self.get_namespace())
        device = str(self.get_parameter("device").value)
        if device:
            self._hall.listen(device)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        self._release()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        return super().on_shutdown(state)

    def destroy_node(self) -> None:
        """End the threads before what they publish with is gone."""
        self._silence()
        super().destroy_node()

    def _settings(self) -> EarSettings:
        array = str(self.get_parameter("microphone_array").value)
        return EarSettings(
            languages=tuple(self.get_parameter("languages").value),
            array=Path(array) if array else None,
            push_to_talk=bool(self.get_parameter("push_to_talk").value),
            wake_names=tuple(read_names(str(self.get_parameter("wake_words").value)).items()),
        )

    def _silence(self) -> None:
        """After this returns no thread of this node runs."""
        with self._publishing:
            self._active = False
        hall, self._hall = self._hall, None
        if hall:
            hall.close()

    def _release(self) -> None:
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_timer(self._timer)
        for publisher in (self._transcripts, self._activities, self._diagnostics):
            self.destroy_publisher(publisher)

    def _on_typed(self, message: TypedText) -> None:
        if not self._active or self._hall is None:
            return
        self._hall.health.typed += 1
        guesses = languages_of(clean(message.text), message.language or None)
        language = guesses[0] if guesses else message.language or "en"
        now = self.get_clock().now().to_msg()
        heard = Heard(text=message.text, language=language, confidence=1.0)
        transcript = _transcript(heard, "typed", message.utterance_id or uuid.uuid4().hex, now, now)
        transcript.header.frame_id = message.header.frame_id or "base_link"
        self._publish(self._transcripts, transcript)

    def _on_audio(self, message: Audio) -> None:
        if not self._active or self._hall is None:
            return
        if message.utterance_id:
            self._started.setdefault(message.utterance_id, self.get_clock().now().to_msg())
        try:
            self._hall.hear(
                message.samples, message.rate, message.channels, message.utterance_id, message.language, message.last
            )
        except (BrokenSound, MissingModel) as error:
            self._started.pop(message.utterance_id, None)
            self._hall.trouble(error)

    def _on_playback(self, raw: bytes) -> None:
        hall = self._hall
        if hall is None or not hall.live:
            return
        message = deserialize_message(raw, Audio)
        try:
            hall.played(message.samples, message.rate, message.channels)
        except BrokenSound as error:
            hall.trouble(error)

    def _on_push(self, message: Bool) -> None:
        if self._hall is not None:
            self._hall.press(bool(message.data))

    def _on_visitor(self, raw: bytes) -> None:
        if self._hall is None or not self._hall.live:
            return
        message = deserialize_message(raw, VisitorStatus)
        there = message.state in (VisitorStatus.WITH_ME, VisitorStatus.FALLING_BEHIND, VisitorStatus.RETURNED)
        self._attention.see((message.position.x, message.position.y) if there else None)

    def _on_pose(self, raw: bytes) -> None:
        self._pose = raw  # read when somebody speaks

    def _judge(self, voice: Voice) -> Addressed:
        """In the thread of the live stream."""
        raw = self._pose
        if raw is not None:
            pose = pose2d(deserialize_message(raw, PoseWithCovarianceStamped).pose.pose)
            self._attention.stand(pose.x, pose.y, pose.yaw)
        return self._attention.judge(voice)

    def _on_notice(self, notice: Notice) -> None:
        """In a thread of the hall's."""
        if isinstance(notice, HearingError):
            _log.warning(str(notice), robot=self.get_namespace())
            self._publish_health()
        elif isinstance(notice, Activity):
            self._publish_activity(notice)
        else:
            self._on_uttered(notice)

    def _on_uttered(self, uttered: Uttered) -> None:
        utterance_id, speech = uttered.utterance_id, uttered.speech
        now = self.get_clock().now()
        began = self._started.pop(utterance_id, None) or (now - Duration(seconds=uttered.age_s)).to_msg()
        if speech.partial:
            self._started[utterance_id] = began
        if speech.heard is None:
            if not speech.partial:
                _log.info("nothing understood", utterance=utterance_id, robot=self.get_namespace())
            return
        transcript = _transcript(speech.heard, "vosk", utterance_id, began, now.to_msg())
        if speech.direction is not None:
            transcript.direction = float(speech.direction)
        if speech.snr_db is not None:
            transcript.snr_db = float(speech.snr_db)
        self._publish(self._transcripts, transcript)

    def _publish_activity(self, activity: Activity) -> None:
        message = VoiceActivity(
            voice=activity.voice,
            listening=activity.listening,
            direction=float("nan") if activity.direction is None else float(activity.direction),
            level_dbfs=float(activity.level_dbfs),
            noise_dbfs=float(activity.noise_dbfs),
        )
        message.header.stamp = self.get_clock().now().to_msg()
        message.header.frame_id = "base_link"
        self._publish(self._activities, message)

    def _publish(self, publisher: Any, message: Any) -> None:
        with self._publishing:
            if self._active:
                publisher.publish(message)

    def _publish_health(self) -> None:
        hall = self._hall
        if hall is None:
            return
        health = hall.inspect()
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK if health.good else DiagnosticStatus.WARN,
            name=f"{self.get_namespace().strip('/')}: hearing",
            hardware_id=self.get_namespace().strip("/"),
            message=health.summary,
            values=[KeyValue(key=key, value=value) for key, value in hall.values().items()],
        )
        report = DiagnosticArray(status=[status])
        report.header.stamp = self.get_clock().now().to_msg()
        self._publish(self._diagnostics, report)


def _is_safety_word(text: str, language: str) -> bool:
    """Whoever says it: a robot in motion must stop."""
    return text in _safety_words(language)


@cache
def _safety_words(language: str) -> frozenset[str]:
    skeletons = templates(language).skeletons if language in LANGUAGES else ()
    return frozenset(it.text for it in skeletons if it.slot is None and it.meaning.intent in _SAFETY)


def _transcript(heard: Heard, source: str, utterance_id: str, started: Time, ended: Time) -> Transcript:
    message = Transcript(
        utterance_id=utterance_id,
        source=source,
        text=heard.text,
        language=heard.language,
        confidence=float(heard.confidence),
        alternatives=list(heard.alternatives),
        alternative_scores=[float(score) for score in heard.scores],
        direction=float("nan"),
        snr_db=float("nan"),
        started=started,
        ended=ended,
        partial=heard.partial,
    )
    message.header.stamp = ended
    message.header.frame_id = "base_link"
    return message
