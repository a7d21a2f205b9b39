"""A loudspeaker through PyAudio."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Any

import numpy as np

from robot_nodes.quietly import quiet_stderr
from robot_nodes.speaking.errors import NoOutput
from robot_nodes.speaking.outputs import pcm
from robot_nodes.speaking.sound import BLOCK, RATE, Sound

__all__ = ["Device"]

_WAITING = 2
"""Blocks of 20 ms between us and the device: what is still heard after a stop, besides the device's own."""
_STALLED_S = 3.0
_PATIENCE_S = 5.0
"""For the first block: sound servers take their time to wake up."""


class Device:
    """A PyAudio output device, kept open and fed with silence between lines: nothing is late, and nothing clicks."""

    paces = True

    def __init__(self, device: str) -> None:
        """:param device: "default", an index, or a part of a name. :raises NoOutput: it is not there."""
        self._device = device
        self._blocks: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._rest = b""
        self._taken = 0
        self._stalled = False
        self._factor = 1
        self._last = np.zeros(1, np.float32)
        self._stream: Any = None
        with quiet_stderr():
            self._audio = _portaudio()
            try:
                self._index = _wanted(_outputs(self._audio), device)
                self._open()
            except NoOutput:
                self._audio.terminate()
                raise

    def begin(self, name: str) -> None:
        """See Output; opens the device again that had gone."""
        if self._stalled or self._stream is None or not self._stream.is_active():
            with quiet_stderr():
                self._shut()
                self._open()

    def write(self, block: Sound) -> None:
        """See Output."""
        samples = pcm(self._stretched(block) if self._factor > 1 else block)
        with self._changed:
            patience = _STALLED_S if self._taken else _PATIENCE_S
            if not self._changed.wait_for(lambda: len(self._blocks) < _WAITING, patience):
                self._stalled = True
                raise NoOutput(f"loudspeaker '{self._device}' takes no more sound; check the sound device")
            self._blocks.append(samples)

    def end(self) -> None:
        """See Output; what waits is still played."""

    def close(self) -> None:
        """Free the device."""
        with quiet_stderr():
            self._shut()
            self._audio.terminate()

    def _open(self) -> None:
        import pyaudio

        problem: Exception | None = None
        for factor in (1, 3):  # hardware without a sound server may know 48 kHz only
            try:
                self._stream = self._audio.open(
                    rate=RATE * factor,
                    channels=1,
                    format=pyaudio.paInt16,
                    output=True,
                    output_device_index=self._index,
                    frames_per_buffer=BLOCK * factor,  # half of it ran dry on a busy machine
                    stream_callback=self._more,
                )
            except (OSError, ValueError) as error:
                problem = error
            else:
                self._factor = factor
                return
        raise NoOutput(f"loudspeaker '{self._device}' cannot be opened ({problem}); check the sound device")

    def _shut(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
        self._blocks.clear()
        self._rest, self._taken, self._stalled = b"", 0, False

    def _stretched(self, block: Sound) -> Sound:
        """At `_factor` times the rate, straight lines between the samples; goes on where the last block ended."""
        samples = np.concatenate((self._last, block))
        self._last = samples[-1:]
        at = np.arange(1, len(block) * self._factor + 1) / self._factor
        return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)

    def _more(self, _input: Any, frames: int, _times: Any, _status: Any) -> tuple[bytes, int]:
        """What the device plays next, silence where nothing waits. In PortAudio's thread."""
        import pyaudio

        needed = frames * 2
        with self._changed:
            while len(self._rest) < needed and self._blocks:
                self._rest += self._blocks.popleft()
            played, self._rest = self._rest[:needed], self._rest[needed:]
            self._taken += 1
            self._changed.notify_all()
        return played.ljust(needed, b"\0"), pyaudio.paContinue


def _portaudio() -> Any:
    try:
        import pyaudio
    except ImportError as error:
        raise NoOutput("loudspeakers need PyAudio: pip install pyaudio. Words remain text.") from error
    return pyaudio.PyAudio()


def _outputs(audio: Any) -> dict[int, str]:
    devices = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return {int(device["index"]): str(device["name"]) for device in devices if device["maxOutputChannels"] > 0}


def _wanted(outputs: dict[int, str], device: str) -> int | None:
    """The index of `device`; None is the default one."""
    found = [index for index, name in outputs.items() if device in (str(index), "default") or device in name]
    if not found:
        there = "; ".join(f"{index}: {name}" for index, name in outputs.items()) or "none"
        raise NoOutput(f"loudspeaker '{device}' is not there; output devices: {there}. Words remain text.")
    return None if device == "default" else found[0]
