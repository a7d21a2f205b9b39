"""Noise suppressors, one small interface."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.errors import HearingError

__all__ = ["DELAY", "SUPPRESSORS", "Suppressor", "make_suppressor"]

Sound = npt.NDArray[np.float32]

_CHUNK = 160
DELAY = 128
"""Samples by which every suppressor's sound is late when fed in multiples of 32: 8 ms, so that chunks of 10 ms fit."""
_FULL_SCALE = 32767.0


class Suppressor(Protocol):
    """Takes noise out of one stream."""

    def process(self, sound: Sound) -> Sound:
        """:param sound: shape (n,), n a multiple of 32. :returns: as many samples, `DELAY` late."""


class _Chunks:
    """Cuts a stream into chunks of 10 ms for `work`."""

    def __init__(self, work: Callable[[Sound], Sound]) -> None:
        self._work = work
        self._waiting = np.zeros(0, np.float32)
        self._done = np.zeros(DELAY, np.float32)

    def process(self, sound: Sound) -> Sound:
        """:param sound: shape (n,), n a multiple of 32. :returns: as many samples, `DELAY` late."""
        waiting = np.concatenate([self._waiting, sound])
        whole = len(waiting) // _CHUNK * _CHUNK
        done = [self._done, *(self._work(chunk) for chunk in waiting[:whole].reshape(-1, _CHUNK))]
        self._waiting = waiting[whole:]
        ready = np.concatenate(done)
        self._done = ready[len(sound) :]
        return ready[: len(sound)]


def _nothing() -> Suppressor:
    return _Chunks(lambda chunk: chunk)


def _webrtc(level: int) -> Suppressor:
    """WebRTC's noise suppression; level 0 (off) to 4 (strongest)."""
    try:
        from webrtc_noise_gain import AudioProcessor
    except ImportError as error:
        raise HearingError("noise suppression needs webrtc-noise-gain: pip install webrtc-noise-gain") from error
    processor = AudioProcessor(0, level)

    def work(chunk: Sound) -> Sound:
        whole = np.clip(np.rint(chunk * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype(np.int16)
        done = np.frombuffer(processor.Process10ms(whole.tobytes()).audio, np.int16)
        return done.astype(np.float32) / np.float32(_FULL_SCALE)

    return _Chunks(work)


SUPPRESSORS: dict[str, Callable[[], Suppressor]] = {
    "none": _nothing,
    "webrtc": partial(_webrtc, 4),
    "webrtc-mild": partial(_webrtc, 2),
}
"""Name in the configuration -> its maker. Behind the beam the strongest level measured best (docs)."""


def make_suppressor(name: str) -> Suppressor:
    """:raises HearingError: no suppressor has this name, or its package is missing."""
    maker = SUPPRESSORS.get(name)
    if maker is None:
        raise HearingError(f"noise suppressor '{name}' is not known; choose one of {', '.join(SUPPRESSORS)}")
    return maker()
