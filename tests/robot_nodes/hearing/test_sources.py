from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.errors import BrokenSound, NoDevice
from robot_nodes.hearing.sources import RATE, Block, Microphone, checked_block, in_blocks, read_recording, resampled


def test_stereo_at_another_rate_becomes_mono_at_16_khz(tmp_path: Path) -> None:
    time_s = np.arange(48_000) / 48_000
    tone = (8_000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)
    soundfile.write(tmp_path / "tone.wav", np.stack([tone, tone], axis=1), 48_000)
    block = read_recording(tmp_path / "tone.wav")
    assert (block.rate, len(block.samples), block.duration_s) == (RATE, RATE, 1.0)
    spectrum = np.abs(np.fft.rfft(block.samples))
    assert int(spectrum.argmax()) == 440


def test_what_is_not_a_recording_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not a sound")
    (tmp_path / "cut.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.int16), RATE)
    soundfile.write(tmp_path / "long.flac", np.zeros(RATE * 121, np.int16), RATE)
    for name, complaint in (
        ("none.wav", "no such file"),
        ("text.wav", "not a recording"),
        ("cut.wav", "not a recording|no sound"),
        ("empty.wav", "holds no sound"),
        ("long.flac", "longer than 120 s"),
    ):
        with pytest.raises(BrokenSound, match=complaint) as caught:
            read_recording(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


@given(st.lists(st.integers(-32768, 32767), max_size=60), st.integers(-1, 300_000), st.integers(-1, 40))
def test_blocks_from_outside_are_checked(samples: list[int], rate: int, channels: int) -> None:
    if not (8_000 <= rate <= 192_000 and 1 <= channels <= 32 and len(samples) % channels == 0):
        with pytest.raises(BrokenSound, match=r"^audio: "):
            checked_block(samples, rate, channels)
    else:
        assert len(checked_block(samples, rate, channels).samples) * channels == len(samples)


def test_of_an_array_the_first_microphone_is_heard_and_stereo_is_averaged() -> None:
    assert checked_block([1, 9, 9, 2, 9, 9], RATE, 3).samples.tolist() == [1, 2]
    assert checked_block([2, 4, 32767, 32767], RATE, 2).samples.tolist() == [3, 32767]


def test_blocks_put_together_are_the_recording() -> None:
    block = Block(np.arange(1000, dtype=np.int16), 1000)
    pieces = list(in_blocks(block, 0.3))
    assert [len(piece.samples) for piece in pieces] == [300, 300, 300, 100]
    assert np.array_equal(np.concatenate([piece.samples for piece in pieces]), block.samples)
    assert resampled(block.samples, 1000, 1000) is block.samples


class FakePortAudio:
    """Two devices, one of them a microphone."""

    def __init__(self) -> None:
        self.opened: dict[str, object] = {}
        self.ended = False

    def get_device_count(self) -> int:
        return 2

    def get_device_info_by_index(self, index: int) -> dict[str, object]:
        return {"index": index, "name": ["Loudspeaker", "ReSpeaker 4"][index], "maxInputChannels": [0, 4][index]}

    def open(self, **options: object) -> FakePortAudio:
        self.opened = options
        return self

    def stop_stream(self) -> None:
        self.opened = {}

    def close(self) -> None:
        self.opened = {}

    def terminate(self) -> None:
        self.ended = True


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "pyaudio", SimpleNamespace(PyAudio=lambda: fake, paInt16=8, paContinue=0))
    return fake


def test_a_microphone_delivers_blocks(portaudio: FakePortAudio) -> None:
    heard: list[Block] = []
    microphone = Microphone("respeaker", heard.append)
    assert portaudio.opened["input_device_index"] == 1
    callback = portaudio.opened["stream_callback"]
    assert callable(callback)
    assert callback(np.array([1, 2, 3], np.int16).tobytes(), 3, None, 0) == (None, 0)
    assert heard[0].samples.tolist() == [1, 2, 3]
    microphone.close()
    assert portaudio.ended


def test_a_missing_microphone_lists_those_there_are(portaudio: FakePortAudio) -> None:
    with pytest.raises(NoDevice, match=r"'usb' is not there; input devices: 1: ReSpeaker 4\. Typed text works"):
        Microphone("usb", print)
    assert portaudio.ended


@pytest.mark.sound
def test_the_real_portaudio_without_such_a_device_is_one_quiet_line(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyaudio")
    with pytest.raises(NoDevice, match="input devices: "):
        Microphone("no such microphone", print)
    assert capfd.readouterr().err == ""
