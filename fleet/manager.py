"""The one loop: observe, decide, act.

Messages change the picture as they come and wake the loop; the loop decides (`decide`, pure), has the outcome
made durable (`store`), and only then sends. It never polls: it sleeps until something happened, at least
`REST_S` between two decisions, at most `HOUSEKEEPING_S`.

Tasks of a running manager: `mqtt` (the link, see `protocol.link`), `manager` (the loop).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog

from fleet import requests, views
from fleet.alerts import Condition, Severity
from fleet.decide import decide
from fleet.errors import NotFound, Rejected, StoreError
from fleet.inbox import Inbox
from fleet.picture import Outcome, Picture, ToAsker, ToVehicle
from fleet.protocol import topics
from fleet.protocol.clock import Stamper
from fleet.protocol.link import Broker, Link
from fleet.protocol.topics import VehicleTopic
from fleet.protocol.vda5050 import BlockingType, InstantActions, Order, action
from fleet.store import Store
from fleet.tasks import Source, Task, TaskRequest, TaskState
from maps.venue import Venue

REST_S = 0.05
HOUSEKEEPING_S = 0.5
ENDED_KEPT = 2000
"""Ended tasks kept in memory; all of them stay in the store."""
_log = structlog.get_logger("fleet")


def steady_clock() -> Callable[[], float]:
    """Unix time that never runs back while the process lives."""
    offset = time.time() - time.monotonic()
    return lambda: offset + time.monotonic()


class Manager:
    """The fleet, running. All methods belong to the loop's thread."""

    def __init__(
        self,
        venue: Venue,
        broker: Broker,
        store: Store,
        *,
        now: Callable[[], float] | None = None,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex[:12],
        client_id: str = "fleet",
    ) -> None:
        self.venue = venue
        self.now = now or steady_clock()
        self.picture = Picture(venue, new_id)
        self.store = store
        self.store_works = True
        self.link = Link(broker, client_id, on_change=lambda connected: self.wake())
        self.ticks = 0
        self.decide_s = 0.0
        """Time spent deciding, all in all."""
        self._stamper = Stamper(self.now)
        self._pending = Outcome()
        self._wake = asyncio.Event()
        Inbox(self.picture, self.now, lambda: self._pending, self.wake).subscribe(self.link)
        self._load()

    def _load(self) -> None:
        tasks, orders, events = self.store.load()
        for task in tasks:
            self.picture.tasks[task.id] = task
            if task.request_id:
                self.picture.by_request[task.request_id] = task.id
        self.picture.saved_orders = {order.order_id: order for order in orders}
        self.picture.events.extend(events)

    async def run(self) -> None:
        """Run until cancelled; then say goodbye and end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(), name="mqtt")
            group.create_task(self._loop(), name="manager")

    @property
    def problems(self) -> list[str]:
        """Why the fleet is not ready; empty if it is."""
        found = [] if self.link.connected else [f"broker {self.link.broker} cannot be reached: start it, or --broker"]
        return found if self.store_works else [*found, f"store {self.store.url} does not take writes"]

    def wake(self) -> None:
        """Something happened: decide soon."""
        self._wake.set()

    async def _loop(self) -> None:
        while True:
            try:
                async with asyncio.timeout(HOUSEKEEPING_S):
                    await self._wake.wait()
            except TimeoutError:
                self._forget_old()
            self._wake.clear()
            await self._tick()
            await asyncio.sleep(REST_S)

    async def _tick(self) -> None:
        outcome, self._pending = self._pending, Outcome()
        began = time.perf_counter()
        _merge(outcome, decide(self.picture, self.now()))
        self.decide_s += time.perf_counter() - began
        self.ticks += 1
        try:
            await self._commit(outcome)
        except StoreError as error:
            self._store_failed(error)
            _merge(outcome, self._pending)
            self._pending = outcome

    async def _commit(self, outcome: Outcome) -> None:
        if outcome.durable:
            await self.store.write(outcome)
            self.store_works = True
        for message in outcome.messages:
            self._send(message)

    def _store_failed(self, error: StoreError) -> None:
        if self.store_works:
            _log.error("store", reason=str(error))
        self.store_works = False
        condition = Condition(key="store", severity=Severity.CRITICAL, text=str(error))
        self.picture.alerts.note(condition, self.now() + 5.0)

    def _send(self, message: ToVehicle | ToAsker) -> None:
        if isinstance(message, ToAsker):
            of = topics.robot_notices if message.source is Source.ROBOT else topics.kiosk_notices
            if message.asker:
                self.link.publish(of(message.asker), message.notice.to_json(), qos=1)
            return
        vehicle = self.picture.vehicles[message.serial]
        name = "order" if isinstance(message.message, Order) else "instantActions"
        topic = str(VehicleTopic(topic=name, serial=message.serial, manufacturer=vehicle.manufacturer))
        stamped: Order | InstantActions = self._stamper.stamp(
            topic, message.message, vehicle.manufacturer, message.serial
        )
        self.picture.counts[f"sent_{name}"] += 1
        self.link.publish(topic, stamped.to_json())

    def _forget_old(self) -> None:
        ended = [task for task in self.picture.tasks.values() if not task.open]
        for task in sorted(ended, key=lambda t: t.ended_at or 0)[:-ENDED_KEPT]:
            del self.picture.tasks[task.id]
            self.picture.by_request.pop(task.request_id, None)

    # what people ask, over HTTP or on the dashboard

    async def submit(self, request: TaskRequest) -> Task:
        """Make a task of a request; durable when this returns.

        :raises Rejected: with the reason and what to do instead.
        :raises StoreError: if it could not be made durable; then there is no task.
        """
        outcome = Outcome()
        request = requests.default_request(request, self.picture)
        try:
            task = requests.submit(self.picture, request, self.now(), outcome)
        except Rejected:
            self.picture.counts["rejected"] += 1
            raise
        try:
            await self._commit(outcome)
        except StoreError:
            self.picture.tasks.pop(task.id, None)
            self.picture.by_request.pop(task.request_id, None)
            raise
        self.wake()
        return task

    async def cancel(self, task_id: str) -> Task:
        """Call a task off.

        :raises NotFound: if there is no such task.
        """
        outcome = Outcome()
        task = requests.cancel(self.picture, task_id, "cancelled by staff", self.now(), outcome)
        await self._commit(outcome)
        self.wake()
        return task

    async def pause(self, serial: str) -> None:
        """Have a robot stop where it is and keep its order.

        :raises NotFound: if there is no such robot.
        :raises Rejected: if it cannot be told now.
        """
        await self._instant(serial, "startPause")

    async def resume(self, serial: str) -> None:
        """The inverse of `pause`; raises the same."""
        await self._instant(serial, "stopPause")

    async def _instant(self, serial: str, name: str) -> None:
        vehicle = self.picture.vehicles.get(serial)
        if vehicle is None:
            raise NotFound(f"no robot {serial!r}: see /api/v1/robots")
        if not vehicle.reachable(self.now()):
            raise Rejected(f"{serial} cannot be told: it is {vehicle.link(self.now())}", "try again later", 409)
        outcome = Outcome()
        message = InstantActions(actions=(action(name, self.picture.new_id(), BlockingType.HARD),))
        self.picture.log(outcome, self.now(), name, f"{name} to {serial} by staff", serial)
        outcome.messages.append(ToVehicle(serial, message))
        await self._commit(outcome)

    async def staff_came(self, alert_id: int) -> None:
        """Resolve a staff call.

        :raises NotFound: if there is no such open call.
        """
        requests.staff_came(self.picture, alert_id)
        self.wake()

    # the picture, as JSON-ready values

    def robots_json(self) -> list[dict[str, Any]]:
        """All robots heard of, by serial."""
        now, vehicles = self.now(), self.picture.vehicles
        return [views.robot_json(self.picture, vehicles[serial], now) for serial in sorted(vehicles)]

    def tasks_json(self) -> list[dict[str, Any]]:
        """Open tasks, then the latest ended ones."""
        return views.tasks_json(self.picture)

    def sites_json(self) -> list[dict[str, Any]]:
        return views.sites_json(self.picture.network)

    def kiosks_json(self) -> list[dict[str, Any]]:
        return views.kiosks_json(self.picture)

    def alerts_json(self, resolved: bool = False) -> list[dict[str, Any]]:
        """Open alerts, newest first; with `resolved`, those of the past after them."""
        return [a for a in self.picture.alerts.to_json(self.now()) if resolved or not a["resolved"]]

    def events_json(self, limit: int = 200) -> list[dict[str, Any]]:
        """The journal, newest first."""
        return [views.event_json(event) for event in list(self.picture.events)[: -limit - 1 : -1]]

    def counts(self) -> dict[str, int]:
        """Open tasks by state and ended ones since the start."""
        counts = dict.fromkeys((state.value for state in TaskState), 0)
        for task in self.picture.open_tasks():
            counts[task.state.value] += 1
        for state in ("finished", "failed", "cancelled"):
            counts[state] = self.picture.counts[f"tasks_{state}"]
        return counts


def _merge(into: Outcome, more: Outcome) -> None:
    into.tasks.update(more.tasks)
    into.orders.update(more.orders)
    into.events.extend(more.events)
    into.messages.extend(more.messages)
