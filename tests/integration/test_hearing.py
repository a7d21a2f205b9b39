"""Hearing, language and speaking as real ROS 2 nodes: sound or text in, an intent out, an answer as a WAV."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maps.venue import load_venue
from robot_nodes.hearing import MissingModel, ModelShelf, read_recording
from robot_nodes.hearing.sources import in_blocks

rclpy = pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from fairguide_msgs.msg import Audio, Intent, Transcript, TypedText, Utterance  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402

from robot_nodes.hearing.node import HearingNode  # noqa: E402
from robot_nodes.language.node import LanguageNode  # noqa: E402
from robot_nodes.speaking.node import SpeakingNode  # noqa: E402

pytestmark = [
    pytest.mark.ros,
    # rclpy's message parser (lark) imports sre_parse the first time a node is made.
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]

RECORDINGS = Path(__file__).parents[1] / "data" / "speech" / "ko"
ROBOT = "/guide_01"


class Stage:
    """The nodes under test, and a visitor who speaks and listens."""

    def __init__(self, wav_dir: Path, domain: int) -> None:
        venue = load_venue("hall")
        rclpy.init(domain_id=domain)
        self.nodes: list[Any] = [
            HearingNode(namespace=ROBOT, venue=venue, use_sim_time=False),
            LanguageNode(namespace=ROBOT, venue=venue, use_sim_time=False),
            SpeakingNode(namespace=ROBOT, use_sim_time=False, wav_dir=wav_dir),
        ]
        self.visitor = rclpy.create_node("visitor", namespace=ROBOT)
        self.executor = SingleThreadedExecutor()
        for node in (*self.nodes, self.visitor):
            self.executor.add_node(node)
        self.heard: dict[str, list[Any]] = {"transcript": [], "intent": [], "/diagnostics": []}
        for topic, kind in (("transcript", Transcript), ("intent", Intent), ("/diagnostics", DiagnosticArray)):
            self.visitor.create_subscription(kind, topic, self.heard[topic].append, 50)
        self.typed = self.visitor.create_publisher(TypedText, "typed", 10)
        self.audio = self.visitor.create_publisher(Audio, "audio", 200)
        self.say = self.visitor.create_publisher(Utterance, "say", 10)
        for node in self.nodes:
            node.trigger_configure()
            node.trigger_activate()
        self.until(
            lambda: all(publisher.get_subscription_count() for publisher in (self.typed, self.audio, self.say)), 10
        )
        self.until(lambda: self.visitor.count_publishers(f"{ROBOT}/intent") > 0, 10)

    def until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"waited {timeout_s} s in vain"
            self.executor.spin_once(timeout_sec=0.05)

    def speak(self, recording: Path, utterance: str, language: str = "") -> None:
        blocks = list(in_blocks(read_recording(recording)))
        for number, block in enumerate(blocks):
            message = Audio(utterance_id=utterance, language=language, rate=block.rate, channels=1)
            message.samples = block.samples
            message.last = number == len(blocks) - 1
            self.audio.publish(message)

    def intent(self, utterance: str, timeout_s: float) -> Any:
        self.until(lambda: any(it.utterance_id == utterance for it in self.heard["intent"]), timeout_s)
        return next(it for it in self.heard["intent"] if it.utterance_id == utterance)

    def problems(self) -> list[str]:
        """Messages of the diagnostics that are not OK."""
        all_of = [status for report in self.heard["/diagnostics"] for status in report.status]
        return [status.message for status in all_of if status.level != DiagnosticStatus.OK]

    def close(self) -> None:
        for node in (*self.nodes, self.visitor):
            self.executor.remove_node(node)
            node.destroy_node()
        self.executor.shutdown()
        rclpy.try_shutdown()


@pytest.fixture
def stage(tmp_path: Path, ros_domain: int) -> Iterator[Stage]:
    with contextlib.closing(Stage(tmp_path / "wav", ros_domain)) as made:
        yield made


def test_typed_text_becomes_an_intent(stage: Stage) -> None:
    stage.typed.publish(TypedText(utterance_id="t1", text="带我去文化服务专题展"))
    intent = stage.intent("t1", 10)
    assert (intent.name, intent.language) == ("guide_to", "zh")
    assert dict(zip(intent.slot_names, intent.slot_values, strict=True)) == {"place": "culture"}
    transcript = stage.heard["transcript"][0]
    assert (transcript.source, transcript.partial, transcript.confidence) == ("typed", False, 1.0)


@pytest.mark.sound
@pytest.mark.slow
@pytest.mark.parametrize("language", ["", "ko"])
def test_a_spoken_request_becomes_an_intent(stage: Stage, language: str) -> None:
    if ModelShelf().problem("ko"):
        pytest.skip("no Korean model")
    stage.speak(RECORDINGS / "jf_alpha" / "02.flac", "s1", language)
    intent = stage.intent("s1", 60)
    assert (intent.name, intent.language) == ("guide_to", "ko")
    assert dict(zip(intent.slot_names, intent.slot_values, strict=True)) == {"place": "culture"}
    kinds = [transcript.partial for transcript in stage.heard["transcript"]]
    assert kinds[-1] is False
    assert any(kinds)


def test_a_language_without_a_model_is_a_warning_and_text_still_works(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ModelShelf, "problem", lambda self, language: MissingModel(language))
    stage.speak(RECORDINGS / "jf_alpha" / "01.flac", "s2", "zh")
    stage.until(lambda: any("no speech model for 'zh'" in line for line in stage.problems()), 15)
    stage.typed.publish(TypedText(utterance_id="t2", text="停"))
    assert stage.intent("t2", 10).name == "stop"
    assert not [it for it in stage.heard["transcript"] if it.utterance_id == "s2"]


def test_impossible_sound_is_counted_and_reported(stage: Stage) -> None:
    stage.audio.publish(Audio(utterance_id="s3", rate=0, channels=1, samples=np.zeros(4, np.int16)))
    stage.until(lambda: any("audio: rate 0" in line for line in stage.problems()), 15)


@pytest.mark.sound
def test_what_the_robot_says_becomes_a_wav(stage: Stage, tmp_path: Path) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    stage.say.publish(Utterance(act="arrived", text="金融服务专题展到了。", language="zh"))
    stage.until(lambda: any((tmp_path / "wav").glob("0001-arrived-zh.wav")), 20)
