"""The venue's sentences for a recogniser: cut into the words its model has, and found again in what it heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from robot_nodes.hearing.phonetics import sounds as sounds_of

__all__ = ["Cutter", "Phrase", "PhraseBook"]

_NEAR = 94.0
"""Likeness (0..100, on sounds) from which words count as a phrase of the book."""
_NEAR_TRIED = 5
_SHORT_TRIED = 3
_SURE_LETTERS = 8
"""Sounds; shorter phrases must be heard to the letter, and among the first few alternatives, or any cough would be a
"yes"."""


class Cutter:
    """Cuts words into units of a model's vocabulary, as few as possible (shortest path).

    Models whose units are morphemes (Korean) lack most written words; Vosk drops those with only a warning.
    """

    def __init__(self, knows: Callable[[str], bool]) -> None:
        """:param knows: whether the model has a unit, e.g. `model.vosk_model_find_word(unit) >= 0`."""
        self._knows = cache(knows)
        self._cut = cache(self._shortest)

    def phrase(self, text: str) -> str | None:
        """`text` in units, or None if some of it cannot be said with them."""
        units: list[str] = []
        for word in text.split():
            cut = self._cut(word)
            if cut is None:
                return None
            units += cut
        return " ".join(units)

    def _shortest(self, word: str) -> tuple[str, ...] | None:
        """Fewest units; among equals the one that starts with the longest."""
        best: list[tuple[str, ...] | None] = [None] * len(word) + [()]
        for start in range(len(word) - 1, -1, -1):
            for end in range(len(word), start, -1):
                rest = best[end]
                if rest is None or not self._knows(word[start:end]):
                    continue
                current = best[start]
                if current is None or len(rest) + 1 < len(current):
                    best[start] = (word[start:end], *rest)
        return best[0]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the book found in what was heard; `score` 0..1, `rank` of the alternative it was found in."""

    text: str
    score: float
    rank: int


class PhraseBook:
    """All phrases of a domain, found again by how they sound."""

    def __init__(self, phrases: Iterable[str], language: str = "ko") -> None:
        self._language = language
        self.phrases = tuple(dict.fromkeys(phrases))
        self._by_sound: dict[str, str] = {}
        for phrase in self.phrases:
            self._by_sound.setdefault(self._sounds_of(phrase), phrase)
        self._sounds = list(self._by_sound)

    def find(self, alternatives: Sequence[str]) -> list[Phrase]:
        """Phrases that the alternatives (n-best, best first) are, the likeliest first; empty: not of this domain.

        An alternative that is a phrase to the letter beats any near one; among each kind the recogniser's order holds.
        """
        exact: dict[str, Phrase] = {}
        for rank, alternative in enumerate(alternatives):
            sounds = self._sounds_of(alternative)
            phrase = self._by_sound.get(sounds)
            if phrase is not None and (rank < _SHORT_TRIED or len(sounds) >= _SURE_LETTERS):
                exact.setdefault(phrase, Phrase(phrase, 1.0 - 0.02 * min(rank, 20), rank))
        if exact:
            return list(exact.values())
        tried = [self._near(self._sounds_of(text), rank) for rank, text in enumerate(alternatives[:_NEAR_TRIED])]
        near = [found for found in tried if found]
        best: dict[str, Phrase] = {}
        for found in sorted(near, key=lambda phrase: (-phrase.score, phrase.rank)):
            best.setdefault(found.text, found)
        return list(best.values())

    def _sounds_of(self, text: str) -> str:
        return sounds_of(text, self._language)

    def _near(self, sounds: str, rank: int) -> Phrase | None:
        if len(sounds) < _SURE_LETTERS:
            return None
        close = process.extractOne(sounds, self._sounds, scorer=fuzz.ratio, score_cutoff=_NEAR)
        return Phrase(self._by_sound[close[0]], 0.9 * close[1] / 100.0, rank) if close else None
