from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.speaking.loudness import Limiter, Loudness, LoudnessCurve
from robot_nodes.speaking.sound import BLOCK, LEVEL_DBFS, RATE, levelled, resampled, rms_dbfs, trimmed

CURVE = LoudnessCurve()


def test_the_curve_rises_half_a_decibel_for_one_of_noise_between_its_bounds() -> None:
    assert CURVE.gain_db(-80.0) == 0.0
    assert CURVE.gain_db(-45.0) - CURVE.gain_db(-47.0) == pytest.approx(1.0)
    assert CURVE.gain_db(0.0) == CURVE.highest_db
    assert CURVE.gain_db(math.nan) == 0.0


def test_noise_is_followed_up_quickly_and_down_slowly() -> None:
    loudness = Loudness()
    loudness.hear(-55.0, 0.0, False)
    loudness.hear(-35.0, 1.0, False)
    risen = loudness.gain_db
    assert 4.0 < risen < 10.0
    loudness.hear(-55.0, 2.0, False)
    assert risen - loudness.gain_db < 2.0
    for second in range(3, 40):
        loudness.hear(-55.0, float(second), False)
    assert loudness.gain_db == pytest.approx(0.0, abs=0.1)


def test_the_robot_does_not_shout_at_its_own_voice() -> None:
    loudness = Loudness()
    loudness.hear(-50.0, 0.0, False)
    for second in range(1, 10):
        loudness.hear(-10.0, float(second), True)
        loudness.hear(math.nan, float(second), False)
    assert loudness.noise_dbfs == -50.0


def test_louder_and_quieter_have_limits() -> None:
    loudness = Loudness()
    for _ in range(9):
        loudness.louder()
    assert loudness.gain_db == CURVE.furthest_db
    for _ in range(9):
        loudness.quieter()
    assert loudness.gain_db == -CURVE.furthest_db


@given(
    st.lists(st.tuples(st.floats(0, 1.5), st.floats(-40, 40)), min_size=2, max_size=30),
    st.integers(0, 2**31),
)
def test_nothing_leaves_the_limiter_clipped(levels: list[tuple[float, float]], seed: int) -> None:
    noise = np.random.default_rng(seed)
    blocks = [(level * noise.uniform(-1, 1, BLOCK)).astype(np.float32) for level, _ in levels]
    limiter = Limiter()
    limiter.begin(levels[0][1], blocks[0])
    for number, (_, gain_db) in enumerate(levels):
        following = blocks[number + 1] if number + 1 < len(blocks) else blocks[0][:0]
        gain_before = limiter._gain
        out = limiter.apply(blocks[number], following, gain_db)
        ceiling = 10 ** (-1 / 20)
        assert float(np.abs(out).max()) <= ceiling + 1e-6
        # it was the gain that kept it there, not the clipping of peaks
        ramp = np.linspace(gain_before, limiter._gain, BLOCK)
        assert float(np.abs(blocks[number] * ramp).max()) <= ceiling * 1.001


def test_speech_below_the_ceiling_passes_unchanged() -> None:
    sine = (0.1 * np.sin(np.arange(10 * BLOCK) / 9)).astype(np.float32)
    blocks = sine.reshape(-1, BLOCK)
    limiter = Limiter()
    limiter.begin(0.0, blocks[0])
    out = [limiter.apply(block, block, 0.0) for block in blocks]
    assert np.allclose(np.concatenate(out), sine, atol=1e-6)


def test_every_voice_is_brought_to_one_level_and_rate() -> None:
    tone = (0.7 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050)).astype(np.float32)
    quiet = np.concatenate((np.zeros(5_000, np.float32), 0.01 * tone, np.zeros(9_000, np.float32)))
    sound = levelled(trimmed(resampled(quiet, 22_050)))
    assert rms_dbfs(sound) == pytest.approx(LEVEL_DBFS, abs=0.1)
    assert len(sound) == pytest.approx(RATE * 1.06, abs=RATE * 0.01)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) * RATE / len(sound) == pytest.approx(440, abs=2)


def test_silence_stays_silence() -> None:
    nothing = np.zeros(1000, np.float32)
    assert len(trimmed(nothing)) == 0
    assert not levelled(nothing).any()
    assert len(resampled(nothing[:0], 24_000)) == 0
