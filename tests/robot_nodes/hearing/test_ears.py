"""The chain on one stream, with a front end and recognisers that only pretend; and with several languages."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.hearing.addressed import Addressed, Reason, Voice
from robot_nodes.hearing.ears import Activity, Ears, Speech, Telling, circular_median
from robot_nodes.hearing.endpoint import Endpointer, EndpointSettings, Why
from robot_nodes.hearing.frontend import Processed
from robot_nodes.hearing.polyglot import Polyglot
from robot_nodes.hearing.recogniser import Heard, Verdict
from robot_nodes.hearing.sources import RATE
from robot_nodes.hearing.wakeword import WakeGate

FRAME = 512
SETTINGS = EndpointSettings(frame_s=FRAME / RATE)
Sound = npt.NDArray[np.float32]


class PretendedFront:
    """Voice is what is loud; direction and noise are constant. The sound passes unchanged, shape (n, channels)."""

    def __init__(self) -> None:
        self.rest = np.zeros(0, np.float32)
        self.direction: float | None = 0.5
        self.played: list[Sound | None] = []

    def process(self, block: Sound, playback: Sound | None = None) -> list[Processed]:
        self.played.append(playback)
        sound = np.concatenate([self.rest, block[:, 0]])
        count = len(sound) // FRAME
        self.rest = sound[count * FRAME :]
        return [self._piece(sound[i * FRAME : (i + 1) * FRAME]) for i in range(count)]

    def flush(self) -> list[Processed]:
        return []

    def reset(self) -> None:
        self.rest = self.rest[:0]

    def _piece(self, samples: Sound) -> Processed:
        level = float(10 * np.log10(np.mean(samples**2) + 1e-12))
        voice = np.array([0.95 if level > -30 else 0.02], np.float32)
        return Processed(samples, voice, self.direction, level, -60.0, 12.0, "mvdr", ())


@dataclass
class PretendedRecogniser:
    """Hears the loudness of what it gets: 0.1 is "one", 0.2 "two", ...; knows the words of its language."""

    language: str
    words: dict[int, str]
    heard: list[Sound] = field(default_factory=list)
    text: str = ""
    complete: bool = False
    verdict: Verdict | None = None

    def accept(self, samples: npt.NDArray[np.int16]) -> Iterator[Heard]:
        self.heard.append(samples.astype(np.float32) / np.float32(32767))
        before, self.text = self.text, self._words()
        self.complete = self.text.endswith("two")
        if self.text != before:
            yield Heard(text=self.text, language=self.language, partial=True)

    def finish(self) -> Heard | None:
        if not self.text:
            return None
        known = "?" not in self.text
        self.verdict = Verdict(self.text, self.text, known, 0.9 if known else 0.1)
        return Heard(text=self.text, language=self.language, confidence=0.9) if known else None

    def _words(self) -> str:
        sound = np.concatenate(self.heard)
        frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
        numbers = [round(float(np.abs(frame).max()) * 10) for frame in frames]
        said = [self.words.get(number, "?") for number in numbers if number]
        return " ".join(word for i, word in enumerate(said) if i == 0 or said[i - 1] != word)


class PretendedEar:
    def __init__(self, language: str, words: Sequence[str]) -> None:
        self.language = language
        self.words = dict(enumerate(words, 1))
        self.made: list[PretendedRecogniser] = []

    def recogniser(self, rate: int) -> Any:
        self.made.append(PretendedRecogniser(self.language, self.words))
        return self.made[-1]


ENGLISH = ("one", "two", "three")


def make(*ears: PretendedEar, **options: Any) -> tuple[Ears, PretendedFront]:
    front: Any = PretendedFront()
    endpointer = options.pop("endpointer", Endpointer(SETTINGS))
    pretended: dict[str, Any] = {ear.language: ear for ear in ears}
    return Ears(front, Polyglot(pretended), endpointer, **options), front


def said(*words: tuple[int, float]) -> Sound:
    """(number, seconds) ...; 0 is silence. Shape (n, 1)."""
    pieces = [np.full(round(seconds * RATE), 0.1 * number, np.float32) for number, seconds in words]
    return np.concatenate(pieces)[:, None]


def listen(ears: Ears, sound: Sound, block: int = 640) -> list[Telling]:
    return [telling for i in range(0, len(sound), block) for telling in ears.hear(sound[i : i + block])]


def finals(told: Sequence[Telling]) -> list[Speech]:
    return [it for it in told if isinstance(it, Speech) and not it.partial]


def test_an_utterance_becomes_partial_results_and_a_result() -> None:
    ears, _ = make(PretendedEar("en", ENGLISH))
    told = listen(ears, said((0, 1.0), (1, 0.5), (3, 0.5), (0, 1.0)))
    partials = [it.heard.text for it in told if isinstance(it, Speech) and it.partial and it.heard]
    assert partials == ["one", "one three"]
    (speech,) = finals(told)
    assert speech.heard is not None
    assert (speech.heard.text, speech.why, speech.number, speech.accepted) == ("one three", Why.SILENCE, 1, True)
    assert (speech.direction, speech.snr_db) == (0.5, 12.0)
    assert 0.6 < speech.begin_s < 1.0
    assert speech.speech_end_s == pytest.approx(2.0, abs=0.04)


def test_the_recogniser_hears_the_pre_roll_and_every_sample_once() -> None:
    ear = PretendedEar("en", ENGLISH)
    ears, _ = make(ear)
    sound = said((0, 1.0), (1, 0.8), (0, 1.0))
    (speech,) = finals(listen(ears, sound, block=777))
    nudge = round(0.3 * RATE)  # near silence put in so that the recogniser says what it knows
    pieces = [piece for piece in ear.made[0].heard if len(piece) != nudge]
    assert len(ear.made[0].heard) - len(pieces) == 1
    heard = np.concatenate(pieces)
    begin = round(speech.begin_s * RATE)
    assert np.allclose(heard, sound[begin : begin + len(heard), 0], atol=1e-4)
    assert begin + len(heard) == round(speech.end_s * RATE)


def test_a_complete_phrase_is_told_within_350_ms_of_its_end() -> None:
    """Compute excepted: of the sound's own time."""
    ears, _ = make(PretendedEar("en", ENGLISH))
    sound = said((0, 1.0), (1, 0.5), (2, 0.5), (0, 1.0))
    end = None
    for i in range(0, len(sound), 160):
        if finals(ears.hear(sound[i : i + 160])):
            end = (i + 160) / RATE
            break
    assert end is not None
    assert end - 2.0 < 0.3


