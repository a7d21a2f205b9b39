import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.geometry import Pose2D, wrapped

poses = st.builds(Pose2D, st.floats(-50, 50), st.floats(-50, 50), st.floats(-3.1, 3.1))


@settings(deadline=None)
@given(st.floats(-100, 100))
def test_wrapped_keeps_the_direction(angle: float) -> None:
    assert -math.pi <= wrapped(angle) <= math.pi
    assert math.cos(wrapped(angle)) == pytest.approx(math.cos(angle), abs=1e-9)


@settings(deadline=None)
@given(poses, poses)
def test_seen_from_undoes_after(base: Pose2D, pose: Pose2D) -> None:
    back = base.after(pose.seen_from(base))
    assert back.distance_to(pose.x, pose.y) < 1e-9
    assert abs(wrapped(back.yaw - pose.yaw)) < 1e-9


def test_points_go_out_with_the_pose() -> None:
    out = Pose2D(1.0, 2.0, math.pi / 2).points_out(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert out == pytest.approx(np.array([[1.0, 3.0], [0.0, 2.0]]))
