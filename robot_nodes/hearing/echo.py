"""The robot's own voice, taken out of what its microphones hear."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.sources import RATE
from robot_nodes.hearing.spectrum import STEP

__all__ = ["DelayFinder", "EchoCanceller"]

Sound = npt.NDArray[np.float32]

_PARTS = 6
"""Steps of echo that are modelled: 192 ms."""
_FORGET = 0.9995
"""How much of a path's coefficients is there a step later; the rest is unknown: a robot among people."""
_NEAR_SHARE = 0.8
_LEAST_LEFT = 0.2
_FIRST_DOUBT = 0.3
"""A new path's coefficients, compared with the power heard for the power played; too much learns the noise first."""
_FIRST_FALL = 0.15
"""The same from one part of a path to the next: most of an echo comes soon. With as much doubt everywhere the robot
hears itself 6 dB louder after 3 s."""
_WHOLE_FRAMES = 2.0
"""Windows of two steps have so many times the power of the single step in which an error is known."""
_KNEES = (0.1, 0.25)
"""Amplitudes of playback (full scale 1) from which on a loudspeaker may follow less and less."""
_BEND_KEPT = 0.98
_BEND_RIDGE = 0.01
_BEND_CHANNELS = 2
_LEAST_SLOPE, _MOST_SLOPE = 0.05, 1.2
_QUIET = 1e-7
"""Mean square (-70 dBFS) of playback from which on there is something to learn."""
_TINY = 1e-10
_FALL, _RISE = 0.1, 0.01
"""How fast the usual share of what is left after subtraction is learned: visitors only raise it, and not for long."""
_LEARNED = 0.2
"""Until no more than this is left, the robot cannot tell a visitor from itself."""
_PATIENCE = 125
"""Steps played (4 s) after which what is left is noise, and the robot just not loud enough to matter."""

_LATEST_S, _EARLIEST_S = 0.3, -0.11
"""Delays looked for, from playback to microphone."""
_WHOLE = 16_384
_EVERY = 16
"""Steps between searches: half a second."""
_CLEAR = 6.0
_LEAD = 96
"""Samples before the found delay at which the model begins: the direct sound's own onset, and errors of the search."""
_HELD_STEPS = 4
"""Steps by which the microphones are held back where the playback comes to us later than its echo: 128 ms."""


