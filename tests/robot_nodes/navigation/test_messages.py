"""Whatever comes in over ROS: numbers that are none, any length, any frame, any quaternion."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
pytest.importorskip("rclpy")

from builtin_interfaces.msg import Time  # noqa: E402
from geometry_msgs.msg import Pose, PoseStamped, PoseWithCovarianceStamped, Quaternion, TwistStamped  # noqa: E402
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose  # noqa: E402
from nav2_msgs.msg import SpeedLimit  # noqa: E402
from sensor_msgs.msg import LaserScan  # noqa: E402

from robot_nodes.navigation import messages  # noqa: E402
from robot_nodes.navigation.errors import BadPose, BadScan, NavigationError, OffTheMap, OtherLevel  # noqa: E402
from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.goals import State, Status  # noqa: E402
from robot_nodes.navigation.localiser import Localiser  # noqa: E402
from robot_nodes.seeing.lens import BadPicture, Lens, decoded  # noqa: E402

ANY = st.floats()
SINGLE = st.floats(width=32)
LIKELY = st.one_of(st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 0.05, 30.0]), st.floats(0.125, 25.0, width=32))
SCANS = st.builds(
    LaserScan,
    angle_min=st.one_of(st.just(-math.pi), SINGLE),
    angle_max=st.one_of(st.just(math.pi), SINGLE),
    angle_increment=st.one_of(st.sampled_from([0.1, 0.5, -0.1, 0.0]), SINGLE),
    range_min=st.one_of(st.just(0.1), SINGLE),
    range_max=st.one_of(st.just(25.0), SINGLE),
    ranges=st.lists(st.one_of(LIKELY, SINGLE), max_size=80),
)
QUATERNIONS = st.builds(Quaternion, x=ANY, y=ANY, z=ANY, w=ANY)
FRAMES = st.one_of(st.sampled_from(["map", "/map", "odom", ""]), st.text(max_size=5))


def attempt(call: Callable[[], Any]) -> tuple[Any, NavigationError | None]:
    """What came of it, or the one line that says why nothing did."""
    try:
        return call(), None
    except NavigationError as error:
        return None, error


def pose_of(x: float, y: float, z: float, turn: Quaternion) -> Pose:
    made = Pose(orientation=turn)
    made.position.x, made.position.y, made.position.z = x, y, z
    return made


POSES = st.builds(pose_of, ANY, ANY, st.one_of(st.just(0.0), ANY), QUATERNIONS)


def scan_of(ranges: list[float], **fields: float) -> LaserScan:
    step = 2.0 * math.pi / max(1, len(ranges))
    given_fields = {
        "angle_min": -math.pi,
        "angle_max": math.pi - step,
        "angle_increment": step,
        "range_min": 0.1,
        "range_max": 25.0,
    }
    return LaserScan(ranges=ranges, **(given_fields | fields))


@given(SCANS)
def test_any_scan_is_points_or_a_line_that_says_why_not(scan: LaserScan) -> None:
    reader = messages.ScanReader()
    points, error = attempt(lambda: reader.read(scan))
    if error is not None:
        assert (type(error), "\n" in error.message) == (BadScan, False)
        assert len(reader.points(scan)) == 0
        return
    assert points.shape == (len(points), 2)
    assert len(points) <= len(scan.ranges)
    assert np.isfinite(points).all()
    assert np.array_equal(points, reader.points(scan))


def test_what_is_too_near_to_be_measured_is_as_near_as_can_be() -> None:
    scan = scan_of([-math.inf] + [5.0] * 35)
    nearest = np.hypot(*messages.ScanReader().read(scan).T).min()
    assert nearest == pytest.approx(0.1)


def test_nothing_in_reach_is_a_reading_and_no_return() -> None:
    assert len(messages.ScanReader().read(scan_of([math.inf] * 36))) == 0


def test_a_scan_of_another_length_is_read_by_its_own_angles() -> None:
    reader = messages.ScanReader()
    for count in (360, 90, 720):
        points = reader.read(scan_of([2.0] * count))
        assert np.allclose(points[0], (-2.0, 0.0), atol=1e-6)
        assert len(points) == count


@pytest.mark.parametrize(
    ("scan", "says"),
    [
        (scan_of([]), "0 beams"),
        (scan_of([math.nan] * 36), "0 of its 36 beams"),
        (scan_of([0.0] * 30 + [3.0] * 6), "6 of its 36"),
        (scan_of([3.0] * 20, angle_increment=math.pi / 40), "90 of 342 degrees"),
        (scan_of([3.0] * 20, angle_increment=0.0), "0.0 rad apart"),
        (scan_of([3.0] * 20, range_min=0.0, range_max=0.0), "ranges from 0.0 to 0.0"),
        (scan_of([3.0] * 20, range_max=math.nan), "to nan m"),
    ],
)
def test_scans_that_make_blind_are_refused(scan: LaserScan, says: str) -> None:
    with pytest.raises(BadScan, match=says) as caught:
        messages.ScanReader().read(scan)
    assert caught.value.code == 104


@given(QUATERNIONS)
def test_any_quaternion_is_an_angle_or_no_number(turn: Quaternion) -> None:
    yaw = messages.pose2d(pose_of(0.0, 0.0, 0.0, turn)).yaw
    assert math.isnan(yaw) or -math.pi <= yaw <= math.pi


@given(st.floats(-3.1, 3.1), st.floats(0.01, 100.0))
def test_a_quaternion_of_any_length_is_the_same_turn(yaw: float, length: float) -> None:
    turn = messages.quaternion(yaw)
    longer = Quaternion(z=turn.z * length, w=turn.w * length)
    assert messages.pose2d(pose_of(0.0, 0.0, 0.0, longer)).yaw == pytest.approx(yaw, abs=1e-9)


@given(FRAMES, POSES)
def test_any_goal_is_a_finite_pose_on_this_floor_or_an_error(frame: str, pose: Pose) -> None:
    goal = PoseStamped(pose=pose)
    goal.header.frame_id = frame
    read, error = attempt(lambda: messages.goal_pose(goal))
    if error is not None:
        assert error.code in (202, 204)
        assert "\n" not in error.message
        with pytest.raises(type(error)):
            messages.via_poses([goal])
        return
    found, turn = read
    assert found.finite
    assert frame.lstrip("/") == "map"
    assert abs(pose.position.z) <= 1.5
    assert messages.via_poses([goal, goal]) == ((found, found), turn)


@pytest.mark.parametrize(
    ("x", "z", "error"), [(1.0, 3.0, OtherLevel), (1.0, math.nan, OffTheMap), (-math.inf, 0.0, OffTheMap)]
)
def test_goals_that_are_no_place_here(x: float, z: float, error: type[NavigationError]) -> None:
    goal = PoseStamped(pose=pose_of(x, 0.0, z, Quaternion(w=1.0)))
    goal.header.frame_id = "map"
    with pytest.raises(error):
        messages.goal_pose(goal)


@given(FRAMES, POSES, st.lists(ANY, min_size=36, max_size=36))
def test_any_initial_pose_is_one_or_is_refused(frame: str, pose: Pose, covariance: list[float]) -> None:
    message = PoseWithCovarianceStamped()
    message.header.frame_id, message.pose.pose, message.pose.covariance = frame, pose, covariance
    found, error = attempt(lambda: messages.taken_pose(message, lambda x, y: 0.0 <= x < 20.0 and 0.0 <= y < 20.0))
    assert error is None or (type(error) is BadPose and "\n" not in error.message)
    assert found is None or (found.finite and 0.0 <= found.x < 20.0)
    taken = messages.initial_covariance(message.pose.covariance)
    assert np.isfinite(taken).all()
    assert (np.linalg.eigvalsh(taken) > 0.0).all()
    assert messages.planar(message.pose.covariance).shape == (3, 3)


def test_an_initial_pose_that_nobody_filled_in_is_none() -> None:
    message = PoseWithCovarianceStamped()
    message.header.frame_id, message.pose.pose.orientation.w = "map", 1.0
    assert messages.taken_pose(message, lambda x, y: True) is None
    message.pose.covariance = messages.initial_pose(Pose2D(0.0, 0.0, 0.0), Time()).pose.covariance
    assert messages.taken_pose(message, lambda x, y: True) == Pose2D(0.0, 0.0, 0.0)  # RViz at the origin


@given(pose=POSES, covariance=st.lists(ANY, min_size=36, max_size=36))
def test_any_marker_pose_leaves_a_pose_that_can_be_computed_with(
    hall: Any, pose: Pose, covariance: list[float]
) -> None:
    localiser = Localiser(hall.field, Pose2D(3.0, 3.0, 0.0))
    localiser.marker(messages.pose2d(pose), messages.planar(np.array(covariance)))
    assert localiser.estimate.finite
    assert np.isfinite(localiser.covariance).all()


@given(st.booleans(), ANY)
def test_any_speed_limit_is_a_speed_or_is_refused(percentage: bool, value: float) -> None:
    limit, error = attempt(lambda: messages.speed_limit(SpeedLimit(percentage=percentage, speed_limit=value), 1.0))
    if error is None:
        assert limit > 0.0
    else:
        assert not (math.isfinite(value) and value >= 0.0)


def test_speed_limits_are_nav2s() -> None:
    assert messages.speed_limit(SpeedLimit(speed_limit=0.4), 1.0) == 0.4
    assert messages.speed_limit(SpeedLimit(percentage=True, speed_limit=50.0), 0.8) == pytest.approx(0.4)
    assert messages.speed_limit(SpeedLimit(speed_limit=0.0), 1.0) == math.inf


@given(ANY, ANY, POSES)
def test_any_wish_of_docking_is_one_that_wheels_can_do(v: float, w: float, pose: Pose) -> None:
    message, dock = TwistStamped(), PoseStamped(pose=pose)
    message.twist.linear.x, message.twist.angular.z = v, w
    wish, at = messages.docking_wish(message, dock)
    assert math.isfinite(wish.v)
    assert math.isfinite(wish.w)
    assert at is None or at.finite
    dock.header.stamp.sec = 1  # of another time
    assert messages.docking_wish(message, dock)[1] is None
    assert messages.docking_wish(message, None) == (wish, None)


@given(ANY)
def test_any_time_is_a_duration(value: float) -> None:
    made = messages.duration(value)
    assert made.sec >= 0
    assert 0 <= made.nanosec < 1_000_000_000


@pytest.mark.parametrize("action", [NavigateToPose, NavigateThroughPoses])
def test_feedback_and_results_have_nav2s_fields(action: Any) -> None:
    status = Status(State.DRIVING, 1, remaining_m=3.0, remaining_s=math.inf, driving_s=2.5, recoveries=2, poses_left=4)
    made = messages.feedback(action, Pose2D(1.0, 2.0, 0.0), status, Time())
    assert (made.distance_remaining, made.number_of_recoveries) == (3.0, 2)
    assert (made.navigation_time.sec, made.current_pose.header.frame_id) == (2, "map")
    assert getattr(made, "number_of_poses_remaining", 4) == 4
    assert messages.result(action, 204, "why").error_code == 204


def test_a_release_of_nav2_msgs_without_room_for_the_message() -> None:
    class Bare:
        class Result:
            __slots__ = ("error_code",)

            def __init__(self, error_code: int) -> None:
                self.error_code = error_code

    assert messages.result(Bare, 105, "blocked").error_code == 105


# What seeing reads beside poses and scans.


@given(st.integers(0, 40), st.integers(0, 40), st.lists(ANY, max_size=10), st.lists(ANY, max_size=6))
def test_any_camera_info_is_a_lens_or_is_refused(width: int, height: int, k: list[float], d: list[float]) -> None:
    try:
        lens = Lens.of(width, height, k, d)
    except BadPicture:
        return
    assert np.isfinite(lens.matrix).all()


@given(
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 40), st.sampled_from(["rgb8", "bgra8", "mono8", ""]),
    st.binary(max_size=200),
)  # fmt: skip
def test_any_image_is_a_picture_or_is_refused(width: int, height: int, step: int, encoding: str, data: bytes) -> None:
    try:
        picture = decoded(width, height, step, encoding, data)
    except BadPicture:
        return
    assert picture.shape == (height, width, 3)
