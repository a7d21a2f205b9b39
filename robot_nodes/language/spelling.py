"""Words nobody says, put right: a recogniser's or a typist's slip of one letter, where words are parted by spaces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

__all__ = ["Codes", "Spelling"]

_SHORTEST = 5
"""Letters; in shorter words one letter makes another word."""
_ALIKE = 80.0
"""Likeness, 0..100, of a word and what it should have been: one letter of five."""
_MOST = 5
"""Words of one sentence that are looked up; a sentence of strange words is none for the robot."""
_CODE = re.compile(r"(?<![a-z0-9])([0-9])\1?([a-z])\2?(?![a-z0-9])")
_DIGITS_ALIKE, _LETTERS_ALIKE = ("59", "17"), ("gkj", "bpdvt", "sfx", "mn")
"""Digits and letters whose names are heard for each other."""


class Codes:
    """What the venue calls by a digit and a letter ("5G"), which is one breath and misheard as a whole: "9G", "5K"."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known = sorted({match.group(1) + match.group(2) for text in texts for match in _CODE.finditer(text)})

    def corrected(self, key: str) -> str:
        """`key` with every code that nothing has replaced by the one that sounds like it, if there is just one."""
        return _CODE.sub(self._nearest, key) if self._known else key

    def _nearest(self, found: re.Match[str]) -> str:
        digit, letter = found.groups()
        if digit + letter in self._known:
            return digit + letter
        alike = [code for code in self._known if _alike(digit, code[0], _DIGITS_ALIKE)]
        alike = [code for code in alike if _alike(letter, code[1], _LETTERS_ALIKE)]
        return alike[0] if len(alike) == 1 else found.group()


def _alike(one: str, other: str, groups: Iterable[str]) -> bool:
    return one == other or any(one in group and other in group for group in groups)


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
