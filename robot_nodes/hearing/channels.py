"""The state of an array's channels: offset removed; dead, deafening and clipped ones found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import signal

from robot_nodes.hearing.sources import RATE
from robot_nodes.hearing.spectrum import STEP

__all__ = ["ChannelHealth"]

Sound = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float64]

_LOWEST_HZ = 70.0
"""Below are offsets, footsteps and the robot's own rumble, and no speech."""
_SILENT = 1e-10
"""Mean square (-100 dBFS) under which a channel says nothing at all; 16-bit sound's last bit is at -90 dBFS."""
_TINY = 1e-15
_OUTLIER_DB = 18.0
"""So far from the middle of the others, no gain error explains a channel any more (those are 3 dB)."""
_BACK_DB = 12.0
_CLIPPED = 0.999
_CLIPPED_SHARE = 0.01
_AVERAGE = STEP / RATE / 0.4
"""Share of a step in the averages: they cover about 0.4 s."""
_STEPS_TO_DIE = round(0.5 * RATE / STEP)
_STEPS_TO_LIVE = round(2.0 * RATE / STEP)


class ChannelHealth:
    """Watches the channels of one stream.

    A channel is dead when it is silent while others are not, far below or above their middle, or clips while they do
    not, for half a second; it is alive again after two good seconds. Silence on all channels is a pause.
    """

    def __init__(self, channels: int) -> None:
        self._sos = signal.butter(2, _LOWEST_HZ, "highpass", fs=RATE, output="sos")
        self._state: npt.NDArray[np.float64] | None = None
        self._power = np.zeros(channels)
        self._clips = np.zeros(channels)
        self._bad = np.zeros(channels, int)
        self._good = np.full(channels, _STEPS_TO_LIVE)
        self.alive = np.ones(channels, bool)
        """Shape (channels,)."""

    @property
    def dead(self) -> tuple[int, ...]:
        """Indices of the microphones not to be used."""
        return tuple(int(index) for index in np.flatnonzero(~self.alive))

    @property
    def levels_dbfs(self) -> Levels:
        """Mean level of each channel, dB of full scale."""
        return np.asarray(10 * np.log10(np.maximum(self._power, _TINY)))

    @property
    def clipped(self) -> Levels:
        """Share of samples at full scale of each channel, 0..1."""
        return self._clips.copy()

    def process(self, step: Sound) -> Sound:
        """:param step: shape (STEP, channels). :returns: the same without offset, and 0 for what is not a number."""
        sound = np.nan_to_num(step.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
        clips = (np.abs(sound) >= _CLIPPED).mean(axis=0)
        if self._state is None:
            self._state = signal.sosfilt_zi(self._sos)[:, :, None] * sound[0]
        sound, self._state = signal.sosfilt(self._sos, sound, axis=0, zi=self._state)
        self._clips += _AVERAGE * (clips - self._clips)
        self._power += _AVERAGE * (np.mean(sound * sound, axis=0) - self._power)
        if len(self._power) > 1:
            self._judge()
        return np.asarray(sound, np.float32)

    def _judge(self) -> None:
        sounding = self._power > _SILENT
        known = sounding & self.alive
        if not sounding.any():
            return
        middle = float(np.median(self._power[known if known.any() else sounding]))
        away = np.abs(10 * np.log10(np.maximum(self._power, _TINY) / middle))
        limit = np.where(self.alive, _OUTLIER_DB, _BACK_DB)
        clips = (self._clips > _CLIPPED_SHARE) & (np.median(self._clips) < _CLIPPED_SHARE / 2)
        bad = (away > limit) | clips
        self._bad = np.where(bad, self._bad + 1, 0)
        self._good = np.where(bad, 0, self._good + 1)
        self.alive = np.where(self.alive, self._bad < _STEPS_TO_DIE, self._good >= _STEPS_TO_LIVE)
        if not self.alive.any():
            self.alive[int(np.argmax(np.where(sounding, self._good, -1)))] = True
