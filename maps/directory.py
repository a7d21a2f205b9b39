"""The directory: what or where is X, in any language, also in pinyin and with slips of the finger.

Scores: 100 exact, 95 prefix, 85 substring, 80 and 75 pinyin (whole, initials), below that fuzzy. Ties go to halls, then
rooms, kiosks and facilities, then exhibitors.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from pypinyin import Style, lazy_pinyin
from rapidfuzz import fuzz, process

from maps.catalogue import FACILITY_WORDS
from maps.venue import Names, Venue

EXACT, PREFIX, WORD, SUBSTRING, PINYIN, INITIALS = 100.0, 95.0, 90.0, 85.0, 80.0, 75.0
FUZZY_CUTOFF, FUZZY_WEIGHT = 72.0, 0.7
"""Below this likeness (0..100) a name is not meant; what is left is scaled under the substring matches."""
MAX_QUERY = 80
_RANK = {
    "hall": 0,
    "room": 1,
    "facility": 2,
    "kiosk": 3,
    "exhibitor": 4,
    "booth": 5,
    "session": 6,
    "charger": 7,
    "site": 7,
}
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One answer: go to `place`, show `label`."""

    place: str
    label: str
    kind: str
    """hall, room, facility, kiosk, exhibitor, booth, session, charger or site."""
    score: float
    """0..100."""
    matched: str
    """The name that matched, as it is written."""


@dataclass(frozen=True, slots=True)
class _Entry:
    place: str
    kind: str
    names: Names
    order: int
    words: Names = field(default_factory=dict)
    """Other words it is searched by, separated by spaces."""


@dataclass(frozen=True, slots=True)
class _Term:
    """One searchable spelling of an entry."""

    text: str
    entry: int
    shown: str
    language: str
    full: float
    """Score of an exact match of this spelling; prefixes and substrings lose as much as for a name."""


class Directory:
    """Everything in a venue that has a name, ready to be searched."""

    def __init__(self, venue: Venue) -> None:
        self._entries = list(_entries(venue))
        self._terms = [term for index, entry in enumerate(self._entries) for term in _terms(index, entry)]
        self._texts = [term.text for term in self._terms]

    def search(self, query: str, lang: str | None = None, limit: int = 10) -> list[Hit]:
        """The best answers, best first.

        :param query: in any language; pinyin, its initials and small slips work too.
        :param lang: language of the labels, and preferred on ties; None shows the name that matched.
        """
        text = _folded(query[:MAX_QUERY])
        if not text or limit < 1:
            return []
        best: dict[int, tuple[float, _Term]] = {}
        for score, term in self._matches(text, lang):
            if term.entry not in best or score > best[term.entry][0]:
                best[term.entry] = (score, term)
        if len(best) < limit:
            self._add_fuzzy(text, best)
        ranked = sorted(best.items(), key=lambda item: self._sort_key(item[0], item[1]))
        return self._hits(ranked, lang, limit)

    def _matches(self, text: str, lang: str | None) -> Iterator[tuple[float, _Term]]:
        for term in self._terms:
            if text not in term.text:
                continue
            if term.text == text:
                loss = 0.0
            elif term.text.startswith(text):
                loss = EXACT - PREFIX
            elif term.full == EXACT:
                loss = EXACT - SUBSTRING
            else:
                continue
            yield term.full - loss + (0.5 if lang is not None and term.language == lang else 0.0), term

    def _add_fuzzy(self, text: str, best: dict[int, tuple[float, _Term]]) -> None:
        if len(text) < 2:
            return
        found = process.extract(text, self._texts, scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF, limit=40)
        for _, likeness, index in found:
            term = self._terms[index]
            score = likeness * FUZZY_WEIGHT
            if term.entry not in best or score > best[term.entry][0]:
                best[term.entry] = (score, term)

    def _sort_key(self, index: int, found: tuple[float, _Term]) -> tuple[float, int, int, int]:
        entry = self._entries[index]
        return -found[0], _RANK[entry.kind], len(found[1].text), entry.order

    def _hits(self, ranked: list[tuple[int, tuple[float, _Term]]], lang: str | None, limit: int) -> list[Hit]:
        hits: list[Hit] = []
        seen: set[tuple[str, str]] = set()
        for index, (score, term) in ranked:
            entry = self._entries[index]
            if (entry.place, entry.kind) in seen:
                continue
            seen.add((entry.place, entry.kind))
            label = entry.names.get(lang or term.language) or entry.names["en"]
            shown = round(min(score, 100.0), 1)
            hits.append(Hit(place=entry.place, label=label, kind=entry.kind, score=shown, matched=term.shown))
            if len(hits) == limit:
                break
        return hits


def _entries(venue: Venue) -> Iterator[_Entry]:
    order = 0
    for place in venue.places.values():
        order += 1
        names = place.names
        if place.kind == "booth":
            number = place.id.rsplit("-", 1)[-1].upper()
            names = {"zh": f"{number}展位", "en": f"Booth {number}", "id": place.id}
        facility = venue.facilities.get(place.id)
        words = FACILITY_WORDS.get(facility.kind, {}) if facility else {}
        yield _Entry(place.id, place.kind, names, order, words)
    for exhibitor in venue.exhibitors.values():
        order += 1
        yield _Entry(exhibitor.booths[0], "exhibitor", exhibitor.names, order)
    for session in venue.sessions.values():
        order += 1
        yield _Entry(session.room, "session", session.names, order)


def _terms(index: int, entry: _Entry) -> Iterator[_Term]:
    seen: set[str] = set()
    for language, name in entry.names.items():
        for text, full in _spellings(name, language):
            if text and text not in seen:
                seen.add(text)
                yield _Term(text, index, name, language, full)
    for language, words in entry.words.items():
        for word in words.split():
            yield _Term(_folded(word), index, word, language, WORD)
    text = _folded(entry.place)
    if entry.kind not in ("exhibitor", "session") and text not in seen:
        yield _Term(text, index, entry.place, "en", EXACT)


def _spellings(name: str, language: str) -> Iterator[tuple[str, float]]:
    yield _folded(name), EXACT
    if language == "zh" and _HAN.search(name):
        yield _folded("".join(lazy_pinyin(name))), PINYIN
        yield _folded("".join(lazy_pinyin(name, style=Style.FIRST_LETTER))), INITIALS


def _folded(text: str) -> str:
    """Lower case, half width, without accents' variants, spaces and punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
