"""Suppressors keep the stream whole, and take noise but not speech out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.sources import read_recording
from robot_nodes.hearing.spatial import SpatialFilter
from robot_nodes.hearing.spectrum import STEP, Analysis, Synthesis
from robot_nodes.hearing.suppress import DELAY, MASK, SUPPRESSORS, BehindBeam, make_suppressor

Sound = npt.NDArray[np.float32]


@pytest.mark.parametrize("name", sorted(SUPPRESSORS))
@pytest.mark.parametrize("size", [512, 32, 1600])
def test_as_many_samples_come_out_as_went_in(name: str, size: int) -> None:
    suppressor = make_suppressor(name)
    for _ in range(7):
        assert suppressor.process(np.zeros(size, np.float32)).shape == (size,)


def test_none_only_delays() -> None:
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 0.1, 512 * 6).astype(np.float32)
    suppressor = make_suppressor("none")
    out = np.concatenate([suppressor.process(step) for step in sound.reshape(-1, 512)])
    assert np.array_equal(out[DELAY:], sound[:-DELAY])


@pytest.mark.parametrize(("name", "least_db"), [("webrtc", 15.0), ("webrtc-mild", 10.0), (MASK, 15.0)])
def test_noise_goes_and_speech_stays(recordings: Path, name: str, least_db: float) -> None:
    speech = read_recording(recordings / "jf_alpha" / "02.flac").samples.astype(np.float32) / 32768
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.003, 32_000 + len(speech) // 512 * 512).astype(np.float32)
    sound = noise.copy()
    sound[32_000:] += speech[: len(sound) - 32_000]
    suppressor = make_suppressor(name)
    out = suppressor.process(sound[: len(sound) // 32 * 32])
    before, after = slice(16_000, 32_000), slice(32_000, len(out))
    assert 20 * np.log10(np.std(noise[before]) / np.std(out[before])) > least_db
    assert abs(20 * np.log10(np.std(out[after]) / np.std(sound[after]))) < 3


def test_full_scale_does_not_wrap_around() -> None:
    loud = (1.5 * np.sin(np.arange(8000) * 0.3)).astype(np.float32)
    out = make_suppressor("webrtc").process(loud)
    assert np.abs(out).max() <= 1.0


def test_an_unknown_one_is_told_with_those_there_are() -> None:
    with pytest.raises(HearingError, match="'krisp' is not known; choose one of none, webrtc"):
        make_suppressor("krisp")


def _behind(name: str, *, known: bool) -> tuple[Sound, Sound]:
    """A beam's sound, and what is left of it behind the suppressor of this name."""
    rng = np.random.default_rng(6)
    sound = rng.normal(0, 0.01, (40 * STEP, 6)).astype(np.float32)
    analysis, synthesis, spatial = Analysis(6), Synthesis(), SpatialFilter(load_array(None, 6), find_direction=False)
    behind = BehindBeam(name, beams=True)
    through, done = [], []
    for number, step in enumerate(sound.reshape(-1, STEP, 6)):
        frames = analysis.process(step)
        if known and number < 20:
            spatial.add_noise(frames)
            spatial.steer()
        made = spatial.beam(frames)
        through.append(synthesis.process(made))
        done.append(behind.process(through[-1], made, frames, spatial))
    return np.concatenate(through), np.concatenate(done)


def test_a_mask_behind_a_beam_takes_noise_out_of_it() -> None:
    through, done = _behind(MASK, known=True)
    assert done.shape == through.shape
    assert 20 * np.log10(np.std(through[25 * STEP :]) / np.std(done[25 * STEP :])) > 8


def test_where_the_noise_is_not_known_it_is_webrtcs() -> None:
    assert np.array_equal(_behind(MASK, known=False)[1], _behind("webrtc", known=False)[1])


def test_none_behind_a_beam_only_delays() -> None:
    through, done = _behind("none", known=True)
    assert np.array_equal(done[DELAY:], through[:-DELAY])
