"""Silero on speech, silence and noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.sources import read_recording
from robot_nodes.hearing.voice import FRAME, SileroVoice


def speech_of(path: Path) -> npt.NDArray[np.float32]:
    return np.asarray(read_recording(path).samples / 32768.0, np.float32)


def probabilities(voice: SileroVoice, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return np.array([voice.probability(frame) for frame in frames])


def test_speech_is_a_voice_and_noise_is_not(recordings: Path) -> None:
    speech = speech_of(recordings / "jm_kumo" / "02.flac")
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 0.02, 32_000).astype(np.float32)
    voice = SileroVoice()
    assert np.percentile(probabilities(voice, speech), 60) > 0.9
    voice.reset()
    assert probabilities(voice, noise).max() < 0.5
    assert probabilities(voice, np.zeros(16_000, np.float32)).max() < 0.3


def test_reset_forgets_the_stream(recordings: Path) -> None:
    speech = speech_of(recordings / "jf_alpha" / "01.flac")
    voice = SileroVoice()
    first = probabilities(voice, speech[:16_000])
    voice.reset()
    assert np.array_equal(first, probabilities(voice, speech[:16_000]))


def test_two_streams_do_not_disturb_each_other(recordings: Path) -> None:
    speech = speech_of(recordings / "jf_alpha" / "01.flac")[: FRAME * 40]
    alone = probabilities(SileroVoice(), speech)
    one, other = SileroVoice(), SileroVoice()
    together = []
    for frame in speech.reshape(-1, FRAME):
        together.append(one.probability(frame))
        other.probability(frame * 0.1)
    assert np.array_equal(alone, np.array(together))
