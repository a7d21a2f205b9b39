"""In which directions somebody speaks: the mask's network behind a beam to each of several directions at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.array import MicArray
from robot_nodes.hearing.covariance import Matrices
from robot_nodes.hearing.doa import steering
from robot_nodes.hearing.mask import Network, Observer, View
from robot_nodes.hearing.spectrum import Spectra

__all__ = ["Lookout", "Surroundings"]


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Noise, and the microphones it was heard with."""

    inverse: Matrices
    """Of its covariance, of the live channels, shape (BINS, live, live)."""
    alive: npt.NDArray[np.bool_]
    """Shape (n,)."""
    gains: npt.NDArray[np.float32]
    """Of the microphones, shape (n,)."""


class Lookout:
    """Listens to all directions. Used by one thread."""

    def __init__(self, array: MicArray, network: Network, *, directions: int = 16) -> None:
        """:param directions: how many, all around; the network is sure of a talker up to 12 degrees beside one."""
        self.azimuths = np.linspace(0.0, 2 * math.pi, directions, endpoint=False)
        """Radians, shape (directions,)."""
        self._waves = steering(array, self.azimuths).transpose(1, 0, 2)
        self._network = network
        self._observer = Observer(directions)
        self._state = np.zeros((directions, network.units), np.float32)
        self._view: View | None = None
        self._alive = np.ones(len(array), bool)
        self._weights = np.zeros((0, 0, 0), np.complex64)

    def aim(self, around: Surroundings | None) -> None:
        """Use this noise from now on; costs as much as listening to several steps. None: nothing is known."""
        if around is None:
            self._view = None
            return
        self._alive = around.alive.copy()
        inverse, live = around.inverse, np.flatnonzero(around.alive)
        towards = self._waves[:, :, live] * around.gains[live]
        turned = (inverse @ towards.transpose(1, 2, 0)).transpose(2, 0, 1)
        scale = np.maximum(np.sum(towards.conj() * turned, axis=2).real, np.float32(1e-12))
        self._weights = (turned / scale[:, :, None]).transpose(1, 0, 2).conj()
        self._view = View(towards, inverse, (1.0 / scale).astype(np.float32))

    def voice(self, frames: Spectra, alive: npt.NDArray[np.bool_]) -> float | None:
        """Probability that somebody speaks, from wherever; None where it cannot tell.

        :param frames: of all channels, shape (frames, BINS, n). :param alive: those that are used, shape (n,).
        """
        if self._view is None or not np.array_equal(alive, self._alive):
            return None
        return float(self.process(frames[:, :, alive]).max())

    def process(self, frames: Spectra) -> npt.NDArray[np.float32]:
        """:param frames: of the live channels, shape (frames, BINS, live).

        :returns: probability that somebody speaks in each direction, mean of the frames, shape (directions,).
        """
        if self._view is None:
            return np.zeros(len(self.azimuths), np.float32)
        made = (self._weights @ frames.transpose(1, 2, 0)).transpose(2, 1, 0)
        scaled = self._network.scaled(self._observer.process(frames, made, self._view))
        states, self._state = self._network.listen(scaled, self._state)
        return np.asarray(self._network.voice(states).mean(axis=0), np.float32)
