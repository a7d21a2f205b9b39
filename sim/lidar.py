"""A 360-beam lidar: walls through the skip field, people and robots as circles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class LidarSpec:
    """A mid-range safety-class scanner at leg height, at the robot's centre."""

    beams: int = 360
    range_min_m: float = 0.1
    range_max_m: float = 25.0
    sigma_m: float = 0.01
    angle_min: float = -math.pi

    @property
    def angle_increment(self) -> float:
        return 2.0 * math.pi / self.beams

    @property
    def angle_max(self) -> float:
        """Of the last beam, so that angle_max - angle_min = (beams - 1) * angle_increment."""
        return self.angle_min + (self.beams - 1) * self.angle_increment


def scan(
    fields: Fields,
    pose: tuple[float, float, float],
    circles: NDArray[np.float64],
    spec: LidarSpec,
    noise: NDArray[np.float32],
) -> NDArray[np.float32]:
    """One turn of the scanner.

    :param pose: x, y, yaw of the scanner in frame map.
    :param circles: shape (n, 3): x, y, radius of bodies in frame map, the scanner's own not among them.
    :param noise: shape (beams,), standard normal.
    :returns: shape (beams,), metres, beam k at angle_min + k * angle_increment; inf where nothing is in range
        (REP-117).
    """
    ranges = np.empty(spec.beams, np.float32)
    _scan(
        fields.skip,
        fields.origin_x,
        fields.origin_y,
        fields.resolution,
        pose[0],
        pose[1],
        pose[2] + spec.angle_min,
        circles,
        spec.range_min_m,
        spec.range_max_m,
        spec.sigma_m,
        noise,
        ranges,
    )
    return ranges


@njit(cache=True)
def _scan(
    skip: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    x: float,
    y: float,
    first: float,
    circles: Any,
    nearest: float,
    farthest: float,
    sigma: float,
    noise: Any,
    ranges: Any,
) -> None:
    beams = ranges.shape[0]
    increment = 2.0 * math.pi / beams
    u, v = (x - origin_x) / resolution, (y - origin_y) / resolution
    for k in range(beams):
        angle = first + k * increment
        ranges[k] = cast(skip, u, v, math.cos(angle), math.sin(angle), farthest / resolution) * resolution
    for i in range(circles.shape[0]):
        _stamp_circle(ranges, circles[i, 0] - x, circles[i, 1] - y, circles[i, 2], first, increment, farthest)
    for k in range(beams):
        value = ranges[k]
        if value >= farthest:
            ranges[k] = np.inf
        else:
            ranges[k] = min(farthest, max(nearest, value + sigma * noise[k]))


@njit(cache=True)
def cast(skip: Any, u: float, v: float, du: float, dv: float, farthest: float) -> float:
    """Distance in cells from (u, v) along (du, dv) to where the first wall cell is entered, exact to 1e-6."""
    rows, columns = skip.shape
    along = 0.0
    while along < farthest:
        pu, pv = u + along * du, v + along * dv
        c, r = math.floor(pu), math.floor(pv)
        if c < 0 or r < 0 or c >= columns or r >= rows:
            return along
        jump = skip[r, c]
        if jump == 255:
            return along
        if jump > 0:
            along += jump
            continue
        step_u = ((c + 1 - pu) / du) if du > 1e-12 else ((c - pu) / du if du < -1e-12 else 1e18)
        step_v = ((r + 1 - pv) / dv) if dv > 1e-12 else ((r - pv) / dv if dv < -1e-12 else 1e18)
        along += min(step_u, step_v) + 1e-6
    return farthest


@njit(cache=True)
def _stamp_circle(
    ranges: Any, dx: float, dy: float, radius: float, first: float, increment: float, farthest: float
) -> None:
    """Shorten the beams that meet the circle."""
    distance = math.hypot(dx, dy)
    if distance - radius >= farthest or distance <= radius:
        return
    half = math.asin(radius / distance)
    centre = math.atan2(dy, dx) - first
    low, high = math.ceil((centre - half) / increment), math.floor((centre + half) / increment)
    beams = ranges.shape[0]
    for k in range(int(low), int(high) + 1):
        offset = centre - k * increment
        across = distance * math.sin(offset)
        inside = radius * radius - across * across
        if inside > 0.0:
            hit = distance * math.cos(offset) - math.sqrt(inside)
            if hit < ranges[k % beams]:
                ranges[k % beams] = hit
