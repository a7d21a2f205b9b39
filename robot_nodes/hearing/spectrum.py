"""Short-time spectra of a stream, and sound from spectra.

Square-root Hann windows, so that analysis and synthesis together give the sound back exactly, one step later.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.sources import RATE

__all__ = ["BINS", "FREQUENCIES", "HOP", "STEP", "WINDOW", "Analysis", "Powers", "Synthesis", "powers"]

Sound = npt.NDArray[np.float32]
Spectra = npt.NDArray[np.complex64]
Powers = npt.NDArray[np.float64]

WINDOW = 512
"""Samples of a frame: 32 ms, longer than the array's delays and the first reflections' differences."""
HOP = 128
"""Samples from a frame to the next."""
STEP = 512
"""Samples handled at a time (32 ms): what the voice detector wants, and few enough calls into numpy."""
BINS = WINDOW // 2 + 1
FREQUENCIES = np.arange(BINS) * (RATE / WINDOW)
"""Hz, shape (BINS,)."""

_LATE = WINDOW - HOP
_PER_STEP = STEP // HOP
_ROOT_HANN = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
_GAIN = np.float32(2.0 * HOP / WINDOW)
"""Hann windows `HOP` apart sum to WINDOW / (2 HOP)."""


def powers(spectra: Spectra) -> Powers:
    """:param spectra: shape (frames, ...). :returns: their mean power over the frames, shape (...)."""
    return np.asarray(np.mean(spectra.real**2 + spectra.imag**2, axis=0), np.float64)


class Analysis:
    """Sound of several channels in, spectra out."""

    def __init__(self, channels: int) -> None:
        self._kept = np.zeros((_LATE, channels), np.float32)
        self._window = _ROOT_HANN.astype(np.float32)

    def process(self, step: Sound) -> Spectra:
        """:param step: shape (STEP, channels). :returns: shape (STEP / HOP frames, BINS, channels)."""
        sound = np.concatenate([self._kept, step])
        self._kept = sound[STEP:]
        frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW, axis=0)[::HOP]
        spectra: Spectra = np.fft.rfft(frames * self._window, axis=2).transpose(0, 2, 1).astype(np.complex64)
        return spectra


class Synthesis:
    """Spectra of one channel in, sound out: `WINDOW - HOP` samples (24 ms) later than it went into `Analysis`."""

    delay = _LATE

    def __init__(self) -> None:
        self._sum = np.zeros(_LATE + STEP, np.float32)
        self._window = (_ROOT_HANN * _GAIN).astype(np.float32)

    def process(self, spectra: Spectra) -> Sound:
        """:param spectra: shape (STEP / HOP frames, BINS). :returns: shape (STEP,)."""
        frames = np.fft.irfft(spectra, WINDOW, axis=1).astype(np.float32) * self._window
        for index in range(_PER_STEP):
            self._sum[index * HOP : index * HOP + WINDOW] += frames[index]
        done = self._sum[:STEP].copy()
        self._sum = np.concatenate([self._sum[STEP:], np.zeros(STEP, np.float32)])
        return done
