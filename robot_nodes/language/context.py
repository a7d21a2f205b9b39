"""What "there", "it", "the second one" and "another" point to: `pointers` of `sentences/*.yaml` in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

from robot_nodes.language.catalogue import read_sentences
from robot_nodes.language.normalise import clean
from robot_nodes.language.templates import templates
from robot_nodes.language.wordlist import WordList

__all__ = ["Pointers", "pointers"]

T = TypeVar("T")


class Pointers:
    """The pointing words of one language. Stateless once built."""

    def __init__(self, language: str) -> None:
        words = read_sentences(language).get("pointers") or {}
        self._catalogue = templates(language)
        self._references = self._listed((word, word) for word in words.get("references", ()))
        self._another = self._listed((word, word) for word in words.get("another", ()))
        ordinals = words.get("ordinals", {}).items()
        self._ordinals = self._listed((word, int(number)) for number, forms in ordinals for word in forms)

    def _listed(self, words: Iterable[tuple[str, T]]) -> WordList[T]:
        keyed = ((self._catalogue.key(clean(word)) + "$" * word.endswith("$"), meaning) for word, meaning in words)
        return WordList(keyed, spaced=self._catalogue.spaced)

    def substituted(self, text: str, name: str) -> str | None:
        """`text` with its last "there" or "it" replaced by `name`; None if it has none."""
        key = self._catalogue.key(clean(text))
        found = self._references.spans(key)
        if not found:
            return None
        start, end = max(found, key=lambda it: (it[1], it[1] - it[0]))
        gap = " " if self._catalogue.spaced else ""
        return f"{key[:start].rstrip()}{gap}{name}{gap}{key[end:].lstrip()}".strip()

    def ordinal(self, text: str, count: int) -> int | None:
        """Which of `count` things is meant, from 0; None if none is; "the last" is the last."""
        found = [number for _, _, number in self._ordinals.find(self._catalogue.key(clean(text)))]
        if not found:
            return None
        index = found[-1] - 1 if found[-1] > 0 else count - 1
        return index if 0 <= index < count else None

    def another(self, text: str) -> bool:
        """Whether the next one is asked for."""
        return self._another.any(self._catalogue.key(clean(text)))


@cache
def pointers(language: str) -> Pointers:
    """The pointing words of `language`, read once per process; raises CatalogueError."""
    return Pointers(language)
