"""Exhibition halls as boxes, and how sound travels in them: the image-source method of pyroomacoustics.

The walls absorb alike at all frequencies. Sabine's and Eyring's formulas are far off in such flat boxes, so each hall
carries the absorption with which the reverberation time measured on its impulse responses (T30) is the one asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.acoustics.geometry import SPEED_OF_SOUND, Points

RATE = 16_000

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hall:
    """A box of `size` metres whose walls take `absorption` of the energy; `rt60` seconds, measured as T30."""

    name: str
    size: tuple[float, float, float]
    rt60: float
    absorption: float

    @property
    def order(self) -> int:
        """Reflections followed: as many as fit into the reverberation time between floor and ceiling."""
        return math.ceil(SPEED_OF_SOUND * self.rt60 / min(self.size))


HALLS = {
    hall.name: hall
    for hall in (
        Hall("dry", (60.0, 40.0, 10.0), 0.6, 0.775),
        Hall("live", (90.0, 45.0, 12.0), 1.2, 0.635),
    )
}
"""The two halls of the bench, by name."""


def impulse_responses(hall: Hall, microphones: Points, sources: Sequence[Points]) -> list[Sound]:
    """For every source, shape (3,), the responses at the microphones, shape (taps, microphones), 16 kHz.

    A source one metre away has a direct path of amplitude 1/(4 pi); every response begins with the sender's moment.
    """
    import pyroomacoustics  # type: ignore[import-untyped]  # here, since only the bench needs it

    material = pyroomacoustics.Material(hall.absorption)
    room = pyroomacoustics.ShoeBox(hall.size, fs=RATE, materials=material, max_order=hall.order)
    room.add_microphone_array(np.asarray(microphones).T)
    for source in sources:
        room.add_source(np.asarray(source))
    room.compute_rir()
    early = pyroomacoustics.constants.get("frac_delay_length") // 2
    return [_aligned([room.rir[m][s] for m in range(len(microphones))], early, hall) for s in range(len(sources))]


def _aligned(responses: Sequence[NDArray[np.float64]], early: int, hall: Hall) -> Sound:
    """Without the delay of the fractional-delay filters, and cut where the sound has died away."""
    taps = min(max(len(response) for response in responses), early + round(1.25 * hall.rt60 * RATE))
    padded = [np.pad(response[:taps], (0, max(0, taps - len(response)))) for response in responses]
    return np.stack(padded, axis=1)[early:].astype(np.float32)


def reverberation_time(response: Sound) -> float:
    """T30 of one response, shape (taps,): twice the seconds from -5 to -35 dB of Schroeder's backward integral."""
    left = np.cumsum(np.square(response[::-1].astype(np.float64)))[::-1]
    decay = 10.0 * np.log10(left / left[0] + 1e-15)
    return float(2 * (np.argmax(decay < -35.0) - np.argmax(decay < -5.0)) / RATE)
