"""One venue, understood once."""

from __future__ import annotations

import pytest

from maps.venue import Venue, load_venue
from robot_nodes.language import Understanding


@pytest.fixture(scope="session")
def hall() -> Venue:
    return load_venue("hall")


@pytest.fixture(scope="session")
def large() -> Understanding:
    """The reference venue, understood once."""
    return Understanding(load_venue("ciftis2020"))


@pytest.fixture(scope="session")
def hall_understanding(hall: Venue) -> Understanding:
    return Understanding(hall)
