"""The simulator's ROS 2 shell: translates and calls. The only file of this room that imports rclpy."""

from __future__ import annotations

import array
import contextlib
import math
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from fairguide_msgs.msg import Audio, GuideStatus, RadioReport, TypedText, Utterance
from geometry_msgs.msg import Pose, PoseArray, TransformStamped, Twist
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import BatteryState, CameraInfo, Image, LaserScan
from tf2_msgs.msg import TFMessage

from sim.camera import CameraSpec
from sim.camera_rig import CAMERAS, Rig, boards_in
from sim.clock import SCAN_EVERY, SECOND_EVERY, STEP_S
from sim.lockstep import WAIT_S
from sim.running import Run
from sim.sound import RATE
from sim.visiting import Speech

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TRUTH_EVERY = 4


class CameraPort:
    """One robot's cameras. A picture is drawn only while somebody looks at it."""

    def __init__(self, node: Node, name: str, rig: Rig) -> None:
        """:param name: the robot's namespace."""
        self._rig = rig
        self._images, self._infos = {}, {}
        self._messages: dict[str, tuple[Image, CameraInfo]] = {}
        for camera, spec in rig.specs.items():
            self._images[camera] = node.create_publisher(Image, f"{name}/{camera}/image_raw", qos_profile_sensor_data)
            self._infos[camera] = node.create_publisher(
                CameraInfo, f"{name}/{camera}/camera_info", qos_profile_sensor_data
            )
            self._messages[camera] = _camera_messages(camera, spec)

    @property
    def mounts(self) -> list[TransformStamped]:
        """base_link -> each camera's optical frame."""
        found = []
        for camera, spec in self._rig.specs.items():
            frame = TransformStamped(child_frame_id=_optical(camera))
            frame.header.frame_id = "base_link"
            offset, turn = frame.transform.translation, frame.transform.rotation
            offset.x, offset.y, offset.z = spec.x_m, spec.y_m, spec.height_m
            turn.x, turn.y, turn.z, turn.w = spec.optical
            found.append(frame)
        return found

    def publish(self, stamp: Time) -> None:
        if not self._rig.due:
            return
        watched = [
            camera
            for camera in self._images
            if self._images[camera].get_subscription_count() or self._infos[camera].get_subscription_count()
        ]
        for camera, _, picture in self._rig.pictures(watched):
            image, info = self._messages[camera]
            image.header.stamp = info.header.stamp = stamp
            image.data = array.array("B", picture.tobytes())
            self._infos[camera].publish(info)
            self._images[camera].publish(image)


