"""What the navigation bench puts a robot through. Each case is seeded and says what came of it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from maps.markers import boards_of
from maps.venue import Place, Venue, load_venue
from sim import camera_boards
from sim.camera import CameraSpec
from sim.camera_rig import FRONT, REAR, Rig
from sim.day import Day, VisitorPlan
from sim.driving.loop import Loop, Track
from sim.driving.pipe import Answer, RobotPipe
from sim.journal import Journal
from sim.visiting import Speech, Visiting
from sim.visitors import Phase
from sim.world import World

__all__ = ["EXPO", "Drive", "Kidnapping", "Trip", "drive_about", "kidnappings", "particles", "plans", "trips"]

EXPO = Path(__file__).resolve().parents[1] / "plans" / "expo.yaml"
"""150 x 100 m."""
ME = "guide-01"
LOST_M = 1.0
"""Farther from the truth than this a robot is lost."""
FOUND_M, FOUND_RAD = 0.3, 0.2
MISTAKEN_M = 1.0
APART_M = 0.5
TOGETHER_M = 4.0
"""Who is led on is this near, and not somewhere behind a robot that leads a stranger."""
BOTH = {"camera": FRONT, "rear_camera": REAR}
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Drive:
    """An hour's errands among people."""

    track: Track
    goals: int
    reached: int
    lost_s: float
    collisions: int


@dataclass(frozen=True, slots=True)
class Kidnapping:
    """One robot put somewhere else; seconds until it was right, and sure of it, infinite where it never was."""

    recovered_s: float
    x: float
    y: float


@dataclass(slots=True)
class Trip:
    """One visitor led."""

    place: str
    arrived: bool = False
    reason: str = ""
    led_s: float = 0.0
    way_m: float = 0.0
    off_s: float | None = None
    """When the visitor walked away, seconds of leading; None: they did not."""
    apart_s: float | None = None
    """When they were `APART_M` farther from the robot than then: ways part gradually where both go the same way."""
    noticed_s: float = math.inf
    """From when they were apart to the robot's noticing; 0 if it noticed before. Infinite if it did not."""
    noticed_off_s: float = math.inf
    """The same from when they stopped following."""
    resumed: bool | None = None
    false_alarms: int = 0
    """Times the robot thought them lost while they were within 5 m and followed."""
    looks: int = 0
    """At somebody taken for the visitor, while leading or waiting."""
    mistaken: int = 0
    """Of those, at somebody else: farther than `MISTAKEN_M` from where the visitor was."""
    states: list[str] = field(default_factory=list)


class _NoKiosks:
    def press(self, visitor: str, kiosk: str, place: str, language: str) -> None:
        raise AssertionError(f"{visitor} cannot press {kiosk}: nobody in this bench uses one")


def drive_about(seed: int, seconds: float, people: int, progress: Progress) -> Drive:
    """Errands between random stations of the large hall."""
    venue, world, start = _hall(seed, people)
    rng = random.Random(seed)
    with RobotPipe(str(EXPO), start) as pipe:
        loop = Loop(world, pipe)
        goals = reached = 0
        while world.now_s < seconds:
            station = rng.choice([it for it in venue.stations.values() if it.kind != "charger"])
            how, _ = loop.drive_to(station.x, station.y, station.yaw, min(400.0, seconds - world.now_s))
            goals += how != "late" or world.now_s < seconds
            reached += how == "succeeded"
            progress("driving about", world.now_s / seconds)
        errors = np.array(loop.track.errors_m)
        return Drive(loop.track, goals, reached, 0.1 * float(np.sum(errors > LOST_M)), world.collisions)


def kidnappings(
    seed: int, count: int, people: int, longest_s: float, progress: Progress, cameras: bool = True
) -> list[Kidnapping]:
    """The robot is driving somewhere, and is suddenly somewhere else; its wheels have felt nothing.

    :param cameras: it has one that looks ahead, 640 x 480, and the hall's boards hang.
    """
    venue, world, start = _hall(seed, people)
    rng = random.Random(seed)
    stations = [it for it in venue.stations.values() if it.kind != "charger"]
    found = []
    rig = _rig(venue, world, {"camera": replace(FRONT, width=640, height=480)}) if cameras else None
    with RobotPipe(str(EXPO), start) as pipe:
        loop = Loop(world, pipe, rig)
        for number in range(count):
            goal, there = rng.sample(stations, 2)
            loop.drive_to(goal.x, goal.y, goal.yaw, 15.0)
            _carry(world, there.x, there.y, rng.uniform(-math.pi, math.pi))
            loop.pipe.goal(1000 + number, goal.x, goal.y, goal.yaw)
            found.append(Kidnapping(loop.until(lambda answer: _knows(world, answer), longest_s), there.x, there.y))
            if math.isinf(found[-1].recovered_s):
                x, y, yaw = world.pose(0)
                pipe.initialpose(x, y, yaw)
            progress("kidnapped", (number + 1) / count)
    return found


