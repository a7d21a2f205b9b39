"""Footprints: what stops a robot, and how often. An episode lasts until the bodies are clearly apart again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.fields import Fields
from sim.robots.diff_drive import Drives

PERSON_RADIUS_M = 0.25
APART_M = 0.10
"""A contact is over when the gap has grown to this."""
NEAR_M = 0.15
NEAR_OVER_M = 0.30
NEAR_SPEED = 0.1
"""Near miss: surface to surface under NEAR_M while the robot moves faster than this, m/s."""

_WALL, _ROBOT, _PERSON, _NEAR = 0, 1, 2, 3
_KINDS: tuple[Literal["wall", "robot", "person", "near_miss"], ...] = ("wall", "robot", "person", "near_miss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One episode, when it began."""

    kind: Literal["wall", "robot", "person", "near_miss"]
    robot: int
    other: int
    """Index of the other robot or the person; -1 for a wall."""
    x: float
    y: float
    time_s: float


@dataclass(slots=True)
class Contacts:
    """Which episodes are under way, for n robots and m people."""

    walls: NDArray[np.bool_]
    robots: NDArray[np.bool_]
    people: NDArray[np.bool_]
    near: NDArray[np.bool_]
    found: NDArray[np.int64]
    collisions: int = 0
    near_misses: int = 0
    log: list[Contact] = field(default_factory=list)

    @classmethod
    def between(cls, robots: int, people: int) -> Contacts:
        return cls(
            walls=np.zeros(robots, np.bool_),
            robots=np.zeros((robots, robots), np.bool_),
            people=np.zeros((robots, people), np.bool_),
            near=np.zeros((robots, people), np.bool_),
            found=np.zeros((256, 3), np.int64),
        )

    def settle(
        self,
        fields: Fields,
        drives: Drives,
        proposed: NDArray[np.float64],
        people: NDArray[np.float64],
        radius: float,
        time_s: float,
    ) -> None:
        """Move each drive to its proposed pose unless a body is in the way; then it stops where it was.

        :param proposed: shape (n, 3), frame map.
        :param people: shape (m, 2); nan for who is not there.
        """
        count = _settle(
            fields.skip,
            fields.origin_x,
            fields.origin_y,
            fields.resolution,
            drives.x,
            drives.y,
            drives.yaw,
            drives.v,
            proposed,
            people,
            radius,
            self.walls,
            self.robots,
            self.people,
            self.near,
            self.found,
        )
        for kind, robot, other in self.found[:count].tolist():
            self._note(kind, robot, other, drives, time_s)

    def _note(self, kind: int, robot: int, other: int, drives: Drives, time_s: float) -> None:
        if kind == _NEAR:
            self.near_misses += 1
        else:
            self.collisions += 1
        x, y = float(drives.x[robot]), float(drives.y[robot])
        self.log.append(Contact(kind=_KINDS[kind], robot=robot, other=other, x=x, y=y, time_s=time_s))


@njit(cache=True)
def wall_gap(
    skip: Any, origin_x: float, origin_y: float, resolution: float, x: float, y: float, radius: float
) -> float:
    """Gap between a disc and the nearest wall cell, metres; exact where under 0.2, negative inside."""
    rows, columns = skip.shape
    column, row = math.floor((x - origin_x) / resolution), math.floor((y - origin_y) / resolution)
    if not (0 <= row < rows and 0 <= column < columns):
        return -radius
    reach = int((radius + 0.2) / resolution) + 1
    near = skip[row, column]
    if near != 255 and near > reach:
        return 0.2
    best = (radius + 0.2) ** 2
    for r in range(row - reach, row + reach + 1):
        for c in range(column - reach, column + reach + 1):
            inside = 0 <= r < rows and 0 <= c < columns
            if inside and skip[r, c] != 255:
                continue
            left, low = origin_x + c * resolution, origin_y + r * resolution
            dx = max(left - x, 0.0, x - left - resolution)
            dy = max(low - y, 0.0, y - low - resolution)
            best = min(best, dx * dx + dy * dy)
    return math.sqrt(best) - radius


