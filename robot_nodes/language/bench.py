"""`fairguide bench language`: how much of a written test set is understood, clean and with recognition errors.

The sets are in `tests/data/language`: sentences written one by one from the venue's plan, before and without looking
at the templates; a `tune` set anyone may look into, and the `report` set the figures come from, whose sentences are
never printed. A sentence counts as right when intent and all slots are right, to the letter. With errors it counts as
any other, even where they have destroyed what no listener could restore (a booth number, the one word that was said).
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from maps.venue import Venue, load_venue
from robot_nodes.language.errors import LanguageError
from robot_nodes.language.intent import LANGUAGES
from robot_nodes.language.mishearing import Mishearing
from robot_nodes.language.understanding import Understanding

__all__ = ["Score", "Sentence", "bench_language", "measured", "read_set", "wilson", "words_of"]

VENUE = "ciftis2020"
FOLDER = Path(__file__).resolve().parents[2] / "tests" / "data" / "language"
RATES = (0.0, 0.05, 0.10, 0.20)
DRAWS = 3
"""How often each sentence is damaged anew; a quick run does it once."""
QUICK_STEP = 4
"""A quick run takes every fourth sentence."""
GOALS: Mapping[float, float] = {0.0: 98.0, 0.10: 96.0}
"""Error rate -> percent right."""
UNRELATED_GOAL, TIME_GOAL_MS = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was said and what it means; `unrelated` is nothing a robot should act on (intent `unknown`)."""

    text: str
    language: str
    intent: str
    slots: Mapping[str, str]
    unrelated: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over commands and over unrelated sentences, all draws together; times in seconds, one a sentence."""

    commands: int
    intent_right: int
    right: int
    unrelated: int
    taken_for: Mapping[str, int]
    """Intent -> unrelated sentences taken for it."""
    seconds: tuple[float, ...]
    mistakes: Mapping[tuple[str, str], int]
    """(intent meant, intent understood) -> how often, of commands that are not right."""
    by_intent: Mapping[str, tuple[int, int]]
    """Intent meant -> right, all."""

    @property
    def taken(self) -> int:
        """Unrelated sentences taken for a command."""
        return sum(self.taken_for.values())

    @property
    def wrong(self) -> int:
        """Commands taken for something else, rather than not understood."""
        return sum(times for (_, got), times in self.mistakes.items() if got != "unknown")


def read_set(language: str, name: Literal["tune", "develop", "report"], folder: Path = FOLDER) -> tuple[Sentence, ...]:
    """One language's sentences."""
    path = folder / f"{language}-{name}.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
        return tuple(
            Sentence(f["text"], f["lang"], f["intent"], dict(f["slots"]), f["kind"] == "unrelated") for f in found
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LanguageError(f"test sentences {path}: {error}; they are in the project's source tree") from error


def words_of(texts: Iterable[str]) -> set[str]:
    """The English words in `texts`, in small letters."""
    return {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}


def measured(
    understanding: Understanding,
    sentences: Sequence[Sentence],
    damage: Callable[[str], str],
    *,
    told: bool = True,
    draws: int = 1,
    clock: Callable[[], float] = time.thread_time,
    done: Callable[[], object] = lambda: None,
) -> Score:
    """Understand every sentence, `draws` times, each time damaged anew.

    :param told: whether the understanding is told the language, as a recogniser tells it; else it has to see it.
    """
    counts: Counter[str] = Counter()
    mistakes: Counter[tuple[str, str]] = Counter()
    taken_for: Counter[str] = Counter()
    by_intent: dict[str, list[int]] = {}
    seconds = []
    for sentence in (s for s in sentences for _ in range(draws)):
        text = damage(sentence.text)
        began = clock()
        got = understanding.understand(text, sentence.language if told else None)
        seconds.append(clock() - began)
        done()
        if sentence.unrelated:
            counts.update(unrelated=1)
            taken_for.update([got.name] if got.name != "unknown" else [])
            continue
        named = got.name == sentence.intent
        right = named and dict(got.slots) == sentence.slots
        counts.update(commands=1, named=named, right=right)
        if not right:
            mistakes[sentence.intent, got.name] += 1
        tally = by_intent.setdefault(sentence.intent, [0, 0])
        tally[0] += right
        tally[1] += 1
    return Score(
        counts["commands"], counts["named"], counts["right"], counts["unrelated"], taken_for,
        tuple(seconds), mistakes, {name: (tally[0], tally[1]) for name, tally in by_intent.items()},
    )  # fmt: skip


def wilson(right: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share `right` of `n`, 0..1 (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    middle = right + z * z / (2 * n)
    half = z * float(np.sqrt(right * (1 - right) / n + z * z / (4 * n * n)))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


def bench_language(*, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Understand the report sets of every language at the venue `ciftis2020`.

    :returns: `workload` and `figures`, as `fairguide bench` prints them; tables go to stderr.
    """
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 120)
    venue = load_venue(VENUE)
    run = _Run(Understanding(venue), _vocabulary(venue), seed, 1 if quick else DRAWS)
    figures: list[dict[str, Any]] = []
    table = Table("language", "condition", "n", "intent %", "intent + slots %", "95 %", "taken for else %",
                  "unrelated taken", title="Report sets (not told: the language is seen from the text)")  # fmt: skip
    seconds: list[float] = []
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        for language in LANGUAGES:
            sentences = read_set(language, "report")[:: QUICK_STEP if quick else 1]
            bar = progress.add_task(language, total=len(sentences) * (2 + run.draws * (len(RATES) - 1)))
            for rate in RATES:
                score = run.at(sentences, language, rate, lambda bar=bar: progress.advance(bar))  # type: ignore[misc]
                seconds += score.seconds
                figures += _figures(score, language, rate, len(sentences))
                _row(table, language, _condition(rate), score, len(sentences))
            told = measured(run.understanding, sentences, str, told=False, done=lambda bar=bar: progress.advance(bar))  # type: ignore[misc]
            figures.append(_share(f"{language}: intent and slots right, language not told", told.right, told.commands))
            _row(table, language, "not told", told, len(sentences))
    figures += _times(seconds)
    console.print(table)
    _confusions(console, run)
    return {"workload": _workload(run, seed, quick), "seed": seed, "figures": figures}


@dataclass(frozen=True, slots=True)
class _Run:
    understanding: Understanding
    vocabulary: frozenset[str]
    seed: int
    draws: int

    def at(self, sentences: Sequence[Sentence], language: str, rate: float,
           done: Callable[[], object] = lambda: None) -> Score:  # fmt: skip
        """`sentences` at this error rate."""
        if rate == 0.0:
            return measured(self.understanding, sentences, str, done=done)
        mishearing = Mishearing(language, self.vocabulary)
        chance = random.Random(f"{self.seed} {language} {rate}")
        return measured(
            self.understanding, sentences, lambda text: mishearing.misheard(text, rate, chance),
            draws=self.draws, done=done,
        )  # fmt: skip


def _vocabulary(venue: Venue) -> frozenset[str]:
    """What English words may be misheard as: the words of the sentences and of the exhibitors' names."""
    texts = [sentence.text for name in ("tune", "report") for sentence in read_set("en", name)]
    return frozenset(words_of(texts) | words_of(each.names["en"] for each in venue.exhibitors.values()))


def _figures(score: Score, language: str, rate: float, sentences: int) -> list[dict[str, Any]]:
    condition, draws = _condition(rate), _draws(score, sentences)
    return [
        _share(f"{language}: intent right, {condition}", score.intent_right, score.commands, draws),
        _share(f"{language}: intent and slots right, {condition}", score.right, score.commands, draws, GOALS.get(rate)),
        _share(f"{language}: commands taken for something else, {condition}", score.wrong, score.commands, draws),
        _share(
            f"{language}: unrelated sentences taken for a command, {condition}", score.taken, score.unrelated, draws,
            -UNRELATED_GOAL if rate == 0.0 else None,
        ),
    ]  # fmt: skip


def _share(name: str, count: int, n: int, draws: int = 1, goal: float | None = None) -> dict[str, Any]:
    """A figure in percent; `goal` at least, or, negative, at most. The interval takes the draws of a sentence as one,
    since they are not independent."""
    share = count / n if n else 0.0
    low, high = wilson(share, n // draws)
    met = None if goal is None else 100 * share >= goal if goal >= 0 else 100 * share <= -goal
    return {
        "name": name, "value": round(100 * share, 2), "unit": "%", "goal": None if goal is None else abs(goal),
        "met": met, "n": n // draws, "draws": draws, "interval": [round(100 * low, 2), round(100 * high, 2)],
    }  # fmt: skip


def _times(seconds: Sequence[float]) -> list[dict[str, Any]]:
    p50, p95 = (1000 * float(np.percentile(seconds, q)) for q in (50, 95))
    return [
        {"name": "understand, p50", "value": round(p50, 2), "unit": "ms", "goal": None, "met": None, "n": len(seconds)},
        {"name": "understand, p95", "value": round(p95, 2), "unit": "ms", "goal": TIME_GOAL_MS,
         "met": p95 <= TIME_GOAL_MS, "n": len(seconds)},
    ]  # fmt: skip


def _condition(rate: float) -> str:
    return "clean" if rate == 0.0 else f"{rate:.0%} errors"


def _draws(score: Score, sentences: int) -> int:
    return max(1, (score.commands + score.unrelated) // max(1, sentences))


def _row(table: Table, language: str, condition: str, score: Score, sentences: int) -> None:
    n = score.commands // _draws(score, sentences)
    low, high = wilson(score.right / score.commands if score.commands else 0.0, n)
    table.add_row(
        language, condition, str(n), f"{100 * score.intent_right / max(1, score.commands):.1f}",
        f"{100 * score.right / max(1, score.commands):.1f}", f"{100 * low:.1f}-{100 * high:.1f}",
        f"{100 * score.wrong / max(1, score.commands):.1f}",
        f"{score.taken} of {score.unrelated}",
    )  # fmt: skip


def _confusions(console: Console, run: _Run) -> None:
    """What is taken for what in the tune sets, clean."""
    table = Table("language", "right", "meant", "understood", "times", title="Tune sets, clean: what went wrong")
    for language in LANGUAGES:
        score = run.at(read_set(language, "tune"), language, 0.0)
        table.add_row(language, f"{score.right} of {score.commands}", "", "", "")
        mistakes = {**score.mistakes} | {("unrelated", got): times for got, times in score.taken_for.items()}
        for (meant, got), times in Counter(mistakes).most_common():
            table.add_row("", "", meant, got if got != meant else "the same, other slots", str(times))
    console.print(table)


def _workload(run: _Run, seed: int, quick: bool) -> str:
    return (
        f"language: report sets of {', '.join(LANGUAGES)} at {VENUE} ({len(run.understanding.venue.exhibitors)} "
        f"exhibitors), clean and with simulated recognition errors, {run.draws} draw(s) of seed {seed}"
        + (", every fourth sentence" if quick else "")
    )
