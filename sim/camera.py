"""A robot's colour camera: walls and floor as plain shades, people in their clothes, boards and badges in perspective.

A pinhole without distortion. Nearer things hide farther ones (painter's order), walls hide both. Light differs from
place to place in strength and tint, the shutter smears what turns, the sensor adds noise; all of it seeded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.camera_boards import Board, Prints, corners, faces, paste
from sim.camera_people import Figure, Wardrobe, draw
from sim.fields import Fields
from sim.lidar import cast

__all__ = ["Badge", "Camera", "CameraSpec", "Scene"]

Image = NDArray[np.uint8]
"""Shape (height, width, 3): red, green, blue."""

WALL_M = 2.5
ROBOT_M = 1.25
BADGE_M = 1.28
"""Height of a badge's middle."""
_NEAREST_M = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSpec:
    """`x_m`, `y_m`, `yaw`: where the lens is and looks in the robot's frame (yaw pi: to the rear); `height_m` above the
    floor; `noise`, standard deviation of a pixel's value; `shutter_s`, how long it stays open."""

    width: int = 320
    height: int = 240
    hfov: float = math.radians(80.0)
    x_m: float = 0.0
    y_m: float = 0.0
    height_m: float = 1.1
    yaw: float = 0.0
    rate_hz: float = 5.0
    range_m: float = 12.0
    noise: float = 4.0
    shutter_s: float = 0.015

    @property
    def focal(self) -> float:
        """In pixels; rows and columns alike."""
        return 0.5 * self.width / math.tan(0.5 * self.hfov)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """K of sensor_msgs/CameraInfo, shape (3, 3)."""
        f = self.focal
        return np.array(((f, 0.0, 0.5 * self.width - 0.5), (0.0, f, 0.5 * self.height - 0.5), (0.0, 0.0, 1.0)))

    @property
    def optical(self) -> tuple[float, float, float, float]:
        """Quaternion x, y, z, w that turns the base into the camera's optical frame (REP 103: z ahead, x right)."""
        c, s = 0.5 * math.cos(0.5 * self.yaw), 0.5 * math.sin(0.5 * self.yaw)
        return -c - s, c - s, s - c, c + s


