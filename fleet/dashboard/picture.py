"""What the viewers see, read from the manager once per tick however many viewers there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fleet.tasks import Task, TaskRequest
from maps.venue import Venue

Json = Mapping[str, Any]
SECTIONS = ("robots", "tasks", "sites", "kiosks", "alerts")
LOST = frozenset({"offline", "broken", "stale", "unknown"})
OPEN = frozenset({"queued", "assigned", "active"})


class FleetView(Protocol):
    """The part of `fleet.manager.Manager` the pages use."""

    @property
    def venue(self) -> Venue: ...
    def robots_json(self) -> Sequence[Json]: ...
    def tasks_json(self) -> Sequence[Json]: ...
    def sites_json(self) -> Sequence[Json]: ...
    def kiosks_json(self) -> Sequence[Json]: ...
    def alerts_json(self) -> Sequence[Json]: ...
    async def submit(self, request: TaskRequest) -> Task: ...
    async def cancel(self, task_id: str) -> Any: ...


@dataclass(slots=True)
class Picture:
    """The latest lists, at most `fresh_s` old, with a number that grows whenever one of them changes."""

    fleet: FleetView
    now: Callable[[], float]
    fresh_s: float = 0.15
    lists: dict[str, list[Json]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    changes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SECTIONS, 0))
    _read_at: float = float("-inf")

    def refresh(self) -> None:
        """Read the manager, unless another viewer has just done so."""
        now = self.now()
        if now - self._read_at < self.fresh_s:
            return
        self._read_at = now
        fresh: dict[str, list[Json]] = {
            "robots": [steady(robot) for robot in self.fleet.robots_json()],
            "tasks": list(self.fleet.tasks_json()),
            "sites": [cells_listed(site) for site in self.fleet.sites_json()],
            "kiosks": [identified(kiosk, "kiosk_id") for kiosk in self.fleet.kiosks_json()],
            "alerts": [steady_alert(alert) for alert in self.fleet.alerts_json() if not alert.get("resolved")],
        }
        for section, items in fresh.items():
            if items != self.lists[section]:
                self.lists[section] = items
                self.changes[section] += 1

    def since(self, seen: dict[str, int]) -> dict[str, list[Json]]:
        """The lists that changed after `seen`; brings `seen` up to date."""
        changed = {s: self.lists[s] for s in SECTIONS if seen.get(s) != self.changes[s]}
        seen.update(self.changes)
        return changed

    def counts(self) -> Counts:
        """The numbers in the page's header."""
        robots, sites = self.lists["robots"], self.lists["sites"]
        return Counts(
            robots=len(robots),
            robots_online=sum(robot.get("link") not in LOST for robot in robots),
            tasks=sum(task.get("state") in OPEN for task in self.lists["tasks"]),
            sites=len(sites),
            sites_online=sum(site.get("status") == "online" for site in sites),
            alerts=len(self.lists["alerts"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    robots: int
    robots_online: int
    tasks: int
    sites: int
    sites_online: int
    alerts: int


def steady(robot: Json) -> dict[str, Any]:
    """A robot's JSON without what changes every tick and nobody can see: the age is whole seconds."""
    copy = dict(robot)
    if isinstance(copy.get("seen_s"), int | float):
        copy["seen_s"] = int(copy["seen_s"]) if robot.get("link") in LOST else 0
    for key, digits in (("x", 3), ("y", 3), ("yaw", 3), ("battery", 0), ("rsrp_dbm", 0)):
        if isinstance(copy.get(key), float):
            copy[key] = round(copy[key], digits)
    return copy


def cells_listed(site: Json) -> dict[str, Any]:
    """A site's JSON with `cells` as a list of objects, whichever of its usual forms it came in."""
    copy = identified(site, "site_id")
    cells = copy.get("cells") or []
    if isinstance(cells, Mapping):
        cells = [{"nci": nci, **dict(cell)} for nci, cell in cells.items()]
    copy["cells"] = [dict(cell) if isinstance(cell, Mapping) else {"nci": cell} for cell in cells]
    return copy


def steady_alert(alert: Json) -> dict[str, Any]:
    """An alert's JSON without its growing age: the page shows since when."""
    return {key: value for key, value in alert.items() if key != "age_s"}


def identified(thing: Json, other_key: str) -> dict[str, Any]:
    """A copy that has its id under `id`."""
    return {"id": thing.get(other_key, ""), **thing}
