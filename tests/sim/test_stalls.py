from __future__ import annotations

from sim.stalls import Stalls


def test_a_robot_on_its_way_that_stands_is_counted_once() -> None:
    stalls = Stalls()
    found = [stalls.look(float(t), "r", 1.0, 1.0, "leading") for t in range(200)]
    assert found.count(True) == stalls.count == 1
    stalls.look(200.0, "r", 3.0, 1.0, "leading")
    assert any(stalls.look(200.0 + t, "r", 3.0, 1.0, "leading") for t in range(1, 80))
    assert stalls.count == 2


def test_waiting_robots_are_not_stalled() -> None:
    stalls = Stalls()
    assert not any(stalls.look(float(t), "r", 1.0, 1.0, "waiting") for t in range(300))
