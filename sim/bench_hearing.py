"""How well the robot hears across a noisy hall: far-field scenes made by `sim.acoustics`, heard by `fairguide hear`.

`fairguide bench hearing` takes the recordings of `FAIRGUIDE_RECORDINGS` (a folder with a manifest, see
`sim.acoustics.corpus`) or the small set in `tests/data/speech/bench`. `python -m sim.bench_hearing` has the same as
options, and can keep the scenes and draw a chart.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sim.acoustics.chart import Bar, svg
from sim.acoustics.conditions import MAIN, OTHERS, STRANGERS, Condition, Stranger, fewer, fewer_strangers
from sim.acoustics.corpus import Corpus, read_corpus
from sim.acoustics.hearing import NoModelError, jobs, listen
from sim.acoustics.report import Measured, figures, table
from sim.acoustics.sets import BED_S, REPORT, TUNE, Entry, Maker, halves, write_manifest
from sim.acoustics.tally import Answer, Row, Truth, row

RECORDINGS = "FAIRGUIDE_RECORDINGS"
HERE = Path(__file__).resolve().parents[1] / "tests" / "data" / "speech" / "bench"
TUNED_VOICES = ("jf_alpha", "jf_gongitsune")
"""Voices the chain was tuned on: never reported on."""
LANGUAGES = ("ko", "zh", "en", "ja")
WORKERS = 2

ABLATIONS: Mapping[str, str] = {
    "without direction (beam straight ahead)": "direction",
    "without beam": "beam",
    "without noise suppression": "suppress",
    "without lattice (1-best)": "lattice",
    "without rejection": "reject",
}
"""Row -> what `hear --without` is told, at 5 m and 5 dB."""
ABLATED = 102
BARE = ("one microphone, 1-best, no other stage", "echo,direction,beam,suppress,lattice")
ONE = ("one microphone, all other stages", "")
"""Both hear the first channel of the same scenes."""
QUICK_SCENES, QUICK_OTHERS, QUICK_ABLATED, QUICK_STRANGERS = 12, 2, 4, 14
QUICK_BED_S = 8.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    main: tuple[Condition, ...]
    others: tuple[Condition, ...]
    strangers: tuple[Stranger, ...]
    ablated: int
    bed_s: float = BED_S

    @classmethod
    def of(cls, quick: bool) -> Plan:
        """The whole bench, or a short run to see that it works."""
        if not quick:
            return cls(MAIN, OTHERS, STRANGERS, ABLATED)
        return cls(
            tuple(fewer(condition, QUICK_SCENES) for condition in MAIN),
            tuple(fewer(condition, QUICK_OTHERS) for condition in OTHERS),
            fewer_strangers(QUICK_STRANGERS),
            QUICK_ABLATED,
            QUICK_BED_S,
        )


def bench_hearing(seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """The bench, as `fairguide bench hearing` runs it: `workload`, `figures`, and every row of the table.

    :raises RecordingsError: if the recordings cannot be used.
    """
    folder = Path(os.environ.get(RECORDINGS) or HERE)
    with tempfile.TemporaryDirectory(prefix="fairguide-hearing-") as scenes:
        return run(folder, Path(scenes), seed, Plan.of(quick), Console(stderr=True))


def run(folder: Path, out: Path, seed: int, plan: Plan, console: Console) -> dict[str, Any]:
    """Makes the scenes in `out`, has them heard, and prints the table."""
    corpus = read_corpus(folder, without_voices=TUNED_VOICES)
    found: list[Measured] = []
    problems: dict[str, str] = {}
    spoken = corpus.languages()
    for language in [*spoken, *(known for known in LANGUAGES if known not in spoken)]:
        if language not in spoken:
            problems[language] = "no recordings of phrases"
            continue
        with _bar(console) as progress:
            try:
                found.append(Language(corpus, language, out / language, seed, plan, progress).measured())
            except NoModelError as error:
                problems[language] = str(error)
    for measured in found:
        console.print(table(measured))
    for language, why in problems.items():
        console.print(f"{language}: not measured: {why}", highlight=False)
    return {
        "workload": _workload(folder, corpus, plan),
        "seed": seed,
        "figures": [figure for measured in found for figure in figures(measured)]
        + [{"name": f"{code}: hearing", "value": None, "unit": "%", "goal": None, "met": None} for code in problems],
        "languages": [measured.as_json() for measured in found],
        "not_measured": problems,
    }


class Language:
    """The bench of one language: its scenes, and what came of them."""

    def __init__(self, corpus: Corpus, language: str, out: Path, seed: int, plan: Plan, progress: Progress) -> None:
        self._corpus, self._language, self._out, self._plan = corpus, language, out, plan
        self._progress = progress
        background, self._strangers = halves(corpus.chatter())
        self._maker = Maker(corpus, background, out, REPORT, seed, plan.bed_s)
        self._phrases = out / "phrases.txt"
        self._phrases.write_text("\n".join(corpus.domain(language)) + "\n", encoding="utf-8")

    def measured(self) -> Measured:
        """Everything, in the order of the table."""
        main, others, strangers = self._made()
        last = main[self._plan.main[-1].name]
        some, spoken = last[: self._plan.ablated], others.get(_own_voice(self._plan.others), [])
        total = sum(map(len, (*main.values(), *others.values(), strangers)))
        total += len(some) * (len(ABLATIONS) + 2) + len(spoken)
        task = self._progress.add_task(f"{self._language}: hearing", total=total)
        heard = _Heard(self._language, self._phrases, self._out, lambda n: self._progress.advance(task, n))
        rows = heard.rows(main | others)
        alone = self._first_channel(some)
        ablations = [heard.row("the same scenes, every stage", some)]
        ablations += [heard.row(name, some, without) for name, without in ABLATIONS.items()]
        one, bare = heard.row(ONE[0], alone, ONE[1]), heard.row(BARE[0], alone, BARE[1])
        ablations += [one, bare]
        if spoken:
            ablations.append(heard.row("robot speaks, without echo cancellation", spoken, "echo"))
        return Measured(
            language=self._language,
            domain=len(self._corpus.domain(self._language)),
            rows=rows,
            ablations=ablations,
            bare=bare,
            strangers=heard.row("all sounds that are no command", strangers),
            kinds=[heard.row(kind, each) for kind, each in _kinds(strangers).items()],
        )

    def _made(self) -> tuple[dict[str, list[Entry]], dict[str, list[Entry]], list[Entry]]:
        phrases = self._corpus.phrases(self._language)
        wanted = sum(c.count for c in (*self._plan.main, *self._plan.others))
        task = self._progress.add_task(
            f"{self._language}: making scenes", total=wanted + sum(s.count for s in self._plan.strangers)
        )

        def made(entries: Iterable[Entry]) -> list[Entry]:
            kept = []
            for entry in entries:
                kept.append(entry)
                self._progress.advance(task)
            return kept

        main = {c.name: made(self._maker.scenes(c, phrases)) for c in self._plan.main}
        others = {c.name: made(self._maker.scenes(c, phrases)) for c in self._plan.others}
        strangers = [e for s in self._plan.strangers for e in made(self._maker.strangers(s, self._strangers))]
        everything = [e for group in (*main.values(), *others.values(), strangers) for e in group]
        write_manifest(self._out / "manifest.jsonl", everything)
        return main, others, strangers

    def _first_channel(self, entries: Sequence[Entry]) -> list[Entry]:
        """The same scenes as one microphone hears them."""
        import soundfile

        alone = []
        for entry in entries:
            samples, rate = soundfile.read(self._out / entry.file, dtype="int16", always_2d=True)
            name = f"one-{entry.file}"
            soundfile.write(self._out / name, samples[:, 0], rate, subtype="PCM_16")
            alone.append(Entry(**{**asdict(entry), "file": name, "array": "mono"}))
        return alone


class _Heard:
    """Answers to scenes, each asked for once for each choice of stages."""

    def __init__(self, language: str, phrases: Path, folder: Path, heard: Callable[[int], None]) -> None:
        self._language, self._phrases, self._folder, self._told = language, phrases, folder, heard
        self._known: dict[tuple[str, str], Answer] = {}

    def rows(self, groups: Mapping[str, Sequence[Entry]]) -> list[Row]:
        """One row a condition; all of them in one go, so that the models are loaded seldom."""
        self._ask([entry for group in groups.values() for entry in group], "")
        return [self.row(name, group) for name, group in groups.items()]

    def row(self, name: str, entries: Sequence[Entry], without: str = "") -> Row:
        """One row, asking for what is not known yet."""
        self._ask(entries, without)
        truths = [
            Truth(e.phrase, None if e.phrase is None else e.azimuth_deg, e.seconds, e.speech_end_s) for e in entries
        ]
        return row(name, truths, [self._known[entry.file, without] for entry in entries])

    def _ask(self, entries: Sequence[Entry], without: str) -> None:
        new = [entry for entry in entries if (entry.file, without) not in self._known]
        files = [(self._folder / e.file, self._folder / e.playback if e.playback else None) for e in new]
        calls = jobs(files, self._language, self._phrases, without=without, share=WORKERS)
        answers = listen(calls, WORKERS, self._told)
        for entry in new:
            self._known[entry.file, without] = answers[str(self._folder / entry.file)]


def _own_voice(conditions: Sequence[Condition]) -> str:
    return next((c.name for c in conditions if c.own_voice_db is not None), "")


def _kinds(strangers: Sequence[Entry]) -> dict[str, list[Entry]]:
    kinds: dict[str, list[Entry]] = {}
    for entry in strangers:
        kinds.setdefault(entry.condition, []).append(entry)
    return kinds


def _workload(folder: Path, corpus: Corpus, plan: Plan) -> str:
    voices = sorted({recording.voice for recording in corpus.recordings if recording.phrase is not None})
    return (
        f"hearing: {sum(c.count for c in (*plan.main, *plan.others))} scenes and "
        f"{sum(s.count for s in plan.strangers)} sounds that are no command for each language, six microphones on a "
        f"ring of 4.6 cm, two halls (RT60 0.6 and 1.2 s), recordings of {folder.name} in the voices {', '.join(voices)}"
    )


@contextmanager
def _bar(console: Console) -> Any:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        yield progress


def chart(measured: Mapping[str, Any]) -> str:
    """The table of the first language measured, as SVG."""
    first = measured["languages"][0]
    bars = [
        Bar(
            each["name"],
            each["right"],
            each["rejected"],
            each["wrong"],
            each["right_low"],
            each["right_high"],
            each["n"],
        )
        for each in (*first["rows"], *first["ablations"])
    ]
    return svg(f"What was heard ({first['language']}, {first['domain']} phrases), % of scenes", bars)


def make_set(folder: Path, out: Path, seed: int, plan: Plan, voices: Sequence[str]) -> int:
    """Scenes to tune on, from the voices named and seeds of their own; their number is returned."""
    whole = read_corpus(folder)
    corpus = Corpus(whole.folder, tuple(r for r in whole.recordings if r.voice in voices or r.phrase is None))
    background, strangers = halves(corpus.chatter())
    count = 0
    out.mkdir(parents=True, exist_ok=True)
    with (out / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for language in corpus.languages():
            maker = Maker(corpus, background, out, TUNE, seed, plan.bed_s)
            phrases = corpus.phrases(language)
            scenes = chain.from_iterable(maker.scenes(c, phrases) for c in (*plan.main, *plan.others))
            others = chain.from_iterable(maker.strangers(stranger, strangers) for stranger in plan.strangers)
            for entry in chain(scenes, others):
                manifest.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
                manifest.flush()
                count += 1
    return count


def main(words: Sequence[str] | None = None) -> None:
    """`python -m sim.bench_hearing`."""
    parser = argparse.ArgumentParser(prog="python -m sim.bench_hearing", description=__doc__)
    parser.add_argument("--recordings", type=Path, default=Path(os.environ.get(RECORDINGS) or HERE))
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="make the scenes in this folder and leave them there")
    parser.add_argument("--chart", type=Path, help="draw the table as SVG")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="fairguide-hearing-") as scenes:
        measured = run(
            asked.recordings, asked.keep or Path(scenes), asked.seed, Plan.of(asked.quick), Console(stderr=True)
        )
    if asked.chart and measured["languages"]:
        asked.chart.write_text(chart(measured), encoding="utf-8")
    print(json.dumps(measured, ensure_ascii=False))


if __name__ == "__main__":
    main()
