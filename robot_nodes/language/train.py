"""`python -m robot_nodes.language.train [LANGUAGE ...]`: learns the classifier's weights.

Learned from are the sentences of `examples/LANGUAGE.yaml` and the `tune` and `develop` sets of `tests/data/language`,
as written and damaged by simulated recognition errors, so that what survives an error is learned too; the `report`
sets are never read. First it learns without a part of the two sets, prints how much of that part is understood, and
finds how cautious to be with chatter; the weights kept are then learned from all. Nothing is left to chance but what a
seed fixes; a run takes about four minutes a language.
"""

from __future__ import annotations

import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from maps.venue import Venue, load_venue
from robot_nodes.language.bench import Sentence, read_set, words_of
from robot_nodes.language.catalogue import languages, name_words
from robot_nodes.language.classifier import (
    FOLDER,
    NOTHING,
    STRANGE,
    Classifier,
    Label,
    Weights,
    strangeness,
    weights_file,
)
from robot_nodes.language.cues import cues
from robot_nodes.language.features import SIZE, Evidence, features
from robot_nodes.language.intent import IntentName
from robot_nodes.language.interpretation import Interpreter
from robot_nodes.language.lexicon import Lexicon
from robot_nodes.language.mishearing import Mishearing
from robot_nodes.language.names import SpokenName, spoken_names
from robot_nodes.language.normalise import clean
from robot_nodes.language.templates import templates

__all__ = ["Example", "examples", "fitted", "main", "parted", "written_examples"]

VENUE = "ciftis2020"
EXAMPLES = Path(__file__).parent / "examples"
_GAP = re.compile(r"\{(hall|exhibitor|session)\}")
_DRAWS: tuple[tuple[float, float], ...] = ((0.0, 1.0), *[(0.1, 0.3)] * 7, *[(0.2, 0.15)] * 3)
"""Error rate and weight of each version of a sentence. With three versions with errors two in a hundred fewer were
understood than with thirteen (Japanese, 10 % errors, 438 sentences not learned from)."""
_FEATURES, _UNITS = 24_000, 64
"""Features that count, those of the most sentences, and hidden units: more understand no more."""
_EPOCHS, _BATCH, _LEAST_STEPS = 6, 512, 320
"""How often every example is seen, how many at a time, and how many times something is learned at least."""
_RATE, _DECAY = 0.015, 1e-6
"""How fast is learned at first (it falls to nothing), and the weight of the squared weights against the mean loss."""
_SILENCED, _ASLEEP = 0.3, 0.4
"""Share of the features and of the units left out at random, anew each time, so that none is relied on alone."""
_MOST_ERRORS = 0.1
_CAUTIONS = tuple(step / 4 for step in range(13))
"""What may be added to "nothing" so that chatter is let alone: what errs least with sentences not learned from, with
and without errors, one in a hundred of the commands counting as much as one in a hundred of the chatter."""
_HARDLY_MORE = 0.003
"""Share of errors that is no reason to be more cautious: chatter of a third of a sentence held back."""
_HELD_BACK = 0.4
"""Share of the tune and develop sets that is at first not learned from."""


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
             *, rules: bool = True) -> Iterator[Example]:  # fmt: skip
    """Every sentence in all its versions.

    :param rules: whether to ask them too: to learn it is not needed.
    """
    mishearing = Mishearing(language, vocabulary)
    for sentence in sentences:
        known: dict[str, Example] = {}
        for draw, (rate, weight) in enumerate(_DRAWS):
            chance = random.Random(f"{sentence.text} {draw}")
            text = clean(mishearing.misheard(sentence.text, rate, chance) if rate else sentence.text)
            if text not in known:  # most versions of a short sentence are the sentence itself
                ruled = interpreter.ruled(text, language) if rules else None
                known[text] = Example(
                    sentence, rate, weight, interpreter.evidence(text, language),
                    Label.of(ruled.intent, dict(ruled.slots)) if ruled else None,
                    bool(ruled and ruled.confidence >= 1.0),
                )  # fmt: skip
            yield replace(known[text], rate=rate, weight=weight)


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


