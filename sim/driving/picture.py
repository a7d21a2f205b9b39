"""Draws what a robot did: walls, its way, the people at the end, near misses and contacts."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from sim.driving.loop import Track
from sim.world import World

__all__ = ["draw"]

_PIXELS_PER_M = 10.0
_WALL, _FLOOR, _WAY, _PERSON, _NEAR, _CONTACT = (
    (90, 90, 90),
    (255, 255, 255),
    (200, 110, 20),
    (190, 190, 190),
    (0, 165, 255),
    (0, 0, 220),
)
"""Blue, green, red."""


def draw(world: World, track: Track, path: Path, title: str) -> None:
    """Write a PNG, north up; orange dots are near misses, red ones contacts."""
    fields = world.fields
    rows, columns = fields.skip.shape
    scale = fields.resolution * _PIXELS_PER_M
    size = (round(columns * scale), round(rows * scale))
    walls = cv2.resize((fields.skip == 255).astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    image = np.full((size[1], size[0], 3), _FLOOR, np.uint8)
    image[walls > 0] = _WALL

    def at(x: float, y: float) -> tuple[int, int]:
        return round((x - fields.origin_x) * _PIXELS_PER_M), round((y - fields.origin_y) * _PIXELS_PER_M)

    for x, y in world.crowd.position[world.crowd.present]:
        cv2.circle(image, at(float(x), float(y)), 3, _PERSON, -1, cv2.LINE_AA)
    way = np.array([at(*pose) for pose in track.poses], np.int32).reshape(-1, 1, 2)
    cv2.polylines(image, [way], False, _WAY, 1, cv2.LINE_AA)
    for contact in track.contacts:
        near = contact.kind == "near_miss"
        cv2.circle(image, at(contact.x, contact.y), 5, _NEAR if near else _CONTACT, -1, cv2.LINE_AA)
    image = np.ascontiguousarray(image[::-1])
    cv2.putText(image, title, (12, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
