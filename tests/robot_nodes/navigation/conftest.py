"""A small hall made by hand: two blocks of booths, one-way lanes round them; and a driver for its kinematic world."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from maps.lanes import Lane, LaneGraph, LaneNode
from maps.occupancy import OccupancyGrid
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.goals import Status
from robot_nodes.navigation.localiser import Localiser
from robot_nodes.navigation.navigator import Navigator
from robot_nodes.navigation.social import people_array
from robot_nodes.seeing.people import PeopleTracker

RESOLUTION = 0.05


@dataclass
class Hall:
    """24 x 14 m; booths between x 5-10 and 14-19, y 5-9; lanes round them."""

    grid: OccupancyGrid
    field: ClearanceField
    lanes: LaneGraph


def make_grid(
    boxes: list[tuple[float, float, float, float]], width: float = 24.0, height: float = 14.0
) -> OccupancyGrid:
    cells = np.zeros((round(height / RESOLUTION), round(width / RESOLUTION)), np.int8)
    cells[0, :] = cells[-1, :] = 100
    cells[:, 0] = cells[:, -1] = 100
    for x0, y0, x1, y1 in boxes:
        cells[round(y0 / RESOLUTION) : round(y1 / RESOLUTION), round(x0 / RESOLUTION) : round(x1 / RESOLUTION)] = 100
    return OccupancyGrid(cells=cells, resolution_m=RESOLUTION)


@pytest.fixture(scope="session")
def grid_of() -> Callable[..., OccupancyGrid]:
    return make_grid


@pytest.fixture(scope="session")
def hall() -> Hall:
    grid = make_grid([(5.0, 5.0, 10.0, 9.0), (14.0, 5.0, 19.0, 9.0)])
    corners = {
        "a": (3.0, 3.0),
        "b": (21.0, 3.0),
        "c": (21.0, 11.0),
        "d": (3.0, 11.0),
        "e": (12.0, 3.0),
        "f": (12.0, 11.0),
    }
    nodes = [LaneNode(id=name, x=x, y=y) for name, (x, y) in corners.items()]
    # One way round, counter-clockwise, and one way up the middle.
    pairs = ["ae", "eb", "bc", "cf", "fd", "da", "ef"]
    lanes = [
        Lane(
            id=pair,
            start=pair[0],
            end=pair[1],
            length_m=math.dist(corners[pair[0]], corners[pair[1]]),
            speed_limit_mps=1.0,
            width_m=1.5,
        )
        for pair in pairs
    ]
    return Hall(grid, ClearanceField.of(grid), LaneGraph(nodes, lanes))


@dataclass
class KinematicWorld:
    """One robot, circles that stand or walk, and an ideal scanner: enough for closed loops without the simulator."""

    field: ClearanceField
    pose: Pose2D
    people: list[list[float]] = field(default_factory=list)  # x, y, vx, vy
    twist: Twist2D = field(default_factory=Twist2D)
    now: float = 0.0
    least_gap: float = math.inf

    def hits(self) -> Points:
        found = []
        for angle in np.arange(-180, 180, 2) * math.pi / 180.0:
            distance = self._ray(self.pose.yaw + angle)
            if distance < 15.0:
                found.append((distance * math.cos(angle), distance * math.sin(angle)))
        return np.array(found).reshape(-1, 2)

    def _ray(self, angle: float) -> float:
        c, s = math.cos(angle), math.sin(angle)
        along = 0.0
        while along < 15.0:
            room = self.field.at(self.pose.x + along * c, self.pose.y + along * s)
            if room < 0.02:
                break
            along += max(room, 0.02)
        for x, y, _, _ in self.people:
            dx, dy = x - self.pose.x, y - self.pose.y
            ahead, across = c * dx + s * dy, abs(c * dy - s * dx)
            if ahead > 0 and across < 0.25:
                along = min(along, ahead - math.sqrt(0.25**2 - across**2))
        return along

    def move(self, command: Twist2D, dt: float = 0.1) -> None:
        step = 0.8 * dt
        v = max(self.twist.v - step, min(self.twist.v + step, command.v))
        w = max(self.twist.w - 0.3, min(self.twist.w + 0.3, command.w))
        self.twist = Twist2D(v, w)
        self.pose = self.pose.after(Pose2D(v * dt, 0.0, w * dt))
        for person in self.people:
            person[0] += person[2] * dt
            person[1] += person[3] * dt
        self.now += dt
        gaps = [math.hypot(p[0] - self.pose.x, p[1] - self.pose.y) - 0.55 for p in self.people]
        self.least_gap = min([self.least_gap, self.field.at(self.pose.x, self.pose.y) - 0.30, *gaps])


@pytest.fixture
def kinematic(hall: Hall) -> Callable[..., KinematicWorld]:
    def build(pose: Pose2D, people: list[list[float]] | None = None) -> KinematicWorld:
        return KinematicWorld(hall.field, pose, people or [])

    return build


@pytest.fixture
def drive() -> Callable[[KinematicWorld, Navigator, float], list[Status]]:
    """Step world and navigator for so many seconds, or until the navigator has nothing to do; people are tracked."""

    def run(world: KinematicWorld, navigator: Navigator, seconds: float) -> list[Status]:
        seen = []
        tracker = PeopleTracker(world.field)
        for _ in range(round(seconds * 10)):
            hits = world.hits()
            people = people_array(tracker.update(world.pose, hits, world.now), 0.0)
            command, status = navigator.step(world.pose, hits, 0.0, world.now, people)
            seen.append(status)
            world.move(command)
            if status.goal is None:
                break
        return seen

    return run


@pytest.fixture
def localiser(hall: Hall) -> Localiser:
    return Localiser(hall.field, Pose2D(3.0, 3.0, 0.0))
