"""Beams keep what they look at and lose the rest; also when little is known."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing import beamform
from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.covariance import diffuse_coherence, products
from robot_nodes.hearing.doa import steering
from robot_nodes.hearing.postfilter import PostFilter
from robot_nodes.hearing.spatial import SpatialFilter, Tuning
from robot_nodes.hearing.spectrum import BINS, HOP, STEP, WINDOW, Analysis, Spectra, Synthesis

RING = load_array(None, 6)
ALL = np.ones(6, bool)
VOICE = slice(10, 200)
"""Bins of 300 to 6,200 Hz."""


def towards(azimuth: float) -> npt.NDArray[np.complex64]:
    return steering(RING, np.array([azimuth]))[:, 0]


def noise_frames(azimuth: float, seed: int, count: int = 200) -> Spectra:
    """A source at `azimuth`, and 15 dB weaker noise of each channel's own."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(count, BINS, 1)) + 1j * rng.normal(size=(count, BINS, 1))
    own = rng.normal(size=(count, BINS, 6)) + 1j * rng.normal(size=(count, BINS, 6))
    return (source * towards(azimuth)[None] + 0.18 * own).astype(np.complex64)


def power(beam: Spectra) -> float:
    return float(np.mean(np.abs(beam[:, VOICE]) ** 2))


def test_analysis_and_synthesis_give_the_sound_back_later() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, (STEP * 8, 1)).astype(np.float32)
    analysis, synthesis = Analysis(1), Synthesis()
    out = np.concatenate(
        [synthesis.process(analysis.process(sound[at : at + STEP])[:, :, 0]) for at in range(0, len(sound), STEP)]
    )
    assert Synthesis.delay == WINDOW - HOP
    assert np.allclose(out[Synthesis.delay :], sound[: -Synthesis.delay, 0], atol=1e-5)


@pytest.mark.parametrize("azimuth_deg", [0, 75, -140])
def test_what_is_looked_at_passes_unchanged(azimuth_deg: int) -> None:
    look = towards(math.radians(azimuth_deg))
    inverse = beamform.NoiseModel(RING).prepared(products(noise_frames(2.0, 1)) / 200, 200, ALL)[1]
    for weights in (beamform.mvdr(inverse, look), beamform.delay_and_sum(look)):
        assert np.allclose(np.einsum("fi,fi->f", weights.conj(), look), 1, atol=1e-3)


def test_mvdr_takes_out_a_loudspeaker_better_than_delay_and_sum() -> None:
    look = towards(0.0)
    learned, later = noise_frames(math.radians(70), 1), noise_frames(math.radians(70), 2)
    inverse = beamform.NoiseModel(RING).prepared(products(learned) / len(learned), len(learned), ALL)[1]
    one = power(later[:, :, 0])
    summed = power(beamform.apply(beamform.delay_and_sum(look), later))
    least = power(beamform.apply(beamform.mvdr(inverse, look), later))
    assert 10 * math.log10(one / summed) > 2
    assert 10 * math.log10(one / least) > 10


def test_without_noise_heard_the_model_is_a_diffuse_field_and_finite() -> None:
    noise, inverse = beamform.NoiseModel(RING).prepared(np.zeros((BINS, 6, 6), np.complex64), 0.0, ALL)
    assert np.isfinite(inverse).all()
    scaled = noise[50] / noise[50, 0, 0]
    assert np.allclose(scaled, diffuse_coherence(RING)[50] / 1.003, atol=0.01)


def test_the_filter_falls_back_step_by_step() -> None:
    field = SpatialFilter(RING)
    assert field.kind == "delay_and_sum"
    field.add_noise(noise_frames(1.0, 3, 20))
    field.steer()
    assert field.kind == "mvdr"
    alive = np.array([False, False, True, False, True, False])
    field.use(alive)
    assert field.kind == "mvdr"
    assert np.all(field.weights[:, ~alive] == 0)
    field.use(np.array([False, False, True, False, False, False]))
    assert field.kind == "microphone"
    frames = noise_frames(1.0, 4, 4)
    assert np.array_equal(field.beam(frames), frames[:, :, 2])
    field.use(ALL)
    assert field.kind == "mvdr"


@pytest.mark.parametrize("loudness", [0.1, 1.0, 10.0])
def test_what_does_not_come_from_the_beams_direction_is_noise_however_loud(loudness: float) -> None:
    everywhere = np.concatenate([noise_frames(azimuth, 1, 40) for azimuth in np.linspace(-3, 3, 12)])
    inverse = beamform.NoiseModel(RING).prepared(products(everywhere) / 480, 480, ALL)[1]
    look = towards(0.5)
    weights, left = beamform.mvdr(inverse, look), beamform.noise_left(inverse, look)

    def share(azimuth: float) -> float:
        frames = (noise_frames(azimuth, 2, 40) * loudness).astype(np.complex64)
        shares = beamform.noise_shares(frames, beamform.apply(weights, frames), inverse, left)
        assert shares.shape == (40, BINS)
        assert shares.min() >= 0
        assert shares.max() <= 1
        return float(shares[:, VOICE].mean())

    assert share(0.5) < 0.3
    assert share(2.5) > 0.7


