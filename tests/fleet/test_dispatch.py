"""Which robot does it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from fleet.dispatch import Candidate, assign
from fleet.tasks import Task, TaskKind


def make_task(name: str, requested_at: float = 0.0, only_robot: str = "") -> Task:
    return Task(id=name, kind=TaskKind.GO_TO, place=name, requested_at=requested_at, only_robot=only_robot)


def make_robot(serial: str, battery: float = 80.0) -> Candidate:
    return Candidate(serial=serial, battery=battery, node=serial)


def test_the_nearest_robot_and_why() -> None:
    away = {"guide-01": 30.0, "guide-02": 10.0}
    robots = [make_robot("guide-01"), make_robot("guide-02")]
    [choice] = assign([make_task("a")], robots, lambda node, task: away[node], 0)
    assert (choice.robot, choice.travel_s) == ("guide-02", 10.0)
    assert choice.why == "guide-02: nearest of 2 available; 10 s away, battery 80 % (next: guide-01, 30 s)"


def test_best_for_all_together() -> None:
    away = {("r1", "a"): 1.0, ("r1", "b"): 2.0, ("r2", "a"): 3.0, ("r2", "b"): 50.0}
    tasks, robots = [make_task("a"), make_task("b")], [make_robot("r1"), make_robot("r2")]
    choices = assign(tasks, robots, lambda node, task: away[node, task.id], 0)
    assert {(c.task, c.robot) for c in choices} == {("a", "r2"), ("b", "r1")}


def test_a_visitor_at_a_robot_is_led_by_that_robot() -> None:
    robots = [make_robot("r1"), make_robot("r2", battery=15)]
    [choice] = assign([make_task("a", only_robot="r2")], robots, lambda node, task: 5.0 if node == "r2" else 0.0, 0)
    assert choice.robot == "r2"


def test_a_low_battery_takes_nothing() -> None:
    assert assign([make_task("a")], [make_robot("r1", battery=19)], lambda node, task: 1.0, 0) == []


def test_the_oldest_goes_first_when_robots_are_few() -> None:
    tasks = [make_task("new", requested_at=90.0), make_task("old", requested_at=0.0)]
    [choice] = assign(tasks, [make_robot("r")], lambda node, task: 5.0 if task.id == "new" else 40.0, 100.0)
    assert choice.task == "old"


def test_what_cannot_be_reached_is_left_waiting() -> None:
    assert assign([make_task("a")], [make_robot("r1")], lambda node, task: math.inf, 0) == []


@given(st.integers(0, 6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_nobody_twice(tasks: int, robots: int, random: object) -> None:
    jobs = [make_task(f"t{i}") for i in range(tasks)]
    choices = assign(jobs, [make_robot(f"r{i}") for i in range(robots)], lambda n, t: hash((n, t.id)) % 100, 0)
    assert len(choices) == min(tasks, robots)
    assert len({c.robot for c in choices}) == len({c.task for c in choices}) == len(choices)
