"""Directions are found in noise, followed, and not drawn to what is always there."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing.array import MicArray, load_array
from robot_nodes.hearing.covariance import SOUND_M_S, Matrices
from robot_nodes.hearing.doa import AZIMUTHS, DirectionSearch, DirectionTrack, steering
from robot_nodes.hearing.spatial import SpatialFilter
from robot_nodes.hearing.spectrum import BINS, FREQUENCIES, STEP, Analysis, Spectra

RING = load_array(None, 6)
ALL = np.ones(6, bool)
Sound = npt.NDArray[np.float64]


def plane_wave(sound: Sound, azimuth: float, array: MicArray = RING) -> Sound:
    """`sound` from far away, as the microphones hear it; shape (n, microphones)."""
    early = array.positions @ [math.cos(azimuth), math.sin(azimuth), 0.0] / SOUND_M_S
    hertz = np.fft.rfftfreq(len(sound), 1 / 16_000)
    turned = np.fft.rfft(sound)[:, None] * np.exp(2j * np.pi * hertz[:, None] * early)
    return np.fft.irfft(turned, len(sound), axis=0)


def spectra(sound: Sound) -> Spectra:
    analysis = Analysis(sound.shape[1])
    steps = [sound[at : at + STEP].astype(np.float32) for at in range(0, len(sound) - STEP + 1, STEP)]
    return np.concatenate([analysis.process(step) for step in steps])


def hall(rng: np.random.Generator, seconds: float, loudspeaker: float | None = None) -> Sound:
    """Noise from 24 directions, and a loudspeaker as loud as all of them."""
    length = round(seconds * 16_000)
    noise = sum(plane_wave(rng.normal(0, 0.2, length), azimuth) for azimuth in np.linspace(0, 2 * math.pi, 24, False))
    if loudspeaker is not None:
        noise = noise + plane_wave(rng.normal(0, 1.0, length), loudspeaker)
    return np.asarray(noise)


def off(direction: float | None, azimuth: float) -> float:
    """Degrees between both."""
    assert direction is not None
    return abs(math.degrees(math.remainder(direction - azimuth, 2 * math.pi)))


def test_steering_is_relative_to_the_reference_and_counter_clockwise() -> None:
    waves = steering(RING, np.array([0.0, math.pi / 2]))
    assert waves.shape == (BINS, 2, 6)
    assert np.allclose(waves[:, :, 0], 1)
    phase = np.angle(waves[8, 0, 3])  # microphone 3, behind, hears a wave from ahead 9.2 cm later
    assert phase == pytest.approx(-2 * math.pi * FREQUENCIES[8] * 0.092 / SOUND_M_S, abs=1e-4)


@pytest.mark.parametrize("azimuth_deg", [-170, -30, 44, 120])
def test_a_talker_is_found_beside_a_louder_loudspeaker(azimuth_deg: int) -> None:
    rng = np.random.default_rng(abs(azimuth_deg))
    azimuth = math.radians(azimuth_deg)
    loudspeaker = azimuth + 2.0
    field = SpatialFilter(RING)
    field.add_noise(spectra(hall(rng, 1.5, loudspeaker)))
    assert field.direction is None
    field.begin()
    talk = hall(rng, 0.6, loudspeaker) + plane_wave(rng.normal(0, 0.6, 9600), azimuth)
    for frames in np.split(spectra(talk)[:72], 18):
        field.add_speech(frames)
    assert off(field.direction, azimuth) < 5


def test_noise_alone_says_nothing() -> None:
    rng = np.random.default_rng(8)
    field = SpatialFilter(RING)
    field.add_noise(spectra(hall(rng, 1.5, 1.0)))
    field.begin()
    for frames in np.split(spectra(hall(rng, 1.0, 1.0))[:120], 30):
        field.add_speech(frames)
    assert field.direction is None


def score_towards(azimuth: float, contrast: float = 0.8) -> npt.NDArray[np.float64]:
    apart = np.abs(np.angle(np.exp(1j * (AZIMUTHS - azimuth))))
    return np.asarray(contrast * np.exp(-0.5 * (apart / 0.3) ** 2))


def test_a_walking_talker_is_followed() -> None:
    track = DirectionTrack()
    for step in range(125):  # 4 s at 40 degrees a second
        azimuth = math.radians(-80 + 40 * 0.032 * step)
        track.update(score_towards(azimuth))
        if step > 10:
            assert off(track.direction, azimuth) < 8


def test_a_word_from_elsewhere_does_not_draw_it_but_another_talker_does() -> None:
    track = DirectionTrack()
    for _ in range(30):
        track.update(score_towards(0.0))
    track.update(score_towards(2.0))
    assert off(track.direction, 0.0) < 5
    track.soften()
    for _ in range(8):
        track.update(score_towards(2.0))
    assert off(track.direction, 2.0) < 5, "a quarter of a second of another utterance is enough"


def test_faint_scores_do_not_drag_it() -> None:
    track = DirectionTrack()
    for _ in range(20):
        track.update(score_towards(1.0))
    for _ in range(100):
        track.update(score_towards(-2.0, contrast=0.2))
    assert off(track.direction, 1.0) < 10
    assert DirectionTrack().direction is None


def test_scores_stay_within_bounds_on_silence_and_with_few_microphones() -> None:
    search = DirectionSearch(RING)
    nothing: Matrices = np.zeros((BINS, 6, 6), np.complex64)
    eye: Matrices = np.broadcast_to(np.eye(6, dtype=np.complex64), (BINS, 6, 6))
    assert np.array_equal(search.score(nothing, eye, ALL), np.zeros(len(AZIMUTHS)))
    two = np.array([True, False, True, False, False, False])
    score = search.score(eye * 5, eye[:, :2, :2], two)
    assert np.all((score >= 0) & (score <= 1))
