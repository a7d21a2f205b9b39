"""Hearing, language and speaking as real ROS 2 nodes: sound or text in, an intent out, an answer as a WAV."""

from __future__ import annotations

import contextlib
import math
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from maps.venue import load_venue
from robot_nodes.hearing import MissingModel, ModelShelf, read_recording
from robot_nodes.hearing.sources import in_blocks

rclpy = pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from fairguide_msgs.msg import Audio, Intent, Transcript, TypedText, Utterance, VoiceActivity  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from std_msgs.msg import Bool  # noqa: E402

from robot_nodes.hearing import node as hearing_node  # noqa: E402
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

    def __init__(self, wav_dir: Path, domain: int, **hearing: Any) -> None:
        venue = load_venue("hall")
        rclpy.init(domain_id=domain)
        self.nodes: list[Any] = [
            HearingNode(namespace=ROBOT, venue=venue, use_sim_time=False, **hearing),
            LanguageNode(namespace=ROBOT, venue=venue, use_sim_time=False),
            SpeakingNode(namespace=ROBOT, use_sim_time=False, wav_dir=wav_dir),
        ]
        self.visitor = rclpy.create_node("visitor", namespace=ROBOT)
        self.executor = SingleThreadedExecutor()
        for node in (*self.nodes, self.visitor):
            self.executor.add_node(node)
        topics = {
            "transcript": Transcript,
            "intent": Intent,
            "voice_activity": VoiceActivity,
            "/diagnostics": DiagnosticArray,
        }
        self.heard: dict[str, list[Any]] = {topic: [] for topic in topics}
        for topic, kind in topics.items():
            self.visitor.create_subscription(kind, topic, self.heard[topic].append, 50)
        self.typed = self.visitor.create_publisher(TypedText, "typed", 10)
        self.audio = self.visitor.create_publisher(Audio, "audio", 200)
        self.say = self.visitor.create_publisher(Utterance, "say", 10)
        self.push = self.visitor.create_publisher(Bool, "push_to_talk", 10)
        self.playback = self.visitor.create_publisher(Audio, "playback", 50)
        for node in self.nodes:
            node.trigger_configure()
            node.trigger_activate()
        self.until(
            lambda: all(
                publisher.get_subscription_count()
                for publisher in (self.typed, self.audio, self.say, self.push, self.playback)
            ),
            10,
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

    def stream(self, frames: npt.NDArray[np.int16], utterance: str = "") -> None:
        """Live sound (no id) or a recording of an array, shape (n, channels), spinning between its blocks."""
        for start in range(0, len(frames), 1600):
            piece = frames[start : start + 1600]
            message = Audio(utterance_id=utterance, rate=16_000, channels=piece.shape[1])
            message.samples = piece.reshape(-1)
            message.last = bool(utterance) and start + 1600 >= len(frames)
            self.audio.publish(message)
            self.executor.spin_once(timeout_sec=0.05)

    def intent(self, utterance: str, timeout_s: float) -> Any:
        self.until(lambda: any(it.utterance_id == utterance for it in self.heard["intent"]), timeout_s)
        return next(it for it in self.heard["intent"] if it.utterance_id == utterance)

    def problems(self) -> list[str]:
        """Messages of the diagnostics that are not OK."""
        all_of = [status for report in self.heard["/diagnostics"] for status in report.status]
        return [status.message for status in all_of if status.level != DiagnosticStatus.OK]

    def health(self) -> dict[str, str]:
        """The last values of hearing's diagnostics."""
        statuses = [status for report in self.heard["/diagnostics"] for status in report.status]
        ours = [status for status in statuses if status.name.endswith(": hearing")]
        return {entry.key: entry.value for entry in ours[-1].values} if ours else {}

    def close(self) -> None:
        for node in (*self.nodes, self.visitor):
            self.executor.remove_node(node)
            node.destroy_node()
        self.executor.shutdown()
        rclpy.try_shutdown()


PHRASES = (
    "문화 서비스 전시관으로 안내해 주세요",
    "금융 서비스 전시관으로 안내해 주세요",
    "화장실이 어디에 있습니까",
    "출구가 어디입니까",
    "안녕하세요",
)
"""A small domain: the venue's whole one takes ten seconds and more to prepare, for each of these tests."""


@pytest.fixture(autouse=True)
def small_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing_node, "domain_meanings", lambda venue, language: {phrase: phrase for phrase in PHRASES})


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


