"""The one in-memory picture of the venue, and what deciding on it produces.

`Picture` is what the fleet knows; `Outcome` collects what a decision wants done: rows to make durable first,
then messages to send. Nothing here does I/O.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fleet.alerts import Alerts, Condition
from fleet.conflicts import Conflicts, find_conflicts
from fleet.network import Network
from fleet.orders import Router
from fleet.protocol.clock import utc_timestamp
from fleet.protocol.vda5050 import InstantActions, Order
from fleet.protocol.venue import KioskStatus, Notice, NoticeKind
from fleet.tasks import Source, Task, TaskState
from fleet.traffic import Traffic
from fleet.vehicles import Vehicle
from maps.lanes import NoRoute, Route
from maps.venue import Venue

CROWDED_S = 4.0
"""What a node held by another robot costs a route that might go around."""
EVENTS_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the journal. `at` is Unix time."""

    at: float
    kind: str
    text: str
    robot: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedOrder:
    """An order as it must be known after a restart."""

    order_id: str
    task_id: str
    robot: str
    update_id: int
    released: int
    itinerary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToVehicle:
    """An order or instant actions for a robot, header still empty."""

    serial: str
    message: Order | InstantActions


@dataclass(frozen=True, slots=True)
class ToAsker:
    """A notice for the robot or kiosk that asked."""

    source: Source
    asker: str
    notice: Notice


@dataclass(slots=True)
class Outcome:
    """What a decision wants done, in this order: make durable, then send."""

    tasks: dict[str, Task] = field(default_factory=dict)
    orders: dict[str, SavedOrder] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    messages: list[ToVehicle | ToAsker] = field(default_factory=list)

    @property
    def durable(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.tasks or self.orders or self.events)


@dataclass(slots=True)
class Picture:
    """Everything the fleet knows. Times are the manager's clock: Unix seconds that never run back."""

    venue: Venue
    new_id: Callable[[], str]
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    by_request: dict[str, str] = field(default_factory=dict)
    """request_id -> task id: the same request twice is one task."""
    refused: dict[str, Notice] = field(default_factory=dict)
    """request_id -> the answer already given to a request that was not taken."""
    saved_orders: dict[str, SavedOrder] = field(default_factory=dict)
    """Orders of before a restart that robots may still be driving."""
    kiosks: dict[str, KioskStatus] = field(default_factory=dict)
    alerts: Alerts = field(default_factory=Alerts)
    calls: list[Condition] = field(default_factory=list)
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    counts: Counter[str] = field(default_factory=Counter)
    notices: dict[str, str] = field(default_factory=dict)
    """task id -> kind of the last notice about it."""
    rerouted_at: dict[str, float] = field(default_factory=dict)
    stuck_since: dict[tuple[str, ...], float] = field(default_factory=dict)
    counted_rings: set[tuple[str, ...]] = field(default_factory=set)
    """Deadlocks of now that are in `traffic.deadlocks` already."""
    charge_after: dict[str, float] = field(default_factory=dict)
    """Robot -> earliest time of the next try to charge or go home."""
    shut: dict[str, float] = field(default_factory=dict)
    """Lane that a robot found blocked -> until when others go round it."""
    traffic: Traffic = field(init=False)
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        self.traffic = Traffic(conflicts_of(self.venue))
        self.network = Network(self.venue)

    def vehicle(self, serial: str, manufacturer: str = "fairguide") -> Vehicle:
        """The vehicle of this serial, made on first hearing."""
        if serial not in self.vehicles:
            self.vehicles[serial] = Vehicle(serial, self.venue, manufacturer)
        return self.vehicles[serial]

    def task_of(self, serial: str) -> Task | None:
        """What a robot is doing or about to do."""
        return next((t for t in self.open_tasks() if t.robot == serial), None)

    def open_tasks(self) -> list[Task]:
        """Oldest first."""
        return sorted((t for t in self.tasks.values() if t.open), key=lambda t: (t.requested_at, t.id))

    def node_of(self, place: str) -> str:
        """Lane node where a robot stops for a place."""
        return self.venue.stations[self.venue.place(place).station].node

    def router(self, serial: str, closed: frozenset[str] = frozenset()) -> Router:
        """Routes that shun nodes other robots hold, go round what was found blocked where there is a way, and never use
        what is closed."""
        crowding = self.traffic.crowding(serial, CROWDED_S)

        def route(start: str, goal: str) -> Route:
            with suppress(NoRoute):
                return self.venue.lanes.route(start, goal, closed=closed | self.shut.keys(), extra_cost_s=crowding)
            return self.venue.lanes.route(start, goal, closed=closed, extra_cost_s=crowding)

        return route

    def put(self, task: Task, outcome: Outcome) -> Task:
        """Take over a new form of a task; it will be durable before anything is sent."""
        self.tasks[task.id] = task
        if task.request_id:
            self.by_request[task.request_id] = task.id
        outcome.tasks[task.id] = task
        if task.state is TaskState.FINISHED or task.state is TaskState.FAILED or task.state is TaskState.CANCELLED:
            self.counts[f"tasks_{task.state}"] += 1
        return task

    def log(self, outcome: Outcome, now: float, kind: str, text: str, robot: str = "", task: str = "") -> None:
        """Write a line into the journal."""
        event = Event(at=now, kind=kind, text=text, robot=robot, task=task)
        self.events.append(event)
        outcome.events.append(event)

    def tell(
        self, task: Task, kind: NoticeKind, now: float, outcome: Outcome, reason: str = "", eta_s: float | None = None
    ) -> None:
        """Tell whoever asked for `task`, once per kind in a row, and the robot that leads if it is another."""
        if self.notices.get(task.id) == kind:
            return
        self.notices[task.id] = kind
        notice = Notice(
            kind=kind,
            timestamp=utc_timestamp(now),
            request_id=task.request_id,
            task_id=task.id,
            robot=task.robot,
            reason=reason,
            eta_s=None if eta_s is None else round(eta_s, 1),
        )
        if task.asker:
            outcome.messages.append(ToAsker(task.source, task.asker, notice))
        if task.robot and task.robot != task.asker and task.source is not Source.FLEET:
            outcome.messages.append(ToAsker(Source.ROBOT, task.robot, notice))

    def save_order(self, vehicle: Vehicle, outcome: Outcome) -> None:
        """Have the vehicle's order stored."""
        order = vehicle.order
        if order is not None:
            outcome.orders[order.order_id] = SavedOrder(
                order_id=order.order_id,
                task_id=order.task_id,
                robot=vehicle.serial,
                update_id=order.update_id,
                released=order.released,
                itinerary=order.itinerary.to_dict(),
            )


_CONFLICTS: dict[int, tuple[Venue, Conflicts]] = {}


def conflicts_of(venue: Venue) -> Conflicts:
    """The venue's conflict sets, computed once per process (venues never change)."""
    if id(venue) not in _CONFLICTS:
        _CONFLICTS[id(venue)] = (venue, find_conflicts(venue.lanes))
    return _CONFLICTS[id(venue)][1]