def test_noise_that_begins_while_somebody_speaks_is_learned_and_the_talker_is_kept() -> None:
    talker, late = noise_frames(0.0, 3, 160), noise_frames(2.0, 4, 160)
    left: dict[float, float] = {}
    for follow in (0.0, 60.0):
        spatial = SpatialFilter(RING, find_direction=False, tuning=Tuning(follow_frames=follow))
        spatial.add_noise(noise_frames(-2.0, 5))
        spatial.begin()
        spatial.steer()
        for at in range(0, 160, 4):
            spatial.follow(talker[at : at + 4] * (at % 16 < 8) + late[at : at + 4])
        left[follow] = power(spatial.beam(late)) / power(late[:, :, :1])
        assert power(spatial.beam(talker)) == pytest.approx(power(talker[:, :, :1]), rel=0.1)
    assert left[60.0] < 0.5 * left[0.0]


def test_what_was_followed_can_be_forgotten() -> None:
    spatial = SpatialFilter(RING, find_direction=False, tuning=Tuning(follow_frames=60.0))
    spatial.add_noise(noise_frames(-2.0, 5))
    spatial.begin()
    spatial.steer()
    before = spatial.weights.copy()
    for at in range(0, 160, 4):
        spatial.follow(noise_frames(2.0, at, 4))
    assert not np.allclose(before, spatial.weights)
    spatial.forget_followed()
    assert np.allclose(before, spatial.weights)


def test_silence_is_followed_without_complaint() -> None:
    spatial = SpatialFilter(RING, find_direction=False, tuning=Tuning(follow_frames=60.0))
    spatial.add_noise(np.zeros((40, BINS, 6), np.complex64))
    spatial.begin()
    spatial.steer()
    for _ in range(8):
        spatial.follow(np.zeros((4, BINS, 6), np.complex64))
    spatial.follow(noise_frames(0.0, 1, 4))
    assert np.isfinite(spatial.weights).all()


def test_gain_errors_are_made_good() -> None:
    gains = np.array([1.0, 1.5, 0.7, 1.2, 0.8, 1.0])
    field = SpatialFilter(RING, find_direction=False)
    everywhere = sum(noise_frames(azimuth, index, 100) for index, azimuth in enumerate(np.linspace(0, 6, 12)))
    field.add_noise((everywhere * gains).astype(np.complex64))
    field.steer()
    talker = (towards(0.0) * gains)[None].astype(np.complex64)
    passed = np.abs(field.beam(talker))[0, VOICE]
    assert np.median(np.abs(20 * np.log10(passed))) < 1.0


def test_a_talkers_transfer_is_found_from_covariances() -> None:
    rng = np.random.default_rng(6)
    true = towards(0.5) * (1 + 0.3 * (rng.normal(size=(BINS, 6)) + 1j * rng.normal(size=(BINS, 6))))
    noise, inverse = beamform.NoiseModel(RING).prepared(products(noise_frames(3.0, 1)) / 200, 200, ALL)
    speech = noise + 20 * np.einsum("fi,fj->fij", true, true.conj()).astype(np.complex64)

    def likeness(found: npt.NDArray[np.complex64]) -> float:
        cosine = np.abs(np.einsum("fi,fi->f", found.conj(), true))
        return float(np.mean((cosine / np.linalg.norm(found, axis=1) / np.linalg.norm(true, axis=1))[VOICE]))

    found = beamform.relative_transfer(speech, inverse, noise, towards(0.5), pull=0.0, turns=8)
    assert likeness(found) > 0.99 > likeness(towards(0.5))
    assert likeness(beamform.relative_transfer(speech, inverse, noise, towards(0.5), pull=100.0)) < likeness(found)


def test_the_post_filter_cuts_what_is_noise_and_keeps_what_is_not() -> None:
    look = towards(0.0)
    learned = noise_frames(1.2, 1)
    inverse = beamform.NoiseModel(RING).prepared(products(learned) / len(learned), len(learned), ALL)[1]
    weights, left = beamform.mvdr(inverse, look), beamform.noise_left(inverse, look)
    rng = np.random.default_rng(7)
    talk = 3 * (rng.normal(size=(60, BINS, 1)) + 1j * rng.normal(size=(60, BINS, 1))) * look[None]
    for frames, low, high in ((2 * noise_frames(1.2, 2, 60), 0.0, 0.6), (talk.astype(np.complex64), 0.9, 1.0)):
        beam = beamform.apply(weights, frames)
        gains = PostFilter(-12.0).gains(frames, beam, inverse, left)[20:, VOICE]
        assert low <= np.median(gains) <= high
        assert gains.min() >= 10 ** (-12 / 20) - 1e-6


def test_the_filter_with_transfer_and_post_filter_runs() -> None:
    field = SpatialFilter(RING, tuning=Tuning(pull=1.0, post_floor_db=-10.0))
    field.add_noise(noise_frames(1.2, 1))
    field.begin()
    talk = (5 * noise_frames(0.0, 2, 40)).astype(np.complex64)
    for frames in np.split(talk, 10):
        field.add_speech(frames)
    field.steer()
    beam = field.beam(talk[:4])
    assert np.isfinite(beam).all()
    assert 0.3 < power(beam) / power(talk[:4, :, 0]) < 1.5