def plans(seed: int, count: int, venue_name: str, start: str, progress: Progress) -> list[float]:
    """Seconds to plan from anywhere to anywhere."""
    venue = load_venue(venue_name)
    rng = random.Random(seed)
    stations = list(venue.stations.values())
    seconds = []
    with RobotPipe(venue_name, start) as pipe:
        for number in range(count):
            a, b = rng.sample(stations, 2)
            answer = pipe.plan((a.x, a.y, a.yaw), (b.x, b.y, b.yaw))
            seconds.append(float(answer["seconds"]))
            progress("planning", (number + 1) / count)
    return seconds


def particles(seed: int, count: int, people: int, progress: Progress) -> dict[int, list[float]]:
    """Number of clusters -> seconds of CPU of one update of 1,000 particles, `count` times; in the crowded hall."""
    venue, world, start = _hall(seed, people)
    found: dict[int, list[float]] = {clusters: [] for clusters in (1, 16, 60, 96)}
    with RobotPipe(str(EXPO), start) as pipe:
        loop = Loop(world, pipe)
        station = random.Random(seed).choice([it for it in venue.stations.values() if it.kind == "booth"])
        _carry(world, station.x, station.y, station.yaw)
        for number in range(count):
            loop.until(lambda _: False, 0.2)  # people walk on
            for clusters, seconds in found.items():
                seconds.append(pipe.weigh(1000, clusters))
            progress("particles", (number + 1) / count)
    return found


def trips(
    seed: int, count: int, people: int, progress: Progress, wander: bool = False, cameras: bool = False
) -> tuple[list[Trip], Track, World]:
    """Visitors led one after the other through the crowd.

    :param wander: each walks off on the way, and every second one of them comes back once the robot waits.
    :param cameras: the robot looks ahead and back, 320 x 240 each.
    """
    venue, world, start = _hall(seed, people)
    rng = random.Random(seed)
    led: list[Trip] = []
    rig = _rig(venue, world, BOTH) if cameras else None
    with RobotPipe(str(EXPO), start) as pipe:
        loop = Loop(world, pipe, rig)
        for number in range(count):
            led.append(_Guided(venue, loop, rng, number, wander).run())
            progress("wandering off" if wander else "guided trips", (number + 1) / count)
    return led, loop.track, world


