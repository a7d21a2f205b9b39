import math
import time

import numpy as np
import pytest

from maps.occupancy import OccupancyGrid
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.seeing.people import PeopleTracker


@pytest.fixture(scope="module")
def field() -> ClearanceField:
    cells = np.zeros((240, 400), np.int8)
    cells[0, :] = cells[-1, :] = 100
    cells[:, 0] = cells[:, -1] = 100
    return ClearanceField.of(OccupancyGrid(cells=cells, resolution_m=0.05))


def scanned(pose: Pose2D, people: list[tuple[float, float]], walls: bool = True) -> Points:
    """360 beams in a room of 20 x 12 m with round people."""
    found = []
    for k in range(360):
        angle = math.radians(k - 180)
        c, s = math.cos(angle + pose.yaw), math.sin(angle + pose.yaw)
        to_x = ((20.0 if c > 0 else 0.0) - pose.x) / c if abs(c) > 1e-9 else math.inf
        to_y = ((12.0 if s > 0 else 0.0) - pose.y) / s if abs(s) > 1e-9 else math.inf
        distance = min(to_x, to_y)
        for x, y in people:
            ahead, across = c * (x - pose.x) + s * (y - pose.y), abs(c * (y - pose.y) - s * (x - pose.x))
            if ahead > 0 and across < 0.25:
                distance = min(distance, ahead - math.sqrt(0.25**2 - across**2))
        if walls or distance < min(to_x, to_y):
            found.append((distance * math.cos(angle), distance * math.sin(angle)))
    return np.array(found).reshape(-1, 2)


def test_walls_are_nobody(field) -> None:
    tracker = PeopleTracker(field)
    pose = Pose2D(5.0, 5.0, 0.7)
    assert len(tracker.detections(pose, scanned(pose, []))) == 0


def test_each_person_is_found_where_they_stand(field) -> None:
    tracker = PeopleTracker(field)
    pose = Pose2D(5.0, 5.0, 0.7)
    people = [(7.0, 5.0), (3.0, 5.1), (5.0, 9.0), (9.5, 2.0)]  # (3.0, 5.1) lies near the scan's seam
    pose_back = Pose2D(5.0, 5.0, 0.05)
    for at in (pose, pose_back):
        found = tracker.detections(at, scanned(at, people))
        assert len(found) == 4
        for x, y in people:
            assert np.hypot(found[:, 0] - x, found[:, 1] - y).min() < 0.2


def test_a_walker_keeps_one_track_with_their_speed(field) -> None:
    tracker = PeopleTracker(field)
    pose = Pose2D(5.0, 5.0, 0.0)
    ids = set()
    for k in range(20):
        now = 0.3 * k
        people = tracker.update(pose, scanned(pose, [(6.0 + 0.3 * now, 3.0 + 0.8 * now)]), now)
        ids |= {person.id for person in people}
    assert len(ids) == 1
    assert people[0].vx == pytest.approx(0.3, abs=0.15)
    assert people[0].vy == pytest.approx(0.8, abs=0.15)


def test_hidden_for_a_moment_is_the_same_person(field) -> None:
    tracker = PeopleTracker(field)
    pose = Pose2D(5.0, 5.0, 0.0)
    for k in range(10):
        before = tracker.update(pose, scanned(pose, [(6.0 + 0.2 * k, 5.5)]), 0.3 * k)
    for k in range(10, 14):
        hidden = tracker.update(pose, scanned(pose, []), 0.3 * k)
    assert hidden[0].unseen_s == pytest.approx(1.2)
    after = tracker.update(pose, scanned(pose, [(6.0 + 0.2 * 14, 5.5)]), 0.3 * 14)
    assert after[0].id == before[0].id
    assert tracker.update(pose, scanned(pose, []), 20.0) == []


def test_a_clock_that_jumps_back_forgets_everyone(field) -> None:
    tracker = PeopleTracker(field)
    pose = Pose2D(5.0, 5.0, 0.0)
    for now in (10.0, 10.3):
        people = tracker.update(pose, scanned(pose, [(7.0, 5.0)]), now)
    assert len(people) == 1
    assert tracker.update(pose, scanned(pose, [(7.0, 5.0)]), 1.0) == []


def test_a_crowd_is_cheap(field) -> None:
    tracker = PeopleTracker(field)
    pose = Pose2D(10.0, 6.0, 0.0)
    crowd = [(10 + r * math.cos(a), 6 + 0.6 * r * math.sin(a)) for r in (2.0, 5.0) for a in np.arange(0, 6.2, 0.5)]
    points = scanned(pose, crowd)
    for k in range(3):
        tracker.update(pose, points, 0.3 * k)
    best = math.inf
    for k in range(3, 23):
        start = time.process_time()
        people = tracker.update(pose, points, 0.3 * k)
        best = min(best, time.process_time() - start)
    assert len(people) >= 7
    assert best < 0.001
