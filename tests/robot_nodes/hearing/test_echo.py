"""The robot's own voice goes, a visitor's stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from robot_nodes.hearing.echo import EchoCanceller, Loudspeaker
from robot_nodes.hearing.sources import RATE
from robot_nodes.hearing.spectrum import STEP

Sound = npt.NDArray[np.float64]
SECONDS = 10
CHANNELS = 3


def speech_like(seed: int) -> Sound:
    """Noise with a voice's spectrum and syllables."""
    rng = np.random.default_rng(seed)
    noise = signal.lfilter([1], [1, -0.9], rng.normal(0, 0.05, SECONDS * RATE))
    syllables = np.clip(np.sin(2 * np.pi * 3 * np.arange(len(noise)) / RATE + seed), 0.05, 1)
    return np.asarray(noise * syllables)


def echo_of(far: Sound, delay: int) -> Sound:
    """Direct sound and a reverberant tail at each microphone; `delay` samples later (or earlier, if negative)."""
    rng = np.random.default_rng(9)
    tail = rng.normal(0, 0.1, (CHANNELS, 1600)) * np.exp(-np.arange(1600) / 300)
    tail[:, 0] = 1
    late = np.roll(far, delay)
    return np.stack([signal.fftconvolve(late, path)[: len(far)] for path in tail], axis=1)


def cancelled(canceller: EchoCanceller, near: Sound, far: Sound) -> Sound:
    whole = len(near) // STEP * STEP
    steps = [
        canceller.process(near[at : at + STEP].astype(np.float32), far[at : at + STEP].astype(np.float32))
        for at in range(0, whole, STEP)
    ]
    return np.concatenate(steps).astype(np.float64)


def level(sound: Sound) -> float:
    return 10 * float(np.log10(np.mean(sound**2) + 1e-15))


@pytest.mark.parametrize("delay_ms", [-90, -40, 0, 50, 100, 250])
def test_echo_is_cut_by_20_db_at_any_delay(delay_ms: int) -> None:
    far = speech_like(1)
    near = echo_of(far, delay_ms * RATE // 1000)
    canceller = EchoCanceller(CHANNELS)
    rest = cancelled(canceller, near, far)
    assert canceller.delay_s == pytest.approx(delay_ms / 1000, abs=0.003)
    last = slice(7 * RATE, 9 * RATE)
    assert level(near[last]) - level(rest[last]) > 20


def test_a_visitor_talking_over_the_robot_is_kept_and_his_direction_too() -> None:
    far, visitor = speech_like(1), speech_like(2)
    visitor[: 6 * RATE] = 0
    voices = np.stack([0.3 * np.roll(visitor, 3 * channel) for channel in range(CHANNELS)], axis=1)
    near = echo_of(far, 800) + voices
    rest = cancelled(EchoCanceller(CHANNELS), near, far)
    talk = slice(6 * RATE, 9 * RATE)
    assert level(voices[talk]) < level((near - voices)[talk]) - 6, "the robot is much louder"
    for channel in range(CHANNELS):
        gain = np.dot(rest[talk, channel], voices[talk, channel]) / np.sum(voices[talk, channel] ** 2)
        assert gain == pytest.approx(1.0, abs=0.1), "no channel's voice is weakened or shifted"
    assert level(rest[talk] - voices[talk]) < level(voices[talk]) - 6


def test_a_loudspeaker_that_bends_is_learned() -> None:
    far = 3 * speech_like(1)
    bent = np.clip(far, -0.2, 0.2) + 0.3 * (far - np.clip(far, -0.2, 0.2))
    near = echo_of(bent, 800) + np.random.default_rng(4).normal(0, 1e-4, (len(far), CHANNELS))
    last = slice(6 * RATE, 9 * RATE)
    assert level(near[last]) - level(cancelled(EchoCanceller(CHANNELS), near, far)[last]) > 20


def test_a_straight_loudspeaker_stays_straight() -> None:
    speaker = Loudspeaker(np.array([0]))
    rng = np.random.default_rng(6)
    path = np.zeros((1, 6, STEP + 1), np.complex64)
    path[:, 0] = 1
    for _ in range(60):
        far = rng.normal(0, 0.2, STEP).astype(np.float32)
        bent = speaker.bend(far)
        speaker.learn((0.9 * far - bent)[None], bent[None], path)
    assert np.allclose(speaker.bend(far), far, atol=0.02), "a change of volume is no bend"


def test_it_is_learning_until_it_knows_the_robot() -> None:
    far = speech_like(1)
    near = echo_of(far, 800)
    canceller = EchoCanceller(CHANNELS)
    assert not canceller.learning
    learning = []
    for at in range(0, 4 * RATE, STEP):
        canceller.process(near[at : at + STEP].astype(np.float32), far[at : at + STEP].astype(np.float32))
        learning.append(canceller.learning)
    assert learning[0]
    assert not any(learning[-RATE // STEP :])


def test_without_playback_sound_passes_unchanged() -> None:
    near = np.stack([speech_like(3)] * CHANNELS, axis=1)
    rest = cancelled(EchoCanceller(CHANNELS), near, np.zeros(len(near)))
    assert np.allclose(rest, near[: len(rest)], atol=1e-6)


def test_a_playback_that_is_not_heard_does_no_harm() -> None:
    near = np.stack([speech_like(3)] * CHANNELS, axis=1)
    rest = cancelled(EchoCanceller(CHANNELS), near, speech_like(1))
    assert abs(level(rest) - level(near)) < 1.0
