"""Boards in a picture -> where the robot is on the map, with an honest covariance.

The tag's corners give each board's pose to the camera (solvePnP, Collins and Bartoli, "Infinitesimal Plane-Based Pose
Estimation", 2014: two solutions, of which a board seen nearly from the front makes both plausible). The robot moves in
the plane and the camera's height is known, so x, y and yaw are then fitted to the corners of all boards at once
(Gauss-Newton), from each of the solutions; the better fit wins. Where the other one fits as well, what the robot
believed of itself decides, and without that nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maps.markers import Board
from robot_nodes.navigation.geometry import Pose2D, wrapped
from robot_nodes.seeing.lens import Lens, Picture

BOARD_TAGS = cv2.aruco.DICT_APRILTAG_36h11
Covariance = NDArray[np.float64]
"""Shape (3, 3): x, y, yaw; m2, m rad, rad2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerSettings:
    """What is believed of corners, pixels, and of boards' places."""

    corner_px: float = 0.5
    placed_m: float = 0.02
    """How well boards hang where the plan has them."""
    placed_rad: float = 0.01
    worst_px: float = 2.0
    """A fit that leaves more than this, root mean square, is none."""
    smallest_px: float = 18.0
    """Side of a tag: smaller ones say little."""
    sharp_px: float = 40.0
    """The corners of a smaller tag are blurred into each other: they are believed that much less."""
    clearly: float = 2.5
    """Times the other solution must fit worse, or it is a draw."""
    surprise_m: float = 1.0
    """A draw goes to who is within this of the believed pose."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One tag in a picture; `corners` shape (4, 2), pixels without distortion, from its upper left clockwise."""

    board: Board
    corners: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the robot is, frame map, and how sure that is; `boards` the tags it rests on; `error_px` of the fit."""

    pose: Pose2D
    covariance: Covariance
    boards: tuple[int, ...]
    error_px: float


class MarkerReader:
    """Knows the venue's boards."""

    def __init__(self, boards: Mapping[int, Board], settings: MarkerSettings | None = None) -> None:
        self._boards = dict(boards)
        self._settings = settings or MarkerSettings()
        parameters = cv2.aruco.DetectorParameters()
        parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
        parameters.cornerRefinementWinSize = 3
        self._detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(BOARD_TAGS), parameters)

    def fix(self, lens: Lens, picture: Picture, believed: Pose2D | None = None) -> Fix | None:
        """Where the robot was when the picture was taken; None where no board says so clearly."""
        return self.located(lens, self.seen(lens, picture), believed)

    def seen(self, lens: Lens, picture: Picture) -> list[Seen]:
        """The venue's tags in a picture, each at most once."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        corners, numbers, _ = self._detector.detectMarkers(grey)
        if numbers is None:
            return []
        found: dict[int, Seen] = {}
        for number, square in zip((int(it) for it in np.ravel(numbers)), corners, strict=True):
            pixels = np.asarray(square, np.float64).reshape(4, 2)
            if number in self._boards and _side(pixels) >= self._settings.smallest_px:
                found[number] = Seen(self._boards[number], _straight(lens, pixels))
        return list(found.values())

    def located(self, lens: Lens, seen: Sequence[Seen], believed: Pose2D | None = None) -> Fix | None:
        """The pose that fits the corners of all tags."""
        if not seen:
            return None
        s = self._settings
        starts = [start for it in seen for start in _starts(lens, it)]
        if believed is not None and believed.finite:
            starts.append(believed)
        fits = sorted((_fitted(lens, seen, start) for start in starts), key=lambda it: it[1])
        fits = [it for it in fits if it[1] <= s.worst_px and it[0].finite]
        if not fits:
            return None
        best, error, curvature = fits[0]
        rivals = [it for it in fits if it[1] < s.clearly * error + 0.05 and _differ(it[0], best)]
        if rivals:
            near = [
                it for it in (fits[0], *rivals) if believed is not None and _surprise(it[0], believed) < s.surprise_m
            ]
            if not near:
                return None
            best, error, curvature = min(near, key=lambda it: _surprise(it[0], believed or best))
        smallest = min(_side(it.corners) for it in seen)
        noise = max(s.corner_px, error) * max(s.sharp_px / smallest, 1.0)
        covariance = noise**2 * np.asarray(np.linalg.inv(curvature + 1e-9 * np.eye(3)), np.float64)
        covariance += np.diag((s.placed_m**2, s.placed_m**2, s.placed_rad**2))
        if rivals:  # the choice may be wrong
            other = min((it[0] for it in (fits[0], *rivals) if it[0] is not best), key=lambda it: _surprise(it, best))
            apart = np.array((other.x - best.x, other.y - best.y, wrapped(other.yaw - best.yaw)))
            covariance += 0.1 * np.outer(apart, apart)
        return Fix(best, covariance, tuple(it.board.number for it in seen), error)


def _side(pixels: NDArray[np.float64]) -> float:
    """Of the square as large as four corners enclose."""
    return math.sqrt(cv2.contourArea(pixels.astype(np.float32)))


def _straight(lens: Lens, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners as a lens without distortion would have them."""
    if not lens.distortion:
        return pixels
    flat = cv2.undistortPoints(pixels.reshape(-1, 1, 2), lens.matrix, np.array(lens.distortion), P=lens.matrix)
    return np.asarray(flat, np.float64).reshape(-1, 2)


