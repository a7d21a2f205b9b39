from __future__ import annotations

import pytest

from robot_nodes.speaking.normalise import LANGUAGES, normalised, spoken, words_of
from robot_nodes.speaking.numbers import LARGEST, cardinal, digits, native_korean, ordinal
from robot_nodes.speaking.ssml import Piece


@pytest.mark.parametrize(
    ("number", "zh", "en", "ko", "ja"),
    [
        (0, "零", "zero", "영", "ゼロ"),
        (12, "十二", "twelve", "십이", "じゅうに"),
        (101, "一百零一", "one hundred and one", "백일", "ひゃくいち"),
        (365, "三百六十五", "three hundred and sixty-five", "삼백육십오", "さんびゃくろくじゅうご"),
        (10_500, "一万零五百", "ten thousand five hundred", "만 오백", "いちまんごひゃく"),
        (100_050, "十万零五十", "one hundred thousand and fifty", "십만 오십", "じゅうまんごじゅう"),
        (165_000, "十六万五千", "one hundred and sixty-five thousand", "십육만 오천", "じゅうろくまんごせん"),
        (300_000_008, "三亿零八", "three hundred million and eight", "삼억 팔", "さんおくはち"),
    ],
)
def test_numbers(number: int, zh: str, en: str, ko: str, ja: str) -> None:
    assert [cardinal(number, language) for language in LANGUAGES] == [zh, en, ko, ja]


def test_numbers_nobody_would_count_are_read_digit_by_digit() -> None:
    assert cardinal(LARGEST, "zh") == "一" + "零" * 12
    assert digits("400-12", "en") == "four zero zero one two"
    assert [ordinal(n) for n in (1, 12, 20, 23)] == ["first", "twelfth", "twentieth", "twenty-third"]
    assert [native_korean(n) for n in (1, 20, 21, 99)] == ["한", "스무", "스물한", "아흔아홉"]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Booth A-012, 30 m away.", "Booth A, zero one two, thirty metres away."),
        ("en", "open 9:00-17:30", "open nine a m to five thirty p m"),
        ("en", "2020-09-05 at 12:00", "September fifth, two thousand and twenty at noon"),
        ("en", "about 5% in 2020 (12 halls)!!!", "about five percent in twenty twenty, twelve halls!"),
        ("en", "1 m or 2,440 exhibitors, -3 °C", "one metre or two thousand four hundred and forty exhibitors, minus"),
        ("en", "5G & Wi-Fi: 10-20 m", "five G and why fye: ten to twenty metres"),
        ("zh", "展位A-012在前方30米，约占50%。", "展位A零一二在前方三十米，约占百分之五十。"),
        ("zh", "9:00-17:05，2点，2020年9月5日", "九点到十七点零五分，两点，二零二零年九月五日"),
        ("zh", "5G，1.5km，￥20，－3℃", "五G，一点五公里，二十元，负三摄氏度"),
        ("ko", "A-012 부스는 30m 앞, 50%", "에이 공 일 이 부스는 삼십 미터 앞, 오십 퍼센트"),
        ("ko", "3시 30분, 15시, 2개, 3개월, 21명", "세 시 삼십 분, 십오 시, 두 개, 삼 개월, 스물한 명"),
        ("ko", "오후 3:30부터", "오후 세 시 삼십 분 부터"),
        ("en", "9:30 a.m. or 5:00 PM", "nine thirty a m or five p m"),
        ("ko", "2020-10-06 14:00", "이천이십 년 시 월 육 일 오후 두 시"),
        ("ja", "ブースA-012は30m先です", "ブースエーのゼロ いち にはさんじゅうメートル先です"),
        (
            "ja",
            "3時30分、2階、9月、45分、15min",
            "さんじさんじゅっぷん、にかい、くがつ、よんじゅうごふん、じゅうごふん",
        ),
        ("ja", "2020-09-05 0:00", "にせんにじゅうねんくがついつか れいじ"),
        ("fr", "salle 3 😀", "salle three"),
    ],
)
def test_what_is_no_word_becomes_words(language: str, text: str, words: str) -> None:
    assert normalised(text, language)[: len(words)] == words


@pytest.mark.parametrize(
    ("language", "text", "reading", "words"),
    [
        ("en", "120", "digits", "one two zero"),
        ("zh", "120", "digits", "一二零"),
        ("en", "2020", "cardinal", "two thousand and twenty"),
        ("zh", "2020年", "cardinal", "二千零二十年"),
        ("en", "1730", "time", "five thirty p m"),
        ("ko", "0905", "time", "오전 아홉 시 오 분"),
        ("zh", "2020/9/5", "date", "二零二零年九月五日"),
    ],
)
def test_say_as(language: str, text: str, reading: str, words: str) -> None:
    assert normalised(text, language, reading) == words


def test_foreign_words_are_pieces_of_their_own_and_letters_are_not() -> None:
    parts = spoken(Piece("请到Alibaba Cloud展台看AI和B馆", "zh"))
    assert [(part.text, part.language) for part in parts] == [
        ("请到", "zh"),
        ("Alibaba Cloud", "en"),
        ("展台看A I和B馆", "zh"),
    ]
    (korean,) = spoken(Piece("AI 전시관", "ko"))
    assert korean.text == "에이아이 전시관"


@pytest.mark.parametrize("text", ["", "   ", "😀🎉", "!!!", "\u200b\ufeff", "\x00\x1b", "(){}", "---"])
def test_what_has_no_words_is_nothing_to_say(text: str) -> None:
    assert all(spoken(Piece(text, language)) == () for language in LANGUAGES)


def test_each_language_has_words_for_the_same_things() -> None:
    english = words_of("en")
    for language in LANGUAGES:
        table = words_of(language)
        for kind in ("symbols", "units", "money"):
            assert table[kind].keys() == english[kind].keys(), (language, kind)
        assert {"5G", "Wi-Fi", "CIFTIS"} <= table["terms"].keys()
        assert all("{n}" in unit for unit in (*table["units"].values(), *table["money"].values(), table["minus"]))
