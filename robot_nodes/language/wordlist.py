"""Many words, found in a sentence at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["WordList"]

T = TypeVar("T")


class WordList(Generic[T]):
    """Words and what each stands for. Whole words where the language parts them with spaces, else any run of letters.

    `^word` stands only at the start of a sentence, `word$` only at its end.
    """

    def __init__(self, words: Iterable[tuple[str, T]], *, spaced: bool) -> None:
        self._spaced = spaced
        self._heads: dict[str, list[tuple[str, bool, bool, T]]] = defaultdict(list)
        for word, meaning in words:
            text = word.removeprefix("^").removesuffix("$")
            if text:
                entry = text, word.startswith("^"), word.endswith("$"), meaning
                self._heads[self._head(text)].append(entry)

    def find(self, key: str) -> Iterator[tuple[int, int, T]]:
        """Start, end and meaning of every word in `key`, in order of their starts."""
        for start in self._starts(key):
            for text, starts, ends, meaning in self._heads.get(self._head(key, start), ()):
                end = start + len(text)
                if not key.startswith(text, start) or (starts and start) or (ends and end != len(key)):
                    continue
                if not self._spaced or end == len(key) or key[end] == " ":
                    yield start, end, meaning

    def spans(self, key: str) -> list[tuple[int, int]]:
        """Where any of the words stands."""
        return [(start, end) for start, end, _ in self.find(key)]

    def any(self, key: str) -> bool:
        """Whether any of the words stands in `key`."""
        return next(self.find(key), None) is not None

    def __bool__(self) -> bool:
        return bool(self._heads)

    def _head(self, text: str, start: int = 0) -> str:
        """What a word is filed under: its first word, or its first letter."""
        if not self._spaced:
            return text[start]
        end = text.find(" ", start)
        return text[start:] if end < 0 else text[start:end]

    def _starts(self, key: str) -> Iterator[int]:
        if not self._spaced:
            yield from range(len(key))
            return
        start = 0
        while 0 <= start < len(key):
            yield start
            start = key.find(" ", start) + 1 or -1