class EchoCanceller:
    """A model of the way from the loudspeaker to each microphone; what it predicts is subtracted.

    Partitioned-block frequency-domain Kalman filter (Enzner & Vary 2006; Kuech, Mabande & Enzner 2014): how far each
    coefficient is trusted is estimated together with it, so that it learns fast, and stands still while a visitor
    talks too. Linear and for each channel: directions are kept, and the beam comes after it; only the loudspeaker,
    before all channels, may bend (`Loudspeaker`). The canceller of WebRTC leaves 3 % of a visitor's voice under an echo
    14 dB louder than it, this one all (docs).
    """

    def __init__(self, channels: int) -> None:
        bins = STEP + 1
        self._paths = np.zeros((channels, _PARTS, bins), np.complex64)
        self._doubt = np.tile(_new_doubt(1.0), bins)
        self._played = np.zeros((_PARTS, bins), np.complex64)
        self._before = np.zeros(STEP, np.float32)
        self._near = np.full(bins, 1e-6, np.float32)
        self._delay = DelayFinder(channels)
        self._speaker = Loudspeaker(np.linspace(0, channels, min(channels, _BEND_CHANNELS), endpoint=False).astype(int))
        self._shift = 0
        self._left = 1.0
        self._since = _PARTS
        self._taught = 0
        """Steps played since the path is learned anew."""
        self.predicted = np.zeros((STEP, channels), np.float32)
        """The echo in the last step, as the model has it."""

    @property
    def delay_s(self) -> float | None:
        """From playback to microphone, as found; None before anything was played."""
        return self._delay.delay_s

    @property
    def playing(self) -> bool:
        """Something was played, in the last step or so shortly before it that it still echoes."""
        return self._since < _PARTS

    @property
    def learning(self) -> bool:
        """The robot is heard, and not yet known well enough to tell a visitor from it."""
        return self.playing and self._left > _LEARNED and self._taught < _PATIENCE

    def process(self, step: Sound, playback: Sound) -> Sound:
        """:param step: shape (STEP, channels). :param playback: shape (STEP,), what was played meanwhile.

        :returns: shape (STEP, channels), without the echo.
        """
        near, far = self._delay.aligned(step, playback)
        self.predicted = np.zeros_like(near)
        if self._delay.shift != self._shift:
            self._shift = self._delay.shift
            self._paths[:], self._doubt[:], self._left = 0, _new_doubt(self._delay.loudness), 1.0
            self._taught = 0
        self._played = np.roll(self._played, 1, axis=0)
        bent = self._speaker.bend(far)
        self._played[0] = np.fft.rfft(np.concatenate([self._before, bent]))
        self._before = bent
        self._since = 0 if float(np.mean(far**2)) > _QUIET else self._since + 1
        power = np.abs(self._played) ** 2
        if float(power.sum()) < _QUIET * STEP * STEP:
            return near
        echo = np.fft.irfft(np.einsum("cpf,pf->cf", self._paths, self._played), axis=1)[:, STEP:]
        rest = (near.T - echo).astype(np.float32)
        self._speaker.learn(rest, echo, self._paths)
        self._learn(rest, power)
        self.predicted = echo.T.astype(np.float32)
        left = float(np.mean(rest**2)) / (float(np.mean(near**2)) + _TINY)
        if self.playing:
            self._left += (_FALL if left < self._left else _RISE) * (min(left, 1.0) - self._left)
            self._taught += 1
        worse = left > 1.0  # not learned yet, or the robot's volume has changed
        return near if worse else np.ascontiguousarray(rest.T)

    def _learn(self, rest: Sound, power: npt.NDArray[np.float32]) -> None:
        """:param rest: shape (channels, STEP), what the model did not predict."""
        error = np.fft.rfft(np.concatenate([np.zeros_like(rest), rest], axis=1), axis=1).astype(np.complex64)
        doubted = (power * self._doubt).sum(axis=0)
        seen = (np.abs(error) ** 2).mean(axis=0)
        near = _WHOLE_FRAMES * self._near
        left = seen * np.maximum(near / (doubted + near + _TINY), _LEAST_LEFT)
        self._near = _NEAR_SHARE * self._near + (1 - _NEAR_SHARE) * np.maximum(left, 1e-9)
        trust = self._doubt / (doubted + self._near + _TINY)
        change = np.fft.irfft((trust * self._played.conj())[None] * error[:, None], axis=2)
        change[..., STEP:] = 0  # a path is as long as a step: else it would wrap around
        self._paths += np.fft.rfft(change, axis=2).astype(np.complex64)
        kept = _FORGET * _FORGET
        strength = (np.abs(self._paths) ** 2).mean(axis=0)
        self._doubt = (kept * (1 - 0.5 * trust * power) * self._doubt + (1 - kept) * strength).astype(np.float32)


def _new_doubt(loudness: float) -> npt.NDArray[np.float32]:
    """:param loudness: power heard for the power played. :returns: shape (_PARTS, 1)."""
    return np.float32(_FIRST_DOUBT * loudness) * (_FIRST_FALL ** np.arange(_PARTS, dtype=np.float32))[:, None]


