"""The node with a camera, over ROS 2: pictures of the board behind the dock become `marker_pose`."""

from __future__ import annotations

import array
import math
from collections.abc import Iterator

import numpy as np
import pytest

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
pytest.importorskip("rclpy")

import rclpy  # noqa: E402
from builtin_interfaces.msg import Time  # noqa: E402
from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from structlog.testing import capture_logs  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402

from maps.occupancy import occupancy  # noqa: E402
from maps.venue import load_venue  # noqa: E402
from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import pose2d, with_covariance  # noqa: E402
from robot_nodes.seeing.node import SeeingNode  # noqa: E402
from sim.camera import Camera, CameraSpec, Scene  # noqa: E402
from sim.camera_people import Wardrobe  # noqa: E402
from sim.camera_rig import boards_in  # noqa: E402
from sim.fields import Fields  # noqa: E402

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Bench:
    """The camera's and the localiser's side of the topics."""

    def __init__(self) -> None:
        self.venue = load_venue("hall")
        self.seeing = SeeingNode(namespace="/guide_01", venue=self.venue, use_sim_time=False)
        self.node = rclpy.create_node("camera", namespace="/guide_01")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.seeing)
        self.executor.add_node(self.node)
        self.info = self.node.create_publisher(CameraInfo, "rear_camera/camera_info", qos_profile_sensor_data)
        self.image = self.node.create_publisher(Image, "rear_camera/image_raw", qos_profile_sensor_data)
        self.pose = self.node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
        self.transforms = self.node.create_publisher(TFMessage, "tf_static", LATCHED)
        self.fixes: list[PoseWithCovarianceStamped] = []
        self.node.create_subscription(PoseWithCovarianceStamped, "marker_pose", self.fixes.append, 10)
        assert self.seeing.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert self.seeing.trigger_activate() == TransitionCallbackReturn.SUCCESS

    def spin(self, tries: int, done: object = None) -> None:
        for _ in range(tries):
            if callable(done) and done():
                return
            self.executor.spin_once(timeout_sec=0.05)

    def close(self) -> None:
        self.executor.shutdown()
        self.seeing.destroy_node()
        self.node.destroy_node()


@pytest.fixture
def bench() -> Iterator[Bench]:
    rclpy.init(domain_id=41)
    bench = Bench()
    try:
        yield bench
    finally:
        bench.close()
        rclpy.try_shutdown()


def message_of(picture: np.ndarray, encoding: str = "rgb8") -> Image:
    height, width = picture.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=3 * width)
    message.data = array.array("B", picture.tobytes())
    return message


def rear_view(bench: Bench, spec: CameraSpec, at: Pose2D) -> np.ndarray:
    """What a camera sees of the boards of the venue."""
    nobody = Scene(
        people=np.empty((0, 2)), headings=np.empty(0), clothes=Wardrobe.seeded(0, 1), boards=boards_in(bench.venue)
    )
    return Camera(Fields.of(occupancy(bench.venue)), spec).frame((at.x, at.y, at.yaw), nobody)


def told(spec: CameraSpec, frame: str) -> TFMessage:
    """Where a camera is, as its robot tells it."""
    transform = TransformStamped(child_frame_id=frame)
    transform.header.frame_id = "base_link"
    offset, turn = transform.transform.translation, transform.transform.rotation
    offset.x, offset.y, offset.z = spec.x_m, spec.y_m, spec.height_m
    turn.x, turn.y, turn.z, turn.w = spec.optical
    return TFMessage(transforms=[transform])


def info_of(spec: CameraSpec, frame: str = "") -> CameraInfo:
    info = CameraInfo(width=spec.width, height=spec.height, k=spec.matrix.ravel())
    info.header.frame_id = frame
    return info


def matched(bench: Bench) -> None:
    """Every topic has found its reader."""
    topics = (bench.info, bench.image, bench.pose, bench.transforms)
    bench.spin(100, lambda: all(it.get_subscription_count() for it in topics))


def test_a_board_corrects_the_pose_and_a_bad_picture_does_no_harm(bench: Bench) -> None:
    dock = bench.venue.chargers["dock-01"]
    spec = CameraSpec(yaw=math.pi, x_m=-0.15, y_m=0.05, height_m=1.0)
    picture = rear_view(bench, spec, Pose2D(dock.x, dock.y, dock.yaw))
    matched(bench)
    believed = Pose2D(dock.x + 0.3, dock.y - 0.1, dock.yaw + 0.05)
    bench.transforms.publish(told(spec, "eye_optical_frame"))
    bench.pose.publish(with_covariance(believed, np.eye(3), Time()))
    bench.spin(6)
    bench.info.publish(info_of(spec, "eye_optical_frame"))
    bench.spin(6)
    bench.image.publish(message_of(picture[:100]))
    bench.image.publish(message_of(picture, "mono16"))
    bench.spin(6)
    assert bench.fixes == []
    bench.image.publish(message_of(picture[:, :, ::-1], "bgr8"))
    bench.spin(100, lambda: bool(bench.fixes))
    found = pose2d(bench.fixes[0].pose.pose)
    assert found.distance_to(dock.x, dock.y) < 0.1
    assert 0.0 < bench.fixes[0].pose.covariance[0] < 0.1


def test_a_robot_that_does_not_tell_has_its_camera_at_the_usual_place(bench: Bench) -> None:
    dock = bench.venue.chargers["dock-01"]
    spec = CameraSpec(yaw=math.pi)
    picture = rear_view(bench, spec, Pose2D(dock.x, dock.y, dock.yaw))
    matched(bench)
    bench.pose.publish(with_covariance(Pose2D(dock.x, dock.y, dock.yaw), np.eye(3), Time()))
    bench.info.publish(info_of(spec))
    bench.spin(6)
    bench.image.publish(message_of(picture))
    bench.spin(6)
    assert bench.fixes == []  # tf_static may still come
    with capture_logs() as logs:
        for _ in range(6):
            bench.info.publish(info_of(spec))
            bench.spin(4)
    assert [it["event"] for it in logs] == ["no transform from base_link in tf_static; usual place taken"]
    bench.image.publish(message_of(picture))
    bench.spin(100, lambda: bool(bench.fixes))
    assert pose2d(bench.fixes[0].pose.pose).distance_to(dock.x, dock.y) < 0.1
