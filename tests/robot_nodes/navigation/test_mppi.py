"""The controller as a whole: what it drives among people, and that nothing that comes in makes it leave its limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.geometry import Pose2D, Twist2D
from robot_nodes.navigation.goals import Goal
from robot_nodes.navigation.navigator import Navigator
from robot_nodes.navigation.settings import Body, ControlLimits
from robot_nodes.navigation.social import people_array
from robot_nodes.seeing.people import PeopleTracker

LIMITS, BODY = ControlLimits(), Body()
anything = st.floats(width=64)
near = st.floats(-3.0, 3.0)
points = st.lists(st.tuples(st.one_of(near, anything), st.one_of(near, anything)), max_size=30)
tracks = st.lists(st.tuples(st.floats(0, 24) | anything, st.floats(0, 14) | anything, anything, anything), max_size=6)


@pytest.fixture(scope="module")
def driver(hall) -> Navigator:
    return Navigator(hall.field, hall.lanes)


def goal(x: float, y: float) -> Goal:
    return Goal(id=1, poses=(Pose2D(x, y, 0.0),), along_lanes=True)


def passed(world, navigator: Navigator, seconds: float) -> list[tuple[Pose2D, float]]:
    """Where the robot was at each tenth of a second, and how far from the nearest person, middle to middle."""
    tracker, found = PeopleTracker(world.field), []
    for _ in range(round(seconds * 10)):
        hits = world.hits()
        people = people_array(tracker.update(world.pose, hits, world.now), 0.0)
        command, status = navigator.step(world.pose, hits, 0.0, world.now, people)
        away = min((math.hypot(p[0] - world.pose.x, p[1] - world.pose.y) for p in world.people), default=math.inf)
        found.append((world.pose, away))
        world.move(command)
        if status.goal is None:
            break
    return found


def test_who_comes_the_other_way_is_passed_on_the_right(hall, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[17.0, 3.0, -0.9, 0.0]])
    navigator = Navigator(hall.field, hall.lanes)
    navigator.go(goal(19.0, 3.0), world.pose, 0.0)
    seen = passed(world, navigator, 60.0)
    beside, _ = min(seen, key=lambda it: it[1])
    assert beside.y < 3.0
    assert world.least_gap > 0.05  # who comes gives way by nothing at all
    assert seen[-1][0].distance_to(19.0, 3.0) < 0.2


def test_nobody_is_cut_off(hall, kinematic) -> None:
    """Somebody crosses the way: the robot lets them, and passes behind."""
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[9.0, 0.6, 0.0, 0.45]])
    navigator = Navigator(hall.field, hall.lanes)
    navigator.go(goal(14.0, 3.0), world.pose, 0.0)
    seen = passed(world, navigator, 60.0)
    assert min(away for _, away in seen) > 0.75
    assert seen[-1][0].distance_to(14.0, 3.0) < 0.2


def test_the_same_seed_drives_the_same_way(hall, kinematic) -> None:
    ways = []
    for _ in range(2):
        world = kinematic(Pose2D(3.0, 3.0, 0.0), [[7.0, 3.2, 0.0, 0.0]])
        navigator = Navigator(hall.field, hall.lanes, rng=np.random.default_rng(7))
        navigator.go(goal(12.0, 3.0), world.pose, 0.0)
        ways.append([pose for pose, _ in passed(world, navigator, 8.0)])
    assert ways[0] == ways[1]


def test_commands_change_no_faster_than_the_base_can(hall, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.6), [[8.0, 2.8, 0.0, 0.0]])
    navigator = Navigator(hall.field, hall.lanes)
    navigator.go(goal(14.0, 3.0), world.pose, 0.0)
    last = Twist2D()
    for _ in range(150):
        command, _ = navigator.step(world.pose, world.hits(), 0.0, world.now)
        assert command.v - last.v <= LIMITS.a_max * LIMITS.period_s + 1e-9
        assert abs(command.w - last.w) <= LIMITS.alpha_max * LIMITS.period_s + 1e-9
        last = command
        world.move(command)


@settings(deadline=None, max_examples=60)
@given(
    points, tracks, st.floats(1.0, 23.0) | anything, st.floats(1.0, 13.0) | anything, st.floats(-3.2, 3.2) | anything
)
def test_whatever_comes_in_the_command_is_safe(driver, hits, people, x: float, y: float, yaw: float) -> None:
    if not driver.under_way:
        driver.go(goal(21.0, 9.0), Pose2D(3.0, 3.0, 0.0), 0.0)
    seen = np.array(hits, float).reshape(-1, 2)
    command, _ = driver.step(Pose2D(x, y, yaw), seen, 0.0, 0.0, np.array(people, float).reshape(-1, 4))
    assert 0.0 <= command.v <= LIMITS.v_max
    assert abs(command.w) <= LIMITS.w_max
    touching = [(a, b) for a, b in hits if 0.05 < math.hypot(a, b) < BODY.reach and a > 0.2]
    assert not touching or command.v == 0.0
