from __future__ import annotations

import sys
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from robot_nodes.speaking.device import Device
from robot_nodes.speaking.errors import NoOutput
from robot_nodes.speaking.outputs import Pace, Tap, WavFolder, pcm
from robot_nodes.speaking.sound import BLOCK, RATE

TONE = (0.5 * np.sin(np.arange(BLOCK) / 5)).astype(np.float32)


def test_a_line_is_a_file_that_is_there_when_it_is_whole(tmp_path: Path) -> None:
    folder = WavFolder(tmp_path / "out")
    for act in ("greet-en", "Arrived/../x-zh"):
        folder.begin(act)
        folder.write(TONE)
        folder.write(TONE)
        assert not list((tmp_path / "out").glob(f"*{act[:5].lower()}*"))
        folder.end()
    folder.begin("nothing")
    folder.end()
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["0001-greet-en.wav", "0002-arrived-x-zh.wav"]
    with wave.open(str(files[0])) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (2 * BLOCK, RATE, 1)
        assert file.readframes(BLOCK) == pcm(TONE)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoOutput, match="choose another wav_dir"):
        WavFolder(tmp_path / "file" / "out")


def test_pace_is_that_of_a_loudspeaker() -> None:
    now = [100.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(lambda: now[0], wait)
    pace.begin("line")
    for _ in range(50):
        pace.write(TONE)
    assert now[0] == pytest.approx(101.0)
    now[0] += 5.0  # the next sentence was late: no hurry to make up for it
    pace.write(TONE)
    pace.write(TONE)
    assert now[0] == pytest.approx(106.0 + BLOCK / RATE)


def test_a_tap_tells_blocks_and_the_end() -> None:
    taken: list[tuple[int, bool]] = []
    tap = Tap(lambda block, last: taken.append((len(block), last)))
    tap.begin("line")
    tap.write(TONE)
    tap.end()
    assert taken == [(BLOCK, False), (0, True)]


def test_samples_beyond_full_scale_do_not_wrap() -> None:
    assert np.frombuffer(pcm(np.array([2.0, -2.0, 1.0], np.float32)), "<i2").tolist() == [32767, -32768, 32767]


class Hardware:
    """PyAudio's interface, for what no machine without a loudspeaker has: PortAudio's thread is `pull`."""

    paInt16, paContinue = 8, 0  # noqa: N815

    def __init__(self, rates: tuple[int, ...] = (16_000, 48_000)) -> None:
        self._rates = rates
        self.opened: list[int] = []
        self.closed = 0
        self.more: Any = None

    def PyAudio(self) -> Hardware:  # noqa: N802
        return self

    def get_device_count(self) -> int:
        return 1

    def get_device_info_by_index(self, index: int) -> dict[str, Any]:
        return {"index": 0, "name": "HDMI", "maxOutputChannels": 2}

    def open(self, rate: int, stream_callback: Any, **_: Any) -> SimpleNamespace:
        if rate not in self._rates:
            raise OSError("Invalid sample rate")
        self.opened.append(rate)
        self.more = stream_callback
        return SimpleNamespace(is_active=lambda: True, close=self._close)

    def _close(self) -> None:
        self.closed += 1

    def terminate(self) -> None:
        self.more = None

    def pull(self, frames: int) -> list[int]:
        return np.frombuffer(self.more(None, frames, None, 0)[0], "<i2").tolist()


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch) -> Hardware:
    made = Hardware()
    monkeypatch.setitem(sys.modules, "pyaudio", made)
    return made


def test_a_missing_loudspeaker_lists_those_there_are(hardware: Hardware) -> None:
    with pytest.raises(NoOutput, match="output devices: 0: HDMI"):
        Device("usb")


def test_a_loudspeaker_gets_what_is_said_and_silence_in_between(hardware: Hardware) -> None:
    device = Device("HDMI")
    assert hardware.pull(100) == [0] * 100
    device.begin("line")
    device.write(TONE)
    expected = np.frombuffer(pcm(TONE), "<i2").tolist()
    assert hardware.pull(200) == expected[:200]
    assert hardware.pull(200) == expected[200:] + [0] * 80
    device.close()
    assert hardware.closed == 1


def test_hardware_that_knows_48_khz_only_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    hardware = Hardware((48_000,))
    monkeypatch.setitem(sys.modules, "pyaudio", hardware)
    device = Device("0")
    device.begin("line")
    device.write(TONE)
    device.write(TONE)
    played = np.array(hardware.pull(6 * BLOCK))
    assert hardware.opened == [48_000]
    assert np.array_equal(played[2::3], np.frombuffer(pcm(np.tile(TONE, 2)), "<i2"))
    assert np.abs(np.diff(played[: 3 * BLOCK])).max() < 1300
    device.close()


def test_no_rate_that_fits_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", Hardware(()))
    with pytest.raises(NoOutput, match="cannot be opened"):
        Device("default")


def test_a_loudspeaker_that_takes_no_more_is_reported_and_opened_again(
    hardware: Hardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_nodes.speaking.device._PATIENCE_S", 0.01)
    device = Device("default")
    device.begin("line")
    device.write(TONE)
    device.write(TONE)
    with pytest.raises(NoOutput, match="takes no more sound"):
        device.write(TONE)
    device.begin("next")
    assert len(hardware.opened) == 2
    device.write(TONE)
    assert any(hardware.pull(BLOCK))
    device.close()