class RobotPort:
    """One robot's topics. Messages are made once and filled again: building them costs more than sending."""

    def __init__(self, node: Node, run: Run, index: int, rig: Rig) -> None:
        self._run, self._index = run, index
        self._serial = run.world.serials[index]
        self.state = ""
        name = "/" + self._serial.replace("-", "_")
        self._scan_out = node.create_publisher(LaserScan, f"{name}/scan", qos_profile_sensor_data)
        self._odom_out = node.create_publisher(Odometry, f"{name}/odom", qos_profile_sensor_data)
        self._tf_out = node.create_publisher(TFMessage, f"{name}/tf", 100)
        self._tf_static_out = node.create_publisher(TFMessage, f"{name}/tf_static", LATCHED)
        self._battery_out = node.create_publisher(BatteryState, f"{name}/battery_state", 10)
        self._radio_out = node.create_publisher(RadioReport, f"{name}/radio", 10)
        self._typed_out = node.create_publisher(TypedText, f"{name}/typed", 10)
        self._audio_out = node.create_publisher(Audio, f"{name}/audio", 100)
        node.create_subscription(Twist, f"{name}/cmd_vel", self._on_command, 10)
        node.create_subscription(Utterance, f"{name}/say", self._on_say, 20)
        node.create_subscription(GuideStatus, f"{name}/guide_status", self._on_status, LATCHED)
        self._scan, self._odom, self._tf = self._messages()
        self._cameras = CameraPort(node, name, rig)
        self._tf_static_out.publish(_transforms(_identity("base_link", "laser"), *self._cameras.mounts))

    def publish_motion(self, stamp: Time) -> None:
        """odom; tf where somebody follows it."""
        believed, odom = self._run.world.odometry[self._index], self._odom
        z, w = math.sin(0.5 * believed.yaw), math.cos(0.5 * believed.yaw)
        odom.header.stamp = stamp
        position, turn = odom.pose.pose.position, odom.pose.pose.orientation
        position.x, position.y, turn.z, turn.w = believed.x, believed.y, z, w
        odom.twist.twist.linear.x, odom.twist.twist.angular.z = believed.v, believed.w
        self._odom_out.publish(odom)
        if self._tf_out.get_subscription_count():
            frame = self._tf.transforms[0]
            frame.header.stamp = stamp
            offset, rotation = frame.transform.translation, frame.transform.rotation
            offset.x, offset.y, rotation.z, rotation.w = believed.x, believed.y, z, w
            self._tf_out.publish(self._tf)

    def publish_scan(self, stamp: Time) -> None:
        self._scan.header.stamp = stamp
        self._scan.ranges = array.array("f", self._run.world.scan(self._index).tobytes())
        self._scan_out.publish(self._scan)

    def publish_pictures(self, stamp: Time) -> None:
        """What its cameras see, 5 Hz."""
        self._cameras.publish(stamp)

    def publish_second(self, stamp: Time) -> None:
        """What changes slowly: battery and radio."""
        self._battery_out.publish(self._battery(stamp))
        sample = self._run.measure(self._index)
        if sample is not None:
            report = RadioReport(site_id=sample.site_id, nci=sample.nci)
            report.header.stamp = stamp
            report.rsrp_dbm, report.rsrq_db, report.sinr_db = sample.rsrp_dbm, sample.rsrq_db, sample.sinr_db
            report.latency_ms, report.throughput_mbps = sample.latency_ms, sample.throughput_mbps
            self._radio_out.publish(report)

    def publish_speech(self, speech: Speech, stamp: Time) -> None:
        message = TypedText(utterance_id=speech.utterance_id, language=speech.language, text=speech.text)
        message.header.stamp = stamp
        self._typed_out.publish(message)

    def publish_sound(self, stamp: Time) -> None:
        """The next 0.1 s of a recording, if one is being played to this robot."""
        playing = self._run.sounding.get(self._serial)
        if playing is None:
            return
        speech, rest = playing
        message = Audio(utterance_id=speech.utterance_id, language=speech.language, rate=RATE, channels=1)
        message.header.stamp = stamp
        message.samples = array.array("h", rest.popleft().tobytes())
        message.last = not rest
        self._audio_out.publish(message)
        if not rest:
            del self._run.sounding[self._serial]

    def _on_command(self, message: Twist) -> None:
        self._run.world.command(self._index, message.linear.x, message.angular.z)
        self._run.lockstep.answered(self._serial)

    def _on_say(self, message: Utterance) -> None:
        self._run.hear(self._serial, message.act, message.utterance_id, message.text)

    def _on_status(self, message: GuideStatus) -> None:
        self.state = message.state
        self._run.screen(self._serial, message.state, message.place)

    def _messages(self) -> tuple[LaserScan, Odometry, TFMessage]:
        lidar = self._run.world.lidar
        scan = LaserScan(angle_min=lidar.angle_min, angle_max=lidar.angle_max, angle_increment=lidar.angle_increment)
        scan.header.frame_id = "base_link"
        scan.scan_time, scan.range_min, scan.range_max = 0.1, lidar.range_min_m, lidar.range_max_m
        odom = Odometry(child_frame_id="base_link")
        odom.header.frame_id = "odom"
        return scan, odom, _transforms(_identity("odom", "base_link"))

    def _battery(self, stamp: Time) -> BatteryState:
        battery = self._run.world.batteries[self._index]
        message = BatteryState(present=True, voltage=battery.voltage, current=battery.current_a)
        message.header.stamp = stamp
        message.percentage = battery.level
        message.capacity = message.design_capacity = battery.spec.capacity_ah
        message.charge = battery.level * battery.spec.capacity_ah
        message.temperature = math.nan
        message.power_supply_technology = BatteryState.POWER_SUPPLY_TECHNOLOGY_LIFE
        message.power_supply_health = BatteryState.POWER_SUPPLY_HEALTH_GOOD
        message.power_supply_status = (
            BatteryState.POWER_SUPPLY_STATUS_CHARGING
            if battery.charging
            else BatteryState.POWER_SUPPLY_STATUS_DISCHARGING
        )
        return message


