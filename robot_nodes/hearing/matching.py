"""What the recogniser's alternatives say about which phrase of the domain was spoken."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Hypothesis", "WholePhrases", "margin", "posteriors"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A phrase of the domain, and its log likelihood (acoustics and graph, natural log, all its cuts together)."""

    phrase: str
    score: float


class WholePhrases:
    """The phrases of a graph that has nothing but them; letters decide, spaces are the recogniser's own."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases: dict[str, str] = {}
        for phrase in phrases:
            self._phrases.setdefault(_letters(phrase), phrase)
        self._sorted = sorted(self._phrases)

    def complete(self, said: str) -> bool:
        """`said` is a whole phrase, and no longer one begins with it."""
        letters = _letters(said)
        if letters not in self._phrases:
            return False
        after = bisect_left(self._sorted, letters) + 1
        return after >= len(self._sorted) or not self._sorted[after].startswith(letters)

    def hypotheses(self, alternatives: Iterable[tuple[str, float]]) -> list[Hypothesis]:
        """Phrases among the alternatives (words, log likelihood), the likeliest first.

        What is none (an utterance cut off in mid-phrase) is left out.
        """
        total: dict[str, float] = {}
        for said, score in alternatives:
            phrase = self._phrases.get(_letters(said))
            if phrase is not None:
                total[phrase] = _log_add(total[phrase], score) if phrase in total else score
        found = [Hypothesis(phrase, score) for phrase, score in total.items()]
        return sorted(found, key=lambda hypothesis: -hypothesis.score)


def margin(
    hypotheses: Sequence[Hypothesis], meaning: Callable[[str], Hashable] = lambda phrase: phrase, most: float = 6.0
) -> float:
    """By how much (natural log) the first beats the first that means something else; at most `most`."""
    first = meaning(hypotheses[0].phrase)
    rival = next((other.score for other in hypotheses[1:] if meaning(other.phrase) != first), -math.inf)
    return min(most, hypotheses[0].score - rival)


def posteriors(hypotheses: Sequence[Hypothesis], scale: float = 0.3) -> list[float]:
    """Shares of belief that add up to 1.

    :param scale: on log likelihoods; frames are no independent witnesses, so unscaled ones are far too sure.
    """
    if not hypotheses:
        return []
    top = hypotheses[0].score
    weights = [math.exp(scale * (hypothesis.score - top)) for hypothesis in hypotheses]
    return [weight / sum(weights) for weight in weights]


def _log_add(one: float, other: float) -> float:
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))


def _letters(text: str) -> str:
    return "".join(text.split())
