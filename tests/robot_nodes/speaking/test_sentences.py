from __future__ import annotations

import pytest

from robot_nodes.speaking.sentences import sentences
from robot_nodes.speaking.ssml import Pause, read


def texts(text: str, language: str, first: int = 0) -> list[str]:
    return [sentence.text for sentence in sentences(read(text, language), first=first)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "你好，请跟我来。金融展在前面！走吧", ["你好，请跟我来。", "金融展在前面!", "走吧"]),
        ("ja", "こんにちは。トイレはあちら？はい", ["こんにちは。", "トイレはあちら?", "はい"]),
        ("ko", "안녕하세요. 3.5미터 앞입니다! 가시죠", ["안녕하세요.", "삼 점 오 미터 앞입니다!", "가시죠"]),
        ("en", "Dr. Li, e.g. here, by J. Smith. It is 3.5 m away.", None),
        ("en", "One\ntwo; three", ["One", "two;", "three"]),
        ("en", "... ! ?", []),
    ],
)
def test_where_sentences_end(language: str, text: str, expected: list[str] | None) -> None:
    english = ["doctor Li, for example here, by J. Smith.", "It is three point five metres away."]
    assert texts(text, language) == (english if expected is None else expected)


def test_paragraphs_and_pauses() -> None:
    found = sentences(read("<p>One</p><p>Two <break time='1s'/>three</p><break time='2s'/>", "en"))
    assert [sentence.text for sentence in found] == ["One", "Two three"]
    assert Pause(1.0) in found[1].parts


@pytest.mark.parametrize(("language", "text"), [("en", "a" * 1900), ("zh", "展" * 1900), ("ko", "가 " * 900)])
def test_no_sentence_is_too_long_to_stop_and_nothing_is_lost(language: str, text: str) -> None:
    found = texts(text, language)
    assert max(len(one) for one in found) <= 240
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_a_long_first_sentence_begins_with_its_first_clause() -> None:
    line = "请跟我来，我们现在从这里出发去金融服务专题展，大约还有三百米。到了我会告诉您。"
    assert texts(line, "zh", first=8) == [
        "请跟我来，",
        "我们现在从这里出发去金融服务专题展，大约还有三百米。",
        "到了我会告诉您。",
    ]
    assert texts("Hello there, friend.", "en", first=8) == ["Hello there, friend."]
