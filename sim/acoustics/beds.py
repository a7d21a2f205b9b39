"""Background noise of a hall as a robot's microphones hear it: long beds, of which scenes take excerpts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sim.acoustics import noises
from sim.acoustics.geometry import ARRAY_HEIGHT, Points, ring, towards
from sim.acoustics.halls import RATE, Hall, Sound, impulse_responses
from sim.acoustics.levels import power

BABBLE_TALKERS = 16
BABBLE_NEAREST_M = 2.0
BABBLE_FARTHEST_M = 12.0
PINK_SOURCES = 8
PINK_BELOW_BABBLE_DB = 6.0
PINK_BELOW_OTHERS_DB = 10.0
LOUDSPEAKERS = 4
KINDS = ("babble", "music", "announcements", "motors")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a robot stands in a hall: `centre` of its ring of microphones, and where each microphone really is."""

    hall: Hall
    centre: Points
    microphones: Points


def place(hall: Hall, rng: Generator) -> Place:
    """A place at least ten metres from the walls."""
    centre = np.array([rng.uniform(10.0, side - 10.0) for side in hall.size[:2]] + [ARRAY_HEIGHT])
    return Place(hall, centre, ring() + centre)


def bed(kind: str, where: Place, talk: Sequence[Sound], seconds: float, rng: Generator) -> Sound:
    """`seconds` of one of `KINDS`, shape (samples, microphones), power 1 at the first microphone.

    Every kind carries diffuse pink noise too. `talk`: dry recordings of people who talk among themselves.
    """
    samples = round(seconds * RATE)
    if kind == "babble":
        sound, below = _babble(where, talk, samples, rng), PINK_BELOW_BABBLE_DB
    elif kind == "motors":
        under = where.centre + np.array([0.0, 0.0, -0.9])
        sound, below = _heard(where, [under], [noises.motors(rng, samples)]), PINK_BELOW_OTHERS_DB
    else:
        over = [_anywhere(where.hall, rng) for _ in range(LOUDSPEAKERS)]
        played = noises.music(rng, samples) if kind == "music" else announcements(talk, samples, rng)
        sound, below = _heard(where, over, [played] * LOUDSPEAKERS), PINK_BELOW_OTHERS_DB
    sound = _unit(sound) + _unit(_diffuse(where, samples, rng)) * np.float32(10.0 ** (-below / 20.0))
    return _unit(sound)


def excerpt(bed: Sound, samples: int, rng: Generator) -> Sound:
    """A random stretch of a bed, which is taken as a ring where it is too short."""
    at = int(rng.integers(len(bed)))
    return np.take(bed, np.arange(at, at + samples), axis=0, mode="wrap")


def announcements(talk: Sequence[Sound], samples: int, rng: Generator) -> Sound:
    """Loudspeaker announcements: a chime, then a sentence through a narrow-band loudspeaker, over and over."""
    parts: list[Sound] = []
    while sum(map(len, parts)) < samples:
        spoken = talk[int(rng.integers(len(talk)))]
        parts += [
            noises.chime(rng, round(2.2 * RATE)) * 0.5,
            _narrow(spoken / np.float32(math.sqrt(power(spoken)))),
            np.zeros(round(rng.uniform(0.2, 0.6) * RATE), np.float32),
        ]
    return np.concatenate(parts)[:samples]


def chain(talk: Sequence[Sound], samples: int, rng: Generator) -> Sound:
    """One person who goes on talking: recordings in random order with short pauses, each of power 1."""
    parts: list[Sound] = []
    while sum(map(len, parts)) < samples:
        spoken = talk[int(rng.integers(len(talk)))]
        parts.append(spoken / np.float32(math.sqrt(power(spoken))))
        parts.append(np.zeros(round(rng.uniform(0.0, 0.4) * RATE), np.float32))
    return np.concatenate(parts)[:samples]


def _babble(where: Place, talk: Sequence[Sound], samples: int, rng: Generator) -> Sound:
    at, said = [], []
    for _ in range(BABBLE_TALKERS):
        distance = rng.uniform(BABBLE_NEAREST_M, BABBLE_FARTHEST_M)
        spot = towards(where.centre, rng.uniform(-math.pi, math.pi), distance, rng.uniform(1.4, 1.75))
        at.append(np.clip(spot, 0.5, np.array(where.hall.size) - 0.5))
        said.append(chain(talk, samples, rng) * np.float32(10.0 ** (rng.uniform(-3.0, 3.0) / 20.0)))
    return _heard(where, at, said)


def _diffuse(where: Place, samples: int, rng: Generator) -> Sound:
    at = [_anywhere(where.hall, rng) for _ in range(PINK_SOURCES)]
    return _heard(where, at, [noises.pink(rng, samples) for _ in at])


def _anywhere(hall: Hall, rng: Generator) -> Points:
    """Somewhere high up: loudspeakers, ventilation."""
    return np.array([rng.uniform(2.0, side - 2.0) for side in hall.size[:2]] + [rng.uniform(4.0, hall.size[2] - 1.0)])


def _heard(where: Place, sources: Sequence[Points], sounds: Sequence[Sound]) -> Sound:
    responses = impulse_responses(where.hall, where.microphones, sources)
    heard = [convolved(sound, response) for sound, response in zip(sounds, responses, strict=True)]
    return np.asarray(np.sum(heard, axis=0), np.float32)


def convolved(sound: Sound, response: Sound) -> Sound:
    """What the microphones hear of `sound`, shape (n,): (n, microphones), without the tail after its end."""
    from scipy.signal import oaconvolve

    heard: NDArray[np.float32] = oaconvolve(sound[:, None], response, axes=0)[: len(sound)]
    return heard.astype(np.float32)


def _narrow(sound: Sound) -> Sound:
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(4, (300.0, 4_000.0), "bandpass", fs=RATE, output="sos"), sound), np.float32)


def _unit(sound: Sound) -> Sound:
    return sound / np.float32(math.sqrt(power(sound[:, 0])) or 1.0)
