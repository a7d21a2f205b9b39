"""Names looked for once more and less strictly, where what is wanted is known and no name for it was heard.

That a visitor wishes to be taken somewhere is often plain though the name itself was misheard ("take me to the counter
hall"). Then the likeliest name of the right kind is the answer, from a likeness that would not do for a name nobody
waits for. Likeness is of letters and of sounds together, since a recogniser that errs in one often keeps the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from robot_nodes.language.names import SpokenName
from robot_nodes.language.normalise import compact
from robot_nodes.language.soundindex import SoundIndex
from robot_nodes.language.sounds import Sound, sound

__all__ = ["Guess", "best_guess"]

_SHARED, _CANDIDATES, _OF_ONE = 0.15, 24, 3
"""Share of a name's sounds that must be in the sentence, and how many names, and names of one thing, are compared."""
_SHORTEST, _ROUGHLY = 4, 50.0
"""Sound symbols of a name, shorter ones are like anything; likeness of the sounds, 0..100, under which it is not looked
at closely."""
_ALIKE, _ALIKE_WEAK, _STEM_ALIKE = 0.7, 0.86, 0.6
"""Likeness, 0..1, of a name, of a bare theme ("sport", which is much like "airport"), and of what tells a name from
others, from which it is taken to be meant."""
_PER_LETTER = 0.5
"""What short names are set back, over their letters: they are like many things."""
_STARTS, _ENDS = (0, -1, 1), (0, 1, -1, 2, -2)
"""Letters by which the ends of a name in a sentence are moved to fit it best."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Letters [start, end) of a sentence are probably `name`."""

    name: SpokenName
    start: int
    end: int
    likeness: float
    """0..1"""


def best_guess(index: SoundIndex, key: str, slots: Collection[str]) -> Guess | None:
    """The name of `slots` that something in the sentence is most like, if it is like it enough.

    :param key: the sentence as compared (Templates.key).
    """
    said = sound(key, index.language)
    found = (_compared(index, at, said, key) for at in _likely(index, said, slots))
    return max(
        (it for it in found if it is not None),
        key=lambda it: it.likeness - _PER_LETTER / len(it.name.text),
        default=None,
    )


def _likely(index: SoundIndex, said: Sound, slots: Collection[str]) -> Iterator[int]:
    """The names that share most with the sentence, few of each thing."""
    shared = index.shared(said.key)
    likely = np.flatnonzero(shared >= _SHARED)
    taken: dict[str, int] = defaultdict(int)
    for at in likely[np.argsort(-shared[likely], kind="stable")].tolist():
        name = index.names[at]
        if name.slot in slots and taken[name.value] < _OF_ONE:
            taken[name.value] += 1
            yield at
            if sum(taken.values()) >= _CANDIDATES:
                return


def _compared(index: SoundIndex, at: int, said: Sound, key: str) -> Guess | None:
    name, heard = index.names[at], index.keys[at]
    place = fuzz.partial_ratio_alignment(heard, said.key, score_cutoff=_ROUGHLY)
    if place is None or place.dest_end <= place.dest_start or not _SHORTEST <= len(heard) <= len(said.key) + 2:
        return None
    text = compact(name.text)
    first, last = said.at[place.dest_start], said.at[place.dest_end - 1] + 1
    likeness, start, end = max(
        (_likeness(text, heard, said, key, start, end), start, end)
        for start in {max(first + step, 0) for step in _STARTS}
        for end in {min(last + step, len(key)) for step in _ENDS}
    )
    if likeness < (_ALIKE_WEAK if name.weak else _ALIKE):
        return None
    stem, part = slice(*index.stems[at]), slice(*index.parts[at])
    telling = fuzz.partial_ratio(heard[stem], _symbols(said, start, end))
    telling += fuzz.partial_ratio(name.text[part], key[start:end])
    return Guess(name, start, end, likeness) if telling >= 200 * _STEM_ALIKE else None


def _likeness(text: str, heard: str, said: Sound, key: str, start: int, end: int) -> float:
    return (fuzz.ratio(heard, _symbols(said, start, end)) + fuzz.ratio(text, compact(key[start:end]))) / 200


def _symbols(said: Sound, start: int, end: int) -> str:
    """The sounds of letters [start, end)."""
    return said.key[bisect_left(said.at, start) : bisect_left(said.at, end)]
