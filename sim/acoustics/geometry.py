"""Where microphones and talkers stand. Angles are counter-clockwise from +x, the robot's forward; metres throughout."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape (n, 3): x, y, z."""

RING_RADIUS = 0.046
RING_MICROPHONES = 6
ARRAY_HEIGHT = 1.2
MOUTH_HEIGHT = 1.6
SPEED_OF_SOUND = 343.0


def ring(count: int = RING_MICROPHONES, radius: float = RING_RADIUS) -> Points:
    """A level ring of microphones about the origin: the first at +x, the others counter-clockwise."""
    angles = 2.0 * np.pi * np.arange(count) / count
    return np.stack([radius * np.cos(angles), radius * np.sin(angles), np.zeros(count)], axis=1)


def towards(centre: Points, azimuth: float, distance: float, height: float) -> Points:
    """The point at `distance` along the floor from `centre`, shape (3,), in direction `azimuth` and at `height`."""
    return np.array([centre[0] + distance * math.cos(azimuth), centre[1] + distance * math.sin(azimuth), height])


def wrapped(degrees: float) -> float:
    """The same direction in (-180, 180]."""
    return 180.0 - (180.0 - degrees) % 360.0


def apart(first: float, second: float) -> float:
    """How far two directions differ, degrees in [0, 180]."""
    return abs(wrapped(first - second))
