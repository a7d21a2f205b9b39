"""One far-field scene: somebody says something to a robot in a noisy hall, and six microphones hear it.

Signal-to-noise ratio: power of the talker's speech with its echoes at the first microphone over the power of everything
else there, both over the voiced parts (`levels.voiced`) of what the talker says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from sim.acoustics.beds import Place, convolved, excerpt
from sim.acoustics.geometry import MOUTH_HEIGHT, SPEED_OF_SOUND, Points, towards, wrapped
from sim.acoustics.halls import RATE, Sound, impulse_responses
from sim.acoustics.levels import dbfs, gain_for_snr, power, span, voiced

AFTER_S = 0.8
BEFORE_S = (1.0, 1.5)
SPEECH_DBFS = (-35.0, -29.0)
"""How loud the talker's speech is at the first microphone."""
HISS_DBFS = -75.0
"""What the microphones themselves add, each on its own."""
WALK_M_S = 1.0
WALK_STEP_M = 0.1
LOUDSPEAKER = np.array([0.12, 0.0, -0.25])
"""The robot's own loudspeaker, from the centre of the ring."""
OWN_DELAY_S = (0.01, 0.06)
"""From a sample of the playback reference to the loudspeaker's cone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a scene is to be like; angles in radians. `snr_db` None: no noise but the microphones' hiss."""

    azimuth: float
    distance: float
    snr_db: float | None
    moving: bool = False
    gain_error_db: float = 0.0
    position_error: float = 0.0
    own_voice_db: float | None = None
    """How much louder the robot's own voice is than the talker, at the first microphone."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the microphones hear, shape (samples, microphones), and what is true of it; seconds, degrees."""

    samples: Sound
    start_s: float
    end_s: float
    azimuth_deg: float
    playback: Sound | None


def render(asked: Asked, where: Place, dry: Sound, noise: Sound | None, own: Sound | None, rng: Generator) -> Scene:
    """The scene of `dry`, shape (n,), said to a robot at `where`.

    :param noise: a bed, shape (any, microphones).
    :param own: what the robot says meanwhile, shape (any,).
    """
    microphones = where.microphones + rng.normal(0.0, asked.position_error, where.microphones.shape)
    if asked.position_error == 0.0:
        microphones = where.microphones
    here = Place(where.hall, where.centre, microphones)
    before = round(rng.uniform(*BEFORE_S) * RATE)
    flight = round(asked.distance / SPEED_OF_SOUND * RATE)
    said = np.pad(dry, (before, flight + round(AFTER_S * RATE)))
    speech, azimuth = _walking(asked, here, said, rng) if asked.moving else _standing(asked, here, said)
    mask = np.roll(voiced(said), flight)
    scale = 10.0 ** ((rng.uniform(*SPEECH_DBFS) - dbfs(speech[mask, 0])) / 20.0)
    mixed = speech.copy()
    if noise is not None and asked.snr_db is not None:
        around = excerpt(noise, len(said), rng)
        mixed += around * np.float32(gain_for_snr(speech[:, 0], around[:, 0], mask, asked.snr_db))
    playback = None
    if own is not None and asked.own_voice_db is not None:
        playback, echo = own_voice(here, own, len(said), rng)
        mixed += echo * np.float32(gain_for_snr(speech[:, 0], echo[:, 0], mask, -asked.own_voice_db))
    start, end = span(mask)
    samples = _captured(mixed * np.float32(scale), asked.gain_error_db, rng)
    return Scene(samples, start / RATE, end / RATE, azimuth, playback)


def around_only(noise: Sound, seconds: float, level_dbfs: float, rng: Generator) -> Sound:
    """A stretch of a bed with nobody speaking to the robot, shape (samples, microphones)."""
    heard = excerpt(noise, round(seconds * RATE), rng)
    level = power(heard[:, 0])
    gain = 10.0 ** (level_dbfs / 20.0) / math.sqrt(level) if level else 0.0
    return _captured(heard * np.float32(gain), 0.0, rng)


def own_voice(where: Place, own: Sound, samples: int, rng: Generator) -> tuple[Sound, Sound]:
    """The playback reference, shape (samples,), and its echo at the microphones, shape (samples, microphones).

    The loudspeaker is slightly overdriven (a soft limiter) and begins some milliseconds after the reference.
    """
    reference = np.resize(own, samples).astype(np.float32)
    delay = round(rng.uniform(*OWN_DELAY_S) * RATE)
    driven = np.tanh(3.0 * reference) / np.float32(3.0)
    late = np.pad(driven, (delay, 0))[:samples]
    (response,) = impulse_responses(where.hall, where.microphones, [where.centre + LOUDSPEAKER])
    return reference, convolved(late, response)


def _standing(asked: Asked, where: Place, said: Sound) -> tuple[Sound, float]:
    (response,) = impulse_responses(where.hall, where.microphones, [_mouth(asked, where, asked.azimuth)])
    return convolved(said, response), wrapped(math.degrees(asked.azimuth))


def _walking(asked: Asked, where: Place, said: Sound, rng: Generator) -> tuple[Sound, float]:
    """Round the robot at walking speed while speaking; the direction is that of the middle of the speech."""
    start, end = span(voiced(said))
    turn = rng.choice((-1.0, 1.0)) * WALK_M_S / asked.distance
    count = max(2, math.ceil((end - start) / RATE * WALK_M_S / WALK_STEP_M) + 1)
    times = np.linspace(start, end, count)
    angles = asked.azimuth + turn * (times - (start + end) / 2.0) / RATE
    responses = impulse_responses(where.hall, where.microphones, [_mouth(asked, where, a) for a in angles])
    heard = np.zeros((len(said), len(where.microphones)), np.float32)
    here = np.clip(np.interp(np.arange(len(said)), times, np.arange(count)), 0, count - 1)
    for number, response in enumerate(responses):
        share = np.maximum(0.0, 1.0 - np.abs(here - number)).astype(np.float32)
        heard += convolved(said * share, response)
    return heard, wrapped(math.degrees(asked.azimuth))


def _mouth(asked: Asked, where: Place, azimuth: float) -> Points:
    spot = towards(where.centre, azimuth, asked.distance, MOUTH_HEIGHT)
    return np.clip(spot, 0.3, np.array(where.hall.size) - 0.3)


def _captured(heard: Sound, gain_error_db: float, rng: Generator) -> Sound:
    """Through the microphones: their gains, their hiss, and never beyond full scale."""
    gains = 10.0 ** (rng.uniform(-gain_error_db, gain_error_db, heard.shape[1]) / 20.0)
    hiss = rng.standard_normal(heard.shape) * 10.0 ** (HISS_DBFS / 20.0)
    return np.asarray(np.clip(heard * gains + hiss, -1.0, 1.0), np.float32)
