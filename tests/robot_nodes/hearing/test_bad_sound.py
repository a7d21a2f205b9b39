"""Sound as it should not be, through the real front end: silence, clipping, DC, dead and swapped channels, noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.assembly import FRAME_S
from robot_nodes.hearing.ears import Ears, Speech
from robot_nodes.hearing.endpoint import Endpointer, EndpointSettings
from robot_nodes.hearing.frontend import FrontEnd
from robot_nodes.hearing.polyglot import Polyglot
from robot_nodes.hearing.sources import RATE, as_frames, read_recording

Sound = npt.NDArray[np.float32]
SPEED_OF_SOUND = 343.0


class Witness:
    """An ear that keeps what it is given, so that a test can look at it; understands nothing."""

    language = "ko"
    complete = False
    verdict = None

    def __init__(self) -> None:
        self.utterances: list[list[npt.NDArray[np.int16]]] = []

    def recogniser(self, rate: int) -> Any:
        self.utterances.append([])
        return self

    def accept(self, samples: npt.NDArray[np.int16]) -> list[Any]:
        self.utterances[-1].append(samples)
        return []

    def finish(self) -> None:
        return None


@pytest.fixture(scope="module")
def speech(recordings: Path) -> Sound:
    """A second of quiet, "안녕하세요", a second of quiet; shape (n,), peak 0.3."""
    sound = as_frames(read_recording(recordings / "jf_alpha" / "02.flac").samples)
    quiet = np.zeros(RATE, np.float32)
    whole = np.concatenate([quiet, 0.3 * sound / np.abs(sound).max(), quiet])
    return whole + np.random.default_rng(1).normal(0, 1e-4, len(whole)).astype(np.float32)


def at_ring(sound: Sound, azimuth: float) -> Sound:
    """A far talker at `azimuth` (rad) as the six microphones of the built-in ring hear it; shape (n, 6)."""
    places = load_array(None, 6).positions[:, :2]
    delays_s = -(places @ np.array([np.cos(azimuth), np.sin(azimuth)])) / SPEED_OF_SOUND
    spectrum = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(len(sound), 1 / RATE)
    turned = spectrum[None] * np.exp(-2j * np.pi * frequency[None] * delays_s[:, None])
    heard = np.fft.irfft(turned, len(sound)).T
    own = np.random.default_rng(2).normal(0, 1e-4, heard.shape)
    return (heard + own).astype(np.float32)


def listen(sound: Sound) -> tuple[list[Speech], Witness, Ears]:
    witness = Witness()
    ears: dict[str, Any] = {"ko": witness}
    front = FrontEnd(load_array(None, sound.shape[1]))
    chain = Ears(front, Polyglot(ears), Endpointer(EndpointSettings(frame_s=FRAME_S)))
    told = [it for i in range(0, len(sound), 640) for it in chain.hear(sound[i : i + 640])] + chain.close()
    return [it for it in told if isinstance(it, Speech) and not it.partial], witness, chain


def finite(witness: Witness) -> bool:
    return all(len(piece) and piece.dtype == np.int16 for pieces in witness.utterances for piece in pieces)


@pytest.mark.parametrize("channels", [1, 6])
def test_a_voice_is_one_utterance(speech: Sound, channels: int) -> None:
    speeches, witness, _ = listen(at_ring(speech, 0.7) if channels == 6 else speech[:, None])
    assert len(speeches) == 1
    duration_s = len(speech) / RATE
    assert speeches[0].begin_s < 1.2
    assert duration_s - 1.5 < speeches[0].speech_end_s < duration_s - 0.8
    assert finite(witness)


@pytest.mark.parametrize("channels", [1, 6])
def test_silence_says_nothing(channels: int) -> None:
    speeches, witness, chain = listen(np.zeros((3 * RATE, channels), np.float32))
    assert (speeches, witness.utterances) == ([], [])
    assert chain.last is not None
    assert np.isfinite([chain.last.level_dbfs, chain.last.noise_dbfs]).all()


def test_white_noise_is_no_utterance_for_long() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, (5 * RATE, 6)).astype(np.float32)
    speeches, _, _ = listen(noise)
    assert sum(it.end_s - it.begin_s for it in speeches) < 1.0


def test_a_clipped_voice_is_still_one(speech: Sound) -> None:
    speeches, witness, _ = listen(np.clip(at_ring(30.0 * speech, 0.7), -1.0, 1.0))
    assert len(speeches) == 1
    assert finite(witness)


def test_a_constant_offset_is_neither_voice_nor_in_the_way_of_one(speech: Sound) -> None:
    offset = np.full((3 * RATE, 6), 0.3, np.float32)
    assert listen(offset)[0] == []
    speeches, _, _ = listen(at_ring(speech, 0.7) + np.float32(0.3))
    assert len(speeches) == 1


@pytest.mark.parametrize("channel", [0, 3])
def test_a_dead_channel_is_found_and_the_voice_still_heard(speech: Sound, channel: int) -> None:
    sound = at_ring(speech, 0.7)
    sound[:, channel] = 0.0
    speeches, _, chain = listen(sound)
    assert len(speeches) == 1
    assert speeches[0].direction == pytest.approx(0.7, abs=0.2)
    assert chain.last is not None
    assert chain.last.dead == (channel,)


def test_with_all_channels_dead_but_one_that_one_is_heard(speech: Sound) -> None:
    sound = at_ring(speech, 0.7)
    sound[:, [0, 1, 2, 3, 5]] = 0.0
    speeches, _, chain = listen(sound)
    assert len(speeches) == 1
    assert chain.last is not None
    assert chain.last.beam == "microphone"


def test_two_swapped_channels_do_not_silence_it(speech: Sound) -> None:
    """The direction suffers, the utterance does not."""
    speeches, witness, _ = listen(at_ring(speech, 0.7)[:, [0, 2, 1, 3, 4, 5]])
    assert len(speeches) == 1
    heard = np.concatenate(witness.utterances[0]).astype(np.float32) / 32767
    assert np.abs(heard).max() > 0.05


def test_a_voice_at_the_wrong_rate_does_not_break_the_chain(speech: Sound) -> None:
    """Sound said to be at 16 kHz that is not: chipmunks, but no failure."""
    for wrong in (speech[::2], np.repeat(speech, 3)[: 8 * RATE]):
        _, witness, _ = listen(at_ring(wrong, 0.7))
        assert finite(witness)


def test_numbers_that_are_none_do_not_poison_the_chain(speech: Sound) -> None:
    sound = at_ring(speech, 0.7)
    broken = np.concatenate([np.full((1000, 6), np.nan, np.float32), np.full((1000, 6), 1e9, np.float32), sound])
    speeches, witness, _ = listen(broken)
    assert speeches[-1].speech_end_s > 2.0
    assert finite(witness)


def test_a_channel_too_few_is_one_clear_line() -> None:
    from robot_nodes.hearing.errors import HearingError

    with pytest.raises(HearingError, match="4 channels: only 1 and 6"):
        load_array(None, 4)
