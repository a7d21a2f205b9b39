"""Bad sensors, clocks that are set, wheels that slip and maps that do not fit: stand, tell which, go on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.venue import load_venue
from robot_nodes.navigation.errors import BadOdometry, BadScan, ClockJump, Lost, OffTheMap, SensorsSilent, Stuck
from robot_nodes.navigation.faults import LOST_ABORT_S, Faults, Intake, Timeline, Watchdog
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.goals import End, Goal
from robot_nodes.navigation.pilot import Pilot
from robot_nodes.navigation.settings import Patience, Settings
from sim.clock import SCAN_EVERY, STEP_S
from sim.world import World

HERE = Pose2D(1.0, 2.0, 0.0)


def test_a_fault_is_counted_each_time_and_told_now_and_then() -> None:
    faults = Faults()
    lines = [faults.note(BadScan("scan left out"), 0.1 * step) for step in range(201)]
    assert [step for step, line in enumerate(lines) if line] == [0, 100, 200]
    assert faults.note(BadOdometry("odometry left out"), 20.0) == "odometry left out"
    goals = [faults.note(OffTheMap("goal off the map"), 20.0 + 0.1 * step) for step in range(3)]
    assert goals == ["goal off the map"] * 3  # each of these has somebody waiting
    assert faults.values() == {
        "goal_faults": 3,
        "odometry_faults": 1,
        "scan_faults": 201,
        "last_goal": "goal off the map",
        "last_odometry": "odometry left out",
        "last_scan": "scan left out",
    }


@pytest.mark.parametrize("jump_s", [-0.5, -1e6, 8.0, 1e9])
def test_time_goes_on_over_a_clock_that_is_set(jump_s: float) -> None:
    line = Timeline()
    assert [line.advance(100.0 + 0.05 * step)[1] for step in range(10)] == [None] * 10
    before = line.at(100.45)
    after, jump = line.advance(100.45 + jump_s)
    assert isinstance(jump, ClockJump)
    assert ("back" in jump.message) == (jump_s < 0.0)
    assert after == pytest.approx(before + 0.05, abs=1e-5)
    assert line.advance(100.50 + jump_s)[0] == pytest.approx(before + 0.1, abs=1e-5)


def test_odometry_that_is_late_is_no_jump() -> None:
    line = Timeline()
    assert [line.advance(stamp)[1] for stamp in (1.0, 1.0, 1.5, 5.0, 4.9999)] == [None] * 5


@given(st.lists(st.tuples(st.floats(0.0, 4e9), st.floats(), st.floats(), st.floats(-4.0, 4.0)), max_size=30))
def test_whatever_the_odometry_says_time_only_goes_on(told: list[tuple[float, float, float, float]]) -> None:
    intake, last = Intake(), -math.inf
    for stamp, x, y, yaw in told:
        at, wrong = intake.odometry(stamp, Pose2D(x, y, yaw))
        assert all("\n" not in error.message for error in wrong)
        if at is None:
            assert wrong
            continue
        assert last - 0.01 <= at <= max(0.0, last, stamp) + 6.0
        assert intake.now(stamp) >= at
        last = at


def test_an_odometry_that_jumps_is_told_and_taken() -> None:
    intake = Intake()
    intake.odometry(1.0, HERE)
    assert intake.odometry(1.05, Pose2D(1.05, 2.0, 0.0)) == (1.05, [])
    at, wrong = intake.odometry(1.1, Pose2D(4.0, 2.0, 0.0))
    assert at == 1.1
    assert [type(error) for error in wrong] == [BadOdometry]
    assert "3.0 m" in wrong[0].message or "2.9 m" in wrong[0].message


@pytest.mark.parametrize("pose", [Pose2D(math.nan, 0.0, 0.0), Pose2D(0.0, math.inf, 0.0), Pose2D(1e30, 0.0, 0.0)])
def test_an_odometry_that_is_no_place_is_left_out(pose: Pose2D) -> None:
    at, wrong = Intake().odometry(1.0, pose)
    assert at is None
    assert [type(error) for error in wrong] == [BadOdometry]


def test_scans_of_another_time_are_left_out() -> None:
    intake = Intake()
    assert intake.scan(5.0) == 5.0  # before any odometry there is no other time
    intake.odometry(100.0, HERE)
    assert intake.scan(99.9) == 99.9
    for stamp in (98.0, 1e6, 0.0):
        with pytest.raises(BadScan, match="clocks"):
            intake.scan(stamp)
    assert intake.scans == 2


def test_a_silent_lidar_ends_the_goal_a_clock_that_was_set_does_not() -> None:
    dog = Watchdog()
    assert dog.reason(100.0, 99.9, 50, lost=False) is None
    assert dog.reason(1100.0, 100.3, 55, lost=False) is None  # scans have come since
    error = dog.reason(1100.5, 100.3, 55, lost=False)
    assert isinstance(error, SensorsSilent)
    assert error.code == 104
    assert Watchdog().reason(5.0, math.nan, 0, lost=False) is None


def test_who_is_lost_for_long_gives_up_and_who_is_found_does_not() -> None:
    dog = Watchdog()
    for now in range(int(LOST_ABORT_S)):
        assert dog.reason(float(now), now - 0.1, now, lost=True) is None
    assert dog.reason(LOST_ABORT_S, LOST_ABORT_S - 0.1, 1000, lost=False) is None
    assert dog.reason(LOST_ABORT_S + 1.0, LOST_ABORT_S + 0.9, 1001, lost=True) is None
    error = dog.reason(2.5 * LOST_ABORT_S, 2.5 * LOST_ABORT_S - 0.1, 1002, lost=True)
    assert isinstance(error, Lost)
    assert "initialpose" in error.message


# --- closed loops in the simulator ---


def hits_of(world: World) -> Points:
    ranges = world.scan(0).astype(float)
    angles = world.lidar.angle_min + np.arange(world.lidar.beams) * world.lidar.angle_increment
    seen = np.isfinite(ranges)
    return np.column_stack((np.cos(angles), np.sin(angles)))[seen] * ranges[seen, None]


class Drive:
    """A pilot in the hall, towards `culture`; its odometry can lie."""

    def __init__(self, patience: Patience | None = None) -> None:
        venue = load_venue("hall")
        self.world = World.of_venue(venue, {"guide-01": "dock-01"}, 3, people=0)
        start = Pose2D(*self.world.pose(0))
        self.pilot = Pilot(
            floor_of(venue)[1], venue.lanes, start, Settings(patience=patience or Patience()), zones=venue.zones
        )
        at = venue.stations["culture"]
        self.goal = Goal(id=1, poses=(Pose2D(at.x, at.y, at.yaw),), along_lanes=True)
        self.ends: list[Any] = []
        self.steps = 0
        self.odom = start
        self._believed = start

    def run(self, seconds: float, lies: Callable[[Twist2D, Pose2D], Pose2D], wheels: float = 1.0) -> Twist2D:
        """:param lies: (last command, true step) -> what the odometry says of it.
        :param wheels: share of the command that moves the robot."""
        command = Twist2D()
        for _ in range(round(seconds / STEP_S)):
            self.steps += 1
            before = Pose2D(*self.world.pose(0))
            self.world.step(STEP_S)
            step = Pose2D(*self.world.pose(0)).seen_from(before)
            self.odom = self.odom.after(lies(command, step))
            if self.steps % SCAN_EVERY == 0:
                self.pilot.scan(self.world.now_s, hits_of(self.world))
            cycle = self.pilot.odometry(self.world.now_s, self.odom, self.world.now_s)
            command, self._believed = cycle.command, cycle.pose
            self.world.command(0, wheels * command.v, wheels * command.w)
            self.ends += self.pilot.navigator.take_outcomes()
            if self.ends:
                break
        return command

    @property
    def error_m(self) -> float:
        return self._believed.distance_to(*self.world.pose(0)[:2])


def honest(command: Twist2D, step: Pose2D) -> Pose2D:
    return step


def spinning(command: Twist2D, step: Pose2D) -> Pose2D:
    """The wheels turn as commanded, whatever the robot does."""
    return Pose2D(command.v * STEP_S, 0.0, command.w * STEP_S)


@pytest.mark.parametrize("turns", [1.5, 0.7])
def test_wheels_that_slip_mislead_nobody(turns: float) -> None:
    """:param turns: what the odometry says of each metre."""
    drive = Drive()
    drive.run(0.5, honest)
    drive.pilot.navigator.go(drive.goal, drive.pilot.localiser.estimate, drive.pilot.last_odom_s)
    drive.run(10.0, lambda command, step: Pose2D(step.x * turns, step.y * turns, step.yaw * turns))
    assert drive.error_m < 0.1
    assert drive.world.collisions == 0


def test_wheels_that_spin_on_the_spot_end_the_goal_where_the_robot_is() -> None:
    drive = Drive(Patience(recover_after_s=1.0, staff_after_s=4.0, abort_after_s=6.0, reroute_every_s=2.0))
    drive.run(0.5, honest)
    drive.pilot.navigator.go(drive.goal, drive.pilot.localiser.estimate, drive.pilot.last_odom_s)
    drive.run(5.0, honest)
    drive.run(20.0, spinning, wheels=0.0)
    (outcome,) = drive.ends
    assert (outcome.end, outcome.code) == (End.ABORTED, Stuck.code)
    assert "clear the way" in outcome.message
    assert drive.pilot.navigator.recoveries >= 2
    assert drive.error_m < 0.15  # the scans say that it stands
    assert drive.run(0.2, honest).still


def test_on_a_map_that_does_not_fit_it_says_so_and_drives_nowhere(hall: Any) -> None:
    drive = Drive()
    drive.pilot = wrong = Pilot(hall.field, hall.lanes, Pose2D(3.0, 3.0, 0.0))
    goal = Goal(id=1, poses=(Pose2D(21.0, 11.0, 0.0),), along_lanes=True)
    wrong.navigator.go(goal, wrong.localiser.estimate, 0.0)
    before = Pose2D(*drive.world.pose(0))
    drive.run(6.0, honest)
    assert wrong.navigator.lost
    stood = Pose2D(*drive.world.pose(0))
    drive.run(4.0, honest)
    assert stood.distance_to(*drive.world.pose(0)[:2]) < 0.05  # turns on the spot, to look around
    assert before.distance_to(stood.x, stood.y) < 2.0
    assert drive.world.collisions == 0


JUNK = st.lists(
    st.tuples(
        st.one_of(st.just(0.05), st.floats(-1e4, 1e4)),
        st.one_of(st.floats(-0.1, 0.1), st.floats()),
        st.sampled_from(["good", "nan", "none", "far", "near"]),
    ),
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(JUNK)
def test_whatever_comes_in_each_odometry_is_answered_by_a_finite_command(
    hall: Any, junk: list[tuple[float, float, str]]
) -> None:
    pilot, intake, now = Pilot(hall.field, hall.lanes, Pose2D(3.0, 3.0, 0.0)), Intake(), 1e5
    around = np.linspace(-math.pi, math.pi, 90, endpoint=False)
    ring = np.column_stack((np.cos(around), np.sin(around)))
    points = {
        "good": 2.5 * ring,
        "nan": np.full((90, 2), math.nan),
        "none": np.empty((0, 2)),
        "far": 1e30 * ring,
        "near": 0.34 * ring,
    }
    pilot.navigator.go(Goal(id=1, poses=(Pose2D(12.0, 3.0, 0.0),), along_lanes=True), Pose2D(3.0, 3.0, 0.0), 1e5)
    for step, x, scan in junk:
        now += step
        odom = Pose2D(x, 0.0, 0.0)
        at, _ = intake.odometry(now, odom)
        if at is None:
            continue
        pilot.scan(at, points[scan])
        command = pilot.odometry(at, odom, intake.now(now)).command
        assert math.isfinite(command.v)
        assert math.isfinite(command.w)
        assert abs(command.v) <= 1.0
        if scan == "near":
            assert command.v == 0.0
    assert pilot.faults == 0
    assert pilot.localiser.estimate.finite
