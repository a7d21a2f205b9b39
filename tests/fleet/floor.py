"""A closed loop without I/O: the fleet's picture and decisions, and emulated robots, on one made-up clock."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

from emulator import Emulator

from fleet.decide import decide
from fleet.picture import Outcome, Picture, ToAsker, ToVehicle
from fleet.protocol.vda5050 import InstantActions, Order
from fleet.protocol.venue import Notice
from fleet.requests import submit
from fleet.tasks import Task, TaskRequest
from maps.venue import Venue, load_venue


@dataclass
class Floor:
    robots: dict[str, Emulator]
    picture: Picture
    now: float = 1_000_000.0
    notices: list[tuple[str, Notice]] = field(default_factory=list)
    sent: list[tuple[str, Order | InstantActions]] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    closest_m: float = math.inf
    conflicts: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, docks: int = 3, venue: Venue | None = None, speed: float = 1.0) -> Floor:
        venue = venue or load_venue("hall")
        counter = itertools.count(1)
        robots = {}
        for index, dock in enumerate(list(venue.chargers)[:docks], start=1):
            node = venue.lanes.nodes[venue.stations[dock].node]
            serial = f"guide-{index:02d}"
            robots[serial] = Emulator(serial, venue.map_id, node.x, node.y, speed=speed)
        floor = cls(robots, Picture(venue, lambda: f"id-{next(counter)}"))
        floor.hello()
        return floor

    def hello(self) -> None:
        for serial, robot in self.robots.items():
            vehicle = self.picture.vehicle(serial)
            vehicle.observe_connection(robot.connection(), self.now)
            vehicle.observe_state(robot.state(self.now), self.now)
        self.decide()

    def decide(self) -> Outcome:
        outcome = decide(self.picture, self.now)
        self.deliver(outcome)
        return outcome

    def deliver(self, outcome: Outcome) -> None:
        for message in outcome.messages:
            if isinstance(message, ToVehicle):
                self.sent.append((message.serial, message.message))
                self.robots[message.serial].receive(message.message)
            elif isinstance(message, ToAsker):
                self.notices.append((message.asker, message.notice))

    def submit(self, **fields: str) -> Task:
        outcome = Outcome()
        task = submit(self.picture, TaskRequest(**fields), self.now, outcome)
        self.deliver(outcome)
        return task

    def step(self, dt: float = 0.25) -> None:
        self.now += dt
        for serial, robot in self.robots.items():
            robot.step(dt)
            if serial not in self.silent:
                self.picture.vehicle(serial).observe_state(robot.state(self.now), self.now)
        self.decide()
        self._check()

    def run(self, seconds: float, dt: float = 0.25) -> None:
        for _ in range(round(seconds / dt)):
            self.step(dt)

    def until(self, task_id: str, state: str, seconds: float = 400.0) -> Task:
        end = self.now + seconds
        while self.picture.tasks[task_id].state != state and self.now < end:
            self.step()
        assert self.picture.tasks[task_id].state == state, self.picture.tasks[task_id]
        return self.picture.tasks[task_id]

    def _check(self) -> None:
        for a, b in itertools.combinations(self.robots.values(), 2):
            self.closest_m = min(self.closest_m, math.hypot(a.x - b.x, a.y - b.y))
        traffic = self.picture.traffic
        for serial in traffic.walks:
            for other in traffic.taken(serial, traffic.held(serial)):
                self.conflicts.append((serial, other, str(sorted(traffic.holders(other)))))

    def kinds(self, asker: str) -> list[str]:
        return [notice.kind.value for who, notice in self.notices if who == asker]
