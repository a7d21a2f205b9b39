"""Which processes a demo starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from maps.venue import load_venue
from sim.demo_plan import DemoOptions, plan_demo
from sim.processes import DemoError

FOLDER = Path("somewhere")


def test_the_hall_gets_every_process_of_the_venue() -> None:
    plan = plan_demo(DemoOptions(venue="hall"), load_venue("hall"), FOLDER)
    assert plan.broker_process is not None
    assert plan.serials == ("guide-01", "guide-02", "guide-03", "guide-04", "guide-05")
    assert plan.kiosk_ids == ("kiosk-01", "kiosk-02")
    assert len(plan.sites) == 1
    assert plan.sites[0].argv.count("--id") == 4
    assert plan.sim.argv.count("--robot") == 5
    assert plan.day is None
    assert len({spec.name for spec in (plan.fleet, *plan.robots, *plan.kiosks, *plan.sites, plan.sim)}) == 10


def test_an_outside_broker_is_used_and_not_started() -> None:
    plan = plan_demo(DemoOptions(venue="hall", broker="mqtt://10.0.0.1:1884"), load_venue("hall"), FOLDER)
    assert plan.broker_process is None
    assert all("mqtt://10.0.0.1:1884" in spec.argv for spec in (plan.fleet, *plan.robots, *plan.kiosks))
    assert not any(address.startswith("10.0.0.1") for address, _ in plan.listening)


def test_headless_means_a_day_that_ends_as_fast_as_may_be() -> None:
    options = DemoOptions(venue="hall", headless=True)
    plan = plan_demo(options, load_venue("hall"), FOLDER)
    assert (options.visitors, options.pace) == (20, 0.0)
    assert plan.day is not None
    assert "--stay" not in plan.sim.argv


@pytest.mark.parametrize(
    ("options", "needle"),
    [
        (DemoOptions(venue="hall", robots=500), "lower --robots"),
        (DemoOptions(venue="hall", kiosks=500), "lower --kiosks"),
        (DemoOptions(venue="hall", sites=500), "lower --sites"),
        (DemoOptions(venue="hall", http="8080"), "write HOST:PORT"),
    ],
)
def test_what_cannot_be_started_is_one_clear_line(options: DemoOptions, needle: str) -> None:
    with pytest.raises(DemoError, match=needle) as caught:
        plan_demo(options, load_venue("hall"), FOLDER)
    assert "\n" not in str(caught.value)
