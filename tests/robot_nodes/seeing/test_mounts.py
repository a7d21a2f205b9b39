"""Cameras as a robot's static transforms have them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.seeing.lens import BadPicture
from robot_nodes.seeing.mounts import Mounts
from sim.camera import CameraSpec

LEVEL = (0.0, 0.0, 0.0, 1.0)
OPTICAL = (-0.5, 0.5, -0.5, 0.5)
"""From a body to its optical frame, REP 103."""


def turned(yaw: float) -> tuple[float, float, float, float]:
    return 0.0, 0.0, math.sin(0.5 * yaw), math.cos(0.5 * yaw)


@pytest.mark.parametrize("yaw", [0.0, math.pi, 0.7, -2.0])
def test_an_optical_frame_looks_along_z(yaw: float) -> None:
    mounts, spec = Mounts(), CameraSpec(yaw=yaw, x_m=0.2, y_m=-0.1, height_m=1.3)
    mounts.take("base_link", "camera_optical_frame", (0.2, -0.1, 1.3), spec.optical)
    mount = mounts.of("camera_optical_frame")
    assert mount is not None
    assert (mount.x, mount.y, mount.height) == (0.2, -0.1, 1.3)
    assert math.cos(mount.yaw - yaw) == pytest.approx(1.0)


def test_a_chain_of_transforms_in_any_order() -> None:
    mounts = Mounts()
    mounts.take("/mast", "camera_link", (0.1, 0.0, 0.6), turned(math.pi / 2))
    mounts.take("camera_link", "camera_optical", (0.0, 0.02, 0.0), OPTICAL)
    assert mounts.of("camera_optical") is None
    mounts.take("base_link", "mast", (-0.2, 0.0, 0.5), turned(math.pi / 2))
    mount = mounts.of("camera_optical")
    assert mount is not None
    assert (mount.x, mount.y, mount.height) == pytest.approx((-0.2, 0.08, 1.1))
    assert abs(mount.yaw) == pytest.approx(math.pi)
    body = mounts.of("camera_link")
    assert body is not None
    assert abs(body.yaw) == pytest.approx(math.pi)


def test_the_base_itself_looks_ahead() -> None:
    mount = Mounts().of("base_link")
    assert mount is not None
    assert (mount.x, mount.y, mount.height, mount.yaw) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_tilted_camera_is_refused(axis: int) -> None:
    turn = [0.0, 0.0, 0.0, math.cos(0.1)]
    turn[axis] = math.sin(0.1)
    mounts = Mounts()
    mounts.take("base_link", "camera", (0.0, 0.0, 1.1), turn)
    with pytest.raises(BadPicture, match="tilted by 11 degrees"):
        mounts.of("camera")


def test_a_loop_leads_nowhere() -> None:
    mounts = Mounts()
    mounts.take("b", "a", (0.0, 0.0, 0.0), LEVEL)
    mounts.take("a", "b", (0.0, 0.0, 0.0), LEVEL)
    assert mounts.of("a") is None


@given(st.lists(st.floats(), min_size=3, max_size=3), st.lists(st.floats(), min_size=4, max_size=4))
def test_any_numbers_are_a_camera_or_none(offset: list[float], turn: list[float]) -> None:
    mounts = Mounts()
    mounts.take("base_link", "camera", offset, turn)
    try:
        mount = mounts.of("camera")
    except BadPicture:
        return
    assert mount is None or max(abs(mount.x), abs(mount.y), abs(mount.height)) < 101.0
    assert mount is None or abs(mount.yaw) <= math.pi
