from __future__ import annotations

import math

import numpy as np
import pytest

from sim.robots.odometry import Odometry


def drive(seed: int, metres: float) -> Odometry:
    odometry = Odometry.seeded(np.random.default_rng(seed))
    for _ in range(round(metres / 0.05)):
        odometry.moved(0.05, 0.0, 0.05)
    return odometry


def test_drift_over_a_hundred_metres_is_about_half_a_percent() -> None:
    errors = []
    for seed in range(60):
        odometry = drive(seed, 100.0)
        length = math.hypot(odometry.x, odometry.y)
        errors.append(length - 100.0)
        assert abs(odometry.yaw) < 100.0 * math.radians(0.21)
    assert 0.2 < float(np.std(errors)) < 0.8


def test_standing_does_not_drift() -> None:
    odometry = drive(1, 1.0)
    before = (odometry.x, odometry.y, odometry.yaw)
    odometry.moved(0.0, 0.0, 0.05)
    assert (odometry.x, odometry.y, odometry.yaw) == before
    assert odometry.v == odometry.w == 0.0


def test_same_seed_same_drift() -> None:
    assert drive(4, 10.0).x == drive(4, 10.0).x
    assert drive(4, 10.0).x != drive(5, 10.0).x


def test_twist_is_what_the_wheels_felt() -> None:
    odometry = Odometry.seeded(np.random.default_rng(2))
    odometry.moved(0.05, 0.02, 0.05)
    assert odometry.v == pytest.approx(1.0, abs=0.06)
    assert odometry.w == pytest.approx(0.4, abs=0.05)
