"""The world: robots, people, walls, one clock, one seed. No ROS, no wall time.

The same seed, robots and commands give the same trajectories, bit for bit, on one machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maps.occupancy import occupancy
from maps.venue import Venue
from sim.battery import Battery, Chargers
from sim.clock import STEP_S, SimClock
from sim.contacts import PERSON_RADIUS_M, Contact, Contacts
from sim.errors import PlacementError
from sim.fields import Fields, Grid
from sim.lidar import LidarSpec, scan
from sim.people import Crowd
from sim.robots.diff_drive import DriveLimits, Drives
from sim.robots.odometry import Odometry
from sim.walkways import Walkways


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSpec:
    """One robot where it is switched on, frame map; `battery` 0..1, drawn by the seed when None."""

    serial: str
    x: float
    y: float
    yaw: float = 0.0
    battery: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the world knows beyond walls: lanes people do not stand on, shape (n, 4), and docks that charge:
    x, y, yaw of a docked robot."""

    lanes: NDArray[np.float64] | None = None
    docks: tuple[tuple[float, float, float], ...] = ()


class World:
    """Everything that moves. `step` is the only thing that changes it, apart from `command` and the crowd's guests."""

    def __init__(
        self,
        grid: Grid,
        robots: Sequence[RobotSpec],
        seed: int,
        *,
        people: int = 0,
        guests: int = 0,
        surroundings: Surroundings | None = None,
        limits: DriveLimits | None = None,
        lidar: LidarSpec | None = None,
    ) -> None:
        """:param guests: room for visitors who come and go, beside `people` walkers.

        :raises PlacementError: if a robot begins in a wall or in another robot.
        """
        around = surroundings or Surroundings()
        self.seed, self.limits, self.lidar = seed, limits or DriveLimits(), lidar or LidarSpec()
        self.clock = SimClock()
        self.fields = Fields.of(grid)
        self.serials = tuple(robot.serial for robot in robots)
        self._check(robots)
        crowd_seed, noise_seed, robot_seed = np.random.SeedSequence(seed).spawn(3)
        self._noise = [np.random.default_rng(s) for s in noise_seed.spawn(len(robots))]
        rngs = [np.random.default_rng(s) for s in robot_seed.spawn(len(robots))]
        self.odometry = [Odometry.seeded(rng) for rng in rngs]
        self.batteries = [_battery(robot, rng) for robot, rng in zip(robots, rngs, strict=True)]
        self.drives = Drives.at(np.array([(r.x, r.y, r.yaw) for r in robots], np.float64).reshape(-1, 3))
        self.crowd = Crowd(
            self.fields,
            Walkways(self.fields, around.lanes),
            people,
            guests,
            np.random.default_rng(crowd_seed),
            [(r.x, r.y) for r in robots],
        )
        self.contacts = Contacts.between(len(robots), people + guests)
        self._chargers = Chargers(around.docks)

    @classmethod
    def of_venue(cls, venue: Venue, robots: Mapping[str, str], seed: int, *, people: int = 0, guests: int = 0) -> World:
        """A venue's world.

        :param robots: serial -> id of the station it begins at.
        :raises PlacementError: if there is no such station.
        """
        specs = [robot_at(venue, serial, station) for serial, station in robots.items()]
        return cls(occupancy(venue), specs, seed, people=people, guests=guests, surroundings=surroundings_of(venue))

    @property
    def now_s(self) -> float:
        return self.clock.seconds

    @property
    def collisions(self) -> int:
        return self.contacts.collisions

    @property
    def near_misses(self) -> int:
        return self.contacts.near_misses

    def command(self, robot: int, v: float, w: float) -> None:
        """Wanted speeds of one robot, m/s and rad/s; they hold until the base's watchdog."""
        self.drives.command(robot, v, w, self.now_s)

    def step(self, dt: float = STEP_S) -> None:
        """Let `dt` seconds pass."""
        drives = self.drives
        self.crowd.step(self.now_s, dt, self._bodies())
        x, y, yaw = drives.x.copy(), drives.y.copy(), drives.yaw.copy()
        proposed = drives.propose(self.now_s, dt, self.limits)
        self.clock.advance(dt)
        people = self.crowd.position
        self.contacts.settle(self.fields, drives, proposed, people, self.limits.radius, self.now_s)
        for i in range(len(drives)):
            self._moved(i, float(x[i]), float(y[i]), float(yaw[i]), dt)

    def scan(self, robot: int) -> NDArray[np.float32]:
        """What this robot's lidar measures now, shape (beams,)."""
        pose = self.pose(robot)
        noise = self._noise[robot].standard_normal(self.lidar.beams, np.float32)
        return scan(self.fields, pose, self._circles(robot), self.lidar, noise)

    def pose(self, robot: int) -> tuple[float, float, float]:
        """The truth: x, y, yaw in frame map."""
        return float(self.drives.x[robot]), float(self.drives.y[robot]), float(self.drives.yaw[robot])

    def new_contacts(self) -> list[Contact]:
        """Contacts and near misses since the last call."""
        news, self.contacts.log = self.contacts.log, []
        return news

    def _moved(self, i: int, x: float, y: float, yaw: float, dt: float) -> None:
        dx, dy = float(self.drives.x[i]) - x, float(self.drives.y[i]) - y
        turn = math.remainder(float(self.drives.yaw[i]) - yaw, 2.0 * math.pi)
        heading = yaw + 0.5 * turn
        way = math.copysign(math.hypot(dx, dy), dx * math.cos(heading) + dy * math.sin(heading))
        self.drives.travelled[i] += abs(way)
        self.odometry[i].moved(way, turn, dt)
        contact = self._chargers.touched(*self.pose(i), float(self.drives.v[i]))
        self.batteries[i].passed(dt, abs(way), contact)

    def _bodies(self) -> NDArray[np.float64]:
        d = self.drives
        return np.column_stack((d.x, d.y, d.yaw, d.v, np.full(len(d), self.limits.radius)))

    def _circles(self, robot: int) -> NDArray[np.float64]:
        """Every other body as x, y, radius."""
        people = self.crowd.position[self.crowd.present]
        count = len(self.drives) - 1
        circles = np.empty((count + people.shape[0], 3))
        circles[:count, 0] = np.delete(self.drives.x, robot)
        circles[:count, 1] = np.delete(self.drives.y, robot)
        circles[:count, 2] = self.limits.radius
        circles[count:, :2] = people
        circles[count:, 2] = PERSON_RADIUS_M
        return circles

    def _check(self, robots: Sequence[RobotSpec]) -> None:
        for k, robot in enumerate(robots):
            if self.fields.clearance(robot.x, robot.y) < self.limits.radius - self.fields.resolution:
                raise PlacementError(
                    f"{robot.serial} at ({robot.x:.2f}, {robot.y:.2f}) stands in a wall: start it on free floor"
                )
            for other in robots[:k]:
                if math.hypot(robot.x - other.x, robot.y - other.y) < 2.0 * self.limits.radius:
                    raise PlacementError(f"{robot.serial} and {other.serial} begin in the same place: move one")


def robot_at(venue: Venue, serial: str, station: str) -> RobotSpec:
    """A robot standing at a station of the venue.

    :raises PlacementError: if there is no such station.
    """
    found = venue.stations.get(station)
    if found is None:
        some = ", ".join(list(venue.chargers)[:3])
        raise PlacementError(f"{serial}={station}: {venue.id} has no station {station!r}: use one such as {some}")
    return RobotSpec(serial=serial, x=found.x, y=found.y, yaw=found.yaw)


def surroundings_of(venue: Venue) -> Surroundings:
    """Lanes and docks of a venue."""
    nodes = venue.lanes.nodes
    lanes = [
        (nodes[lane.start].x, nodes[lane.start].y, nodes[lane.end].x, nodes[lane.end].y)
        for lane in venue.lanes.lanes.values()
    ]
    docks = tuple((charger.x, charger.y, charger.yaw) for charger in venue.chargers.values())
    return Surroundings(lanes=np.array(lanes, np.float64).reshape(-1, 4), docks=docks)


def _battery(robot: RobotSpec, rng: np.random.Generator) -> Battery:
    drawn = float(rng.uniform(0.75, 1.0))
    return replace(Battery(), level=drawn if robot.battery is None else robot.battery)