def test_the_language_is_that_of_the_best_verdict_and_threads_end() -> None:
    chinese, english = PretendedEar("zh", ("yi", "?", "san")), PretendedEar("en", ("?", "two", "three"))
    ears, _ = make(chinese, english)
    told = listen(ears, said((1, 0.5), (3, 0.3), (0, 1.0), (2, 0.8), (0, 1.0)))
    assert [it.heard.language for it in finals(told) if it.heard] == ["zh", "en"]
    assert [it.heard.text for it in finals(told) if it.heard] == ["yi san", "two"]
    assert [result.language for result in finals(told)[1].results] == ["en", "zh"]
    ears.free()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vosk")]


def test_what_is_not_of_the_domain_is_told_as_nothing() -> None:
    ears, _ = make(PretendedEar("en", ENGLISH))
    (speech,) = finals(listen(ears, said((7, 0.8), (0, 1.0))))
    assert speech.heard is None
    assert not speech.accepted
    assert speech.results[0].verdict is not None


def test_silence_is_never_recognised() -> None:
    ear = PretendedEar("en", ENGLISH)
    ears, _ = make(ear)
    told = listen(ears, said((0, 10.0)))
    assert finals(told) == []
    assert ear.made == []


def test_what_is_under_way_when_the_stream_ends_is_a_result() -> None:
    ears, _ = make(PretendedEar("en", ENGLISH))
    listen(ears, said((0, 0.5), (1, 0.8)))
    (speech,) = finals(ears.close())
    assert (speech.why, speech.heard and speech.heard.text) == (Why.CLOSED, "one")


def test_push_to_talk() -> None:
    ears, _ = make(PretendedEar("en", ENGLISH), endpointer=Endpointer(SETTINGS, open=False))
    assert finals(listen(ears, said((1, 1.0), (0, 1.0)))) == []
    ears.press(True)
    assert finals(listen(ears, said((2, 0.5), (0, 1.5)))) == []
    (speech,) = finals(ears.press(False))
    assert speech.heard is not None
    assert (speech.heard.text, speech.why) == ("two", Why.RELEASED)


def test_a_voice_that_does_not_address_the_robot_is_not_acted_on_and_does_not_interrupt_it() -> None:
    asked: list[Voice] = []

    def nobody(voice: Voice) -> Addressed:
        asked.append(voice)
        return Addressed(False, Reason.EMPTY)

    ears, _ = make(PretendedEar("en", ENGLISH), judge=nobody)
    told = listen(ears, said((0, 0.5), (1, 0.8), (0, 1.0)))
    (speech,) = finals(told)
    assert speech.heard is not None
    assert not speech.accepted
    assert not any(it.voice for it in told if isinstance(it, Activity))
    assert {voice.direction for voice in asked} == {0.5}


