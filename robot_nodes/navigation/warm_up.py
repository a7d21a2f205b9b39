"""Load or compile everything numba runs, before the first scan wants an answer."""

from __future__ import annotations

import numpy as np

from maps.lanes import LaneGraph
from robot_nodes.navigation.controller import prepare
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.goals import Goal
from robot_nodes.navigation.localiser import Localiser
from robot_nodes.navigation.navigator import Navigator
from robot_nodes.navigation.settings import Settings
from robot_nodes.seeing.people import PeopleTracker


def warm_up(field: ClearanceField, lanes: LaneGraph, start: Pose2D, settings: Settings) -> None:
    """Drive one trial step with throw-away instances.

    :raises NavigationError: if the trial goal cannot be planned.
    """
    points = np.array([(1.5 + 0.01 * k, 0.1 * k) for k in range(-20, 20)])
    doubting = Localiser(field, start)
    doubting.reset(start, np.diag((0.25, 0.25, 0.05)))
    doubting.update(Pose2D(0.0, 0.0, 0.0), points)
    _look_for_itself(points)
    navigator = Navigator(field, lanes, settings)
    navigator.planner.prepare(start)
    navigator.go(Goal(id=0, poses=(start,), along_lanes=False), start, 0.0)
    navigator.step(Pose2D(start.x - 0.5, start.y, start.yaw), points, 0.0, 0.0)
    prepare(field, settings, start)
    PeopleTracker(field).update(start, points, 0.0)


def _look_for_itself(points: Points) -> None:
    """Search and particles once, on a floor so small that it takes no time."""
    cells = np.zeros((80, 80), np.uint8)
    for k in range(40):
        cells[k : 80 - k, k : 80 - k] = 5 * k
    room = ClearanceField(centimetres=cells, resolution=0.05, origin_x=0.0, origin_y=0.0)
    angles = np.linspace(-np.pi, np.pi, 120, endpoint=False)[:-20]
    lost = Localiser(room, None)
    for _ in range(12):
        lost.update(Pose2D(0.0, 0.0, 0.0), 1.2 * np.column_stack((np.cos(angles), np.sin(angles))))