def parted(venue: Venue, names: Iterable[SpokenName], language: str) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences to learn from, and those of the tune and develop sets that are at first held back."""
    sets = [*read_set(language, "tune"), *read_set(language, "develop")]
    held_back = [each for each in sets if random.Random(f"hold{each.text}").random() < _HELD_BACK]
    apart = {clean(each.text) for each in held_back}
    known = (*sets, *written_examples(venue, names, language))
    return [each for each in known if clean(each.text) not in apart], held_back


def fitted(learned: Sequence[Example], *, caution: float = 0.0) -> Classifier:
    """The classifier that explains the examples best."""
    learned = _merged(learned)
    meant = [each.label.as_named(each.found) for each in learned]
    labels = tuple(sorted({*meant, NOTHING}, key=str))
    at = {label: index for index, label in enumerate(labels)}
    matrix = _matrix(learned)
    used = _often(learned, matrix)
    possible = np.array([[label.meant(each.found) is not None for label in labels] for each in learned])
    weight = np.array([each.weight for each in learned])
    net = _Net(len(used) + STRANGE, len(labels), np.random.default_rng(0))
    net.learn(_with_strangeness(matrix, used), np.array([at[it] for it in meant]), weight / weight.mean(), possible)
    words, strange = net.hidden[: len(used)], net.hidden[len(used) :]
    scale = np.maximum(np.abs(words).max(axis=0), 1e-6) / 127
    hidden = np.round(words / scale).astype(np.int8)
    learnt = Weights(used.astype(np.int32), hidden, strange, scale, net.bias, net.out, net.constant)
    return Classifier(labels, learnt, caution)


def _merged(learned: Sequence[Example]) -> list[Example]:
    """Versions of a sentence that are the same made one."""
    weights: dict[int, float] = defaultdict(float)
    first: dict[int, Example] = {}
    for each in learned:
        weights[id(each.found)] += each.weight
        first.setdefault(id(each.found), each)
    return [replace(each, weight=weights[key]) for key, each in first.items()]


def _with_strangeness(matrix: csr_matrix[Any], used: NDArray[np.int64]) -> csr_matrix[Any]:
    known = matrix[:, used]
    sums = (np.asarray(each.multiply(each).sum(axis=1)).ravel() for each in (known, matrix))
    return csr_matrix(hstack([known, csr_matrix(strangeness(*sums))]))


class _Net:
    """A hidden and a last layer, learned by Adam (Kingma and Ba 2015) with dropout (Srivastava et al. 2014)."""

    def __init__(self, features_count: int, labels: int, chance: np.random.Generator) -> None:
        self._chance = chance
        self.hidden = (0.3 * chance.standard_normal((features_count, _UNITS))).astype(np.float32)
        self.bias = np.zeros(_UNITS, dtype=np.float32)
        self.out = (_UNITS**-0.5 * chance.standard_normal((_UNITS, labels))).astype(np.float32)
        self.constant = np.zeros(labels, dtype=np.float32)

    def learn(self, matrix: csr_matrix[Any], meant: NDArray[np.int64], weight: NDArray[np.float64],
              possible: NDArray[np.bool_]) -> None:  # fmt: skip
        """Learn from all rows of `matrix` (examples, features).

        :param meant: (examples,) the column of the right label, :param weight: (examples,)
        :param possible: (examples, labels) which labels each may have.
        """
        count = matrix.shape[0]
        each = -(-count // _BATCH)
        steps = max(_EPOCHS * each, _LEAST_STEPS)
        parts = [self.hidden, self.bias, self.out, self.constant]
        means, squares = ([np.zeros_like(part) for part in parts] for _ in range(2))
        step = 0
        while step < steps:
            order = self._chance.permutation(count)
            for first in range(0, count, _BATCH):
                step += 1
                rows = order[first : first + _BATCH]
                slopes = self._slopes(matrix[rows], meant[rows], weight[rows], possible[rows])
                rate = _RATE * max(1 - step / (steps + 1), 0.0)
                for part, slope, mean, square in zip(parts, slopes, means, squares, strict=True):
                    _adam(part, slope, mean, square, rate, step)

    def _slopes(self, rows: csr_matrix[Any], meant: NDArray[np.int64], weight: NDArray[np.float64],
                possible: NDArray[np.bool_]) -> list[NDArray[np.float32]]:  # fmt: skip
        """How the loss changes with hidden, bias, out and constant."""
        count = len(meant)
        rows.data = rows.data * (self._chance.random(len(rows.data)) >= _SILENCED) / np.float32(1 - _SILENCED)
        sums = rows @ self.hidden + self.bias
        awake = ((self._chance.random(sums.shape) >= _ASLEEP) / (1 - _ASLEEP)).astype(np.float32)
        units = np.maximum(sums, 0) * awake
        wrong = _shares(np.where(possible, units @ self.out + self.constant, -np.inf))
        wrong[np.arange(count), meant] -= 1
        wrong = (wrong * (weight / count)[:, None]).astype(np.float32)
        back = (wrong @ self.out.T) * awake * (sums > 0)
        return [rows.T.tocsr() @ back + _DECAY * self.hidden, back.sum(axis=0), units.T @ wrong, wrong.sum(axis=0)]


def _shares(sums: NDArray[Any]) -> NDArray[Any]:
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return cast(NDArray[Any], powers / powers.sum(axis=1, keepdims=True))


def _adam(part: NDArray[np.float32], slope: NDArray[np.float32], mean: NDArray[np.float32],
          square: NDArray[np.float32], rate: float, step: int) -> None:  # fmt: skip
    """One step down `slope`, in place."""
    mean += (slope - mean) * np.float32(0.1)
    square += (slope * slope - square) * np.float32(0.01)
    size = np.float32(rate * np.sqrt(1 - 0.99**step) / (1 - 0.9**step))
    part -= size * mean / (np.sqrt(square) + np.float32(1e-8))


def _matrix(learned: Sequence[Example]) -> csr_matrix[Any]:
    rows = [features(each.found) for each in learned]
    ends = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
    columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return csr_matrix((values, columns, ends), shape=(len(rows), SIZE))


def _often(learned: Sequence[Example], matrix: csr_matrix[Any]) -> NDArray[np.int64]:
    """The features that most sentences have, of at least two: what was only ever said once tells nothing."""
    first = {text: index for index, text in enumerate(dict.fromkeys(each.sentence.text for each in learned))}
    owner = np.repeat([first[each.sentence.text] for each in learned], np.diff(matrix.indptr))
    pairs = np.unique(matrix.indices.astype(np.int64) * len(first) + owner)
    counts = np.bincount(pairs // len(first), minlength=SIZE)
    best = np.argsort(-counts, kind="stable")[:_FEATURES]
    return np.sort(best[counts[best] >= 2])


@dataclass(frozen=True, slots=True)
class _Tally:
    right: float
    """Share of the commands whose label is right."""
    taken: float
    """Share of the chatter taken for a command."""


def _tally(judge: Classifier, tried: Sequence[Example], rate: float) -> _Tally:
    at = [each for each in tried if each.rate == rate]
    chosen = [(each, _choice(judge, each, judge.log_probabilities(each.found))) for each in at]
    right = [each.label == label for each, label in chosen if not each.sentence.unrelated]
    taken = [label != NOTHING for each, label in chosen if each.sentence.unrelated]
    return _Tally(sum(right) / max(len(right), 1), sum(taken) / max(len(taken), 1))


def _choice(judge: Classifier, each: Example, judged: Mapping[Label, float]) -> Label:
    """:param judged: what the judge makes of it without rules and caution."""
    return each.ruled if each.sure and each.ruled else judge.weighed(judged, each.ruled)[0].label


def _calibrated(judge: Classifier, tried: Sequence[Example]) -> None:
    """Make the judge only as cautious as it must be to err hardly more with `tried` than it would at best."""
    heard = [(each, judge.log_probabilities(each.found)) for each in tried if each.rate <= _MOST_ERRORS]
    count = {unrelated: sum(each.sentence.unrelated == unrelated for each, _ in heard) for unrelated in (False, True)}
    errors: dict[float, float] = {}
    for judge.caution in _CAUTIONS:
        errors[judge.caution] = sum(
            1 / count[each.sentence.unrelated] for each, judged in heard if _choice(judge, each, judged) != each.label
        )
    judge.caution = min(it for it, share in errors.items() if share <= min(errors.values()) + _HARDLY_MORE)


def _measured(judge: Classifier, tried: Sequence[Example]) -> str:
    """How this judge does with what it has not seen."""
    told = [f"caution {judge.caution}"]
    for rate in (0.0, 0.1):
        at = [each for each in tried if each.rate == rate]
        commands = [each for each in at if not each.sentence.unrelated]
        tally = _tally(judge, tried, rate)
        rules = sum(each.ruled == each.label for each in commands) / max(len(commands), 1)
        told.append(
            f"{rate:.0%} errors: {tally.right:.1%} (rules alone {rules:.1%}) of {len(commands)} commands, "
            f"{tally.taken:.1%} of {len(at) - len(commands)} unrelated taken"
        )
    return "; ".join(told)


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
        known, held_back = parted(venue, names, language)
        seen = list(examples(interpreter, known, language, vocabulary, rules=False))
        tried = list(examples(interpreter, held_back, language, vocabulary))
        judge = fitted(seen)
        _calibrated(judge, tried)
        path = FOLDER / weights_file(language).name
        fitted([*seen, *tried], caution=judge.caution).save(path)
        told = f"held back, not learned from, {_measured(judge, tried)}"
        print(f"{language}: {told}; {path.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
