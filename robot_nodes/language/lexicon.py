"""Where the venue's names stand in a sentence: letter by letter, or by sound."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from robot_nodes.language.cues import is_known
from robot_nodes.language.names import SlotName, SpokenName
from robot_nodes.language.normalise import compact
from robot_nodes.language.sounds import Sound, shares_letter, sound, sound_key

__all__ = ["Lexicon", "Mention"]

_SLOT_ORDER: dict[SlotName, int] = {"facility": 0, "place": 1, "session": 2, "exhibitor": 3, "language": 4}
"""A name shared by several things means the facility before the hall before the session before the exhibitor."""
_WEAK = 0.8
"""What a theme or a topic weighs against a name, letter for letter."""
_GRAM = 3
"""Sound symbols in one entry of the index."""
_CANDIDATES = 8
"""Names compared to the sentence letter by letter, at most."""
_SHARED = 0.4
"""Share of a name's entries that must be in the sentence before it is compared."""
_ALIKE = 0.8
"""Likeness under which a long name is not taken for one heard."""
_LENGTHS = {"zh": (4, 6, 8)}
_OTHER_LENGTHS = (6, 8, 11)
"""Sound symbols: a shorter name is only found as written; one shorter than the second must sound exactly as it should,
one shorter than the third nearly so. A Chinese symbol is half a syllable, others are single sounds."""
_ALIKE_SHORT = 0.83
_WORD_ALIKE = 50.0
"""Likeness of letters, 0..100, under which two words are not the same one misheard."""
_HEARD = 0.95
"""Factor on the likeness of a name that is not written as it should be."""
_STRICTER = 0.06
"""How much more alike names must sound where words are parted by spaces: their sounds are coarser."""
_SWALLOWED = 1.15
"""A name heard takes the place of a part of a name written in it only if it is so much longer."""
_ASCII_WORD = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Mention:
    """Characters [start, end) of a sentence name one of `names`, the most likely first."""

    start: int
    end: int
    names: tuple[SpokenName, ...]
    score: float = 1.0
    """1 where it is written so, less where it only sounds so."""

    @property
    def name(self) -> SpokenName:
        """The likeliest."""
        return self.names[0]

    @property
    def weight(self) -> float:
        """What decides between overlapping mentions."""
        return (self.end - self.start) * self.score * (_WEAK if self.name.weak else 1.0)


class _SoundIndex:
    """Names of one language by what they sound like."""

    def __init__(self, names: Sequence[SpokenName], language: str) -> None:
        self._names = names
        self._keys = [sound_key(name.text, language) for name in names]
        self._at_once = language == "en"
        self._by_letter = language == "zh"
        self._shortest, self._sure, self._long = _LENGTHS.get(language, _OTHER_LENGTHS)
        postings: dict[str, list[int]] = defaultdict(list)
        for index, key in enumerate(self._keys):
            for gram in _grams(key):
                postings[gram].append(index)
        count = max(len(names), 1)
        self._idf = {gram: math.log(1 + count / len(holding)) for gram, holding in postings.items()}
        self._postings = {gram: np.array(holding, dtype=np.int32) for gram, holding in postings.items()}
        self._total: NDArray[np.float64] = np.array(
            [sum(self._idf[gram] for gram in _grams(key)) or 1.0 for key in self._keys]
        )

    def heard(self, said: Sound, text: str) -> list[Mention]:
        """Names that something in the sentence sounds like, the likest first."""
        known = [gram for gram in _grams(said.key) if gram in self._postings]
        if not known:
            return []
        holding = np.concatenate([self._postings[gram] for gram in known])
        weights = np.concatenate([np.full(len(self._postings[gram]), self._idf[gram]) for gram in known])
        shared = np.bincount(holding, weights, minlength=len(self._names)) / self._total
        likely = np.flatnonzero(shared >= _SHARED)
        best = likely[np.argsort(-shared[likely], kind="stable")[:_CANDIDATES]]
        found = [self._compared(int(index), said, text) for index in best]
        return sorted((it for it in found if it), key=lambda it: -it.score)

    def _likeness(self, length: int) -> float:
        """How alike a name of so many sounds must be."""
        return 1.0 if length < self._sure else _ALIKE_SHORT if length < self._long else _ALIKE

    def _compared(self, index: int, said: Sound, text: str) -> Mention | None:
        key, name = self._keys[index], self._names[index]
        if len(key) < self._shortest or len(key) > len(said.key) + 2:
            return None
        alignment = fuzz.partial_ratio_alignment(key, said.key, score_cutoff=100 * _ALIKE)
        if alignment is None or alignment.dest_end <= alignment.dest_start:
            return None
        score = alignment.score / 100
        start, end = said.at[alignment.dest_start], said.at[alignment.dest_end - 1] + 1
        if self._by_letter and not shares_letter(name.text, text[start:end]):
            return None
        if self._at_once:
            start, end = _to_words(text, start, end)
            if not _words_agree(name.text.split(), text[start:end].split()):
                return None
            score = max(score, fuzz.ratio(name.text, text[start:end]) / 100)
        if score - (_STRICTER if self._at_once and score < 1 else 0.0) < self._likeness(len(key)):
            return None
        return Mention(start, end, (name,), _HEARD * min(score, 1.0))


