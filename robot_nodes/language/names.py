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
_COMMON_NOUNS = 4
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
    own: bool = False
    """Whether it is what the plan calls one facility; such names are only found as written."""
    booth: bool = False
    """Whether it is a booth's number."""
    weak: bool = False
    """Whether it stands for its hall without naming it: a theme ("finance") or a topic ("digital yuan")."""


def spoken_names(venue: Venue) -> list[SpokenName]:
    """Every name of the venue in every language, places first; doubles dropped."""
    found: dict[SpokenName, None] = {}
    for language in languages():
        words = name_words(language)
        for name in _of_language(venue, language, words):
            if len(name.text) > 1:
                found[name] = None
        for name in _parts(venue, language):
            found[name] = None
    return list(found)


def _of_language(venue: Venue, language: str, words: NameWords) -> Iterator[SpokenName]:
    for hall in venue.halls.values():
        yield from _variants(hall.names, language, "place", hall.id, words)
        yield from _theme_forms(hall, language, words)
    for places in (venue.rooms, venue.kiosks):
        for place_id, place in places.items():
            yield from _variants(place.names, language, "place", place_id, words)
    for booth in venue.booths:
        yield SpokenName(clean(booth), language, "place", booth, 2, booth=True)
    for exhibitor in venue.exhibitors.values():
        yield from _variants(exhibitor.names, language, "exhibitor", exhibitor.id, words)
    yield from _session_names(venue, language, words)
    for kind, forms in words.facilities.items():
        for rank, form in enumerate(forms):
            yield SpokenName(clean(form), language, "facility", kind, min(rank, 1))
    for spoken, forms in words.languages.items():
        for form in forms:
            yield SpokenName(clean(form), language, "language", spoken)
    yield from _facility_names(venue, language, words)
    yield from _aliases(venue, language, words)


def _facility_names(venue: Venue, language: str, words: NameWords) -> Iterator[SpokenName]:
    called = Counter(clean(facility.names.get(language, "")) for facility in venue.facilities.values())
    for facility in venue.facilities.values():
        for name in _variants(facility.names, language, "facility", facility.kind, words):
            alone = name.rank == 0 and called[name.text] == 1
            yield replace(name, place=facility.id if alone else "", own=True)


def _aliases(venue: Venue, language: str, words: NameWords) -> Iterator[SpokenName]:
    for key, forms in words.aliases.items():
        slot: SlotName | None = None
        if key in venue.places:
            slot = "place"
        elif key in venue.exhibitors:
            slot = "exhibitor"
        elif key in venue.sessions:
            slot = "session"
        if slot:
            for form in forms:
                yield SpokenName(clean(form), language, slot, key, 1)


def _variants(
    names: Mapping[str, str], language: str, slot: SlotName, value: str, words: NameWords
) -> Iterator[SpokenName]:
    given = names.get(language, "")
    for rank, name in enumerate((given,) if given else translated(names, language)):
        text = clean(name)
        if not text:
            continue
        yield SpokenName(text, language, slot, value, min(rank, 1))
        short = _shortened(text, words.droppable)
        while short != text:
            yield SpokenName(short, language, slot, value, 1)
            text, short = short, _shortened(short, words.droppable)


def _shortened(name: str, endings: Iterable[str]) -> str:
    """`name` without its legal form or common noun, if enough is left to tell it."""
    for ending in endings:
        rest = name.removesuffix(ending).strip()
        if rest != name and len(rest) >= 2:
            return rest
    return name


def _theme_forms(hall: Hall, language: str, words: NameWords) -> Iterator[SpokenName]:
    """What stands for a hall: its theme and topics alone, and with a noun ("finance hall"), which names it."""
    gap = "" if language in ("zh", "ja") else " "
    stems = words.themes.get(hall.id) or words.themes.get(hall.theme or "") or ()
    nouns = [clean(noun) for noun in words.exhibition]
    for weak, forms in ((False, stems), (True, words.topics.get(hall.id, ()))):
        for stem in map(clean, forms):
            yield SpokenName(stem, language, "place", hall.id, 3 if weak else 2, weak=True)
            for index, noun in enumerate(nouns):
                rank = 1 if index < _COMMON_NOUNS and not weak else 2
                yield SpokenName(stem + gap + noun, language, "place", hall.id, rank)
                for pattern in words.theme_patterns:
                    yield SpokenName(clean(pattern.format(theme=stem, noun=noun)), language, "place", hall.id, rank)


def _session_names(venue: Venue, language: str, words: NameWords) -> Iterator[SpokenName]:
    for session in venue.sessions.values():
        yield from _variants(session.names, language, "session", session.id, words)
        title = session.names.get(language, "").lower()
        for pattern, said in words.session_kinds:
            before, _, after = pattern.lower().partition("{topic}")
            topic = title.removeprefix(before).removesuffix(after)
            if topic and before + topic + after == title:
                topic = topic.removeprefix("the ") if language == "en" else topic
                for form in said:
                    yield SpokenName(clean(form.format(topic=topic)), language, "session", session.id, 1)
                break


def _parts(venue: Venue, language: str) -> Iterator[SpokenName]:
    """Parts of exhibitors' names that few share: without the region they begin with, or without their business."""
    owners: dict[str, list[str]] = defaultdict(list)
    for exhibitor in venue.exhibitors.values():
        for part in _parts_of(clean(exhibitor.names.get(language, ""))):
            owners[part].append(exhibitor.id)
    for part, sharing in owners.items():
        if len(set(sharing)) <= _TOO_MANY:
            for exhibitor_id in dict.fromkeys(sharing):
                yield SpokenName(part, language, "exhibitor", exhibitor_id, 2)


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
    """The name to say in `language`: its own, else the theme's (for a hall `key`), else English, else any."""
    if language in names:
        return names[language]
    words = name_words(language)
    if key in words.themes:
        return f"{words.themes[key][0]} {words.exhibition[0]}"
    return next(iter(translated(names, language)), "") or names.get("en") or next(iter(names.values()), key)
