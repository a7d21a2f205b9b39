"""The venue's names as people say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from maps.venue import Hall, Venue
from robot_nodes.language.catalogue import NameWords, name_words
from robot_nodes.language.intent import LANGUAGES
from robot_nodes.language.normalise import clean

__all__ = ["SlotName", "SpokenName", "display_name", "facility_name", "spoken_names"]

SlotName = Literal["place", "exhibitor", "facility", "session"]


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
    """0 for the proper name, 1 for a short or common form: decides between equal ones."""
    place: str = ""
    """For a facility called by a name of its own ("First aid, Sports services"): its id, not just its kind."""


def spoken_names(venue: Venue) -> list[SpokenName]:
    """Every name of the venue in every language, places first; doubles dropped."""
    found: dict[SpokenName, None] = {}
    for language in LANGUAGES:
        words = name_words(language)
        for name in _of_language(venue, language, words):
            if len(name.text) > 1:
                found[name] = None
    return list(found)


def _of_language(venue: Venue, language: str, words: NameWords) -> Iterator[SpokenName]:
    for hall in venue.halls.values():
        yield from _variants(hall.names, language, "place", hall.id, words)
        for text in _theme_forms(hall, words, "" if language == "zh" else " "):
            yield SpokenName(text, language, "place", hall.id, 1)
    for room in venue.rooms.values():
        yield from _variants(room.names, language, "place", room.id, words)
    for kiosk in venue.kiosks.values():
        yield from _variants(kiosk.names, language, "place", kiosk.id, words)
    for booth in venue.booths:
        yield SpokenName(clean(booth), language, "place", booth, 1)
    for exhibitor in venue.exhibitors.values():
        yield from _variants(exhibitor.names, language, "exhibitor", exhibitor.id, words)
    for session in venue.sessions.values():
        yield from _variants(session.names, language, "session", session.id, words)
    for kind, forms in words.facilities.items():
        for rank, form in enumerate(forms):
            yield SpokenName(clean(form), language, "facility", kind, min(rank, 1))
    called = Counter(clean(facility.names.get(language, "")) for facility in venue.facilities.values())
    for facility in venue.facilities.values():
        for name in _variants(facility.names, language, "facility", facility.kind, words):
            alone = name.rank == 0 and called[name.text] == 1
            yield replace(name, place=facility.id) if alone else name


def _variants(
    names: Mapping[str, str], language: str, slot: SlotName, value: str, words: NameWords
) -> Iterator[SpokenName]:
    name = clean(names.get(language, ""))
    if not name:
        return
    yield SpokenName(name, language, slot, value)
    short = _shortened(name, words.droppable)
    while short != name:
        yield SpokenName(short, language, slot, value, 1)
        name, short = short, _shortened(short, words.droppable)


def _shortened(name: str, endings: Iterable[str]) -> str:
    """`name` without its legal form or common noun, if enough is left to tell it."""
    for ending in endings:
        rest = name.removesuffix(ending).strip()
        if rest != name and len(rest) >= 2:
            return rest
    return name


def _theme_forms(hall: Hall, words: NameWords, gap: str) -> Iterator[str]:
    stems = words.themes.get(hall.id) or words.themes.get(hall.theme or "") or ()
    for stem in stems:
        yield clean(stem)
        for noun in words.exhibition:
            yield clean(stem + gap + noun)


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
    return names.get("en") or next(iter(names.values()), key)