class _Guided:
    """One trip: a visitor comes to the robot, asks, and is led."""

    LONGEST_S = 900.0

    def __init__(self, venue: Venue, loop: Loop, rng: random.Random, number: int, wander: bool) -> None:
        self._loop, self._rng, self._venue = loop, rng, venue
        self._world = loop.world
        x, y, _ = self._world.pose(0)
        far = [p for p in venue.places.values() if _leads_to(venue, p) and math.hypot(p.x - x, p.y - y) > 25.0]
        place = rng.choice(sorted(far, key=lambda p: p.id))
        self._station = venue.stations[place.station]
        self.trip = Trip(place.id)
        dawdles = () if wander else tuple((rng.uniform(5, 60), rng.uniform(2, 6)) for _ in range(rng.randint(0, 1)))
        plan = VisitorPlan(
            id=f"v{number}",
            at_s=0.0,
            place=place.id,
            by="robot",
            robot=ME,
            pace=round(rng.uniform(0.7, 1.3), 2),
            dawdles=dawdles,
        )
        day = Day(venue=venue.id, seed=rng.randrange(1 << 30), visitors=(plan,))
        self._visiting = Visiting(self._world, venue, day, Journal(lambda: 0.0), self._asks, _NoKiosks())
        self._body = self._visiting.bodies[plan.id]
        self._wander_after = rng.uniform(8.0, 25.0) if wander else math.inf
        self._comes_back = bool(number % 2 == 0)
        self._led_at = math.inf
        self._left_at: float | None = None
        self._left_m = 0.0
        self._waits_since = math.inf
        self._last = "NONE"

    def run(self) -> Trip:
        self._visiting.guide_status(ME, "idle")
        self._visiting.begin()
        began = self._world.now_s
        while self._world.now_s - began < self.LONGEST_S and not self._body.visitor.ended:
            if self._world.clock.steps % 2 == 0:
                self._visiting.tick()
            self._loop.own = self._body.person
            self._take(self._loop.step())
            if self._left_at is not None and not self._comes_back and self._given_up():
                break
        self._visiting.end("the bench stopped waiting")
        self._end()
        return self.trip

    def _given_up(self) -> bool:
        return bool(self._world.now_s - (self._left_at or 0.0) > 30.0)

    def _take(self, answer: Answer) -> None:
        now, visitor = self._world.now_s, self._body.visitor
        self._visiting.guide_status(ME, answer.guide, self.trip.place)
        for act, utterance, text in answer.said:
            self._visiting.heard(ME, act, utterance, text)
        if visitor.phase is Phase.FOLLOWING and math.isinf(self._led_at):
            self._led_at = now
        if self._led_at <= now and not visitor.ended:
            self.trip.led_s = now - self._led_at
            self.trip.way_m += abs(float(self._world.drives.v[0])) * 0.05
            self._compare(answer)
        self._wander(now, answer)
        if answer.visitor != self._last:
            self._last = answer.visitor
            self.trip.states.append(answer.visitor)
            if answer.visitor == "LOST" and self._left_at is None and self._body.following and self._away() < 5.0:
                self.trip.false_alarms += 1

    def _compare(self, answer: Answer) -> None:
        """Whom the robot takes for its visitor against who is."""
        if answer.visitor_at is None or self._body.person < 0 or answer.visitor not in ("WITH_ME", "FALLING_BEHIND"):
            return
        self.trip.looks += 1
        self.trip.mistaken += math.dist(answer.visitor_at, self._world.crowd.where(self._body.person)) > MISTAKEN_M

    def _wander(self, now: float, answer: Answer) -> None:
        trip, body = self.trip, self._body
        if self._left_at is None and now - self._led_at >= self._wander_after and body.following:
            self._left_at, body.following = now, ""
            trip.off_s, self._left_m = now - self._led_at, self._away()
            x, y, yaw = self._world.pose(0)
            near = [s for s in self._venue.stations.values() if 12.0 < math.hypot(s.x - x, s.y - y) < 30.0]
            goal = min(near, key=lambda s: math.cos(math.atan2(s.y - y, s.x - x) - yaw))
            self._world.crowd.walk_to(body.person, goal.x, goal.y)
        if self._left_at is None:
            return
        if trip.apart_s is None and self._away() > self._left_m + APART_M:
            trip.apart_s = now - self._led_at
        if math.isinf(trip.noticed_off_s) and answer.visitor in ("FALLING_BEHIND", "LOST"):
            trip.noticed_off_s = now - self._left_at
        if math.isinf(trip.noticed_s) and trip.apart_s is not None and math.isfinite(trip.noticed_off_s):
            trip.noticed_s = max(0.0, trip.noticed_off_s + (self._left_at - self._led_at) - trip.apart_s)
        if answer.guide == "waiting":
            self._waits_since = min(self._waits_since, now)
        if self._comes_back and now - self._waits_since > 8.0 and not body.following and body.person >= 0:
            body.following = ME
        led_on = answer.guide in ("leading", "offline_leading") and self._away() < TOGETHER_M
        if body.following and trip.resumed is None and led_on:
            trip.resumed = True

    def _away(self) -> float:
        if self._body.person < 0:
            return math.inf
        x, y, _ = self._world.pose(0)
        px, py = self._world.crowd.where(self._body.person)
        return math.hypot(px - x, py - y)

    def _asks(self, speech: Speech) -> None:
        self._loop.pipe.guide_to(self.trip.place, speech.utterance_id, speech.language)

    def _end(self) -> None:
        visitor = self._body.visitor
        self.trip.arrived = visitor.phase is Phase.COMPLETED
        self.trip.reason = visitor.reason
        if self._comes_back and self.trip.off_s is not None:
            self.trip.resumed = bool(self.trip.resumed)
        self._loop.own = -1
        if self._loop.until(lambda answer: answer.guide == "idle", 120.0) == math.inf:
            self._loop.pipe.intent("cancel")
            self._loop.until(lambda answer: answer.guide == "idle", 60.0)


def _leads_to(venue: Venue, place: Place) -> bool:
    """A place visitors ask for."""
    station = venue.stations.get(place.station)
    return station is not None and station.kind != "charger"


def _hall(seed: int, people: int) -> tuple[Venue, World, str]:
    venue = load_venue(EXPO)
    start = random.Random(seed).choice(sorted(venue.chargers))
    return venue, World.of_venue(venue, {ME: start}, seed, people=people, guests=4), start


def _rig(venue: Venue, world: World, cameras: Mapping[str, CameraSpec]) -> Rig:
    """The robot's cameras among the venue's boards."""
    boards = [
        camera_boards.Board(x=it.x, y=it.y, z=it.z, yaw=it.yaw, side_m=it.side_m, prints=camera_boards.tag(it.number))
        for it in boards_of(venue).values()
    ]
    return Rig(world, 0, cameras, boards)


def _carry(world: World, x: float, y: float, yaw: float) -> None:
    """Somebody lifts the robot and puts it down where nobody stands."""
    people = world.crowd.position
    for ring in np.arange(0.0, 6.0, 0.2):
        for turn in np.arange(0.0, 2.0 * math.pi, 0.5):
            px, py = x + ring * math.cos(turn), y + ring * math.sin(turn)
            clear = np.nanmin(np.hypot(people[:, 0] - px, people[:, 1] - py), initial=math.inf)
            if world.fields.clearance(px, py) > 0.45 and clear > 0.8:
                world.drives.x[0], world.drives.y[0], world.drives.yaw[0] = px, py, yaw
                world.drives.v[0] = 0.0
                return


def _knows(world: World, answer: Answer) -> bool:
    x, y, yaw = world.pose(0)
    turned = abs(math.remainder(answer.pose[2] - yaw, 2.0 * math.pi))
    near = math.hypot(answer.pose[0] - x, answer.pose[1] - y) < FOUND_M and turned < FOUND_RAD
    return near and answer.state == "certain"
