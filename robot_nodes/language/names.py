"""The venue's names as people say them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from maps.venue import Hall, Venue
from robot_nodes.language.catalogue import NameWords, languages, name_words
from robot_nodes.language.glossary import translated
from robot_nodes.language.normalise import clean

__all__ = ["SlotName", "SpokenName", "display_name", "facility_name", "spoken_names"]

SlotName = Literal["place", "exhibitor", "facility", "session", "language"]

_TOO_MANY = 4
"""A short form shared by more things than this names none of them."""
_SHORTEST_PART = 4
"""Letters of a short form of an exhibitor's name where words are not parted by spaces."""
_COMMON_NOUNS = 6
"""Nouns with which a theme is also recognised by sound; the others only as written."""
_REGION = (2, 3)
"""Letters of the region a Chinese company's name begins with."""


@dataclass(frozen=True, slots=True)
class SpokenName:
    """One way to say one thing."""

    text: str
    """Cleaned (see normalise.clean), words parted by spaces."""
    language: str
    slot: SlotName
    value: str
    """Canonical id, or a facility kind."""
    rank: int = 0
    """0 for the proper name, 1 for a short or common form, 2 for part of a name: decides between equal ones."""
    place: str = ""
    """For a facility called by a name of its own ("First aid, Sports services"): its id, not just its kind."""
    hall: str = ""
    """The hall such a name of its own names with it."""
    own: bool = False
    """Whether it is what the plan calls one facility; such names are only found as written."""
    booth: bool = False
    """Whether it is a booth's number."""
    weak: bool = False
    """Whether it stands for its hall without naming it: a theme ("finance") or a topic ("digital yuan")."""


def spoken_names(venue: Venue, *, folded: bool = True) -> list[SpokenName]:
    """Every name of the venue in every language, places first; doubles dropped.

    :param folded: for comparing, in simplified characters; False for saying, in the languages' own.
    """
    found: dict[SpokenName, None] = {}
    for language in languages():
        naming = _Naming(venue, language, folded)
        for name in naming.names():
            if len(name.text) > 1:
                found[name] = None
        for name in naming.parts():
            found[name] = None
    return list(found)


