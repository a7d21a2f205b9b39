"""A robot of the embedded simulator before its dock: world, cameras, pilot and docking in one process, without ROS."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from maps.markers import boards_of
from maps.venue import Venue, load_venue
from robot_nodes.docking.core import Docking
from robot_nodes.docking.docks import Dock, docks_of
from robot_nodes.docking.effects import Ended, Feedback, Navigate, Stage
from robot_nodes.docking.settings import DEFAULT, DockingSettings
from robot_nodes.navigation.field import ClearanceField, floor_of
from robot_nodes.navigation.geometry import Points, Pose2D, wrapped
from robot_nodes.navigation.goals import End, Goal
from robot_nodes.navigation.pilot import Pilot
from robot_nodes.seeing.lens import Lens, Mount
from robot_nodes.seeing.markers import MarkerReader
from sim.battery import Chargers
from sim.camera import CameraSpec
from sim.camera_boards import Board
from sim.camera_rig import CAMERAS, Rig, boards_in
from sim.clock import SCAN_EVERY, SECOND_EVERY, STEP_S
from sim.world import World

ME = "guide-01"


def hits_of(world: World) -> Points:
    """A scan's returns, shape (n, 2), base frame."""
    ranges = world.scan(0).astype(float)
    angles = world.lidar.angle_min + np.arange(world.lidar.beams) * world.lidar.angle_increment
    seen = np.isfinite(ranges)
    return np.column_stack((np.cos(angles), np.sin(angles)))[seen] * ranges[seen, None]


@dataclass
class Bay:
    """One robot and one dock. `put` it somewhere, ask `docking`, `run` until it has ended."""

    venue: Venue
    field: ClearanceField
    dock: Dock
    world: World
    pilot: Pilot
    docking: Docking
    rig: Rig | None = None
    current: bool = True
    """Whether the charger works."""
    stages: list[Stage] = field(default_factory=list)
    ended: Ended | None = None
    fixes: int = 0
    navigated: int = 0
    least_gap: float = math.inf
    _goal: int = 0

    def __post_init__(self) -> None:
        self._chargers = Chargers((it.x, it.y, it.yaw) for it in self.venue.chargers.values())
        self._reader = MarkerReader(boards_of(self.venue))
        self._lenses: dict[str, Lens] = {}
        for name, spec in self.rig.specs.items() if self.rig else ():
            mount = Mount(x=spec.x_m, y=spec.y_m, height=spec.height_m, yaw=spec.yaw)
            self._lenses[name] = Lens.of(spec.width, spec.height, spec.matrix.ravel().tolist(), [], mount)
        self.docking.sees = self.rig is not None
        self._speed = 0.0

    @property
    def charging(self) -> bool:
        return self.current and self._chargers.touched(*self.world.pose(0), float(self.world.drives.v[0]))

    @property
    def off(self) -> tuple[float, float]:
        """Metres and radians from the docked pose."""
        x, y, yaw = self.world.pose(0)
        return self.dock.pose.distance_to(x, y), abs(wrapped(yaw - self.dock.pose.yaw))

    def put(self, at: Pose2D, believed: Pose2D | None = None) -> None:
        """Stand there, true pose and believed one, frame map."""
        drives = self.world.drives
        drives.x[0], drives.y[0], drives.yaw[0] = at.x, at.y, at.yaw
        where = believed or at
        self.pilot.localiser.reset(where, np.diag((0.1**2, 0.1**2, math.radians(5.0) ** 2)))
        for _ in range(20):
            self.step()

    def step(self) -> None:
        """0.05 s."""
        world, now = self.world, self.world.now_s + STEP_S
        world.step(STEP_S)
        now = world.now_s
        if world.clock.steps % SCAN_EVERY == 0:
            hits = hits_of(world)
            self.pilot.scan(now, hits)
            self.docking.on_scan(now, hits)
        felt = world.odometry[0]
        odom = Pose2D(felt.x, felt.y, felt.yaw)
        cycle = self.pilot.odometry(now, odom, now)
        if cycle.look is not None:
            self.docking.on_pose(now, cycle.pose)
        if world.clock.steps % SECOND_EVERY == 0:
            self.docking.on_battery(self.charging)
        self._look(now)
        self.docking.on_command(cycle.command.v)
        wish = self.docking.odometry(now, odom)
        if wish is not None:
            self.pilot.docking(now, wish.twist, wish.dock)
        self._carry_out()
        world.command(0, cycle.command.v, cycle.command.w)
        people = world.crowd.position[world.crowd.present]
        if len(people):
            x, y, _ = world.pose(0)
            gap = float(np.hypot(people[:, 0] - x, people[:, 1] - y).min()) - world.limits.radius - 0.25
            self.least_gap = min(self.least_gap, gap)

    def run(self, longest_s: float = 200.0, until: Callable[[Bay], bool] | None = None) -> Ended | None:
        """Until the request has ended, or `until` holds."""
        began = self.world.now_s
        while self.ended is None and self.world.now_s - began < longest_s:
            self.step()
            if until is not None and until(self):
                break
        ended, self.ended = self.ended, None
        return ended

    def _look(self, now: float) -> None:
        if self.rig is None or not self.rig.due:
            return
        for name, _, picture in self.rig.pictures():
            fix = self._reader.fix(self._lenses[name], picture, self.pilot.localiser.estimate)
            if fix is not None:
                self.fixes += 1
                self.pilot.marker(fix.pose, fix.covariance)
                self.docking.on_marker(now, fix.pose, fix.covariance)

    def _carry_out(self) -> None:
        now = self.world.now_s
        for outcome in self.pilot.navigator.take_outcomes():
            if outcome.goal == self._goal:
                self.docking.on_staged(outcome.end is End.SUCCEEDED, outcome.message, now)
        for effect in self.docking.take_effects():
            match effect:
                case Navigate(pose):
                    self.navigated += 1
                    self._goal += 1
                    goal = Goal(id=self._goal, poses=(pose,), along_lanes=True)
                    self.pilot.navigator.go(goal, self.pilot.localiser.estimate, now)
                case Feedback(stage):
                    self.stages.append(stage)
                case Ended():
                    self.ended = effect
                case _:
                    self.pilot.navigator.cancel(self._goal)


