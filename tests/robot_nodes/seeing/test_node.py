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
from geometry_msgs.msg import PoseWithCovarianceStamped  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

from maps.markers import boards_of  # noqa: E402
from maps.occupancy import occupancy  # noqa: E402
from maps.venue import load_venue  # noqa: E402
from robot_nodes.navigation.geometry import Pose2D  # noqa: E402
from robot_nodes.navigation.messages import pose2d, with_covariance  # noqa: E402
from robot_nodes.seeing.node import SeeingNode  # noqa: E402
from sim import camera_boards  # noqa: E402
from sim.camera import Camera, CameraSpec, Scene  # noqa: E402
from sim.camera_people import Wardrobe  # noqa: E402
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


def test_a_board_corrects_the_pose_and_a_bad_picture_does_no_harm(bench: Bench) -> None:
    dock = bench.venue.chargers["dock-01"]
    spec = CameraSpec(yaw=math.pi)
    boards = [
        camera_boards.Board(x=it.x, y=it.y, z=it.z, yaw=it.yaw, side_m=it.side_m, prints=camera_boards.tag(it.number))
        for it in boards_of(bench.venue).values()
    ]
    nobody = Scene(people=np.empty((0, 2)), headings=np.empty(0), clothes=Wardrobe.seeded(0, 1), boards=boards)
    camera = Camera(Fields.of(occupancy(bench.venue)), spec)
    picture = camera.frame((dock.x, dock.y, dock.yaw), nobody)
    topics = (bench.info, bench.image, bench.pose)
    bench.spin(100, lambda: all(it.get_subscription_count() for it in topics))
    believed = Pose2D(dock.x + 0.3, dock.y - 0.1, dock.yaw + 0.05)
    bench.pose.publish(with_covariance(believed, np.eye(3), Time()))
    bench.info.publish(CameraInfo(width=spec.width, height=spec.height, k=spec.matrix.ravel()))
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
