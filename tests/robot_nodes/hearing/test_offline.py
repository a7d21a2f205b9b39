"""`fairguide hear --offline`: what is reported, with a pretended recogniser; and the command itself on real sound."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from robot_nodes.hearing import offline as offline_module
from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.offline import Offline, Request, hear_offline, read_phrases, stages_without
from robot_nodes.hearing.recogniser import Heard, Verdict

KEYS = {"file", "text", "phrase", "accepted", "direction_deg", "snr_db", "rtf", "cpu_s", "latency_s", "beam"}


class PretendedEar:
    """Hears "hello" in anything, and believes it unless it is short."""

    def __init__(self, model: Any, language: str, phrases: tuple[str, ...] = (), **options: Any) -> None:
        self.language, self.phrases, self.options = language, phrases, options

    def recogniser(self, rate: int) -> Any:
        return PretendedRecogniser()


class PretendedRecogniser:
    complete = False
    verdict: Verdict | None = None
    samples = 0

    def accept(self, samples: npt.NDArray[np.int16]) -> Iterator[Heard]:
        self.samples += len(samples)
        yield Heard(text="hello", language="ko", partial=True)

    def finish(self) -> Heard | None:
        accepted = self.samples > 16_000
        self.verdict = Verdict("hello", "hello there", accepted, 0.8)
        return Heard(text="hello there", language="ko", confidence=0.8) if accepted else None


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline_module, "Ear", PretendedEar)
    monkeypatch.setattr(ModelShelf, "model", lambda self, language: language)


def run(*files: Path, **options: Any) -> tuple[int, list[dict[str, Any]], str]:
    out, err = io.StringIO(), io.StringIO()
    options.setdefault("venue", "hall")
    status = hear_offline(Request(files, "ko", as_json=True, **options), out, err)
    return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


@pytest.fixture
def phrases(tmp_path: Path) -> Path:
    path = tmp_path / "phrases.txt"
    path.write_text("\ufeffhello there\n\n  hello   there \ngood  bye\n", encoding="utf-8")
    return path


def test_one_object_for_each_recording(pretended: None, recordings: Path, phrases: Path) -> None:
    files = [recordings / "jf_alpha" / name for name in ("01.flac", "02.flac")]
    status, reports, err = run(*files, phrases=phrases)
    assert (status, err) == (0, "")
    assert [report["file"] for report in reports] == [str(file) for file in files]
    for report in reports:
        assert set(report) >= KEYS
        assert (report["text"], report["phrase"], report["accepted"]) == ("hello", "hello there", True)
        assert (report["direction_deg"], report["beam"]) == (None, "microphone")
        assert 0 < report["rtf"] < 5


def test_bad_files_are_one_line_each_and_the_others_go_on(
    pretended: None, recordings: Path, phrases: Path, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.int16), 16_000)
    soundfile.write(tmp_path / "four.wav", np.zeros((16_000, 4), np.int16), 16_000)
    (tmp_path / "text.wav").write_text("no sound")
    bad = [tmp_path / name for name in ("empty.wav", "none.wav", "four.wav", "text.wav")]
    status, reports, err = run(bad[0], recordings / "jf_alpha" / "01.flac", *bad[1:], phrases=phrases)
    assert status == 1
    assert len(reports) == 1
    lines = err.splitlines()
    assert len(lines) == 4
    for line, name, why in zip(lines, bad, ("no sound", "no such file", "4 channels", "not a recording"), strict=True):
        assert line.startswith("error: ")
        assert why in line
        assert name.name in line or "--array" in line


def test_silence_is_a_report_too(pretended: None, phrases: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.flac", np.zeros((48_000, 6), np.int16), 48_000)
    status, (report,), _ = run(tmp_path / "silence.flac", phrases=phrases)
    assert status == 0
    assert (report["text"], report["phrase"], report["accepted"], report["latency_s"]) == ("", None, False, None)


def test_a_rejected_phrase_is_named(pretended: None, recordings: Path, phrases: Path, tmp_path: Path) -> None:
    sound, rate = soundfile.read(recordings / "jf_alpha" / "01.flac")
    soundfile.write(tmp_path / "short.wav", sound[: rate * 2 // 5], rate)
    _, (report,), _ = run(tmp_path / "short.wav", phrases=phrases, without="suppress,endpoint")
    assert (report["phrase"], report["accepted"]) == ("hello there", False)


def test_latency_is_measured_where_the_recording_goes_on_after_the_voice(
    pretended: None, recordings: Path, phrases: Path, tmp_path: Path
) -> None:
    sound, rate = soundfile.read(recordings / "jf_alpha" / "01.flac")
    soundfile.write(tmp_path / "long.wav", np.concatenate([sound, np.zeros(2 * rate)]), rate)
    _, reports, _ = run(recordings / "jf_alpha" / "01.flac", tmp_path / "long.wav", phrases=phrases)
    assert reports[0]["latency_s"] is None
    assert 0.6 < reports[1]["latency_s"] < 2.0  # nothing is complete for the pretended recogniser: the whole hangover
    assert reports[1]["result_s"] == pytest.approx(reports[1]["speech_end_s"] + reports[1]["latency_s"], abs=0.002)


def test_without_endpointing_the_whole_recording_is_one_utterance(
    pretended: None, recordings: Path, phrases: Path
) -> None:
    _, (report,), _ = run(recordings / "jf_alpha" / "02.flac", phrases=phrases, without="endpoint,suppress")
    assert (report["begin_s"], report["why"], report["accepted"]) == (0.0, "closed", True)


def test_the_loudspeaker_may_be_given_at_another_length_and_rate(
    pretended: None, recordings: Path, phrases: Path, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "said.wav", np.random.default_rng(1).normal(0, 0.1, (24_000, 2)), 24_000)
    status, (report,), _ = run(recordings / "jf_alpha" / "01.flac", phrases=phrases, playback=tmp_path / "said.wav")
    assert (status, report["accepted"]) == (0, True)


def test_stages_can_be_left_out() -> None:
    stages, left_out = stages_without(["echo", " beam", ""])
    assert (stages.echo, stages.beam, stages.direction, set(left_out)) == (False, False, True, {"echo", "beam"})
    assert stages_without(["suppress"])[0].suppress == "none"
    assert stages_without(["level"])[0].level is False
    with pytest.raises(HearingError, match=r"--without noise: no such stage; there are echo, direction, beam"):
        stages_without(["noise"])


def test_what_is_left_out_reaches_the_recogniser(pretended: None) -> None:
    def domain(language: str) -> tuple[str, ...]:
        return ("a",)

    ears: Mapping[str, Any] = Offline.load(ModelShelf(), ["ko"], domain, without=["reject", "lattice"]).ears
    assert ears["ko"].options["alternatives"] == 1
    assert ears["ko"].options["judge"].threshold == 0.0
    assert Offline.load(ModelShelf(), ["ko"], domain).ears["ko"].options == {}  # type: ignore[attr-defined]


def test_phrases_are_one_a_line(phrases: Path, tmp_path: Path) -> None:
    assert read_phrases(phrases) == ("hello there", "good bye")
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    for name, why in (("empty.txt", "holds no phrase"), ("latin.txt", "no UTF-8"), ("none.txt", "No such file")):
        with pytest.raises(HearingError, match=why):
            read_phrases(tmp_path / name)


def test_what_cannot_be_run_at_all_is_one_clear_line(phrases: Path, tmp_path: Path) -> None:
    (tmp_path / "array.yaml").write_text("microphones: 3\n")
    with pytest.raises(HearingError, match="microphones must be a list"):
        Offline.load(ModelShelf(), ["ko"], lambda language: ("a",), array=tmp_path / "array.yaml")
    with pytest.raises(HearingError, match="say which, with --lang"):
        hear_offline(Request((), "ko,en", phrases=phrases))
    with pytest.raises(MissingModel):
        hear_offline(Request((), "xx", phrases=phrases))


@pytest.mark.sound
@pytest.mark.slow
def test_the_command_on_an_array(recordings: Path, tmp_path: Path) -> None:
    """A plane wave from 120 degrees with a little noise; and the same through one microphone."""
    if ModelShelf().problem("ko"):
        pytest.skip("no Korean model")
    sound, rate = soundfile.read(recordings / "jf_alpha" / "02.flac")
    sound = np.concatenate([np.zeros(rate), sound, np.zeros(rate)])
    angles = np.arange(6) * math.tau / 6
    delays_s = -0.046 * np.cos(angles - math.radians(120)) / 343.0
    frequency = np.fft.rfftfreq(len(sound), 1 / rate)
    spectrum = np.fft.rfft(sound)[None] * np.exp(-2j * np.pi * frequency[None] * delays_s[:, None])
    array = 0.3 * np.fft.irfft(spectrum, len(sound)).T
    array += np.random.default_rng(1).normal(0, 0.002, array.shape)
    soundfile.write(tmp_path / "six.flac", array, rate)
    soundfile.write(tmp_path / "one.flac", array[:, 0], rate)
    phrases = tmp_path / "phrases.txt"
    phrases.write_text(
        "문화 서비스 전시관으로 안내해 주세요\n화장실이 어디에 있습니까\n멈춰 주세요\n", encoding="utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "fairguide",
        "hear",
        "--offline",
        "--lang",
        "ko",
        "--phrases",
        str(phrases),
        "--json",
    ]
    files = [str(tmp_path / name) for name in ("six.flac", "missing.wav", "one.flac")]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "missing.wav: no such file" in done.stderr
    six, one = (json.loads(line) for line in done.stdout.splitlines())
    for report in (six, one):
        assert (report["phrase"], report["accepted"]) == ("문화 서비스 전시관으로 안내해 주세요", True)
    assert six["direction_deg"] == pytest.approx(120, abs=10)
    assert one["direction_deg"] is None
