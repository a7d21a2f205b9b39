"""Where a camera is on the robot and how it pictures the world: a pinhole, level, looking along its yaw.

Pictures are arrays of shape (height, width, 3), uint8, red, green, blue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.geometry import Pose2D

Picture = NDArray[np.uint8]

_CHANNELS = {"rgb8": (0, 1, 2), "bgr8": (2, 1, 0), "rgba8": (0, 1, 2), "bgra8": (2, 1, 0)}


class BadPicture(ValueError):
    """A picture, or what is said of its camera, that cannot be used; one line that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """The lens in the base frame, metres; `yaw` pi: it looks to the rear."""

    x: float = 0.0
    y: float = 0.0
    height: float = 1.1
    yaw: float = 0.0


FRONT = Mount()
REAR = Mount(yaw=math.pi)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Pixels: focal lengths and middle as in sensor_msgs/CameraInfo's K, distortion as in its D."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()
    mount: Mount = FRONT

    @classmethod
    def of(cls, width: int, height: int, k: Sequence[float], d: Sequence[float], mount: Mount = FRONT) -> Lens:
        """From the fields of a CameraInfo.

        :raises BadPicture: the camera is not calibrated.
        """
        values = [float(value) for value in (*k, *d)]
        if len(k) != 9 or not all(math.isfinite(value) for value in values):
            raise BadPicture("camera_info: k must be nine finite numbers: calibrate the camera")
        if width < 16 or height < 16 or k[0] <= 0.0 or k[4] <= 0.0:
            raise BadPicture(f"camera_info: {width} x {height}, focal length {k[0]}: calibrate the camera")
        known = len(d) in (4, 5, 8, 12, 14) and any(value != 0.0 for value in d)
        return cls(
            width=int(width),
            height=int(height),
            fx=float(k[0]),
            fy=float(k[4]),
            cx=float(k[2]),
            cy=float(k[5]),
            distortion=tuple(float(value) for value in d) if known else (),
            mount=mount,
        )

    @property
    def matrix(self) -> NDArray[np.float64]:
        """K, shape (3, 3)."""
        return np.array(((self.fx, 0.0, self.cx), (0.0, self.fy, self.cy), (0.0, 0.0, 1.0)))

    def at(self, base: Pose2D) -> Pose2D:
        """Where the lens is when the robot is there."""
        return base.after(Pose2D(self.mount.x, self.mount.y, self.mount.yaw))

    def ahead(self, base: Pose2D, x: float, y: float) -> tuple[float, float]:
        """(depth along the axis, metres to the right of it) of a point of frame map."""
        lens = self.at(base)
        dx, dy = x - lens.x, y - lens.y
        c, s = math.cos(lens.yaw), math.sin(lens.yaw)
        return dx * c + dy * s, dx * s - dy * c

    def sees(self, base: Pose2D, x: float, y: float) -> bool:
        """Whether a point of frame map lies within the picture's columns."""
        depth, right = self.ahead(base, x, y)
        return depth > 0.3 and 0.0 <= self.cx + self.fx * right / depth < self.width

    def checked(self, picture: Picture) -> Picture:
        """The picture, if it is this camera's.

        :raises BadPicture: it has another size or type.
        """
        if picture.shape != (self.height, self.width, 3) or picture.dtype != np.uint8:
            raise BadPicture(
                f"picture {picture.shape} {picture.dtype}: camera_info says {self.width} x {self.height}, rgb8"
            )
        return picture


def decoded(width: int, height: int, step: int, encoding: str, data: bytes | bytearray | memoryview) -> Picture:
    """The fields of a sensor_msgs/Image as a picture.

    :raises BadPicture: an encoding that is not read, or too few bytes for its size.
    """
    order = _CHANNELS.get(encoding)
    if order is None:
        raise BadPicture(f"image encoding {encoding!r}: only {', '.join(_CHANNELS)} are read")
    channels = 4 if encoding.endswith("a8") else 3
    if width < 1 or height < 1 or step < channels * width or len(data) < step * height:
        raise BadPicture(f"image {width} x {height}, step {step}: {len(data)} bytes are not such a picture")
    rows = np.frombuffer(data, np.uint8, step * height).reshape(height, step)
    pixels = rows[:, : channels * width].reshape(height, width, channels)
    return np.ascontiguousarray(pixels[:, :, order])
