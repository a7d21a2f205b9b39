"""Far-field scenes: where sound comes from, how loud it is, and that a seed makes the same scene again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.acoustics import noises
from sim.acoustics.beds import KINDS, Place, bed, place
from sim.acoustics.geometry import SPEED_OF_SOUND, apart, ring, towards, wrapped
from sim.acoustics.halls import HALLS, RATE, Hall, Sound, impulse_responses, reverberation_time
from sim.acoustics.levels import gain_for_snr, power, span, voiced
from sim.acoustics.scenes import AFTER_S, Asked, render

pytest.importorskip("pyroomacoustics")

BARE = Hall("bare", (30.0, 30.0, 10.0), 0.05, 1.0)
"""Walls that take everything: only the direct path is left."""
CENTRE = np.array([15.0, 15.0, 1.2])
PLACE = Place(BARE, CENTRE, ring() + CENTRE)


def spoken(seconds: float = 1.0, seed: int = 0) -> Sound:
    """Noise as loud as speech, with silence round it."""
    sound = noises.white(np.random.default_rng(seed), round(seconds * RATE)) * np.float32(0.1)
    return np.pad(sound, RATE // 10)


def first_peaks(response: Sound) -> NDArray[np.int64]:
    return np.asarray(np.argmax(np.abs(response), axis=0))


@pytest.mark.parametrize("degrees", [0.0, 90.0, 180.0, -90.0, 37.0])
def test_the_microphone_facing_the_talker_hears_first(degrees: float) -> None:
    azimuth = math.radians(degrees)
    near = ring(radius=1.0) + CENTRE  # a wide ring, so that the delays are many samples
    (response,) = impulse_responses(BARE, near, [towards(CENTRE, azimuth, 5.0, 1.2)])
    heard = first_peaks(response)
    distances = np.linalg.norm(near - towards(CENTRE, azimuth, 5.0, 1.2), axis=1)
    assert np.abs(heard - distances / SPEED_OF_SOUND * RATE).max() <= 1.0
    facing = 360.0 / 6 * int(np.argmin(heard))
    assert apart(facing, degrees) <= 30.0


def test_directions_turn_counter_clockwise_from_forward() -> None:
    assert ring()[0] == pytest.approx([0.046, 0.0, 0.0])
    assert ring()[1][1] > 0.0
    assert towards(CENTRE, math.pi / 2, 2.0, 1.6) == pytest.approx([15.0, 17.0, 1.6])
    assert wrapped(180.0) == 180.0
    assert wrapped(-180.0) == 180.0
    assert wrapped(270.0) == -90.0
    assert apart(170.0, -170.0) == pytest.approx(20.0)


@pytest.mark.parametrize("hall", HALLS.values(), ids=lambda hall: hall.name)
def test_halls_reverberate_as_long_as_they_say(hall: Hall) -> None:
    rng = np.random.default_rng(5)
    where = place(hall, rng)
    sources = [towards(where.centre, rng.uniform(-3, 3), distance, 1.6) for distance in (3.0, 5.0, 7.0)]
    times = [reverberation_time(r[:, 0]) for r in impulse_responses(hall, where.microphones[:1], sources)]
    assert np.mean(times) == pytest.approx(hall.rt60, rel=0.25)


@pytest.mark.parametrize("snr_db", [20.0, 5.0, 0.0])
def test_a_scene_has_the_ratio_asked_for(snr_db: float) -> None:
    dry = spoken()
    hiss = noises.pink(np.random.default_rng(1), 4 * RATE)
    noise = np.repeat(hiss[:, None], 6, axis=1)
    asked = Asked(azimuth=0.3, distance=3.0, snr_db=snr_db)
    loud = render(asked, PLACE, dry, noise, None, np.random.default_rng(7))
    alone = render(Asked(0.3, 3.0, None), PLACE, dry, noise, None, np.random.default_rng(7))
    begin, end = round(loud.start_s * RATE), round(loud.end_s * RATE)
    speech = alone.samples[begin:end, 0]
    rest = loud.samples[begin:end, 0] - speech
    assert 10 * math.log10(power(speech) / power(rest)) == pytest.approx(snr_db, abs=0.4)


def test_noise_is_set_against_the_voiced_parts_only() -> None:
    speech = np.concatenate([np.full(RATE, 0.2, np.float32), np.zeros(3 * RATE, np.float32)])
    noise = np.full(4 * RATE, 0.1, np.float32)
    gain = gain_for_snr(speech, noise, voiced(speech), 6.0)
    assert 20 * math.log10(0.2 / (0.1 * gain)) == pytest.approx(6.0)


def test_the_truth_says_when_speech_begins_and_ends() -> None:
    dry = spoken(1.0)
    scene = render(Asked(0.0, 7.0, None), PLACE, dry, None, None, np.random.default_rng(3))
    assert scene.end_s - scene.start_s == pytest.approx(1.0, abs=0.05)
    assert len(scene.samples) / RATE - scene.end_s == pytest.approx(AFTER_S + 0.1, abs=0.03)
    heard = np.abs(scene.samples[:, 0])
    quiet = heard[: round((scene.start_s - 0.03) * RATE)]
    assert power(quiet) < 1e-3 * power(heard[round(scene.start_s * RATE) : round(scene.end_s * RATE)])


def test_the_same_seed_makes_the_same_scene_and_another_does_not() -> None:
    asked = Asked(1.0, 5.0, 10.0, moving=True, gain_error_db=3.0, position_error=0.003, own_voice_db=5.0)
    noise = np.repeat(noises.pink(np.random.default_rng(1), RATE)[:, None], 6, axis=1)
    once, again, other = (
        render(asked, PLACE, spoken(), noise, spoken(2.0, 9), np.random.default_rng(seed)) for seed in (4, 4, 5)
    )
    assert np.array_equal(once.samples, again.samples)
    assert once.samples.shape[1] == 6
    assert not np.array_equal(once.samples[: len(other.samples)], other.samples[: len(once.samples)])
    assert once.playback is not None
    assert len(once.playback) == len(once.samples)


def test_the_echo_follows_the_playback_reference() -> None:
    own = spoken(2.0, 9)
    asked = Asked(1.0, 5.0, None, own_voice_db=20.0)
    scene = render(asked, PLACE, spoken(), None, own, np.random.default_rng(4))
    assert scene.playback is not None
    late = [float(np.dot(scene.samples[k:, 0], scene.playback[: len(scene.samples) - k])) for k in range(0, 1200)]
    assert 0.01 <= int(np.argmax(np.abs(late))) / RATE <= 0.065


def test_a_walking_talker_passes_the_direction_in_the_middle_of_speech() -> None:
    wide = Place(BARE, CENTRE, ring(radius=1.0) + CENTRE)
    scene = render(Asked(0.0, 3.0, None, moving=True), wide, spoken(4.0), None, None, np.random.default_rng(2))
    assert scene.azimuth_deg == pytest.approx(0.0)
    begin, end = round(scene.start_s * RATE), round(scene.end_s * RATE)
    left, right = 1, 5  # microphones at +60 and -60 degrees
    early = _lag(scene.samples[begin : begin + RATE // 2], left, right)
    late = _lag(scene.samples[end - RATE // 2 : end], left, right)
    assert early * late < 0
    assert abs(early - late) > 10


def _lag(sound: Sound, first: int, second: int) -> int:
    """How many samples later `second` hears it than `first`."""
    shared = np.correlate(sound[:, second], sound[:, first], "full")
    return int(np.argmax(shared)) - (len(sound) - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_bed_has_unit_power_and_is_not_the_same_at_all_microphones(kind: str) -> None:
    talk = [spoken(0.5, seed) for seed in range(4)]
    where = place(HALLS["dry"], np.random.default_rng(1))
    sound = bed(kind, where, talk, 1.5, np.random.default_rng(2))
    assert power(sound[:, 0]) == pytest.approx(1.0, rel=0.01)
    assert sound.shape == (round(1.5 * RATE), 6)
    assert not np.allclose(sound[:, 0], sound[:, 3])


@pytest.mark.parametrize("name", noises.SOUNDS)
def test_every_sound_is_finite_and_of_unit_power(name: str) -> None:
    sound = noises.SOUNDS[name](np.random.default_rng(3), 2 * RATE)
    assert sound.shape == (2 * RATE,)
    assert np.isfinite(sound).all()
    assert power(sound) == pytest.approx(0.0 if name == "silence" else 1.0, abs=0.01)


def test_pink_noise_falls_by_three_decibels_an_octave() -> None:
    spectrum = np.abs(np.fft.rfft(noises.pink(np.random.default_rng(0), 8 * RATE))) ** 2
    hertz = np.fft.rfftfreq(8 * RATE, 1 / RATE)
    low, high = (spectrum[(hertz > f) & (hertz < 1.2 * f)].mean() for f in (500, 2000))
    assert 10 * math.log10(low / high) == pytest.approx(6.0, abs=0.5)


def test_voiced_parts_leave_out_pauses() -> None:
    dry = np.concatenate([spoken(0.4), np.zeros(RATE, np.float32), spoken(0.4)])
    mask = voiced(dry)
    assert np.count_nonzero(mask) / RATE == pytest.approx(0.8, abs=0.05)
    begin, end = span(mask)
    assert (end - begin) / RATE == pytest.approx(2.0, abs=0.05)
    assert span(voiced(np.zeros(0, np.float32))) == (0, 0)
