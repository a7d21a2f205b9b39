"""Sound as the room passes it on: mono float32, shape (n,), full scale 1.0, `RATE` samples per second.

One rate from the voice to the loudspeaker, so that what the echo canceller gets as its reference is what was played.
"""

from __future__ import annotations

from math import gcd

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK", "BLOCK_S", "RATE", "Sound", "levelled", "resampled", "rms_dbfs", "silence", "trimmed"]

Sound = npt.NDArray[np.float32]

RATE = 16_000
BLOCK_S = 0.02
BLOCK = int(RATE * BLOCK_S)
LEVEL_DBFS = -23.0
"""Of speech before the hall's noise is looked at: RMS of its loud parts."""
_FADE_S = 0.004
_QUIET_DB = -45.0
"""Below the loudest: no speech."""


def silence(seconds: float) -> Sound:
    """Nothing, for a while."""
    return np.zeros(round(seconds * RATE), np.float32)


def resampled(samples: Sound, rate: int) -> Sound:
    """`samples` at `rate` per second, at `RATE`."""
    if rate == RATE or not len(samples):
        return samples.astype(np.float32, copy=False)
    from scipy.signal import resample_poly

    common = gcd(rate, RATE)
    return np.asarray(resample_poly(samples, RATE // common, rate // common), np.float32)


def trimmed(samples: Sound, margin_s: float = 0.03) -> Sound:
    """Without the silence before and after, but for a margin, its ends faded."""
    peak = float(np.abs(samples).max(initial=0.0))
    loud = np.flatnonzero(np.abs(samples) > peak * 10 ** (_QUIET_DB / 20)) if peak > 0 else np.zeros(0, int)
    if not len(loud):
        return samples[:0]
    margin, fade = int(margin_s * RATE), int(_FADE_S * RATE)
    kept = samples[max(0, loud[0] - margin) : loud[-1] + margin].copy()
    ramp = np.linspace(0, 1, min(fade, len(kept)), dtype=np.float32)
    kept[: len(ramp)] *= ramp
    kept[len(kept) - len(ramp) :] *= ramp[::-1]
    return kept


def levelled(samples: Sound, volume_db: float = 0.0) -> Sound:
    """At `LEVEL_DBFS` whatever the voice's own level, plus `volume_db`."""
    level = rms_dbfs(samples)
    if level == -np.inf:
        return samples
    return np.asarray(samples * 10 ** ((LEVEL_DBFS + volume_db - level) / 20), np.float32)


def rms_dbfs(samples: Sound) -> float:
    """RMS of the 20 ms blocks that are within 25 dB of the loudest, in dB of full scale (a sine of amplitude 1: -3)."""
    blocks = [samples[start : start + BLOCK] for start in range(0, len(samples), BLOCK)]
    powers = np.array([float(np.mean(np.square(block, dtype=np.float64))) for block in blocks])
    powers = powers[powers > powers.max(initial=0.0) * 10**-2.5]
    return float(10 * np.log10(powers.mean())) if len(powers) else -np.inf
