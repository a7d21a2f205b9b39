"""What there is to tell of a place, in the large venue."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from maps.venue import Venue, load_venue
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.programme import NEARBY_M, SOON, Programme


@pytest.fixture(scope="module")
def venue() -> Venue:
    return load_venue("ciftis2020")


@pytest.fixture(scope="module")
def programme(venue: Venue) -> Programme:
    return Programme(venue)


def test_a_booth_is_presented_by_its_exhibitor_in_the_visitors_language(programme, venue):
    megvii = venue.exhibitors["megvii"]
    assert megvii.description["zh"] in programme.presentation("robots-a01", "zh", None)
    assert megvii.description["en"] in programme.presentation("robots-a01", "en", None)
    for language in ("ko", "ja"):
        assert not programme.presentation("robots-a01", language, None).isascii()


def test_a_hall_is_presented_by_its_exhibitors(programme, venue):
    told = programme.presentation("finance", "en", None)
    assert any(it.names["en"] in told for it in venue.exhibitors.values())


def test_of_a_toilet_there_is_nothing_to_tell(programme, venue):
    toilet = next(it.id for it in venue.facilities.values() if it.kind == "toilet")
    assert programme.presentation(toilet, "en", None) == ""
    assert programme.presentation("atlantis", "en", None) == ""


def test_a_room_is_presented_by_what_is_on(programme, venue):
    session = venue.sessions["summit-1-01"]
    during = datetime.fromisoformat(session.start) + timedelta(minutes=5)
    assert session.names["en"] in programme.presentation(session.room, "en", during)
    assert programme.presentation(session.room, "en", during + timedelta(days=300)) == ""
    assert programme.presentation(session.room, "en", None) == ""


def test_what_begins_soon_nearby(programme, venue):
    session = min(venue.sessions.values(), key=lambda it: datetime.fromisoformat(it.start))
    start, room = datetime.fromisoformat(session.start), venue.places[session.room]
    near = next(it.id for it in venue.booths.values() if abs(it.x0 - room.x) + abs(it.y0 - room.y) < NEARBY_M)
    coming = programme.coming(near, start - timedelta(minutes=10))
    assert coming is not None
    assert datetime.fromisoformat(coming.start) == start
    assert programme.told(coming, "en").time == coming.start[11:16]
    assert programme.coming(near, start - SOON - timedelta(minutes=60)) is None
    assert programme.coming(near, None) is None
    assert programme.coming("atlantis", start) is None


def test_what_is_on_at_the_place_itself_is_not_next(programme, venue):
    session = venue.sessions["summit-1-01"]
    coming = programme.coming(session.room, datetime.fromisoformat(session.start) - timedelta(minutes=10))
    assert coming is None or coming.room != session.room


def test_the_booth_here_and_the_way_there(venue):
    geography = Geography(venue)
    station = venue.stations["robots-a01"]
    assert geography.booth_at((station.x, station.y)) == "robots-a01"
    assert geography.booth_at(None) == ""
    assert geography.booth_at((-500.0, 0.0)) == ""
    way = geography.way((station.x, station.y), "finance")
    assert way is not None
    assert way.length_m == pytest.approx(geography.remaining_m((station.x, station.y), "finance"), rel=0.05)
    assert way.turns
    assert geography.way((station.x, station.y), "atlantis") is None
    booth = venue.booths["robots-a01"]
    assert geography.hall((booth.x0, booth.y0), "en") == venue.halls["robots"].names["en"]
    assert geography.hall((-500.0, 0.0), "en") == ""
