"""ROS 2 shell of speaking: `say` in, sound, `playback` and `/diagnostics` out; gives way to who speaks to the robot."""

from __future__ import annotations

import math
import threading
import time
from array import array
from pathlib import Path

import structlog
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from fairguide_msgs.msg import Audio, Intent, Utterance, VoiceActivity
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from robot_nodes.managed import ManagedNode
from robot_nodes.speaking.barge_in import BargeIn
from robot_nodes.speaking.choice import find_voices, parse_wanted
from robot_nodes.speaking.device import Device
from robot_nodes.speaking.errors import SpeakingError
from robot_nodes.speaking.lines import Line
from robot_nodes.speaking.loudness import Loudness, LoudnessCurve
from robot_nodes.speaking.normalise import LANGUAGES
from robot_nodes.speaking.outputs import Output, Pace, Tap, WavFolder, pcm
from robot_nodes.speaking.sound import RATE, Sound
from robot_nodes.speaking.speaker import Report, Speaker
from robot_nodes.speaking.ssml import plain

__all__ = ["SpeakingNode"]

_DIAGNOSTICS_S = 5.0

_log = structlog.get_logger("speaking")


class SpeakingNode(ManagedNode):
    """Hands lines to the `Speaker`.

    Parameters: `wav_dir` ("" none), `device` ("" none, "default", index, name), `voices` (see `choice.parse_wanted`),
    `barge_in`, `quiet_dbfs` and `loudest_db` (see `LoudnessCurve`).
    """

    def __init__(
        self,
        *,
        namespace: str,
        use_sim_time: bool,
        wav_dir: str | Path | None = None,
        device: str = "",
        voices: str = "",
    ) -> None:
        super().__init__("speaking", namespace=namespace, use_sim_time=use_sim_time)
        curve = LoudnessCurve()
        self.declare_parameter("wav_dir", str(wav_dir or ""))
        self.declare_parameter("device", device)
        self.declare_parameter("voices", voices)
        self.declare_parameter("barge_in", True)
        self.declare_parameter("quiet_dbfs", curve.quiet_dbfs)
        self.declare_parameter("loudest_db", curve.highest_db)
        self._speaker: Speaker | None = None
        self._barge_in = BargeIn()
        self._report: Report | None = None
        self._problem_line = ""
        self._problem_before = ""
        self._said = 0
        self._active = False
        self._publishing = threading.Lock()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._playback = self.create_publisher(Audio, "playback", 50)
        self._inputs = [
            self.create_subscription(Utterance, "say", self._on_say, 10),
            self.create_subscription(VoiceActivity, "voice_activity", self._on_voice, 10),
            self.create_subscription(Intent, "intent", self._on_intent, 10),
        ]
        self._timer = self.create_timer(_DIAGNOSTICS_S, self._publish_health)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = True
        outputs = self._opened_outputs()
        if outputs:
            try:
                self._speaker = self._made_speaker(outputs)
            except SpeakingError as error:
                for output in outputs:
                    output.close()
                self._on_problem(error)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_timer(self._timer)
        self.destroy_publisher(self._playback)
        self.destroy_publisher(self._diagnostics)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._silence()
        return super().on_shutdown(state)

    def destroy_node(self) -> None:
        """End the threads before what they publish with is gone."""
        self._silence()
        super().destroy_node()

    def _silence(self) -> None:
        with self._publishing:
            self._active = False
        speaker, self._speaker = self._speaker, None
        if speaker:
            speaker.close()

    def _made_speaker(self, outputs: list[Output]) -> Speaker:
        robot = self.get_namespace()
        voices = find_voices(
            LANGUAGES, parse_wanted(self._text("voices")), told=lambda line: _log.warning(line, robot=robot)
        )
        _log.info("voices", robot=robot, voices=voices.name)
        curve = LoudnessCurve(
            quiet_dbfs=float(self.get_parameter("quiet_dbfs").value),
            highest_db=float(self.get_parameter("loudest_db").value),
        )
        return Speaker(voices, outputs, self._on_problem, told=self._on_report, loudness=Loudness(curve))

    def _opened_outputs(self) -> list[Output]:
        """What is asked for and there, and the echo canceller's reference; what is not there costs one line."""
        outputs: list[Output] = []
        wav_dir, device = self._text("wav_dir"), self._text("device")
        try:
            if wav_dir:
                outputs.append(WavFolder(Path(wav_dir)))
            if device:
                outputs.append(Device(device))
        except SpeakingError as error:
            self._on_problem(error)
        if outputs:
            outputs.insert(0, Tap(self._publish_block))
            if not any(output.paces for output in outputs):
                outputs.append(Pace())
        return outputs

    def _text(self, parameter: str) -> str:
        return str(self.get_parameter(parameter).value)

    # in ----------------------------------------------------------------------------------------

    def _on_say(self, message: Utterance) -> None:
        if not self._active:
            return
        self._said += 1
        _log.info("says", robot=self.get_namespace(), act=message.act, text=plain(message.text))
        if self._speaker:
            line = Line(message.text, message.language, message.act, bool(message.interrupt), message.utterance_id)
            self._speaker.say(line)

    def _on_voice(self, message: VoiceActivity) -> None:
        if self._speaker is None:
            return
        speaking, now = self._speaker.speaking, time.monotonic()
        self._speaker.loudness.hear(float(message.noise_dbfs), now, speaking)
        stops = self._barge_in.hear(bool(message.voice), speaking, now)
        if stops and self.get_parameter("barge_in").value and self._speaker.barge_in():
            _log.info("falls silent: somebody speaks", robot=self.get_namespace())

    def _on_intent(self, message: Intent) -> None:
        if self._speaker and message.name == "louder":
            self._speaker.loudness.louder()
        elif self._speaker and message.name == "quieter":
            self._speaker.loudness.quieter()

    # out: these may be called in the speaker's thread --------------------------------------------

    def _publish_block(self, block: Sound, last: bool) -> None:
        message = Audio(rate=RATE, channels=1, last=last)
        message.samples = array("h", pcm(block))
        message.header.stamp = self.get_clock().now().to_msg()
        with self._publishing:
            if self._active:
                self._playback.publish(message)

    def _on_report(self, report: Report) -> None:
        if report.state == "speaking" and not report.spoken:
            self._barge_in.robot_begins(time.monotonic())
            self._problem_before = self._problem_line
        elif report.state == "spoken" and self._problem_line == self._problem_before:
            self._problem_line = ""  # whatever it was, it is over
        self._report = report
        self._publish_health()

    def _on_problem(self, error: SpeakingError) -> None:
        """One line when it is new."""
        if str(error) != self._problem_line:
            self._problem_line = str(error)
            _log.warning(str(error), robot=self.get_namespace())
        self._publish_health()

    def _publish_health(self) -> None:
        speaker = self._speaker
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN if self._problem_line else DiagnosticStatus.OK,
            name=f"{self.get_namespace().strip('/')}: speaking",
            hardware_id=self.get_namespace().strip("/"),
            message=self._problem_line or ("speaks" if speaker else "text only"),
            values=[KeyValue(key="said", value=str(self._said)), *_values(speaker, self._report)],
        )
        report = DiagnosticArray(status=[status])
        report.header.stamp = self.get_clock().now().to_msg()
        with self._publishing:
            if self._active:
                self._diagnostics.publish(report)


def _values(speaker: Speaker | None, report: Report | None) -> list[KeyValue]:
    """How it speaks, and what became of the last line."""
    values = {"spoken": str(speaker.spoken if speaker else 0)}
    if speaker:
        noise = speaker.loudness.noise_dbfs
        values |= {
            "forgotten": str(speaker.forgotten),
            "gain_db": f"{speaker.loudness.gain_db:.1f}",
            "noise_dbfs": "" if math.isnan(noise) else f"{noise:.0f}",
        }
    if report:
        values |= {
            "state": report.state,
            "utterance_id": report.line.utterance_id,
            "act": report.line.act,
            "sentences": f"{report.spoken}/{report.sentences}",
            "sentence": report.text,
            "first_sample_ms": f"{1000 * report.first_s:.0f}",
        }
    return [KeyValue(key=key, value=value) for key, value in values.items()]
