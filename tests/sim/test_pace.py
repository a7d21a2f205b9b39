from __future__ import annotations

import pytest

from sim.pace import Pace


def test_keeps_the_speed_on_average() -> None:
    pace, wall = Pace(2.0), 0.0
    for _ in range(100):
        wall += 0.01
        wall += pace.wait_s(wall, 0.1)
    assert wall == pytest.approx(100 * 0.1 / 2.0, abs=0.02)


def test_no_cap_means_no_wait() -> None:
    assert Pace(0.0).wait_s(5.0, 0.1) == 0.0


def test_a_long_pause_is_not_followed_by_a_rush() -> None:
    pace = Pace(1.0)
    pace.wait_s(0.0, 0.1)
    assert pace.wait_s(100.0, 0.1) == 0.0
    waits = [pace.wait_s(100.0, 0.1) for _ in range(5)]
    assert waits[-1] > 0.0
