"""What guiding says, in the visitor's language: `texts/*.yaml`."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

import yaml

from robot_nodes.language.intent import LANGUAGES
from robot_nodes.language.korean import with_particles

__all__ = ["about_this", "reason", "text"]

FALLBACK = "en"


def reason(key: str, language: str, /, **slots: object) -> str:
    """The end of "Sorry, ..." for `key`; English where the language is not ours.

    :raises KeyError: no such reason.
    """
    return _worded("reasons", key, language, slots)


def text(key: str, language: str, /, **slots: object) -> str:
    """The sentence for `key`; of its wordings the first that needs no more than the slots given (an empty one is not).

    :raises KeyError: no such text, or one that needs more.
    """
    return _worded("texts", key, language, slots)


def about_this(said: str, language: str) -> bool:
    """Whether a sentence asks what is shown here."""
    said = said.casefold()
    return any(cue in said for cue in catalogue(language)["about_this"])


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """One language's texts, as the file has them; English for a language that is not ours."""
    name = language if language in LANGUAGES else FALLBACK
    path = files("robot_nodes.guiding") / "texts" / f"{name}.yaml"
    return cast("Mapping[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))


def slots_of(wording: str) -> frozenset[str]:
    """The names of the slots in a wording."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(wording) if name)


def _worded(section: str, key: str, language: str, slots: Mapping[str, object]) -> str:
    given = {name: str(value) for name, value in slots.items() if str(value)}
    for wording in catalogue(language)[section][key]:
        if slots_of(wording) <= given.keys():
            said = str(wording).format_map(given)
            return with_particles(said) if language == "ko" else said
    raise KeyError(f"guiding texts: {section}.{key} in {language!r} needs more than {sorted(given)}")
