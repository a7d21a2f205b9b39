"""ROS messages <-> this room's types. Checks what comes from outside; imports message packages, never rclpy."""

from __future__ import annotations

import array
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from builtin_interfaces.msg import Duration, Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import (
    Pose,
    PoseArray,
    PoseStamped,
    PoseWithCovarianceStamped,
    Quaternion,
    TransformStamped,
    Twist,
    TwistStamped,
)
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import OccupancyGrid as GridMessage
from nav_msgs.msg import Path as PathMessage
from numpy.typing import NDArray
from sensor_msgs.msg import LaserScan

from robot_nodes.navigation.errors import BadFrame, BadPose, BadScan, OffTheMap, OtherLevel
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.goals import Status
from robot_nodes.navigation.path import Path

_LEVEL_M = 1.5
"""A goal higher or lower than this is on another level."""
_RVIZ_DOUBT = (0.25, 0.25, 0.0685)
"""Variances of x, y (m2) and yaw (rad2) that RViz and Nav2 give an initial pose: half a metre, 15 degrees."""
_WHOLE = 0.9
"""Share of the angle between a scan's first and last beam that its beams must cover."""
_SAYING = 0.3
"""Share of the beams that must be readings."""
_PLAN_STEP = 5
"""Every fifth path point is sent: half a metre is plenty for showing."""


class MapGrid(Protocol):
    """What is needed of `maps.occupancy.OccupancyGrid`."""

    @property
    def cells(self) -> NDArray[np.int8]: ...

    @property
    def resolution_m(self) -> float: ...

    @property
    def origin_x(self) -> float: ...

    @property
    def origin_y(self) -> float: ...


def seconds(stamp: Time) -> float:
    """A ROS stamp as seconds."""
    return float(stamp.sec) + 1e-9 * float(stamp.nanosec)


def duration(value_s: float) -> Duration:
    """Seconds as a ROS duration: never negative, 0 for what is no number."""
    value_s = min(max(value_s, 0.0), 2.0**31 - 1.0) if value_s == value_s else 0.0
    whole = math.floor(value_s)
    return Duration(sec=whole, nanosec=int((value_s - whole) * 1e9))


def pose2d(pose: Pose) -> Pose2D:
    """The planar part of a pose; its quaternion may have any length, one of four zeros is no turn."""
    q = pose.orientation
    yaw = math.atan2(2.0 * (q.w * q.z + q.x * q.y), q.w * q.w + q.x * q.x - q.y * q.y - q.z * q.z)
    return Pose2D(float(pose.position.x), float(pose.position.y), yaw)


def goal_pose(stamped: PoseStamped) -> tuple[Pose2D, bool]:
    """(pose, whether its yaw matters): a quaternion of four zeros asks for no particular yaw.

    :raises NavigationError: for another frame than `map`, or numbers that are none.
    """
    frame = stamped.header.frame_id
    if frame.lstrip("/") != "map":
        raise BadFrame(f"goal in frame {frame!r}: only goals in frame 'map' are driven to; transform it first")
    pose, q, height = pose2d(stamped.pose), stamped.pose.orientation, stamped.pose.position.z
    if not pose.finite or not all(math.isfinite(value) for value in (q.x, q.y, q.z, q.w, height)):
        raise OffTheMap(f"goal ({pose.x}, {pose.y}, {pose.yaw}): not a number; send a finite pose")
    if abs(height) > _LEVEL_M:
        raise OtherLevel(f"goal {height:.1f} m above this floor: on another level; take the lift, or ask for help")
    return pose, (q.x, q.y, q.z, q.w) != (0.0, 0.0, 0.0, 0.0)


def quaternion(yaw: float) -> Quaternion:
    """A turn about z."""
    return Quaternion(z=math.sin(0.5 * yaw), w=math.cos(0.5 * yaw))


def stamped(pose: Pose2D, stamp: Time) -> PoseStamped:
    """A pose in frame map."""
    message = PoseStamped()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.pose.position.x, message.pose.position.y = pose.x, pose.y
    message.pose.orientation = quaternion(pose.yaw)
    return message


def with_covariance(pose: Pose2D, covariance: NDArray[np.float64], stamp: Time) -> PoseWithCovarianceStamped:
    """A pose in frame map with its covariance (3, 3: x, y, yaw) spread into ROS's 6 x 6."""
    message = PoseWithCovarianceStamped()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.pose.pose.position.x, message.pose.pose.position.y = pose.x, pose.y
    message.pose.pose.orientation = quaternion(pose.yaw)
    full = np.zeros((6, 6))
    full[np.ix_((0, 1, 5), (0, 1, 5))] = covariance
    message.pose.covariance = full.ravel()
    return message


def initial_pose(pose: Pose2D, stamp: Time) -> PoseWithCovarianceStamped:
    """What RViz's tool sends to `initialpose`."""
    return with_covariance(pose, np.diag(_RVIZ_DOUBT), stamp)


