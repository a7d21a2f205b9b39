from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.matching import Hypothesis, WholePhrases, margin, posteriors
from robot_nodes.hearing.phonetics import sounds

PHRASES = ("도와주세요", "도와주세요 아이를 잃어버렸어요", "출구가 어디입니까", "네")


def test_all_cuts_of_a_phrase_count_together() -> None:
    found = WholePhrases(PHRASES).hypotheses(
        [("출구 가 어디 입니까", 10.0), ("네", 9.0), ("출구 가 어디 입니 까", 10.0)]
    )
    assert [it.phrase for it in found] == ["출구가 어디입니까", "네"]
    assert found[0].score == pytest.approx(10.0 + math.log(2.0))
    assert WholePhrases(PHRASES).hypotheses([("출구 가", 10.0)]) == []


def test_a_phrase_is_complete_when_none_goes_on() -> None:
    whole = WholePhrases(PHRASES)
    assert whole.complete("출구 가 어디 입니까")
    assert not whole.complete("출구 가 어디")
    assert not whole.complete("도와주 세요")
    assert whole.complete("도와주 세요 아이 를 잃어버렸 어요")
    assert not whole.complete("")


def test_phrases_of_one_meaning_are_no_rivals() -> None:
    found = [Hypothesis("stop", 9.0), Hypothesis("halt", 8.5), Hypothesis("shop", 7.0)]
    assert margin(found) == 0.5
    assert margin(found, {"stop": 1, "halt": 1, "shop": 2}.__getitem__) == 2.0
    assert margin(found[:2], lambda phrase: 1) == 6.0


@given(st.lists(st.floats(-1e4, 1e4), max_size=20))
def test_shares_add_up_to_one(scores: list[float]) -> None:
    found = [Hypothesis(str(rank), score) for rank, score in enumerate(sorted(scores, reverse=True))]
    shares = posteriors(found)
    assert sum(shares) == pytest.approx(1.0 if scores else 0.0)
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("金融", "金 荣", "zh"),
        ("ロボット", "ろぼっと", "ja"),
        ("finance", "finanse", "en"),
        ("photo booth", "foto booth", "en"),
        ("화장 실", "화장실", "ko"),
    ],
)
def test_what_sounds_alike_is_alike(one: str, other: str, language: str) -> None:
    assert sounds(one, language) == sounds(other, language)


def test_what_sounds_different_is_different() -> None:
    assert sounds("입구", "ko") != sounds("출구", "ko")
    assert sounds("电信", "zh") != sounds("金融", "zh")
