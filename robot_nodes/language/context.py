"""What "there", "it", "the second one" and "another" point to: words of `cues/*.yaml`, found in a sentence."""

from __future__ import annotations

from functools import cache

from robot_nodes.language.normalise import clean
from robot_nodes.language.rules import CueFile
from robot_nodes.language.templates import templates
from robot_nodes.language.wordlist import WordList

__all__ = ["Pointers", "pointers"]


class Pointers:
    """The pointing words of one language. Stateless once built."""

    def __init__(self, language: str) -> None:
        source = CueFile(language)
        self._catalogue = templates(language)
        spaced = self._catalogue.spaced
        self._references = WordList(((word, word) for word in source.words("references")), spaced=spaced)
        self._another = WordList(((word, word) for word in source.words("another")), spaced=spaced)
        ordinals = ((word, int(number)) for number, words in source.ordinals.items() for word in words)
        self._ordinals = WordList(ordinals, spaced=spaced)

    def substituted(self, text: str, name: str) -> str | None:
        """`text` with its last "there" or "it" replaced by `name`; None if it has none."""
        key = self._catalogue.key(clean(text))
        found = sorted(self._references.spans(key), key=lambda it: (it[1], it[0] - it[1]))
        if not found:
            return None
        start, end = found[-1]
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
