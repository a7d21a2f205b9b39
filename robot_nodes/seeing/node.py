"""The ROS 2 shell of seeing: `scan`, `amcl_pose`, `guide_status` in, `visitor` out about three times a second.

Where a camera publishes (`camera/image_raw` with `camera/camera_info`, `rear_camera/...`), its pictures tell the
visitor from others, and boards in them say where the robot is: `marker_pose` out. Where the cameras are on the robot
comes from `tf_static`. Without a camera nothing of it costs anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial

import structlog
from fairguide_msgs.msg import GuideStatus, VisitorStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, Image, LaserScan
from tf2_msgs.msg import TFMessage

from maps.markers import boards_of
from maps.venue import Venue
from robot_nodes.managed import ManagedNode
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.messages import ScanReader, pose2d, seconds, with_covariance
from robot_nodes.seeing.history import PoseHistory
from robot_nodes.seeing.lens import FRONT, REAR, BadPicture, Lens, Mount, decoded
from robot_nodes.seeing.markers import MarkerReader
from robot_nodes.seeing.mounts import Mounts
from robot_nodes.seeing.visitor import Presence
from robot_nodes.seeing.watching import Watching

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_EVERY = 3
"""Of a 10 Hz scan: people move 0.4 m between looks, well inside the tracker's gate."""
_IDLE = frozenset({"", "idle", "arrived"})
CAMERAS: Mapping[str, Mount] = {"camera": FRONT, "rear_camera": REAR}
"""Topic prefix -> where it is taken to be on a robot that does not tell."""
_TRANSFORMS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_UNTOLD = 5
"""So many camera_info without a transform: the robot does not tell where the camera is."""


