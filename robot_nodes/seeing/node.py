"""The ROS 2 shell of seeing: `scan`, `amcl_pose`, `guide_status` in, `visitor` out about three times a second."""

from __future__ import annotations

import structlog
from fairguide_msgs.msg import GuideStatus, VisitorStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import LaserScan

from maps.venue import Venue
from robot_nodes.managed import ManagedNode
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.messages import ScanReader, pose2d, seconds
from robot_nodes.seeing.people import PeopleTracker
from robot_nodes.seeing.visitor import Presence, VisitorWatch

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_EVERY = 3
"""Of a 10 Hz scan: people move 0.4 m between looks, well inside the tracker's gate."""
_IDLE = frozenset({"", "idle", "arrived"})


class SeeingNode(ManagedNode):
    """Watches over the visitor. Nothing is decided here."""

    def __init__(self, *, namespace: str, venue: Venue, use_sim_time: bool) -> None:
        super().__init__("seeing", namespace=namespace, use_sim_time=use_sim_time)
        self._venue = venue
        self._log = structlog.get_logger("seeing").bind(robot=namespace.strip("/"))
        self._active = False
        self._reader = ScanReader()
        self._guide_state = ""
        self._pose: bytes | None = None
        self._scans = 0
        self._last = Presence.NONE

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Derive what the map explains and open the topics."""
        self._tracker = PeopleTracker(floor_of(self._venue)[1])
        self._watch = VisitorWatch(docks=[(dock.x, dock.y) for dock in self._venue.chargers.values()])
        self._visitor = self.create_lifecycle_publisher(VisitorStatus, "visitor", 10)
        self._inputs = [
            self.create_subscription(LaserScan, "scan", self._on_scan, qos_profile_sensor_data, raw=True),
            self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, _LATCHED, raw=True),
            self.create_subscription(GuideStatus, "guide_status", self._on_guide_status, _LATCHED),
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
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop for good."""
        self._active = False
        return TransitionCallbackReturn.SUCCESS

    def _on_pose(self, raw: bytes) -> None:
        self._pose = raw  # most are never looked at, and reading a message costs more than receiving it

    def _on_guide_status(self, message: GuideStatus) -> None:
        self._guide_state = str(message.state)

    def _on_scan(self, raw: bytes) -> None:
        self._scans += 1
        if not self._active or self._pose is None or self._scans % _EVERY:
            return
        if self._guide_state in _IDLE and self._last is Presence.NONE:
            return  # nobody to look for: costs nothing
        message = deserialize_message(raw, LaserScan)
        pose = pose2d(deserialize_message(self._pose, PoseWithCovarianceStamped).pose.pose)
        now = seconds(message.header.stamp)
        people = self._tracker.update(pose, self._reader.points(message), now)
        sighting = self._watch.update(self._guide_state, pose, people, now)
        if sighting.presence is not self._last:
            self._log.info("visitor", presence=sighting.presence.name, distance=round(sighting.distance, 1))
        self._last = sighting.presence
        status = VisitorStatus(state=int(sighting.presence), distance=float(sighting.distance))
        status.header.stamp = message.header.stamp
        status.header.frame_id = "map"
        status.position.x, status.position.y = float(sighting.x), float(sighting.y)
        self._visitor.publish(status)
