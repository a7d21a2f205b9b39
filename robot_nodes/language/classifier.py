"""The learned half of the understanding: which intent a sentence has, judging by sentences it has seen.

A small neural network (one hidden layer of rectified sums) over the features of `features`, learned by `train` and
kept in `weights/LANGUAGE.npz`. It judges together with the cues' rules: to the logarithm of its probability is added
a fixed trust in what the rules say (a product of experts), so that either may be overruled by the other, and every
decision can be traced to two numbers a label. A language without weights is understood by its rules alone.

What asks for the facility or the language it names is one label, whichever is named ("find_facility/="), so that
a way of asking learned with one of them is known for all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robot_nodes.language.features import SIZE, Evidence, features
from robot_nodes.language.intent import INTENTS, IntentName
from robot_nodes.language.slots import kind_of

__all__ = [
    "FOLDER",
    "NAMED",
    "NOTHING",
    "RULE_SAYS",
    "STRANGE",
    "Classifier",
    "Label",
    "Verdict",
    "Weights",
    "classifier",
    "strangeness",
    "weights_file",
]

FOLDER = Path(__file__).parent / "weights"
RULE_SAYS, RULES_SILENT = 2.0, 0.5
"""What is added to a label the rules say, and to "nothing" where no rule holds; found on the develop sets, weights
learned without them."""
NAMED = "="
"""The value of a label that is about whatever the sentence names."""
_SLOT_OF: Mapping[str, str] = {"find_facility": "facility", "ask_transport": "facility", "change_language": "language"}
"""Intents that are about a facility or a language -> its slot."""
_LIKELIEST = 3
_LIMITS = (0.0, 0.3, 0.6)
STRANGE = len(_LIMITS)


@dataclass(frozen=True, slots=True)
class Label:
    """An intent, with the facility or language where that is what the sentence is all about."""

    intent: IntentName
    value: str = ""

    @classmethod
    def of(cls, intent: IntentName, slots: Mapping[str, str]) -> Label:
        """What the classifier calls this meaning."""
        return cls(intent, slots.get(_SLOT_OF[intent], "") if intent in _SLOT_OF else "")

    @classmethod
    def read(cls, text: str) -> Label:
        """The label written `text`: "guide_to", "find_facility/toilet"."""
        intent, _, value = text.partition("/")
        if intent not in INTENTS:
            raise ValueError(f"no intent {intent!r}")
        return cls(intent, value)

    def as_named(self, found: Evidence) -> Label:
        """This label in a sentence: about what is named, if it is about that."""
        slot = _SLOT_OF.get(self.intent, "")
        if not self.value or all((piece.kind, piece.value) != (slot, self.value) for piece in found.pieces):
            return self
        return Label("find_facility" if slot == "facility" else self.intent, NAMED)

    def meant(self, found: Evidence) -> Label | None:
        """The inverse: what a label about what is named says here; None where nothing of its kind is named."""
        if self.value != NAMED:
            return self
        slot = _SLOT_OF[self.intent]
        value = next((piece.value for piece in reversed(found.pieces) if piece.kind == slot), "")
        return Label(kind_of(self.intent, {slot: value}), value) if value else None

    def __str__(self) -> str:
        return f"{self.intent}/{self.value}" if self.value else self.intent


NOTHING = Label("unknown")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a sentence most likely means."""

    label: Label
    probability: float
    """Of the two experts together, 0..1."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned."""

    numbers: NDArray[np.int32]
    """The features that count (features,), each once."""
    hidden: NDArray[np.int8]
    """(features, units), to be multiplied with `scale` (units,)."""
    strange: NDArray[np.float32]
    """(STRANGE, units), for `strangeness`."""
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    """(units,)"""
    out: NDArray[np.float32]
    """(units, labels)"""
    constant: NDArray[np.float32]
    """(labels,)"""


