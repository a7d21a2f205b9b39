"""A sentence to its intent, in whichever of the robot's languages it is."""

from __future__ import annotations

import math
from datetime import datetime

from maps.venue import Facility, Venue
from robot_nodes.language.catalogue import languages
from robot_nodes.language.classifier import classifier
from robot_nodes.language.cues import cues
from robot_nodes.language.intent import LANGUAGES, Intent
from robot_nodes.language.interpretation import Interpretation, Interpreter
from robot_nodes.language.lexicon import Lexicon
from robot_nodes.language.names import spoken_names
from robot_nodes.language.normalise import LONGEST, clean, languages_of
from robot_nodes.language.replies import Replies
from robot_nodes.language.templates import templates

__all__ = ["Understanding"]

_OTHER_LANGUAGE = 0.9
"""Factor on the confidence of a reading in a language other than the likeliest."""


class Understanding:
    """Understands requests in one venue. Building indexes every name (a few seconds for 2,000 exhibitors); afterwards
    it is never changed, so threads may share it."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        names = spoken_names(venue)
        self._interpreter = Interpreter(venue, Lexicon(names), names)
        self._replies = Replies(venue)
        self._facilities: dict[str, list[Facility]] = {}
        for facility in venue.facilities.values():
            self._facilities.setdefault(facility.kind, []).append(facility)
        for language in languages():
            templates(language)
            cues(language)
            classifier(language)

    @property
    def venue(self) -> Venue:
        """The venue it knows."""
        return self._venue

    @property
    def replies(self) -> Replies:
        """What words its answers."""
        return self._replies

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
        found, spoken = self.read(text, lang)
        return self.worded(found, text, spoken, near=near, now=now)

    def read(self, text: str, lang: str | None = None) -> tuple[Interpretation | None, str]:
        """What `text` means, not yet answered, and the language it was read in."""
        cleaned = clean(text)
        tried = languages_of(cleaned, lang) if 0 < len(cleaned) <= LONGEST else ()
        best: tuple[float, Interpretation, str] | None = None
        for factor, language in zip((1.0, *[_OTHER_LANGUAGE] * len(tried)), tried, strict=False):
            if language not in languages():
                continue
            found = self._interpreter.interpret(cleaned, language)
            if found and (best is None or factor * found.confidence > best[0]):
                best = factor * found.confidence, found, language
        if best:
            return best[1], best[2]
        return None, tried[0] if tried else (lang if lang is not None and lang in LANGUAGES else "en")

    def worded(
        self,
        found: Interpretation | None,
        text: str,
        language: str,
        *,
        near: tuple[float, float] | None = None,
        now: datetime | None = None,
    ) -> Intent:
        """`found` as an intent, with its answer in `language`."""
        if found is None:
            lacking = language in languages() and self._interpreter.lacks_name(clean(text), language)
            reply = self._replies.unknown(language, place=lacking)
            return Intent(name="unknown", language=language, confidence=0.0, text=text, reply=reply)
        target = self.target(found, near)
        reply = self._replies.answer(found, target, language, near=near, now=now)
        return Intent(
            name=found.intent,
            slots=dict(found.slots),
            language=language,
            confidence=found.confidence,
            text=text,
            reply=reply,
            target=target,
            lead=found.lead and bool(target),
        )

    def target(self, found: Interpretation, near: tuple[float, float] | None) -> str:
        """Id of the place that answers: the exhibitor's booth, the nearest toilet (of the hall named); or empty."""
        venue, slots = self._venue, found.slots
        if "exhibitor" in slots:
            return next(iter(venue.exhibitors[slots["exhibitor"]].booths), "")
        if "session" in slots:
            return venue.sessions[slots["session"]].room
        if "facility" in slots:
            facility = self.nearest(slots["facility"], near, hall=slots.get("place"))
            return found.facility_id or (facility.id if facility else "")
        return slots.get("place", "")

    def nearest(self, kind: str, near: tuple[float, float] | None, *, hall: str | None = None) -> Facility | None:
        """The facility of this kind in `hall`, else nearest to it, else nearest to `near` (the plan's first without
        it); None if there is none."""
        known = self._facilities.get(kind, [])
        inside = [facility for facility in known if facility.hall == hall] if hall else []
        if hall and not inside and hall in self._venue.places:
            place = self._venue.places[hall]
            near = place.x, place.y
        known = inside or known
        if near is None or not known:
            return known[0] if known else None
        x, y = near
        return min(known, key=lambda facility: math.dist((facility.x, facility.y), (x, y)))