class _Naming:
    """The names of one venue in one language."""

    def __init__(self, venue: Venue, language: str, folded: bool) -> None:
        self._venue, self._language, self._folded = venue, language, folded
        self._words: NameWords = name_words(language)

    def names(self) -> Iterator[SpokenName]:
        """Whole names and common forms."""
        venue, language = self._venue, self._language
        for hall in venue.halls.values():
            yield from self._variants(hall.names, "place", hall.id)
            yield from self._theme_forms(hall)
        for places in (venue.rooms, venue.kiosks):
            for place_id, place in places.items():
                yield from self._variants(place.names, "place", place_id)
        for booth in venue.booths:
            yield SpokenName(self._clean(booth), language, "place", booth, 2, booth=True)
        for exhibitor in venue.exhibitors.values():
            yield from self._variants(exhibitor.names, "exhibitor", exhibitor.id)
        yield from self._session_names()
        for kind, forms in self._words.facilities.items():
            for rank, form in enumerate(forms):
                yield SpokenName(self._clean(form), language, "facility", kind, min(rank, 1))
        for spoken, forms in self._words.languages.items():
            for form in forms:
                yield SpokenName(self._clean(form), language, "language", spoken)
        yield from self._facility_names()
        yield from self._aliases()

    def parts(self) -> Iterator[SpokenName]:
        """Parts of exhibitors' names that few share: without the region they begin with, or without their business."""
        owners: dict[str, list[str]] = defaultdict(list)
        for exhibitor in self._venue.exhibitors.values():
            for part in _parts_of(self._clean(exhibitor.names.get(self._language, ""))):
                owners[part].append(exhibitor.id)
        for part, sharing in owners.items():
            if len(set(sharing)) <= _TOO_MANY:
                for exhibitor_id in dict.fromkeys(sharing):
                    yield SpokenName(part, self._language, "exhibitor", exhibitor_id, 2)

    def _clean(self, text: str) -> str:
        return clean(text, folded=self._folded)

    def _facility_names(self) -> Iterator[SpokenName]:
        facilities = self._venue.facilities.values()
        called = Counter(self._clean(facility.names.get(self._language, "")) for facility in facilities)
        halls = [name for hall in self._venue.halls.values() for name in self._variants(hall.names, "place", hall.id)]
        for facility in facilities:
            for name in self._variants(facility.names, "facility", facility.kind):
                alone = name.rank == 0 and called[name.text] == 1
                hall = next((hall.value for hall in halls if hall.text in name.text), "")
                yield replace(name, place=facility.id if alone else "", hall=hall, own=True)

    def _aliases(self) -> Iterator[SpokenName]:
        venue = self._venue
        for key, forms in self._words.aliases.items():
            slot: SlotName | None = None
            if key in venue.places:
                slot = "place"
            elif key in venue.exhibitors:
                slot = "exhibitor"
            elif key in venue.sessions:
                slot = "session"
            if slot:
                for form in forms:
                    yield SpokenName(self._clean(form), self._language, slot, key, 1)

    def _variants(self, names: Mapping[str, str], slot: SlotName, value: str) -> Iterator[SpokenName]:
        given = names.get(self._language, "")
        for rank, name in enumerate((given,) if given else translated(names, self._language)):
            text = self._clean(name)
            if not text:
                continue
            yield SpokenName(text, self._language, slot, value, min(rank, 1))
            short = _shortened(text, self._words.droppable)
            while short != text:
                yield SpokenName(short, self._language, slot, value, 1)
                text, short = short, _shortened(short, self._words.droppable)

    def _theme_forms(self, hall: Hall) -> Iterator[SpokenName]:
        """What stands for a hall: its theme and topics alone, and with a noun ("finance hall"), which names it."""
        language, words = self._language, self._words
        gap = "" if language in ("zh", "ja") else " "
        stems = words.themes.get(hall.id) or words.themes.get(hall.theme or "") or ()
        nouns = [self._clean(noun) for noun in words.exhibition]
        for weak, forms in ((False, stems), (True, words.topics.get(hall.id, ()))):
            for stem in map(self._clean, forms):
                yield SpokenName(stem, language, "place", hall.id, 3 if weak else 2, weak=True)
                for index, noun in enumerate(nouns):
                    rank = 1 if index < _COMMON_NOUNS and not weak else 2
                    yield SpokenName(stem + gap + noun, language, "place", hall.id, rank)
                    for pattern in words.theme_patterns:
                        text = self._clean(pattern.format(theme=stem, noun=noun))
                        yield SpokenName(text, language, "place", hall.id, rank)

    def _session_names(self) -> Iterator[SpokenName]:
        language = self._language
        for session in self._venue.sessions.values():
            yield from self._variants(session.names, "session", session.id)
            title = session.names.get(language, "").lower()
            for pattern, said in self._words.session_kinds:
                before, _, after = pattern.lower().partition("{topic}")
                topic = title.removeprefix(before).removesuffix(after)
                if topic and before + topic + after == title:
                    topic = topic.removeprefix("the ") if language == "en" else topic
                    for form in said:
                        yield SpokenName(self._clean(form.format(topic=topic)), language, "session", session.id, 1)
                    break


def _shortened(name: str, endings: Iterable[str]) -> str:
    """`name` without its legal form or common noun, if enough is left to tell it."""
    for ending in endings:
        rest = name.removesuffix(ending).strip()
        if rest != name and len(rest) >= 2:
            return rest
    return name


def _parts_of(name: str) -> Iterator[str]:
    words = name.split()
    if re.search(r"[a-z]", name) and len(words) > 2:
        yield " ".join(words[1:])
        for end in range(2, len(words)):
            yield " ".join(words[:end])
    elif name and not re.search(r"[a-z\s]", name):
        for cut in _REGION:
            if len(name) - cut >= _SHORTEST_PART:
                yield name[cut:]
        for end in range(_SHORTEST_PART, len(name)):
            yield name[:end]


def facility_name(kind: str, language: str) -> str:
    """What the robot calls a facility of this kind."""
    return name_words(language).facilities.get(kind, (kind.replace("_", " "),))[0]


def display_name(names: Mapping[str, str], language: str, key: str = "") -> str:
    """The name to say in `language`: its own, else its translation, its theme's (for a hall `key`), English, any."""
    if language in names:
        return names[language]
    translation = next(iter(translated(names, language)), "")
    words = name_words(language)
    if not translation and key in words.themes:
        gap = "" if language in ("zh", "ja") else " "
        return f"{words.themes[key][0]}{gap}{words.exhibition[0]}"
    return translation or names.get("en") or next(iter(names.values()), key)
