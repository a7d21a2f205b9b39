"""Keep-outs end streets, speed zones slow lanes, and a zone that cannot be kept is a problem of the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from maps.clearance import ClearanceField
from maps.lanes import LaneGraph
from maps.loading import problems
from maps.occupancy import occupancy
from maps.venue import Venue

Plan = dict[str, Any]
Complaints = Callable[[Plan | str], list[str]]
STAGE = [14.0, 15.0, 16.0, 19.0]
"""Across the northern street of the ring."""


@pytest.fixture
def venue_of(tmp_path: Path) -> Callable[[Plan], Venue]:
    def run(plan: Plan) -> Venue:
        path = tmp_path / "plan.yaml"
        path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
        venue, found = problems(path)
        assert found == []
        assert venue is not None
        return venue

    return run


def nearest(lanes: LaneGraph, rect: list[float]) -> float:
    """Metres from a rectangle to the nearest lane."""
    best = np.inf
    for lane in lanes.lanes.values():
        a, b = lanes.nodes[lane.start], lanes.nodes[lane.end]
        for share in np.linspace(0.0, 1.0, 60):
            x, y = a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)
            best = min(best, np.hypot(max(rect[0] - x, 0, x - rect[2]), max(rect[1] - y, 0, y - rect[3])))
    return float(best)


def test_a_keep_out_ends_the_street_on_both_sides(small: Plan, venue_of: Callable[[Plan], Venue]) -> None:
    before = venue_of(small)
    assert nearest(before.lanes, STAGE) == 0.0
    assert before.zones == ()
    after = venue_of({**small, "zones": [{"kind": "keep_out", "rect": STAGE}]})
    assert nearest(after.lanes, STAGE) == pytest.approx(0.45, abs=0.01)
    assert len(after.lanes.components()) == 1
    assert after.zones[0].id == "zone-01"
    assert tuple(after.zones[0].rect) == tuple(STAGE)


def test_a_keep_out_beside_the_lanes_changes_nothing(small: Plan, venue_of: Callable[[Plan], Venue]) -> None:
    plan = {**small, "zones": [{"kind": "keep_out", "rect": [12, 10.5, 16, 12]}]}
    assert venue_of(plan).lanes.lanes == venue_of(small).lanes.lanes


def test_lanes_through_a_speed_zone_are_slow(small: Plan, venue_of: Callable[[Plan], Venue]) -> None:
    lanes = venue_of({**small, "zones": [{"kind": "speed", "rect": STAGE, "speed": 0.35}]}).lanes
    slow = [lane for lane in lanes.lanes.values() if lane.speed_limit_mps == 0.35]
    assert slow
    assert all(abs(lanes.nodes[lane.start].y - 17) < 1 for lane in slow)
    assert any(lane.speed_limit_mps == 1.0 for lane in lanes.lanes.values())


@pytest.mark.parametrize(
    ("zone", "where", "says"),
    [
        ({"kind": "speed", "rect": STAGE}, "zones.0", "needs its speed"),
        ({"kind": "keep_out", "rect": STAGE, "speed": 0.4}, "zones.0", "keep_out zone has none"),
        ({"kind": "speed", "rect": STAGE, "speed": 0.0}, "zones.0.speed", "greater than or equal to 0.1"),
        ({"kind": "speed", "rect": STAGE, "speed": float("nan")}, "zones.0.speed", "finite"),
        ({"kind": "keepout", "rect": STAGE}, "zones.0.kind", "'keep_out' or 'speed'"),
        ({"kind": "keep_out", "rect": [16, 15, 14, 19]}, "zones.0.rect", "x0 < x1"),
        ({"kind": "keep_out", "rect": [14, 15, 31, 19]}, "zones.0.rect", "outside the venue"),
        ({"kind": "keep_out", "rect": [19, 0.5, 21, 1.8]}, "zones.0.rect", "of a dock leads through it"),
    ],
)
def test_bad_zones_are_named(small: Plan, complaints: Complaints, zone: Plan, where: str, says: str) -> None:
    found = complaints({**small, "zones": [zone]})
    assert len(found) == 1
    assert where in found[0]
    assert says in found[0]
    assert "line" in found[0]


def test_a_keep_out_over_everything_leaves_no_street(small: Plan, complaints: Complaints) -> None:
    assert "no streets" in complaints({**small, "zones": [{"kind": "keep_out", "rect": [0, 0, 30, 20]}]})[0]


def test_the_clearance_without_rectangles(hall: Venue) -> None:
    field = ClearanceField.of(occupancy(hall))
    assert field.without([]) is field
    less = field.without([(20.0, 18.0, 22.0, 19.0)])
    for x, y in ((21.0, 18.5), (20.0, 19.5), (23.0, 18.5), (22.6, 19.8), (10.0, 20.0), (21.5, 4.0)):
        away = float(np.hypot(max(20.0 - x, 0, x - 22.0), max(18.0 - y, 0, y - 19.0)))
        assert less.at(x, y) == pytest.approx(min(field.at(x, y), away), abs=0.03)
    assert not less.centimetres.flags.writeable
