"""A manager for tests of the pages: the contract's methods over plain lists; run as a program it serves the page."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

import uvicorn
from fastapi import FastAPI

from fleet.dashboard import mount
from fleet.errors import NotFound, Rejected
from fleet.tasks import Task, TaskKind, TaskRequest
from maps.venue import load_venue


class StandIn:
    """Two robots: guide-01 drives up and down a lane; guide-02's link is what `link` says."""

    def __init__(self, venue: str = "hall") -> None:
        self.venue = load_venue(venue)
        self.tasks: dict[str, Task] = {}
        self.link = "online"

    def robots_json(self) -> list[dict[str, Any]]:
        x = 30.0 + 10.0 * math.sin(time.monotonic())
        robot = {
            "battery": 81.0,
            "charging": False,
            "errors": [],
            "task": None,
            "place": None,
            "path": [],
            "seen_s": 3.0,
        }
        first = {
            "serial": "guide-01",
            "link": "online",
            "x": x,
            "y": 19.0,
            "yaw": 0.0,
            "state": "driving",
            "seen_s": 0.1,
        }
        second = {
            "serial": "guide-02",
            "link": self.link,
            "x": 9.0,
            "y": 9.0,
            "yaw": 1.0,
            "state": "idle",
            "seen_s": 3.0,
        }
        return [{**robot, **first, "seen_s": 0.1}, {**robot, **second, "seen_s": 3.0}]

    def tasks_json(self) -> list[dict[str, Any]]:
        return [{**task.to_dict(), "place_names": {}} for task in self.tasks.values()]

    def sites_json(self) -> list[dict[str, Any]]:
        cell = {"nci": 17, "users": 12, "throughput_mbps": 310.0, "prb_used": 0.4, "latency_ms": 9.0}
        return [{"id": "site-01", "names": {}, "status": "online", "cells": [cell]}]

    def kiosks_json(self) -> list[dict[str, Any]]:
        return []

    def alerts_json(self) -> list[dict[str, Any]]:
        return []

    async def submit(self, request: TaskRequest) -> Task:
        if request.robot == "guide-02":
            raise Rejected("guide-02 does not answer", "choose another robot")
        task = Task(
            id=f"task-{len(self.tasks) + 1}", kind=TaskKind(request.kind), place=request.place, requested_at=time.time()
        )
        self.tasks[task.id] = task
        return task

    async def cancel(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise NotFound(f"no task {task_id}")
        self.tasks[task_id] = self.tasks[task_id].cancelled("by staff", time.time())
        return self.tasks[task_id]


def main() -> None:
    manager = StandIn()
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/link/{state}")
    def link(state: str) -> None:
        manager.link = state

    mount(app, manager)
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
