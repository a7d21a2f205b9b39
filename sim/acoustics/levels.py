"""How loud sounds are, and mixing them at a signal-to-noise ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
FRAME = RATE // 50
"""Loudness is judged in frames of 20 ms."""
VOICED_BELOW_MAX_DB = 30.0
"""A frame counts as voiced when it is at most this much below the loudest frame of the dry recording."""

Sound = NDArray[np.float32]
Mask = NDArray[np.bool_]


def power(sound: Sound) -> float:
    """Mean square."""
    return float(np.mean(np.square(sound, dtype=np.float64))) if sound.size else 0.0


def dbfs(sound: Sound) -> float:
    """Root mean square in decibels under full scale (1.0)."""
    return 10.0 * float(np.log10(power(sound) + 1e-20))


def voiced(dry: Sound) -> Mask:
    """Which samples of a dry recording, shape (n,), lie in voiced frames."""
    frames = -(-len(dry) // FRAME)
    padded = np.pad(dry, (0, frames * FRAME - len(dry))).reshape(frames, FRAME)
    energy = np.mean(np.square(padded, dtype=np.float64), axis=1)
    loud: Mask = energy > energy.max(initial=0.0) * 10.0 ** (-VOICED_BELOW_MAX_DB / 10.0)
    return np.repeat(loud, FRAME)[: len(dry)]


def span(mask: Mask) -> tuple[int, int]:
    """First voiced sample and the one after the last; (0, 0) where there is none."""
    found = np.flatnonzero(mask)
    return (int(found[0]), int(found[-1]) + 1) if len(found) else (0, 0)


def gain_for_snr(speech: Sound, noise: Sound, mask: Mask, snr_db: float) -> float:
    """What to multiply `noise` by, so that speech is `snr_db` above it at the reference microphone.

    All of shape (n,): `speech` is what arrives, echoes included, and counts where `mask` is set; `noise` counts there
    too, so that a ratio holds for the stretch in which the talker speaks.
    """
    heard = power(speech[mask]) / max(power(noise[mask]), 1e-20)
    return float(np.sqrt(heard / 10.0 ** (snr_db / 10.0)))
