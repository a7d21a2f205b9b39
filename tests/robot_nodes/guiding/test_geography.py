"""Where a wish leads to, in the large venue."""

from __future__ import annotations

import pytest

from maps.venue import Venue, load_venue
from robot_nodes.guiding.geography import Geography


@pytest.fixture(scope="module")
def venue() -> Venue:
    return load_venue("ciftis2020")


@pytest.fixture(scope="module")
def geography(venue: Venue) -> Geography:
    return Geography(venue)


def test_the_target_of_an_intent_comes_before_its_slots(geography):
    assert geography.destination("finance", {"exhibitor": "megvii"}, None).id == "finance"


def test_a_target_nobody_knows_leaves_the_slots(geography):
    assert geography.destination("atlantis", {"place": "culture"}, None).id == "culture"


def test_an_exhibitor_is_its_booth_and_a_session_its_room(geography, venue):
    assert geography.destination("", {"exhibitor": "megvii"}, None).id in venue.exhibitors["megvii"].booths
    session = next(iter(venue.sessions.values()))
    assert geography.destination("", {"session": session.id}, None).id == session.room


def test_a_facility_of_a_hall_is_in_that_hall(geography, venue):
    place = geography.destination("", {"facility": "toilet", "place": "sports"}, (10.0, 10.0))
    assert venue.facilities[place.id].hall == "sports"


def test_the_nearest_of_a_kind(geography):
    assert geography.destination("", {"facility": "parking"}, (540.0, 60.0)).id == "parking-east"


def test_a_facility_the_hall_lacks_is_the_nearest_elsewhere(geography):
    assert geography.destination("", {"facility": "prayer_room", "place": "sports"}, None).id == "prayer-room"


def test_nothing_named_is_nowhere(geography):
    assert geography.destination("", {}, (0.0, 0.0)) is None
