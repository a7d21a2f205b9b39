"""Sentences with words that got into them unasked."""

from __future__ import annotations

import pytest

from robot_nodes.language import Understanding
from robot_nodes.language.intent import LANGUAGES
from robot_nodes.language.spelling import Codes
from robot_nodes.language.templates import templates


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        ("zh", "中午这个休息吗", "中午休息吗"),
        ("zh", "医疗的点在在哪", "医疗点在哪"),
        ("en", "where can i uh get a taxi", "where can i get taxi"),
        ("en", "uhura is there", "uhura is there"),
        ("ko", "화장실 그 어디예요", "화장실 어디예요"),
        ("ko", "그늘 어디예요", "그늘 어디예요"),
        ("ja", "出口はえーとどこ", "出口はどこ"),
    ],
)
def test_fillers_and_letters_heard_twice_are_left_out(language: str, said: str, meant: str) -> None:
    assert templates(language).without_strays(said) == meant


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_of_mere_fillers(language: str) -> None:
    assert templates(language).without_strays("") == ""


def test_what_is_understood_without_strays_is_less_sure(large: Understanding) -> None:
    found = large.understand("你就是好", "zh")

    assert found.name == "greet"
    assert found.confidence <= 0.9
    assert large.understand("那个的的了", "zh").name == "unknown"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("take me to the 9g hall", "take me to the 5g hall"),
        ("去5k展区", "去5g展区"),
        ("55g 전시관", "5g 전시관"),
        ("booth b9", "booth b9"),
        ("9d movie", "9d movie"),
        ("5g11", "5g11"),
        ("15g", "15g"),
        ("", ""),
    ],
)
def test_a_code_nothing_has_is_the_one_that_sounds_like_it(said: str, meant: str) -> None:
    assert Codes(["5g hall", "culture", "5g forum room"]).corrected(said) == meant


def test_of_two_codes_alike_neither_is_taken() -> None:
    assert Codes(["5g hall", "9g hall"]).corrected("5k hall") == "5k hall"
    assert Codes([]).corrected("5k hall") == "5k hall"
