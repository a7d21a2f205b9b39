"""Answers from the venue's data. What the data does not hold is not said; what nobody confirmed is said to be so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from maps.venue import Place, Session, Venue
from robot_nodes.language.catalogue import languages, name_words
from robot_nodes.language.interpretation import Interpretation
from robot_nodes.language.names import display_name, facility_name
from robot_nodes.language.phrases import reply

__all__ = ["Replies"]

_SESSIONS_TOLD, _EXHIBITORS_TOLD = 3, 3
_PLAIN = frozenset({"greet", "thanks", "goodbye", "slower", "faster", "louder", "quieter"})
_HOURS_KEYS = ("opening_hours", "hours", "open")
"""Where a plan keeps its opening hours: a sentence, a sentence per language, or lists of them."""
_EPIDEMIC_KEYS = ("epidemic_rules", "epidemic", "health_rules")


class Replies:
    """Words answers for one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        themed = [hall for hall in venue.halls.values() if hall.area == "themed"] or list(venue.halls.values())
        self._themed = themed
        self._example = themed[0] if themed else None
        self._answers: Mapping[str, Callable[[Interpretation, str, str], str]] = {
            "locate": self._whereabouts,
            "ask_exhibitor": self._exhibitor,
            "recommend": self._recommended,
            "negotiate": self._negotiation,
            "lost_person": self._lost_person,
            "change_language": self._language,
            "ask_identity": self._identity,
            "smalltalk": self._smalltalk,
            "ask_hours": self._opening,
            "ask_epidemic_rules": self._epidemic,
        }

    def answer(
        self,
        found: Interpretation,
        target: str,
        language: str,
        *,
        near: tuple[float, float] | None = None,
        now: datetime | None = None,
    ) -> str:
        """The answer to an intent; empty where whoever acts on it words it.

        :param target: id of the place that answers, or empty.
        """
        name = found.intent
        if name in _PLAIN:
            return reply(name, language)
        if name == "find_facility" or (name == "ask_transport" and "facility" in found.slots):
            return self._facility(found.slots, target, language, near)
        if name == "ask_transport":
            return reply("transport_unknown", language)
        if name == "ask_programme":
            return self._programme(found.slots, language, now)
        if name == "ask_now_next":
            return self._now_next(found, language, now)
        answered = self._answers.get(name)
        return answered(found, target, language) if answered else ""

    def unknown(self, language: str, *, place: bool = False) -> str:
        """What to say to what was not understood, or to a `place` nobody knows: with something that would be."""
        example = display_name(self._example.names, language, self._example.id) if self._example else ""
        return reply("unknown_place" if place else "unknown", language, example=example)

    def name_of(self, place_id: str, language: str) -> str:
        """What a place, an exhibitor or a session is called in `language`; its id where nobody knows it."""
        venue = self._venue
        thing = venue.places.get(place_id) or venue.exhibitors.get(place_id) or venue.sessions.get(place_id)
        return display_name(thing.names, language, place_id) if thing else place_id

    def _hall_name(self, hall_id: str | None, language: str) -> str:
        hall = self._venue.halls.get(hall_id or "")
        return display_name(hall.names, language, hall.id) if hall else ""

    def _whereabouts(self, found: Interpretation, target: str, language: str) -> str:
        place = self._venue.places.get(target)
        if place is None:
            return self.unknown(language, place=True)
        name = display_name(place.names, language, place.id)
        hall = self._hall_name(place.hall, language) if place.hall != place.id else ""
        if hall:
            return reply("place_in_hall", language, name=name, hall=hall)
        return reply("place_known", language, name=name, part=reply(self._part_of(place), language))

    def _exhibitor(self, found: Interpretation, target: str, language: str) -> str:
        exhibitor = self._venue.exhibitors.get(found.slots.get("exhibitor", ""))
        place = self._venue.places.get(target)
        if exhibitor is None:
            if place is not None and place.kind != "hall":
                return self._whereabouts(found, target, language)
            listed = found.topic == "list" or place is not None
            return self._exhibitors_in(target, language) if listed else reply("exhibitor_unknown", language)
        name = display_name(exhibitor.names, language)
        hall = self._hall_name(place.hall, language) if place else ""
        if found.topic == "what":
            about = display_name(exhibitor.description, language)
            return reply("exhibitor_about", language, name=name, about=about, booth=target, hall=hall)
        if place is None:
            return reply("exhibitor_no_booth", language, name=name)
        return reply("exhibitor", language, name=name, booth=place.id, hall=hall)

    def _exhibitors_in(self, hall: str, language: str) -> str:
        there = self._of_hall(hall)
        names = ", ".join(display_name(it.names, language) for it in there[:_EXHIBITORS_TOLD])
        return reply("exhibitors_in", language, count=len(there), names=names, hall=self._hall_name(hall, language))

    def _of_hall(self, hall: str) -> list[Any]:
        """The exhibitors of a hall, those known by name first; all without one."""
        booths = self._venue.booths
        return [
            it
            for it in self._venue.exhibitors.values()
            if not hall or any(booths[booth].hall == hall for booth in it.booths if booth in booths)
        ]

    def _recommended(self, found: Interpretation, target: str, language: str) -> str:
        there = self._of_hall(found.slots["place"]) if "place" in found.slots else []
        if there:
            names = ", ".join(display_name(it.names, language) for it in there[:_EXHIBITORS_TOLD])
            return reply("recommend_in", language, hall=self._hall_name(found.slots["place"], language), names=names)
        halls = ", ".join(display_name(it.names, language, it.id) for it in self._themed)
        return reply("recommend", language, halls=halls)

    def _negotiation(self, found: Interpretation, target: str, language: str) -> str:
        place = self._hall_name("negotiation", language)
        exhibitor = self._venue.exhibitors.get(found.slots.get("exhibitor", ""))
        if exhibitor and target:
            name = display_name(exhibitor.names, language)
            return reply("negotiate_exhibitor", language, name=name, booth=target, place=place)
        return reply("negotiate", language, place=place)

    def _lost_person(self, found: Interpretation, target: str, language: str) -> str:
        desk = next((it for it in self._venue.facilities.values() if it.kind == "information_desk"), None)
        return reply("lost_person", language, place=facility_name("information_desk", language) if desk else "")

    def _language(self, found: Interpretation, target: str, language: str) -> str:
        wanted = found.slots.get("language", "")
        if not wanted:
            return reply("language_which", language, languages=", ".join(_called(it, language) for it in languages()))
        key = "language_changed" if wanted in languages() else "language_unknown"
        return reply(key, language, language=_called(wanted, language))

    def _identity(self, found: Interpretation, target: str, language: str) -> str:
        if found.topic == "abilities":
            return reply("abilities", language)
        return reply("identity", language, venue=display_name(self._venue.names, language))

    def _smalltalk(self, found: Interpretation, target: str, language: str) -> str:
        return reply(f"smalltalk_{found.topic}" if found.topic else "smalltalk", language)

    def _opening(self, found: Interpretation, target: str, language: str) -> str:
        hours, default = self._fact(_HOURS_KEYS, language)
        if not hours:
            return reply("hours_none", language)
        return reply("hours_default" if default else "hours", language, hours=hours)

    def _epidemic(self, found: Interpretation, target: str, language: str) -> str:
        rules, default = self._fact(_EPIDEMIC_KEYS, language)
        if not rules:
            return reply("epidemic_none", language)
        return reply("epidemic_default" if default else "epidemic", language, rules=rules)

    def _fact(self, keys: Iterable[str], language: str) -> tuple[str, bool]:
        """A fact of the plan in words, and whether it is only a default the organiser has not confirmed."""
        for key in keys:
            fact = self._venue.facts.get(key)
            if fact:
                default = bool(isinstance(fact, Mapping) and fact.get("default"))
                told = fact.get("rules", fact) if isinstance(fact, Mapping) else fact
                return _sentence(told, language), default
        return "", False

    def _part_of(self, place: Place) -> str:
        """Key of the part of the venue a place lies in: thirds of its width and height, north up."""
        column = min(int(3 * place.x / self._venue.width_m), 2)
        row = min(int(3 * place.y / self._venue.height_m), 2)
        return "part_" + (("south", "", "north")[row] + ("west", "", "east")[column] or "middle")

    def _facility(self, slots: Mapping[str, str], target: str, language: str, near: tuple[float, float] | None) -> str:
        name = facility_name(slots.get("facility", ""), language)
        place = self._venue.places.get(target)
        if place is None:
            return reply("facility_none", language, name=name)
        distance_m = math.dist((place.x, place.y), near) if near else None
        hall = self._hall_name(place.hall, language)
        return reply("facility" if hall else "facility_here", language, name=name, hall=hall, distance_m=distance_m)

    def _programme(self, slots: Mapping[str, str], language: str, now: datetime | None) -> str:
        if "session" in slots:
            session = self._venue.sessions[slots["session"]]
            return reply(
                "session",
                language,
                name=display_name(session.names, language),
                start=_clock(session.start),
                end=session.end[11:16],
                room=self._room(session, language),
            )
        lines = self._lines(self._coming(now, slots.get("place", "")), language)
        if not lines:
            return reply("programme_none", language)
        hall = self._hall_name(slots.get("place"), language)
        return reply("programme_in" if hall else "programme", language, sessions=lines, hall=hall)

    def _now_next(self, found: Interpretation, language: str, now: datetime | None) -> str:
        coming = self._coming(now, found.slots.get("place", ""))
        if not self._venue.sessions:
            return reply("programme_none", language)
        running = [it for it in coming if now is not None and datetime.fromisoformat(it.start) <= now]
        later = self._lines([it for it in coming if it not in running], language)
        if found.topic != "next":
            told = self._lines(running, language)
            return reply("now", language, sessions=told) if told else reply("now_none", language, sessions=later)
        return reply("next", language, sessions=later) if later else reply("next_none", language)

    def _coming(self, now: datetime | None, hall: str) -> list[Session]:
        """Sessions that have not ended, in `hall` if given, in order."""
        rooms = self._venue.rooms
        coming = [
            it
            for it in self._venue.sessions.values()
            if (now is None or datetime.fromisoformat(it.end) > now)
            and (not hall or (it.room in rooms and rooms[it.room].hall == hall))
        ]
        return sorted(coming, key=lambda session: datetime.fromisoformat(session.start))

    def _lines(self, sessions: Sequence[Session], language: str) -> str:
        return "; ".join(
            f"{_clock(it.start)} {display_name(it.names, language)}, {self._room(it, language)}"
            for it in sessions[:_SESSIONS_TOLD]
        )

    def _room(self, session: Session, language: str) -> str:
        room = self._venue.rooms.get(session.room)
        return display_name(room.names, language) if room else session.room


def _called(spoken: str, language: str) -> str:
    return name_words(language).languages.get(spoken, (spoken,))[0]


def _clock(timestamp: str) -> str:
    """Month, day and time of an ISO 8601 timestamp, as the venue's clocks show it."""
    return f"{timestamp[5:10]} {timestamp[11:16]}"


def _sentence(fact: Any, language: str) -> str:
    """A fact of the plan as text: by language if it has languages, else its parts in order."""
    if isinstance(fact, Mapping):
        if language in fact or "en" in fact:
            return _sentence(fact.get(language, fact.get("en")), language)
        if "open" in fact and "close" in fact:
            return f"{fact['open']}-{fact['close']}"
        return ", ".join(f"{key} {_sentence(value, language)}" for key, value in fact.items())
    if isinstance(fact, list | tuple):
        return ", ".join(_sentence(item, language) for item in fact)
    return str(fact)
