"""Another sampling rate, for a stream: blocks in, blocks out, as if the whole had been converted at once."""

from __future__ import annotations

from math import ceil, gcd

import numpy as np
import numpy.typing as npt

__all__ = ["Resampler"]

Sound = npt.NDArray[np.float32]

_HALF_TAPS = 10
"""Zero crossings of the filter on each side, as in scipy.signal.resample_poly."""
_KAISER_BETA = 5.0


class Resampler:
    """A polyphase low-pass filter (Kaiser-windowed sinc) with a memory. Delays by ten samples of the lower rate."""

    def __init__(self, rate: int, wanted: int, channels: int) -> None:
        """:param rate: samples per second of what comes; `wanted`: of what is to come out."""
        from scipy.signal import firwin

        shared = gcd(rate, wanted)
        self._up, self._down = wanted // shared, rate // shared
        self._same = rate == wanted
        most = max(self._up, self._down)
        taps = (
            firwin(2 * _HALF_TAPS * most + 1, 1.0 / most, window=("kaiser", _KAISER_BETA)) if most > 1 else np.ones(1)
        )
        self._taps = (taps * self._up).astype(np.float32)
        self._history = ceil(len(self._taps) / self._up / self._down) * self._down
        self._waiting: Sound = np.zeros((self._history, channels), np.float32)

    def push(self, block: Sound) -> Sound:
        """:param block: shape (n, channels); returns what it adds, shape (about n * wanted / rate, channels)."""
        if self._same:
            return block
        from scipy.signal import upfirdn

        self._waiting = np.concatenate([self._waiting, block.astype(np.float32, copy=False)])
        steps = (len(self._waiting) - self._history) // self._down
        used = self._history + steps * self._down
        first = self._history // self._down * self._up
        made = upfirdn(self._taps, self._waiting[:used], self._up, self._down, axis=0)[first : first + steps * self._up]
        self._waiting = self._waiting[used - self._history :].copy()
        out: Sound = np.ascontiguousarray(made, dtype=np.float32)
        return out
