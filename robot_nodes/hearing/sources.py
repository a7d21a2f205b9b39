"""Where sound comes from: a recording, or blocks that somebody sends.

For one microphone everything becomes `Block`s of 16-bit samples; for an array, a `Source` gives float32 frames,
shape (n, channels), 16 kHz, full scale 1.0.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.errors import BrokenSound
from robot_nodes.hearing.resample import Resampler

__all__ = [
    "RATE",
    "Block",
    "FileSource",
    "QueueSource",
    "Source",
    "Trouble",
    "as_frames",
    "checked_block",
    "checked_frames",
    "in_blocks",
    "read_recording",
    "resampled",
]

RATE = 16_000
"""Samples per second the models are made for."""
_LONGEST_S = 120.0
_RATES = range(8_000, 192_001)
_MOST_CHANNELS = 32
_STEREO = 2

Samples = npt.NDArray[np.int16]
Frames = npt.NDArray[np.float32]
"""Shape (n, channels), 16 kHz, full scale 1.0."""


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
        raise BrokenSound(path, _why_unreadable(path, error)) from error
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
    return Block(_mono(checked_frames(samples, rate, channels)), rate)


def checked_frames(samples: npt.ArrayLike, rate: int, channels: int) -> Samples:
    """Interleaved samples as somebody sent them, checked, as frames of shape (n, channels).

    :raises BrokenSound: rate, channels and samples do not go together.
    """
    if rate not in _RATES:
        raise BrokenSound("audio", f"rate {rate} is not within {_RATES.start}..{_RATES.stop - 1} samples per second")
    if not 0 < channels <= _MOST_CHANNELS:
        raise BrokenSound("audio", f"{channels} channels; 1 to {_MOST_CHANNELS} are possible")
    flat = np.asarray(samples, dtype=np.int16)
    if len(flat) % channels:
        raise BrokenSound("audio", f"{len(flat)} samples are not whole frames of {channels} channels")
    return flat.reshape(-1, channels)


def as_frames(samples: Samples) -> Frames:
    """16-bit samples at full scale 1.0, of the same shape."""
    return samples.astype(np.float32) / np.float32(32768.0)


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


@dataclass(slots=True)
class Trouble:
    """What went wrong with a source so far."""

    overruns: int = 0
    """Times that sound was lost here, because nobody took it in time."""
    lost: int = 0
    """Packets or blocks lost on the way."""
    bad: int = 0
    """Packets or blocks that were no sound."""
    reopened: int = 0
    problem: str = ""
    """What is wrong now, in one line."""


class Source(Protocol):
    """A stream of frames, at 16 kHz whatever the device's own rate. One thread reads."""

    channels: int
    trouble: Trouble

    def read(self, timeout_s: float) -> Frames | None:
        """What has come since, waiting at most `timeout_s` for it; None: nothing yet.

        :raises EOFError: the stream is over.
        """
        ...

    def close(self) -> None:
        """Free what it holds; harmless a second time."""
        ...


class FileSource:
    """A recording of any length, in blocks; memory does not grow with it."""

    def __init__(self, path: Path | str, block_s: float = 0.04) -> None:
        """:raises BrokenSound: it is not there, not sound, or empty."""
        import soundfile

        self._path = path
        try:
            self._file = soundfile.SoundFile(str(path))
        except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
            raise BrokenSound(path, _why_unreadable(path, error)) from error
        if not self._file.frames:
            self._file.close()
            raise BrokenSound(path, "holds no sound")
        if self._file.samplerate not in _RATES or self._file.channels > _MOST_CHANNELS:
            self._file.close()
            raise BrokenSound(path, f"{self._file.samplerate} Hz, {self._file.channels} channels: not usable")
        self.channels = int(self._file.channels)
        self.duration_s = float(self._file.frames / self._file.samplerate)
        self.trouble = Trouble()
        self._resampler = Resampler(self._file.samplerate, RATE, self.channels)
        self._step = max(1, round(self._file.samplerate * block_s))

    def read(self, timeout_s: float = 0.0) -> Frames | None:
        """The next block; see `Source`."""
        import soundfile

        try:
            block = self._file.read(self._step, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise BrokenSound(self._path, _why_unreadable(self._path, error)) from error
        if not len(block):
            raise EOFError
        return self._resampler.push(np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class QueueSource:
    """Blocks that another thread puts, such as a subscription's; the oldest are dropped when nobody reads."""

    def __init__(self, channels: int, most_s: float = 2.0) -> None:
        self.channels = channels
        self.trouble = Trouble()
        self._most = round(most_s * RATE)
        self._waiting: deque[Frames] = deque()
        self._held = 0
        self._closed = False
        self._news = threading.Condition()
        self._resampler: tuple[int, Resampler] | None = None

    def put(self, samples: npt.ArrayLike, rate: int, channels: int) -> None:
        """:param samples: interleaved, 16 bit.

        :raises BrokenSound: rate, channels and samples do not go together, or the channels are not this source's.
        """
        try:
            frames = checked_frames(samples, rate, channels)
            if channels != self.channels:
                raise BrokenSound("audio", f"{channels} channels where {self.channels} were expected")
        except BrokenSound:
            self.trouble.bad += 1
            raise
        if self._resampler is None or self._resampler[0] != rate:
            self._resampler = (rate, Resampler(rate, RATE, channels))
        self.put_frames(self._resampler[1].push(as_frames(frames)))

    def put_frames(self, block: Frames) -> None:
        """`block` of shape (n, channels), at 16 kHz; it is not copied."""
        with self._news:
            self._waiting.append(block)
            self._held += len(block)
            while self._held > self._most and len(self._waiting) > 1:
                self._held -= len(self._waiting.popleft())
                self.trouble.overruns += 1
            self._news.notify()

    def read(self, timeout_s: float) -> Frames | None:
        """All that waits; see `Source`."""
        end = time.monotonic() + timeout_s
        with self._news:
            while not self._waiting and not self._closed:
                left_s = end - time.monotonic()
                if left_s <= 0 or not self._news.wait(left_s):
                    break
            if not self._waiting:
                if self._closed:
                    raise EOFError
                return None
            blocks, self._held = list(self._waiting), 0
            self._waiting.clear()
        return np.concatenate(blocks)

    def close(self) -> None:
        """What waits can still be read; then the stream is over."""
        with self._news:
            self._closed = True
            self._news.notify_all()


def _why_unreadable(path: Path | str, error: Any) -> str:
    why = "no such file" if not Path(path).exists() else f"not a recording that can be read ({error})"
    return f"{why}; give a WAV or FLAC file"
