"""The ROS 2 client behind `fairguide say` and `fairguide hear`."""

from __future__ import annotations

import signal
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from fairguide_msgs.msg import Audio, GuideStatus, Intent, Transcript, TypedText, Utterance
from numpy.typing import NDArray
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile

from robot_nodes.errors import AbsentRobotError
from robot_nodes.talk.recording import BLOCK_S, Recording
from robot_nodes.talk.screen import Screen

DISCOVERY_S = 5.0
LINGER_S = 0.3
"""What was said before the end may still be on its way, on another topic."""
UNHEARD_S = 60.0
"""After a recording: its first sound makes the robot load its model, which takes long on a busy machine."""
SPEECH_S = 20.0
"""The longest wait for the end of what it says aloud."""
DEAF_S = 6.0
"""A robot that tells of trouble with its ears and has not heard by then, is not going to."""
ANSWER_S = 30.0
"""Without any sign for this long, the robot is not going to answer."""


def talk(serial: str, screen: Screen, *, text: str = "", recording: Recording | None = None, language: str = "") -> int:
    """Say `text`, or play `recording`, to the robot and watch until `screen` says it is over.

    :returns: the exit status: 0 on arrival or a plain answer, 1 otherwise, 130 when interrupted.
    :raises AbsentRobotError: it is not there.
    """
    rclpy.init(args=[])
    executor = SingleThreadedExecutor()
    client = TalkNode(serial, screen)
    executor.add_node(client)
    try:
        client.find(lambda: executor.spin_once(timeout_sec=0.05))
        if recording is None:
            client.type(text, language)
        else:
            client.play(recording, language)
        return client.watch(lambda: executor.spin_once(timeout_sec=0.1))
    except (KeyboardInterrupt, ExternalShutdownException):
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        screen.close()
        executor.shutdown()
        client.destroy_node()
        rclpy.try_shutdown()


class TalkNode(Node):
    """Speaks to one robot, and tells the screen what concerns what was said."""

    def __init__(self, serial: str, screen: Screen) -> None:
        self.utterance_id = uuid.uuid4().hex
        self.serial = serial
        super().__init__(f"talk_{self.utterance_id[:8]}", namespace="/" + serial.replace("-", "_"))
        self._screen = screen
        self._last_sign = time.monotonic()
        self._heard = False
        """Whole, not in part."""
        self._trouble = ""
        """What the robot's ears complain of."""
        self._blocks: Iterator[tuple[NDArray[Any], bool]] | None = None
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._typed = self.create_publisher(TypedText, "typed", 10)
        self._audio = self.create_publisher(Audio, "audio", 100)
        self.create_subscription(Transcript, "transcript", self._on_transcript, 10)
        self.create_subscription(Intent, "intent", self._on_intent, 10)
        self.create_subscription(Utterance, "say", self._on_say, 10)
        self.create_subscription(GuideStatus, "guide_status", self._on_status, latched)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def find(self, spin_once: Callable[[], None]) -> None:
        """Wait until the robot's ears and mouth are connected.

        :raises AbsentRobotError: they are not, within 5 s.
        """
        end = time.monotonic() + DISCOVERY_S
        while not self._connected():
            if time.monotonic() > end:
                raise AbsentRobotError(self._absent())
            spin_once()

    def type(self, text: str, language: str) -> None:
        self._typed.publish(TypedText(utterance_id=self.utterance_id, text=text, language=language))
        self._last_sign = time.monotonic()

    def play(self, recording: Recording, language: str) -> None:
        """Send the recording block by block, as fast as it was spoken."""
        self._blocks = recording.blocks()

        def next_block() -> None:
            block, last = next(self._blocks or iter(()), (None, True))
            if block is not None:
                self._audio.publish(
                    Audio(
                        utterance_id=self.utterance_id,
                        language=language,
                        rate=recording.rate,
                        channels=recording.channels,
                        samples=block.tolist(),
                        last=last,
                    )
                )
            self._last_sign = time.monotonic()
            if last:
                timer.cancel()

        timer = self.create_timer(BLOCK_S, next_block)

    def watch(self, spin_once: Callable[[], None]) -> int:
        """Until it is over, or the robot falls silent."""
        while self._screen.over is None:
            spin_once()
            silent_s = time.monotonic() - self._last_sign
            if silent_s > DEAF_S and self._blocks is not None and self._trouble and not self._heard:
                raise AbsentRobotError(f"{self.serial} heard nothing: {self._trouble}")
            loading = self._blocks is not None and not self._heard
            if loading and silent_s > UNHEARD_S:
                raise AbsentRobotError(
                    f"{self.serial} recognised nothing: no sentence it knows, or not in a language it listens for "
                    "(`--lang`); `fairguide doctor hearing` shows what it hears"
                )
            if not loading and silent_s > ANSWER_S:
                raise AbsentRobotError(
                    f"no answer from {self.serial} for {ANSWER_S:.0f} s: is it ready, and its log without errors?"
                )
        over = self._last_sign = time.monotonic()
        while (now := time.monotonic()) < over + SPEECH_S and (
            self._screen.speaking or now < self._last_sign + LINGER_S
        ):
            spin_once()
        return self._screen.over

    def _connected(self) -> bool:
        ears = min(self._typed.get_subscription_count(), self._audio.get_subscription_count())
        mouth = [self.count_publishers(name) for name in ("say", "intent", "transcript", "guide_status")]
        return bool(ears > 0 and min(mouth) > 0)

    def _absent(self) -> str:
        spaces = {space for name, space in self.get_node_names_and_namespaces() if name in ("fleet_link", "guiding")}
        running = ", ".join(sorted(space.strip("/").replace("_", "-") for space in spaces)) or "none"
        return (
            f"no robot {self.serial} here; running: {running}. "
            "Start it with `fairguide robot`, or check ROS_DOMAIN_ID and the ROS network settings"
        )

    def _on_transcript(self, message: Transcript) -> None:
        if message.utterance_id == self.utterance_id:
            self._sign()
            self._heard = self._heard or not message.partial
            self._screen.heard(
                message.text,
                message.language,
                message.source,
                message.partial,
                direction=message.direction,
                snr_db=message.snr_db,
                alternatives=message.alternatives,
            )

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        robot = self.get_namespace().strip("/")
        for status in message.status:
            if status.name == f"{robot}: hearing":
                self._trouble = "" if status.level == DiagnosticStatus.OK else status.message
            elif status.name == f"{robot}: speaking":
                self._on_speech({value.key: value.value for value in status.values})

    def _on_speech(self, values: dict[str, str]) -> None:
        if values.get("utterance_id") == self.utterance_id:
            self._sign()
            self._screen.spoke(values["act"], values["state"], values["sentences"], values["sentence"])

    def _on_intent(self, message: Intent) -> None:
        if message.utterance_id == self.utterance_id:
            self._sign()
            slots = dict(zip(message.slot_names, message.slot_values, strict=False))
            self._screen.understood(message.name, slots, message.confidence, target=message.target, lead=message.lead)

    def _on_say(self, message: Utterance) -> None:
        if message.utterance_id == self.utterance_id:
            self._sign()
            self._screen.said(message.act, message.text)

    def _on_status(self, message: GuideStatus) -> None:
        if message.utterance_id == self.utterance_id:
            self._sign()
            self._screen.status(message.state, message.place, message.remaining_m, message.reason)

    def _sign(self) -> None:
        self._last_sign = time.monotonic()
