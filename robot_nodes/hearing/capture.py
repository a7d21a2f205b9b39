"""Sound from a PyAudio device, which may vanish and come back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import structlog

from robot_nodes.hearing.errors import NoDevice
from robot_nodes.hearing.sources import RATE, Frames, QueueSource, Trouble
from robot_nodes.quietly import quiet_stderr

__all__ = ["Capture", "Device", "input_devices"]

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_SILENT_S = 2.0
"""A device that delivers nothing for so long is gone."""
_OVERFLOW = 2
"""paInputOverflow of portaudio.h."""

Device = tuple[str, int]
"""Name, channels."""

_log = structlog.get_logger("hearing")


class Capture:
    """A `Source` on a device; opened by the first `read`, and opened again whenever it has vanished."""

    def __init__(
        self, device: str, channels: int, *, block_s: float = 0.04, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """:param device: "default", an index, or a part of a device's name.
        :param channels: how many the array has; the device must have as many.
        """
        self.channels = channels
        self.trouble = Trouble()
        self._device = device
        self._block_s = block_s
        self._clock = clock
        self._stream: _Stream | None = None
        self._try_at = clock()
        self._wait_s = _FIRST_WAIT_S
        self._opened = 0

    def read(self, timeout_s: float) -> Frames | None:
        """What the device delivered; see `Source`. Where there is none: None, and `trouble.problem` says why."""
        stream = self._stream or self._open()
        if stream is None:
            time.sleep(min(timeout_s, max(0.0, self._try_at - self._clock())))
            return None
        frames = stream.queue.read(timeout_s)
        self.trouble.overruns = stream.overruns_before + stream.overflows + stream.queue.trouble.overruns
        if frames is not None:
            stream.last = self._clock()
            self._wait_s = _FIRST_WAIT_S
        elif stream.dead(self._clock()):
            self._lose(stream)
        return frames

    def open(self) -> None:
        """Open it now.

        :raises NoDevice: it is not there or cannot be opened; the message lists the devices there are.
        """
        if self._stream is None:
            self._stream = _Stream(self._device, self.channels, self._block_s, self._clock)
            self._stream.overruns_before = self.trouble.overruns
            self.trouble.problem = ""
            self.trouble.reopened = self._opened
            self._opened += 1

    def close(self) -> None:
        """Stop and free the device."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _open(self) -> _Stream | None:
        if self._clock() < self._try_at:
            return None
        try:
            self.open()
        except NoDevice as error:
            self.trouble.problem = str(error)
            self._back_off()
        return self._stream

    def _lose(self, stream: _Stream) -> None:
        self.trouble.problem = f"microphone '{self._device}' delivers nothing any more; trying to open it again"
        _log.warning("microphone lost", device=self._device)
        self._stream = None
        stream.close()
        self._back_off()

    def _back_off(self) -> None:
        self._try_at = self._clock() + self._wait_s
        self._wait_s = min(2.0 * self._wait_s, _LONGEST_WAIT_S)


class _Stream:
    """An open device. PortAudio's own thread puts its blocks into `queue`."""

    def __init__(self, device: str, channels: int, block_s: float, clock: Callable[[], float]) -> None:
        """:raises NoDevice: see `Capture.open`."""
        self.overflows = self.overruns_before = 0
        self.queue = QueueSource(channels)
        self.last = clock()
        with quiet_stderr():
            self._audio = _portaudio()  # anew each time: PortAudio lists the devices only when it begins
            try:
                index = _chosen(self._audio, device, channels)
                self._rate, self._stream = self._started(device, index, block_s)
            except NoDevice:
                self._audio.terminate()
                raise

    def dead(self, now: float) -> bool:
        """Whether nothing will come any more."""
        return now - self.last > _SILENT_S or not self._active()

    def close(self) -> None:
        """Free it; a device that is gone may complain, which helps nobody."""
        with quiet_stderr():
            for step in (self._stream.stop_stream, self._stream.close, self._audio.terminate):
                with contextlib.suppress(OSError):
                    step()
        self.queue.close()

    def _active(self) -> bool:
        try:
            return bool(self._stream.is_active())
        except OSError:
            return False

    def _started(self, device: str, index: int | None, block_s: float) -> tuple[int, Any]:
        """At 16 kHz where the device can, else at its own rate."""
        info = self._audio.get_device_info_by_index(index) if index is not None else None
        info = info or self._audio.get_default_input_device_info()
        error: Exception | None = None
        for rate in dict.fromkeys((RATE, int(info["defaultSampleRate"]))):
            try:
                return rate, self._at(rate, index, block_s)
            except (OSError, ValueError) as refused:
                error = refused
        raise NoDevice(f"microphone '{device}' cannot be opened with {self.queue.channels} channels ({error})")

    def _at(self, rate: int, index: int | None, block_s: float) -> Any:
        import pyaudio

        def on_sound(data: bytes | None, _count: int, _time: object, status: int) -> tuple[None, int]:
            self.overflows += bool(status & _OVERFLOW)
            self.queue.put(np.frombuffer(data or b"", dtype=np.int16), rate, self.queue.channels)
            return None, pyaudio.paContinue

        return self._audio.open(
            rate=rate,
            channels=self.queue.channels,
            format=pyaudio.paInt16,
            input=True,
            input_device_index=index,
            frames_per_buffer=int(rate * block_s),
            stream_callback=on_sound,
        )


def input_devices() -> dict[int, Device]:
    """Index -> (name, channels) of the devices that record.

    :raises NoDevice: PyAudio is not installed.
    """
    with quiet_stderr():
        audio = _portaudio()
        try:
            return _inputs(audio)
        finally:
            audio.terminate()


def _chosen(audio: Any, device: str, channels: int) -> int | None:
    """Its index; None: PortAudio's default."""
    inputs = _inputs(audio)
    if device == "default" and inputs:
        return None
    named = {
        index: most
        for index, (name, most) in inputs.items()
        if device == str(index) or (device and not device.isdigit() and device.lower() in name.lower())
    }
    for index, most in named.items():
        if most >= channels:
            return index
    there = "; ".join(f"{index}: {name} ({most} channels)" for index, (name, most) in inputs.items()) or "none"
    what = f"has fewer than {channels} channels" if named else "is not there"
    raise NoDevice(f"microphone '{device}' {what}; input devices: {there}. Typed text works without.")


def _portaudio() -> Any:
    try:
        import pyaudio
    except ImportError as error:
        raise NoDevice("microphones need PyAudio: pip install pyaudio. Typed text works without.") from error
    return pyaudio.PyAudio()


def _inputs(audio: Any) -> dict[int, Device]:
    devices = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return {
        int(device["index"]): (str(device["name"]), int(device["maxInputChannels"]))
        for device in devices
        if device["maxInputChannels"] > 0
    }
