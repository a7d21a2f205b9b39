"""The texts of guiding, in all languages."""

from __future__ import annotations

import pytest

from robot_nodes.guiding.words import about_this, catalogue, reason, slots_of, text
from robot_nodes.language.intent import LANGUAGES

SECTIONS = ("reasons", "texts")


def test_no_language_lacks_a_text() -> None:
    wanted = {(section, key) for name in LANGUAGES for section in SECTIONS for key in catalogue(name)[section]}
    missing = [
        f"{language}.yaml: {section}.{key}"
        for language in LANGUAGES
        for section, key in sorted(wanted)
        if not all(catalogue(language)[section].get(key, [""]))
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_use_the_same_slots_in_every_language(language: str) -> None:
    for section in SECTIONS:
        for key, wordings in catalogue("en")[section].items():
            assert [slots_of(it) for it in catalogue(language)[section][key]] == [slots_of(it) for it in wordings], key


@pytest.mark.parametrize("language", [it for it in LANGUAGES if it != "en"])
def test_no_text_was_left_in_english(language: str) -> None:
    for section in SECTIONS:
        assert [key for key, it in catalogue(language)[section].items() if it[0].isascii()] == []
    assert not any(cue.isascii() for cue in catalogue(language)["about_this"])


def test_the_wording_fits_what_is_given() -> None:
    assert text("turn_left", "en", metres=12, hall="Culture") == "In about 12 metres we turn left into Culture."
    assert text("turn_left", "en", metres=12, hall="") == "In about 12 metres we turn left."
    assert text("ask_change", "ko", place="문화관", former="서막 홀") == "서막 홀 대신 문화관으로 갈까요?"


def test_other_languages_hear_english() -> None:
    assert reason("blocked", "fr") == reason("blocked", "en")


def test_unknown_texts_are_an_error() -> None:
    with pytest.raises(KeyError):
        text("dance", "en")
    with pytest.raises(KeyError):
        text("ask_change", "en", place="Culture")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tell me about this booth"),
        ("zh", "这是什么"),
        ("ko", "이 부스에 대해 알려 주세요"),
        ("ja", "このブースについて教えて"),
    ],
)
def test_what_is_meant_by_this(language: str, said: str) -> None:
    assert about_this(said, language)
    assert not about_this("culture", language)
