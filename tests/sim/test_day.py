from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.venue import Venue, load_venue
from sim.day import Day, sentence
from sim.errors import DayError
from sim.sound import blocks, with_voices


@pytest.fixture(scope="module")
def hall() -> Venue:
    return load_venue("hall")


def write(folder: Path, **more: object) -> Path:
    visitor = {"id": "v1", "at_s": 1.0, "place": "culture", **more}
    path = folder / "day.json"
    path.write_text(json.dumps({"venue": "hall", "visitors": [visitor]}), encoding="utf-8")
    return path


def test_generated_days_are_the_same_for_a_seed_and_survive_the_disk(hall: Venue, tmp_path: Path) -> None:
    first, again, other = (Day.generate(hall, 20, seed, ("zh", "en"), ["kiosk-01"], ["r"]) for seed in (1, 1, 2))
    assert first == again != other
    path = tmp_path / "day.json"
    path.write_text(first.to_json(), encoding="utf-8")
    assert Day.load(path, hall) == first
    assert {plan.by for plan in first.visitors} == {"robot", "kiosk"}
    assert {plan.language for plan in first.visitors} == {"zh", "en"}
    times = [plan.at_s for plan in first.visitors]
    assert times == sorted(times)


def test_everybody_asks_for_a_place_by_its_own_name(hall: Venue) -> None:
    day = Day.generate(hall, 40, 3, ("zh", "en", "ko"), {}, ["r"])
    for plan in day.visitors:
        place = hall.place(plan.place)
        assert any(name in plan.text for name in place.names.values())
        assert sentence(plan.model_copy(update={"text": ""}), place)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"place": "nowhere"}, "visitor v1: place: hall has no place 'nowhere'"),
        ({"at_s": -1}, "visitors.0.at_s"),
        ({"by": "kiosk"}, "name the kiosk"),
        ({"by": "kiosk", "kiosk": "kiosk-99"}, "has no kiosk 'kiosk-99'"),
        ({"hat": True}, "visitors.0.hat"),
        ({"sound": "missing.wav"}, "no such recording"),
    ],
)
def test_mistakes_are_named(hall: Venue, tmp_path: Path, more: dict[str, object], message: str) -> None:
    with pytest.raises(DayError, match=r"\A[^\n]*\Z") as caught:
        Day.load(write(tmp_path, **more), hall)
    assert message in str(caught.value)


def test_a_day_for_another_venue_or_no_file(hall: Venue, tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"hall"', '"moon"'), encoding="utf-8")
    with pytest.raises(DayError, match="the day is for moon, not hall"):
        Day.load(path, hall)
    with pytest.raises(DayError, match="give a day's JSON file"):
        Day.load(tmp_path / "none.json", hall)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_rubbish_is_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, rubbish: bytes) -> None:
    path = tmp_path_factory.mktemp("day") / "day.json"
    path.write_bytes(rubbish)
    with pytest.raises(DayError) as caught:
        Day.load(path, load_venue("hall"))
    assert "\n" not in str(caught.value)


def test_nobody_to_ask_or_no_language(hall: Venue) -> None:
    with pytest.raises(DayError, match="name at least one"):
        Day.generate(hall, 1, 1)
    with pytest.raises(DayError, match="choose from zh, en, ko"):
        Day.generate(hall, 1, 1, ("fr",), (), ["r"])


def test_recordings_are_cut_into_tenths_of_a_second(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.arange(4000, dtype=np.int16), 16000)
    cut = blocks(path)
    assert [len(block) for block in cut] == [1600, 1600, 800]
    assert np.array_equal(np.concatenate(cut), np.arange(4000))
    soundfile.write(path, np.zeros(100, np.int16), 8000)
    with pytest.raises(DayError, match="needs sound, 16 kHz, mono"):
        blocks(path)


def test_voices_take_the_place_of_typing(hall: Venue, tmp_path: Path) -> None:
    day = Day.load(write(tmp_path, language="en"), hall)
    voice = {"file": "01.flac", "language": "ko", "place": "finance", "text": "금융"}
    (tmp_path / "voices.json").write_text(json.dumps([voice]), encoding="utf-8")
    with pytest.raises(DayError, match=r"no recording 01\.flac"):
        with_voices(day, tmp_path)
    (tmp_path / "01.flac").touch()
    spoken = with_voices(day, tmp_path).visitors[0]
    assert spoken.sound == str(tmp_path / "01.flac")
    assert (spoken.language, spoken.place, spoken.text) == ("ko", "finance", "금융")
    with pytest.raises(DayError, match="list the recordings there"):
        with_voices(day, tmp_path / "none")
