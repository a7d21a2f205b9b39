"""Draws what a robot did: walls, its way, the people at the end, near misses and contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maps.occupancy import occupancy
from maps.venue import load_venue

__all__ = ["draw"]

_PIXELS_PER_M = 10.0
_LEGEND = 60
"""Rows above the floor plan."""
_WALL, _FLOOR, _PERSON, _NEAR, _CONTACT = (
    (90, 90, 90),
    (255, 255, 255),
    (190, 190, 190),
    (0, 165, 255),
    (0, 0, 220),
)
"""Blue, green, red."""


_WAYS = ((200, 110, 20), (60, 150, 40), (160, 60, 160), (40, 90, 200), (150, 130, 0))
"""Of batch after batch."""


def draw(plan: str | Path, batches: Sequence[Mapping[str, Any]], path: Path, title: str) -> None:
    """Write a PNG, north up: each batch's way, its people at the end, near misses (orange rings), contacts (red dots).

    :param batches: `way`, shape (n, 2), once a second; `people`, shape (m, 2); `contacts` (`kind`, `x`, `y`); metres,
        frame map.
    """
    grid = occupancy(load_venue(plan))
    scale = grid.resolution_m * _PIXELS_PER_M
    walls = grid.occupied
    size = (round(walls.shape[1] * scale), round(walls.shape[0] * scale))
    image = np.full((size[1], size[0], 3), _FLOOR, np.uint8)
    image[cv2.resize(walls.astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 0] = _WALL

    def at(x: float, y: float) -> tuple[int, int]:
        return round((x - grid.origin_x) * _PIXELS_PER_M), round((y - grid.origin_y) * _PIXELS_PER_M)

    for x, y in batches[-1]["people"]:  # of one moment only: ten crowds on one floor say nothing
        cv2.circle(image, at(x, y), 3, _PERSON, -1, cv2.LINE_AA)
    for number, batch in enumerate(batches):
        way = np.array([at(*pose) for pose in batch["way"]], np.int32).reshape(-1, 1, 2)
        cv2.polylines(image, [way], False, _WAYS[number % len(_WAYS)], 1, cv2.LINE_AA)
    marks = [mark for batch in batches for mark in batch["contacts"]]
    for mark in marks:
        if mark["kind"] == "near_miss":
            cv2.circle(image, at(mark["x"], mark["y"]), 7, _NEAR, 2, cv2.LINE_AA)
        else:
            cv2.circle(image, at(mark["x"], mark["y"]), 7, _CONTACT, -1, cv2.LINE_AA)
    image = np.vstack((np.full((_LEGEND, size[0], 3), 255, np.uint8), np.ascontiguousarray(image[::-1])))
    near = sum(mark["kind"] == "near_miss" for mark in marks)
    _legend(image, f"{title}. Near misses (orange rings): {near}; contacts (red dots): {len(marks) - near}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def _legend(image: NDArray[np.uint8], text: str) -> None:
    more = "Lines: the robot's ways, a colour for each batch. Grey dots: people when the last batch ended."
    for row, line in enumerate((text, more)):
        cv2.putText(image, line, (12, 24 + 24 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