class Lexicon:
    """All names of a venue, indexed. Building takes about 0.1 ms a name; it never changes afterwards."""

    def __init__(self, names: Iterable[SpokenName]) -> None:
        self._exact: dict[str, list[SpokenName]] = {}
        by_language: dict[str, list[SpokenName]] = defaultdict(list)
        for name in names:
            self._exact.setdefault(compact(name.text), []).append(name)
            if (name.rank < 2 and not name.own) or (name.weak and name.rank == 2):
                by_language[name.language].append(name)
        for sharing in self._exact.values():
            sharing.sort(key=lambda name: (name.rank > 1, _SLOT_ORDER[name.slot], name.rank))
        self._lengths = sorted({len(key) for key in self._exact}, reverse=True)
        self._heads = {key[:2] for key in self._exact}
        self._sounds = {language: _SoundIndex(spoken, language) for language, spoken in by_language.items()}

    def mentions(self, text: str, language: str, known: bytearray | None = None) -> list[Mention]:
        """Names in `text`, in order, none over another; of two that overlap, the longer and better heard.

        :param text: cleaned; with or without spaces, names are found across them.
        :param known: of every letter, whether it belongs to a word that is no name; such words are not misheard names.
        """
        found = self._written(text)
        if language in self._sounds:
            heard = self._sounds[language].heard(sound(text, language), text)
            found += [
                it
                for it in heard
                if (known is None or not is_known(known, it.start, it.end)) and not _only_overlaps(it, found)
            ]
        chosen: list[Mention] = []
        for mention in sorted(found, key=lambda it: -it.weight):
            if all(mention.end <= other.start or other.end <= mention.start for other in chosen):
                chosen.append(mention)
        return sorted(chosen, key=attrgetter("start"))

    def exact(self, text: str) -> tuple[SpokenName, ...]:
        """What is called just `text` (cleaned)."""
        return tuple(self._exact.get(compact(text), ()))

    def _written(self, text: str) -> list[Mention]:
        letters, places = _without_spaces(text)
        found: list[Mention] = []
        for first in range(len(letters) - 1):
            if letters[first : first + 2] not in self._heads:
                continue
            for length in self._lengths:
                sharing = self._exact.get(letters[first : first + length]) if first + length <= len(letters) else None
                if sharing and _on_boundaries(text, places[first], places[first + length - 1] + 1):
                    found.append(Mention(places[first], places[first + length - 1] + 1, _distinct(sharing)))
        return found


def _only_overlaps(heard: Mention, written: Sequence[Mention]) -> bool:
    """Whether a name that is written is in the way of one that is only heard."""
    return any(
        it.start < heard.end
        and heard.start < it.end
        and not it.name.weak
        and (it.name.rank < 2 or heard.end - heard.start < _SWALLOWED * (it.end - it.start))
        for it in written
    )


def _grams(key: str) -> set[str]:
    return {key[index : index + _GRAM] for index in range(len(key) - _GRAM + 1)}


def _words_agree(name: Sequence[str], said: Sequence[str]) -> bool:
    """Whether (nearly) every word of a name is like some word said; one of three or more may be lost."""
    lost = sum(max((fuzz.ratio(word, other) for other in said), default=0.0) < _WORD_ALIKE for word in name)
    return lost <= (1 if len(name) > 2 else 0)


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) made to begin and end with a word of which it holds at least half."""
    first = text.rfind(" ", 0, start) + 1
    last = text.find(" ", end)
    last = len(text) if last < 0 else last
    word_end = text.find(" ", start)
    word_end = len(text) if word_end < 0 else word_end
    word_start = text.rfind(" ", 0, end) + 1
    new_start = first if start - first <= (word_end - first) / 2 or word_end >= end else word_end + 1
    new_end = last if end - word_start >= (last - word_start) / 2 or word_start <= new_start else word_start - 1
    return new_start, max(new_end, new_start)


def _without_spaces(text: str) -> tuple[str, list[int]]:
    """The letters of `text` and where each stands in it."""
    places = [index for index, character in enumerate(text) if character != " "]
    return "".join(text[index] for index in places), places


def _on_boundaries(text: str, start: int, end: int) -> bool:
    """Whether [start, end) does not cut a word of letters and digits in two."""
    cuts_left = start > 0 and _ASCII_WORD.match(text[start]) and _ASCII_WORD.match(text[start - 1])
    cuts_right = end < len(text) and _ASCII_WORD.match(text[end - 1]) and _ASCII_WORD.match(text[end])
    return not (cuts_left or cuts_right)


def _distinct(sharing: Sequence[SpokenName]) -> tuple[SpokenName, ...]:
    """One name for each thing meant."""
    first: dict[tuple[SlotName, str], SpokenName] = {}
    for name in sharing:
        first.setdefault((name.slot, name.value), name)
    return tuple(first.values())
