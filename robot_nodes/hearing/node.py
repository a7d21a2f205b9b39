"""ROS 2 shell of hearing: `typed` and `audio` (or a microphone) in, `transcript` and `/diagnostics` out."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from fairguide_msgs.msg import Audio, Transcript, TypedText
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile

from maps.venue import Venue
from robot_nodes.hearing.diagnostics import Health
from robot_nodes.hearing.errors import BrokenSound, HearingError, MissingModel, NoDevice
from robot_nodes.hearing.listener import Listener, Sound, Told
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recogniser import Heard
from robot_nodes.hearing.sources import Block, Microphone, checked_block
from robot_nodes.language.domain import domain_phrases
from robot_nodes.language.normalise import clean, languages_of
from robot_nodes.managed import ManagedNode

__all__ = ["HearingNode"]

_DIAGNOSTICS_S = 5.0
_AUDIO_QOS = QoSProfile(depth=200)  # reliable: a lost block is a lost word

_log = structlog.get_logger("hearing")


class HearingNode(ManagedNode):
    """Nothing is recognised here: the `Listener` does that in its threads, and this publishes what it tells.

    Parameters: `languages`, `device` ("" none, "default", an index or part of a name), `grammar`, `download`.
    """

    def __init__(
        self,
        *,
        namespace: str,
        venue: Venue,
        use_sim_time: bool,
        languages: Sequence[str] = ("zh", "en", "ko"),
        device: str = "",
    ) -> None:
        super().__init__("hearing", namespace=namespace, use_sim_time=use_sim_time)
        self._venue = venue
        self.declare_parameter("languages", list(languages))
        self.declare_parameter("device", device)
        self.declare_parameter("grammar", True)
        self.declare_parameter("download", False)
        self._health = Health()
        self._listener: Listener | None = None
        self._microphone: Microphone | None = None
        self._publishing = threading.Lock()
        self._active = False
        self._started: dict[str, Time] = {}
        self._languages: tuple[str, ...] = ()
        self._live_id = ""

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._languages = tuple(self.get_parameter("languages").value)
        self._transcripts = self.create_publisher(Transcript, "transcript", 10)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._inputs = [
            self.create_subscription(TypedText, "typed", self._on_typed, 10),
            self.create_subscription(Audio, "audio", self._on_audio, _AUDIO_QOS),
        ]
        self._timer = self.create_timer(_DIAGNOSTICS_S, self._publish_health)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        shelf = ModelShelf(download=bool(self.get_parameter("download").value))
        grammar = bool(self.get_parameter("grammar").value)
        phrases = partial(domain_phrases, self._venue) if grammar else None
        self._listener = Listener(shelf, self._languages, self._on_told, phrases, self._on_problem)
        self._active = True
        heard = shelf.available(self._languages)
        deaf = [language for language in self._languages if language not in heard]
        _log.info("speech models", hears=list(heard), text_only=deaf, robot=self.get_namespace())
        device = str(self.get_parameter("device").value)
        if device:
            self._open_microphone(device)
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

    def _silence(self) -> None:
        """After this returns no thread of this node runs."""
        with self._publishing:
            self._active = False
        microphone, self._microphone = self._microphone, None
        if microphone:
            microphone.close()
        listener, self._listener = self._listener, None
        if listener:
            listener.close()

    def _release(self) -> None:
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_timer(self._timer)
        self.destroy_publisher(self._transcripts)
        self.destroy_publisher(self._diagnostics)

    def _open_microphone(self, device: str) -> None:
        try:
            self._microphone = Microphone(device, self._on_microphone)
        except NoDevice as error:
            self._problem("microphone", str(error))

    def _on_typed(self, message: TypedText) -> None:
        if not self._active:
            return
        self._health.typed += 1
        guesses = languages_of(clean(message.text), message.language or None)
        language = guesses[0] if guesses else message.language or "en"
        now = self.get_clock().now().to_msg()
        heard = Heard(text=message.text, language=language, confidence=1.0)
        utterance_id = message.utterance_id or uuid.uuid4().hex
        self._publish(_transcript(heard, "typed", utterance_id, message.header.frame_id, now, now))

    def _on_audio(self, message: Audio) -> None:
        if not self._active or self._listener is None:
            return
        try:
            block = checked_block(message.samples, message.rate, message.channels)
        except BrokenSound as error:
            self._health.bad_blocks += 1
            self._problem("audio", str(error))
            return
        if message.utterance_id:
            self._started.setdefault(message.utterance_id, self.get_clock().now().to_msg())
        self._hear(Sound(block, message.utterance_id, message.last), message.language)

    def _on_microphone(self, block: Block) -> None:
        """In PortAudio's thread."""
        if self._active:
            self._hear(Sound(block), "")

    def _hear(self, sound: Sound, language: str) -> None:
        listener = self._listener
        if listener is None:
            return
        try:
            listener.hear(sound, language)
        except MissingModel as error:
            self._started.pop(sound.utterance_id, None)
            self._on_problem(error)

    def _on_problem(self, error: HearingError) -> None:
        about = error.language if isinstance(error, MissingModel) else "recogniser"
        self._problem(about, str(error))

    def _problem(self, about: str, line: str) -> None:
        """One line in the log when it is new, and diagnostics at once."""
        if self._health.report(about, line):
            _log.warning(line, robot=self.get_namespace())
            self._publish_health()

    def _on_told(self, told: Told) -> None:
        """In a worker thread."""
        utterance_id = told.utterance_id or self._of_live_stream(told.heard)
        now = self.get_clock().now().to_msg()
        if told.heard is None:
            self._health.not_understood += 1
            self._started.pop(utterance_id, None)
            _log.info("nothing understood", utterance=utterance_id, robot=self.get_namespace())
            return
        started = self._started.setdefault(utterance_id, now)
        if not told.heard.partial:
            self._health.heard += 1
            self._started.pop(utterance_id, None)
        self._publish(_transcript(told.heard, "vosk", utterance_id, "", started, now))

    def _of_live_stream(self, heard: Heard | None) -> str:
        """An id for what a microphone heard: the same for the partial results and the result of an utterance."""
        utterance_id = self._live_id or uuid.uuid4().hex
        self._live_id = utterance_id if heard and heard.partial else ""
        return utterance_id

    def _publish(self, message: Any) -> None:
        with self._publishing:
            if self._active:
                self._transcripts.publish(message)

    def _publish_health(self) -> None:
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK if self._health.good else DiagnosticStatus.WARN,
            name=f"{self.get_namespace().strip('/')}: hearing",
            hardware_id=self.get_namespace().strip("/"),
            message=self._health.summary,
            values=[KeyValue(key=key, value=value) for key, value in self._health.values().items()],
        )
        report = DiagnosticArray(status=[status])
        report.header.stamp = self.get_clock().now().to_msg()
        with self._publishing:
            if self._active:
                self._diagnostics.publish(report)


def _transcript(heard: Heard, source: str, utterance_id: str, frame: str, started: Time, ended: Time) -> Transcript:
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
    message.header.frame_id = frame or "base_link"
    return message