class SimNode(Node):
    """`/sim`. Nothing is decided here."""

    def __init__(self, run: Run, cameras: str = "off", **options: Any) -> None:
        """:param cameras: one of `CAMERAS`."""
        super().__init__("sim", **options)
        self._run = run
        self._clock_out = self.create_publisher(Clock, "/clock", 1)
        self._truth_out = self.create_publisher(PoseArray, "/sim/truth", 1)
        self._clock_message = Clock()
        self._truth = PoseArray(poses=[Pose() for _ in run.world.serials])
        self._truth.header.frame_id = "map"
        specs = CAMERAS[cameras]
        boards = boards_in(run.venue) if specs else ()
        self._ports = [RobotPort(self, run, k, Rig(run.world, k, specs, boards)) for k in range(len(run.world.serials))]
        self._by_serial = dict(zip(run.world.serials, self._ports, strict=True))

    def step(self) -> None:
        """0.05 s of simulated time; every robot then owes an answer to its odometry."""
        self._run.world.step(STEP_S)
        seconds, nanoseconds = self._run.world.clock.stamp
        stamp = Time(sec=seconds, nanosec=nanoseconds)
        self._clock_message.clock = stamp
        self._clock_out.publish(self._clock_message)
        self._run.lockstep.asked()
        scans = self._run.world.clock.steps % SCAN_EVERY == 0
        if scans:
            self._publish_slowly(stamp)
        for port in self._ports:
            if scans:
                port.publish_sound(stamp)
                port.publish_scan(stamp)
            port.publish_motion(stamp)
            port.publish_pictures(stamp)

    def _publish_slowly(self, stamp: Time) -> None:
        """What does not come with every odometry."""
        if self._run.world.clock.steps % TRUTH_EVERY == 0:
            self._publish_truth(stamp)
        if self._run.world.clock.steps % SECOND_EVERY == 0:
            for port in self._ports:
                port.publish_second(stamp)
            self._run.every_second({serial: port.state for serial, port in self._by_serial.items()})
        while self._run.typed:
            speech = self._run.typed.popleft()
            self._by_serial[speech.robot].publish_speech(speech, stamp)

    def _publish_truth(self, stamp: Time) -> None:
        self._truth.header.stamp = stamp
        for k, pose in enumerate(self._truth.poses):
            x, y, yaw = self._run.world.pose(k)
            pose.position.x, pose.position.y = x, y
            pose.orientation.z, pose.orientation.w = math.sin(0.5 * yaw), math.cos(0.5 * yaw)
        self._truth_out.publish(self._truth)


def spin(run: Run, cameras: str = "off") -> dict[str, Any]:
    """Run until the run is over or SIGINT/SIGTERM comes.

    :param cameras: one of `CAMERAS`: what the robots' cameras publish.
    :returns: the summary, which is also the journal's last line.
    """
    stopping: list[int] = []
    # Signals are ours: a run that is interrupted still ends its day and writes its summary.
    with _signals(stopping):
        rclpy.init(signal_handler_options=rclpy.SignalHandlerOptions.NO)
        node = SimNode(run, cameras)
        executor = _executor()
        executor.add_node(node)
        try:
            while not stopping and not run.over:
                for _ in range(SCAN_EVERY):
                    node.step()
                    _await_answers(run, executor)
                _spin_for(executor, run.after_tick())
        finally:
            summary = run.finish()
            executor.remove_node(node)
            executor.shutdown()
            node.destroy_node()
            rclpy.try_shutdown()
    return summary


def _executor() -> Any:
    """The events executor where rclpy has it: several times cheaper per message."""
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:
        return SingleThreadedExecutor()
    return EventsExecutor()


def _await_answers(run: Run, executor: Any) -> None:
    executor.spin_once(0.0)
    until = time.monotonic() + WAIT_S
    while run.lockstep.waiting:
        left = until - time.monotonic()
        if left <= 0.0:
            run.lockstep.gave_up()
            return
        executor.spin_once(left)


def _spin_for(executor: Any, seconds: float) -> None:
    """Let messages in for so long."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0.0:
        executor.spin_once(left)


@contextlib.contextmanager
def _signals(stopping: list[int]) -> Iterator[None]:
    """Note SIGINT and SIGTERM in `stopping` instead of dying of them."""
    old = {number: signal.signal(number, lambda n, _: stopping.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _identity(parent: str, child: str) -> TransformStamped:
    transform = TransformStamped(child_frame_id=child)
    transform.header.frame_id = parent
    return transform


def _transforms(*transforms: TransformStamped) -> TFMessage:
    return TFMessage(transforms=list(transforms))


def _optical(camera: str) -> str:
    """A camera's frame."""
    return f"{camera}_optical_frame"


def _camera_messages(camera: str, spec: CameraSpec) -> tuple[Image, CameraInfo]:
    """A picture and what is to be known of it, but for stamp and pixels."""
    image = Image(width=spec.width, height=spec.height, encoding="rgb8", step=3 * spec.width)
    k = spec.matrix
    info = CameraInfo(width=spec.width, height=spec.height, distortion_model="plumb_bob", d=[0.0] * 5, k=k.ravel())
    info.r = np.eye(3).ravel()
    info.p = np.column_stack((k, np.zeros(3))).ravel()
    image.header.frame_id = info.header.frame_id = _optical(camera)
    return image, info
