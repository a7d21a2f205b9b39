from __future__ import annotations

import pytest

from maps.venue import Venue, load_venue
from robot_nodes.language.glossary import glossary, readings, split_pinyin, translated


@pytest.fixture(scope="module")
def fair() -> Venue:
    return load_venue("ciftis2020")


@pytest.mark.parametrize("language", ["ko", "ja"])
@pytest.mark.parametrize("kind", ["halls", "rooms", "sessions", "exhibitors", "facilities", "kiosks", "sectors"])
@pytest.mark.parametrize("venue", ["hall", "ciftis2020"])
def test_everything_in_the_venues_has_a_name(venue: str, kind: str, language: str) -> None:
    nameless = [
        it.names["en"]
        for it in getattr(load_venue(venue), kind).values()
        if language not in it.names and not translated(it.names, language)
    ]
    assert nameless == []


@pytest.mark.parametrize(
    ("names", "language", "said"),
    [
        ({"en": "Professional forum on fintech", "zh": "金融科技专业论坛"}, "ko", "핀테크 전문 포럼"),
        ({"en": "Professional forum on fintech", "zh": "金融科技专业论坛"}, "ja", "フィンテック専門フォーラム"),
        ({"en": "Suzhou Mingde Insurance", "zh": "苏州明德保险"}, "ko", "쑤저우 밍더 보험"),
        ({"en": "Suzhou Mingde Insurance", "zh": "苏州明德保险"}, "ja", "蘇州明徳保険"),
        ({"en": "Korea Xiangyun Fintech", "zh": "韩国祥云金融科技"}, "ja", "韓国祥雲フィンテック"),
        ({"en": "Megvii", "zh": "旷视科技"}, "ko", "메그비"),
        ({"en": "Toilets, Culture services", "zh": "文化服务专题展卫生间"}, "ja", "文化サービス展のトイレ"),
        ({"en": "Forum room 2", "zh": "二号论坛厅"}, "ko", "제2 포럼실"),
    ],
)
def test_names_are_worded_from_the_plan_s(names: dict[str, str], language: str, said: str) -> None:
    assert translated(names, language)[0] == said


def test_chinese_names_may_be_said_in_katakana() -> None:
    assert "シンガポールジーユエン銀行" in translated({"en": "Singapore Zhiyuan Bank", "zh": "新加坡致远银行"}, "ja")


def test_what_cannot_be_worded_whole_is_not_worded() -> None:
    assert translated({"en": "Professional forum on qwrtz", "zh": "某"}, "ko") == ()
    assert translated({"en": "Qwrtz Bank", "zh": "某银行"}, "ja") == ()


def test_the_plan_s_own_name_and_its_languages_are_left_alone() -> None:
    assert translated({"en": "Culture services", "ko": "문화관"}, "ko") == ()
    assert translated({"en": "Culture services"}, "zh") == ()
    assert glossary("en") is None


def test_no_two_exhibitors_share_their_first_name(fair: Venue) -> None:
    for language in ("ko", "ja"):
        first = [translated(it.names, language)[0] for it in fair.exhibitors.values()]
        assert len(set(first)) == len(first)


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("xinghe", ("xing", "he")),
        ("fangyuan", ("fang", "yuan")),
        ("nuoya", ("nuo", "ya")),
        ("megvii", ()),
        ("", ()),
        ("q", ()),
    ],
)
def test_pinyin_is_cut_into_syllables(word: str, syllables: tuple[str, ...]) -> None:
    assert split_pinyin(word) == syllables


def test_words_are_read_before_their_characters() -> None:
    known = readings("ja")
    assert known["出口"] == "デグチ"
    assert readings("en") == {}