def _corners(board: Board) -> NDArray[np.float64]:
    """In frame map, shape (4, 3), in the order of `Seen.corners`."""
    half = 0.5 * board.side_m
    rx, ry = -math.sin(board.yaw), math.cos(board.yaw)
    order = ((-half, half), (half, half), (half, -half), (-half, -half))
    return np.array([(board.x + a * rx, board.y + a * ry, board.z + b) for a, b in order])


def _starts(lens: Lens, seen: Seen) -> list[Pose2D]:
    """Robot poses by the two solutions of one square."""
    half = 0.5 * seen.board.side_m
    square = np.array(((-half, half, 0), (half, half, 0), (half, -half, 0), (-half, -half, 0)), np.float64)
    # Single precision: with corners exactly on a line through the image's middle, OpenCV's solution is singular.
    corners = seen.corners.astype(np.float32)
    try:
        _, turns, shifts, _ = cv2.solvePnPGeneric(square, corners, lens.matrix, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
    except cv2.error:  # four corners on a line, say
        return []
    found = []
    for turn, shift in zip(turns, shifts, strict=True):
        rotation, _ = cv2.Rodrigues(turn)
        eye = -rotation.T @ np.asarray(shift).reshape(3)  # the lens in the board's frame: right, up, out of the wall
        look = rotation.T @ np.array((0.0, 0.0, 1.0))
        yaw = seen.board.yaw
        out, right = np.array((math.cos(yaw), math.sin(yaw))), np.array((-math.sin(yaw), math.cos(yaw)))
        at = np.array((seen.board.x, seen.board.y)) + eye[0] * right + eye[2] * out
        way = look[0] * right + look[2] * out
        lens_pose = Pose2D(float(at[0]), float(at[1]), math.atan2(float(way[1]), float(way[0])))
        found.append(lens_pose.after(Pose2D(0.0, 0.0, 0.0).seen_from(_mounted(lens))))
    return found


def _mounted(lens: Lens) -> Pose2D:
    return Pose2D(lens.mount.x, lens.mount.y, lens.mount.yaw)


def _fitted(lens: Lens, seen: Sequence[Seen], start: Pose2D) -> tuple[Pose2D, float, Covariance]:
    """(pose, root mean square of what is left, J'J) after Gauss-Newton with damping."""
    points = np.vstack([_corners(it.board) for it in seen])
    pixels = np.vstack([it.corners for it in seen])
    at = np.array((start.x, start.y, start.yaw))
    curvature = np.eye(3)
    error = math.inf
    for _ in range(8):
        residual, jacobian = _residual(lens, at, points, pixels)
        curvature, error = jacobian.T @ jacobian, math.sqrt(float(np.mean(residual**2)) * 2.0)
        step = np.linalg.solve(curvature + 1e-3 * np.diag(np.diag(curvature)) + 1e-9 * np.eye(3), jacobian.T @ residual)
        at = at - np.clip(step, -0.5, 0.5)
        if float(np.abs(step).max()) < 1e-5:
            break
    residual, jacobian = _residual(lens, at, points, pixels)
    error = math.sqrt(float(np.mean(residual**2)) * 2.0)
    return Pose2D(float(at[0]), float(at[1]), wrapped(float(at[2]))), error, jacobian.T @ jacobian


def _residual(
    lens: Lens, at: NDArray[np.float64], points: NDArray[np.float64], pixels: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixels where the corners should be less where they are, shape (2n,), and its derivatives, shape (2n, 3)."""

    def projected(pose: NDArray[np.float64]) -> NDArray[np.float64]:
        eye = lens.at(Pose2D(float(pose[0]), float(pose[1]), float(pose[2])))
        dx, dy = points[:, 0] - eye.x, points[:, 1] - eye.y
        c, s = math.cos(eye.yaw), math.sin(eye.yaw)
        depth = np.maximum(dx * c + dy * s, 0.05)
        u = lens.cx + lens.fx * (dx * s - dy * c) / depth
        v = lens.cy + lens.fy * (lens.mount.height - points[:, 2]) / depth
        return np.column_stack((u, v)).ravel()

    here = projected(at)
    jacobian = np.column_stack([(projected(at + step) - here) / 1e-5 for step in 1e-5 * np.eye(3)])
    return here - pixels.ravel(), jacobian


def _differ(a: Pose2D, b: Pose2D) -> bool:
    return a.distance_to(b.x, b.y) > 0.1 or abs(wrapped(a.yaw - b.yaw)) > 0.1


def _surprise(pose: Pose2D, believed: Pose2D) -> float:
    """Metres, with a radian counting as one."""
    return pose.distance_to(believed.x, believed.y) + abs(wrapped(pose.yaw - believed.yaw))
