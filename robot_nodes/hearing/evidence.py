"""Whether somebody speaks: a voice detector's word, and how much louder than the hall it became.

A detector trained on close microphones hears soft far voices late or never. What stands out of the hall's noise by some
decibels and is perhaps a voice is one: babble is as loud as it always is. Both are weighed as log odds.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.covariance import Matrices
from robot_nodes.hearing.spectrum import FREQUENCIES, Spectra

__all__ = ["Hall", "Onset", "beam_rise_db", "loudness_db", "voice_in_beam"]

_VOICE_HZ = (250.0, 5000.0)
_BAND = np.flatnonzero((_VOICE_HZ[0] <= FREQUENCIES) & (_VOICE_HZ[1] > FREQUENCIES))
_SMOOTH = 4
"""Steps of 32 ms over which loudness is a mean."""
_LATE = 20
"""Steps after which sound is taken for the hall's, if nobody was heard to speak by then: 0.64 s."""
_MEMORY = 125.0
"""How many steps the hall's loudness reaches back: 4 s."""
_SURE = 5.0
"""Log odds: no detector is surer than that."""
_PER_ODDS, _PER_DB = 0.84, 0.32
"""By logistic regression on the steps of 88 utterances of three voices at 5 m and 5 dB, and as much babble."""
_BEAM_ODDS, _STEP_ODDS, _BEAM_DB, _BEAM_OFFSET = 0.42, 0.43, 0.13, -1.65
"""The same behind the beam."""
_SOFTER_DB, _LOUDER_DB = -3.0, 10.0
"""A slammed door is no voice however loud it is."""
_VOICED = 0.3
"""Probability from which somebody perhaps speaks in a step."""
_NO_VOICE = 0.1
"""Where the detector says less, how loud it is says something of the hall even while somebody speaks."""
_SHORT, _PLAIN = 3, 1.0
"""Somebody speaks when so many steps have this mean of log odds,"""
_LONG, _LASTING = 12, 0.15
"""or so many this: a soft voice goes on. Of 104 utterances at 5 m and 5 dB 3 are noticed over half a second late or
never, and babble seems one 2.2 times a minute; by the detector alone (mean 0.5) it was 20, and 3.1 times."""
_SHORT_SPEAKING, _PLAIN_SPEAKING = 5, 0.8
"""While the robot itself speaks only the detector counts, a mean probability: what is left of the robot's voice is loud
and sounds like a voice, but not for long."""
_LOOK_OFFSET, _PER_WEIGHED, _PER_LOOK, _SURE_LOOK = -1.6, 0.45, 0.55, 7.0
"""With what a network hears from the loudest of all directions (`mask_look`), by the same kind of regression (56
utterances of three voices): area under the curve 0.925 without it, 0.933 by it alone, 0.953 together."""
_MASK_OFFSET, _PER_BEAM, _PER_MASK = -0.5, 0.2, 0.55
"""The same behind the beam: 0.950 by the detector, 0.970 with the mask's network."""
_TINY = 1e-12


def odds(probability: float, most: float = 5.0) -> float:
    """Natural logarithm of the odds, at most `most` either way."""
    limited = min(max(probability, 1e-4), 1.0 - 1e-4)
    return min(max(math.log(limited / (1.0 - limited)), -most), most)


