"""What the robot says: `phrase(act, language, **slots)`, from `phrases/*.yaml`."""

from __future__ import annotations

import string
from functools import cache

from robot_nodes.language.catalogue import languages, read_phrases
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.korean import with_particles

__all__ = ["ACTS", "FALLBACK", "phrase", "reply"]

FALLBACK = "en"
"""Language used where a catalogue or an entry is missing."""

ACTS: tuple[str, ...] = (
    "greet",
    "confirm",
    "lead_start",
    "progress",
    "wait_for_you",
    "visitor_lost",
    "meet",
    "arrived",
    "stopped",
    "resumed",
    "inform",
    "clarify",
    "sorry",
    "help_called",
    "goodbye",
)
"""Every act of fairguide_msgs/Utterance."""


def phrase(act: str, language: str, /, **slots: object) -> str:
    """How the robot words `act` in `language`.

    :param slots: what the wording may use: place, text, question, reason, remaining_m, ...; a number loses its
        decimals; an empty one counts as not given. The wording that fits what is given is chosen.
    :raises CatalogueError: no such act.
    """
    return _worded("acts", act, language, slots)


def reply(key: str, language: str, /, **slots: object) -> str:
    """How the robot words the answer `key` in `language`; see `phrase`."""
    return _worded("replies", key, language, slots)


def _worded(section: str, key: str, language: str, slots: dict[str, object]) -> str:
    given = {name: _said(value) for name, value in slots.items() if value is not None and value != ""}
    spoken = language if language in languages() else FALLBACK
    for candidate in dict.fromkeys((spoken, FALLBACK)):
        catalogue = read_phrases(candidate)
        variants = (catalogue.acts if section == "acts" else catalogue.replies).get(key, ())
        for variant in variants:
            if _slots_of(variant) <= given.keys():
                text = variant.format_map(given)
                return with_particles(text) if candidate == "ko" else text
    known = ", ".join((read_phrases(FALLBACK).acts if section == "acts" else read_phrases(FALLBACK).replies).keys())
    raise CatalogueError(f"phrases: no {section} entry {key!r} that needs only {sorted(given)}; there are: {known}")


def _said(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


@cache
def _slots_of(variant: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(variant) if name)
