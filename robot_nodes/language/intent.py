"""The meaning of a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

__all__ = ["INTENTS", "LANGUAGES", "SLOTS", "SPOKEN_LANGUAGES", "Intent", "IntentName"]

IntentName = Literal[
    "guide_to",
    "locate",
    "find_facility",
    "ask_exhibitor",
    "ask_programme",
    "ask_now_next",
    "ask_hours",
    "ask_transport",
    "ask_epidemic_rules",
    "recommend",
    "negotiate",
    "call_staff",
    "emergency",
    "lost_person",
    "stop",
    "wait",
    "resume",
    "slower",
    "faster",
    "repeat",
    "louder",
    "quieter",
    "change_language",
    "cancel",
    "yes",
    "no",
    "greet",
    "thanks",
    "goodbye",
    "ask_identity",
    "smalltalk",
    "unknown",
]

INTENTS: tuple[IntentName, ...] = get_args(IntentName)
LANGUAGES: tuple[str, ...] = ("zh", "en", "ko", "ja")
SLOTS: tuple[str, ...] = ("place", "exhibitor", "facility", "session", "language")
SPOKEN_LANGUAGES: tuple[str, ...] = ("zh", "en", "ko", "ja", "fr", "ru", "es", "ar")
"""Languages a visitor may ask for (slot `language`), whether the robot speaks them or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a visitor wants."""

    name: IntentName
    slots: Mapping[str, str] = field(default_factory=dict)
    """Only what the sentence names: `place` an id of the venue's places, `exhibitor` and `session` ids, `facility` a
    facility kind, `language` one of SPOKEN_LANGUAGES."""
    language: str
    """ISO 639-1, one of LANGUAGES: the language the sentence was understood in and `reply` is worded in."""
    confidence: float
    """0..1; 1 is a sentence of the catalogue with a name of the venue, letter by letter."""
    text: str
    """The sentence as it came."""
    reply: str
    """The answer; empty where whoever acts on the intent words it (guide_to, stop, ...)."""
    target: str = ""
    """Id of the place that answers: where a robot would lead, what a screen would show. Empty: none."""
    lead: bool = False
    """Whether the visitor wishes to be taken to `target`."""
