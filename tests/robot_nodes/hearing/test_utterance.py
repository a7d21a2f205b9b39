"""What is known of the utterance under way."""

from __future__ import annotations

import numpy as np
import pytest

from robot_nodes.hearing.spectrum import BINS
from robot_nodes.hearing.utterance import CLEAR, VOICE, Step, Utterance, plainest


def step(voice: float, power: float = 1.0, *, own: bool = False) -> Step:
    return Step(np.zeros((4, BINS, 2), np.complex64), voice, power, own, None)


def test_an_utterance_is_settled_after_some_voice_or_when_it_was_short() -> None:
    long, short = Utterance(), Utterance()
    for _ in range(9):
        long.add(step(0.9))
        assert not long.settled
    long.add(step(0.9))
    assert long.settled
    for voice in (0.9, 0.9, 0.1, 0.1, 0.1):
        short.add(step(voice))
        assert not short.settled
    short.add(step(0.1))
    assert short.settled


def test_it_is_over_after_0_8_s_without_a_voice() -> None:
    utterance = Utterance()
    for voice in [0.9] * 20 + [0.1] * 25:
        utterance.add(step(voice))
        assert not utterance.over
    utterance.add(step(0.1))
    assert utterance.over


def test_what_the_beam_does_not_hear_is_taken_back_and_was_noise() -> None:
    utterance = Utterance()
    babble = [step(0.4) for _ in range(40)]
    for one in babble:
        utterance.add(one)
        utterance.passed_on(one, 0.05, [0.05] * 3)
    for _ in range(24):
        utterance.waited()
    assert not utterance.over
    utterance.waited()
    assert utterance.over
    assert utterance.noise() == babble


def test_what_sounds_like_speech_is_no_noise_though_the_beam_misses_it() -> None:
    utterance = Utterance()
    utterance.passed_on(step(VOICE), 0.05, [0.05])
    utterance.passed_on(step(0.1, own=True), 0.05, [0.05])
    assert utterance.noise() == []


def test_after_the_last_word_and_its_echo_all_is_noise() -> None:
    utterance = Utterance()
    for _ in range(20):
        utterance.passed_on(step(0.9), 0.9, [0.9] * 3)
    rest = [step(0.1) for _ in range(26)]
    for one in rest:
        utterance.passed_on(one, 0.1, [0.1] * 3)
        utterance.waited()
    assert utterance.noise() == rest[8:]


def test_a_pause_within_an_utterance_is_not_learned_as_noise() -> None:
    utterance = Utterance()
    for voice in [0.9] * 5 + [0.1] * 20 + [0.9]:
        utterance.passed_on(step(voice), voice, [voice] * 3)
    assert utterance.noise() == []


def test_the_power_is_that_of_the_voice_not_of_the_pauses_and_at_least_a_share_of_the_peak() -> None:
    utterance = Utterance()
    for voice, power in [(0.9, 2.0)] * 10 + [(0.1, 0.1)] * 20:
        utterance.add(step(voice, power))
    assert utterance.signal_power(0.5) == pytest.approx(1.0, abs=0.5)
    assert utterance.signal_power(100.0) > 0.0


def test_the_clearest_steps_tell_the_direction() -> None:
    clear, doubtful, noise, own = step(CLEAR), step(0.4), step(0.1), step(0.9, own=True)
    assert len(plainest([clear] * 4 + [doubtful] * 4 + [noise, own])) == 4
    assert len(plainest([clear] * 3 + [step(VOICE)] + [doubtful] * 4)) == 4
    assert len(plainest([clear] + [doubtful] * 2 + [noise])) == 3
    assert plainest([noise, own]) == []
