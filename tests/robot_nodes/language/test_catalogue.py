from __future__ import annotations

from pathlib import Path

import pytest

from robot_nodes.language import INTENTS, LANGUAGES, catalogue
from robot_nodes.language.catalogue import name_words, read_phrases, read_sentences
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.templates import templates


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_can_be_said_in_every_language(language: str) -> None:
    said = {skeleton.meaning.intent for skeleton in templates(language).skeletons}
    assert set(INTENTS) - {"unknown"} - said == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_template_writes_out_is_understood_as_that_template(language: str) -> None:
    known = templates(language)
    for skeleton in known.skeletons[::25]:
        meaning = known.match(skeleton.key)
        assert meaning is not None, skeleton.text
        assert meaning.intent == skeleton.meaning.intent, skeleton.text


def test_all_languages_name_the_same_facilities_and_themes() -> None:
    english = name_words("en")
    for language in LANGUAGES:
        assert name_words(language).facilities.keys() == english.facilities.keys()
        assert name_words(language).themes.keys() == english.themes.keys()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("intents: [", "while parsing"),
        ("- a", "mapping at the top"),
        ("language: xx", "intents must be a mapping"),
        ("intents: {}\nskip_words: [yes]", "skip_words must be a list of strings"),
    ],
)
def test_a_broken_catalogue_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, complaint: str
) -> None:
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences" / "xx.yaml").write_text(content)
    monkeypatch.setattr(catalogue, "_ROOM", tmp_path)
    with pytest.raises(CatalogueError, match=complaint) as caught:
        read_sentences("xx")
    assert "sentences/xx.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_catalogue_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"phrases/xx\.yaml: no such catalogue"):
        read_phrases("xx")