def _likely(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def loudness_db(frames: Spectra) -> float:
    """Mean power where voices are, in dB.

    :param frames: shape (frames, BINS, n).
    """
    band = frames[:, _BAND]
    return 10.0 * math.log10(float(np.mean(band.real**2 + band.imag**2)) + _TINY)


def beam_rise_db(beam: Spectra, weights: npt.NDArray[np.complex64], noise: Matrices) -> float:
    """How much more comes out of a beam than noise alone would, in dB.

    :param beam: shape (frames, BINS). :param weights: of the beam, shape (BINS, n).
    :param noise: its covariance, shape (BINS, n, n).
    """
    used = weights[_BAND]
    left = np.einsum("fi,fij,fj->f", used.conj(), noise[_BAND], used).real
    heard = beam[:, _BAND]
    power = np.mean(heard.real**2 + heard.imag**2, axis=0)
    return 10.0 * math.log10(float(np.mean(power / np.maximum(left, _TINY))) + _TINY)


def voice_by_mask(beam: float, mask: float) -> float:
    """Probability that somebody speaks where the beam looks.

    :param beam: a detector's probability behind the beam. :param mask: the mask's network's.
    """
    return _likely(_MASK_OFFSET + _PER_BEAM * odds(beam) + _PER_MASK * odds(mask, _SURE_LOOK))


def voice_in_beam(beam: float, before: float, rise_db: float) -> float:
    """Probability that somebody speaks where the beam looks.

    :param beam: a detector's probability behind the beam. :param before: that of `Onset`. :param rise_db: of the beam.
    """
    weighed = _BEAM_ODDS * odds(beam) + _STEP_ODDS * odds(before) + _BEAM_OFFSET
    return _likely(weighed + _BEAM_DB * min(max(rise_db, _SOFTER_DB), _LOUDER_DB))


class Hall:
    """How loud the hall is, and how much louder it is just now."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_SMOOTH)
        self._waiting: deque[tuple[float, bool]] = deque()
        self._power = 0.0
        self._steps = 0.0

    def rise_db(self, loudness_db: float) -> float:
        """:param loudness_db: of the next step. :returns: how much louder than the hall the last steps were."""
        self._recent.append(10.0 ** (loudness_db / 10.0))
        known = self._power if self._steps else float(np.mean([power for power, _ in self._waiting] or self._recent))
        return 10.0 * math.log10((float(np.mean(self._recent)) + _TINY) / (known + _TINY))

    def learn(self, *, voiced: bool) -> None:
        """The last step belongs to the hall, unless somebody turns out to speak. :param voiced: it sounds like that."""
        self._waiting.append((self._recent[-1], voiced))
        if len(self._waiting) <= _LATE:
            return
        power, _ = self._waiting.popleft()
        self._steps = min(self._steps + 1.0, _MEMORY)
        self._power += (power - self._power) / self._steps

    def begin(self) -> None:
        """Somebody speaks, and already did a moment ago."""
        self._waiting = deque(it for it in self._waiting if not it[1])


class Onset:
    """Notices that somebody begins to speak."""

    def __init__(self) -> None:
        self._hall = Hall()
        self._weighed: deque[float] = deque(maxlen=_LONG)
        self._heard: deque[float] = deque(maxlen=_SHORT_SPEAKING)

    def weigh(
        self, voice: float, frames: Spectra, *, talking: bool, own_words: bool, seen: float | None = None
    ) -> float:
        """:param voice: a detector's probability for the next step. :param frames: its, shape (frames, BINS, n).

        :param talking: somebody speaks already. :param own_words: the robot itself does.
        :param seen: the probability that somebody speaks in the likeliest direction; None: unknown.
        :returns: probability that somebody speaks in it.
        """
        rise_db = self._hall.rise_db(loudness_db(frames))
        weighed = _PER_ODDS * odds(voice)
        if not own_words:
            weighed += _PER_DB * min(max(rise_db, _SOFTER_DB), _LOUDER_DB)
            if not talking or voice < _NO_VOICE:
                self._hall.learn(voiced=_likely(weighed) >= _VOICED)
            if seen is not None:
                weighed = _PER_WEIGHED * min(max(weighed, -_SURE), _SURE) + _PER_LOOK * odds(seen, _SURE_LOOK)
                weighed += _LOOK_OFFSET
        self._heard.append(voice)
        self._weighed.append(weighed)
        return _likely(weighed)

    def noticed(self, *, own_words: bool) -> bool:
        """Whether somebody speaks, as of the last steps."""
        if own_words:
            return len(self._heard) == _SHORT_SPEAKING and bool(np.mean(self._heard) > _PLAIN_SPEAKING)
        steps = list(self._weighed)
        plain = len(steps) >= _SHORT and bool(np.mean(steps[-_SHORT:]) > _PLAIN)
        return plain or (len(steps) == _LONG and bool(np.mean(steps) > _LASTING))

    def begin(self) -> None:
        """It is taken for the beginning of an utterance."""
        self._hall.begin()
