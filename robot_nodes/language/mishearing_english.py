"""What sounds alike in English: words of a vocabulary whose rough pronunciation is near."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Levenshtein

__all__ = ["EnglishSounds", "mangled", "spoken"]

_FARTHEST = 0.34
"""Share of the sounds that may differ. A recogniser has words for nearly every sound; this vocabulary is small, so
where it has nothing so near, the word is spelled as it may have sounded (`mangled`)."""
_STEEPNESS = 6.0
_MOST = 12
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("[^a-z]", ""),
        ("^kn|^gn", "n"),
        ("^wr", "r"),
        ("^wh|w", "w"),
        ("tion|sion", "Sn"),
        ("tch|ch", "C"),
        ("sch|sh", "S"),
        ("th", "T"),
        ("ph", "f"),
        ("gh", ""),
        ("ck|qu?|c(?![eiy])", "k"),
        ("c", "s"),
        ("x", "ks"),
        ("g(?=[eiy])|j", "J"),
        ("dg", "J"),
        ("ee|ea|ie|ei|y$|ey", "i"),
        ("oo|ou|ew|ue", "u"),
        ("ai|ay|a(?=[^aeiou]e)", "A"),
        ("oa|ow|aw|au", "o"),
        ("e$", ""),
        ("z", "s"),
        ("(.)\\1+", "\\1"),
    )
)
_NEAR_SOUNDS = ("sTf", "pb", "td", "kg", "CSJ", "mn", "lr", "vwf", "aeA", "iey", "ou")
_CLASS = {sound: group[0] for group in reversed(_NEAR_SOUNDS) for sound in group}
_SPELLING = ("a e", "e i", "o u", "b p", "d t", "g k", "s th", "m n", "l r", "v w", "f v", "y i", "1 7", "5 9", "6 8")


class EnglishSounds:
    """Substitutions come from a vocabulary, the nearest in sound the likeliest."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        words = sorted({word.lower() for word in vocabulary if word.isascii() and word.isalpha()})
        self._words = [(word, spoken(word)) for word in words]
        self._known: dict[str, tuple[tuple[str, float], ...]] = {}

    def alike(self, units: Sequence[str], at: int) -> Sequence[tuple[str, float]]:
        """What the word at `at` may be heard as."""
        word = units[at].lower()
        if not word[0].isalpha():
            return ()
        if word not in self._known:
            self._known[word] = tuple(self._nearest(word))
        return self._known[word]

    def _nearest(self, word: str) -> list[tuple[str, float]]:
        sounds = spoken(word)
        found = sorted((_distance(sounds, others), other) for other, others in self._words if other != word)[:_MOST]
        return [(other, math.exp(-_STEEPNESS * apart)) for apart, other in found if apart <= _FARTHEST]


def _distance(one: str, two: str) -> float:
    """0..1, half of what differs in the letter counting again where it differs in kind."""
    exact = Levenshtein.normalized_distance(one, two)
    coarse = Levenshtein.normalized_distance(_coarse(one), _coarse(two))
    return (exact + coarse) / 2.0


def _coarse(sounds: str) -> str:
    return "".join(_CLASS.get(sound, sound) for sound in sounds)


def spoken(word: str) -> str:
    """A rough pronunciation, one letter a sound: knight -> nit, photo -> foto."""
    sounds = word.lower()
    for pattern, sound in _RULES:
        sounds = pattern.sub(sound, sounds)
    return sounds or word.lower()


def mangled(word: str, chance: random.Random) -> str | None:
    """A word (or number) with one sound replaced by a near one; None where none of its sounds has a neighbour."""
    ways = []
    for pair in _SPELLING:
        for one, two in (pair.split(), pair.split()[::-1]):
            ways += [word[: m.start()] + two + word[m.end() :] for m in re.finditer(one, word, re.IGNORECASE)]
    return chance.choice(ways) if ways else None
