"""Sets of scenes on disk and the recordings they are made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sim.acoustics import noises
from sim.acoustics.conditions import STRANGERS, Condition, Stranger, fewer_strangers
from sim.acoustics.corpus import Corpus, Recording, read_corpus, resampled
from sim.acoustics.errors import RecordingsError
from sim.acoustics.halls import HALLS, RATE
from sim.acoustics.korean_ipa import ipa
from sim.acoustics.levels import power
from sim.acoustics.sets import REPORT, TUNE, Maker, halves, spread, write_manifest

pytest.importorskip("pyroomacoustics")


def recordings(folder: Path, lines: Sequence[dict[str, object]]) -> Path:
    rng = np.random.default_rng(0)
    for line in lines:
        sound = noises.white(rng, RATE // 2) * np.float32(0.1)
        soundfile.write(folder / str(line["file"]), sound, RATE, subtype="PCM_16")
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    lines: list[dict[str, object]] = [
        {"file": f"{voice}-{phrase}.wav", "phrase": phrase, "lang": "ko", "voice": voice}
        for voice in ("one", "two")
        for phrase in ("네", "정지", "그만")
    ]
    lines += [{"file": f"chat-{k}.wav", "phrase": None, "lang": "ko", "voice": "one", "text": "x"} for k in range(4)]
    return read_corpus(recordings(tmp_path, lines))


def test_a_set_is_on_disk_as_its_manifest_says(corpus: Corpus, tmp_path: Path) -> None:
    background, strangers = halves(corpus.chatter())
    maker = Maker(corpus, background, tmp_path / "set", REPORT, 3, bed_s=2.0)
    entries = list(maker.scenes(Condition("robot speaks", 2, noise="motors", own_voice_db=5.0), corpus.phrases("ko")))
    entries += maker.strangers(Stranger("talk", 1), strangers)
    entries += maker.strangers(Stranger("sound", 1, ("silence",)), strangers)
    entries += maker.strangers(Stranger("bed", 1, ("motors",)), strangers)
    write_manifest(tmp_path / "set" / "manifest.jsonl", entries)
    for line in (tmp_path / "set" / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        samples, rate = soundfile.read(tmp_path / "set" / entry["file"], dtype="float32")
        assert (rate, samples.shape[1]) == (RATE, 6)
        assert len(samples) / RATE == pytest.approx(entry["seconds"], abs=0.001)
        assert np.all(samples.std(axis=0) > 0)
        assert HALLS[entry["hall"]].rt60 == entry["rt60"]
    assert {entry.hall for entry in entries[:2]} == set(HALLS)
    assert [entry.phrase is None for entry in entries] == [False, False, True, True, True]
    assert entries[0].playback is not None
    assert (tmp_path / "set" / entries[0].playback).exists()


def test_tuning_and_reporting_share_nothing_random(corpus: Corpus, tmp_path: Path) -> None:
    def azimuths(folder: str, family: int, seed: int) -> list[float | None]:
        maker = Maker(corpus, [], tmp_path / folder, family, seed)
        condition = Condition("quiet", 3, snr_db=None)
        return [entry.azimuth_deg for entry in maker.scenes(condition, corpus.phrases("ko"))]

    tuned = azimuths("tune", TUNE, 1)
    assert tuned == azimuths("again", TUNE, 1)
    assert set(tuned).isdisjoint(azimuths("report", REPORT, 1))
    assert set(tuned).isdisjoint(azimuths("other", TUNE, 2))


def test_every_phrase_is_said_before_one_is_said_again(corpus: Corpus) -> None:
    order = spread(corpus.phrases("ko"), np.random.default_rng(1))
    assert len({recording.phrase for recording in order[:3]}) == 3
    assert len({recording.file for recording in order}) == 6


def test_nobody_talks_both_near_the_robot_and_behind_it(corpus: Corpus) -> None:
    background, near = halves(corpus.chatter())
    assert {r.file for r in background}.isdisjoint(r.file for r in near)
    assert len(background) + len(near) == 4


def test_voices_can_be_left_out(corpus: Corpus) -> None:
    left = read_corpus(corpus.folder, without_voices=("one",))
    assert {recording.voice for recording in left.recordings} == {"two"}
    assert left.domain("ko") == ["그만", "네", "정지"]
    (corpus.folder / "phrases-ko.txt").write_text("네\n\n아니요\n", encoding="utf-8")
    assert left.domain("ko") == ["네", "아니요"]
    with pytest.raises(RecordingsError, match="no recording is left"):
        read_corpus(corpus.folder, without_voices=("one", "two"))


def test_a_wrong_folder_or_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingsError, match=r"manifest\.jsonl: No such file"):
        read_corpus(tmp_path)
    (tmp_path / "manifest.jsonl").write_text('\n{"file": "a.wav", "lang": "ko", "voice": "v"}\n', encoding="utf-8")
    with pytest.raises(RecordingsError, match=r"manifest\.jsonl:2: phrase: Field required"):
        read_corpus(tmp_path)


def test_a_recording_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path, ())
    with pytest.raises(RecordingsError, match=r"gone\.wav"):
        corpus.sound(Recording(file="gone.wav", phrase=None, lang="ko", voice=""))
    soundfile.write(tmp_path / "still.wav", np.zeros(800, np.float32), RATE)
    with pytest.raises(RecordingsError, match="nothing is to be heard"):
        corpus.sound(Recording(file="still.wav", phrase=None, lang="ko", voice=""))


def test_other_rates_are_brought_to_16_khz() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32)
    sound = resampled(tone, 44_100)
    assert len(sound) == RATE
    assert power(sound) == pytest.approx(0.5, rel=0.02)
    assert int(np.argmax(np.abs(np.fft.rfft(sound)))) == 440


def test_there_are_400_sounds_that_are_no_command() -> None:
    assert sum(stranger.count for stranger in STRANGERS) == 400
    assert sum(stranger.count for stranger in fewer_strangers(200)) == 200


@pytest.mark.parametrize(
    ("pronounced", "phonemes"),
    [
        ("읻씀니까", "itsɯmnika"),
        ("안녕하세요", "annjʌŋhasejo"),
        ("물 로", "mul ɾo"),
        ("멀리.", "mʌlli."),
        ("abc 네", "ne"),
    ],
)
def test_pronounced_hangul_becomes_phonemes(pronounced: str, phonemes: str) -> None:
    assert ipa(pronounced) == phonemes