def test_activity_is_told_at_every_change_and_twice_a_second() -> None:
    ears, _ = make(PretendedEar("en", ENGLISH))
    told = [it for it in listen(ears, said((0, 2.0), (1, 1.0), (0, 2.0))) if isinstance(it, Activity)]
    states = [(it.voice, it.listening) for it in told]
    changes = [state for i, state in enumerate(states) if i == 0 or states[i - 1] != state]
    assert changes == [(False, False), (True, True), (False, True), (False, False)]
    gaps = np.diff([it.at_s for it in told])
    assert gaps.max() <= 0.54
    loud = next(it for it in told if it.voice)
    assert (loud.direction, loud.noise_dbfs) == (0.5, -60.0)
    assert loud.level_dbfs == pytest.approx(-20.0, abs=0.1)
    assert loud.at_s - 2.0 < 0.2  # barge-in: so late does the robot notice that it is spoken to


def test_the_loudspeaker_reaches_the_front_end_and_asks_for_more_certainty() -> None:
    ears, front = make(
        PretendedEar("en", ENGLISH),
        endpointer=Endpointer(EndpointSettings(frame_s=FRAME / RATE, playing_probability=0.99)),
    )
    sound, playback = said((1, 1.0)), np.ones(640, np.float32)
    for i in range(0, len(sound), 640):
        ears.hear(sound[i : i + 640], playback)
    assert ears.state.value == "waiting"
    assert all(played is playback for played in front.played)
    ears.hear(said((1, 1.0)), np.zeros(RATE, np.float32))
    assert ears.state.value == "hearing"


def test_asleep_nothing_is_acted_on_until_its_name_is_heard() -> None:
    wake = WakeGate({"en": ("three",)}, awake_s=5.0)
    ears, _ = make(PretendedEar("en", ENGLISH), wake=wake)
    told = listen(ears, said((0, 0.5), (1, 0.8), (0, 1.0)))
    assert [it.accepted for it in finals(told)] == [False]
    assert not [it for it in told if isinstance(it, Speech) and it.partial]
    told = listen(ears, said((3, 0.6), (0, 1.0)))
    assert [it.accepted for it in finals(told)] == [False]  # its name alone asks for nothing
    told = listen(ears, said((1, 0.8), (0, 1.0)))
    assert [(it.accepted, it.heard and it.heard.text) for it in finals(told)] == [(True, "one")]
    listen(ears, said((0, 6.0)))
    assert [it.accepted for it in finals(listen(ears, said((1, 0.8), (0, 1.0))))] == [False]


def test_the_request_may_follow_the_name_in_one_breath() -> None:
    ear = PretendedEar("en", ENGLISH)
    ears, _ = make(ear, wake=WakeGate({"en": ("three",)}))
    told = listen(ears, said((0, 0.5), (3, 0.6), (0, 0.2), (1, 0.8), (0, 1.0)))
    (speech,) = finals(told)
    assert speech.accepted
    assert speech.heard is not None
    assert speech.heard.text.endswith("one")


def test_after_a_failure_the_next_utterance_is_heard() -> None:
    ears, _ = make(PretendedEar("en", ENGLISH))
    listen(ears, said((0, 0.3), (1, 0.517)), block=300)
    ears.reset()
    (speech,) = finals(listen(ears, said((0, 1.0), (2, 0.8), (0, 1.0))))
    assert speech.heard is not None
    assert speech.heard.text == "two"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.05, 1.5)), min_size=1, max_size=8), st.integers(1, 4000))
def test_how_the_stream_is_cut_into_blocks_changes_nothing(words: list[tuple[int, float]], block: int) -> None:
    sound = said(*words, (0, 1.0))
    results = []
    for size in (512, block):
        ears, _ = make(PretendedEar("en", ENGLISH))
        results.append([(it.heard and it.heard.text, it.begin_s, it.end_s) for it in finals(listen(ears, sound, size))])
    assert results[0] == results[1]


@given(st.lists(st.floats(-0.5, 0.5), min_size=1), st.floats(-10, 10))
def test_the_middle_of_directions_is_among_them_and_turns_with_them(angles: list[float], turn: float) -> None:
    middle = circular_median([angle + turn for angle in angles])
    assert middle is not None
    assert -math.pi <= middle <= math.pi
    assert min(abs(math.remainder(middle - turn - angle, math.tau)) for angle in angles) < 1e-6


def test_the_middle_of_directions_around_the_back() -> None:
    middle = circular_median([math.pi - 0.1, -math.pi + 0.1, math.pi, 0.3])
    assert middle is not None
    assert abs(math.remainder(middle - math.pi, math.tau)) < 0.11
    assert circular_median([]) is None