def result(action: Any, code: int, message: str) -> Any:
    """The result of one of Nav2's actions; not every release of nav2_msgs has room for the message."""
    made = action.Result(error_code=code)
    if hasattr(made, "error_msg"):
        made.error_msg = message
    return made


def diagnostics(name: str, summary: str, good: bool, values: Mapping[str, Any], stamp: Time) -> DiagnosticArray:
    """One status for `/diagnostics`.

    :param name: such as `guide_01: navigation`; what stands before the colon is the robot.
    """
    status = DiagnosticStatus(
        level=DiagnosticStatus.OK if good else DiagnosticStatus.WARN,
        name=name,
        hardware_id=name.partition(":")[0],
        message=summary,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )
    report = DiagnosticArray(status=[status])
    report.header.stamp = stamp
    return report


def map_to_odom(pose: Pose2D, odom: Pose2D, stamp: Time) -> TransformStamped:
    """The transform that puts the odometry's base where the localiser has it."""
    origin = pose.after(Pose2D(0.0, 0.0, 0.0).seen_from(odom))
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = "map", "odom"
    message.header.stamp = stamp
    message.transform.translation.x, message.transform.translation.y = origin.x, origin.y
    message.transform.rotation = quaternion(origin.yaw)
    return message


def particle_cloud(particles: NDArray[np.float64], stamp: Time) -> PoseArray:
    """Where the robot may be, shape (n, 3): x, y, yaw, for `particle_cloud`."""
    message = PoseArray()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.poses = [stamped(Pose2D(float(x), float(y), float(yaw)), stamp).pose for x, y, yaw in particles]
    return message


def twist(command: Twist2D) -> Twist:
    """A velocity for `cmd_vel`."""
    message = Twist()
    message.linear.x, message.angular.z = float(command.v), float(command.w)
    return message


def docking_wish(message: TwistStamped, dock: PoseStamped | None) -> tuple[Twist2D, Pose2D | None]:
    """What docking wants of the wheels, none where it is no number; and the dock it drives at, frame odom.

    :param dock: the last one it named; it counts where it is of the same time.
    """
    wish = Twist2D(float(message.twist.linear.x), float(message.twist.angular.z))
    if dock is None or dock.header.stamp != message.header.stamp or not pose2d(dock.pose).finite:
        dock = None
    if not (math.isfinite(wish.v) and math.isfinite(wish.w)):
        return Twist2D(), None
    return wish, pose2d(dock.pose) if dock else None


def path_message(path: Path | None, stamp: Time) -> PathMessage:
    """A path for `plan`; empty when there is none."""
    message = PathMessage()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    if path is not None:
        keep = [*range(0, len(path.points) - 1, _PLAN_STEP), len(path.points) - 1]
        poses = [Pose2D(float(path.points[i, 0]), float(path.points[i, 1]), float(path.yaw[i])) for i in keep]
        message.poses = [stamped(pose, stamp) for pose in poses]
    return message


def grid_message(grid: MapGrid, stamp: Time) -> GridMessage:
    """The venue's grid for `map`."""
    message = GridMessage()
    message.header.frame_id = "map"
    message.header.stamp = stamp
    rows, columns = grid.cells.shape
    message.info.resolution, message.info.width, message.info.height = float(grid.resolution_m), columns, rows
    message.info.map_load_time = stamp
    message.info.origin.position.x, message.info.origin.position.y = float(grid.origin_x), float(grid.origin_y)
    message.info.origin.orientation.w = 1.0
    message.data = array.array("b", np.ascontiguousarray(grid.cells).tobytes())
    return message


