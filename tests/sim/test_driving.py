"""The navigation bench's own parts: zones, the closed loop over pipes, the picture."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from maps.venue import load_venue
from sim.bench_navigation import Plan, run
from sim.driving.cases import EXPO
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
    draw(world, loop.track, tmp_path / "way.png", "way")
    image = cv2.imread(str(tmp_path / "way.png"))
    assert image is not None
    assert image.shape == (400, 600, 3)


def test_a_robot_that_dies_leaves_its_last_words() -> None:
    with RobotPipe("hall", "nowhere") as pipe, pytest.raises(RobotDied, match="no such station"):
        pipe.odometry(0.0, 0.0, 0.0, 0.0)


@pytest.mark.slow
def test_the_planning_part_runs(tmp_path: Path) -> None:
    found = run(1, Plan(plans=3), ("planning",), tmp_path / "none.png")
    (figure,) = found["figures"]
    assert figure["n"] == 3
    assert figure["value"] > 0.0
    assert found["picture"] is None
