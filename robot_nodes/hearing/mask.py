"""A mask for the beam's spectra, by a small recurrent network that hears where sound comes from.

What it is fed with says per frequency band how loud the beam is, and how loud all that the beam blocks is, both
compared with what the noise's covariance predicts, and how well the channels agree with a plane wave from where the
beam looks. Beside a talker are other voices: only this tells them apart, in any language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.covariance import Matrices
from robot_nodes.hearing.spectrum import BINS, Spectra

__all__ = ["BANDS", "FEWEST", "LATE", "Mask", "Network", "Observer", "View", "load_network", "pooled"]

Values = npt.NDArray[np.float32]
Waves = npt.NDArray[np.complex64]

LATE = 1
"""Frames by which a mask is later than what it was made from: the network looks one frame ahead."""
FEWEST = 4
"""Microphones; with fewer the network was not trained."""
_SINGLE = 32
"""Bins from the second on that are bands of their own: up to 1 kHz, where harmonics lie apart."""
_WIDE = 32
BANDS = _SINGLE + _WIDE
_FEATURES = 5
_STEADY = np.float32(0.8)
"""Share of the loudness before in the loudness now, per frame of 8 ms."""
_TINY = np.float32(0.01)
_EDGES = np.concatenate([np.arange(1, _SINGLE + 1), np.rint(np.geomspace(_SINGLE + 1, BINS, _WIDE + 1)).astype(int)])
_POOL = np.zeros((BINS, BANDS), np.float32)
for _band, (_low, _high) in enumerate(pairwise(_EDGES)):
    _POOL[_low:_high, _band] = 1.0 / (_high - _low)
_MIDDLES = (_EDGES[:-1] + _EDGES[1:] - 1) / 2
_SPREAD = np.stack([np.interp(np.arange(BINS), _MIDDLES, row) for row in np.eye(BANDS)]).astype(np.float32)
"""Shape (BANDS, BINS): gains of bands to gains of bins."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Beams to several directions, and what is known of the noise around them."""

    towards: Waves
    """What each looks at, shape (beams, BINS, n)."""
    inverse: Matrices
    """Of the noise's covariance, shape (BINS, n, n)."""
    left: Values
    """Noise behind each beam, shape (beams, BINS)."""


def pooled(power: npt.NDArray[Any]) -> Values:
    """:param power: shape (..., BINS). :returns: mean of each band, shape (..., BANDS)."""
    return np.asarray(power, np.float32) @ _POOL


def _power(spectra: Waves) -> Values:
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)


class Observer:
    """What the network is fed with, for so many beams."""

    def __init__(self, beams: int = 1) -> None:
        self._smooth = np.ones((beams, 2, BANDS), np.float32)

    def process(self, frames: Spectra, made: Spectra, view: View) -> Values:
        """:param frames: shape (frames, BINS, n). :param made: what the beams made of them, (frames, beams, BINS).

        :returns: shape (frames, beams, BANDS, 5): logarithms of power behind the beam, and of what it blocks, over what
        of noise is to be expected there; both again, smoothed; coherence with the plane wave.
        """
        by_bin = frames.transpose(1, 2, 0)
        turned = view.inverse @ by_bin
        whole = np.sum(by_bin.real * turned.real + by_bin.imag * turned.imag, axis=1).T[:, None]
        plane = _power(view.towards.transpose(1, 0, 2).conj() @ by_bin).transpose(2, 1, 0)
        total = np.sum(_power(frames), axis=2)[:, None] * np.sum(_power(view.towards), axis=2)
        ratio = _power(made) / view.left
        blocked = np.maximum(whole - ratio, np.float32(0.0)) / np.float32(max(frames.shape[2] - 1, 1))
        both = pooled(np.stack([ratio, blocked], axis=2))
        steady = np.empty_like(both)
        for index in range(len(both)):
            self._smooth = _STEADY * self._smooth + (1 - _STEADY) * both[index]
            steady[index] = self._smooth
        logs = np.log(np.concatenate([both, steady], axis=2) + _TINY)
        coherence = pooled(plane) / (pooled(total) + np.float32(1e-20))
        return np.concatenate([logs, coherence[:, :, None]], axis=2).transpose(0, 1, 3, 2)


