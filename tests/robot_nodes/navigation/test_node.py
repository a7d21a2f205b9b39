"""The node over ROS 2 with a small world in lockstep: bad input and faults, and what clients of Nav2 wait for."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
pytest.importorskip("rclpy")
sys.path.insert(0, str(Path(__file__).parent))

import rclpy  # noqa: E402
from builtin_interfaces.msg import Time  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped  # noqa: E402
from lifecycle_msgs.srv import GetState  # noqa: E402
from lockstep import Lockstep  # noqa: E402
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from sensor_msgs.msg import LaserScan  # noqa: E402

from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import pose2d, quaternion, stamped, with_covariance  # noqa: E402

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6


class Bench(Lockstep):
    """`bend_scan`, `bend_odom` and `clock_s` spoil what the world sends."""

    def __init__(self, domain: int) -> None:
        rclpy.init(domain_id=domain)
        super().__init__(people=0)
        self.initial = self.node.create_publisher(PoseWithCovarianceStamped, "initialpose", 10)
        self.reports: list[DiagnosticArray] = []
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self.reports.append, 10)
        self.states = {
            name: self.node.create_client(GetState, f"{name}/get_state") for name in ("amcl", "bt_navigator")
        }
        self.clock_s = 1000.0
        self.handle: Any = None

    def drain(self) -> None:
        """Until nothing more comes: without odometry and scans nobody has anything to say."""
        quiet = 0
        while quiet < 5:
            before = len(self.poses)
            self.executor.spin_once(timeout_sec=0.02)
            quiet = 0 if len(self.poses) > before else quiet + 1
        self.poses.clear()

    def up(self) -> Bench:
        assert self.navigation.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert self.navigation.trigger_activate() == TransitionCallbackReturn.SUCCESS
        self.spin_until(lambda: self.to_pose.server_is_ready() and self.through.server_is_ready())
        self.spin_until(
            lambda: all(p.get_subscription_count() for p in (self.scan, self.odom, self.clock, self.initial))
        )
        for _ in range(3):
            self.tick()
        return self

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.tick()

    def drive(self, metres: float = 6.0) -> Any:
        """The handle of a goal some way along the lanes from here."""
        lanes, x, y = self.venue.lanes, *self.world.pose(0)[:2]
        nodes = sorted(lanes.nodes.values(), key=lambda node: abs(math.hypot(node.x - x, node.y - y) - metres))
        goal = NavigateToPose.Goal(pose=stamped(Pose2D(nodes[0].x, nodes[0].y, 0.0), Time()))
        goal.pose.pose.orientation.w = goal.pose.pose.orientation.z = 0.0
        future = self.to_pose.send_goal_async(goal)
        self.until(future.done)
        self.handle = future.result()
        assert self.handle.accepted
        return self.handle

    def goes_on(self) -> None:
        """Drives (again), and knows where it is."""
        self.until(lambda: self.commands[-1].linear.x > 0.3 and self.error_m < 0.1, 10.0)
        assert self.world.collisions == 0

    @property
    def still(self) -> bool:
        return self.commands[-1].linear.x == 0.0 and self.commands[-1].angular.z == 0.0

    @property
    def error_m(self) -> float:
        x, y, _ = self.world.pose(0)
        return self.navigation._localiser.estimate.distance_to(x, y)

    def close(self) -> None:
        super().close()
        rclpy.try_shutdown()


@pytest.fixture(scope="module")
def fresh(free_domain: Callable[[], int]) -> Iterator[Bench]:
    made = Bench(free_domain())
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def bench(fresh: Bench) -> Bench:
    """Up, with nothing spoiled and nothing counted."""
    fresh.mend()
    if fresh.navigation._state_machine.current_state[1] != "active":
        fresh.up()
    fresh.navigation._faults.counts.clear()
    return fresh


@pytest.fixture
def driving(bench: Bench) -> Bench:
    """Under way at some speed; `bench.handle` is the goal."""
    if not bench.navigation._navigator.under_way:
        bench.drive(12.0)
    bench.goes_on()
    return bench


def only(value: float) -> Callable[[LaserScan], None]:
    def bend(message: LaserScan) -> None:
        message.ranges = [value] * len(message.ranges)

    return bend


def half(message: LaserScan) -> None:
    message.ranges = message.ranges[: len(message.ranges) // 2]


def none(message: LaserScan) -> None:
    message.ranges = []


def mad(message: LaserScan) -> None:
    message.angle_increment = math.nan


def old(message: LaserScan) -> None:
    message.header.stamp.sec = max(0, message.header.stamp.sec - 100)


def test_the_calls_of_nav2_simple_commander(fresh: Bench) -> None:
    """`setInitialPose`, `waitUntilNav2Active`, `goToPose` and `isTaskComplete`, in the order of their source."""
    bench = fresh
    true = bench.world.pose(0)
    given = PoseStamped()
    given.header.frame_id = "map"
    given.pose.position.x, given.pose.position.y = true[0] + 0.2, true[1]
    given.pose.orientation = quaternion(true[2])

    def state(server: str) -> str:
        bench.spin_until(bench.states[server].service_is_ready)
        future = bench.states[server].call_async(GetState.Request())
        bench.spin_until(future.done)
        return str(future.result().current_state.label)

    assert (state("amcl"), state("bt_navigator")) == ("unconfigured", "unconfigured")
    bench.up()
    assert state("amcl") == "active"
    bench.drain()
    message = PoseWithCovarianceStamped()  # its header's stamp and its covariance are nought
    message.header.frame_id, message.pose.pose = given.header.frame_id, given.pose
    bench.initial.publish(message)
    bench.spin_until(lambda: bool(bench.poses))  # without any scan in between
    assert pose2d(bench.poses[-1].pose.pose).x == pytest.approx(true[0] + 0.2)
    assert state("bt_navigator") == "active"
    bench.run(1.0)
    assert bench.error_m < 0.1
    assert bench.result(bench.drive(3.0)).status == SUCCEEDED


@pytest.mark.parametrize(
    "bend", [only(math.nan), only(0.0), half, none, mad, old], ids=["nan", "zero", "half", "none", "mad", "old"]
)
def test_scans_that_say_nothing_stop_the_robot_and_good_ones_let_it_go_on(driving: Bench, bend: Any) -> None:
    driving.bend_scan = bend
    driving.until(lambda: driving.still, 1.5)
    assert driving.navigation._faults.counts["scan"] >= 3
    assert "scan" in driving.navigation._faults.last["scan"]
    driving.mend()
    driving.goes_on()


def test_a_lidar_that_stays_blind_ends_the_goal(driving: Bench) -> None:
    driving.bend_scan = only(math.nan)
    pause = driving.navigation._watches[0]  # twice a second of wall time; the simulated time goes faster
    for _ in range(80):
        driving.tick()
        pause.reset()
    driving.navigation._on_watch()
    driving.tick()
    driving.navigation._on_watch()
    answer = driving.result(driving.handle)
    assert (answer.status, answer.result.error_code) == (ABORTED, 104)
    assert "check the lidar" in answer.result.error_msg


@pytest.mark.parametrize("jump_s", [-1.0, -900.0, 6.0, 1e6, None])
def test_a_clock_that_is_set_is_told_and_does_no_harm(driving: Bench, jump_s: float | None) -> None:
    driving.clock_s += jump_s or 0.0
    if jump_s is None:
        driving.clock_s = -driving.world.now_s  # a simulation that begins anew
    driving.run(0.2)
    driving.navigation._on_watch()
    assert driving.navigation._faults.counts["clock"] == 1
    assert driving.navigation._navigator.under_way
    driving.goes_on()
    driving.clock_s = max(driving.clock_s, 1000.0)


@pytest.mark.parametrize("jump", [(4.0, 0.0), (300.0, -20.0), (0.8, 0.3)])
def test_odometry_that_jumps_is_put_right_by_the_scans(driving: Bench, jump: tuple[float, float]) -> None:
    def bend(message: Odometry) -> None:
        message.pose.pose.position.x += jump[0]
        message.pose.pose.position.y += jump[1]

    driving.bend_odom = bend
    driving.run(0.3)
    driving.goes_on()
    assert driving.navigation._faults.counts["odometry"] == 1
    driving.mend()  # and back
    driving.run(0.3)
    driving.goes_on()


def test_odometry_that_is_no_number_stops_the_robot(driving: Bench) -> None:
    def bend(message: Odometry) -> None:
        message.pose.pose.position.x = math.nan

    driving.bend_odom = bend
    driving.run(0.2)
    assert driving.still
    assert driving.navigation._faults.counts["odometry"] >= 2
    driving.mend()
    driving.goes_on()


def test_a_planner_that_crashes_ends_its_goal_and_nothing_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bench.navigation._navigator.planner, "plan_to", lambda *a, **k: [][1])
        answer = bench.result(bench.drive())
    assert (answer.status, answer.result.error_code) == (ABORTED, 100)
    assert "fault while planning" in answer.result.error_msg
    assert bench.navigation._faults.counts["fault"] == 1
    bench.drive(12.0)
    bench.goes_on()


def test_a_controller_that_crashes_stops_the_robot(driving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(driving.navigation._navigator._controller, "follow", lambda *a, **k: 1 / 0)
        answer = driving.result(driving.handle)
    assert (answer.status, answer.result.error_code) == (ABORTED, 100)
    assert driving.still
    driving.drive(12.0)
    driving.goes_on()
    driving.reports.clear()
    driving.navigation._on_diagnostics()
    driving.spin_until(lambda: bool(driving.reports))
    (status,) = driving.reports[-1].status
    values = {item.key: item.value for item in status.values}
    assert (status.name, status.message) == ("guide_01: navigation", "drives")
    assert (values["faults_inside"], values["goal_100_faults"]) == ("1", "1")


@pytest.mark.parametrize(
    ("frame", "x", "z", "code", "says"),
    [
        ("odom", 5.0, 0.0, 302, "only goals in frame 'map'"),
        ("map", math.inf, 0.0, 304, "not a number"),
        ("map", 5.0, math.nan, 304, "not a number"),
        ("map", 5.0, 4.5, 304, "another level"),
        ("map", -999.0, 0.0, 304, "off the map"),
        ("map", 0.0, 0.0, 306, "choose a station"),
    ],
)
def test_goals_through_poses_have_their_own_codes(
    bench: Bench, frame: str, x: float, z: float, code: int, says: str
) -> None:
    pose = stamped(Pose2D(x, 5.0, 0.0), Time())
    pose.header.frame_id, pose.pose.position.z = frame, z
    sent = bench.through.send_goal_async(NavigateThroughPoses.Goal(poses=[pose]))
    bench.until(sent.done)
    answer = bench.result(sent.result())
    assert (answer.status, answer.result.error_code) == (ABORTED, code)
    assert says in answer.result.error_msg


def test_an_initial_pose_that_nobody_filled_in_moves_nobody_and_is_answered(bench: Bench) -> None:
    empty = PoseWithCovarianceStamped()
    empty.header.frame_id = "map"
    empty.pose.pose.orientation.w = 1.0
    off = with_covariance(Pose2D(-50.0, 2.0, 0.0), 0.1 * _ONES, Time())
    for message in (empty, off):
        bench.drain()
        bench.initial.publish(message)
        bench.spin_until(lambda: bool(bench.poses))
        assert bench.error_m < 0.3
    assert bench.navigation._faults.counts["input"] == 1
    assert "off the map" in bench.navigation._faults.last["input"]


def _ones() -> Any:
    import numpy as np

    return np.eye(3)


_ONES = _ones()
