from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from floor import Floor

from maps.venue import Venue, load_venue


@pytest.fixture(scope="session")
def hall() -> Venue:
    return load_venue("hall")


@pytest.fixture
def floor() -> Floor:
    return Floor.of(3)
