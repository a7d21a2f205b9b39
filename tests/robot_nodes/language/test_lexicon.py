from __future__ import annotations

from robot_nodes.language.lexicon import Lexicon, sound_of
from robot_nodes.language.names import SpokenName

NAMES = [
    SpokenName("文化", "zh", "place", "culture", 1),
    SpokenName("文化服务专题展", "zh", "place", "culture"),
    SpokenName("文化", "zh", "exhibitor", "wenhua"),
    SpokenName("culture exhibition", "en", "place", "culture"),
    SpokenName("art", "en", "exhibitor", "art"),
]


def test_the_longest_name_comes_first_and_places_before_exhibitors() -> None:
    mentions = Lexicon(NAMES).mentions("带我去文化服务专题展")
    assert [(it.start, it.end) for it in mentions] == [(3, 10), (3, 5)]
    assert [name.value for name in mentions[1].names] == ["culture", "wenhua"]


def test_words_are_not_cut_in_two() -> None:
    lexicon = Lexicon(NAMES)
    assert lexicon.mentions("where do we start") == []
    assert [it.names[0].value for it in lexicon.mentions("where is art")] == ["art"]


def test_names_are_found_across_spaces() -> None:
    mention = Lexicon(NAMES).mentions("go to culture  exhibition now")[0]
    assert "go to culture  exhibition now"[mention.start : mention.end] == "culture  exhibition"


def test_sounds() -> None:
    assert sound_of("今融", "zh") == sound_of("金融", "zh")
    assert sound_of("是", "zh") == sound_of("四", "zh")
    close = Lexicon(NAMES).nearest("闻话服务专题展", "zh", ["place"])
    assert close is not None
    assert (close.name.value, close.score) == ("culture", 1.0)
    assert Lexicon(NAMES).nearest("月球", "zh", ["place"]) is None
    assert Lexicon(NAMES).nearest("闻话服务专题展", "zh", ["session"]) is None
