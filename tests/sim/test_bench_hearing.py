"""The hearing bench: its statistics, what it makes of the robot's answers, its table and chart."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from rich.console import Console

from sim.acoustics import hearing
from sim.acoustics.chart import Bar, svg
from sim.acoustics.conditions import MAIN, OTHERS, STRANGERS, Condition, Stranger
from sim.acoustics.errors import RecordingsError
from sim.acoustics.hearing import FILES_A_PROCESS, Job, NoModelError, answer, jobs, listen
from sim.acoustics.report import Measured, figures
from sim.acoustics.tally import Answer, Row, Truth, quantile, row, wilson
from sim.bench_hearing import HERE, TUNED_VOICES, Plan, chart, run


def said(phrase: str | None, *, accepted: bool = True, result_s: float | None = None, others: int = 0) -> Answer:
    return Answer(phrase, accepted, direction_deg=None, result_s=result_s, cpu_s=0.5, others=others)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(0, 400, 0.0, 0.0095), (5, 10, 0.2366, 0.7634), (97, 100, 0.9155, 0.9897), (10, 10, 0.7225, 1.0)],
)
def test_intervals_are_wilsons(count: int, n: int, low: float, high: float) -> None:
    assert wilson(count, n) == pytest.approx((low, high), abs=2e-4)


def test_nothing_counted_is_not_measured() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert quantile([], 0.5) is None
    empty = row("none", [], [])
    assert empty.right.percent is None
    assert empty.realtime is None
    assert [figure["met"] for figure in figures(_measured(empty))] == [None] * 9


def test_answers_are_right_wrong_or_rejected() -> None:
    truths = [Truth("a", None, 2.0)] * 5
    answers = [said("a"), said("b"), said("a", accepted=False), said(None, accepted=False), said("a", others=1)]
    counted = row("five", truths, answers)
    assert (counted.right.count, counted.wrong.count, counted.rejected.count) == (1, 2, 2)
    assert counted.right.percent == pytest.approx(20.0)
    assert counted.realtime == pytest.approx(0.25)


def test_a_sound_that_is_no_command_is_right_when_nothing_is_accepted() -> None:
    truths = [Truth(None, None, 2.0)] * 3
    counted = row("sounds", truths, [said(None, accepted=False), said("a", accepted=False), said("a")])
    assert (counted.right.count, counted.wrong.count, counted.rejected.count) == (2, 1, 0)


def test_directions_are_compared_across_the_back() -> None:
    truths = [Truth("a", 179.0, 1.0), Truth("a", 10.0, 1.0)]
    answers = [Answer("a", True, -178.0, None, 0.1), Answer("a", True, 10.0, None, 0.1)]
    assert row("two", truths, answers).direction_median == pytest.approx(1.5)


def test_latency_counts_from_the_true_end_and_a_recordings_end_is_late() -> None:
    truths = [Truth("a", None, 3.0, end_s=2.0)] * 3
    answers = [said("a", result_s=2.3), said("a", result_s=None), said("b", accepted=False, result_s=9.0)]
    late = row("late", truths, answers)
    assert late.latency_p50 == pytest.approx((0.3 + 1.0) / 2)


def test_a_line_of_hear_is_read() -> None:
    line = (
        '{"file": "x", "text": "t", "phrase": "p", "accepted": true, "direction_deg": -3.5, "cpu_s": 0.2, "rtf": 0.1}'
    )
    assert answer(json.loads(line)) == Answer("p", True, -3.5, None, 0.2, 0)


def test_recordings_are_shared_among_processes_and_playback_goes_alone() -> None:
    files = [(Path(f"{k}.flac"), Path("said.flac") if k == 3 else None) for k in range(2 * FILES_A_PROCESS + 2)]
    calls = jobs(files, "ko", Path("p.txt"), without="beam,echo", share=2)
    assert [len(call.files) for call in calls] == [FILES_A_PROCESS, FILES_A_PROCESS, 1, 1]
    assert calls[0].command()[1:5] == ["-m", "fairguide", "hear", "--offline"]
    assert calls[0].command()[calls[0].command().index("--without") + 1] == "beam,echo"
    assert calls[-1].command()[-3:] == ["--playback", "said.flac", "3.flac"]
    assert [len(call.files) for call in jobs(files[:3], "ko", Path("p.txt"), share=2)] == [2, 1]


class Saying(Job):
    """A call of a stand-in for `hear`, since no model is needed to see how answers and failures are taken."""

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.language, *map(str, self.files)]


ANSWERS = (
    "import sys, json\n"
    "for f in sys.argv[1:]:\n"
    "    print(json.dumps(dict(file=f, phrase='p', accepted=True, direction_deg=1.0, cpu_s=0.1)))"
)


def test_answers_come_from_several_processes(tmp_path: Path) -> None:
    calls = [Saying((tmp_path / f"{k}.flac",), ANSWERS, tmp_path) for k in range(3)]
    heard: list[int] = []
    answers = listen(calls, 2, heard.append)
    assert set(answers) == {str(tmp_path / f"{k}.flac") for k in range(3)}
    assert sum(heard) == 3


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (
            "import sys; sys.exit('error: no speech model for xx: FAIRGUIDE_VOSK_MODELS')",
            NoModelError,
            "xx",
        ),
        ("import sys; sys.exit('error: broken')", RecordingsError, "ended with 1: error: broken"),
        ("pass", RecordingsError, "gave no answer"),
    ],
)
def test_a_failing_hear_is_told(code: str, error: type[Exception], words: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=words):
        listen([Saying((tmp_path / "a.flac",), code, tmp_path)], 1, lambda count: None)


def _measured(each: Row) -> Measured:
    return Measured("ko", 204, [each, each], [each], each, each, [each])


def test_figures_say_what_is_met() -> None:
    truths = [Truth("a", 0.0, 2.0, 1.5)] * 100
    good = row("good", truths, [Answer("a", True, 2.0, 1.7, 0.3)] * 100)
    bad = row("bad", truths, [Answer("b", True, 50.0, 1.9, 0.9)] * 100)
    met = {figure["name"]: figure["met"] for figure in figures(Measured("ko", 9, [good, good], [good], bad, good, []))}
    assert set(met.values()) == {True}
    missed = figures(Measured("ko", 9, [bad, bad], [bad], good, bad, []))
    assert {figure["met"] for figure in missed} == {False}
    assert all({"name", "value", "unit", "goal", "met"} <= figure.keys() for figure in missed)


def test_the_whole_bench_is_about_what_the_figures_say() -> None:
    whole = Plan.of(quick=False)
    assert [(c.distance, c.snr_db, c.noise) for c in whole.main] == [(5.0, 10.0, "babble"), (5.0, 5.0, "babble")]
    assert sum(stranger.count for stranger in whole.strangers) == 400
    names = [condition.name for condition in (*MAIN, *OTHERS)]
    assert len(names) == len(set(names))
    assert {1.0, 3.0, 7.0} <= {c.distance for c in OTHERS}
    assert {20.0, 0.0, None} <= {c.snr_db for c in OTHERS}
    assert {"music", "announcements", "motors"} <= {c.noise for c in OTHERS}
    assert sum(c.count for c in Plan.of(quick=True).main) < 50 < sum(c.count for c in STRANGERS)


def test_a_chart_draws_every_bar_to_scale() -> None:
    drawn = svg("a < b", [Bar("x & y", 50.0, 30.0, 20.0, 40.0, 60.0, 10)])
    root = ElementTree.fromstring(drawn)
    bars = [float(part.get("width", 0)) for part in root.iter("{http://www.w3.org/2000/svg}rect")][-3:]
    assert bars[0] == pytest.approx(2.5 * bars[2])
    assert "x & y (n=10)" in [part.text for part in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_committed_recordings_are_of_voices_nothing_was_tuned_on() -> None:
    lines = [json.loads(line) for line in (HERE / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["voice"] for line in lines}.isdisjoint(TUNED_VOICES)
    assert all((HERE / line["file"]).is_file() for line in lines)
    domain = (HERE / "phrases-ko.txt").read_text(encoding="utf-8").split("\n")
    assert {line["phrase"] for line in lines if line["phrase"] is not None} <= set(domain)


def test_a_bench_of_a_made_up_language_runs_and_a_missing_model_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyroomacoustics")
    rng = np.random.default_rng(0)
    with (tmp_path / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for lang in ("xx", "yy"):
            for phrase in ("a", "b", None, None):
                name = f"{lang}-{phrase}-{rng.integers(10**6)}.wav"
                soundfile.write(tmp_path / name, rng.normal(0, 0.1, 8_000), 16_000)
                line = {"file": name, "phrase": phrase, "lang": lang, "voice": "v"}
                manifest.write(json.dumps(line) + "\n")
    known = "if 'yy' in sys.argv: sys.exit('no speech model: FAIRGUIDE_VOSK_MODELS')\n"
    code = ANSWERS.replace("import sys, json\n", "import sys, json\n" + known).replace("argv[1:]", "argv[2:]")

    class Stand(Job):
        def command(self) -> list[str]:
            return [sys.executable, "-c", code, self.language, *map(str, self.files)]

    monkeypatch.setattr(hearing, "Job", Stand)
    plan = Plan(
        (Condition("m", 2, snr_db=None),),
        (Condition("o", 1, snr_db=None),),
        (Stranger("sound", 2, ("silence",)),),
        1,
        1.0,
    )
    measured = run(tmp_path, tmp_path / "scenes", 1, plan, Console(quiet=True))
    (language,) = measured["languages"]
    assert language["language"] == "xx"
    assert language["rows"][0]["n"] == 2
    assert language["out_of_domain"]["all"]["accepted"] == 2
    assert set(measured["not_measured"]) == {"yy", "ko", "zh", "en", "ja"}
    assert {f["met"] for f in measured["figures"] if f["name"].endswith(": hearing")} == {None}
    assert ElementTree.fromstring(chart(measured)).tag.endswith("svg")
    json.dumps(measured)
