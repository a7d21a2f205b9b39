"""What a beam leaves of the noise, taken out per frequency: with the beam a multichannel Wiener filter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.covariance import Matrices
from robot_nodes.hearing.spectrum import BINS, Spectra

__all__ = ["PostFilter"]

Gains = npt.NDArray[np.float32]

_STEADY = 0.9
"""Share of the loudness before in the loudness now, per frame of 8 ms."""
_INERTIA = 0.92
"""Share of the frame before in the signal-to-noise ratio."""
_SPREAD = np.hanning(7)[1:-1] / np.hanning(7).sum()
"""Over neighbouring bins."""
_LEAST = 0.05


class PostFilter:
    """Gains for a beam's spectra.

    How loud the noise is just now is read from what the beam blocks: the power of all channels whitened by the noise's
    covariance, less the beam's own. Babble comes and goes, but from the same places: only its loudness changes. The
    gain is Wiener's with the decision-directed signal-to-noise ratio (Ephraim & Malah 1984).
    """

    def __init__(self, floor_db: float) -> None:
        """:param floor_db: the least gain."""
        self._floor = 10 ** (floor_db / 20)
        self._loudness = np.ones(BINS)
        self._before = np.zeros(BINS)

    def gains(self, frames: Spectra, beam: Spectra, inverse: Matrices, left: npt.NDArray[np.float64]) -> Gains:
        """:param frames: shape (frames, BINS, n). :param beam: what the beam made of them, shape (frames, BINS).

        :param inverse: of the noise's covariance, shape (BINS, n, n). :param left: noise behind the beam, (BINS,).
        :returns: shape (frames, BINS).
        """
        count = frames.shape[2]
        whole = np.einsum("tfi,tfi->tf", frames.conj(), np.einsum("fij,tfj->tfi", inverse, frames)).real
        power = beam.real.astype(np.float64) ** 2 + beam.imag.astype(np.float64) ** 2
        ratio = power / left
        blocked = np.maximum(whole - ratio, 0.0) / max(count - 1, 1)
        gains = np.empty(power.shape, np.float32)
        for index in range(len(gains)):
            wide = np.convolve(blocked[index], _SPREAD, "same")
            self._loudness += (1 - _STEADY) * (wide - self._loudness)
            noise = np.maximum(self._loudness, _LEAST)
            now = np.maximum(ratio[index] / noise - 1.0, 0.0)
            snr = _INERTIA * self._before / noise + (1 - _INERTIA) * now
            gain = np.maximum(snr / (1.0 + snr), self._floor)
            self._before = gain * gain * ratio[index]
            gains[index] = gain
        return gains
