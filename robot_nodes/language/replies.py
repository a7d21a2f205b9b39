"""Answers from the venue's data. What the data does not hold is not said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from maps.venue import Place, Session, Venue
from robot_nodes.language.intent import IntentName
from robot_nodes.language.names import display_name, facility_name
from robot_nodes.language.phrases import reply

__all__ = ["Replies"]

_SESSIONS_TOLD = 3
_PLAIN: Mapping[str, str] = {"greet": "greet", "thanks": "thanks", "goodbye": "goodbye"}
_HOURS_KEYS = ("opening_hours", "hours", "open")
"""Where a plan keeps its opening hours: a sentence, a sentence per language, or lists of them."""


class Replies:
    """Words answers for one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        themed = [hall for hall in venue.halls.values() if hall.area == "themed"] or list(venue.halls.values())
        self._example = themed[0] if themed else None

    def answer(
        self,
        name: IntentName,
        topic: str,
        slots: Mapping[str, str],
        language: str,
        *,
        near: tuple[float, float] | None = None,
        now: datetime | None = None,
    ) -> str:
        """The answer to an intent; empty where whoever acts on it words it."""
        if name in _PLAIN:
            return reply(_PLAIN[name], language)
        if name == "locate":
            return self._session_room(slots, language) if "session" in slots else self._whereabouts(slots, language)
        if name == "find_facility" or (name == "guide_to" and "place" not in slots):
            return self._facility(slots, language, near)
        if name == "ask_programme":
            return self._programme(topic, slots, language, now)
        if name == "ask_identity":
            venue = display_name(self._venue.names, language)
            return reply("abilities", language) if topic == "abilities" else reply("identity", language, venue=venue)
        return ""

    def unknown(self, language: str, *, place: bool = False) -> str:
        """What to say to what was not understood, or to a `place` nobody knows: with something that would be."""
        example = display_name(self._example.names, language, self._example.id) if self._example else ""
        return reply("unknown_place" if place else "unknown", language, example=example)

    def _hall_name(self, hall_id: str | None, language: str) -> str:
        hall = self._venue.halls.get(hall_id or "")
        return display_name(hall.names, language, hall.id) if hall else ""

    def _whereabouts(self, slots: Mapping[str, str], language: str) -> str:
        place = self._venue.places.get(slots.get("place", ""))
        if "exhibitor" in slots:
            name = display_name(self._venue.exhibitors[slots["exhibitor"]].names, language)
            if place is None:
                return reply("exhibitor_no_booth", language, name=name)
            return reply("exhibitor", language, name=name, booth=place.id, hall=self._hall_name(place.hall, language))
        if place is None:
            return self.unknown(language, place=True)
        name = display_name(place.names, language, place.id)
        hall = self._hall_name(place.hall, language) if place.hall != place.id else ""
        if hall:
            return reply("place_in_hall", language, name=name, hall=hall)
        return reply("place_known", language, name=name, part=reply(self._part_of(place), language))

    def _part_of(self, place: Place) -> str:
        """Key of the part of the venue a place lies in: thirds of its width and height, north up."""
        column = min(int(3 * place.x / self._venue.width_m), 2)
        row = min(int(3 * place.y / self._venue.height_m), 2)
        return "part_" + (("south", "", "north")[row] + ("west", "", "east")[column] or "middle")

    def _facility(self, slots: Mapping[str, str], language: str, near: tuple[float, float] | None) -> str:
        kind = slots.get("facility", "")
        name = facility_name(kind, language)
        place = self._venue.places.get(slots.get("place", ""))
        if place is None:
            return reply("facility_none", language, name=name)
        distance_m = math.dist((place.x, place.y), near) if near else None
        hall = self._hall_name(place.hall, language)
        return reply("facility" if hall else "facility_here", language, name=name, hall=hall, distance_m=distance_m)

    def _session_room(self, slots: Mapping[str, str], language: str) -> str:
        session = self._venue.sessions[slots["session"]]
        name = display_name(session.names, language)
        return reply("session_room", language, name=name, room=self._room(session, language))

    def _programme(self, topic: str, slots: Mapping[str, str], language: str, now: datetime | None) -> str:
        if topic == "hours":
            hours = self._hours(language)
            return reply("hours", language, hours=hours) if hours else reply("hours_none", language)
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
        lines = [self._line(session, language) for session in self._next_sessions(now)]
        return reply("programme", language, sessions="; ".join(lines)) if lines else reply("programme_none", language)

    def _next_sessions(self, now: datetime | None) -> list[Session]:
        coming = [it for it in self._venue.sessions.values() if now is None or datetime.fromisoformat(it.end) > now]
        return sorted(coming, key=lambda session: datetime.fromisoformat(session.start))[:_SESSIONS_TOLD]

    def _line(self, session: Session, language: str) -> str:
        return f"{_clock(session.start)} {display_name(session.names, language)}, {self._room(session, language)}"

    def _room(self, session: Session, language: str) -> str:
        room = self._venue.rooms.get(session.room)
        return display_name(room.names, language) if room else session.room

    def _hours(self, language: str) -> str:
        for key in _HOURS_KEYS:
            if key in self._venue.facts:
                return _sentence(self._venue.facts[key], language)
        return ""


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
