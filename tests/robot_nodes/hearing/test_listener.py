"""Threads and ballots, with a pretended recogniser; and the real one at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest

from robot_nodes.hearing import listener as listener_module
from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.listener import Listener, Sound, Told
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recogniser import Ear, Heard
from robot_nodes.hearing.sources import Block, in_blocks, read_recording
from robot_nodes.hearing.vocabulary import VocabularyReport

SURENESS = {"zh": 0.4, "ko": 0.9}


class PretendedShelf(ModelShelf):
    """Korean and Chinese are there; Chinese may be broken."""

    def __init__(self, broken: Sequence[str] = ()) -> None:
        super().__init__(environment={})
        self._broken = broken

    def problem(self, language: str) -> MissingModel | None:
        return None if language in SURENESS else MissingModel(language)

    def model(self, language: str) -> Any:
        if language in self._broken:
            raise MissingModel(language, "broken")
        return language


class PretendedRecogniser:
    """Hears the first sample of every block; fails on 13; silence is 0."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._words: list[int] = []

    def accept(self, samples: Any) -> Iterator[Heard]:
        if int(samples[0]) == 13:
            raise RuntimeError("bad luck")
        if int(samples[0]):
            self._words.append(int(samples[0]))
            yield Heard(text=str(self._words), language=self._language, partial=True)

    def finish(self) -> Heard | None:
        if not self._words:
            return None
        return Heard(text=str(self._words), language=self._language, confidence=SURENESS[self._language])


class PretendedEar:
    def __init__(self, model: str, language: str, phrases: tuple[str, ...] = (), meaning: object = None) -> None:
        self._language = language
        self.vocabulary = VocabularyReport(language)

    def recogniser(self, rate: int) -> PretendedRecogniser:
        return PretendedRecogniser(self._language)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Listener, Queue[Any]]]]:
    made: list[Listener] = []
    monkeypatch.setattr(listener_module, "Ear", PretendedEar)

    def make(languages: Sequence[str] = ("zh", "ko"), broken: Sequence[str] = ()) -> tuple[Listener, Queue[Any]]:
        told: Queue[Any] = Queue()
        made.append(Listener(PretendedShelf(broken), languages, told.put, problem=told.put))
        return made[-1], told

    yield make
    for listener in made:
        listener.close()


def sound(value: int, utterance: str = "u1", last: bool = False) -> Sound:
    return Sound(Block(np.array([value], np.int16), 16_000), utterance, last)


def test_of_an_unknown_language_the_surest_ear_is_believed(listening: Callable[..., Any]) -> None:
    listener, told = listening()
    listener.hear(sound(1))
    listener.hear(sound(2, last=True))
    answer: Told = told.get(timeout=5)
    while answer.heard and answer.heard.partial:
        answer = told.get(timeout=5)
    assert answer.heard is not None
    assert (answer.utterance_id, answer.heard.text, answer.heard.language) == ("u1", "[1, 2]", "ko")


def test_a_named_language_wakes_only_its_thread_and_tells_partials(listening: Callable[..., Any]) -> None:
    listener, told = listening()
    listener.hear(sound(7, last=True), "zh")
    assert told.get(timeout=5).heard.partial
    assert told.get(timeout=5).heard.language == "zh"
    assert "vosk-ko" not in {thread.name for thread in threading.enumerate()}


def test_silence_is_told_as_nothing(listening: Callable[..., Any]) -> None:
    listener, told = listening()
    listener.hear(sound(0, last=True))
    assert told.get(timeout=5) == Told("u1", None)


def test_utterances_do_not_mix(listening: Callable[..., Any]) -> None:
    listener, told = listening(("ko",))
    listener.hear(sound(1, "a"))
    listener.hear(sound(2, "b"))
    listener.hear(sound(3, "a", last=True))
    listener.hear(sound(4, "b", last=True))
    final = [it for it in (told.get(timeout=5) for _ in range(6)) if not it.heard.partial]
    assert [(it.utterance_id, it.heard.text) for it in final] == [("a", "[1, 3]"), ("b", "[2, 4]")]


def test_a_failing_recogniser_costs_one_utterance(listening: Callable[..., Any]) -> None:
    listener, told = listening(("ko",))
    listener.hear(sound(13, "a", last=True))
    problem = told.get(timeout=5)
    assert isinstance(problem, HearingError)
    assert "bad luck" in str(problem)
    assert told.get(timeout=5) == Told("a", None)
    listener.hear(sound(5, "b", last=True))
    assert told.get(timeout=5).heard.text == "[5]"


def test_a_model_that_does_not_load_does_not_silence_the_others(listening: Callable[..., Any]) -> None:
    listener, told = listening(broken=("zh",))
    listener.hear(sound(1, last=True))
    answers = [told.get(timeout=5) for _ in range(2)]
    assert any(isinstance(answer, MissingModel) for answer in answers)
    while not (isinstance(answers[-1], Told) and answers[-1].heard and not answers[-1].heard.partial):
        answers.append(told.get(timeout=5))
    assert answers[-1].heard.language == "ko"


def test_no_model_is_said_at_once(listening: Callable[..., Any]) -> None:
    listener, _ = listening(("en",))
    with pytest.raises(MissingModel, match="'en'"):
        listener.hear(sound(1))
    with pytest.raises(MissingModel, match="'fr'"):
        listener.hear(sound(1), "fr")


def test_closing_ends_the_threads(listening: Callable[..., Any]) -> None:
    listener, told = listening()
    listener.hear(sound(1, last=True))
    told.get(timeout=5)
    listener.close()
    assert not {"vosk-zh", "vosk-ko"} & {thread.name for thread in threading.enumerate()}


@pytest.mark.sound
@pytest.mark.slow
def test_a_live_stream_is_cut_at_pauses(korean_ear: Ear, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Listener, "_ear", lambda self, language: korean_ear)
    told: Queue[Told] = Queue()
    listener = Listener(ModelShelf(), ("ko",), told.put)
    pause = Block(np.zeros(24_000, np.int16), 16_000)
    for name in ("01.flac", "27.flac"):
        for block in (*in_blocks(read_recording(recordings / "jf_alpha" / name)), *in_blocks(pause)):
            listener.hear(Sound(block))
    texts: list[str] = []
    while len(texts) < 2:
        heard = told.get(timeout=30).heard
        if heard and not heard.partial:
            texts.append(heard.text)
    listener.close()
    assert texts == ["화장실이 어디에 있습니까", "안녕하세요"]
