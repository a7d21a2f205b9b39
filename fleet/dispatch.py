"""Which robot does it: waiting tasks x available robots, least travel time, nobody forgotten.

Optimal assignment by `scipy.optimize.linear_sum_assignment` (modified Jonker-Volgenant; Crouse 2016). The cost of
a pair is the robot's travel time to where the task begins, minus `FAIRNESS` seconds for each second the task has
waited: with too few robots the oldest and nearest go first, and no task waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from fleet.tasks import Task

FAIRNESS = 1.0
MIN_BATTERY = 20.0
"""Percent below which a robot only charges."""
OWN_VISITOR_MIN_BATTERY = 10.0
"""Percent down to which it still leads a visitor who stands with it."""
_IMPOSSIBLE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A robot that could take a task now."""

    serial: str
    battery: float
    node: str
    """Lane node it starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    task: str
    robot: str
    travel_s: float
    why: str


def suits(task: Task, robot: Candidate) -> bool:
    """Whether `robot` may do `task`: a visitor at a robot is led by that one; a low battery goes to charge."""
    if task.only_robot:
        return robot.serial == task.only_robot and robot.battery >= OWN_VISITOR_MIN_BATTERY
    return robot.battery >= MIN_BATTERY


def assign(
    tasks: Sequence[Task],
    robots: Sequence[Candidate],
    travel_s: Callable[[str, Task], float],
    now: float,
) -> list[Assignment]:
    """The best pairs.

    :param travel_s: (lane node, task) -> driving seconds to where the task begins; inf if there is no way.
    """
    if not tasks or not robots:
        return []
    travel = np.array([[travel_s(r.node, t) if suits(t, r) else np.inf for r in robots] for t in tasks])
    waited = np.array([[max(now - t.requested_at, 0.0)] for t in tasks])
    cost = np.where(np.isfinite(travel), travel - FAIRNESS * waited, _IMPOSSIBLE)
    rows, columns = linear_sum_assignment(cost)
    return [
        Assignment(
            task=tasks[row].id,
            robot=robots[column].serial,
            travel_s=float(travel[row, column]),
            why=_why(tasks[row], robots, travel[row], int(column)),
        )
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if np.isfinite(travel[row, column])
    ]


def _why(task: Task, robots: Sequence[Candidate], travel: np.ndarray, column: int) -> str:
    chosen = robots[column]
    away = f"{travel[column]:.0f} s away, battery {chosen.battery:.0f} %"
    if task.only_robot:
        return f"{chosen.serial}: the task is for this robot; {away}"
    others = sorted((s, r.serial) for s, r in zip(travel, robots, strict=True) if np.isfinite(s) and r is not chosen)
    if not others:
        return f"{chosen.serial}: the only robot available; {away}"
    nearest_s, nearest = others[0]
    better = "nearest" if travel[column] <= nearest_s else "best for all waiting tasks together"
    return f"{chosen.serial}: {better} of {len(others) + 1} available; {away} (next: {nearest}, {nearest_s:.0f} s)"