class Loudspeaker:
    """How a loudspeaker's amplitude bends: piecewise linear, before the paths (a Hammerstein model).

    The slope above each knee is found from what the linear paths leave, by least squares over the last 1.6 s, on few of
    the channels; the playback itself is among the regressors, so that a change of volume is not taken for a bend. Knees
    measured better than powers of the amplitude, which run away (docs).
    """

    def __init__(self, channels: npt.NDArray[np.int_]) -> None:
        """:param channels: indices of the microphones to learn from."""
        knees = len(_KNEES)
        self._channels = channels
        self._changes = np.zeros(knees)
        """Of the slope, above each knee."""
        self._before = np.zeros((knees, STEP), np.float32)
        self._beyond = np.zeros((knees, _PARTS, STEP + 1), np.complex64)
        self._square = np.zeros((knees + 1, knees + 1))
        self._product = np.zeros(knees + 1)

    def bend(self, far: Sound) -> Sound:
        """:param far: shape (STEP,), the next of the playback. :returns: the same as the loudspeaker gives it."""
        beyond = np.stack([far - np.clip(far, -knee, knee) for knee in _KNEES])
        self._beyond = np.roll(self._beyond, 1, axis=1)
        self._beyond[:, 0] = np.fft.rfft(np.concatenate([self._before, beyond], axis=1), axis=1)
        self._before = beyond
        return np.asarray(far + self._changes @ beyond, np.float32)

    def learn(self, rest: Sound, echo: npt.NDArray[np.floating], paths: npt.NDArray[np.complex64]) -> None:
        """:param rest: shape (channels, STEP), not predicted. :param echo: the same, predicted.

        :param paths: shape (channels, _PARTS, bins), with which it was.
        """
        if float(np.abs(self._before[0]).max()) == 0.0:
            return
        some = self._channels
        bent = np.fft.irfft(np.einsum("cpf,kpf->kcf", paths[some], self._beyond), axis=2)[..., STEP:]
        straight = echo[some] - np.einsum("k,kct->ct", self._changes, bent)
        given = np.concatenate([straight[None], bent]).reshape(len(bent) + 1, -1)
        wanted = (rest[some] + np.einsum("k,kct->ct", self._changes, bent)).ravel()
        share = 1.0 / (float(np.mean(wanted**2)) + 1e-9)  # a visitor's loud voice counts little
        self._square = _BEND_KEPT * self._square + share * (given @ given.T)
        self._product = _BEND_KEPT * self._product + share * (given @ wanted)
        steady = self._square + _BEND_RIDGE * np.diag(np.diag(self._square)) + 1e-9 * np.eye(len(given))
        found = np.linalg.solve(steady, self._product)
        slopes = np.clip(1 + np.cumsum(found[1:]) / max(1 + found[0], 0.5), _LEAST_SLOPE, _MOST_SLOPE)
        self._changes = np.diff(slopes, prepend=1.0)


class DelayFinder:
    """How much later the microphones hear what is played, by their cross-correlation; and both, brought together.

    Playback may come to us up to 0.3 s before its echo, or up to 0.11 s after it; then the microphones are held back
    by 128 ms, from the moment it is noticed.
    """

    def __init__(self, channels: int) -> None:
        self.delay_s: float | None = None
        self._near = np.zeros(_WHOLE, np.float32)
        self._far = np.zeros(_WHOLE, np.float32)
        self._held = np.zeros((0, channels), np.float32)
        self.shift = 0
        self._cross = np.zeros(_WHOLE + 1, np.complex128)
        self._steps = 0

    def aligned(self, step: Sound, playback: Sound) -> tuple[Sound, Sound]:
        """:param step: shape (STEP, channels). :param playback: shape (STEP,). :returns: the same, brought together."""
        self._near = np.concatenate([self._near[STEP:], step.mean(axis=1)])
        self._far = np.concatenate([self._far[STEP:], playback])
        self._steps += 1
        if self._steps % _EVERY == 0 and float(np.mean(self._far**2)) > _QUIET:
            self._search()
        both = np.concatenate([self._held, step])
        self._held, near = both[STEP:], both[:STEP]
        end = _WHOLE - max(self.shift, 0)
        return near, self._far[end - STEP : end]

    @property
    def loudness(self) -> float:
        """Power at the microphones for the power played, in the last second; at most 1000."""
        return min(float(np.mean(self._near**2)) / (float(np.mean(self._far**2)) + _TINY), 1e3)

    def _search(self) -> None:
        near, far = np.fft.rfft(self._near, 2 * _WHOLE), np.fft.rfft(self._far, 2 * _WHOLE)
        cross = near * far.conj()
        self._cross = 0.7 * self._cross + cross / (np.abs(cross) + 1e-12)
        likeness = np.fft.irfft(self._cross)
        first, last = round(_EARLIEST_S * RATE), round(_LATEST_S * RATE)
        window = np.concatenate([likeness[first:], likeness[:last]])
        peak = int(window.argmax())
        if window[peak] < _CLEAR * float(np.sqrt(np.mean(window**2))):
            return
        delay = peak + first
        self.delay_s = delay / RATE
        if delay < 0 and not len(self._held):
            self._held = np.zeros((_HELD_STEPS * STEP, self._held.shape[1]), np.float32)
        wanted = max(delay + len(self._held) - _LEAD, 0)
        if abs(wanted - self.shift) > _LEAD:
            self.shift = wanted
