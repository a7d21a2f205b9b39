"""The learned half of the understanding: which intent a sentence has, judging by sentences it has seen.

A multinomial logistic regression over the features of `features`, learned by `train` from the written sentences in
`tests/data/language` and kept in `weights/LANGUAGE.npz`. It judges together with the cues' rules: to the
logarithm of its probability is added a fixed trust in what the rules say (a product of experts), so that either may be
overruled by the other, and every decision can be traced to two numbers a label. A language without weights is
understood by its rules alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from robot_nodes.language.features import Evidence, features
from robot_nodes.language.intent import INTENTS, IntentName

__all__ = ["FOLDER", "NOTHING", "RULE_SAYS", "Classifier", "Label", "Verdict", "classifier", "weights_file"]

FOLDER = Path(__file__).parent / "weights"
RULE_SAYS, RULES_SILENT = 3.0, 1.0
"""What is added to a label the rules say, and to "nothing" where no rule holds; found on sentences held out."""
_VALUED = frozenset({"find_facility", "ask_transport", "change_language"})


@dataclass(frozen=True, slots=True)
class Label:
    """An intent, with the facility or language where that is what the sentence is all about."""

    intent: IntentName
    value: str = ""

    @classmethod
    def of(cls, intent: IntentName, slots: dict[str, str]) -> Label:
        """What the classifier calls this meaning."""
        value = slots.get("language" if intent == "change_language" else "facility", "")
        return cls(intent, value if intent in _VALUED else "")

    @classmethod
    def read(cls, text: str) -> Label:
        """The label written `text`: "guide_to", "find_facility/toilet"."""
        intent, _, value = text.partition("/")
        if intent not in INTENTS:
            raise ValueError(f"no intent {intent!r}")
        return cls(intent, value)

    def __str__(self) -> str:
        return f"{self.intent}/{self.value}" if self.value else self.intent


NOTHING = Label("unknown")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a sentence most likely means."""

    label: Label
    probability: float
    """Of the two experts together, 0..1."""


class Classifier:
    """The judge of one language. Never changes once built."""

    def __init__(self, labels: tuple[Label, ...], weights: NDArray[np.int8], scale: NDArray[np.float32],
                 constant: NDArray[np.float32], caution: float) -> None:  # fmt: skip
        """
        :param weights: (SIZE, labels), to be multiplied with `scale` (labels,).
        :param constant: (labels,), added to every sentence.
        :param caution: what is added to "nothing", so that next to no chatter is taken for a command.
        """
        self.labels = labels
        self.caution = caution
        self._weights, self._scale, self._constant = weights, scale, constant
        self._at = {label: index for index, label in enumerate(labels)}
        self._intents = {label.intent: index for index, label in reversed(list(enumerate(labels)))}

    def log_probabilities(self, found: Evidence) -> NDArray[np.float32]:
        """The logarithm of the probability of every label (labels,), without the rules and without caution."""
        numbers, values = features(found)
        sums = (values @ self._weights[numbers].astype(np.float32)) * self._scale + self._constant
        return _normalised(sums)

    def decide(self, found: Evidence, ruled: Label | None) -> tuple[Verdict, ...]:
        """Labels by their probability, the likeliest first; only those from which nothing follows are left out.

        :param ruled: what the rules say; None: nothing.
        """
        return self.weighed(self.log_probabilities(found), ruled)

    def weighed(self, judged: NDArray[np.float32], ruled: Label | None) -> tuple[Verdict, ...]:
        """`judged` (log_probabilities) together with what the rules say, the three likeliest."""
        sums = judged.copy()
        nothing = self._at[NOTHING]
        sums[nothing] += self.caution
        if ruled is None or ruled == NOTHING:
            sums[nothing] += RULES_SILENT
        else:
            index = self._at.get(ruled, self._intents.get(ruled.intent))
            if index is not None:
                sums[index] += RULE_SAYS
        shares = np.exp(_normalised(sums))
        best = np.argsort(-shares, kind="stable")[:3]
        return tuple(Verdict(self.labels[index], float(shares[index])) for index in best)

    def save(self, path: Path) -> None:
        """Write the weights; the same weights give the same bytes."""
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(
            path,
            labels=np.array([str(label) for label in self.labels]),
            weights=self._weights,
            scale=self._scale,
            constant=self._constant,
            caution=np.array(self.caution, dtype=np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            labels = tuple(Label.read(str(text)) for text in stored["labels"])
            return cls(labels, stored["weights"], stored["scale"], stored["constant"], float(stored["caution"]))


def weights_file(language: str) -> Path:
    """Where the weights of `language` are."""
    return FOLDER / f"{language}.npz"


@cache
def classifier(language: str) -> Classifier | None:
    """The judge of `language`, read once per process; None if nothing was learned for it."""
    path = weights_file(language)
    return Classifier.load(path) if path.exists() else None


def _normalised(sums: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = sums - sums.max()
    return cast(NDArray[np.float32], shifted - np.log(np.exp(shifted).sum()))
