"""A kiosk of the small venue that is not connected to anything, and a clock to move by hand."""

from __future__ import annotations

import pytest

from fleet.protocol.link import Broker
from kiosk.service import KioskService
from maps.venue import load_venue


class Clock:
    """Unix seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.s = 1_600_000_000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> KioskService:
    return KioskService(load_venue("hall"), "kiosk-01", Broker("127.0.0.1", 9), clock)