class Network:
    """The weights, and one pass through them; states are the caller's."""

    def __init__(self, weights: dict[str, Values]) -> None:
        """:param weights: as `mask_train` writes them."""
        self._w = weights
        self.units = weights["recur"].shape[0]

    def scaled(self, features: Values) -> Values:
        """:param features: of `Observer`, shape (..., BANDS, 5)."""
        scaled: Values = (features - self._w["mean"]) * self._w["scale"]
        return scaled

    def listen(self, scaled: Values, state: Values) -> tuple[Values, Values]:
        """The recurrent part, for several beams at once.

        :param scaled: shape (frames, beams, BANDS, 5). :param state: shape (beams, units).
        :returns: the states after each frame, shape (frames, beams, units), and the last.
        """
        w = self._w
        count, beams = scaled.shape[:2]
        dense = np.maximum(scaled.reshape(count * beams, -1) @ w["dense"] + w["dense_bias"], np.float32(0.0))
        inputs = (dense @ w["input"] + w["input_bias"]).reshape(count, beams, -1)
        states = np.empty((count, beams, self.units), np.float32)
        units = self.units
        for index in range(count):
            turned = state @ w["recur"] + w["recur_bias"]
            gates = _sigmoid(inputs[index, :, : 2 * units] + turned[:, : 2 * units])
            fresh = np.tanh(inputs[index, :, 2 * units :] + gates[:, :units] * turned[:, 2 * units :])
            state = fresh + gates[:, units:] * (state - fresh)
            states[index] = state
        return states, state

    def voice(self, states: Values) -> Values:
        """:param states: shape (..., units). :returns: probability that someone speaks where the beam looks, (...)."""
        return _sigmoid(states @ self._w["voice"] + self._w["voice_bias"])[..., 0]

    def gains(self, scaled: Values, states: Values) -> Values:
        """:param scaled: of one beam, two frames more at the beginning, shape (frames + 2, BANDS, 5).

        :param states: shape (frames, units). :returns: 0..1, shape (frames, BANDS), for the frames one earlier.
        """
        w = self._w
        count = len(states)
        padded = np.pad(scaled, ((0, 0), (2, 2), (0, 0)))
        near = np.lib.stride_tricks.sliding_window_view(padded, (3, 5), axis=(0, 1))  # frames, bands, 5, time, band
        context = (states @ w["context"] + w["context_bias"]).reshape(count * BANDS, -1)
        rows = np.concatenate([near.reshape(count * BANDS, -1), context], axis=1)
        for layer in ("first", "second"):
            rows = np.maximum(rows @ w[layer] + w[layer + "_bias"], np.float32(0.0))
        return _sigmoid(rows @ w["last"] + w["last_bias"]).reshape(count, BANDS)


def _sigmoid(values: Values) -> Values:
    return np.asarray(0.5 * np.tanh(0.5 * values) + 0.5, np.float32)


@cache
def load_network() -> Network:
    """The network shipped with the package, read once; it keeps no state."""
    with files("robot_nodes.hearing").joinpath("data/mask.npz").open("rb") as file, np.load(file) as stored:
        return Network({name: stored[name].astype(np.float32) for name in stored.files})


class Mask:
    """Masks the spectra of one beam; they come out `LATE` frames later."""

    def __init__(self, network: Network, *, floor_db: float = -12.0, power: float = 1.0) -> None:
        """:param floor_db: the least gain. :param power: of the gains; more than 1 takes out more."""
        self._network = network
        self._observer = Observer()
        self._floor, self._power = np.float32(10 ** (floor_db / 20)), np.float32(power)
        self._state = np.zeros((1, network.units), np.float32)
        self._seen = np.zeros((2, BANDS, _FEATURES), np.float32)
        self._last = np.zeros((1, BINS), np.complex64)
        self.voice = np.float32(0.0)
        """Probability that somebody speaks where the beam looks, as of the last frames."""

    def process(self, frames: Spectra, beam: Spectra, view: View) -> Spectra:
        """:param frames: shape (frames, BINS, n). :param beam: what the beam made of them, shape (frames, BINS).

        :param view: of the beam.
        :returns: shape (frames, BINS), `LATE` frames later than `beam`.
        """
        late = np.concatenate([self._last, beam])
        self._last = late[-LATE:]
        scaled = self._network.scaled(self._observer.process(frames, beam[:, None], view))
        states, self._state = self._network.listen(scaled, self._state)
        self.voice = self._network.voice(states)[:, 0].mean()
        seen = np.concatenate([self._seen, scaled[:, 0]])
        self._seen = seen[-2:]
        gains = self._network.gains(seen, states[:, 0]) ** self._power
        masked: Spectra = late[:-LATE] * (np.maximum(gains, self._floor) @ _SPREAD)
        return masked
