from __future__ import annotations

from robot_nodes.language.booths import BoothNumber
from robot_nodes.language.lexicon import Lexicon
from robot_nodes.language.names import SpokenName

NAMES = [
    SpokenName("文化", "zh", "place", "culture", 2, weak=True),
    SpokenName("文化服务专题展", "zh", "place", "culture"),
    SpokenName("文化", "zh", "exhibitor", "wenhua"),
    SpokenName("culture exhibition", "en", "place", "culture"),
    SpokenName("art", "en", "exhibitor", "art"),
    SpokenName("beijing huayun consulting", "en", "exhibitor", "huayun"),
    SpokenName("厕所", "zh", "facility", "toilet"),
]


def test_the_longest_name_hides_those_within_it() -> None:
    mentions = Lexicon(NAMES).mentions("带我去文化服务专题展", "zh")
    assert [(it.start, it.end, it.name.value) for it in mentions] == [(3, 10, "culture")]


def test_a_proper_name_comes_before_a_theme() -> None:
    mention = Lexicon(NAMES).mentions("带我去文化", "zh")[0]
    assert [name.value for name in mention.names] == ["wenhua", "culture"]


def test_words_are_not_cut_in_two() -> None:
    lexicon = Lexicon(NAMES)
    assert lexicon.mentions("where do we start", "en") == []
    assert [it.name.value for it in lexicon.mentions("where is art", "en")] == ["art"]


def test_names_are_found_across_spaces() -> None:
    mention = Lexicon(NAMES).mentions("go to culture  exhibition now", "en")[0]
    assert "go to culture  exhibition now"[mention.start : mention.end] == "culture  exhibition"


def test_misheard_names_are_found_by_sound_and_less_sure() -> None:
    lexicon = Lexicon(NAMES)
    (chinese,) = lexicon.mentions("带我去闻话服务砖题展", "zh")
    assert (chinese.name.value, chinese.start, chinese.end) == ("culture", 3, 10)
    assert 0.8 < chinese.score < 1.0
    (english,) = lexicon.mentions("take me to baging huayun consulting", "en")
    assert english.name.value == "huayun"


def test_short_names_must_sound_just_as_they_should() -> None:
    lexicon = Lexicon(NAMES)
    assert [it.name.value for it in lexicon.mentions("侧所在哪", "zh")] == ["toilet"]
    assert lexicon.mentions("车祸在哪", "zh") == []


def test_words_that_are_no_names_are_not_misheard_ones() -> None:
    key = "侧所在哪"
    assert Lexicon(NAMES).mentions(key, "zh", bytearray(b"\1\1\0\0")) == []


HALLS = [
    SpokenName(f"{stem}馆", "zh", "place", hall)
    for stem, hall in (
        ("体育", "sports"),
        ("金融", "finance"),
        ("文化", "culture"),
        ("教育", "education"),
        ("旅游", "tours"),
    )
]


def test_what_many_names_share_does_not_tell_one() -> None:
    lexicon = Lexicon(HALLS)
    assert [it.name.value for it in lexicon.mentions("体域馆在哪", "zh")] == ["sports"]
    assert lexicon.mentions("图书馆在哪", "zh") == []
    assert lexicon.mentions("体育课在哪", "zh") == []


def test_no_name_lies_over_a_booth_number_but_the_booth_s_own() -> None:
    number = BoothNumber(2, 5, ("finance-b11", "sports-b11"))
    halls = [
        SpokenName("金融", "zh", "place", "finance", 2, weak=True),
        SpokenName("融b11号", "zh", "exhibitor", "rong"),
    ]
    found = Lexicon(halls).mentions("金融b11号", "zh", None, [number])
    assert [(it.start, it.end, it.name.value) for it in found] == [(0, 2, "finance"), (2, 5, "finance-b11")]
    own = SpokenName("finance b11", "en", "place", "finance-b11", 2, booth=True)
    number = BoothNumber(8, 11, ("finance-b11", "sports-b11"))
    (found_own,) = Lexicon([own]).mentions("finance b11", "en", None, [number])
    assert [name.value for name in found_own.names] == ["finance-b11"]


def test_a_short_form_of_several_exhibitors_is_the_one_whose_name_is_said() -> None:
    names = [
        SpokenName("泰和影视制作", "zh", "exhibitor", "film"),
        SpokenName("泰和国际物流", "zh", "exhibitor", "logistics"),
        SpokenName("泰和", "zh", "exhibitor", "film", 2),
        SpokenName("泰和", "zh", "exhibitor", "logistics", 2),
    ]
    found, *_ = Lexicon(names).mentions("泰和那家国际物流", "zh")
    assert [name.value for name in found.names] == ["logistics"]
    (either,) = Lexicon(names).mentions("泰和在哪", "zh")
    assert {name.value for name in either.names} == {"film", "logistics"}
