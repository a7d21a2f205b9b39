"""The navigation bench's own parts: zones, the closed loop over pipes, the picture."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from maps.venue import load_venue
from sim.bench_navigation import Plan, merged, run
from sim.driving.cases import EXPO
from sim.driving.figures import PARTS
from sim.driving.loop import Loop
from sim.driving.picture import draw
from sim.driving.pipe import RobotDied, RobotPipe
from sim.driving.zones import Zones
from sim.world import World


def test_zones_count_driving_time_by_the_nearest_stranger() -> None:
    zones = Zones()
    people = np.array([[1.0, 0.0], [5.0, 0.0], [math.nan, math.nan]])
    zones.add(0.0, 0.0, 0.1, people, -1, 1.0)  # as good as standing
    assert zones.moving_s == 0.0
    zones.add(0.0, 0.0, 0.5, people, -1, 1.0)
    zones.add(0.0, 0.0, 0.5, people, 0, 1.0)  # the visitor may be near
    assert (zones.moving_s, zones.personal_s, zones.social_s, zones.intimate_s) == (2.0, 1.0, 1.0, 0.0)
    assert zones.personal_share == 0.5
    assert zones.nearest_m == 1.0
    zones.add(0.0, 0.0, 0.5, np.empty((0, 2)), -1, 1.0)
    assert zones.moving_s == 3.0


def test_the_large_hall_is_what_it_says() -> None:
    venue = load_venue(EXPO)
    assert (venue.width_m, venue.height_m) == (150.0, 100.0)


@pytest.mark.slow
def test_a_robot_drives_in_the_loop_and_is_drawn(tmp_path: Path) -> None:
    venue = load_venue("hall")
    world = World.of_venue(venue, {"guide-01": "dock-01"}, 1, people=5)
    goal = venue.stations["culture"]
    with RobotPipe("hall", "dock-01") as pipe:
        loop = Loop(world, pipe)
        how, seconds = loop.drive_to(goal.x, goal.y, goal.yaw, 200.0)
    assert how == "succeeded"
    assert 0.0 < seconds < 200.0
    x, y, _ = world.pose(0)
    assert math.hypot(x - goal.x, y - goal.y) < 0.25
    assert max(loop.track.errors_m) < 0.2
    assert len(loop.track.controller_ms) > len(loop.track.localiser_ms) > 0


def test_ways_people_and_contacts_of_all_batches_are_drawn(tmp_path: Path) -> None:
    first = {"way": [[5.0, 5.0], [50.0, 5.0]], "people": [[30.0, 20.0]], "contacts": []}
    second = {"way": [[5.0, 7.0], [50.0, 7.0]], "people": [], "contacts": [{"kind": "near_miss", "x": 20.0, "y": 7.0}]}
    draw("hall", [first, second], tmp_path / "way.png", "way")
    image = cv2.imread(str(tmp_path / "way.png"))
    assert image is not None
    height, width, _ = image.shape
    assert (height, width) == (400 + 60, 600)
    ways = [image[height - round(10 * y) - 3 : height - round(10 * y) + 3, 100:150].min(axis=0) for y in (5.0, 7.0)]
    assert all(way.min(axis=1).max() < 200 for way in ways)
    assert (ways[0] != ways[1]).any()


def test_a_bench_is_taken_up_where_it_was_left_and_told_as_a_whole(tmp_path: Path) -> None:
    case = {"speed_mps": 0.9, "walk_mps": 1.0, "touched": False, "avoidable": True, "nearest_m": 0.3}
    plan = Plan(parts=("stepping_out",))
    for number, touched in ((0, False), (1, True), (2, False)):
        kept = {"cases": [case | {"touched": touched}] * 2}
        (tmp_path / f"stepping_out-7-{number:02d}-20.json").write_text(json.dumps(kept))
    picture = tmp_path / "none.png"
    again = run(7, plan, picture, tmp_path)  # all of it is there: nothing is measured
    (figure,) = again["figures"]
    assert (figure["n"], figure["value"], figure["met"]) == (6, pytest.approx(4 / 6, abs=1e-4), False)
    assert merged(7, Plan(parts=("stepping_out", "trips"), batches=(0, 2)), picture, tmp_path)["figures"][0]["met"]
    assert merged(8, plan, picture, tmp_path)["figures"] == []
    assert not picture.exists()


def test_trips_and_strolls_come_to_figures() -> None:
    trip = {
        "place": "a", "arrived": True, "reason": "", "led_s": 50.0, "way_m": 40.0, "off_s": None, "noticed_s": None,
        "noticed_off_s": None, "resumed": None, "false_alarms": 0, "looks": 10, "mistaken": 1, "states": [],
    }  # fmt: skip
    zones = {"moving_s": 10.0, "intimate_s": 0.0, "personal_s": 0.1, "social_s": 1.0, "nearest_m": 0.9}
    raw = {"trips": [trip, trip | {"arrived": False, "reason": "why"}], "collisions": 0, "near_misses": 1,
           "zones": zones, "controller_ms": [1.0, 2.0], "errors_mm": [1.0, 3.0], "worst_m": 0.004}  # fmt: skip
    figures, details = PARTS["trips"].figures([raw, raw])
    values = {it["name"]: it["value"] for it in figures}
    assert values["guided trips, arrived"] == 0.5
    assert values["mean speed by the speed limit"] == 0.8
    assert values["time in a personal zone while driving"] == 0.01
    assert details["failed"] == [{"place": "a", "reason": "why"}] * 2
    strolls = [trip | {"off_s": 9.0, "noticed_s": 0.0, "resumed": True}, trip | {"off_s": 9.0, "noticed_s": 3.1}]
    found, _ = PARTS["wandering"].figures([raw | {"trips": strolls}])
    assert [(it["n"], it["value"]) for it in found] == [(2, 0.5), (1, 1.0)]


def test_a_robot_that_dies_leaves_its_last_words() -> None:
    with RobotPipe("hall", "nowhere") as pipe, pytest.raises(RobotDied, match="no such station"):
        pipe.odometry(0.0, 0.0, 0.0, 0.0)


@pytest.mark.slow
def test_the_planning_part_runs(tmp_path: Path) -> None:
    found = run(1, Plan(quick=True, parts=("planning",)), tmp_path / "none.png", tmp_path)
    (figure,) = found["figures"]
    assert figure["n"] == 60
    assert len(list(tmp_path.glob("planning-1-*.json"))) == 1
    assert figure["value"] > 0.0
    assert found["picture"] is None