@njit(cache=True)
def _settle(
    skip: Any,
    origin_x: float,
    origin_y: float,
    resolution: float,
    x: Any,
    y: Any,
    yaw: Any,
    v: Any,
    proposed: Any,
    people: Any,
    radius: float,
    walls_on: Any,
    robots_on: Any,
    people_on: Any,
    near_on: Any,
    found: Any,
) -> int:
    count = 0
    for i in range(x.shape[0]):
        nx, ny = proposed[i, 0], proposed[i, 1]
        moves = nx != x[i] or ny != y[i]
        blocked = False
        gap = wall_gap(skip, origin_x, origin_y, resolution, nx, ny, radius) if moves or walls_on[i] else 1.0
        if moves and gap < 0.0 and gap < wall_gap(skip, origin_x, origin_y, resolution, x[i], y[i], radius):
            blocked = True
            if not walls_on[i]:
                walls_on[i] = True
                count = _found(found, count, _WALL, i, -1)
        elif gap > APART_M:
            walls_on[i] = False
        hit, count = _robots(i, x, y, nx, ny, radius, robots_on, found, count)
        blocked = blocked or hit
        hit, count = _people(i, x[i], y[i], nx, ny, v[i], people, radius, people_on, near_on, found, count)
        blocked = blocked or hit
        yaw[i] = proposed[i, 2]
        if blocked:
            v[i] = 0.0
        else:
            x[i], y[i] = nx, ny
    return count


@njit(cache=True)
def _robots(
    i: int, x: Any, y: Any, nx: float, ny: float, radius: float, robots_on: Any, found: Any, count: int
) -> tuple[bool, int]:
    """Whether robot i, moving to (nx, ny), would go on into another; and the contacts found so far."""
    blocked = False
    moves = nx != x[i] or ny != y[i]
    for j in range(x.shape[0]):
        if j == i:
            continue
        apart = math.hypot(nx - x[j], ny - y[j]) - 2.0 * radius
        if apart < 0.0 and moves and apart < math.hypot(x[i] - x[j], y[i] - y[j]) - 2.0 * radius:
            blocked = True
            if not robots_on[i, j]:
                robots_on[i, j] = robots_on[j, i] = True
                count = _found(found, count, _ROBOT, i, j)
        elif apart > APART_M:
            robots_on[i, j] = robots_on[j, i] = False
    return blocked, count


@njit(cache=True)
def _people(
    i: int,
    x: float,
    y: float,
    nx: float,
    ny: float,
    speed: float,
    people: Any,
    radius: float,
    people_on: Any,
    near_on: Any,
    found: Any,
    count: int,
) -> tuple[bool, int]:
    """Whether robot i, moving from (x, y) to (nx, ny), would go on into somebody; and the contacts found so far."""
    blocked = False
    moves = nx != x or ny != y
    for k in range(people.shape[0]):
        apart = math.hypot(nx - people[k, 0], ny - people[k, 1]) - radius - PERSON_RADIUS_M
        if not apart < 1.0:  # far, or nobody
            people_on[i, k] = near_on[i, k] = False
            continue
        before = math.hypot(x - people[k, 0], y - people[k, 1]) - radius - PERSON_RADIUS_M
        if apart < 0.0 and moves and apart < before:
            blocked = True
            if not people_on[i, k]:
                people_on[i, k] = True
                count = _found(found, count, _PERSON, i, k)
        elif apart > APART_M:
            people_on[i, k] = False
        if apart < NEAR_M and abs(speed) > NEAR_SPEED:
            if not near_on[i, k]:
                near_on[i, k] = True
                count = _found(found, count, _NEAR, i, k)
        elif apart > NEAR_OVER_M:
            near_on[i, k] = False
    return blocked, count


@njit(cache=True)
def _found(found: Any, count: int, kind: int, robot: int, other: int) -> int:
    if count < found.shape[0]:
        found[count, 0], found[count, 1], found[count, 2] = kind, robot, other
        return count + 1
    return count
