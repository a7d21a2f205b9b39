"""Ways on foot and their words."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kiosk.ways
from kiosk.ways import Step, Turn, Way, rounded, simplified, way, words
from maps.errors import UnknownPlace
from maps.venue import load_venue
from maps.view.catalogue import LANGUAGES, catalogue

TEXT = Path(kiosk.ways.__file__).parent / "text"
HALL = load_venue("hall")


@pytest.mark.parametrize("place", ["culture", "finance", *list(HALL.booths)[:6], *list(HALL.rooms)])
def test_a_way_begins_here_and_ends_at_the_places_station(place: str) -> None:
    found = way(HALL, "kiosk-01", place)
    here, station = HALL.kiosks["kiosk-01"], HALL.stations[HALL.place(place).station]
    assert found.points[0] == (here.x, here.y)
    assert found.points[-1] == pytest.approx((station.x, station.y), abs=0.1)
    straight = math.dist(found.points[0], found.points[-1])
    assert straight <= found.length_m + 1e-6 <= 4 * straight + 10
    assert found.time_s == pytest.approx(found.length_m)
    assert sum(step.distance_m for step in found.steps) == pytest.approx(found.length_m)


def test_the_large_venue_has_a_way_from_every_kiosk_to_every_hall() -> None:
    venue = load_venue("ciftis2020")
    for kiosk_id in list(venue.kiosks)[:3]:
        for hall in venue.halls:
            assert way(venue, kiosk_id, hall).length_m > 0


def test_a_way_to_where_one_stands_is_no_way() -> None:
    found = way(HALL, "kiosk-01", "kiosk-01")
    assert found.length_m == 0
    assert found.steps == ()
    assert len(words(found, HALL, "en", catalogue(TEXT, "en"))) == 1


def test_an_unknown_place_is_said_to_be_so() -> None:
    with pytest.raises(UnknownPlace):
        way(HALL, "kiosk-01", "atlantis")


def test_first_turn_is_seen_from_the_screen() -> None:
    """A visitor looks at the screen, so the way out of the alcove is behind them."""
    assert way(HALL, "kiosk-01", "culture").steps[0].turn in (Turn.BACK, Turn.LEFT, Turn.RIGHT)


def test_sidesteps_are_not_told() -> None:
    assert simplified([(0, 0), (5, 0), (5, 1.5), (10, 1.5)], 1.8) == [(0, 0), (10, 1.5)]
    assert simplified([(0, 0), (5, 0), (5, 9)], 1.8) == [(0, 0), (5, 0), (5, 9)]


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 300)), min_size=2, max_size=40))
def test_simplifying_keeps_the_ends_and_adds_nothing(points: list[tuple[float, float]]) -> None:
    short = simplified(points, 1.8)
    assert (short[0], short[-1]) == (points[0], points[-1])
    assert set(short) <= set(points)


def test_words_in_both_languages() -> None:
    told = Way(
        place="culture",
        points=((0.0, 0.0),),
        length_m=30,
        steps=(Step(turn=Turn.BACK, distance_m=4.2), Step(turn=Turn.LEFT, distance_m=26.0, hall="culture")),
        side=Turn.RIGHT,
    )
    culture = HALL.halls["culture"].names
    assert words(told, HALL, "zh", catalogue(TEXT, "zh")) == [
        "转身，直行约 4 米",
        f"左转，直行约 25 米，进入{culture['zh']}",
        f"到达{culture['zh']}，在您右侧",
    ]
    assert words(told, HALL, "en", catalogue(TEXT, "en")) == [
        "Turn around and walk about 4 m",
        f"Turn left and walk about 25 m, into {culture['en']}",
        f"{culture['en']} is on your right",
    ]


def test_distances_as_one_says_them() -> None:
    assert [rounded(metres) for metres in (0.2, 3.4, 9.6, 12.0, 13.0, 148.0)] == [1, 3, 10, 10, 15, 150]


def test_catalogues_have_the_same_words() -> None:
    texts = {language: catalogue(TEXT, language) for language in LANGUAGES}
    assert texts["zh"].keys() == texts["en"].keys()
    assert all(f"{kind}_{turn}" in texts["zh"] for kind in ("start", "step", "arrive") for turn in Turn)
