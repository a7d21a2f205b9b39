"""Booth numbers as people say them: "B11", "b eleven", "b幺幺", "B十一号", "row B number 11", "Bの十一番"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from maps.venue import Venue
from robot_nodes.language.catalogue import languages, name_words
from robot_nodes.language.normalise import clean, joined

__all__ = ["BoothNumber", "Booths"]

_CODE = re.compile(r"^([a-z]+)0*(\d+)$")
_MISHEARD = {"p": "b", "v": "b", "t": "d", "i": "e", "y": "e", "z": "c", "s": "c", "k": "a", "h": "a", "j": "g"}
"""Letter -> the row it was probably meant for, by the sound of its name, in venues without such a row."""
_UNSURE = 0.85
"""Score of a booth number whose letter was put right."""


@dataclass(frozen=True, slots=True)
class BoothNumber:
    """Characters [start, end) of a sentence are the number of these booths, one in each hall that has it."""

    start: int
    end: int
    booths: tuple[str, ...]
    score: float = 1.0


class Booths:
    """The booth numbers of a venue whose booth ids end in a letter and a number ("finance-b11")."""

    def __init__(self, venue: Venue) -> None:
        self._halls = {booth.id: frozenset({booth.hall}) for booth in venue.booths.values()}
        for exhibitor in venue.exhibitors.values():
            stands = (venue.booths[booth].hall for booth in exhibitor.booths if booth in venue.booths)
            self._halls[exhibitor.id] = frozenset(stands)
        self._numbers: dict[tuple[str, int], list[str]] = defaultdict(list)
        for booth in venue.booths:
            code = _CODE.match(booth.rpartition("-")[2])
            if code:
                self._numbers[code.group(1), int(code.group(2))].append(booth)
        self._patterns = {language: _Spoken(language, {row for row, _ in self._numbers}) for language in languages()}

    def find(self, text: str, language: str) -> Iterator[BoothNumber]:
        """Booth numbers in `text` (cleaned or a key)."""
        spoken = self._patterns.get(language)
        for row, number, start, end in spoken.find(text) if spoken else ():
            meant = _MISHEARD.get(row, row) if (row, number) not in self._numbers else row
            booths = self._numbers.get((meant, number))
            if booths:
                yield BoothNumber(start, end, tuple(booths), 1.0 if meant == row else _UNSURE)

    def in_hall(self, things: Sequence[str], hall: str) -> str:
        """The one of `things`, booths or exhibitors, that is in `hall`; empty if none is."""
        return next((thing for thing in things if hall in self._halls.get(thing, ())), "")


class _Spoken:
    """Row letters and numbers of one language."""

    def __init__(self, language: str, rows: set[str]) -> None:
        words = name_words(language)
        spaced = language == "en"
        self._values = {str(value): value for value in range(10)}
        for digit, forms in words.digits.items():
            for form in map(clean, forms):
                self._values[form] = int(digit)
        self._rows = {_key(form, spaced): row for row, forms in words.rows.items() for form in forms if row in rows}
        letters = rows | (_MISHEARD.keys() if rows else set())
        self._word = re.compile(_any(self._values))
        parted, word = (r"\b", r"(?=[\s0-9])") if spaced else ("", "")
        number = rf"[0-9]{{1,3}}(?![0-9])|(?:(?:{_any(self._values)}){parted}\s?)+"
        joint = _any(_key(form, spaced) for form in words.row_joints)
        end = _any(_key(form, spaced) for form in words.number_ends)
        stand = _any(_key(form, spaced) for form in words.stand)
        self._number = re.compile(
            rf"(?P<stand>(?:{stand})\s?)?(?<![a-z0-9])(?:(?P<row>{_any(letters)})(?P=row)?{word}|(?<![\u30a1-\u30fc])"
            rf"(?P<name>{_any(self._rows)}))\s?(?P<joint>(?:{joint})\s?)*(?P<said>{number})"
            rf"(?P<end>\s?(?:{end}))?"
        )

    def find(self, text: str) -> Iterator[tuple[str, int, int, int]]:
        for match in self._number.finditer(text):
            said = match.group("said")
            values = [self._values[word] for word in self._word.findall(said)]
            told = match.group("stand") or match.group("end")
            alone = len(values) == 1 and values[0] < 10  # "a five" is more often not a booth
            if not told and (match.group("name") or (alone and not match.group("joint"))):
                continue
            row = match.group("row") or self._rows[match.group("name")]
            start = match.start("row") if match.group("row") else match.start("name")
            yield row, _number(values), start, start + len(text[start : match.end("said")].rstrip())


def _key(form: str, spaced: bool) -> str:
    return clean(form) if spaced else joined(clean(form))


def _any(words: Iterable[str]) -> str:
    """A pattern of any of `words`, the longest first; of nothing if there are none."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


def _number(values: Sequence[int]) -> int:
    """Digit by digit, or tens and units: 1 1 -> 11, 10 1 -> 11, 2 10 1 -> 21, 20 1 -> 21."""
    if all(value < 10 for value in values):
        return int("".join(map(str, values)))
    total = 0
    for value in values:
        total = total * 10 if value == 10 and 0 < total < 10 else total + value
    return total
