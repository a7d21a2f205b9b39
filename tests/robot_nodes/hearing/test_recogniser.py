"""Vosk, really run on sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from maps.venue import load_venue
from robot_nodes.hearing.errors import MissingModel
from robot_nodes.hearing.recogniser import Ear, Heard
from robot_nodes.hearing.sources import Block, in_blocks, read_recording
from robot_nodes.language import Understanding
from robot_nodes.speaking import EspeakVoice

pytestmark = [pytest.mark.sound, pytest.mark.slow]

VOICES = ("jf_alpha", "jm_kumo")


def hear(ear: Ear, block: Block) -> tuple[Heard | None, list[Heard]]:
    """The result, and what was known before it."""
    recogniser = ear.recogniser(block.rate)
    before = [heard for piece in in_blocks(block) for heard in recogniser.accept(piece.samples)]
    return recogniser.finish(), before


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    ("name", "intent", "slot", "value"),
    [("02.flac", "guide_to", "place", "culture"), ("01.flac", "find_facility", "facility", "toilet")],
)
def test_spoken_requests_become_intents(
    korean_ear: Ear, recordings: Path, voice: str, name: str, intent: str, slot: str, value: str
) -> None:
    heard, _ = hear(korean_ear, read_recording(recordings / voice / name))
    assert heard is not None
    assert heard.confidence > 0.8
    understood = Understanding(load_venue("hall")).understand(heard.text, heard.language)
    assert (understood.name, understood.slots[slot]) == (intent, value)


def test_partial_results_come_while_the_visitor_speaks(korean_ear: Ear, recordings: Path) -> None:
    _, before = hear(korean_ear, read_recording(recordings / "jf_alpha" / "02.flac"))
    assert len(before) >= 2
    assert all(heard.partial and heard.language == "ko" for heard in before)


@pytest.mark.parametrize("voice", VOICES)
def test_what_is_not_of_the_domain_is_rejected(korean_ear: Ear, recordings: Path, voice: str) -> None:
    heard, _ = hear(korean_ear, read_recording(recordings / voice / "15.flac"))
    assert heard is None


@pytest.mark.parametrize("level", [0, 100, 1000, 6000])
def test_noise_is_rejected(korean_ear: Ear, level: int) -> None:
    noise = np.random.default_rng(level).normal(0, level, 16_000 * 2).astype(np.int16)
    heard, before = hear(korean_ear, Block(noise, 16_000))
    assert heard is None
    assert [it for it in before if not it.partial] == []


def test_open_vocabulary_hears_without_a_domain(korean_ear: Ear, recordings: Path) -> None:
    heard, _ = hear(Ear(korean_ear.speech, "ko"), read_recording(recordings / "jf_alpha" / "01.flac"))
    assert heard is not None
    assert "어디에 있습니까" in heard.text


def test_espeak_goes_through_at_its_own_rate(korean_ear: Ear) -> None:
    """Plumbing only: espeak-ng's Korean is too robotic to ask for the right words."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng is not installed")
    samples, rate = EspeakVoice(program).speak_to_wav("화장실이 어디에 있습니까", "ko")
    heard, _ = hear(Ear(korean_ear.speech, "ko"), Block(samples, rate))
    assert heard is not None
    assert heard.text


def test_what_cannot_be_said_is_named_and_the_rest_is_heard(korean_ear: Ear, recordings: Path) -> None:
    ear = Ear(korean_ear.speech, "ko", ("화장실이 어디에 있습니까", "출구가 어디입니까", "xylo 어디예요"))
    assert ear.vocabulary.unsayable == ("xylo 어디예요",)
    assert ear.vocabulary.words == ("xylo",)
    heard, _ = hear(ear, read_recording(recordings / "jf_alpha" / "01.flac"))
    assert heard is not None
    assert heard.text == "화장실이 어디에 있습니까"


def test_a_model_of_another_language_is_told(korean_ear: Ear) -> None:
    with pytest.raises(MissingModel, match="another language"):
        Ear(korean_ear.speech, "zh", ("带我去金融展区", "洗手间在哪里", "停"))


def test_the_end_of_a_phrase_is_known_before_the_pause(korean_ear: Ear, recordings: Path) -> None:
    block = read_recording(recordings / "jf_alpha" / "01.flac")
    recogniser = korean_ear.recogniser(block.rate)
    completed = []
    for piece in in_blocks(block):
        list(recogniser.accept(piece.samples))
        completed.append(recogniser.complete)
    assert not any(completed[: len(completed) // 2])
    assert completed[-1]


def test_the_verdict_tells_of_what_was_not_believed(korean_ear: Ear, recordings: Path) -> None:
    block = read_recording(recordings / "jf_alpha" / "15.flac")
    recogniser = korean_ear.recogniser(block.rate)
    list(recogniser.accept(block.samples))
    assert recogniser.finish() is None
    verdict = recogniser.verdict
    assert verdict is not None
    assert not verdict.accepted
    assert verdict.score < korean_ear.judge.threshold
    recogniser.reset()
    assert recogniser.verdict is None


def test_one_recogniser_hears_one_utterance_after_another(korean_ear: Ear, recordings: Path) -> None:
    recogniser = korean_ear.recogniser(16_000)
    block = read_recording(recordings / "jf_alpha" / "01.flac")
    for _ in range(3):
        recogniser.reset()
        list(recogniser.accept(block.samples))
        heard = recogniser.finish()
        assert heard is not None
        assert heard.text == "화장실이 어디에 있습니까"
