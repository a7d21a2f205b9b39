"""Several microphones into one that listens to a direction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.array import MicArray
from robot_nodes.hearing.covariance import Matrices, diffuse_coherence
from robot_nodes.hearing.spectrum import Spectra

__all__ = ["NoiseModel", "apply", "delay_and_sum", "mvdr", "noise_left", "noise_shares", "relative_transfer"]

Weights = npt.NDArray[np.complex64]

_NEIGHBOURS = (np.float32(1 / 9), np.float32(2 / 9), np.float32(3 / 9), np.float32(2 / 9), np.float32(1 / 9))
_AS_LIKELY = np.float32(2.0)
"""Power from the beam's direction, over the others' mean, at which a frame is noise by half."""
_MOST = np.float32(1e6)
_TINY = np.float32(1e-6)


class NoiseModel:
    """The noise's covariance made fit for inversion: blended with a diffuse field while little was heard, loaded."""

    def __init__(self, array: MicArray, *, prior_frames: float = 5.0, loading: float = 0.003) -> None:
        self._diffuse = diffuse_coherence(array).astype(np.complex64)
        self._prior = prior_frames
        self._loading = loading

    def prepared(self, matrix: Matrices, frames: float, alive: npt.NDArray[np.bool_]) -> tuple[Matrices, Matrices]:
        """:param matrix: covariance of noise, shape (bins, n, n), of so many `frames`.

        :returns: that of the live channels made fit, and its inverse, each of shape (bins, live, live).
        """
        live = np.flatnonzero(alive)
        pick = np.ix_(np.arange(len(matrix)), live, live)
        noise, diffuse = matrix[pick].astype(np.complex128), self._diffuse[pick]
        power = np.einsum("fnn->f", noise).real / len(live)
        power = np.maximum(power, max(1e-12, 1e-6 * float(power.max(initial=0.0))))
        share = self._prior / (self._prior + frames)
        blend = (1 - share) * noise + (share * power)[:, None, None] * diffuse
        blend += (self._loading * power)[:, None, None] * np.eye(len(live))
        return blend.astype(np.complex64), np.linalg.inv(blend).astype(np.complex64)


def mvdr(inverse: Matrices, towards: npt.NDArray[np.complex64]) -> Weights:
    """w = A d / (d^H A d) (Capon 1969).

    :param inverse: A, of the noise's covariance, shape (bins, n, n). :param towards: d, shape (bins, n).
    :returns: shape (bins, n); the beam is w^H x.
    """
    turned = np.einsum("fij,fj->fi", inverse, towards)
    scale = np.einsum("fi,fi->f", towards.conj(), turned).real
    weights: Weights = turned / np.maximum(scale, 1e-12)[:, None]
    return weights


def noise_left(inverse: Matrices, towards: npt.NDArray[np.complex64]) -> npt.NDArray[np.float64]:
    """Power of noise behind `mvdr` of the same arguments, shape (bins,)."""
    white = np.einsum("fi,fij,fj->f", towards.conj(), inverse, towards).real.astype(np.float64)
    return np.asarray(1.0 / np.maximum(white, 1e-12))


def noise_shares(
    frames: Spectra, beam: Spectra, inverse: Matrices, left: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """How far a frame is noise in each bin: little comes from the beam's direction, compared with what comes from all
    others, both in terms of the noise known. It does not depend on how loud the noise is just now.

    :param frames: shape (frames, bins, n). :param beam: what the beam made of them, shape (frames, bins).
    :param inverse: of the noise's covariance, shape (bins, n, n). :param left: `noise_left`, shape (bins,).
    :returns: 0..1, shape (frames, bins).
    """
    turned = (inverse @ frames.transpose(1, 2, 0)).transpose(2, 0, 1)
    whole = np.asarray(np.einsum("tfi,tfi->tf", frames.conj(), turned).real, np.float32)
    ratio = np.asarray((beam.real**2 + beam.imag**2) / left, np.float32)
    blocked = np.maximum(whole - ratio, np.float32(0.0)) / np.float32(max(frames.shape[2] - 1, 1))
    share = np.minimum(_wider(ratio) / (_wider(blocked) + _TINY), _MOST)
    return np.asarray(1.0 / (1.0 + (share / _AS_LIKELY) ** 2), np.float32)


def _wider(power: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mean over neighbouring bins, the middle counting most."""
    padded = np.pad(power, ((0, 0), (2, 2)))
    count = power.shape[1]
    return sum((w * padded[:, k : k + count] for k, w in enumerate(_NEIGHBOURS)), np.zeros_like(power))


def delay_and_sum(towards: npt.NDArray[np.complex64]) -> Weights:
    """Weights that only align; shape (bins, n)."""
    return towards / np.float32(towards.shape[1])


def relative_transfer(
    speech: Matrices, inverse: Matrices, noise: Matrices, start: npt.NDArray[np.complex64], pull: float, turns: int = 3
) -> npt.NDArray[np.complex64]:
    """How the talker's sound reaches the microphones, first reflections and gain errors included.

    Principal generalised eigenvector of (speech + noise, noise), by power iteration, with `pull` towards the plane
    wave `start` (covariance whitening: Markovich, Gannot & Cohen 2009).

    :param speech: covariance while somebody speaks; shapes (bins, n, n). :param start: shape (bins, n).
    :returns: shape (bins, n), of the same length as `start`.
    """
    target = inverse @ speech
    white_start = np.einsum("fij,fj->fi", inverse, start)
    of_noise = np.einsum("fi,fi->f", start.conj(), white_start).real
    strength = pull * np.einsum("fii->f", target).real / np.maximum(of_noise, 1e-12)
    vector = white_start
    for _ in range(turns):
        along = strength * np.einsum("fi,fi->f", start.conj(), vector)
        vector = np.einsum("fij,fj->fi", target, vector) + along[:, None] * white_start
        vector = vector / (np.linalg.norm(vector, axis=1, keepdims=True) + 1e-20)
    back = np.einsum("fij,fj->fi", noise, vector)
    aligned = np.einsum("fi,fi->f", start.conj(), back) / start.shape[1]
    found: npt.NDArray[np.complex64] = (back / (aligned + 1e-20)[:, None]).astype(np.complex64)
    return found


def apply(weights: Weights, frames: Spectra) -> Spectra:
    """:param frames: shape (frames, bins, n). :returns: shape (frames, bins)."""
    beam: Spectra = np.einsum("fn,tfn->tf", weights.conj(), frames)
    return beam
