"""A PyAudio device: pretended, so that it can vanish; and a real one, where PulseAudio can pretend one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing.capture import Capture, input_devices
from robot_nodes.hearing.errors import NoDevice


class FakePortAudio:
    """A loudspeaker and a microphone with four channels that can be unplugged."""

    def __init__(self) -> None:
        self.options: dict[str, object] = {}
        self.rates = {16_000, 48_000}
        self.plugged = True
        self.opened = 0
        self.terminated = 0

    def get_device_count(self) -> int:
        return 2 if self.plugged else 1

    def get_device_info_by_index(self, index: int) -> dict[str, object]:
        return {
            "index": index,
            "name": ["Loudspeaker", "ReSpeaker 4"][index],
            "maxInputChannels": [0, 4][index],
            "defaultSampleRate": 48_000.0,
        }

    def get_default_input_device_info(self) -> dict[str, object]:
        return self.get_device_info_by_index(1)

    def open(self, **options: object) -> FakePortAudio:
        if options["rate"] not in self.rates:
            raise OSError("Invalid sample rate")
        self.options = options
        self.opened += 1
        return self

    def deliver(self, samples: npt.NDArray[np.int16], status: int = 0) -> None:
        """As PortAudio's thread does."""
        callback = self.options["stream_callback"]
        assert callable(callback)
        assert callback(samples.tobytes(), len(samples), None, status) == (None, 0)

    def is_active(self) -> bool:
        return self.plugged

    def stop_stream(self) -> None:
        if not self.plugged:
            raise OSError("Stream not open")

    def close(self) -> None:
        return

    def terminate(self) -> None:
        self.terminated += 1


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "pyaudio", SimpleNamespace(PyAudio=lambda: fake, paInt16=8, paContinue=0))
    return fake


def test_all_channels_of_the_array_are_delivered(portaudio: FakePortAudio) -> None:
    capture = Capture("respeaker", 4)
    assert capture.read(0.0) is None
    assert (portaudio.options["input_device_index"], portaudio.options["channels"]) == (1, 4)
    portaudio.deliver(np.array([1, 2, 3, 4, 5, 6, 7, 8], np.int16))
    frames = capture.read(0.0)
    assert frames is not None
    assert (frames * 32768).tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    capture.close()
    capture.close()
    assert portaudio.terminated == 1


def test_a_device_that_cannot_do_16_khz_is_resampled(portaudio: FakePortAudio) -> None:
    portaudio.rates = {48_000}
    capture = Capture("default", 1)
    capture.open()
    portaudio.deliver(np.full(48_000, 3277, np.int16))
    frames = capture.read(0.0)
    assert frames is not None
    assert abs(len(frames) - 16_000) < 30
    assert frames[8000, 0] == pytest.approx(0.1, abs=0.001)


def test_overruns_of_the_device_and_of_our_own_are_counted(portaudio: FakePortAudio) -> None:
    capture = Capture("1", 1)
    capture.open()
    portaudio.deliver(np.zeros(160, np.int16), status=2)
    capture.read(0.0)
    assert capture.trouble.overruns == 1
    for _ in range(25):
        portaudio.deliver(np.zeros(1600, np.int16))
    capture.read(0.0)
    assert capture.trouble.overruns == 6


def test_a_vanished_device_is_told_and_opened_again_with_more_and_more_patience(portaudio: FakePortAudio) -> None:
    now = [0.0]
    capture = Capture("respeaker", 4, clock=lambda: now[0])
    capture.open()
    portaudio.deliver(np.zeros(8, np.int16))
    assert capture.read(0.0) is not None
    portaudio.plugged = False
    assert capture.read(0.0) is None
    assert "delivers nothing any more" in capture.trouble.problem
    tried = []
    while now[0] < 120.0:
        now[0] += 0.25
        before = portaudio.terminated
        assert capture.read(0.0) is None
        if portaudio.terminated > before:
            tried.append(now[0])
    waits = np.diff([0.0, *tried])
    assert waits[0] == 0.5
    assert waits[-1] == 30.0
    assert "'respeaker' is not there; input devices: none" in capture.trouble.problem
    portaudio.plugged = True
    now[0] += 30.0
    capture.read(0.0)
    assert (capture.trouble.problem, capture.trouble.reopened, portaudio.opened) == ("", 1, 2)
    portaudio.deliver(np.ones(4, np.int16))
    assert capture.read(0.0) is not None


def test_a_device_that_only_falls_silent_is_opened_again_too(portaudio: FakePortAudio) -> None:
    now = [0.0]
    capture = Capture("respeaker", 4, clock=lambda: now[0])
    capture.open()
    now[0] = 1.9
    assert capture.read(0.0) is None
    assert capture.trouble.problem == ""
    now[0] = 2.1
    capture.read(0.0)
    now[0] = 3.0
    capture.read(0.0)
    assert (portaudio.opened, capture.trouble.problem) == (2, "")


