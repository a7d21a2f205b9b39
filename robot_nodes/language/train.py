"""`python -m robot_nodes.language.train [LANGUAGE ...]`: learns the classifier's weights from the written sentences.

Sentences are those of `examples/LANGUAGE.yaml` and the `tune` and `develop` sets of `tests/data/language`, as written
and damaged by simulated recognition errors, so that what survives an error is learned too; the `report` sets are never
read. A fifth of the develop set, chosen by a hash of the text, is held out first, to measure what is printed. The
weights kept are then learned from all of them. Nothing is left to chance but what a seed fixes; a run takes about a
minute a language.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from maps.venue import Venue, load_venue
from robot_nodes.language.bench import Sentence, read_set, words_of
from robot_nodes.language.catalogue import languages, name_words
from robot_nodes.language.classifier import FOLDER, NOTHING, Classifier, Label, weights_file
from robot_nodes.language.cues import cues
from robot_nodes.language.features import SIZE, Evidence, features
from robot_nodes.language.intent import IntentName
from robot_nodes.language.interpretation import Interpreter
from robot_nodes.language.lexicon import Lexicon
from robot_nodes.language.mishearing import Mishearing
from robot_nodes.language.names import SpokenName, spoken_names
from robot_nodes.language.normalise import clean
from robot_nodes.language.templates import templates

__all__ = ["Example", "examples", "fitted", "held_out", "main", "written_examples"]

VENUE = "ciftis2020"
EXAMPLES = Path(__file__).parent / "examples"
_GAP = re.compile(r"\{(hall|exhibitor|session)\}")
_DRAWS: tuple[tuple[float, float], ...] = ((0.0, 1.0), (0.05, 0.5), (0.1, 0.34), (0.1, 0.34), (0.1, 0.34), (0.2, 0.3))
"""Error rate and weight of each version of a sentence."""
_L2 = 3e-6
"""Weight of the squared weights against the mean loss."""
_STEPS = 80
_HELD = 5
"""One sentence in so many is held out."""
_CAUTION = 1.25
"""What chatter is given in advance: more of it costs commands and hardly stops what the rules take for one (two fifths
of the develop sets held out, four languages)."""


@dataclass(frozen=True, slots=True)
class Example:
    """One version of a sentence, taken apart."""

    sentence: Sentence
    rate: float
    weight: float
    found: Evidence
    ruled: Label | None
    sure: bool
    """Whether the rules are sure, so that the classifier is not asked."""

    @property
    def label(self) -> Label:
        """What it means."""
        return (
            NOTHING
            if self.sentence.unrelated
            else Label.of(cast(IntentName, self.sentence.intent), dict(self.sentence.slots))
        )


def examples(interpreter: Interpreter, sentences: Sequence[Sentence], language: str, vocabulary: Iterable[str],
             draws: Sequence[tuple[float, float]] = _DRAWS) -> Iterator[Example]:  # fmt: skip
    """Every sentence in all its versions."""
    mishearing = Mishearing(language, vocabulary)
    for sentence in sentences:
        for draw, (rate, weight) in enumerate(draws):
            chance = random.Random(f"{sentence.text} {draw}")
            text = clean(mishearing.misheard(sentence.text, rate, chance) if rate else sentence.text)
            ruled = interpreter.ruled(text, language)
            yield Example(
                sentence, rate, weight, interpreter.evidence(text, language),
                Label.of(ruled.intent, dict(ruled.slots)) if ruled else None,
                bool(ruled and ruled.confidence >= 1.0),
            )  # fmt: skip


def written_examples(venue: Venue, names: Iterable[SpokenName], language: str) -> Iterator[Sentence]:
    """The sentences of `examples/LANGUAGE.yaml`, each with some name of the venue where it has a gap."""
    by_kind: dict[str, list[str]] = {}
    for name in names:
        if name.language == language and name.rank == 0 and not name.weak:
            kind = "hall" if name.slot == "place" and name.value in venue.halls else name.slot
            by_kind.setdefault(kind, []).append(name.text)
    path = EXAMPLES / f"{language}.yaml"
    tree = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    for text, label in ((text, Label.read(name)) for name, texts in tree.items() for text in texts):
        chance = random.Random(text)
        filled = _GAP.sub(lambda gap: chance.choice(by_kind[gap.group(1)]), text)  # noqa: B023
        slots = {"language" if label.intent == "change_language" else "facility": label.value} if label.value else {}
        yield Sentence(filled, language, label.intent, slots, label == NOTHING)


def held_out(sentence: Sentence) -> bool:
    """Whether this sentence is one to measure on."""
    return crc32(sentence.text.encode()) % _HELD == 0


def fitted(learned: Sequence[Example], *, steps: int = _STEPS, caution: float = 0.0) -> Classifier:
    """The classifier that explains the examples best."""
    labels = tuple(sorted({each.label for each in learned} | {NOTHING}, key=str))
    at = {label: index for index, label in enumerate(labels)}
    matrix = _matrix(learned)
    used = _often(learned, matrix)
    meant = np.array([at[each.label] for each in learned])
    weight = np.array([each.weight for each in learned])
    best = _minimised(matrix[:, used], meant, weight / weight.sum(), len(labels), steps)
    scale = np.maximum(np.abs(best[:-1]).max(axis=0), 1e-6) / 127
    weights = np.zeros((SIZE, len(labels)), dtype=np.int8)
    weights[used] = np.round(best[:-1] / scale)
    return Classifier(labels, weights, scale.astype(np.float32), best[-1].astype(np.float32), caution)


def _matrix(learned: Sequence[Example]) -> csr_matrix[Any]:
    rows = [features(each.found) for each in learned]
    ends = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
    columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return csr_matrix((values, columns, ends), shape=(len(rows), SIZE))


def _often(learned: Sequence[Example], matrix: csr_matrix[Any]) -> NDArray[np.int64]:
    """Features of at least two sentences: what was only ever said once tells nothing of what others will say."""
    first = {text: index for index, text in enumerate(dict.fromkeys(each.sentence.text for each in learned))}
    owner = np.repeat([first[each.sentence.text] for each in learned], np.diff(matrix.indptr))
    pairs = np.unique(matrix.indices.astype(np.int64) * len(first) + owner)
    return np.flatnonzero(np.bincount(pairs // len(first), minlength=SIZE) >= 2)


def _minimised(
    matrix: csr_matrix[Any], meant: NDArray[np.int64], weight: NDArray[np.float64], count: int, steps: int
) -> NDArray[np.float64]:
    """Weights (features + 1, labels) of the least loss; the last row is the constant."""
    turned, rows = matrix.T.tocsr(), np.arange(len(meant))
    is_meant = np.zeros((len(meant), count))
    is_meant[rows, meant] = 1

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        now = flat.reshape(-1, count)
        sums = matrix @ now[:-1] + now[-1]
        sums -= sums.max(axis=1, keepdims=True)
        shares = np.exp(sums)
        total = shares.sum(axis=1, keepdims=True)
        wrong = (shares / total - is_meant) * weight[:, None]
        value = -float((weight * (sums[rows, meant] - np.log(total[:, 0]))).sum()) + 0.5 * _L2 * float(
            (now[:-1] ** 2).sum()
        )
        return value, np.vstack([turned @ wrong + _L2 * now[:-1], wrong.sum(axis=0)]).ravel()

    start = np.zeros((matrix.shape[1] + 1) * count)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 6})
    return np.asarray(found.x).reshape(-1, count)


@dataclass(frozen=True, slots=True)
class _Tally:
    right: float
    """Share of the commands whose label is right."""
    taken: float
    """Share of the chatter taken for a command."""


def _tally(judge: Classifier, tried: Sequence[Example], rate: float) -> _Tally:
    chosen = [(each, _choice(judge, each)) for each in tried if each.rate == rate]
    right = [each.label == label for each, label in chosen if not each.sentence.unrelated]
    taken = [label != NOTHING for each, label in chosen if each.sentence.unrelated]
    return _Tally(sum(right) / max(len(right), 1), sum(taken) / max(len(taken), 1))


def _choice(judge: Classifier, each: Example) -> Label:
    return each.ruled if each.sure and each.ruled else judge.decide(each.found, each.ruled)[0].label


def _learn(
    interpreter: Interpreter, language: str, vocabulary: frozenset[str], more: Sequence[Sentence], folder: Path
) -> str:
    develop = read_set(language, "develop")
    tune = read_set(language, "tune")
    every = list(examples(interpreter, [*tune, *develop, *more], language, vocabulary))
    held = {id(sentence) for sentence in develop if held_out(sentence)}
    tried = [each for each in every if id(each.sentence) in held]
    judge = fitted([each for each in every if id(each.sentence) not in held], caution=_CAUTION)
    told = []
    for rate in (0.0, 0.1):
        at = [each for each in tried if each.rate == rate]
        commands = [each for each in at if not each.sentence.unrelated]
        tally = _tally(judge, tried, rate)
        rules = sum(each.ruled == each.label for each in commands) / max(len(commands), 1)
        told.append(
            f"{rate:.0%} errors: {tally.right:.1%} (rules alone {rules:.1%}) of {len(commands)} commands, "
            f"{tally.taken:.1%} of {len(at) - len(commands)} unrelated taken"
        )
    path = folder / weights_file(language).name
    fitted(every, caution=_CAUTION).save(path)
    return f"{language}: held out, {'; '.join(told)}; {path.stat().st_size // 1000} kB"


def main(chosen: Sequence[str]) -> None:
    """Learn the languages `chosen`, or all that have sentences."""
    venue = load_venue(VENUE)
    names = spoken_names(venue)
    interpreter = Interpreter(venue, Lexicon(names), names)
    texts = [sentence.text for name in ("tune", "develop") for sentence in read_set("en", name)]
    vocabulary = frozenset(words_of(texts) | words_of(each.names["en"] for each in venue.exhibitors.values()))
    for language in chosen or languages():
        for load in (templates, cues, name_words):
            load(language)
        more = list(written_examples(venue, names, language))
        print(_learn(interpreter, language, vocabulary, more, FOLDER), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
