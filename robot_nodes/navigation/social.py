"""Who walks where, and who goes first where there is no room for two."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.path import Path
from robot_nodes.navigation.settings import Body, Manners

NOBODY: Points = np.empty((0, 4))
LOOK_M = 8.0
"""Who is farther away does not matter yet."""
_BEHIND_RAD = 1.9
_STALE_S = 0.6
_FASTEST_MPS = 4.0
_STEP_M = 0.3


class Walker(Protocol):
    """What is needed of `seeing.people.Person`."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def vx(self) -> float: ...
    @property
    def vy(self) -> float: ...
    @property
    def unseen_s(self) -> float: ...


def people_array(people: Iterable[Walker], since_s: float) -> Points:
    """Tracks carried on by `since_s` seconds: shape (n, 4), x, y, vx, vy; those long unseen are left out."""
    rows = [(it.x + it.vx * since_s, it.y + it.vy * since_s, it.vx, it.vy) for it in people if it.unseen_s < _STALE_S]
    return np.array(rows, np.float64).reshape(-1, 4)


def usable(people: Points) -> Points:
    """The rows that are numbers and move as people can; nothing of another shape."""
    found = np.asarray(people, np.float64)
    if found.ndim != 2 or found.shape[1] < 4 or not len(found):
        return NOBODY
    found = found[:, :4]
    found = found[np.isfinite(found).all(axis=1)]
    return np.ascontiguousarray(found[np.hypot(found[:, 2], found[:, 3]) < _FASTEST_MPS])


def walking(people: Points, manners: Manners) -> Points:
    """Those who do; the scan says where the others are."""
    return people[np.hypot(people[:, 2], people[:, 3]) > manners.walking_mps]


def movers_near(people: Points, pose: Pose2D, manners: Manners) -> Points:
    """Who walks near the robot: shape (m, 5), x, y, vx, vy, and 1 where their zone counts.

    Whoever is behind does not count: the visitor who follows, and others who keep behind by themselves.
    """
    people = walking(people, manners)
    dx, dy = people[:, 0] - pose.x, people[:, 1] - pose.y
    near = np.hypot(dx, dy) < LOOK_M
    bearing = np.arctan2(dy, dx) - pose.yaw
    front = np.abs((bearing + np.pi) % (2.0 * np.pi) - np.pi) < _BEHIND_RAD
    return np.ascontiguousarray(np.column_stack((people, front.astype(np.float64)))[near])


def give_way_at(path: Path, along: float, movers: Points, field: ClearanceField, manners: Manners, body: Body) -> float:
    """Metres along the path to where the robot waits for somebody to come out of a narrow place; infinite: nowhere.

    Only before a narrow place: inside it the robot goes on, since it cannot turn back without reversing.
    """
    if not len(movers):
        return math.inf
    to = min(along + LOOK_M, path.length)
    at = np.arange(along, to, _STEP_M)
    if len(at) < 2:
        return math.inf
    index = np.minimum(np.searchsorted(path.along, at), len(path.along) - 1)
    points, yaw = path.points[index], path.yaw[index]
    coming = _coming(points, yaw, at, movers)
    if not len(coming):
        return math.inf
    narrow = np.array(
        [
            _widest(field, float(points[k, 0]), float(points[k, 1]), float(yaw[k])) < 0.5 * manners.passing_m
            for k in range(len(at))
        ]
    )
    if narrow[0] or not narrow.any():
        return math.inf
    begin = int(np.argmax(narrow))
    wide_again = np.flatnonzero(~narrow[begin:])
    end = at[begin + int(wide_again[0])] if len(wide_again) else at[-1]
    if not np.any((coming > at[begin] - body.reach) & (coming < end + 2.0)):
        return math.inf
    return max(along, float(at[begin]) - 2.0 * body.reach)


def _coming(points: Points, yaw: NDArray[np.float64], at: NDArray[np.float64], movers: Points) -> NDArray[np.float64]:
    """Where along the path those are who come the other way, near the path."""
    away = np.hypot(points[:, None, 0] - movers[None, :, 0], points[:, None, 1] - movers[None, :, 1])
    foot = np.argmin(away, axis=0)
    against = movers[:, 2] * np.cos(yaw[foot]) + movers[:, 3] * np.sin(yaw[foot])
    near = away[foot, np.arange(len(movers))] < 1.2
    return np.asarray(at[foot][near & (against < -_half_speed(movers))])


def _half_speed(movers: Points) -> NDArray[np.float64]:
    """Half of somebody's speed: less of it along the path is crossing it."""
    return np.asarray(0.5 * np.hypot(movers[:, 2], movers[:, 3]))


def _widest(field: ClearanceField, x: float, y: float, yaw: float) -> float:
    """The most clearance of a wall within a metre to either side of a point of the path."""
    found = 0.0
    for aside in (0.0, -0.5, 0.5, -1.0, 1.0):
        found = max(found, field.at(x - aside * math.sin(yaw), y + aside * math.cos(yaw)))
        if found > 1.0:
            break
    return found