def test_a_missing_microphone_lists_those_there_are(portaudio: FakePortAudio) -> None:
    with pytest.raises(NoDevice, match=r"'usb' is not there; input devices: 1: ReSpeaker 4 \(4 channels\)\. Typed"):
        Capture("usb", 1).open()
    with pytest.raises(NoDevice, match="has fewer than 6 channels"):
        Capture("respeaker", 6).open()
    assert portaudio.terminated == 2


def test_without_pyaudio_typed_text_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    capture = Capture("default", 1)
    assert capture.read(0.0) is None
    assert "pip install pyaudio" in capture.trouble.problem


@pytest.mark.sound
def test_the_real_portaudio_without_such_a_device_is_one_quiet_line(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyaudio")
    with pytest.raises(NoDevice, match="input devices: "):
        Capture("no such microphone", 1).open()
    assert capfd.readouterr().err == ""


RECORD = """
import sys, time
import numpy as np
from robot_nodes.hearing.capture import Capture
capture = Capture("default", 6)
capture.open()
print("open", flush=True)
blocks, end = [], time.monotonic() + 20.0
while sum(map(len, blocks)) < 32000 and time.monotonic() < end:
    block = capture.read(0.2)
    if block is not None:
        blocks.append(block)
np.save(sys.argv[1], np.concatenate(blocks))
"""
"""A process of its own: PortAudio reads HOME/.asoundrc once."""


SERVER = ("pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no", "--disable-shm=yes")


@pytest.fixture
def virtual_array(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a PulseAudio of the test's own, whose default source is a sink's monitor with six channels."""
    if not shutil.which("pulseaudio") or not shutil.which("pacat"):
        pytest.skip("pulseaudio and pulseaudio-utils are not installed")
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        pytest.skip("libasound2-plugins is not installed")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    (tmp_path / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    channels = "front-left,front-right,rear-left,rear-right,front-center,lfe"
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "PULSE_RUNTIME_PATH": str(runtime),
        "PULSE_SERVER": f"unix:{runtime}/native",
    }
    sink = f"module-null-sink sink_name=vmic rate=16000 channels=6 channel_map={channels}"
    server = subprocess.Popen(
        [*SERVER, "-L", sink, "-L", f"module-native-protocol-unix socket={runtime}/native auth-anonymous=1"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: (runtime / "native").exists() or server.poll() is not None, 10.0)
        if server.poll() is not None:
            pytest.skip("PulseAudio does not start here")
        yield environment
    finally:
        server.terminate()
        server.wait(10.0)


def wait_until(condition: Callable[[], bool], timeout_s: float) -> None:
    pause = threading.Event()
    for _ in range(int(timeout_s / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail(f"waited {timeout_s} s in vain")


@pytest.mark.sound
def test_six_real_channels_keep_their_order_and_delays(virtual_array: dict[str, str], tmp_path: Path) -> None:
    """Noise that reaches microphone i i samples later and softer, played into the null sink and captured again."""
    pytest.importorskip("pyaudio")
    noise = np.random.default_rng(1).normal(0, 3000, 16_000 * 12)
    sound = np.stack([np.roll(noise, i) / (1 + i) for i in range(6)], axis=1).astype("<i2")
    raw = tmp_path / "array.raw"
    raw.write_bytes(sound.tobytes())
    play = ["pacat", "--playback", "--device=vmic", "--raw", "--rate=16000", "--channels=6", "--format=s16le"]
    play += ["--channel-map=front-left,front-right,rear-left,rear-right,front-center,lfe", str(raw)]
    player = subprocess.Popen(play, env=virtual_array, stderr=subprocess.DEVNULL)
    try:
        out = tmp_path / "heard.npy"
        done = subprocess.run(
            [sys.executable, "-c", RECORD, str(out)], env=virtual_array, capture_output=True, text=True, timeout=60
        )
    finally:
        player.terminate()
        player.wait(10.0)
    assert done.returncode == 0, done.stderr
    heard = np.load(out)
    assert heard.shape[1] == 6
    heard = heard[-16_000:]
    levels = heard.std(axis=0)
    assert levels[0] > 0.01
    for channel in range(1, 6):
        lags = [
            float(np.dot(heard[100:-100, 0], heard[100 + lag : len(heard) - 100 + lag, channel])) for lag in range(12)
        ]
        assert int(np.argmax(lags)) == channel
        assert levels[channel] / levels[0] == pytest.approx(1 / (1 + channel), rel=0.1)


def test_devices_can_be_listed(portaudio: FakePortAudio) -> None:
    assert input_devices() == {1: ("ReSpeaker 4", 4)}
