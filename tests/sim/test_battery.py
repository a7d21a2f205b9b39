from __future__ import annotations

import math

import pytest

from sim.battery import Battery, Chargers


def test_lasts_about_eight_hours_of_guiding() -> None:
    battery, seconds = Battery(level=1.0), 0
    while battery.level > 0.0:
        battery.passed(10.0, 5.0, at_dock=False)
        seconds += 10
    assert seconds / 3600 == pytest.approx(8.0, rel=0.01)


def test_charges_at_a_dock_and_never_over_full() -> None:
    battery = Battery(level=0.5)
    battery.passed(5400.0 / 4, 0.0, at_dock=True)
    assert battery.level == pytest.approx(0.75)
    assert battery.charging
    assert battery.current_a > 0.0
    battery.passed(5400.0, 0.0, at_dock=True)
    assert battery.level == 1.0


def test_discharging_current_is_negative_and_voltage_falls() -> None:
    battery = Battery(level=0.9)
    before = battery.voltage
    battery.passed(600.0, 300.0, at_dock=False)
    assert battery.current_a < 0.0
    assert battery.voltage < before
    assert not battery.charging


@pytest.mark.parametrize(
    ("x", "y", "yaw_deg", "v", "touched"),
    [
        (5.0, 1.0, 90.0, 0.0, True),
        (5.03, 1.03, 95.0, 0.01, True),
        (5.04, 1.04, 90.0, 0.0, False),
        (5.0, 1.0, 97.0, 0.0, False),
        (5.0, 1.0, -270.0, 0.0, True),
        (5.0, 1.0, -90.0, 0.0, False),
        (5.0, 1.0, 90.0, 0.1, False),
        (8.0, 1.0, 0.0, 0.0, True),
    ],
)
def test_contact_takes_place_and_direction(x: float, y: float, yaw_deg: float, v: float, touched: bool) -> None:
    chargers = Chargers([(5.0, 1.0, math.pi / 2), (8.0, 1.0, 0.0)])
    assert chargers.touched(x, y, math.radians(yaw_deg), v) is touched


def test_where_there_are_no_chargers_there_is_no_current() -> None:
    assert not Chargers([]).touched(0.0, 0.0, 0.0, 0.0)
