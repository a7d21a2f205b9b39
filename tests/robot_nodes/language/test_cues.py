from __future__ import annotations

from pathlib import Path

import pytest

from robot_nodes.language import INTENTS, LANGUAGES, catalogue
from robot_nodes.language.cues import cues
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.rules import CueFile
from robot_nodes.language.wordlist import WordList


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_a_rule_in_every_language(language: str) -> None:
    assert set(INTENTS) - {"unknown"} - {rule.intent for rule in cues(language).rules} == set()


def test_classes_are_found_as_written_by_sound_and_nearly() -> None:
    chinese = cues("zh")
    assert chinese.written("请带我去金融展")["take"].quality == 1.0
    misheard = "请待窝去金融展"
    assert "take" not in chinese.written(misheard)
    assert 0.5 < chinese.heard(misheard, {}, nearly=False)["take"].quality < 1.0


def test_words_written_as_they_should_be_are_not_misheard_ones() -> None:
    chinese = cues("zh")
    key = "早上好"  # sounds like a word of business talks
    assert "negotiate" not in chinese.heard(key, chinese.written(key), nearly=True)


def test_words_stand_whole_where_they_are_parted_by_spaces() -> None:
    english = WordList([("art", 1), ("go to", 2), ("^stop$", 3)], spaced=True)
    assert [meaning for _, _, meaning in english.find("start art")] == [1]
    assert english.spans("let us go to art") == [(7, 12), (13, 16)]
    assert not english.any("stop it")
    assert english.any("stop")


def test_words_stand_anywhere_where_they_are_not() -> None:
    chinese = WordList([("停", 1), ("^去", 2)], spaced=False)
    assert chinese.spans("快停下") == [(1, 2)]
    assert not chinese.any("我去")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("rules: {dance: ['@a']}", "unknown intent 'dance'"),
        ("rules: {stop: ['@a']}", "no class 'a'"),
        ("classes: {a: [x]}\nrules: {stop: ['a']}", "neither @class nor"),
        ("classes: {a: [x]}\nrules: {stop: [{slots: {}}]}", "needs `when`"),
        ("classes: {a: [yes]}", "quote words"),
        ("classes: {a: ['(x']}", "classes: a"),
        ("rules: [a]", "rules must be a mapping"),
    ],
)
def test_broken_cues_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, complaint: str) -> None:
    (tmp_path / "cues").mkdir()
    (tmp_path / "cues" / "xx.yaml").write_text(content)
    monkeypatch.setattr(catalogue, "_ROOM", tmp_path)
    with pytest.raises(CatalogueError, match=complaint) as caught:
        list(CueFile("xx").rules())
    assert "cues/xx.yaml" in str(caught.value)
