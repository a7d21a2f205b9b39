"""The parts of the controller that are no rollouts: limits along the path, turning, and being ready."""

import math

import numpy as np
import pytest

from robot_nodes.navigation.collision_monitor import meets
from robot_nodes.navigation.controller import Controller, Phase, Track, prepare, reachable
from robot_nodes.navigation.geometry import Pose2D, Twist2D
from robot_nodes.navigation.mppi_kernel import plan_once
from robot_nodes.navigation.path import Corner, rounded
from robot_nodes.navigation.settings import ControlLimits, Settings

NO_HITS = np.empty((0, 2))


@pytest.fixture
def track() -> Track:
    path = rounded([Corner(3.0, 3.0, 1.0), Corner(12.0, 3.0, 0.4), Corner(12.0, 11.0, 1.0, True)])
    return Track(path, Pose2D(12.0, 11.0, 1.57))


def test_a_path_that_leads_aside_is_turned_to_on_the_spot(hall, track) -> None:
    command = Controller(hall.field).follow(track, Pose2D(3.0, 3.0, 2.0), Twist2D(), NO_HITS, 0.0)
    assert command.v == 0.0
    assert command.w < 0.0
    assert track.phase is Phase.TURNING


@pytest.mark.parametrize(("limit", "most"), [(math.inf, 0.4), (0.25, 0.25), (0.0, 0.0)])
def test_the_lanes_and_the_guides_limit_hold(hall, track, limit: float, most: float) -> None:
    controller, pose, last, fastest = Controller(hall.field), Pose2D(3.0, 3.0, 0.0), Twist2D(), 0.0
    for step in range(60):
        last = controller.follow(track, pose, last, NO_HITS, 0.05 * step, limit)
        pose = pose.after(Pose2D(last.v * 0.05, 0.0, last.w * 0.05))
        fastest = max(fastest, last.v)
    assert 0.9 * most <= fastest <= most + 1e-9


def test_a_period_changes_no_more_than_the_base_can() -> None:
    limits = ControlLimits()
    assert reachable(1.0, 1.0, Twist2D(0.5, 0.0), limits) == Twist2D(0.54, 0.125)
    assert reachable(0.0, 9.0, Twist2D(0.02, 1.19), limits) == Twist2D(0.0, 1.2)


def test_after_preparing_nothing_is_left_to_compile(hall) -> None:
    prepare(hall.field, Settings(), Pose2D(3.0, 3.0, 2.0))
    assert plan_once.signatures
    assert meets.signatures
