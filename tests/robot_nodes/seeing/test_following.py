"""Closed loop in the simulated hall, thirty walkers and five robots: is the visitor told from the crowd?"""

import math
from collections.abc import Callable

import pytest

from robot_nodes.seeing.visitor import Presence


def first(looks, since: float, holds) -> float:
    return next((look.now for look in looks if look.now >= since and holds(look)), math.inf)


@pytest.mark.parametrize("seed", [4, 8, 32])  # before there was `company`, these lost who walked 1.4 m behind
def test_who_follows_is_never_lost(trip: Callable[..., object], seed: int) -> None:
    looks = trip(seed).run()
    due = [look for look in looks if look.away < 5.0 and look.in_sight]
    assert len(due) > 100
    assert sum(look.off < 0.8 for look in due) > 0.9 * len(due)
    assert all(look.presence is not Presence.LOST for look in looks)
    assert looks[-1].now < 200.0  # the robot arrived


@pytest.mark.parametrize("seed", [2, 6])
def test_who_walks_off_is_missed_and_found_again(trip: Callable[..., object], seed: int) -> None:
    led = trip(seed, wander_at=15.0)
    looks = led.run()
    for limit, states in ((3.5, (Presence.FALLING_BEHIND, Presence.LOST)), (8.0, (Presence.LOST,))):
        gone = first(looks, led.off_at, lambda look, limit=limit: look.away > limit)
        noticed = first(looks, gone, lambda look, states=states: look.presence in states)
        assert noticed - gone <= 3.0
    near = first(looks, led.back_at, lambda look: look.away < 2.5)
    # They walk up and come to a stand: who only passes is not taken for them.
    assert first(looks, near, lambda look: look.presence is Presence.RETURNED) - near <= 4.0
    assert looks[-1].presence in (Presence.WITH_ME, Presence.FALLING_BEHIND)


def test_who_stops_for_good_is_missed(trip: Callable[..., object]) -> None:
    led = trip(1, stops_at=15.0)
    looks = led.run(90.0)
    gone = first(looks, led.off_at, lambda look: look.away > 8.0)
    assert first(looks, gone, lambda look: look.presence is Presence.LOST) - gone <= 3.0


def test_with_a_camera_no_stranger_is_taken_for_who_walked_off(trip: Callable[..., object]) -> None:
    led = trip(11, wander_at=15.0, cameras="rear")  # by legs alone, one is
    looks = led.run()
    taken = [look for look in looks if look.presence is Presence.RETURNED]
    assert taken
    assert all(look.off < 0.8 for look in taken)
    assert looks[-1].presence in (Presence.WITH_ME, Presence.FALLING_BEHIND)
