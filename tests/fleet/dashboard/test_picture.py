"""What viewers see, and that they are told only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fleet.dashboard.picture import SECTIONS, Picture, cells_listed, steady, steady_alert
from fleet.tasks import Task, TaskRequest
from maps.venue import Venue, load_venue


class Fleet:
    """A fleet of lists."""

    def __init__(self) -> None:
        self.robots: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.sites: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self.reads = 0

    @property
    def venue(self) -> Venue:
        return load_venue("hall")

    def robots_json(self) -> Sequence[dict[str, Any]]:
        self.reads += 1
        return self.robots

    def tasks_json(self) -> Sequence[dict[str, Any]]:
        return self.tasks

    def sites_json(self) -> Sequence[dict[str, Any]]:
        return self.sites

    def kiosks_json(self) -> Sequence[dict[str, Any]]:
        return [{"kiosk_id": "kiosk-01", "status": "online"}]

    def alerts_json(self) -> Sequence[dict[str, Any]]:
        return self.alerts

    async def submit(self, request: TaskRequest) -> Task:
        raise AssertionError(request)

    async def cancel(self, task_id: str) -> Task:
        raise AssertionError(task_id)


class Clock:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def picture(fleet: Fleet, clock: Clock) -> Picture:
    return Picture(fleet, clock)


def test_many_viewers_read_the_manager_once_a_tick(picture: Picture, fleet: Fleet, clock: Clock) -> None:
    for _ in range(10):
        picture.refresh()
    assert fleet.reads == 1
    clock.s += 0.2
    picture.refresh()
    assert fleet.reads == 2


def test_a_new_viewer_is_told_everything_and_then_only_changes(picture: Picture, fleet: Fleet, clock: Clock) -> None:
    seen: dict[str, int] = {}
    picture.refresh()
    assert set(picture.since(seen)) == set(SECTIONS)
    assert picture.since(seen) == {}
    clock.s += 1
    fleet.robots = [{"serial": "guide-01", "link": "online", "x": 1.0, "y": 2.0}]
    picture.refresh()
    assert list(picture.since(seen)) == ["robots"]
    assert picture.since(seen) == {}


def test_the_age_of_a_healthy_robot_is_no_change(picture: Picture, fleet: Fleet, clock: Clock) -> None:
    seen: dict[str, int] = {}
    for age in (0.1, 0.3, 0.9):
        fleet.robots = [{"serial": "guide-01", "link": "online", "seen_s": age}]
        clock.s += 1
        picture.refresh()
        picture.since(seen)
    assert picture.changes["robots"] == 1


@pytest.mark.parametrize("link", ["broken", "stale", "offline"])
def test_a_lost_link_is_a_change_at_the_next_tick(picture: Picture, fleet: Fleet, clock: Clock, link: str) -> None:
    seen: dict[str, int] = {}
    fleet.robots = [{"serial": "guide-01", "link": "online"}]
    picture.refresh()
    picture.since(seen)
    fleet.robots = [{"serial": "guide-01", "link": link, "seen_s": 2.1}]
    clock.s += 0.2
    picture.refresh()
    assert picture.since(seen)["robots"][0]["link"] == link
    assert picture.counts().robots_online == 0


def test_counts(picture: Picture, fleet: Fleet) -> None:
    fleet.robots = [{"serial": "a", "link": "online"}, {"serial": "b", "link": "broken"}]
    fleet.tasks = [{"id": "1", "state": "queued"}, {"id": "2", "state": "active"}, {"id": "3", "state": "finished"}]
    fleet.sites = [{"id": "site-01", "status": "online"}, {"id": "site-02", "status": "unknown"}]
    fleet.alerts = [{"id": 1, "age_s": 3.0}, {"id": 2, "resolved": True}]
    picture.refresh()
    counts = picture.counts()
    assert (counts.robots, counts.robots_online, counts.tasks) == (2, 1, 2)
    assert (counts.sites, counts.sites_online, counts.alerts) == (2, 1, 1)
    assert picture.lists["kiosks"][0]["id"] == "kiosk-01"


def test_positions_are_sent_to_the_millimetre() -> None:
    robot = {"serial": "a", "link": "online", "x": 1.23456, "battery": 81.7, "seen_s": 0.7}
    assert steady(robot) == {"serial": "a", "link": "online", "x": 1.235, "battery": 82.0, "seen_s": 0}
    assert robot["x"] == 1.23456


def test_cells_come_as_a_list_whatever_they_were() -> None:
    assert cells_listed({"site_id": "s", "cells": {7: {"users": 1}}})["cells"] == [{"nci": 7, "users": 1}]
    assert cells_listed({"id": "s", "cells": [7]})["cells"] == [{"nci": 7}]
    assert cells_listed({"id": "s"})["cells"] == []


def test_an_alert_does_not_change_by_growing_old() -> None:
    assert steady_alert({"id": 1, "age_s": 1.0}) == steady_alert({"id": 1, "age_s": 9.0})