class ScanReader:
    """LaserScan -> points; remembers the beams' directions."""

    def __init__(self) -> None:
        self._key: tuple[float, float, int] = (0.0, 0.0, 0)
        self._directions: Points = np.empty((0, 2))

    def read(self, scan: LaserScan) -> Points:
        """Returns, shape (n, 2), metres, in the scan's frame.

        As REP-117 has it: NaN is no reading, inf is nothing in reach, -inf is something too near to be measured, which
        counts as the nearest that can be. Values outside `range_min` to `range_max` are left out.

        :raises BadScan: for one that says nothing, or not all around what it should: a robot that drives on would be
            blind. (Masked sectors are all right, as long as a third of the beams has something to say.)
        """
        ranges = np.asarray(scan.ranges, dtype=np.float64)
        first, step, count = float(scan.angle_min), float(scan.angle_increment), len(ranges)
        span = abs(float(scan.angle_max) - first)
        if count < 2 or not (math.isfinite(first) and 0.0 < abs(step) < math.pi):
            raise BadScan(f"scan of {count} beams, {step} rad apart from {first} rad on, left out: check the lidar")
        if math.isfinite(span) and count * abs(step) < _WHOLE * span:
            seen, wanted = math.degrees(count * abs(step)), math.degrees(span)
            raise BadScan(f"scan over {seen:.0f} of {wanted:.0f} degrees left out: check the lidar")
        if not scan.range_max > max(scan.range_min, 0.0):
            raise BadScan(f"scan of ranges from {scan.range_min} to {scan.range_max} m left out: check the lidar")
        with np.errstate(invalid="ignore"):
            valid = np.isfinite(ranges) & (ranges >= scan.range_min) & (ranges <= scan.range_max)
            beyond = (ranges > scan.range_max) | np.isposinf(ranges)
        close = np.isneginf(ranges) if math.isfinite(scan.range_min) else np.zeros(count, bool)
        said = np.count_nonzero(valid | beyond | close)
        if said < _SAYING * count:
            raise BadScan(f"scan left out: {said} of its {count} beams are readings; clean or check the lidar")
        ranges = np.where(close, scan.range_min, ranges)
        valid |= close
        return np.asarray(ranges[valid, None] * self._along((first, step, count))[valid])

    def points(self, scan: LaserScan) -> Points:
        """As `read`; none for a scan that cannot be used."""
        try:
            return self.read(scan)
        except BadScan:
            return np.empty((0, 2))

    def _along(self, key: tuple[float, float, int]) -> Points:
        if key != self._key:
            angles = key[0] + np.arange(key[2]) * key[1]
            self._key, self._directions = key, np.column_stack((np.cos(angles), np.sin(angles)))
        return self._directions


def feedback(action: Any, pose: Pose2D, status: Status, stamp: Time) -> Any:
    """How a goal goes, for one of Nav2's actions."""
    made = action.Feedback()
    made.current_pose = stamped(pose, stamp)
    made.navigation_time = duration(status.driving_s)
    made.estimated_time_remaining = duration(status.remaining_s)
    made.number_of_recoveries = status.recoveries
    made.distance_remaining = float(status.remaining_m)
    if hasattr(made, "number_of_poses_remaining"):
        made.number_of_poses_remaining = status.poses_left
    return made


def speed_limit(message: SpeedLimit, fastest: float) -> float:
    """Metres per second; infinite for none.

    :param fastest: what percentages are of.
    :raises BadPose: for what is no speed.
    """
    value = float(message.speed_limit) * (fastest / 100.0 if message.percentage else 1.0)
    if not math.isfinite(value) or value < 0.0:
        raise BadPose(f"speed_limit {message.speed_limit} ignored: send metres per second, 0 for none")
    return value if value > 0.0 else math.inf


def taken_pose(message: PoseWithCovarianceStamped, contains: Callable[[float, float], bool]) -> Pose2D | None:
    """The pose of an `initialpose`; None for one that was never filled in.

    `BasicNavigator.waitUntilNav2Active()` sends such a one where nobody has told it better: whoever calls it to wait
    does not mean to move the robot to the origin.

    :param contains: whether a point is on the map.
    :raises BadPose: for another frame than `map`, numbers that are none, or a place off the map.
    """
    pose, frame = pose2d(message.pose.pose), message.header.frame_id
    if frame.lstrip("/") != "map" or not pose.finite:
        raise BadPose(f"initialpose ({pose.x}, {pose.y}) in frame {frame!r} ignored: send a pose in frame 'map'")
    if (pose.x, pose.y, pose.yaw) == (0.0, 0.0, 0.0) and not np.any(message.pose.covariance):
        return None
    if not contains(pose.x, pose.y):
        raise BadPose(f"initialpose ({pose.x:.1f}, {pose.y:.1f}) ignored: off the map; does the map fit the hall?")
    return pose


def via_poses(poses: Sequence[Any]) -> tuple[tuple[Pose2D, ...], bool]:
    """The poses of a NavigateThroughPoses goal, and whether the last one's yaw matters.

    :raises NavigationError: as `goal_pose`.
    """
    read = [goal_pose(pose) for pose in poses]
    return tuple(pose for pose, _ in read), bool(read and read[-1][1])


def planar(values: Any) -> NDArray[np.float64]:
    """x, y and yaw of a pose's 6 x 6 covariance, shape (3, 3)."""
    full = np.asarray(values, dtype=np.float64).reshape(6, 6)
    return np.asarray(full[np.ix_((0, 1, 5), (0, 1, 5))])


def initial_covariance(values: Any) -> NDArray[np.float64]:
    """Planar part of an initial pose's 6 x 6 covariance; RViz's default where it is empty or no covariance."""
    found = planar(values)
    if not np.all(np.isfinite(found)) or np.any(np.diag(found) <= 0.0):
        return np.diag(_RVIZ_DOUBT)
    return np.diag(np.clip(np.diag(found), 1e-4, 4.0))
