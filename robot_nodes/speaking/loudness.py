"""How loud: as people do, louder where it is noisy (Lombard effect), and never clipped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robot_nodes.speaking.sound import BLOCK_S, Sound

__all__ = ["Limiter", "Loudness", "LoudnessCurve"]


@dataclass(frozen=True, slots=True)
class LoudnessCurve:
    """Noise in the microphone -> gain. People raise their voice about 0.5 dB for a dB of noise (Lane & Tranel 1971)."""

    quiet_dbfs: float = -55.0
    """Noise up to which speech stays as it is; belongs to the microphone's gain: measure it in the empty hall."""
    slope: float = 0.5
    lowest_db: float = 0.0
    highest_db: float = 12.0
    step_db: float = 3.0
    """For "louder" and "quieter"."""
    furthest_db: float = 9.0
    """That they lead to, either way."""

    def gain_db(self, noise_dbfs: float) -> float:
        """For a noise; `lowest_db` where it is not known (NaN)."""
        raised = self.slope * (noise_dbfs - self.quiet_dbfs)
        return min(max(raised, self.lowest_db), self.highest_db) if math.isfinite(raised) else self.lowest_db


class Loudness:
    """Follows the noise, slowly; not while the robot itself is heard. Told and asked from any thread."""

    def __init__(self, curve: LoudnessCurve = LoudnessCurve(), rise_s: float = 1.0, fall_s: float = 4.0) -> None:
        """Time constants: up quickly, down slowly, as one hears out whether the noise is over."""
        self._curve = curve
        self._rise_s, self._fall_s = rise_s, fall_s
        self._noise_dbfs = math.nan
        self._heard_at = -math.inf
        self.offset_db = 0.0
        """What visitors asked for."""

    @property
    def noise_dbfs(self) -> float:
        """Smoothed; NaN where nothing was heard yet."""
        return self._noise_dbfs

    @property
    def gain_db(self) -> float:
        """To be applied now."""
        return self._curve.gain_db(self._noise_dbfs) + self.offset_db

    def hear(self, noise_dbfs: float, now_s: float, speaking: bool) -> None:
        """A measurement of the hall's noise; NaN and infinite ones, and those of ourselves, are not taken."""
        if speaking or not math.isfinite(noise_dbfs):
            self._heard_at = now_s
            return
        if math.isnan(self._noise_dbfs):
            self._noise_dbfs = noise_dbfs
        else:
            constant = self._rise_s if noise_dbfs > self._noise_dbfs else self._fall_s
            part = 1 - math.exp(-max(now_s - self._heard_at, 0.0) / constant)
            self._noise_dbfs += part * (noise_dbfs - self._noise_dbfs)
        self._heard_at = now_s

    def louder(self) -> None:
        """By one step."""
        self.offset_db = min(self.offset_db + self._curve.step_db, self._curve.furthest_db)

    def quieter(self) -> None:
        """By one step."""
        self.offset_db = max(self.offset_db - self._curve.step_db, -self._curve.furthest_db)


class Limiter:
    """Gain block by block, without a step and without a sample beyond the ceiling.

    The gain runs straight from one block's end to the next one's; as the end of each is fit for the block that
    follows, no block needs more room than it has.
    """

    def __init__(self, ceiling: float = 10 ** (-1 / 20), release_s: float = 0.2, glide_s: float = 0.1) -> None:
        """:param ceiling: largest magnitude that leaves, -1 dBFS. :param glide_s: in which a new gain is reached."""
        self._ceiling = ceiling
        self._release = math.exp(BLOCK_S / release_s)
        self._glide = 1 - math.exp(-BLOCK_S / glide_s)
        self._asked = 0.0
        self._gain = 0.0

    def begin(self, gain_db: float, first: Sound) -> None:
        """Before a line, whose first block is `first`: no glide from what was before."""
        self._asked = 10 ** (gain_db / 20)
        self._gain = min(self._asked, self._room(first))

    def apply(self, block: Sound, following: Sound, gain_db: float) -> Sound:
        """`block` at about `gain_db`; `following` comes next (empty at the end)."""
        self._asked += self._glide * (10 ** (gain_db / 20) - self._asked)
        released = max(self._gain * self._release, 1e-4)
        end = min(self._asked, released, self._room(block), self._room(following))
        ramp = np.linspace(self._gain, end, len(block), dtype=np.float32)
        self._gain = end
        return np.asarray(np.clip(block * ramp, -self._ceiling, self._ceiling), np.float32)  # takes off rounding only

    def _room(self, block: Sound) -> float:
        return self._ceiling / max(float(np.abs(block).max(initial=0.0)), 1e-6)
