"""A closed loop for seeing: the simulated hall with its crowd, one robot that leads a scripted visitor, no ROS.

The visitor, their legs and the crowd are the simulator's; the robot is driven by the real Navigator on the true pose;
the guide is a stand-in that slows, waits and goes on as `robot_nodes.guiding` does.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from maps.venue import load_venue
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.goals import Goal
from robot_nodes.navigation.navigator import Navigator
from robot_nodes.seeing.lens import Lens, Mount
from robot_nodes.seeing.visitor import Presence, Sighting
from robot_nodes.seeing.watching import Watching
from sim.camera_rig import FRONT, REAR, Rig
from sim.day import Day, VisitorPlan
from sim.journal import Journal
from sim.visiting import Speech, Visiting
from sim.visitors import Phase
from sim.world import World

ME = "guide-01"
SLOW_MPS = 0.4


@dataclass
class Look:
    """One look of the watch, and the truth beside it; metres, seconds."""

    now: float
    presence: Presence
    away: float
    """From the robot to the true visitor."""
    off: float
    """From where the watch has the visitor to where they are; NaN where it has none."""
    in_sight: bool


class NoKiosks:
    def press(self, visitor: str, kiosk: str, place: str, language: str) -> None:
        raise AssertionError("nobody here uses a kiosk")


@dataclass
class Driver:
    """One robot and where it is bound for."""

    index: int
    navigator: Navigator
    goals: int = 0

    def go(self, world: World, to: Pose2D) -> None:
        self.goals += 1
        goal = Goal(id=self.goals, poses=(to,), along_lanes=True)
        self.navigator.go(goal, Pose2D(*world.pose(self.index)), world.now_s)

    def step(self, world: World) -> tuple[Points, bool]:
        """One scan's command; (the scan's returns, whether a goal ended)."""
        ranges = world.scan(self.index).astype(float)
        angles = world.lidar.angle_min + np.arange(world.lidar.beams) * world.lidar.angle_increment
        seen = np.isfinite(ranges)
        hits = np.column_stack((np.cos(angles), np.sin(angles)))[seen] * ranges[seen, None]
        command, _ = self.navigator.step(Pose2D(*world.pose(self.index)), hits, 0.0, world.now_s)
        world.command(self.index, command.v, command.w)
        return hits, bool(self.navigator.take_outcomes())


class Eyes:
    """The cameras of the first robot."""

    def __init__(self, world: World, names: Sequence[str]) -> None:
        specs = {name: REAR if name == "rear" else FRONT for name in names}
        self.rig = Rig(world, 0, specs)
        self.lenses = {
            name: Lens.of(
                spec.width, spec.height, spec.matrix.ravel().tolist(), [], Mount(height=spec.height_m, yaw=spec.yaw)
            )
            for name, spec in specs.items()
        }

    def look(self, world: World, watching: Watching) -> None:
        if self.lenses and self.rig.due:
            for name, _, picture in self.rig.pictures():
                watching.picture(self.lenses[name], picture, Pose2D(*world.pose(0)), world.now_s)


@dataclass
class Trip:
    """One visitor led through the crowd."""

    seed: int
    people: int = 30
    wander_at: float = math.inf
    """Seconds of leading after which the visitor walks off; they come back when the robot has waited 10 s."""
    stops_at: float = math.inf
    """Seconds of leading after which the visitor stands still for good."""
    robots: int = 5
    cameras: str = ""
    """Of "front", "rear", "front rear"; none: the lidar alone."""
    looks: list[Look] = field(default_factory=list)
    back_at: float = math.inf
    off_at: float = math.inf
    state: str = "idle"

    def __post_init__(self) -> None:
        venue, rng = load_venue("hall"), random.Random(self.seed)
        docks = rng.sample(sorted(venue.chargers), self.robots)
        serials = {f"guide-{k + 1:02d}": dock for k, dock in enumerate(docks)}
        _, floor = floor_of(venue)
        self.world = World.of_venue(venue, serials, self.seed, people=self.people, guests=1)
        self.drivers = [Driver(k, Navigator(floor, venue.lanes)) for k in range(self.robots)]
        self.stations = [s for s in venue.stations.values() if s.kind != "charger"]
        self.rng = rng
        self.watching = Watching(floor, venue)
        self.eyes = Eyes(self.world, self.cameras.split())
        x, y, _ = self.world.pose(0)
        far = [p for p in venue.places.values() if math.hypot(p.x - x, p.y - y) > 25.0 and p.station in venue.stations]
        place = rng.choice(sorted(far, key=lambda p: p.id))
        self.goal = venue.stations[place.station]
        plan = VisitorPlan(
            id="v",
            at_s=0.0,
            place=place.id,
            by="robot",
            robot=ME,
            pace=round(rng.uniform(0.9, 1.3), 2),
            dawdles=tuple((round(rng.uniform(5, 60), 1), round(rng.uniform(3, 8), 1)) for _ in range(rng.randint(0, 2)))
            if math.isinf(self.wander_at) and math.isinf(self.stops_at)
            else (),
        )
        self.asked: str = ""
        day = Day(venue=venue.id, seed=self.seed, visitors=(plan,))
        self.visiting = Visiting(self.world, venue, day, Journal(lambda: 0.0), self._asks, NoKiosks())
        self.body = self.visiting.bodies["v"]
        for serial in serials:
            self.visiting.guide_status(serial, "idle" if serial == ME else "leading")
        self.visiting.begin()
        self.led_at = self.waiting_since = math.inf

    def _asks(self, speech: Speech) -> None:
        self.asked, self.state = speech.utterance_id, "requesting"
        self.led_at = self.world.now_s + self.rng.uniform(2.0, 8.0)
        self.visiting.guide_status(ME, "requesting")
        self.visiting.heard(ME, "confirm", self.asked, "")

    def run(self, longest_s: float = 240.0) -> list[Look]:
        """Until the robot has arrived."""
        last, scans, arrived = Presence.NONE, 0, False
        while self.world.now_s < longest_s and not arrived:
            self.world.step(0.05)
            self.world.step(0.05)
            self.visiting.tick()
            self._steer()
            hits, arrived = self.drivers[0].step(self.world)
            self._others()
            scans += 1
            if self.state in ("leading", "waiting"):
                self.eyes.look(self.world, self.watching)
            if scans % 3 or (self.state == "idle" and last is Presence.NONE):
                continue
            pose, now = Pose2D(*self.world.pose(0)), self.world.now_s
            sighting = self.watching.look(self.state, pose, hits, now)
            last = sighting.presence
            if self.state in ("leading", "waiting"):
                self._note(sighting)
                self._guide(sighting.presence)
        return self.looks

    def _steer(self) -> None:
        now = self.world.now_s
        if self.state == "requesting" and now >= self.led_at:
            self.state = "leading"
            self.visiting.guide_status(ME, "leading")
            self.visiting.heard(ME, "lead_start", self.asked, "")
            self.drivers[0].go(self.world, Pose2D(self.goal.x, self.goal.y, self.goal.yaw))
        led = now - self.led_at
        if self.off_at == math.inf and led >= min(self.wander_at, self.stops_at):
            assert self.body.visitor.phase is Phase.FOLLOWING
            self.off_at, self.body.following = now, ""
            self.world.crowd.stand(self.body.person)
            if led >= self.wander_at:
                x, y, yaw = self.world.pose(0)
                behind = [s for s in self.stations if 12.0 < math.hypot(s.x - x, s.y - y) < 25.0]
                away = min(behind, key=lambda s: math.cos(math.atan2(s.y - y, s.x - x) - yaw))
                self.world.crowd.walk_to(self.body.person, away.x, away.y)
        if self.off_at < math.inf and self.state == "waiting" and now - self.waiting_since > 10.0 > now - self.back_at:
            self.back_at, self.body.following = min(self.back_at, now), ME

    def _others(self) -> None:
        """Two more robots drive about; the others stand in their docks."""
        for driver in self.drivers[1:3]:
            _, ended = driver.step(self.world)
            if ended or not driver.goals:
                station = self.rng.choice(self.stations)
                driver.go(self.world, Pose2D(station.x, station.y, station.yaw))

    def _guide(self, presence: Presence) -> None:
        navigator = self.drivers[0].navigator
        if presence is Presence.FALLING_BEHIND:
            navigator.speed_limit = SLOW_MPS
        elif presence is Presence.LOST and self.state == "leading":
            self.state, self.waiting_since = "waiting", self.world.now_s
            navigator.pause(True)
            self.visiting.heard(ME, "wait_for_you", self.asked, "")
        elif presence in (Presence.WITH_ME, Presence.RETURNED):
            navigator.speed_limit, self.state = math.inf, "leading"
            navigator.pause(False)

    def _note(self, sighting: Sighting) -> None:
        x, y, _ = self.world.pose(0)
        vx, vy = self.world.crowd.where(self.body.person)
        self.looks.append(
            Look(
                now=self.world.now_s,
                presence=sighting.presence,
                away=math.hypot(vx - x, vy - y),
                off=math.hypot(sighting.x - vx, sighting.y - vy),
                in_sight=self._in_sight((x, y), (vx, vy)),
            )
        )

    def _in_sight(self, here: tuple[float, float], there: tuple[float, float]) -> bool:
        """No wall between, and nobody whose body covers the line."""
        if not self.world.fields.sees(*here, *there, 0.0):
            return False
        dx, dy = there[0] - here[0], there[1] - here[1]
        away = max(math.hypot(dx, dy), 1e-6)
        crowd = self.world.crowd
        for person in np.flatnonzero(crowd.present):
            if person == self.body.person:
                continue
            px, py = crowd.where(int(person))
            along = ((px - here[0]) * dx + (py - here[1]) * dy) / away
            if 0.0 < along < away and abs((px - here[0]) * dy - (py - here[1]) * dx) / away < 0.25:
                return False
        return True


@pytest.fixture
def trip() -> Callable[..., Trip]:
    return Trip
