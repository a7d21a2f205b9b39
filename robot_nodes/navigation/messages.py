"""ROS messages <-> this room's types. Checks what comes from outside; imports message packages, never rclpy."""

from __future__ import annotations

import array
import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import (
    Pose,
    PoseArray,
    PoseStamped,
    PoseWithCovarianceStamped,
    Quaternion,
    TransformStamped,
    Twist,
)
from nav_msgs.msg import OccupancyGrid as GridMessage
from nav_msgs.msg import Path as PathMessage
from numpy.typing import NDArray
from sensor_msgs.msg import LaserScan

from robot_nodes.navigation.errors import BadFrame, OffTheMap, OtherLevel
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D
from robot_nodes.navigation.path import Path

_LEVEL_M = 1.5
"""A goal higher or lower than this is on another level."""
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
    """Seconds, never negative, as a ROS duration."""
    whole = math.floor(max(value_s, 0.0))
    return Duration(sec=whole, nanosec=int((max(value_s, 0.0) - whole) * 1e9))


def pose2d(pose: Pose) -> Pose2D:
    """The planar part of a pose."""
    q = pose.orientation
    yaw = math.atan2(2.0 * (q.w * q.z + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z))
    return Pose2D(float(pose.position.x), float(pose.position.y), yaw)


def goal_pose(stamped: PoseStamped) -> tuple[Pose2D, bool]:
    """(pose, whether its yaw matters): a quaternion of four zeros asks for no particular yaw.

    :raises NavigationError: for another frame than `map`, or numbers that are none.
    """
    frame = stamped.header.frame_id
    if frame.lstrip("/") != "map":
        raise BadFrame(f"goal in frame {frame!r}: only goals in frame 'map' are driven to; transform it first")
    pose, q = pose2d(stamped.pose), stamped.pose.orientation
    height = stamped.pose.position.z
    if abs(height) > _LEVEL_M:
        raise OtherLevel(f"goal {height:.1f} m above this floor: on another level; take the lift, or ask for help")
    if not pose.finite or not all(math.isfinite(value) for value in (q.x, q.y, q.z, q.w)):
        raise OffTheMap(f"goal ({pose.x}, {pose.y}, {pose.yaw}): not a number; send a finite pose")
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

    def points(self, scan: LaserScan) -> Points:
        """Valid returns, shape (n, 2), metres, in the scan's frame; too near, too far and NaN are dropped (REP-117)."""
        ranges = np.asarray(scan.ranges, dtype=np.float64)
        key = (float(scan.angle_min), float(scan.angle_increment), len(ranges))
        if key != self._key:
            angles = key[0] + np.arange(key[2]) * key[1]
            self._key, self._directions = key, np.column_stack((np.cos(angles), np.sin(angles)))
        with np.errstate(invalid="ignore"):
            valid = (ranges >= scan.range_min) & (ranges <= scan.range_max)
        return np.asarray(ranges[valid, None] * self._directions[valid])


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
        return np.diag((0.25, 0.25, 0.0685))
    return np.diag(np.clip(np.diag(found), 1e-4, 4.0))
