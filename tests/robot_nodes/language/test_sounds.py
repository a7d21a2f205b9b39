from __future__ import annotations

import pytest

from robot_nodes.language.sounds import sound, sound_key


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("今融", "金融", "zh"),
        ("是", "四", "zh"),
        ("男厅", "兰亭", "zh"),
        ("5g", "五g", "zh"),
        ("where", "wear", "en"),
        ("phone", "fone", "en"),
        ("night", "nite", "en"),
        ("5", "five", "en"),
    ],
)
def test_what_sounds_alike_is_the_same(one: str, other: str, language: str) -> None:
    assert sound_key(one, language) == sound_key(other, language)


@pytest.mark.parametrize(("one", "other", "language"), [("文化", "金融", "zh"), ("toilet", "ticket", "en")])
def test_what_does_not_is_not(one: str, other: str, language: str) -> None:
    assert sound_key(one, language) != sound_key(other, language)


@pytest.mark.parametrize(
    ("text", "language"), [("去 5g 展", "zh"), ("take me", "en"), ("화장실 어디", "ko"), ("トイレはどこ", "ja")]
)
def test_every_symbol_has_its_letter(text: str, language: str) -> None:
    heard = sound(text, language)
    assert len(heard.key) == len(heard.at)
    assert list(heard.at) == sorted(heard.at)
    assert all(0 <= place < len(text) for place in heard.at)


def test_nothing_sounds_like_nothing() -> None:
    assert [sound_key("", language) for language in ("zh", "en", "ko", "ja")] == [""] * 4
