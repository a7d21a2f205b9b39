"""Where sound comes from. Everything becomes `Block`s of 16-bit samples."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.errors import BrokenSound, NoDevice

__all__ = ["RATE", "Block", "Microphone", "checked_block", "in_blocks", "read_recording"]

RATE = 16_000
"""Samples per second the models are made for."""
_LONGEST_S = 120.0
_RATES = range(8_000, 192_001)
_MOST_CHANNELS = 32
_STEREO = 2

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Block:
    """Mono sound."""

    samples: Samples
    """Shape (n,)."""
    rate: int
    """Samples per second."""

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate


def read_recording(path: Path | str) -> Block:
    """A recording (WAV, FLAC, OGG, ...) as mono at 16 kHz.

    :raises BrokenSound: not there, not sound, empty, or longer than two minutes.
    """
    import soundfile

    try:
        with soundfile.SoundFile(str(path)) as file:
            if file.frames > _LONGEST_S * file.samplerate:
                raise BrokenSound(path, f"longer than {_LONGEST_S:.0f} s; cut it")
            samples, rate = file.read(dtype="int16", always_2d=True), file.samplerate
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        why = "no such file" if not Path(path).exists() else f"not a recording that can be read ({error})"
        raise BrokenSound(path, f"{why}; give a WAV or FLAC file") from error
    if not len(samples):
        raise BrokenSound(path, "holds no sound")
    block = Block(_mono(samples), rate)
    return Block(resampled(block.samples, rate, RATE), RATE)


def in_blocks(block: Block, seconds: float = 0.25) -> Iterator[Block]:
    """`block` cut as a microphone would deliver it."""
    step = max(1, int(block.rate * seconds))
    for start in range(0, len(block.samples), step):
        yield Block(block.samples[start : start + step], block.rate)


def checked_block(samples: npt.ArrayLike, rate: int, channels: int) -> Block:
    """A block as somebody sent it: interleaved samples, checked, made mono.

    :raises BrokenSound: rate, channels and samples do not go together.
    """
    if rate not in _RATES:
        raise BrokenSound("audio", f"rate {rate} is not within {_RATES.start}..{_RATES.stop - 1} samples per second")
    if not 0 < channels <= _MOST_CHANNELS:
        raise BrokenSound("audio", f"{channels} channels; 1 to {_MOST_CHANNELS} are possible")
    flat = np.asarray(samples, dtype=np.int16)
    if len(flat) % channels:
        raise BrokenSound("audio", f"{len(flat)} samples are not whole frames of {channels} channels")
    return Block(_mono(flat.reshape(-1, channels)), rate)


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """`samples`, shape (n,), at `wanted` samples per second."""
    if rate == wanted or not len(samples):
        return samples
    from scipy.signal import resample_poly

    shared = gcd(rate, wanted)
    changed = resample_poly(samples.astype(np.float32), wanted // shared, rate // shared)
    limited: Samples = np.clip(np.rint(changed), -32768, 32767).astype(np.int16)
    return limited


def _mono(frames: Samples) -> Samples:
    """Stereo is averaged; of an array (more channels) the first microphone is taken: averaging would smear it."""
    if frames.shape[1] == _STEREO:
        average: Samples = (frames.astype(np.int32).sum(axis=1) // 2).astype(np.int16)
        return average
    return np.ascontiguousarray(frames[:, 0])


class Microphone:
    """A PyAudio input device, delivering blocks from PortAudio's own thread."""

    def __init__(self, device: str, deliver: Callable[[Block], None], *, block_s: float = 0.1) -> None:
        """Open and start it.

        :param device: "default", an index, or a part of a device's name.
        :param deliver: called with every block, from another thread.
        :raises NoDevice: it is not there or cannot be opened; the message lists the devices there are.
        """
        with _quiet():
            self._audio = _portaudio()
            try:
                index, channels = self._chosen(device)
                self._stream = self._open(device, index, min(channels, 1) or 1, block_s, deliver)
            except NoDevice:
                self._audio.terminate()
                raise

    def close(self) -> None:
        """Stop and free the device; no block is delivered afterwards."""
        with _quiet():
            self._stream.stop_stream()
            self._stream.close()
            self._audio.terminate()

    def _chosen(self, device: str) -> tuple[int | None, int]:
        inputs = _inputs(self._audio)
        if device == "default" and inputs:
            return None, 1
        for index, (name, channels) in inputs.items():
            if device == str(index) or (device and device.lower() in name.lower()):
                return index, channels
        there = "; ".join(f"{index}: {name}" for index, (name, _) in inputs.items()) or "none"
        raise NoDevice(f"microphone '{device}' is not there; input devices: {there}. Typed text works without.")

    def _open(
        self, device: str, index: int | None, channels: int, block_s: float, deliver: Callable[[Block], None]
    ) -> Any:
        import pyaudio

        def on_sound(data: bytes | None, _count: int, _time: object, _status: int) -> tuple[None, int]:
            deliver(checked_block(np.frombuffer(data or b"", dtype=np.int16), RATE, channels))
            return None, pyaudio.paContinue

        try:
            return self._audio.open(
                rate=RATE,
                channels=channels,
                format=pyaudio.paInt16,
                input=True,
                input_device_index=index,
                frames_per_buffer=int(RATE * block_s),
                stream_callback=on_sound,
            )
        except OSError as error:
            raise NoDevice(f"microphone '{device}' cannot be opened at {RATE} Hz ({error}); try another") from error


def _portaudio() -> Any:
    try:
        import pyaudio
    except ImportError as error:
        raise NoDevice("microphones need PyAudio: pip install pyaudio. Typed text works without.") from error
    return pyaudio.PyAudio()


def _inputs(audio: Any) -> dict[int, tuple[str, int]]:
    """Index -> (name, channels) of the devices that record."""
    devices = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return {
        int(device["index"]): (str(device["name"]), int(device["maxInputChannels"]))
        for device in devices
        if device["maxInputChannels"] > 0
    }


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what ALSA and JACK print straight to file descriptor 2 while devices are probed."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
