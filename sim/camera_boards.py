"""Printed things a camera can read: AprilTag boards on walls, and the badges visitors wear. Drawn in perspective."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

BOARD_TAGS = cv2.aruco.DICT_APRILTAG_36h11
BADGE_TAGS = cv2.aruco.DICT_APRILTAG_36h10
"""Another family than the boards', so that no badge is ever read as a place."""
TAG_CELLS = 8
"""Black square of a 36-bit AprilTag, in cells; one cell of white paper stands round it."""
_SIDES = (12, 24, 48, 96, 192)
"""Pixels of the prints that are kept: one near to the size on the picture is warped, so that it does not shimmer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A printed square in frame map, seen from the side its normal points to.

    :ivar z: height of its middle, metres. `yaw`: direction of its normal. `side_m`: of the black square for a tag, of
        all modules for a QR code; the paper is larger.
    """

    x: float
    y: float
    z: float
    yaw: float
    side_m: float
    prints: Prints


@dataclass(frozen=True, slots=True)
class Prints:
    """One motif in several sizes; `paper` is the width of the paper by that of the motif."""

    sizes: tuple[Image, ...]
    paper: float

    def near(self, pixels: float) -> Image:
        """The smallest print that is no smaller than wanted."""
        return next((image for image in self.sizes if image.shape[0] >= pixels), self.sizes[-1])


@lru_cache(maxsize=1024)
def tag(number: int, family: int = BOARD_TAGS) -> Prints:
    """An AprilTag on paper.

    :raises ValueError: the family has no such number.
    """
    dictionary = cv2.aruco.getPredefinedDictionary(family)
    if not 0 <= number < len(dictionary.bytesList):
        raise ValueError(f"tag {number}: this family has 0 to {len(dictionary.bytesList) - 1}")
    cells = cv2.aruco.generateImageMarker(dictionary, number, TAG_CELLS)
    return _prints(np.pad(np.asarray(cells, np.uint8), 1, constant_values=255), TAG_CELLS)


@lru_cache(maxsize=1024)
def code(text: str) -> Prints:
    """A QR code on paper."""
    # The encoder leaves a margin of its own; the standard wants four modules of it.
    modules = np.asarray(cv2.QRCodeEncoder.create().encode(text), np.uint8)
    dark = np.argwhere(modules == 0)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    motif = modules[top : bottom + 1, left : right + 1]
    return _prints(np.pad(motif, 4, constant_values=255), motif.shape[0])


def _prints(cells: Image, motif: int) -> Prints:
    fine = cv2.resize(cells, None, fx=16, fy=16, interpolation=cv2.INTER_NEAREST)
    sides = [side for side in _SIDES if side >= cells.shape[0]]
    sizes = tuple(cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA) for side in sides)
    colour = tuple(np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8) for image in sizes)
    return Prints(colour, cells.shape[0] / motif)


def corners(board: Board) -> NDArray[np.float64]:
    """Corners of the paper in frame map, shape (4, 3): as one reads it, upper left, upper right, lower right, lower
    left."""
    half = 0.5 * board.side_m * board.prints.paper
    # Who looks at it has its left on the side of (-sin, cos) turned by half a turn.
    rx, ry = -math.sin(board.yaw), math.cos(board.yaw)
    signs = ((-half, half), (half, half), (half, -half), (-half, -half))
    return np.array([(board.x + a * rx, board.y + a * ry, board.z + b) for a, b in signs])


def faces(board: Board, x: float, y: float) -> bool:
    """Whether the print can be seen from a point, by more than a sliver."""
    dx, dy = x - board.x, y - board.y
    return dx * math.cos(board.yaw) + dy * math.sin(board.yaw) > 0.15 * math.hypot(dx, dy)


def paste(image: Image, board: Board, pixels: NDArray[np.float64], light: NDArray[np.float64]) -> None:
    """Put the print where its corners appear.

    :param pixels: shape (4, 2), as `corners` orders them. `light`: shape (3,), what white paper looks like, by 255.
    """
    low, high = np.floor(pixels.min(axis=0)).astype(int) - 1, np.ceil(pixels.max(axis=0)).astype(int) + 2
    x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
    x1, y1 = min(int(high[0]), image.shape[1]), min(int(high[1]), image.shape[0])
    size = float(np.max(high - low))
    if x1 - x0 < 2 or y1 - y0 < 2 or size > 4.0 * image.shape[1]:
        return
    print_ = board.prints.near(size)
    side = float(print_.shape[0])
    source = np.array(((0, 0), (side, 0), (side, side), (0, side)), np.float32) - 0.5
    target = (pixels - (x0, y0)).astype(np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    lit = np.minimum(print_ * light, 255.0).astype(np.uint8)
    window: Any = image[y0:y1, x0:x1]
    cv2.warpPerspective(
        lit, warp, (x1 - x0, y1 - y0), dst=window, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )
