from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.language.normalise import LONGEST, clean, joined, languages_of, strip_skipped, without_repetitions


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Where’s the   TOILET?!", "where's the toilet"),
        ("５Ｇ展，在哪？", "5g展 在哪"),
        ("廁所在哪裡", "厕所在哪里"),
        ("화장실이 어디예요?", "화장실이 어디예요"),
        ("🤖停🛑", "停"),
        ("請帶我去體育館，謝謝", "请带我去体育馆 谢谢"),
        ("停\x00\x1b止", "停 止"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(max_size=500))
def test_clean_is_idempotent_and_short(text: str) -> None:
    once = clean(text)
    assert len(once) <= LONGEST + 1
    assert once == once.strip()
    assert "  " not in once
    assert all(character == " " or not character.isspace() for character in once)


def test_scripts_decide_the_language() -> None:
    assert languages_of("带我去 megvii 展台")[0] == "zh"
    assert languages_of("take me to 金融")[0] in ("zh", "en")
    assert languages_of("문화 안내")[0] == "ko"
    assert languages_of("123", "ko") == ("ko",)
    assert languages_of("123") == ()
    assert languages_of("トイレはどこ")[0] == "ja"
    assert languages_of("金融展示館")[0] == "zh"
    assert languages_of("金融展示館", "ja")[0] == "ja"


@pytest.mark.parametrize(
    ("text", "once", "spaced"),
    [
        ("去去去那个那个金融展", "去那个金融展", False),
        ("谢谢谢谢", "谢谢", False),
        ("停停停", "停", False),
        ("take take me to the to the hall", "take me to the hall", True),
        ("booth 1 1", "booth 1 1", True),
        ("b11", "b11", False),
    ],
)
def test_what_is_said_twice_counts_once(text: str, once: str, spaced: bool) -> None:
    assert without_repetitions(text, spaced=spaced) == once


def test_spaces_between_latin_words_stay() -> None:
    assert joined("带我去 sports hall 展区 谢谢") == "带我去sports hall展区谢谢"


def test_fillers_are_dropped_at_the_ends_only() -> None:
    assert strip_skipped("你好请问厕所在哪", ["你好", "请问", "请"], spaced=False) == "厕所在哪"
    assert strip_skipped("please stop", ["please"], spaced=True) == "stop"
    assert strip_skipped("pleasestop", ["please"], spaced=True) == "pleasestop"
    assert strip_skipped("please", ["please"], spaced=True) == ""