@dataclass(frozen=True, slots=True)
class Badge:
    """On a person's chest; `side_m` as of a `Board`."""

    prints: Prints
    side_m: float = 0.09


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What there is to see beside walls, frame map.

    :ivar people: shape (n, 2), nan for who is not there. `headings`: shape (n,), where they face. `clothes`: n rows.
        `badges`: person -> what they wear. `robots`: shape (m, 3): x, y, radius, the camera's own not among them.
    """

    people: NDArray[np.float64]
    headings: NDArray[np.float64]
    clothes: Wardrobe
    badges: Mapping[int, Badge] = field(default_factory=dict)
    robots: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    boards: Sequence[Board] = ()


@dataclass(frozen=True, slots=True)
class _View:
    """Where the lens is, frame map, and how far the wall is in each column (along the axis)."""

    x: float
    y: float
    yaw: float
    walls: NDArray[np.float64]


class Camera:
    """One lens on one robot."""

    def __init__(self, fields: Fields, spec: CameraSpec | None = None, seed: int = 0) -> None:
        self.spec = spec or CameraSpec()
        self._fields = fields
        self._rng = np.random.default_rng(seed)
        s = self.spec
        noise = self._rng.normal(128.0, s.noise, (2 * s.height, 2 * s.width, 3))
        self._noise = np.clip(np.round(noise), 0, 255).astype(np.uint8)
        self._phase = self._rng.uniform(0.0, 2.0 * math.pi, 4)

    def frame(self, pose: tuple[float, float, float], scene: Scene, turning: float = 0.0) -> Image:
        """One picture.

        :param pose: the robot's x, y, yaw, frame map. `turning`: rad/s.
        """
        view = self._view(pose)
        image = self._background(view)
        for _, kind, index in self._order(view, scene):
            if kind == 0:
                self._board(image, view, scene.boards[index])
            elif kind == 1:
                self._person(image, view, scene, index)
            else:
                self._robot(image, view, scene.robots[index])
        return self._developed(image, turning)

    def light(self, x: float, y: float) -> NDArray[np.float64]:
        """What falls on a place: strength 0.65 to 1.15, warmer or cooler by up to 8 %, shape (3,)."""
        p = self._phase
        strength = 0.9 + 0.25 * math.sin(0.21 * x + p[0]) * math.cos(0.17 * y + p[1])
        tint = 0.08 * math.sin(0.11 * x + p[2]) * math.sin(0.13 * y + p[3])
        return np.array((strength * (1.0 + tint), strength, strength * (1.0 - tint)))

    def _view(self, pose: tuple[float, float, float]) -> _View:
        s, f = self.spec, self._fields
        c, si = math.cos(pose[2]), math.sin(pose[2])
        x, y = pose[0] + c * s.x_m - si * s.y_m, pose[1] + si * s.x_m + c * s.y_m
        walls = np.empty(s.width)
        yaw = pose[2] + s.yaw
        _walls(f.skip, f.origin_x, f.origin_y, f.resolution, x, y, yaw, s.focal, 40.0, walls)
        return _View(x, y, yaw, walls)

    def _background(self, view: _View) -> Image:
        s = self.spec
        image = np.empty((s.height, s.width, 3), np.uint8)
        _paint(image, view.walls, s.focal, s.height_m, WALL_M, self.light(view.x, view.y))
        return image

    def _order(self, view: _View, scene: Scene) -> list[tuple[float, int, int]]:
        """(depth, kind, index) of whatever is in view, farthest first."""
        boards = np.array([(b.x, b.y) for b in scene.boards]).reshape(-1, 2)
        found = []
        for kind, at, room in ((0, boards, 0.3), (1, scene.people, 0.4), (2, scene.robots[:, :2], 0.4)):
            dx, dy = at[:, 0] - view.x, at[:, 1] - view.y
            depth = dx * math.cos(view.yaw) + dy * math.sin(view.yaw)
            aside = np.abs(dy * math.cos(view.yaw) - dx * math.sin(view.yaw))
            with np.errstate(invalid="ignore"):
                seen = (depth > _NEAREST_M) & (depth < self.spec.range_m)
                seen &= aside - room < depth * math.tan(0.5 * self.spec.hfov)
            found += [(float(depth[k]), kind, int(k)) for k in np.flatnonzero(seen)]
        return sorted(found, key=lambda it: -it[0])

    def _pixels(self, view: _View, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of frame map with their height, shape (n, 3), as columns and rows, shape (n, 2)."""
        s = self.spec
        dx, dy = points[:, 0] - view.x, points[:, 1] - view.y
        depth = np.maximum(dx * math.cos(view.yaw) + dy * math.sin(view.yaw), 1e-3)
        right = dx * math.sin(view.yaw) - dy * math.cos(view.yaw)
        down = s.height_m - points[:, 2]
        k = s.matrix
        return np.column_stack((k[0, 2] + s.focal * right / depth, k[1, 2] + s.focal * down / depth))

    def _hidden(self, view: _View, left: float, right: float, depth: float) -> NDArray[np.int64] | None:
        """Columns between these where a wall is nearer; None if it is nearer in all of them."""
        a, b = max(math.floor(left), 0), min(math.ceil(right) + 1, self.spec.width)
        nearer = np.flatnonzero(view.walls[a:b] < depth) + a
        return None if b <= a or len(nearer) == b - a else nearer

    def _person(self, image: Image, view: _View, scene: Scene, person: int) -> None:
        s = self.spec
        x, y = float(scene.people[person, 0]), float(scene.people[person, 1])
        depth = (x - view.x) * math.cos(view.yaw) + (y - view.y) * math.sin(view.yaw)
        column, feet = self._pixels(view, np.array(((x, y, 0.0),)))[0]
        scale = s.focal / depth
        hidden = self._hidden(view, column - 0.4 * scale, column + 0.4 * scale, depth - 0.2)
        if hidden is None:
            return
        behind = image[:, hidden].copy()
        light = self.light(x, y)
        turn = math.remainder(float(scene.headings[person]) - math.atan2(view.y - y, view.x - x), 2.0 * math.pi)
        stride = abs(math.sin(2.5 * (x + y)))
        draw(image, scene.clothes, person, Figure(float(column), float(feet), scale, turn, light, stride))
        badge = scene.badges.get(person)
        if badge is not None and abs(turn) < math.radians(60.0):
            yaw = float(scene.headings[person])
            ahead = 0.16
            self._board(image, view, Board(x=x + ahead * math.cos(yaw), y=y + ahead * math.sin(yaw), z=BADGE_M, yaw=yaw,
                                           side_m=badge.side_m, prints=badge.prints))  # fmt: skip
        image[:, hidden] = behind

    def _robot(self, image: Image, view: _View, robot: NDArray[np.float64]) -> None:
        x, y, radius = (float(value) for value in robot)
        depth = (x - view.x) * math.cos(view.yaw) + (y - view.y) * math.sin(view.yaw)
        (column, feet), (_, top) = self._pixels(view, np.array(((x, y, 0.0), (x, y, ROBOT_M))))
        half = radius * self.spec.focal / depth
        hidden = self._hidden(view, column - half, column + half, depth - radius)
        if hidden is None:
            return
        behind = image[:, hidden].copy()
        shade = tuple((self.light(x, y) * 170.0).tolist())
        cv2.rectangle(image, (int(column - half), int(top)), (int(column + half), int(feet)), shade, cv2.FILLED)
        image[:, hidden] = behind

    def _board(self, image: Image, view: _View, board: Board) -> None:
        if not faces(board, view.x, view.y):
            return
        pixels = self._pixels(view, corners(board))
        left, right = float(pixels[:, 0].min()), float(pixels[:, 0].max())
        depth = (board.x - view.x) * math.cos(view.yaw) + (board.y - view.y) * math.sin(view.yaw)
        hidden = self._hidden(view, left, right, depth - 0.3)
        if hidden is None:
            return
        behind = image[:, hidden].copy()
        paste(image, board, pixels, self.light(board.x, board.y) * 0.9)
        image[:, hidden] = behind

    def _developed(self, image: Image, turning: float) -> Image:
        s = self.spec
        smear = round(abs(turning) * s.shutter_s * s.focal)
        if smear > 1:
            image = np.asarray(cv2.blur(image, (smear, 1)), np.uint8)
        image = np.asarray(cv2.GaussianBlur(image, (3, 3), 0.6), np.uint8)
        r, c = int(self._rng.integers(s.height)), int(self._rng.integers(s.width))
        noise = self._noise[r : r + s.height, c : c + s.width]
        return np.asarray(cv2.addWeighted(image, 1.0, noise, 1.0, -128.0), np.uint8)


