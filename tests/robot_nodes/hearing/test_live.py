"""The threads: live sound, recordings of an array, and the hall that owns them all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing import assembly
from robot_nodes.hearing import hall as hall_module
from robot_nodes.hearing.addressed import Addressed, Reason
from robot_nodes.hearing.assembly import EarSettings, device_channels, open_source
from robot_nodes.hearing.ears import Activity
from robot_nodes.hearing.errors import BrokenSound, HearingError, MissingModel
from robot_nodes.hearing.hall import Hall, Uttered
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recogniser import Heard, Verdict
from robot_nodes.hearing.sources import RATE, as_frames, read_recording
from robot_nodes.hearing.vocabulary import VocabularyReport


class PretendedRecogniser:
    """Understands whatever it hears as "hello"; "stop" if it is much; fails on request."""

    complete = False
    verdict: Verdict | None = None

    def __init__(self, ear: PretendedEar) -> None:
        self._ear = ear
        self._count = 0

    def accept(self, samples: npt.NDArray[np.int16]) -> Iterator[Heard]:
        if self._ear.failures:
            self._ear.failures.pop()
            raise RuntimeError("bad luck")
        first = self._count == 0
        self._count += len(samples)
        if first and self._count:
            yield Heard(text="hel", language=self._ear.language, partial=True)

    def finish(self) -> Heard | None:
        if not self._count:
            return None
        self.verdict = Verdict("hello", "hello", True, 0.9)
        return Heard(text="hello", language=self._ear.language, confidence=0.9)


class PretendedEar:
    vocabulary = VocabularyReport("ko")
    failures: list[str] = []  # noqa: RUF012 - a test's own, emptied by its fixture

    def __init__(self, model: str, language: str, phrases: tuple[str, ...] = (), **_options: Any) -> None:
        self.language = language

    def recogniser(self, rate: int) -> PretendedRecogniser:
        return PretendedRecogniser(self)


class PretendedShelf(ModelShelf):
    """Has Korean only."""

    def problem(self, language: str) -> MissingModel | None:
        return None if language == "ko" else MissingModel(language)

    def model(self, language: str) -> Any:
        if language != "ko":
            raise MissingModel(language)
        return language


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Queue[Any]:
    PretendedEar.failures.clear()
    monkeypatch.setattr(assembly, "Ear", PretendedEar)
    monkeypatch.setattr("robot_nodes.hearing.listener.Ear", PretendedEar)
    monkeypatch.setattr(hall_module, "ModelShelf", PretendedShelf)
    return Queue()


@pytest.fixture
def speech(recordings: Path) -> npt.NDArray[np.int16]:
    """A sentence between quiet seconds, shape (n,)."""
    sound = read_recording(recordings / "jf_alpha" / "02.flac").samples
    quiet = np.random.default_rng(1).integers(-3, 4, RATE).astype(np.int16)
    return np.concatenate([quiet, sound, quiet])


def final(told: Queue[Any]) -> Uttered:
    while True:
        notice = told.get(timeout=30)
        if isinstance(notice, Uttered) and not notice.speech.partial:
            return notice


def stream(hall: Hall, sound: npt.NDArray[np.int16], channels: int = 1) -> None:
    """As a publisher sends it, but waiting for the thread, so that nothing is dropped however busy the machine."""
    frames = np.repeat(sound[:, None], channels, axis=1)
    for start in range(0, len(frames), 1600):
        hall.hear(frames[start : start + 1600].reshape(-1), RATE, channels, "", "", False)
        wait_for_thread(hall, (start + 1600) / RATE - 1.5)


def wait_for_thread(hall: Hall, heard_s: float) -> None:
    pause = threading.Event()
    for _ in range(3000):
        live = hall._live
        if live is None or not live.alive or live.status.heard_s >= heard_s:
            return
        pause.wait(0.01)
    pytest.fail("the thread of the live stream does not get on")


def test_a_live_stream_becomes_partial_results_a_result_and_activity(
    told: Queue[Any], speech: npt.NDArray[np.int16]
) -> None:
    hall = Hall(EarSettings(languages=("ko",)), None, told.put)
    assert not hall.live
    stream(hall, speech)
    notices: list[Any] = []
    while not (notices and isinstance(notices[-1], Uttered) and not notices[-1].speech.partial):
        notices.append(told.get(timeout=30))
    hall.close()
    utterances = [it for it in notices if isinstance(it, Uttered)]
    assert [it.speech.heard.text for it in utterances if it.speech.heard] == ["hel", "hello"]
    assert len({it.utterance_id for it in utterances}) == 1
    assert utterances[-1].age_s > 2.0
    assert {it.voice for it in notices if isinstance(it, Activity)} == {True, False}
    assert hall.values()["heard"] == "1"
    assert hall.values()["models"] == "ko"
    assert not [thread for thread in threading.enumerate() if thread.name in ("ears", "array recordings")]


def test_a_language_without_a_model_is_told_once_and_the_others_hear(
    told: Queue[Any], speech: npt.NDArray[np.int16]
) -> None:
    hall = Hall(EarSettings(languages=("zh", "ko")), None, told.put)
    stream(hall, speech)
    first = told.get(timeout=30)
    assert isinstance(first, MissingModel)
    assert final(told).speech.heard is not None
    hall.close()
    assert "zh" in hall.health.problems


def test_no_model_at_all_is_said_at_once(told: Queue[Any]) -> None:
    hall = Hall(EarSettings(languages=("zh",)), None, told.put)
    with pytest.raises(MissingModel):
        hall.hear(np.zeros(1600, np.int16), RATE, 1, "", "", False)
    hall.close()


def test_a_failing_recogniser_costs_one_utterance(told: Queue[Any], speech: npt.NDArray[np.int16]) -> None:
    PretendedEar.failures.append("once")
    hall = Hall(EarSettings(languages=("ko",)), None, told.put)
    stream(hall, np.concatenate([speech, speech]))
    notices: list[Any] = []
    while not (notices and isinstance(notices[-1], Uttered) and not notices[-1].speech.partial):
        notices.append(told.get(timeout=30))
    hall.close()
    assert any(isinstance(it, HearingError) and "bad luck" in str(it) for it in notices)


@pytest.mark.parametrize(("safe", "heard"), [(False, 0), (True, 1)])
def test_who_does_not_address_the_robot_is_ignored_unless_it_is_for_safety(
    told: Queue[Any], speech: npt.NDArray[np.int16], safe: bool, heard: int
) -> None:
    hall = Hall(
        EarSettings(languages=("ko",)),
        None,
        told.put,
        judge=lambda voice: Addressed(False, Reason.STRANGER),
        safety=lambda text, language: safe,
    )
    stream(hall, speech)
    wait_for_thread(hall, len(speech) / RATE - 0.5)
    hall.close()
    results = [it for it in list(told.queue) if isinstance(it, Uttered) and not it.speech.partial]
    assert len(results) == heard
    assert hall.health.ignored == 1 - heard


def test_an_array_recording_tells_where_the_voice_came_from(told: Queue[Any], speech: npt.NDArray[np.int16]) -> None:
    """The same sound at all six microphones comes from above: any direction; but the noise level is known."""
    hall = Hall(EarSettings(languages=("ko",)), None, told.put)
    frames = np.repeat(speech[:, None], 6, axis=1)
    pieces = [frames[start : start + 1600] for start in range(0, len(frames), 1600)]
    for number, piece in enumerate(pieces):
        hall.hear(piece.reshape(-1), RATE, 6, "r1", "ko", number == len(pieces) - 1)
    uttered = final(told)
    assert (uttered.utterance_id, uttered.speech.heard and uttered.speech.heard.text) == ("r1", "hello")
    assert uttered.speech.snr_db is not None
    assert uttered.speech.snr_db > 10
    hall.close()


def test_an_array_nobody_knows_is_a_problem_not_a_crash(told: Queue[Any]) -> None:
    hall = Hall(EarSettings(languages=("ko",)), None, told.put)
    hall.hear(np.zeros(400, np.int16), RATE, 4, "r1", "ko", True)
    problem = told.get(timeout=30)
    assert isinstance(problem, HearingError)
    assert "4 channels" in str(problem)
    hall.close()


def test_broken_blocks_are_refused(told: Queue[Any]) -> None:
    hall = Hall(EarSettings(languages=("ko",)), None, told.put)
    for utterance in ("", "r1"):
        with pytest.raises(BrokenSound, match="rate 0"):
            hall.hear(np.zeros(4, np.int16), 0, 1, utterance, "", False)
    hall.trouble(BrokenSound("audio", "rate 0"))
    hall.trouble(BrokenSound("audio", "rate 0"))
    assert told.qsize() == 1
    assert hall.values()["bad_blocks"] == "2"
    hall.close()


def test_a_microphone_that_is_not_there_is_told_and_typed_text_goes_on(told: Queue[Any]) -> None:
    hall = Hall(EarSettings(languages=("ko",)), None, told.put)
    hall.listen("udp://here")
    assert "udp://ADDRESS:PORT" in str(told.get(timeout=5))
    assert not hall.live
    hall.listen("no such microphone")
    wait_for_problem(hall)
    assert "no such microphone" in hall.inspect().summary
    hall.close()


def wait_for_problem(hall: Hall) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if "microphone" in hall.inspect().problems and hall._live is not None:
            return
        pause.wait(0.02)
    pytest.fail("the missing microphone is not told")


def test_push_to_talk_and_playback_reach_the_thread(told: Queue[Any], speech: npt.NDArray[np.int16]) -> None:
    hall = Hall(EarSettings(languages=("ko",), push_to_talk=True), None, told.put)
    hall.played(speech[:160], RATE, 1)  # nobody listens yet: no harm
    stream(hall, speech)
    wait_for_thread(hall, len(speech) / RATE - 0.5)
    assert not [it for it in list(told.queue) if isinstance(it, Uttered)]
    hall.press(True)
    hall.played(speech[:4800], 48_000, 1)
    stream(hall, speech)
    hall.press(False)
    stream(hall, speech[: RATE // 2])
    assert final(told).speech.heard is not None
    hall.close()


def test_sources_by_name(tmp_path: Path) -> None:
    source = open_source("udp://127.0.0.1:0", 6)
    assert source.channels == 6
    source.close()
    for wrong in ("udp://127.0.0.1", "udp://:5004", "udp://127.0.0.1:http"):
        with pytest.raises(HearingError, match="udp://ADDRESS:PORT"):
            open_source(wrong, 1)
    array = tmp_path / "pair.yaml"
    array.write_text(
        "microphones: [{channel: 5, position: [0.05, 0, 0]}, {channel: 2, position: [-0.05, 0, 0]}]\n", encoding="utf-8"
    )
    assert (device_channels(array), device_channels(None)) == (6, 1)
    assert as_frames(np.array([16384], np.int16)).tolist() == [0.5]
