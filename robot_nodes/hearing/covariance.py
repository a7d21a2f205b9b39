"""How the channels go together, per frequency: of noise, and of speech."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.array import MicArray
from robot_nodes.hearing.spectrum import FREQUENCIES, Spectra

__all__ = ["SOUND_M_S", "Covariance", "all_alike", "balance", "diffuse_coherence", "products", "swapped_pair"]

Matrices = npt.NDArray[np.complex64]

SOUND_M_S = 343.0

_BALANCE_HZ = (300.0, 3000.0)
_MOST_GAIN = 2.0
"""Gain errors are made good up to 6 dB; more is no gain error."""
_ORDER_HZ = (300.0, 2500.0)
"""Where microphones a few centimetres apart hear a diffuse field neither alike nor independently."""
_ALIKE_HZ = (3000.0, 6000.0)
_ALIKE = 0.95
"""Coherence, phase included: of a diffuse field under 0.3 between microphones 4 cm apart or more."""
_BETTER = 0.88
"""Share of the misfit that another order must leave to be believed: of 80 simulated halls the right order never left
more than the best wrong one / 1.19, and a swapped one left 0.83 at most."""


def products(frames: Spectra) -> Matrices:
    """Sum over frames of x x^H.

    :param frames: shape (frames, bins, channels).
    :returns: shape (bins, channels, channels).
    """
    by_bin = frames.transpose(1, 2, 0)
    return np.asarray(by_bin @ by_bin.conj().transpose(0, 2, 1), np.complex64)


def diffuse_coherence(array: MicArray) -> npt.NDArray[np.float64]:
    """Coherence between microphones where sound comes from everywhere alike: sin(kd)/(kd) (Cook et al., 1955).

    :returns: shape (bins, n, n).
    """
    apart = np.linalg.norm(array.positions[:, None] - array.positions[None], axis=2)
    return np.asarray(np.sinc(2 * FREQUENCIES[:, None, None] * apart / SOUND_M_S))


def balance(matrix: Matrices, alive: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """How much louder than the others each microphone is, taken from noise, which is as loud at each.

    :param matrix: covariance of noise, shape (bins, n, n). :param alive: shape (n,). :returns: shape (n,), about 1.
    """
    band = _band(_BALANCE_HZ)
    powers = np.einsum("fnn->n", matrix[band]).real
    middle = float(np.median(powers[alive])) if alive.any() else 0.0
    if middle <= 0.0:
        return np.ones(len(alive), np.float32)
    gains = np.sqrt(np.maximum(powers, 0.0) / middle)
    return np.where(alive, np.clip(gains, 1 / _MOST_GAIN, _MOST_GAIN), 1.0).astype(np.float32)


def all_alike(matrix: Matrices, alive: npt.NDArray[np.bool_]) -> bool:
    """One signal in all channels: a recording copied, or a device that has one microphone behind many channels.

    :param matrix: covariance of noise, shape (bins, n, n). :param alive: shape (n,).
    """
    live = np.flatnonzero(alive)
    band = _band(_ALIKE_HZ)
    seen = matrix[np.ix_(band, live, live)]
    powers = np.einsum("fnn->fn", seen).real
    scale = np.sqrt(np.maximum(powers[:, :, None] * powers[:, None, :], 1e-30))
    return bool(np.mean((seen / scale).real, axis=0).min() > _ALIKE)


def swapped_pair(
    matrix: Matrices, expected: npt.NDArray[np.float64], alive: npt.NDArray[np.bool_]
) -> tuple[int, int] | None:
    """Two microphones whose channels seem to be exchanged: noise from all around fits much better if they are.

    :param matrix: covariance of noise, shape (bins, n, n). :param expected: `diffuse_coherence` of the array.
    :param alive: shape (n,). :returns: their indices, or None.
    """
    live = np.flatnonzero(alive)
    band = _band(_ORDER_HZ)
    powers = np.einsum("fnn->fn", matrix[band]).real
    scale = np.sqrt(np.maximum(powers[:, :, None] * powers[:, None, :], 1e-30))
    seen, model = (matrix[band] / scale).real, expected[band]
    pick = np.ix_(np.arange(len(seen)), live, live)

    def misfit(order: npt.NDArray[np.intp]) -> float:
        return float(np.mean((seen[pick] - model[:, order][:, :, order][pick]) ** 2))

    order = np.arange(len(alive))
    best, pair = _BETTER * misfit(order), None
    for first, second in combinations(live.tolist(), 2):
        other = order.copy()
        other[[first, second]] = second, first
        left = misfit(other)
        if left < best:
            best, pair = left, (first, second)
    return pair


def _band(hertz: tuple[float, float]) -> npt.NDArray[np.intp]:
    return np.flatnonzero((hertz[0] <= FREQUENCIES) & (hertz[1] >= FREQUENCIES))


class Covariance:
    """A running mean of x x^H: plain at first, then forgetting what is older than `frames`."""

    def __init__(self, bins: int, channels: int, frames: float) -> None:
        self._longest = frames
        self.frames = 0.0
        """How many frames are in it, at most `frames`."""
        self.matrix: Matrices = np.zeros((bins, channels, channels), np.complex64)
        """Shape (bins, channels, channels)."""

    def add(self, sums: Matrices, count: float) -> None:
        """:param sums: `products` of `count` frames."""
        self.frames = min(self.frames + count, self._longest)
        self.matrix += (sums - count * self.matrix) / np.float32(self.frames)

    def add_shares(self, frames: Spectra, shares: npt.NDArray[np.float32]) -> None:
        """Frames of which only a part belongs here; what was before is forgotten in proportion.

        :param frames: shape (frames, bins, channels). :param shares: 0..1, shape (frames, bins).
        """
        counts = shares.sum(axis=0)
        forgotten = 1.0 - np.exp(-counts / np.float32(self._longest))
        mean = products(frames * np.sqrt(shares)[:, :, None]) / np.maximum(counts, 1e-6)[:, None, None]
        self.matrix += forgotten[:, None, None] * (mean - self.matrix)

    def take(self, other: Covariance) -> None:
        """Become a copy of `other`, with a memory of one's own."""
        self.matrix[:] = other.matrix
        self.frames = other.frames

    def clear(self) -> None:
        """Start anew."""
        self.frames = 0.0
        self.matrix[:] = 0
