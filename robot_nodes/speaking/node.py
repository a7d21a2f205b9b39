"""ROS 2 shell of speaking: `say` in, sound and `/diagnostics` out."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from fairguide_msgs.msg import Utterance
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from robot_nodes.managed import ManagedNode
from robot_nodes.speaking.errors import SpeakingError
from robot_nodes.speaking.outputs import Device, Output, WavFolder
from robot_nodes.speaking.speaker import Line, Speaker
from robot_nodes.speaking.voices import find_voice

__all__ = ["SpeakingNode"]

_DIAGNOSTICS_S = 5.0

_log = structlog.get_logger("speaking")


class SpeakingNode(ManagedNode):
    """Hands lines to the `Speaker`. Parameters: `wav_dir` ("" none), `device` ("" none, "default", index, name)."""

    def __init__(
        self, *, namespace: str, use_sim_time: bool, wav_dir: str | Path | None = None, device: str = ""
    ) -> None:
        super().__init__("speaking", namespace=namespace, use_sim_time=use_sim_time)
        self.declare_parameter("wav_dir", str(wav_dir or ""))
        self.declare_parameter("device", device)
        self._speaker: Speaker | None = None
        self._problem_line = ""
        self._said = 0
        self._active = False
        self._publishing = threading.Lock()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._input = self.create_subscription(Utterance, "say", self._on_say, 10)
        self._timer = self.create_timer(_DIAGNOSTICS_S, self._publish_health)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = True
        outputs = self._opened_outputs()
        if outputs:
            try:
                self._speaker = Speaker(find_voice(), outputs, self._on_problem)
            except SpeakingError as error:
                self._on_problem(error)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        self.destroy_subscription(self._input)
        self.destroy_timer(self._timer)
        self.destroy_publisher(self._diagnostics)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        return super().on_shutdown(state)

    def destroy_node(self) -> None:
        """End the thread before what it publishes with is gone."""
        self._silence()
        super().destroy_node()

    def _silence(self) -> None:
        with self._publishing:
            self._active = False
        speaker, self._speaker = self._speaker, None
        if speaker:
            speaker.close()

    def _opened_outputs(self) -> list[Output]:
        """What is asked for and there; what is not there costs one line."""
        outputs: list[Output] = []
        wav_dir, device = str(self.get_parameter("wav_dir").value), str(self.get_parameter("device").value)
        try:
            if wav_dir:
                outputs.append(WavFolder(Path(wav_dir)))
            if device:
                outputs.append(Device(device))
        except SpeakingError as error:
            self._on_problem(error)
        return outputs

    def _on_say(self, message: Utterance) -> None:
        if not self._active:
            return
        self._said += 1
        _log.info("says", robot=self.get_namespace(), act=message.act, text=message.text)
        if self._speaker:
            self._speaker.say(Line(message.text, message.language, message.act, bool(message.interrupt)))

    def _on_problem(self, error: SpeakingError) -> None:
        """May be in the speaker's thread. One line when it is new."""
        if str(error) != self._problem_line:
            self._problem_line = str(error)
            _log.warning(str(error), robot=self.get_namespace())
        self._publish_health()

    def _publish_health(self) -> None:
        spoken = self._speaker.spoken if self._speaker else 0
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN if self._problem_line else DiagnosticStatus.OK,
            name=f"{self.get_namespace().strip('/')}: speaking",
            hardware_id=self.get_namespace().strip("/"),
            message=self._problem_line or ("speaks" if self._speaker else "text only"),
            values=[KeyValue(key="said", value=str(self._said)), KeyValue(key="spoken", value=str(spoken))],
        )
        report = DiagnosticArray(status=[status])
        report.header.stamp = self.get_clock().now().to_msg()
        with self._publishing:
            if self._active:
                self._diagnostics.publish(report)