class Classifier:
    """The judge of one language. Never changes once built."""

    def __init__(self, labels: tuple[Label, ...], weights: Weights, caution: float) -> None:
        """
        :param labels: as learned, some of them about what is named.
        :param caution: what is added to "nothing", so that next to no chatter is taken for a command.
        """
        self.labels = labels
        self.caution = caution
        self._weights = weights
        self._row = np.full(SIZE, -1, dtype=np.int32)
        self._row[weights.numbers] = np.arange(len(weights.numbers), dtype=np.int32)

    def log_probabilities(self, found: Evidence) -> dict[Label, float]:
        """The logarithm of the probability of every label this sentence may have, without the rules and caution."""
        numbers, values = features(found)
        rows, learned = self._row[numbers], self._weights
        known = rows >= 0
        units = (values[known] @ learned.hidden[rows[known]].astype(np.float32)) * learned.scale + learned.bias
        units += (
            strangeness(np.array([values[known] @ values[known]]), np.array([values @ values]))[0] @ learned.strange
        )
        sums = np.maximum(units, 0) @ learned.out + learned.constant
        judged: dict[Label, float] = {}
        for label, total in zip(self.labels, sums.tolist(), strict=True):
            meant = label.meant(found)
            if meant:
                judged[meant] = float(np.logaddexp(judged[meant], total)) if meant in judged else total
        return _normalised(judged)

    def probability(self, found: Evidence, intent: IntentName) -> float:
        """How likely a sentence has this intent, without the rules and caution, 0..1."""
        return sum(math.exp(each) for label, each in self.log_probabilities(found).items() if label.intent == intent)

    def decide(self, found: Evidence, ruled: Label | None) -> tuple[Verdict, ...]:
        """The likeliest labels, the best first, by what was learned and the rules together.

        :param ruled: what the rules say; None: nothing.
        """
        return self.weighed(self.log_probabilities(found), ruled)

    def weighed(self, judged: Mapping[Label, float], ruled: Label | None) -> tuple[Verdict, ...]:
        """`judged` (log_probabilities) together with what the rules say."""
        sums = dict(judged)
        sums[NOTHING] += self.caution
        if ruled is None or ruled == NOTHING:
            sums[NOTHING] += RULES_SILENT
        else:
            alike = [label for label in sums if label == ruled] or [it for it in sums if it.intent == ruled.intent]
            if alike:
                sums[max(alike, key=lambda it: sums[it])] += RULE_SAYS
        shares = _normalised(sums)
        best = sorted(shares, key=lambda label: -shares[label])[:_LIKELIEST]
        return tuple(Verdict(label, math.exp(shares[label])) for label in best)

    def save(self, path: Path) -> None:
        """Write the weights; the same weights give the same bytes."""
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(
            path,
            labels=np.array([str(label) for label in self.labels]),
            numbers=self._weights.numbers,
            hidden=self._weights.hidden,
            strange=self._weights.strange,
            scale=self._weights.scale,
            bias=self._weights.bias,
            out=self._weights.out,
            constant=self._weights.constant,
            caution=np.array(self.caution, dtype=np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            labels = tuple(Label.read(str(text)) for text in stored["labels"])
            parts = (stored[name] for name in ("numbers", "hidden", "strange", "scale", "bias", "out", "constant"))
            return cls(labels, Weights(*parts), float(stored["caution"]))


def strangeness(known: NDArray[np.floating], every: NDArray[np.floating]) -> NDArray[np.float32]:
    """What tells sentences of words never learned (n, STRANGE): the share of their features that is unknown, and how
    much it exceeds two limits. Chatter is about anything; commands are of few words.

    :param known: (n,) sums of the squared values of the features that count, :param every: of all.
    """
    share = 1 - known / every
    return np.stack([2 * np.maximum(share - limit, 0) for limit in _LIMITS], axis=-1).astype(np.float32)


def weights_file(language: str) -> Path:
    """Where the weights of `language` are."""
    return FOLDER / f"{language}.npz"


@cache
def classifier(language: str) -> Classifier | None:
    """The judge of `language`, read once per process; None if nothing was learned for it."""
    path = weights_file(language)
    return Classifier.load(path) if path.exists() else None


def _normalised(sums: Mapping[Label, float]) -> dict[Label, float]:
    most = max(sums.values())
    total = most + math.log(sum(math.exp(value - most) for value in sums.values()))
    return {label: value - total for label, value in sums.items()}
