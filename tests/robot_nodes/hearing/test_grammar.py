from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.grammar import Cutter, PhraseBook

UNITS = {"화장실", "화", "장", "실", "이", "어디", "에", "어디에", "있습니까", "출구"}


def test_words_are_cut_into_as_few_units_as_possible() -> None:
    cutter = Cutter(UNITS.__contains__)
    assert cutter.phrase("화장실이 어디에 있습니까") == "화장실 이 어디에 있습니까"
    assert cutter.phrase("화장실로 어디에") is None


@given(st.lists(st.sampled_from(["a", "ab", "abc", "ca"]), min_size=1, max_size=6))
def test_what_is_made_of_units_can_be_cut(units: list[str]) -> None:
    known = {"a", "ab", "abc", "ca"}
    cut = Cutter(known.__contains__).phrase("".join(units))
    assert cut is not None
    assert cut.replace(" ", "") == "".join(units)
    assert set(cut.split()) <= known
    assert len(cut.split()) <= len(units)


def test_only_phrases_of_the_book_are_found() -> None:
    book = PhraseBook(["문화 서비스 전시관으로 안내해 주세요", "네"])
    found = book.find(["문구 와 서비스 전시관 으로 안내 해주세요", "문화 서비스 전시관 으로 안내 해주세요"])
    assert [phrase.text for phrase in found] == ["문화 서비스 전시관으로 안내해 주세요"]
    assert (found[0].rank, found[0].score) == (1, 0.98)
    near = book.find(["문화 서비스 전시관 으로 안내 해주세"])
    assert near[0].score < 0.9
    assert book.find(["어디", "로 가", "내"]) == []
    assert book.find([]) == []
