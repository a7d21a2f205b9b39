import numpy as np
import pytest

from robot_nodes.navigation.geometry import Pose2D, Twist2D
from robot_nodes.navigation.recoveries import LOOK_RAD, Recoveries, Recovery
from robot_nodes.navigation.settings import Body, Patience

FREE = np.array([[0.5, 0.0], [3.0, 3.0]])
"""Jammed in front, the rear is free."""
BEHIND = np.vstack((FREE, [[-0.8, 0.1]]))


def stuck(hits: np.ndarray, seconds: float = 60.0, drives: bool = False) -> tuple[list[str], list[Pose2D], Recoveries]:
    """A robot that makes no progress, but turns and backs up as told: what was begun, and where it was."""
    recoveries = Recoveries(Patience(), Body())
    pose, begun, poses = Pose2D(0.0, 0.0, 0.0), [], []
    for step in range(round(seconds * 20)):
        act = recoveries.step(0.05 * step, pose, hits, drives)
        if act.begun is not None:
            begun.append(act.begun.value)
        command = act.command or Twist2D()
        pose = pose.after(Pose2D(command.v * 0.05, 0.0, command.w * 0.05))
        poses.append(pose)
    return begun, poses, recoveries


def test_they_come_in_nav2s_order() -> None:
    begun, poses, recoveries = stuck(FREE)
    assert begun[:5] == ["clear", "look_around", "back_up", "wait", "reroute"]
    assert begun[5:] == ["reroute", "call_staff", "reroute", "reroute", "reroute"]
    assert recoveries.counts["reroute"] == 5
    assert recoveries.counts["call_staff"] == 1
    assert max(pose.yaw for pose in poses) == pytest.approx(LOOK_RAD, abs=0.1)
    assert min(pose.yaw for pose in poses) == pytest.approx(-LOOK_RAD, abs=0.1)
    assert min(pose.x for pose in poses) == pytest.approx(-0.25, abs=0.03)


def test_nobody_behind_is_reversed_into() -> None:
    begun, poses, _ = stuck(BEHIND)
    assert "back_up" not in begun
    assert min(pose.x for pose in poses) == 0.0


def test_whoever_steps_behind_ends_the_backing_up() -> None:
    recoveries, here = Recoveries(Patience(recover_after_s=0.0), Body()), Pose2D(0.0, 0.0, 0.0)
    turned = iter([here, here, Pose2D(0.0, 0.0, LOOK_RAD), Pose2D(0.0, 0.0, -LOOK_RAD), here])
    for step, pose in enumerate(turned):
        act = recoveries.step(0.05 * step, pose, FREE, False)
    assert act.begun is Recovery.BACK_UP
    assert recoveries.step(0.3, here, FREE, False).command == Twist2D(-0.1, 0.0)
    assert recoveries.step(0.35, here, BEHIND, False).begun is Recovery.WAIT


def test_a_way_that_was_found_goes_before_turning_about() -> None:
    _, poses, _ = stuck(FREE, drives=True)
    assert all(pose == Pose2D(0.0, 0.0, 0.0) for pose in poses)


def test_progress_ends_them() -> None:
    _, _, recoveries = stuck(FREE, 35.0)
    assert recoveries.staff_called
    recoveries.over()
    assert recoveries.current is None
    assert not recoveries.staff_called
    assert recoveries.counts["call_staff"] == 1
