"""The meaning of a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

__all__ = ["INTENTS", "LANGUAGES", "SLOTS", "Intent", "IntentName"]

IntentName = Literal[
    "guide_to",
    "locate",
    "find_facility",
    "call_staff",
    "emergency",
    "stop",
    "wait",
    "resume",
    "cancel",
    "yes",
    "no",
    "greet",
    "thanks",
    "goodbye",
    "repeat",
    "ask_identity",
    "ask_programme",
    "unknown",
]

INTENTS: tuple[IntentName, ...] = get_args(IntentName)
LANGUAGES: tuple[str, ...] = ("zh", "en", "ko")
SLOTS: tuple[str, ...] = ("place", "exhibitor", "facility", "session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a visitor wants."""

    name: IntentName
    slots: Mapping[str, str] = field(default_factory=dict)
    """`place` is always a place of the venue, where to go or what was asked about; `exhibitor` and `session` are
    ids; `facility` is a facility kind (place is then the nearest one, if a position was given or there is one only)."""
    language: str
    """ISO 639-1: zh, en or ko; the language the sentence was understood in and `reply` is worded in."""
    confidence: float
    """0..1; 1 is a sentence of the catalogue with a name of the venue, letter by letter."""
    text: str
    """The sentence as it came."""
    reply: str
    """The answer; empty where whoever acts on the intent words it (guide_to, stop, ...)."""
