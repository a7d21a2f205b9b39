"""Load or compile everything numba runs, before the first scan wants an answer."""

from __future__ import annotations

import numpy as np

from maps.lanes import LaneGraph
from robot_nodes.navigation.astar import search
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.localiser import Localiser
from robot_nodes.navigation.navigator import Goal, Navigator
from robot_nodes.navigation.settings import Settings


def warm_up(field: ClearanceField, lanes: LaneGraph, start: Pose2D, settings: Settings) -> None:
    """Drive one trial step with throw-away instances.

    :raises NavigationError: if the trial goal cannot be planned.
    """
    points = np.array([(1.5 + 0.01 * k, 0.1 * k) for k in range(-20, 20)])
    doubting = Localiser(field, start)
    doubting.reset(start, np.diag((0.25, 0.25, 0.05)))
    doubting.update(Pose2D(0.0, 0.0, 0.0), points)
    search(field, (start.x, start.y), (start.x + 1.0, start.y), 0.3, margin=2.0, obstacles=points, obstacle_room=0.4)
    navigator = Navigator(field, lanes, settings)
    navigator.go(Goal(id=0, poses=(start,), along_lanes=False), start, 0.0)
    navigator.step(Pose2D(start.x - 0.5, start.y, start.yaw), points, 0.0, 0.0)
