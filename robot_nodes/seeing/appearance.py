"""What somebody wears, as a camera sees it: a colour histogram of the chest, and how alike two of them are.

Colours count by hue and saturation, which the light's strength hardly changes; black, grey and white by brightness
relative to the whole picture. Neighbouring bins share, so that a slight tint of the light changes little. Likeness is
the Bhattacharyya distance (Comaniciu and others, "Kernel-Based Object Tracking", 2003).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.lens import Lens, Picture
from robot_nodes.seeing.people import Person

Colours = NDArray[np.float64]
"""Shape (BINS,), sums to 1."""

HUES, SATURATIONS, GREYS = 12, 2, 6
BINS = HUES * SATURATIONS + GREYS
NEAREST_M, FARTHEST_M = 0.6, 6.0
"""Nearer, the chest is not in the picture; farther, it has too few pixels."""
_LOW_M, _HIGH_M = 0.92, 1.25
"""Between hip and shoulders of anybody from 1.45 to 1.95 m."""
_HALF_M = 0.13
"""Within the outline also of who is seen from the side, or a little beside where the lidar has them."""
_SHOULDER_M = 0.28
_USUAL_BRIGHTNESS = 110.0
_PIXELS = 4
"""Narrower than this nothing can be said."""


def chest(lens: Lens, pose: Pose2D, x: float, y: float) -> tuple[int, int, int, int] | None:
    """Where somebody's chest is in the picture: first and last-but-one columns and rows; None where it is not.

    :param pose: of the robot, as `x`, `y` in frame map.
    """
    depth, right = lens.ahead(pose, x, y)
    if not NEAREST_M <= depth <= FARTHEST_M:
        return None
    middle = lens.cx + lens.fx * right / depth
    half = lens.fx * _HALF_M / depth
    top = lens.cy + lens.fy * (lens.mount.height - _HIGH_M) / depth
    bottom = lens.cy + lens.fy * (lens.mount.height - _LOW_M) / depth
    x0, x1 = math.ceil(middle - half), math.floor(middle + half) + 1
    y0, y1 = max(math.ceil(top), 0), min(math.floor(bottom) + 1, lens.height)
    if x0 < 0 or x1 > lens.width or x1 - x0 < _PIXELS or y1 - y0 < _PIXELS:
        return None
    return x0, x1, y0, y1


def unhidden(lens: Lens, pose: Pose2D, person: Person, people: Sequence[Person]) -> bool:
    """Whether nobody nearer stands before their chest."""
    depth, right = lens.ahead(pose, person.x, person.y)
    for other in people:
        if other.id == person.id:
            continue
        near, aside = lens.ahead(pose, other.x, other.y)
        if 0.2 < near < depth and abs(aside / near - right / depth) < _SHOULDER_M / near + _HALF_M / depth:
            return False
    return True


def brightness(picture: Picture) -> float:
    """Mean of a picture, 0..255, from every eighth row and column."""
    return float(picture[::8, ::8].mean())


def colours(patch: Picture, mean: float = _USUAL_BRIGHTNESS) -> Colours:
    """The histogram of a part of a picture.

    :param mean: brightness of the whole picture.
    """
    rows, columns = patch.shape[:2]
    if rows * columns > 900:
        patch = np.asarray(cv2.resize(patch, (min(columns, 24), min(rows, 36)), interpolation=cv2.INTER_AREA), np.uint8)
    hsv = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2HSV).reshape(-1, 3).astype(np.float64)
    hue, saturation = hsv[:, 0] / 180.0 * HUES, hsv[:, 1]
    value = hsv[:, 2] * min(max(_USUAL_BRIGHTNESS / max(mean, 1.0), 0.5), 2.0)
    # How far a pixel is a colour: dark and pale ones have a hue of noise.
    coloured = np.clip((saturation - 45.0) / 50.0, 0.0, 1.0) * np.clip((value - 25.0) / 35.0, 0.0, 1.0)
    found = np.zeros(BINS)
    deep = np.clip((saturation - 100.0) / 70.0, 0.0, 1.0)
    for level, weight in ((0, coloured * (1.0 - deep)), (1, coloured * deep)):
        found[level * HUES : (level + 1) * HUES] = _shared(hue, weight, HUES, round_=True)
    grey = np.clip(value / 220.0 * (GREYS - 1), 0.0, GREYS - 1.0) + 0.5
    found[HUES * SATURATIONS :] = _shared(grey, 1.0 - coloured, GREYS, round_=False)
    return np.asarray(found / max(found.sum(), 1e-9))


def unlikeness(a: Colours, b: Colours) -> float:
    """Bhattacharyya distance, 0 (the same) to 1 (nothing in common)."""
    return math.sqrt(max(1.0 - float(np.sqrt(a * b).sum()), 0.0))


def _shared(at: NDArray[np.float64], weight: NDArray[np.float64], count: int, *, round_: bool) -> Colours:
    """A histogram whose pixels are spread over a triangle two bins wide; bin k has its middle at k + 0.5."""
    low = np.floor(at - 0.5)
    share = at - 0.5 - low
    one, two = low.astype(np.int64), low.astype(np.int64) + 1
    if round_:
        one, two = one % count, two % count
    else:
        one, two = np.clip(one, 0, count - 1), np.clip(two, 0, count - 1)
    first = np.bincount(one, weight * (1.0 - share), minlength=count)
    return np.asarray(first + np.bincount(two, weight * share, minlength=count))
