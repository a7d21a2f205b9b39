"""A sentence to its intent: names found in the venue, the rest matched to the catalogue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from maps.venue import Facility, Venue
from robot_nodes.language.intent import LANGUAGES, Intent, IntentName
from robot_nodes.language.lexicon import Lexicon, Mention
from robot_nodes.language.names import SlotName, SpokenName, spoken_names
from robot_nodes.language.normalise import LONGEST, clean, languages_of
from robot_nodes.language.replies import Replies
from robot_nodes.language.templates import Meaning, Templates, templates

__all__ = ["Understanding"]

_BARE = 0.8
"""Confidence of a name alone: it may be a question or a wish, so the harmless reading is taken."""
_GUESSED = 0.9
"""Factor on what was not said to the letter."""
_MENTIONS_TRIED, _GAPS_TRIED = 4, 4
_SURE_ALONE = 0.88
"""Likeness from which a sentence that is nothing but a misheard name is taken for it."""
_MAY_LACK_NAME: frozenset[IntentName] = frozenset({"guide_to", "locate"})


@dataclass(frozen=True, slots=True)
class _Found:
    meaning: Meaning
    name: SpokenName | None
    confidence: float


class Understanding:
    """Understands requests in one venue. Building indexes every name (under 3 s for 2,000 exhibitors); afterwards it
    is never changed, so threads may share it."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._lexicon = Lexicon(spoken_names(venue))
        self._replies = Replies(venue)
        self._facilities: dict[str, list[Facility]] = {}
        for facility in venue.facilities.values():
            self._facilities.setdefault(facility.kind, []).append(facility)
        for language in LANGUAGES:
            templates(language)

    @property
    def venue(self) -> Venue:
        """The venue it knows."""
        return self._venue

    def understand(
        self,
        text: str,
        lang: str | None = None,
        *,
        near: tuple[float, float] | None = None,
        now: datetime | None = None,
    ) -> Intent:
        """What `text` means. Never raises for any text; what it does not understand is `unknown`.

        :param lang: the language heard or chosen, if known; the script of the text overrules it.
        :param near: where the visitor is, frame `map`, metres: decides which toilet.
        :param now: aware time; sessions that have ended are not told.
        """
        cleaned = clean(text)
        languages = languages_of(cleaned, lang) if 0 < len(cleaned) <= LONGEST else ()
        for finder in (self._to_the_letter, self._nearly):
            for language in languages:
                found = finder(cleaned, language)
                if found:
                    return self._intent(found, text, language, near, now)
        spoken = languages[0] if languages else (lang if lang in LANGUAGES else "en")
        lacking = any(self._lacks_name(cleaned, language) for language in languages)
        reply = self._replies.unknown(str(spoken), place=lacking)
        return Intent(name="unknown", language=str(spoken), confidence=0.0, text=text, reply=reply)

    def nearest(self, kind: str, near: tuple[float, float] | None) -> Facility | None:
        """The facility of this kind nearest to `near` (the plan's first without it), or None if there is none."""
        known = self._facilities.get(kind, [])
        if near is None or not known:
            return known[0] if known else None
        return min(known, key=lambda facility: math.dist((facility.x, facility.y), near))

    def _to_the_letter(self, cleaned: str, language: str) -> _Found | None:
        catalogue = templates(language)
        for sentence in _with_and_without_fillers(catalogue, catalogue.key(cleaned)):
            meaning = catalogue.match(sentence)
            if meaning:
                return _Found(meaning, None, 1.0)
        for name, sentence in self._named(cleaned, catalogue):
            meaning = catalogue.match(sentence)
            if meaning:
                alone = sentence == catalogue.tokens[name.slot]
                return _Found(meaning, name, _BARE if alone else 1.0)
        return None

    def _nearly(self, cleaned: str, language: str) -> _Found | None:
        catalogue = templates(language)
        key = catalogue.without_fillers(catalogue.key(cleaned))
        for name, sentence in self._named(cleaned, catalogue):
            close = catalogue.alike(sentence)
            if close:
                return _Found(close[0].meaning, name, _GUESSED * close[1])
        return self._by_sound(key, catalogue) or self._alone(key, catalogue) or self._unnamed(key, catalogue)

    def _named(self, cleaned: str, catalogue: Templates) -> Iterator[tuple[SpokenName, str]]:
        """The sentence with each name found in it replaced, the longest name first."""
        for mention in self._lexicon.mentions(cleaned)[:_MENTIONS_TRIED]:
            yield from _replaced(cleaned, mention, catalogue)

    def _by_sound(self, key: str, catalogue: Templates) -> _Found | None:
        """A sentence of the catalogue around something that sounds like a name."""
        gaps = catalogue.gaps(key)
        for said in list(dict.fromkeys(gap.said for gap in gaps))[:_GAPS_TRIED]:
            slots: dict[SlotName, Meaning] = {}
            for gap in gaps:
                if gap.said == said and gap.skeleton.slot:
                    slots.setdefault(gap.skeleton.slot, gap.skeleton.meaning)
            close = self._lexicon.nearest(said, catalogue.language, slots)
            if close:
                return _Found(slots[close.name.slot], close.name, _GUESSED * close.score)
        return None

    def _alone(self, key: str, catalogue: Templates) -> _Found | None:
        """A name that was misheard and nothing else."""
        close = self._lexicon.nearest(key, catalogue.language, catalogue.tokens)
        if close is None or close.score < _SURE_ALONE:
            return None
        meaning = catalogue.match(catalogue.tokens[close.name.slot])
        return _Found(meaning, close.name, _BARE * close.score) if meaning else None

    def _unnamed(self, key: str, catalogue: Templates) -> _Found | None:
        close = catalogue.alike(key)
        return _Found(close[0].meaning, None, _GUESSED * close[1]) if close else None

    def _lacks_name(self, cleaned: str, language: str) -> bool:
        """Whether it is a request with an unknown place in it."""
        catalogue = templates(language)
        gaps = catalogue.gaps(catalogue.without_fillers(catalogue.key(cleaned)))
        return any(gap.skeleton.meaning.intent in _MAY_LACK_NAME for gap in gaps)

    def _intent(
        self, found: _Found, text: str, language: str, near: tuple[float, float] | None, now: datetime | None
    ) -> Intent:
        slots = dict(found.meaning.slots)
        if found.name:
            slots[found.name.slot] = found.name.value
        place = (found.name.place if found.name else "") or self._place_of(slots, near)
        if place:
            slots["place"] = place
        name = found.meaning.intent
        reply = self._replies.answer(name, found.meaning.topic, slots, language, near=near, now=now)
        return Intent(
            name=name, slots=slots, language=language, confidence=round(found.confidence, 3), text=text, reply=reply
        )

    def _place_of(self, slots: dict[str, str], near: tuple[float, float] | None) -> str | None:
        """The place the slots lead to."""
        venue = self._venue
        if "exhibitor" in slots:
            return next(iter(venue.exhibitors[slots["exhibitor"]].booths), None)
        if "session" in slots:
            return venue.sessions[slots["session"]].room
        if "facility" in slots:
            facility = self.nearest(slots["facility"], near)
            return facility.id if facility else None
        return slots.get("place")


def _with_and_without_fillers(catalogue: Templates, sentence: str) -> Iterable[str]:
    return dict.fromkeys((sentence, catalogue.without_fillers(sentence)))


def _replaced(cleaned: str, mention: Mention, catalogue: Templates) -> Iterator[tuple[SpokenName, str]]:
    for name in mention.names:
        whole = catalogue.with_token(cleaned, mention.start, mention.end, name.slot)
        for sentence in _with_and_without_fillers(catalogue, whole):
            yield name, sentence
