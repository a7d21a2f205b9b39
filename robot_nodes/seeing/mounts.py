"""Where the cameras are on the robot, read off the static transforms that the robot publishes.

Frames whose name ends with `optical` or `optical_frame` look along their z axis, x to the right (REP 103); others
along their x axis, y to the left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robot_nodes.seeing.lens import BadPicture, Mount

__all__ = ["Mounts"]

BASE = "base_link"
_LEVEL = math.radians(3.0)
"""Cameras are taken to be level: one tilted or rolled by more than this would tell wrong places."""
_FARTHEST = 100.0
"""Metres: no part of a robot is farther from another."""
_DEEPEST = 20
"""A chain longer than this is a loop."""
_FROM_BODY = np.array(((0.0, -1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)))
"""Right, down and ahead (rows), by x, y, z of a frame that looks along x."""


class Mounts:
    """`take` transforms as they come; `of` a frame says where its camera is."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, NDArray[np.float64]]] = {}

    def take(self, parent: str, child: str, offset: Sequence[float], turn: Sequence[float]) -> None:
        """One static transform; one that is no number is left out.

        :param offset: x, y, z of the child's origin in the parent, metres.
        :param turn: quaternion x, y, z, w.
        """
        values = np.array((*offset, *turn), np.float64)
        if len(offset) != 3 or len(turn) != 4 or not np.abs(values).max() < _FARTHEST:  # false for nan, too
            return
        norm = float(np.linalg.norm(values[3:]))
        if norm < 1e-6:
            return
        found = np.eye(4)
        found[:3, :3], found[:3, 3] = _rotation(values[3:] / norm), values[:3]
        self._parents[child.lstrip("/")] = parent.lstrip("/"), found

    def of(self, frame: str) -> Mount | None:
        """The camera of a frame; None where nothing leads from it to `base_link`.

        :raises BadPicture: it is not level.
        """
        frame = frame.lstrip("/")
        name, to_base = frame, np.eye(4)
        for _ in range(_DEEPEST):
            if name == BASE:
                return _mount(frame, to_base)
            if name not in self._parents:
                return None
            name, step = self._parents[name]
            to_base = step @ to_base
        return None


def _mount(frame: str, to_base: NDArray[np.float64]) -> Mount:
    axes = np.eye(3) if frame.endswith(("optical", "optical_frame")) else _FROM_BODY
    right, _, ahead = (to_base[:3, :3] @ axis for axis in axes)
    tilt = max(abs(math.asin(np.clip(ahead[2], -1.0, 1.0))), abs(math.asin(np.clip(right[2], -1.0, 1.0))))
    if tilt > _LEVEL:
        raise BadPicture(f"{frame} is tilted by {math.degrees(tilt):.0f} degrees: mount the camera level")
    x, y, height = (float(value) for value in to_base[:3, 3])
    return Mount(x=x, y=y, height=height, yaw=math.atan2(float(ahead[1]), float(ahead[0])))


def _rotation(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a unit quaternion x, y, z, w; shape (3, 3)."""
    x, y, z, w = (float(value) for value in q)
    return np.array(
        (
            (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
            (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
            (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
        )
    )