Make = Callable[..., Bay]


@pytest.fixture(scope="session")
def venue() -> Venue:
    return load_venue("hall")


@pytest.fixture(scope="session")
def floor(venue: Venue) -> ClearanceField:
    return floor_of(venue)[1]


@pytest.fixture
def make_bay(venue: Venue, floor: ClearanceField) -> Make:
    """A bay with its robot docked."""

    def make(
        dock: str = "dock-01",
        *,
        seed: int = 1,
        camera: str = "off",
        boards: tuple[Board, ...] | None = None,
        settings: DockingSettings = DEFAULT,
        guests: int = 0,
        other: bool = False,
    ) -> Bay:
        robots = {ME: dock} | ({"guide-02": next(it for it in venue.chargers if it != dock)} if other else {})
        world = World.of_venue(venue, robots, seed, people=0, guests=guests)
        docks = docks_of(venue)
        pilot = Pilot(floor, venue.lanes, docks[dock].pose, zones=venue.zones)
        rig = None
        if camera != "off":
            specs: dict[str, CameraSpec] = {"rear_camera": CAMERAS[camera]["rear_camera"]}
            rig = Rig(world, 0, specs, boards_in(venue) if boards is None else boards)
        return Bay(venue, floor, docks[dock], world, pilot, Docking(docks, settings), rig)

    return make


def near(pose: Pose2D, rng: np.random.Generator, metres: float = 0.1, degrees: float = 5.0) -> Pose2D:
    """A pose up to so far off, evenly in a disc, and turned by up to so much."""
    away, where = metres * math.sqrt(rng.uniform()), rng.uniform(-math.pi, math.pi)
    turned = math.radians(rng.uniform(-degrees, degrees))
    return replace(
        pose, x=pose.x + away * math.cos(where), y=pose.y + away * math.sin(where), yaw=wrapped(pose.yaw + turned)
    )
