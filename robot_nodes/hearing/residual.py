"""What the echo canceller leaves of the robot's own voice: how loud it is expected, and gains against it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.spectrum import BINS, FREQUENCIES, Powers, Spectra

__all__ = ["ResidualEcho"]

Gains = npt.NDArray[np.float32]

_FADE = 0.75
"""Of the echo's power a step later: the hall's tail beyond what the canceller models (40 dB/s, an RT60 of 1.5 s)."""
_NEAR_BINS = np.hanning(9)[1:-1] / np.hanning(9).sum()
"""Over neighbouring bins: a loudspeaker's distortion lies beside what it plays."""
_BAND = 8
"""Bins of a band for the decision: 250 Hz."""
_HEARD = (FREQUENCIES >= 250.0) & (FREQUENCIES < 4250.0)
"""Where voices are told apart; a whole number of bands."""
_SLOW, _FAST = 0.02, 0.1
"""How fast the leakage is learned, a step: while somebody may talk too, and while only the robot does."""
_FIRST_LEAK, _LEAST_LEAK, _MOST_LEAK = 0.3, 1e-4, 1.0
_TIMES = 2.0
"""The residue is taken for so many times the expected: a missed bit of it does more harm than a softer visitor."""
_FLOOR = 0.1
_SMOOTH = 0.6
"""Share of the gain before in the gain now, per frame of 8 ms."""
_BEGINS_DB, _GOES_ON_DB = 7.0, 4.0
"""So far above the expected residue, in the mean of the bands, a visitor begins, and goes on."""
_LEAST_DB, _MOST_DB = -3.0, 20.0
"""A band counts no less and no more."""
_STEADY = 0.5
"""Share of the steps before in what stands out now."""
_HEARD_LEAST = 1e-9
_TINY = 1e-15


class ResidualEcho:
    """Tracks the leakage from the echo as predicted to what is left of it, per frequency, for one signal.

    The leakage is the regression of the power left on the power predicted, both without their means (Valin, "On
    adjusting the learning rate in frequency domain echo cancellation with double-talk", 2007): noise and a visitor
    do not vary with the robot's voice and fall out. The gain is Wiener's. While nothing is played nothing is changed.
    """

    def __init__(self) -> None:
        self._tail = np.zeros(BINS)
        self._means = np.zeros((2, BINS))
        self._along = np.zeros(BINS)
        self._square = np.zeros(BINS)
        self._leak = np.full(BINS, _FIRST_LEAK)
        self._gain = np.ones(BINS)
        self.above_db = 0.0
        """How far what is heard stands out from the residue, in the mean of the bands."""
        self._steps = 0
        self.expected = np.zeros(BINS)
        """Power of the residue in the last step, shape (BINS,)."""
        self.active = False
        """There was an echo in the last step, or its tail."""
        self.visitor = True
        """In the last step something stood out from the residue."""

    def step(self, power: Powers, echo: Powers | None, *, alone: bool, begun: bool = False) -> None:
        """The next step.

        :param power: of what the canceller left, shape (BINS,).
        :param echo: of the echo as predicted, the same; None: none.
        :param alone: only the robot is heard, as far as is known. :param begun: a visitor speaks, as far as is known.
        """
        self._tail = _FADE * self._tail
        if echo is not None:
            self._tail = np.maximum(self._tail, np.convolve(echo, _NEAR_BINS, "same"))
        self.active = bool(self._tail.max() > _HEARD_LEAST)
        if not self.active:
            self._gain[:], self.above_db, self.visitor, self.expected = 1.0, 0.0, True, np.zeros(BINS)
            return
        self._learn(np.convolve(power, _NEAR_BINS, "same"), _FAST if alone else _SLOW)
        self.expected = self._leak * self._tail
        known = np.stack([power, self.expected])[:, _HEARD]
        bands = np.add.reduceat(known, np.arange(0, known.shape[1], _BAND), axis=1) + _TINY
        above = float(np.mean(np.clip(10 * np.log10(bands[0] / bands[1]), _LEAST_DB, _MOST_DB)))
        self.above_db = _STEADY * self.above_db + (1 - _STEADY) * above
        self.visitor = self.above_db > (_GOES_ON_DB if begun else _BEGINS_DB)

    def _learn(self, power: Powers, share: float) -> None:
        self._steps += 1
        share = max(share, 1.0 / self._steps)
        now = np.stack([power, self._tail])
        self._means += share * (now - self._means)
        off = now - self._means
        self._along += share * (off[0] * off[1] - self._along)
        self._square += share * (off[1] ** 2 - self._square)
        if self._steps > 1:
            self._leak = np.clip(self._along / (self._square + _TINY**2), _LEAST_LEAK, _MOST_LEAK)

    def gains(self, frames: Spectra) -> Gains:
        """:param frames: of the last step, shape (frames, BINS). :returns: the same shape, for the amplitudes."""
        if not self.active:
            return np.ones(frames.shape, np.float32)
        wanted = np.maximum(1.0 - _TIMES * self.expected / (np.abs(frames) ** 2 + _TINY), _FLOOR)
        gains = np.empty(frames.shape, np.float32)
        for index, now in enumerate(wanted):
            self._gain = _SMOOTH * self._gain + (1 - _SMOOTH) * now
            gains[index] = self._gain
        return gains
