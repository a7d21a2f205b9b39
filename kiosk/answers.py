"""What the screen shows for a question: a place, words, or a call for a robot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maps.venue import Venue
from maps.view.catalogue import LANGUAGES

if TYPE_CHECKING:
    from robot_nodes.language import Intent

__all__ = ["Answer", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An empty field is nothing of the kind."""

    place: str = ""
    """Id of the place to show."""
    text: str = ""
    lead: bool = False
    """The visitor wishes to be led there."""
    language: str = ""
    """The language of the kiosk to go on in."""


def answer(intent: Intent | None, venue: Venue, find: Callable[[], Sequence[str]]) -> Answer:
    """What to show for what a visitor typed or said.

    :param intent: what it means; None: nobody there to tell.
    :param find: places the words themselves may name, best first; asked only where the meaning leads nowhere.
    """
    if intent is None or intent.name == "unknown":
        found = next(iter(find()), "")
        return Answer(place=found, text="" if found or intent is None else intent.reply)
    if intent.name == "change_language":
        wanted = intent.slots.get("language", "")
        return Answer(text=intent.reply, language=wanted if wanted in LANGUAGES else "")
    place = _place(intent, venue)
    if not place and not intent.reply:
        place = next(iter(find()), "")
    return Answer(place=place, text=intent.reply, lead=bool(place) and intent.lead)


def _place(intent: Intent, venue: Venue) -> str:
    """The target, else what the slots name; empty where the venue has neither."""
    exhibitor = venue.exhibitors.get(intent.slots.get("exhibitor", ""))
    session = venue.sessions.get(intent.slots.get("session", ""))
    candidates = (
        intent.target,
        exhibitor.booths[0] if exhibitor is not None and exhibitor.booths else "",
        session.room if session is not None else "",
        intent.slots.get("place", ""),
    )
    return next((place for place in candidates if place in venue.places), "")
