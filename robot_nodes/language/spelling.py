"""Words nobody says, put right: a recogniser's or a typist's slip of one letter, where words are parted by spaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

__all__ = ["Spelling"]

_SHORTEST = 5
"""Letters; in shorter words one letter makes another word."""
_ALIKE = 80.0
"""Likeness, 0..100, of a word and what it should have been: one letter of five."""
_MOST = 5
"""Words of one sentence that are looked up; a sentence of strange words is none for the robot."""


class Spelling:
    """The words of one language that the robot knows. Stateless once built."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known = {word for text in texts for word in text.split()}
        self._by_head: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            if len(word) >= _SHORTEST - 1:
                self._by_head[word[0]].append(word)

    def corrected(self, key: str) -> str:
        """`key` with every unknown word replaced by the known one it nearly is, if there is one."""
        words = key.split(" ")
        strange = [word for word in words if word not in self._known and len(word) >= _SHORTEST]
        gibberish = len(strange) > 1 and 2 * len(strange) > len(words)
        if not strange or gibberish or len(strange) > _MOST:
            return key
        return " ".join(self._nearest(word) if word in strange else word for word in words)

    def _nearest(self, word: str) -> str:
        found = process.extractOne(word, self._by_head.get(word[0], ()), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        return found[0] if found else word
