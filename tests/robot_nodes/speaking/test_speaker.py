from __future__ import annotations

import sys
import threading
import wave
from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import numpy as np
import pytest

from robot_nodes.speaking.errors import NoOutput, NoVoice, SpeakingError
from robot_nodes.speaking.outputs import Device, WavFolder
from robot_nodes.speaking.speaker import Line, Speaker
from robot_nodes.speaking.voices import Samples


class Hummer:
    """A voice: as many samples as letters."""

    def speak_to_wav(self, text: str, lang: str) -> tuple[Samples, int]:
        if text == "mute":
            raise NoVoice("lost my voice")
        return np.ones(len(text), np.int16), 8_000


class Stage:
    """An output that plays until it is interrupted or let go."""

    def __init__(self) -> None:
        self.playing: Queue[str] = Queue()
        self.go = threading.Event()
        self.interrupted: list[str] = []
        self.closed = False

    def play(self, samples: Samples, rate: int, name: str, interrupted: threading.Event) -> None:
        self.playing.put(name)
        while not self.go.is_set():
            if interrupted.wait(0.01):
                self.interrupted.append(name)
                return

    def close(self) -> None:
        self.closed = True


def test_lines_become_files(tmp_path: Path) -> None:
    speaker = Speaker(Hummer(), [WavFolder(tmp_path / "out")])
    for text, language, act in (("hello", "en", "greet"), ("  ", "en", "inform"), ("到了", "zh", "Arrived/../x")):
        speaker.say(Line(text, language, act))
    assert speaker.wait_idle(5)
    speaker.close()
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["0001-greet-en.wav", "0002-arrived-x-zh.wav"]
    with wave.open(str(files[0])) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (5, 8_000, 1)
    assert speaker.spoken == 2


def test_an_interruption_stops_the_line_and_forgets_those_that_wait() -> None:
    stage = Stage()
    speaker = Speaker(Hummer(), [stage])
    speaker.say(Line("one", "en", "first"))
    assert stage.playing.get(timeout=5) == "first-en"
    speaker.say(Line("two", "en", "second"))
    speaker.say(Line("three", "en", "third", interrupt=True))
    assert stage.playing.get(timeout=5) == "third-en"
    assert stage.interrupted == ["first-en"]
    stage.go.set()
    assert speaker.wait_idle(5)
    assert stage.playing.empty()
    speaker.close()
    assert stage.closed
    assert "speaking" not in {thread.name for thread in threading.enumerate()}


def test_closing_does_not_wait_for_the_end_of_a_speech() -> None:
    stage = Stage()
    speaker = Speaker(Hummer(), [stage])
    speaker.say(Line("a very long speech", "en", "inform"))
    stage.playing.get(timeout=5)
    speaker.close()
    assert stage.interrupted == ["inform-en"]


def test_a_line_that_cannot_be_said_is_reported_and_the_next_is_said(tmp_path: Path) -> None:
    problems: Queue[SpeakingError] = Queue()
    speaker = Speaker(Hummer(), [WavFolder(tmp_path)], problems.put)
    speaker.say(Line("mute", "en"))
    assert str(problems.get(timeout=5)) == "lost my voice"
    speaker.say(Line("well", "en"))
    assert speaker.wait_idle(5)
    speaker.close()
    assert [file.name for file in tmp_path.iterdir()] == ["0001-inform-en.wav"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoOutput, match="choose another wav_dir"):
        WavFolder(tmp_path / "file" / "out")


def test_a_missing_loudspeaker_lists_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    device = {"index": 0, "name": "HDMI", "maxOutputChannels": 2}
    audio = SimpleNamespace(
        get_device_count=lambda: 1, get_device_info_by_index=lambda _: device, terminate=lambda: None
    )
    monkeypatch.setitem(sys.modules, "pyaudio", SimpleNamespace(PyAudio=lambda: audio))
    with pytest.raises(NoOutput, match="output devices: 0: HDMI"):
        Device("usb")
