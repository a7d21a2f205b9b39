"""The YAML catalogues of this room, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from robot_nodes.language.errors import CatalogueError

__all__ = ["NameWords", "Phrases", "name_words", "read_phrases", "read_sentences"]

_ROOM = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWords:
    """`names/{language}.yaml`: how people call what no plan names."""

    facilities: Mapping[str, tuple[str, ...]]
    themes: Mapping[str, tuple[str, ...]]
    exhibition: tuple[str, ...]
    droppable: tuple[str, ...]
    stand: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """`phrases/{language}.yaml`: entry -> variants, the first whose slots are given is used."""

    acts: Mapping[str, tuple[str, ...]]
    replies: Mapping[str, tuple[str, ...]]


def _read(folder: str, language: str) -> Mapping[str, Any]:
    path = _ROOM / folder / f"{language}.yaml"
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError as error:
        raise CatalogueError(f"{folder}/{language}.yaml: no such catalogue; write it, or use zh, en or ko") from error
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
    )


@cache
def read_phrases(language: str) -> Phrases:
    """The phrases of one language; raises CatalogueError."""
    tree, where = _read("phrases", language), f"phrases/{language}.yaml"
    return Phrases(acts=_table(tree, "acts", where), replies=_table(tree, "replies", where))


def read_sentences(language: str) -> dict[str, Any]:
    """The sentence templates of one language, as hassil reads them; raises CatalogueError."""
    tree, where = dict(_read("sentences", language)), f"sentences/{language}.yaml"
    if not isinstance(tree.get("intents"), dict):
        raise CatalogueError(f"{where}: intents must be a mapping")
    for key in ("skip_words", "skip_anywhere", "negations"):
        _strings(tree, key, where)
    return tree
