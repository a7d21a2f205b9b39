from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.robots.diff_drive import DriveLimits, Drives

LIMITS = DriveLimits()
DT = 0.05
COMMAND = st.floats(allow_nan=True, allow_infinity=True, width=32)


def one() -> Drives:
    return Drives.at(np.array([[1.0, 2.0, 0.3]]))


def advance(drives: Drives, now: float) -> None:
    proposed = drives.propose(now, DT, LIMITS)
    drives.x[:], drives.y[:], drives.yaw[:] = proposed.T


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(COMMAND, COMMAND), min_size=1, max_size=60))
def test_speeds_and_accelerations_stay_within_limits(commands: list[tuple[float, float]]) -> None:
    drives = one()
    for step, (v, w) in enumerate(commands):
        old_v, old_w, old = float(drives.v[0]), float(drives.w[0]), (float(drives.x[0]), float(drives.y[0]))
        drives.command(0, v, w, step * DT)
        advance(drives, step * DT)
        assert abs(drives.v[0]) <= LIMITS.speed + 1e-9
        assert abs(drives.w[0]) <= LIMITS.turn_rate + 1e-9
        assert abs(drives.v[0] - old_v) <= LIMITS.acceleration * DT + 1e-9
        assert abs(drives.w[0] - old_w) <= LIMITS.turn_acceleration * DT + 1e-9
        assert math.hypot(drives.x[0] - old[0], drives.y[0] - old[1]) <= LIMITS.speed * DT + 1e-9


def test_watchdog_stops_a_robot_without_commands() -> None:
    drives = one()
    drives.command(0, 1.0, 0.0, 0.0)
    for step in range(11):
        advance(drives, step * DT)
    fastest = float(drives.v[0])
    for step in range(11, 60):
        advance(drives, step * DT)
    assert fastest > 0.4
    assert drives.v[0] == 0.0


def test_a_circle_closes() -> None:
    drives = Drives.at(np.array([[0.0, 0.0, 0.0]]))
    drives.v[0] = drives.command_v[0] = 0.5
    drives.w[0] = drives.command_w[0] = 0.5
    drives.command_s[0] = math.inf
    for step in range(round(2 * math.pi / 0.5 / DT)):
        advance(drives, step * DT)
    assert math.hypot(drives.x[0], drives.y[0]) == pytest.approx(0.0, abs=0.02)


def test_a_command_that_is_not_a_number_stops() -> None:
    drives = one()
    drives.command(0, math.nan, 1.0, 0.0)
    assert drives.command_v[0] == 0.0
    assert drives.command_w[0] == 0.0