@njit(cache=True)
def _walls(
    skip: Any, x0: float, y0: float, res: float, x: float, y: float, yaw: float, focal: float, most: float, depth: Any
) -> None:
    """How far along the axis the wall is in each column."""
    count = depth.shape[0]
    for k in range(count):
        right = (k - 0.5 * (count - 1)) / focal
        angle = yaw - math.atan(right)
        reach = most * math.hypot(1.0, right) / res
        away = cast(skip, (x - x0) / res, (y - y0) / res, math.cos(angle), math.sin(angle), reach) * res
        depth[k] = max(away / math.hypot(1.0, right), 0.05)


@njit(cache=True)
def _paint(image: Any, walls: Any, focal: float, eye: float, tall: float, light: Any) -> None:
    """Ceiling, wall and floor, darker with distance."""
    rows, columns = image.shape[0], image.shape[1]
    middle = 0.5 * (rows - 1)
    for c in range(columns):
        z = walls[c]
        top, bottom = middle - focal * (tall - eye) / z, middle + focal * eye / z
        # Panels of 1.3 m of depth alternate, so that a wall is not one flat shade.
        shade = (150.0 + 18.0 * (int(z / 1.3) % 2)) / (1.0 + 0.02 * z)
        for r in range(rows):
            if r < top:
                value, warm = 92.0, 1.0
            elif r <= bottom:
                value, warm = shade, 1.02
            else:
                value, warm = 105.0 + 35.0 * (r - middle) / middle, 1.05
            image[r, c, 0] = min(value * warm * light[0], 255.0)
            image[r, c, 1] = min(value * light[1], 255.0)
            image[r, c, 2] = min(value / warm * light[2], 255.0)
