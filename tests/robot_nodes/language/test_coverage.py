"""What a language's catalogues lack of what another language has. A new language is found by its files."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import robot_nodes.language
from robot_nodes.language.intent import INTENTS
from robot_nodes.language.templates import templates

ROOM = Path(robot_nodes.language.__file__).parent
FOLDERS = ("sentences", "names", "phrases", "cues")
FOUND = sorted({path.stem for folder in FOLDERS for path in (ROOM / folder).glob("*.yaml")})


def tree(folder: str, language: str) -> Mapping[str, Any]:
    loaded = yaml.load((ROOM / folder / f"{language}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


def slots_of(variants: list[str]) -> frozenset[str]:
    return frozenset(name for text in variants for _, name, _, _ in string.Formatter().parse(text) if name)


def phrases(section: str) -> Callable[[str], set[object]]:
    return lambda language: {(key, slots_of(texts)) for key, texts in tree("phrases", language)[section].items()}


def words(section: str) -> Callable[[str], set[object]]:
    return lambda language: {key for key, forms in tree("names", language)[section].items() if forms}


PARTS: dict[str, Callable[[str], set[object]]] = {
    "sentences: intents": lambda it: {skeleton.meaning.intent for skeleton in templates(it).skeletons},
    "cues: intents": lambda it: {intent for intent, rules in tree("cues", it)["rules"].items() if rules},
    "names: facilities": words("facilities"),
    "names: themes": words("themes"),
    "names: topics": words("topics"),
    "names: languages": words("languages"),
    "names: digits up to ten": lambda it: words("digits")(it) & {str(number) for number in range(11)},
    "sentences: pointers": lambda it: {key for key, words in tree("sentences", it)["pointers"].items() if words},
    "sentences: ordinals": lambda it: set(tree("sentences", it)["pointers"]["ordinals"]),
    "names: second thoughts": lambda it: {"second thoughts"} if tree("names", it)["second_thoughts"] else set(),
    "names: landmarks": lambda it: {"landmarks"} if any(tree("names", it)["landmarks"].values()) else set(),
    "names: not spoken": lambda it: {"not spoken"} if any(tree("names", it)["not_spoken"].values()) else set(),
    "phrases: acts": phrases("acts"),
    "phrases: replies": phrases("replies"),
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_language_has_every_catalogue(folder: str) -> None:
    missing = [f"{folder}/{it}.yaml" for it in FOUND if not (ROOM / folder / f"{it}.yaml").exists()]
    assert missing == []


@pytest.mark.parametrize("part", PARTS)
def test_no_language_lacks_what_another_has(part: str) -> None:
    have = {language: PARTS[part](language) for language in FOUND}
    everything = set[object]().union(*have.values())
    missing = {language: sorted(map(str, everything - got)) for language, got in have.items() if everything - got}
    assert missing == {}, f"{part} missing"


@pytest.mark.parametrize("language", FOUND)
def test_every_intent_has_sentences(language: str) -> None:
    assert PARTS["sentences: intents"](language) == set(INTENTS) - {"unknown"}


@pytest.mark.parametrize("language", FOUND)
@pytest.mark.parametrize("section", ["facilities", "themes", "topics"])
def test_no_word_names_two_things(section: str, language: str) -> None:
    owners: dict[str, set[str]] = {}
    for key, forms in tree("names", language)[section].items():
        for form in forms:
            owners.setdefault(str(form).casefold().replace(" ", ""), set()).add(key)
    assert {form: keys for form, keys in owners.items() if len(keys) > 1} == {}
