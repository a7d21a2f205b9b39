from __future__ import annotations

import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import numpy as np
import pytest

from robot_nodes.speaking.choice import Voices
from robot_nodes.speaking.errors import NoOutput, NoVoice, SpeakingError
from robot_nodes.speaking.lines import Line
from robot_nodes.speaking.loudness import Loudness
from robot_nodes.speaking.outputs import Pace, Tap, WavFolder
from robot_nodes.speaking.sound import BLOCK, RATE, Sound
from robot_nodes.speaking.speaker import Report, Speaker
from robot_nodes.speaking.ssml import PLAIN, Style

WAIT_S = 10


class Hummer:
    """A voice: 50 ms of a tone for each letter."""

    name = "hummer"
    quick = True

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.closed = False

    def speaks(self, language: str) -> bool:
        return True

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        assert self.gate.wait(WAIT_S)
        self.texts.append(text)
        if "mute" in text:
            raise NoVoice("lost my voice")
        return (0.3 * np.sin(np.arange(len(text) * RATE // 20) / 4)).astype(np.float32), RATE

    def close(self) -> None:
        self.closed = True


class Stage:
    """An output that takes a block each time it is let."""

    paces = True

    def __init__(self) -> None:
        self.heard: Queue[str | Sound] = Queue()
        self.go = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        self.open = False
        self.closed = False

    def begin(self, name: str) -> None:
        self.heard.put(name)

    def write(self, block: Sound) -> None:
        self.heard.put(block)
        assert self.open or self.go.acquire(timeout=WAIT_S)

    def end(self) -> None:
        self.heard.put("end")
        self.ended.release()

    def close(self) -> None:
        self.closed = True

    def let_all(self) -> None:
        self.open = True
        self.go.release(1000)

    def line(self) -> str:
        """The next line to begin, after any blocks and ends."""
        while not (isinstance(one := self.heard.get(timeout=WAIT_S), str) and one != "end"):
            pass
        return one

    def block(self) -> Sound:
        while not isinstance(one := self.heard.get(timeout=WAIT_S), np.ndarray):
            pass
        return one


@pytest.fixture
def hummer() -> Hummer:
    return Hummer()


MakeSpeaker = Callable[..., Speaker]


@pytest.fixture
def make(hummer: Hummer) -> Iterator[MakeSpeaker]:
    made: list[Speaker] = []

    def speaker(*outputs: object, **options: object) -> Speaker:
        voices = Voices({"en": [hummer], "zh": [hummer]})
        made.append(Speaker(voices, outputs, **options))  # type: ignore[arg-type]
        return made[-1]

    yield speaker
    for one in made:
        one.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("speaking")]
    assert hummer.closed or not made


def test_lines_become_files(make: MakeSpeaker, tmp_path: Path) -> None:
    reports: list[Report] = []
    speaker = make(WavFolder(tmp_path / "out"), told=reports.append)
    for text, language, act in (("Hello. You!", "en", "greet"), ("  ", "en", "inform"), ("到了", "zh", "arrived")):
        speaker.say(Line(text, language, act))
    assert speaker.wait_idle(WAIT_S)
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["0001-greet-en.wav", "0002-arrived-zh.wav"]
    with wave.open(str(files[0])) as file:
        assert file.getnframes() / RATE == pytest.approx(10 * 0.05 + 0.18, abs=0.1)
    assert speaker.spoken == 2
    done = [(report.line.act, report.spoken, report.sentences) for report in reports if report.state == "spoken"]
    assert done == [("greet", 2, 2), ("arrived", 1, 1)]


def test_it_begins_with_the_first_sentence_while_the_next_is_still_made(make: MakeSpeaker, hummer: Hummer) -> None:
    stage = Stage()
    speaker = make(stage)
    speaker.say(Line("Warm.", "en"))
    stage.block()
    hummer.gate.clear()
    stage.let_all()
    assert speaker.wait_idle(WAIT_S)
    speaker.say(Line("Warm. Then this one.", "en"))  # the first is remembered, the second needs the voice
    stage.block()
    assert "Then this one." not in hummer.texts
    hummer.gate.set()
    assert speaker.wait_idle(WAIT_S)
    assert hummer.texts.count("Warm.") == 1


def test_an_interruption_stops_the_line_at_the_next_block_and_forgets_those_that_wait(make: MakeSpeaker) -> None:
    stage, reports = Stage(), Queue[Report]()
    speaker = make(stage, told=reports.put)
    speaker.say(Line("One two three four five. Six.", "en", "first", utterance_id="u1"))
    assert stage.line() == "first-en"
    stage.block()
    speaker.say(Line("two", "en", "second"))
    speaker.say(Line("three", "en", "stopped", interrupt=True))
    stage.go.release()
    fading = stage.block()
    assert float(np.abs(fading[-8:]).max()) < 0.02
    stage.let_all()
    assert stage.line() == "stopped-en"
    assert speaker.wait_idle(WAIT_S)
    ends = [report for report in list(reports.queue) if report.state != "speaking"]
    assert [(end.line.act, end.state, end.spoken) for end in ends] == [("first", "cut", 0), ("stopped", "spoken", 1)]
    assert (ends[0].line.utterance_id, ends[0].text, ends[0].sentences) == ("u1", "One two three four five.", 2)
    assert speaker.forgotten == 1


def test_barge_in_ends_a_line_even_while_its_voice_is_at_work(make: MakeSpeaker, hummer: Hummer) -> None:
    ended: Queue[Report] = Queue()
    speaker = make(Pace(), told=ended.put)
    speaker.say(Line("Warm up.", "en"))
    while ended.get(timeout=WAIT_S).state != "spoken":
        pass
    hummer.gate.clear()
    speaker.say(Line("Never heard.", "en"))
    assert any(speaker.barge_in() or threading.Event().wait(0.01) for _ in range(1000))
    report = ended.get(timeout=WAIT_S)
    assert (report.state, report.spoken) == ("barge_in", 0)
    hummer.gate.set()


def test_what_is_about_safety_is_said_to_the_end(make: MakeSpeaker) -> None:
    stage, reports = Stage(), Queue[Report]()
    speaker = make(stage, told=reports.put)
    speaker.say(Line("Fire!", "en", "inform", interrupt=True))
    stage.block()
    assert not speaker.barge_in()
    speaker.say(Line("stop", "en", "stopped", interrupt=True))
    stage.let_all()
    assert speaker.wait_idle(WAIT_S)
    assert [(it.line.text, it.state) for it in list(reports.queue) if it.state != "speaking"] == [
        ("Fire!", "spoken"),
        ("stop", "spoken"),
    ]


def test_it_stops_within_150_ms_in_real_time(make: MakeSpeaker) -> None:
    """Measured at the tap: the last block that leaves, a fade, is due less than 150 ms after the call."""
    blocks: Queue[int] = Queue()
    speaker = make(Tap(lambda block, last: blocks.put(-1 if last else len(block))), Pace())
    speaker.say(Line("a very long speech that goes on and on", "en"))
    for _ in range(20):
        assert blocks.get(timeout=WAIT_S) == BLOCK
    speaker.barge_in()
    left = blocks.qsize()
    assert speaker.wait_idle(WAIT_S)
    after = [blocks.get() for _ in range(blocks.qsize())]
    assert after[-1] == -1
    assert sum(after[:-1]) - left * BLOCK <= 0.15 * RATE


def test_closing_does_not_wait_for_the_end_of_a_speech(make: MakeSpeaker) -> None:
    stage = Stage()
    speaker = make(stage)
    speaker.say(Line("a very long speech", "en"))
    stage.block()
    stage.let_all()
    speaker.close()
    assert stage.closed
    speaker.say(Line("too late", "en"))
    assert speaker.wait_idle(0)


def test_loudness_is_applied_and_never_clips(make: MakeSpeaker) -> None:
    def peak(offset_db: float) -> float:
        loudness, blocks = Loudness(), list[Sound]()
        loudness.offset_db = offset_db
        speaker = make(Tap(lambda block, last: blocks.append(block)), loudness=loudness)
        speaker.say(Line("how loud am I", "en"))
        assert speaker.wait_idle(WAIT_S)
        return float(np.abs(np.concatenate(blocks)).max())

    assert peak(6.0) == pytest.approx(2 * peak(0.0), rel=0.05)
    assert 0.85 < peak(60.0) <= 10 ** (-1 / 20) + 1e-6


def test_what_cannot_be_said_is_reported_and_the_rest_is_said(make: MakeSpeaker, tmp_path: Path) -> None:
    problems: Queue[SpeakingError] = Queue()
    reports: list[Report] = []
    speaker = make(WavFolder(tmp_path), problem=problems.put, told=reports.append)
    speaker.say(Line("I am mute. Not now.", "en"))
    assert str(problems.get(timeout=WAIT_S)) == "lost my voice"
    assert speaker.wait_idle(WAIT_S)
    assert [file.name for file in tmp_path.iterdir()] == ["0001-inform-en.wav"]
    assert (reports[-1].state, reports[-1].spoken, reports[-1].sentences) == ("failed", 1, 2)


def test_broken_marks_are_told_once_and_their_words_spoken(make: MakeSpeaker, hummer: Hummer) -> None:
    problems: list[SpeakingError] = []
    speaker = make(Tap(lambda block, last: None), problem=problems.append)
    for word in ("one", "two"):
        speaker.say(Line(f"<speak>{word}", "en"))
    assert speaker.wait_idle(WAIT_S)
    assert {"one", "two"} <= set(hummer.texts)
    assert len(problems) == 1
    assert "mark-up of 'inform' read as plain text" in str(problems[0])


class Broken(Stage):
    """A loudspeaker that was pulled out."""

    def write(self, block: Sound) -> None:
        raise NoOutput("pulled out")


def test_a_line_ends_when_its_loudspeaker_goes_and_the_next_is_tried(make: MakeSpeaker) -> None:
    problems: list[SpeakingError] = []
    taken: list[Sound] = []
    speaker = make(Tap(lambda block, last: taken.append(block)), Broken(), problem=problems.append)
    for text in ("one", "two"):
        speaker.say(Line(text, "en"))
    assert speaker.wait_idle(WAIT_S)
    assert [str(problem) for problem in problems] == ["pulled out", "pulled out"]
    assert len(taken) == 4  # a block and the end, each
    assert speaker.spoken == 0
