"""Where the venue's names stand in a sentence: letter by letter, or by sound."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process

from robot_nodes.language.names import SlotName, SpokenName
from robot_nodes.language.normalise import compact

__all__ = ["Candidate", "Lexicon", "Mention", "sound_of"]

_SLOT_ORDER: dict[SlotName, int] = {"place": 0, "facility": 1, "session": 2, "exhibitor": 3}
"""A name shared by several things means the hall before the facility before the session before the exhibitor."""

_MENTIONS = 6
_SURE = 80.0
"""Similarity, 0..100, under which two names are not taken for the same."""
_SHORTEST_FUZZY = 4
"""Sounds (letters of the key); shorter names are only found exactly."""
_ASCII_WORD = re.compile(r"[a-z0-9]")

# What recognisers and southern speakers mix up: retroflex and dental initials, front and back nasals.
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


@dataclass(frozen=True, slots=True)
class Mention:
    """Characters [start, end) of a sentence name one of `names`, the most likely first, one per slot."""

    start: int
    end: int
    names: tuple[SpokenName, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that sounds like what was said; `score` 0..1."""

    name: SpokenName
    score: float


def sound_of(text: str, language: str) -> str:
    """A key under which what sounds alike is alike: pinyin without tones, jamo, or plain letters."""
    joined = compact(text)
    if language == "ko":
        return unicodedata.normalize("NFD", joined)
    if joined.isascii():
        return joined
    key = "".join(lazy_pinyin(joined))
    for precise, loose in _CONFUSED:
        key = key.replace(precise, loose)
    return key


class Lexicon:
    """All names of a venue, indexed. Building takes about 0.1 ms a name; it never changes afterwards."""

    def __init__(self, names: Iterable[SpokenName]) -> None:
        self._exact: dict[str, list[SpokenName]] = {}
        by_language: dict[str, list[SpokenName]] = {}
        for name in names:
            self._exact.setdefault(compact(name.text), []).append(name)
            by_language.setdefault(name.language, []).append(name)
        for sharing in self._exact.values():
            sharing.sort(key=lambda name: (_SLOT_ORDER[name.slot], name.rank))
        self._lengths = sorted({len(key) for key in self._exact}, reverse=True)
        self._spoken = {
            language: ([sound_of(name.text, language) for name in all_of], all_of)
            for language, all_of in by_language.items()
        }

    def mentions(self, text: str) -> list[Mention]:
        """Names in `text`, the longest first, at most six; they may overlap.

        :param text: cleaned; with or without spaces, names are found across them.
        """
        letters, places = _without_spaces(text)
        found: list[Mention] = []
        for length in self._lengths:
            if length > len(letters):
                continue
            for first in range(len(letters) - length + 1):
                sharing = self._exact.get(letters[first : first + length])
                if sharing and _on_boundaries(text, places[first], places[first + length - 1] + 1):
                    found.append(Mention(places[first], places[first + length - 1] + 1, _one_per_slot(sharing)))
                    if len(found) == _MENTIONS:
                        return found
        return found

    def exact(self, text: str) -> tuple[SpokenName, ...]:
        """What is called just `text` (cleaned), one per slot."""
        return _one_per_slot(self._exact.get(compact(text), ()))

    def nearest(self, text: str, language: str, slots: Iterable[SlotName]) -> Candidate | None:
        """The name of one of `slots` that sounds most like `text`, if any does."""
        key = sound_of(text, language)
        keys, names = self._spoken.get(language, ([], []))
        if len(key) < _SHORTEST_FUZZY:
            return None
        wanted = frozenset(slots)
        close = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=_SURE, limit=8)
        candidates = [(score, names[index]) for _, score, index in close if names[index].slot in wanted]
        if not candidates:
            return None
        score, name = min(candidates, key=lambda it: (-it[0], _SLOT_ORDER[it[1].slot], it[1].rank))
        return Candidate(name, score / 100.0)


def _without_spaces(text: str) -> tuple[str, list[int]]:
    """The letters of `text` and where each stands in it."""
    places = [index for index, character in enumerate(text) if character != " "]
    return "".join(text[index] for index in places), places


def _on_boundaries(text: str, start: int, end: int) -> bool:
    """Whether [start, end) does not cut a word of letters and digits in two."""
    cuts_left = start > 0 and _ASCII_WORD.match(text[start]) and _ASCII_WORD.match(text[start - 1])
    cuts_right = end < len(text) and _ASCII_WORD.match(text[end - 1]) and _ASCII_WORD.match(text[end])
    return not (cuts_left or cuts_right)


def _one_per_slot(sharing: Sequence[SpokenName]) -> tuple[SpokenName, ...]:
    first: dict[SlotName, SpokenName] = {}
    for name in sharing:
        first.setdefault(name.slot, name)
    return tuple(first.values())
