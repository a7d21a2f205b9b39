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