def with_pauses(recording: str) -> npt.NDArray[np.int16]:
    """A recording between a second and two of faint noise, shape (n,)."""
    sound = read_recording(RECORDINGS / "jf_alpha" / recording).samples
    noise = np.random.default_rng(1).integers(-5, 6, 3 * 16_000).astype(np.int16)
    return np.concatenate([noise[:16_000], sound, noise[16_000:]])


def at_ring(sound: npt.NDArray[np.int16], degrees: float) -> npt.NDArray[np.int16]:
    """`sound` as a plane wave at the built-in ring of six microphones, shape (n, 6)."""
    delays_s = -0.046 * np.cos(np.arange(6) * math.tau / 6 - math.radians(degrees)) / 343.0
    turned = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound), 1 / 16_000)[None] * delays_s[:, None])
    heard = np.fft.irfft(np.fft.rfft(sound)[None] * turned, len(sound)).T
    noisy = heard + np.random.default_rng(2).normal(0, 3, heard.shape)
    return np.clip(noisy, -32768, 32767).astype(np.int16)


@pytest.mark.sound
@pytest.mark.slow
def test_a_live_array_tells_who_speaks_from_where_and_what(stage: Stage) -> None:
    """A stream without an id, as an array's driver sends it: the whole chain, with direction and activity."""
    if ModelShelf().problem("ko"):
        pytest.skip("no Korean model")
    stage.stream(at_ring(with_pauses("02.flac"), 60.0))
    stage.until(lambda: any(not it.partial for it in stage.heard["transcript"]), 90)
    final = next(it for it in stage.heard["transcript"] if not it.partial)
    assert (final.source, final.language, final.header.frame_id) == ("vosk", "ko", "base_link")
    assert "문화" in final.text
    assert math.degrees(final.direction) == pytest.approx(60.0, abs=10.0)
    assert final.snr_db > 10.0
    assert stage.intent(final.utterance_id, 10).name == "guide_to"
    voices = [it for it in stage.heard["voice_activity"] if it.voice]
    assert voices
    assert all(it.listening and it.level_dbfs > it.noise_dbfs for it in voices)
    assert not stage.heard["voice_activity"][0].voice
    stage.until(lambda: "level_5_dbfs" in stage.health(), 15)
    health = stage.health()
    assert (health["beam"], health["dead_channels"], health["models"]) == ("mvdr", "none", "ko")
    assert float(health["realtime_factor"]) > 0.0


@pytest.mark.sound
@pytest.mark.slow
def test_a_recording_of_an_array_tells_its_direction(stage: Stage) -> None:
    if ModelShelf().problem("ko"):
        pytest.skip("no Korean model")
    stage.stream(at_ring(with_pauses("02.flac"), -100.0), "s9")
    assert stage.intent("s9", 90).name == "guide_to"
    final = stage.heard["transcript"][-1]
    assert math.degrees(final.direction) == pytest.approx(-100.0, abs=10.0)


def test_buttons_and_playback_without_a_microphone_are_harmless(stage: Stage) -> None:
    stage.push.publish(Bool(data=True))
    stage.playback.publish(Audio(rate=16_000, channels=1, samples=np.zeros(160, np.int16)))
    stage.push.publish(Bool(data=False))
    stage.typed.publish(TypedText(utterance_id="t3", text="停"))
    assert stage.intent("t3", 10).name == "stop"
    assert not stage.heard["voice_activity"]


def test_a_microphone_that_is_not_there_is_reported(tmp_path: Path, ros_domain: int) -> None:
    with contextlib.closing(Stage(tmp_path, ros_domain, device="no such microphone", languages=("ko",))) as stage:
        if ModelShelf().problem("ko"):
            pytest.skip("no Korean model")
        stage.until(lambda: any("no such microphone" in line for line in stage.problems()), 90)


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
