"""What there is to tell about a place, and what begins near it soon: from the venue's exhibitors and programme.

Only what the plan says is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from maps.venue import Room, Session, Venue
from robot_nodes.guiding import words
from robot_nodes.language.names import display_name
from robot_nodes.language.phrases import reply

__all__ = ["Coming", "Programme"]

SOON = timedelta(minutes=45)
NEARBY_M = 150.0
"""Straight; about four minutes at a visitor's pace."""
NAMED = 3
"""Exhibitors of a hall told by name."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A session that begins soon: its place, its name, and when, as the venue's clocks show it."""

    place: str
    name: str
    time: str


class Programme:
    """One venue's."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def presentation(self, place_id: str, language: str, when: datetime | None) -> str:
        """What is to be seen at a place; empty where the plan says nothing of it."""
        venue = self._venue
        booth, hall, room = venue.booths.get(place_id), venue.halls.get(place_id), venue.rooms.get(place_id)
        if booth is not None:
            return self._exhibitor(booth.exhibitor or "", language)
        if room is not None:
            return self._session(room, language, when)
        if hall is None:
            return ""
        there = [it for it in venue.exhibitors.values() if self._in_hall(it.booths, hall.id)]
        if not there:
            return ""
        names = ", ".join(display_name(it.names, language) for it in there[:NAMED])
        name = display_name(hall.names, language, hall.id)
        return reply("exhibitors_in", language, count=len(there), names=names, hall=name)

    def coming(self, place_id: str, when: datetime | None) -> Session | None:
        """The session that begins soonest in a room near a place, if any does; never one at the place itself."""
        place = self._venue.places.get(place_id)
        if place is None or when is None:
            return None
        near = [
            it for it in self._soon(when) if it.room != place_id and self._away_m(it.room, place.x, place.y) <= NEARBY_M
        ]
        return min(near, key=_start, default=None)

    def told(self, session: Session, language: str) -> Coming:
        """The session in words."""
        return Coming(session.room, display_name(session.names, language), session.start[11:16])

    def _exhibitor(self, exhibitor_id: str, language: str) -> str:
        exhibitor = self._venue.exhibitors.get(exhibitor_id)
        if exhibitor is None:
            return ""
        name = display_name(exhibitor.names, language)
        about = display_name(exhibitor.description, language)
        if not about:
            return words.text("booth", language, name=name)
        return reply("exhibitor_about", language, name=name, about=about)

    def _session(self, room: Room, language: str, when: datetime | None) -> str:
        """What is on in a room, or begins there next."""
        if when is None:
            return ""
        later = [it for it in self._soon(when, running=True) if it.room == room.id]
        session = min(later, key=_start, default=None)
        if session is None:
            return ""
        name, where = display_name(session.names, language), display_name(room.names, language)
        return reply("session", language, name=name, start=session.start[11:16], end=session.end[11:16], room=where)

    def _soon(self, when: datetime, *, running: bool = False) -> list[Session]:
        return [
            it
            for it in self._venue.sessions.values()
            if when <= _start(it) <= when + SOON or (running and _start(it) <= when < datetime.fromisoformat(it.end))
        ]

    def _in_hall(self, booths: tuple[str, ...], hall: str) -> bool:
        return any(booth in self._venue.booths and self._venue.booths[booth].hall == hall for booth in booths)

    def _away_m(self, room_id: str, x: float, y: float) -> float:
        room = self._venue.places.get(room_id)
        return math.dist((room.x, room.y), (x, y)) if room else math.inf


def _start(session: Session) -> datetime:
    return datetime.fromisoformat(session.start)
