"""Whether somebody speaks, by a detector's word and by loudness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.hearing.evidence import Hall, Onset, beam_rise_db, loudness_db, voice_in_beam
from robot_nodes.hearing.spectrum import BINS, Spectra

PROBABILITIES = st.floats(0.0, 1.0)


def sound(level_db: float, rng: np.random.Generator) -> Spectra:
    parts = rng.normal(size=(2, 4, BINS, 2)) * 10 ** (level_db / 20) / np.sqrt(2)
    return np.asarray(parts[0] + 1j * parts[1], np.complex64)


def run(
    onset: Onset, steps: int, voice: float, level_db: float, *, talking: bool = False, own_words: bool = False
) -> list[bool]:
    rng = np.random.default_rng(0)
    told = []
    for _ in range(steps):
        onset.weigh(voice, sound(level_db, rng), talking=talking, own_words=own_words)
        told.append(onset.noticed(own_words=own_words))
    return told


def test_a_voice_the_detector_doubts_is_noticed_when_it_stands_out_of_the_hall() -> None:
    onset = Onset()
    assert not any(run(onset, 60, 0.35, -40.0)), "babble, as loud as ever"
    told = run(onset, 12, 0.35, -33.0)
    assert told.index(True) < 6, "within 0.2 s"


def test_a_voice_that_stands_out_little_is_noticed_when_it_goes_on() -> None:
    onset = Onset()
    run(onset, 60, 0.05, -40.0)
    told = run(onset, 20, 0.4, -37.5)
    assert 6 < told.index(True) < 16


def test_a_slammed_door_is_no_voice() -> None:
    onset = Onset()
    run(onset, 60, 0.02, -40.0)
    assert not any(run(onset, 10, 0.02, -5.0))


def test_a_plain_voice_is_noticed_at_once_when_nothing_is_known_of_the_hall() -> None:
    assert run(Onset(), 5, 0.95, -30.0).index(True) == 2


def test_what_is_left_of_the_robots_own_voice_needs_more_than_loudness() -> None:
    onset = Onset()
    run(onset, 60, 0.05, -40.0)
    assert not any(run(onset, 20, 0.6, -25.0, own_words=True))
    assert run(onset, 20, 0.95, -25.0, own_words=True)[-1]


def test_a_hall_that_becomes_louder_is_the_hall_soon() -> None:
    hall = Hall()

    def last(steps: int, level_db: float) -> float:
        for _ in range(steps):
            rise_db = hall.rise_db(level_db)
            hall.learn(voiced=False)
        return rise_db

    assert last(100, -40.0) == pytest.approx(0.0, abs=1e-6)
    assert last(4, -34.0) == pytest.approx(6.0, abs=0.01)
    assert last(320, -34.0) < 1.0


def test_who_speaks_is_not_learned_as_the_hall() -> None:
    hall = Hall()
    for voiced, level_db in [(False, -40.0)] * 60 + [(True, -25.0)] * 15:
        hall.rise_db(level_db)
        hall.learn(voiced=voiced)
    hall.begin()
    for _ in range(40):
        rise_db = hall.rise_db(-40.0)
        hall.learn(voiced=False)
    assert rise_db == pytest.approx(0.0, abs=0.01)


def test_noise_behind_a_beam_is_as_loud_as_expected_and_a_talker_louder() -> None:
    rng = np.random.default_rng(1)
    weights = np.full((BINS, 2), 0.5, np.complex64)
    noise = np.broadcast_to(np.eye(2, dtype=np.complex64), (BINS, 2, 2))
    beam = np.concatenate([np.einsum("fn,tfn->tf", weights, sound(0.0, rng)) for _ in range(20)])
    assert beam_rise_db(beam, weights, noise) == pytest.approx(0.0, abs=0.3)
    assert beam_rise_db(beam * 3, weights, noise) == pytest.approx(9.5, abs=0.3)


def test_loudness_is_that_of_the_band_of_voices() -> None:
    frames = np.zeros((4, BINS, 2), np.complex64)
    frames[:, :6] = 100.0  # rumble
    assert loudness_db(frames) < -100
    frames[:, 6:] = 10.0
    assert loudness_db(frames) == pytest.approx(20.0, abs=0.5)


@given(beam=PROBABILITIES, before=PROBABILITIES, rise_db=st.floats(-120.0, 120.0))
def test_every_hint_counts_for_the_beam(beam: float, before: float, rise_db: float) -> None:
    here = voice_in_beam(beam, before, rise_db)
    assert 0.0 < here < 1.0
    assert voice_in_beam(1.0, before, rise_db) >= here
    assert voice_in_beam(beam, 1.0, rise_db) >= here
    assert voice_in_beam(beam, before, 20.0) >= here


@settings(deadline=None)
@given(st.lists(st.tuples(PROBABILITIES, st.floats(-120.0, 40.0)), max_size=15))
def test_any_stream_gives_probabilities(steps: list[tuple[float, float]]) -> None:
    onset = Onset()
    for voice, level_db in steps:
        frames = np.full((4, BINS, 1), 10 ** (level_db / 20), np.complex64)
        assert 0.0 < onset.weigh(voice, frames, talking=False, own_words=False) < 1.0
