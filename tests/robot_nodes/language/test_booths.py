from __future__ import annotations

import pytest

from maps.venue import load_venue
from robot_nodes.language.booths import Booths


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("b11展位", "zh"),
        ("b十一", "zh"),
        ("b幺幺", "zh"),
        ("b一一", "zh"),
        ("booth b11 please", "en"),
        ("booth b eleven", "en"),
        ("b one one", "en"),
        ("row b number eleven", "en"),
        ("b排11号", "zh"),
        ("b排十一", "zh"),
        ("bb11展位", "zh"),
        ("b구역11번부스", "ko"),
        ("비십일번부스", "ko"),
        ("bの十一番", "ja"),
        ("ビーの11番ブース", "ja"),
    ],
)
def test_numbers_as_people_say_them(text: str, language: str) -> None:
    booths = Booths(load_venue("ciftis2020"))
    (number,) = booths.find(text, language)
    assert booths.in_hall(number.booths, "finance") == "finance-b11"
    assert len(number.booths) > 1


@pytest.mark.parametrize("text", ["a five star hotel", "b99", "plan b", "5g11", "b"])
def test_what_is_no_booth(text: str) -> None:
    assert list(Booths(load_venue("ciftis2020")).find(text, "en")) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("booth c nine", "en"), ("c排九号", "zh"), ("씨구번부스", "ko"), ("シーの9番", "ja"), ("c9号展位", "zh")],
)
def test_a_single_digit_is_a_booth_where_something_says_so(text: str, language: str) -> None:
    booths = Booths(load_venue("ciftis2020"))
    (number,) = booths.find(text, language)
    assert booths.in_hall(number.booths, "culture") == "culture-c09"


@pytest.mark.parametrize(("text", "language"), [("タクシーの9番", "ja"), ("c9", "zh"), ("시구역이지도에서", "ko")])
def test_a_single_digit_alone_is_none(text: str, language: str) -> None:
    assert list(Booths(load_venue("ciftis2020")).find(text, language)) == []


def test_a_row_no_hall_has_is_the_one_that_sounds_like_it_and_less_sure() -> None:
    booths = Booths(load_venue("ciftis2020"))
    (number,) = booths.find("p17 부스", "ko")
    assert booths.in_hall(number.booths, "finance") == "finance-b17"
    assert number.score < 1.0


def test_exhibitors_have_halls_too() -> None:
    venue = load_venue("ciftis2020")
    hall = venue.booths[venue.exhibitors["megvii"].booths[0]].hall
    assert Booths(venue).in_hall(("nobody", "megvii"), hall) == "megvii"
    assert Booths(venue).in_hall(("megvii",), "nowhere") == ""