class SeeingNode(ManagedNode):
    """Watches over the visitor. Nothing is decided here."""

    def __init__(
        self, *, namespace: str, venue: Venue, use_sim_time: bool, cameras: Mapping[str, Mount] = CAMERAS
    ) -> None:
        super().__init__("seeing", namespace=namespace, use_sim_time=use_sim_time)
        self._venue = venue
        self._log = structlog.get_logger("seeing").bind(robot=namespace.strip("/"))
        self._active = False
        self._reader = ScanReader()
        self._cameras = dict(cameras)
        self._mounts = Mounts()
        self._untold = dict.fromkeys(self._cameras, 0)
        self._lenses: dict[str, Lens] = {}
        self._unusable: dict[str, str] = {}
        self._guide_state = ""
        self._pose: bytes | None = None
        self._unread: deque[bytes] = deque(maxlen=20)
        self._history = PoseHistory()
        self._scans = 0
        self._last = Presence.NONE

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Derive what the map explains and open the topics."""
        self._watching = Watching(floor_of(self._venue)[1], self._venue)
        self._markers = MarkerReader(boards_of(self._venue))
        self._visitor = self.create_lifecycle_publisher(VisitorStatus, "visitor", 10)
        self._marker_pose = self.create_lifecycle_publisher(PoseWithCovarianceStamped, "marker_pose", 10)
        self._inputs = [
            self.create_subscription(LaserScan, "scan", self._on_scan, qos_profile_sensor_data, raw=True),
            self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED, raw=True),
            self.create_subscription(GuideStatus, "guide_status", self._on_guide_status, _LATCHED),
            self.create_subscription(TFMessage, "tf_static", self._on_transforms, _TRANSFORMS),
        ]
        for name in self._cameras:
            self._inputs += [
                self.create_subscription(
                    CameraInfo, f"{name}/camera_info", partial(self._on_info, name), qos_profile_sensor_data
                ),
                self.create_subscription(
                    Image, f"{name}/image_raw", partial(self._on_image, name), qos_profile_sensor_data, raw=True
                ),
            ]
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to look."""
        self._active = True
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop looking."""
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close every topic."""
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_publisher(self._visitor)
        self.destroy_publisher(self._marker_pose)
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop for good."""
        self._active = False
        return TransitionCallbackReturn.SUCCESS

    def _on_pose(self, raw: bytes) -> None:
        self._pose = raw  # most are never looked at, and reading a message costs more than receiving it
        self._unread.append(raw)

    def _pose_at(self, stamp: float) -> Pose2D | None:
        """Where the robot was when a picture was taken."""
        while self._unread:
            message = deserialize_message(self._unread.popleft(), PoseWithCovarianceStamped)
            self._history.add(seconds(message.header.stamp), pose2d(message.pose.pose))
        return self._history.at(stamp)

    def _on_guide_status(self, message: GuideStatus) -> None:
        self._guide_state = str(message.state)

    @property
    def _watched(self) -> bool:
        """Whether there is anybody to look for."""
        return self._guide_state not in _IDLE or self._last is not Presence.NONE

    def _on_transforms(self, message: TFMessage) -> None:
        for it in message.transforms:
            at, turn = it.transform.translation, it.transform.rotation
            self._mounts.take(
                it.header.frame_id, it.child_frame_id, (at.x, at.y, at.z), (turn.x, turn.y, turn.z, turn.w)
            )

    def _on_info(self, name: str, message: CameraInfo) -> None:
        try:
            mount = self._mount(name, message.header.frame_id)
            if mount is not None:
                self._lenses[name] = Lens.of(message.width, message.height, message.k.tolist(), list(message.d), mount)
        except BadPicture as error:
            self._lenses.pop(name, None)
            self._refuse(name, error)

    def _mount(self, name: str, frame: str) -> Mount | None:
        """Where a camera is: as `tf_static` has it, or, once that has been waited for, where it usually is."""
        mount = self._mounts.of(frame)
        if mount is not None:
            return mount
        self._untold[name] += 1
        if self._untold[name] < _UNTOLD:
            return None
        mount = self._cameras[name]
        if self._untold[name] == _UNTOLD:
            self._log.warning(
                "no transform from base_link in tf_static; usual place taken",
                camera=name,
                frame=frame,
                x=mount.x,
                y=mount.y,
                height=mount.height,
                yaw=round(mount.yaw, 2),
            )
        return mount

    def _on_image(self, name: str, raw: bytes) -> None:
        lens = self._lenses.get(name)
        if not self._active or lens is None:
            return
        message = deserialize_message(raw, Image)
        now = seconds(message.header.stamp)
        pose = self._pose_at(now)
        if pose is None:
            return
        try:
            picture = lens.checked(decoded(message.width, message.height, message.step, message.encoding, message.data))
        except BadPicture as error:
            self._refuse(name, error)
            return
        if self._watched:
            self._watching.picture(lens, picture, pose, now)
        fix = self._markers.fix(lens, picture, pose)
        if fix is not None:
            self._marker_pose.publish(with_covariance(fix.pose, fix.covariance, message.header.stamp))

    def _refuse(self, name: str, error: BadPicture) -> None:
        """Say once what is wrong with a camera."""
        if self._unusable.get(name) != str(error):
            self._unusable[name] = str(error)
            self._log.warning("camera not used", camera=name, why=str(error))

    def _on_scan(self, raw: bytes) -> None:
        self._scans += 1
        if not self._active or self._pose is None or self._scans % _EVERY:
            return
        if not self._watched:
            return  # nobody to look for: costs nothing
        message = deserialize_message(raw, LaserScan)
        pose = pose2d(deserialize_message(self._pose, PoseWithCovarianceStamped).pose.pose)
        now = seconds(message.header.stamp)
        sighting = self._watching.look(self._guide_state, pose, self._reader.points(message), now)
        if sighting.presence is not self._last:
            self._log.info("visitor", presence=sighting.presence.name, distance=round(sighting.distance, 1))
        self._last = sighting.presence
        status = VisitorStatus(state=int(sighting.presence), distance=float(sighting.distance))
        status.header.stamp = message.header.stamp
        status.header.frame_id = "map"
        status.position.x, status.position.y = float(sighting.x), float(sighting.y)
        self._visitor.publish(status)
