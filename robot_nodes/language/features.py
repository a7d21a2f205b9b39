"""What a sentence is made of, for the classifier: numbers of features, whatever it names replaced by what kind it is.

A feature is a run of letters or words, a run of sounds (which outlives being misheard), a class of the cues, or a
kind of name. Its number is a hash, so that no list of features is needed; collisions are few and harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from robot_nodes.language.sounds import sound, sound_key

__all__ = ["SIZE", "Evidence", "Piece", "features"]

SIZE = 1 << 16
"""How many numbers features have."""
_TOKENS: Mapping[str, str] = {
    "place": "\ue000",
    "exhibitor": "\ue001",
    "session": "\ue002",
    "language": "\ue003",
    "facility": "\ue004",
    "theme": "\ue005",
}
"""What stands for a name: letters of no script. A theme is a hall merely hinted at."""
_LETTERS, _WORDS, _SYLLABLES, _SOUNDS = (1, 2, 3, 4), (1, 2, 3), (1, 2, 3), (3, 4, 5)
"""Lengths of the runs."""
_START, _END = "^", "$"


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters [start, end) of a sentence name something of this kind."""

    start: int
    end: int
    kind: str
    """A slot, or "theme"."""
    value: str = ""
    """Of a facility and a language, which."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence taken apart."""

    key: str
    """As compared (see Templates.key)."""
    language: str
    pieces: tuple[Piece, ...]
    """In order, none over another."""
    cues: Mapping[str, float]
    """Class of the cues -> how well it was heard, 0..1."""


def features(found: Evidence) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Numbers (n,) of the features, each once, and their values (n,): every group has length 1."""
    groups = (_written(found), _sounding(found), _cues(found), _named(found))
    values: dict[int, float] = {}
    for name, group in enumerate(groups):
        each = len(group) ** -0.5 if group else 0.0
        for feature in group:
            number = crc32(f"{name}{feature}".encode()) % SIZE
            values[number] = values.get(number, 0.0) + each
    numbers = np.fromiter(values, dtype=np.int32, count=len(values))
    return numbers, np.fromiter(values.values(), dtype=np.float32, count=len(values))


def _parts(found: Evidence) -> Iterable[tuple[str, bool]]:
    """The sentence, names replaced; whether each part is a stand-in."""
    at = 0
    for piece in found.pieces:
        if piece.start > at:
            yield found.key[at : piece.start], False
        yield _TOKENS[piece.kind], True
        at = max(at, piece.end)
    if at < len(found.key):
        yield found.key[at:], False


def _written(found: Evidence) -> set[str]:
    if found.language == "en":
        words = [_START, *(word for text, _ in _parts(found) for word in text.split()), _END]
        apart = {f"{one} _ {other}" for one, other in zip(words, words[2:], strict=False)}
        return set(_runs(words, _WORDS, " ")) | apart
    return set(_runs([_START, *"".join(text for text, _ in _parts(found)), _END], _LETTERS))


def _sounding(found: Evidence) -> set[str]:
    if found.language == "zh":
        return set(_runs([_START, *_syllables(found), _END], _SYLLABLES))
    if found.language == "en":
        words = [_START, *_spoken_words(found), _END]
        runs = _runs(list(" ".join(words)), (3, 4))
        return {*_runs(words, (1, 2), " "), *("~" + run for run in runs)}
    heard = "".join(text if is_name else sound_key(text, found.language) for text, is_name in _parts(found))
    return set(_runs([_START, *heard, _END], _SOUNDS))


def _syllables(found: Evidence) -> Iterable[str]:
    for text, is_name in _parts(found):
        if is_name:
            yield text
            continue
        heard = sound(text, found.language)
        last, syllable = -1, ""
        for symbol, at in zip(heard.key, heard.at, strict=True):
            if at != last and syllable:
                yield syllable
                syllable = ""
            syllable += symbol
            last = at
        if syllable:
            yield syllable


def _spoken_words(found: Evidence) -> Iterable[str]:
    for text, is_name in _parts(found):
        for word in text.split():
            yield word if is_name else sound_key(word, found.language)


def _cues(found: Evidence) -> set[str]:
    written = {name for name, quality in found.cues.items() if quality == 1.0}
    return {"=" + name for name in written} | {"~" + name for name in found.cues}


def _named(found: Evidence) -> set[str]:
    kinds = {piece.kind for piece in found.pieces}
    last = {piece.kind: piece.value for piece in found.pieces if piece.value}
    values = {f"{kind}={value}" for kind, value in last.items()}
    return {*(kinds or {"none"}), "+".join(sorted(kinds)), *values, f"words {_length(found)}"}


def _length(found: Evidence) -> int:
    """0, 1, 2, ... for short to long sentences, names counting as one letter."""
    letters = sum(len(text) for text, _ in _parts(found)) / (4 if found.language == "en" else 1.5)
    return int(letters).bit_length()


def _runs(units: Sequence[str], lengths: Iterable[int], gap: str = "") -> Iterable[str]:
    for length in lengths:
        for start in range(len(units) - length + 1):
            yield gap.join(units[start : start + length])
