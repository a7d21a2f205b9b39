"""Booth numbers as people say them: "B11", "b eleven", "b幺幺", "B十一号"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maps.venue import Venue
from robot_nodes.language.catalogue import languages, name_words
from robot_nodes.language.normalise import clean

__all__ = ["BoothNumber", "Booths"]

_CODE = re.compile(r"^([a-z]+)0*(\d+)$")


@dataclass(frozen=True, slots=True)
class BoothNumber:
    """Characters [start, end) of a sentence are the number of these booths, one in each hall that has it."""

    start: int
    end: int
    booths: tuple[str, ...]


class Booths:
    """The booth numbers of a venue whose booth ids end in a letter and a number ("finance-b11")."""

    def __init__(self, venue: Venue) -> None:
        self._halls = {booth.id: booth.hall for booth in venue.booths.values()}
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
            booths = self._numbers.get((row, number))
            if booths:
                yield BoothNumber(start, end, tuple(booths))

    def in_hall(self, booths: Sequence[str], hall: str) -> str:
        """The one of `booths` that is in `hall`; empty if none is."""
        return next((booth for booth in booths if self._halls[booth] == hall), "")


class _Spoken:
    """Row letters and numbers of one language."""

    def __init__(self, language: str, rows: set[str]) -> None:
        self._values = {str(value): value for value in range(10)}
        for digit, forms in name_words(language).digits.items():
            for form in map(clean, forms):
                self._values[form] = int(digit)
        words = "|".join(map(re.escape, sorted(self._values, key=len, reverse=True)))
        letters = "|".join(map(re.escape, sorted(rows, key=len, reverse=True)))
        parted = r"\b" if language == "en" else ""
        self._word = re.compile(words or "(?!)")
        self._number = re.compile(
            rf"(?<![a-z0-9])({letters or '(?!)'})\s?([0-9]{{2,3}}|(?:(?:{words or '(?!)'}){parted}\s?)+)(?![0-9])"
        )

    def find(self, text: str) -> Iterator[tuple[str, int, int, int]]:
        for match in self._number.finditer(text):
            said = match.group(2)
            values = [self._values[word] for word in self._word.findall(said)]
            if len(values) == 1 and values[0] < 10:
                continue  # "a five" is more often not a booth
            yield match.group(1), _number(values), match.start(), match.start() + len(match.group().rstrip())


def _number(values: Sequence[int]) -> int:
    """Digit by digit, or tens and units: 1 1 -> 11, 10 1 -> 11, 2 10 1 -> 21, 20 1 -> 21."""
    if all(value < 10 for value in values):
        return int("".join(map(str, values)))
    total = 0
    for value in values:
        total = total * 10 if value == 10 and 0 < total < 10 else total + value
    return total
