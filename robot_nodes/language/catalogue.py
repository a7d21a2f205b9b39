"""The YAML catalogues of this room, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.intent import LANGUAGES

__all__ = ["NameWords", "Phrases", "languages", "name_words", "read_cues", "read_phrases", "read_sentences"]

_ROOM = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWords:
    """`names/{language}.yaml`: how people call what no plan names."""

    facilities: Mapping[str, tuple[str, ...]]
    themes: Mapping[str, tuple[str, ...]]
    exhibition: tuple[str, ...]
    droppable: tuple[str, ...]
    stand: tuple[str, ...]
    topics: Mapping[str, tuple[str, ...]]
    """Hall or theme -> words that stand for it though they are not its name."""
    languages: Mapping[str, tuple[str, ...]]
    """Language a visitor may ask for -> how it is called."""
    digits: Mapping[str, tuple[str, ...]]
    """Number -> how it is said."""
    session_kinds: tuple[tuple[str, tuple[str, ...]], ...]
    """How a session's title is written, and how it is said; `{topic}` is the rest of the title."""
    aliases: Mapping[str, tuple[str, ...]]
    """Id of the venue -> other names."""
    inside: tuple[str, ...]
    """Words at a theme that make it name its hall: "in", "里"."""
    articles: tuple[str, ...]
    """Words that may stand between a "not" and a name."""
    theme_patterns: tuple[str, ...]
    """Other ways of joining theme and noun than side by side, as "{noun} of {theme}"."""
    rows: Mapping[str, tuple[str, ...]]
    """Letter of a row of booths -> how it is called, where not by the letter."""
    row_joints: tuple[str, ...]
    """What may stand between a row and a number: "row B number 7"."""
    number_ends: tuple[str, ...]
    """What may stand after a booth's number."""
    vocatives: tuple[str, ...]
    """How the robot is called that might be taken for a hall's theme."""
    second_thoughts: tuple[str, ...]
    """What, alone between two names, takes the first back: "sports, sorry, tourism"."""
    landmarks: tuple[tuple[str, ...], tuple[str, ...]]
    """Words before and after a name by which it only tells where something else is: "next to", "旁边"."""
    not_spoken: tuple[tuple[str, ...], tuple[str, ...]]
    """Words before and after a language by which it is one that somebody does not speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """`phrases/{language}.yaml`: entry -> variants, the first whose slots are given is used."""

    acts: Mapping[str, tuple[str, ...]]
    replies: Mapping[str, tuple[str, ...]]


@cache
def languages() -> tuple[str, ...]:
    """The languages of LANGUAGES whose names, sentences and phrases are all there."""
    folders = ("names", "sentences", "phrases")
    return tuple(it for it in LANGUAGES if all((_ROOM / folder / f"{it}.yaml").exists() for folder in folders))


def _read(folder: str, language: str) -> Mapping[str, Any]:
    path = _ROOM / folder / f"{language}.yaml"
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError as error:
        raise CatalogueError(
            f"{folder}/{language}.yaml: no such catalogue; write it, or use one of {', '.join(LANGUAGES)}"
        ) from error
    except yaml.YAMLError as error:
        raise CatalogueError(f"{folder}/{language}.yaml: {error}".replace("\n", " ")) from error
    if not isinstance(tree, dict):
        raise CatalogueError(f"{folder}/{language}.yaml: expected a mapping at the top")
    return tree


def _strings(tree: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = tree.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise CatalogueError(f"{where}: {key} must be a list of strings (quote words such as yes, no, on)")
    return tuple(values)


def _table(tree: Mapping[str, Any], key: str, where: str) -> dict[str, tuple[str, ...]]:
    table = tree.get(key)
    if not isinstance(table, dict):
        raise CatalogueError(f"{where}: {key} must be a mapping")
    return {str(name): _strings(table, name, f"{where}: {key}") for name in table}


def _optional_table(tree: Mapping[str, Any], key: str, where: str) -> dict[str, tuple[str, ...]]:
    return _table(tree, key, where) if key in tree else {}


def _around(tree: Mapping[str, Any], key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = tree.get(key) or {}
    return tuple(table.get("before") or ()), tuple(table.get("after") or ())


@cache
def name_words(language: str) -> NameWords:
    """The words of one language; raises CatalogueError."""
    tree, where = _read("names", language), f"names/{language}.yaml"
    return NameWords(
        facilities=_table(tree, "facilities", where),
        themes=_table(tree, "themes", where),
        exhibition=_strings(tree, "exhibition", where),
        droppable=_strings(tree, "droppable", where),
        stand=_strings(tree, "stand", where),
        topics=_optional_table(tree, "topics", where),
        languages=_optional_table(tree, "languages", where),
        digits=_optional_table(tree, "digits", where),
        session_kinds=tuple((str(it["title"]), tuple(it["said"])) for it in tree.get("session_kinds", ())),
        aliases=_optional_table(tree, "aliases", where),
        inside=tuple(tree.get("inside", ())),
        articles=tuple(tree.get("articles", ())),
        theme_patterns=tuple(tree.get("theme_patterns", ())),
        rows=_optional_table(tree, "rows", where),
        row_joints=tuple(tree.get("row_joints", ())),
        number_ends=tuple(tree.get("number_ends", ())),
        vocatives=tuple(tree.get("vocatives", ())),
        second_thoughts=tuple(tree.get("second_thoughts", ())),
        landmarks=_around(tree, "landmarks"),
        not_spoken=_around(tree, "not_spoken"),
    )


@cache
def read_phrases(language: str) -> Phrases:
    """The phrases of one language; raises CatalogueError."""
    tree, where = _read("phrases", language), f"phrases/{language}.yaml"
    return Phrases(acts=_table(tree, "acts", where), replies=_table(tree, "replies", where))


def read_cues(language: str) -> dict[str, Any]:
    """The cues of one language (see cues.py); empty if it has none; raises CatalogueError."""
    return dict(_read("cues", language)) if (_ROOM / "cues" / f"{language}.yaml").exists() else {}


def read_sentences(language: str) -> dict[str, Any]:
    """The sentence templates of one language, as hassil reads them; raises CatalogueError."""
    tree, where = dict(_read("sentences", language)), f"sentences/{language}.yaml"
    if not isinstance(tree.get("intents"), dict):
        raise CatalogueError(f"{where}: intents must be a mapping")
    for key in ("skip_words", "skip_anywhere", "negations"):
        _strings(tree, key, where)
    return tree
