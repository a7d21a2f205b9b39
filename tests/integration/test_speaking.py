"""Speaking as a real ROS 2 node: a line in, sound in real time out, silence when somebody speaks."""

from __future__ import annotations

import contextlib
import math
import shutil
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

rclpy = pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from fairguide_msgs.msg import Audio, Intent, Utterance, VoiceActivity  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402

from robot_nodes.speaking.node import SpeakingNode  # noqa: E402

pytestmark = [
    pytest.mark.ros,
    pytest.mark.sound,
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
    # rclpy's message parser (lark) imports sre_parse the first time a node is made.
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]

ROBOT = "/guide_01"
LONG = "This is a long line that goes on and on, until somebody has something to say to the robot. Then it stops."


class Stage:
    """The node, and an ear beside it."""

    def __init__(self, wav_dir: Path, domain: int) -> None:
        rclpy.init(domain_id=domain)
        self.node: Any = SpeakingNode(namespace=ROBOT, use_sim_time=False, wav_dir=wav_dir)
        self.ear = rclpy.create_node("ear", namespace=ROBOT)
        self.executor = SingleThreadedExecutor()
        self.blocks: list[tuple[float, Any]] = []
        self.health: list[dict[str, str]] = []
        self.levels: list[bytes] = []
        self.ear.create_subscription(
            Audio, "playback", lambda block: self.blocks.append((time.monotonic(), block)), 200
        )
        self.ear.create_subscription(DiagnosticArray, "/diagnostics", self._on_health, 50)
        self.say = self.ear.create_publisher(Utterance, "say", 10)
        self.voice = self.ear.create_publisher(VoiceActivity, "voice_activity", 10)
        self.intent = self.ear.create_publisher(Intent, "intent", 10)
        for one in (self.node, self.ear):
            self.executor.add_node(one)
        self.node.trigger_configure()
        self.node.trigger_activate()
        self.until(lambda: all(one.get_subscription_count() for one in (self.say, self.voice, self.intent)))
        self.until(lambda: self.ear.count_publishers(f"{ROBOT}/playback") > 0)

    def _on_health(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self.levels.append(status.level)
            self.health.append({"message": status.message, **{it.key: it.value for it in status.values}})

    def until(self, condition: Callable[[], bool], timeout_s: float = 15) -> None:
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"waited {timeout_s} s in vain: {self.health[-1:]}"
            self.executor.spin_once(timeout_sec=0.02)

    def ended(self, utterance: str) -> dict[str, str]:
        """What became of a line, once it is over."""

        def over() -> list[dict[str, str]]:
            return [it for it in self.health if it.get("utterance_id") == utterance and it["state"] != "speaking"]

        self.until(lambda: bool(over()))
        return over()[0]

    def close(self) -> None:
        for one in (self.node, self.ear):
            self.executor.remove_node(one)
            one.destroy_node()
        self.executor.shutdown()
        rclpy.try_shutdown()


@pytest.fixture
def stage(tmp_path: Path, ros_domain: int) -> Iterator[Stage]:
    with contextlib.closing(Stage(tmp_path / "wav", ros_domain)) as made:
        yield made
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("speaking")]


def test_what_is_said_is_played_in_real_time_and_kept(stage: Stage, tmp_path: Path) -> None:
    stage.say.publish(Utterance(utterance_id="u1", act="arrived", text="我们到了。祝您参观愉快。", language="zh"))
    health = stage.ended("u1")
    stage.until(lambda: bool(stage.blocks) and stage.blocks[-1][1].last)
    assert (health["message"], health["state"], health["sentences"]) == ("speaks", "spoken", "2/2")
    (file,) = (tmp_path / "wav").glob("*-arrived-zh.wav")
    with wave.open(str(file)) as opened:
        kept = np.frombuffer(opened.readframes(opened.getnframes()), "<i2")
        assert opened.getframerate() == 16_000
    played = np.concatenate([np.asarray(block.samples, np.int16) for _, block in stage.blocks])
    assert np.array_equal(played, kept)
    assert 3000 < int(np.abs(kept.astype(int)).max()) < 32_000
    assert {(block.rate, block.channels) for _, block in stage.blocks} == {(16_000, 1)}
    took_s = stage.blocks[-1][0] - stage.blocks[0][0]
    assert -0.3 < took_s - len(kept) / 16_000 < 3.0
    assert int(health["first_sample_ms"]) < 5000  # the first line of all waits for the voice; docs/speaking.md has more


def test_it_falls_silent_when_somebody_speaks_but_not_in_an_emergency(stage: Stage) -> None:
    for utterance, interrupt, state in (("u1", False, "barge_in"), ("u2", True, "spoken")):
        text = "Fire in hall two. Please leave." if interrupt else LONG
        stage.voice.publish(VoiceActivity(voice=False, noise_dbfs=-60.0))
        before = len(stage.blocks)
        stage.say.publish(
            Utterance(utterance_id=utterance, act="inform", text=text, language="en", interrupt=interrupt)
        )
        stage.until(lambda before=before: len(stage.blocks) > before + 10)
        stage.voice.publish(VoiceActivity(voice=True, noise_dbfs=-60.0))
        assert stage.ended(utterance)["state"] == state


def test_it_is_louder_in_noise_and_when_asked(stage: Stage) -> None:
    def gain(utterance: str) -> float:
        stage.say.publish(Utterance(utterance_id=utterance, act="inform", text="Hello.", language="en"))
        return float(stage.ended(utterance)["gain_db"])

    assert gain("u1") == 0.0
    stage.intent.publish(Intent(name="louder"))
    assert gain("u2") == 3.0
    stage.intent.publish(Intent(name="quieter"))
    stage.voice.publish(VoiceActivity(voice=False, noise_dbfs=-45.0))
    assert gain("u3") == pytest.approx(5.0, abs=0.1)
    stage.voice.publish(VoiceActivity(voice=False, noise_dbfs=math.nan))
    assert gain("u4") == pytest.approx(5.0, abs=0.1)


def test_broken_marks_are_a_warning_until_the_next_line(stage: Stage) -> None:
    stage.say.publish(Utterance(utterance_id="u1", act="inform", text="<speak>Hello <p>there", language="en"))
    assert stage.ended("u1")["sentences"] == "1/1"
    assert DiagnosticStatus.WARN in stage.levels
    stage.say.publish(Utterance(utterance_id="u2", act="inform", text="Hello.", language="en"))
    stage.ended("u2")
    assert stage.levels[-1] == DiagnosticStatus.OK
