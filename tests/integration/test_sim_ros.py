"""The simulator as a process of its own, and a robot's side of its topics in this one: real rclpy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robot_nodes.seeing.mounts import Mounts

# rclpy's own imports use sre_parse.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
DOMAIN = 23
FAIRGUIDE = "from fairguide import main; main()"


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "ROS_DOMAIN_ID": str(DOMAIN)}
    words = [sys.executable, "-c", FAIRGUIDE, "sim", "run", "--venue", "hall", "--seed", "3", *arguments]
    return subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@dataclass
class Robot:
    """Answers every scan, as a robot's navigation does, while `answers` is true."""

    answers: bool = True
    speed: float = 0.3
    scans: list[Any] = field(default_factory=list)
    odoms: list[Any] = field(default_factory=list)
    clocks: list[float] = field(default_factory=list)
    truths: list[Any] = field(default_factory=list)
    typed: list[Any] = field(default_factory=list)
    batteries: list[Any] = field(default_factory=list)
    radios: list[Any] = field(default_factory=list)
    transforms: list[Any] = field(default_factory=list)
    fixed: list[Any] = field(default_factory=list)
    images: list[Any] = field(default_factory=list)
    infos: list[Any] = field(default_factory=list)
    look: Callable[[], None] = lambda: None
    spin: Callable[[float], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None

    def wait(self, condition: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
        until = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > until:
                pytest.fail(f"within {timeout_s} s: no {what}")
            self.spin(0.05)


@pytest.fixture
def robot() -> Iterator[Robot]:
    from fairguide import prepare_environment

    prepare_environment()
    import rclpy
    from fairguide_msgs.msg import GuideStatus, RadioReport, TypedText, Utterance
    from geometry_msgs.msg import PoseArray, Twist
    from nav_msgs.msg import Odometry
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
    from rosgraph_msgs.msg import Clock
    from sensor_msgs.msg import BatteryState, CameraInfo, Image, LaserScan
    from tf2_msgs.msg import TFMessage

    context = rclpy.Context()
    rclpy.init(context=context, domain_id=DOMAIN)
    node = rclpy.create_node("robot_side", context=context)
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    commands = node.create_publisher(Twist, "/guide_01/cmd_vel", 10)
    says = node.create_publisher(Utterance, "/guide_01/say", 10)
    status = node.create_publisher(GuideStatus, "/guide_01/guide_status", latched)
    status.publish(GuideStatus(state="idle"))
    found = Robot()

    def on_odom(odom: Any) -> None:
        found.odoms.append(odom)
        if found.answers:
            command = Twist()
            command.linear.x = found.speed
            commands.publish(command)

    node.create_subscription(LaserScan, "/guide_01/scan", found.scans.append, qos_profile_sensor_data)
    node.create_subscription(Odometry, "/guide_01/odom", on_odom, qos_profile_sensor_data)
    node.create_subscription(
        Clock, "/clock", lambda m: found.clocks.append(m.clock.sec + m.clock.nanosec * 1e-9), qos_profile_sensor_data
    )
    node.create_subscription(PoseArray, "/sim/truth", found.truths.append, 10)
    node.create_subscription(TypedText, "/guide_01/typed", found.typed.append, 10)
    node.create_subscription(BatteryState, "/guide_01/battery_state", found.batteries.append, 10)
    node.create_subscription(RadioReport, "/guide_01/radio", found.radios.append, 10)
    node.create_subscription(TFMessage, "/guide_01/tf", found.transforms.append, 100)
    node.create_subscription(TFMessage, "/guide_01/tf_static", found.fixed.append, latched)

    def look() -> None:
        node.create_subscription(Image, "/guide_01/rear_camera/image_raw", found.images.append, qos_profile_sensor_data)
        node.create_subscription(
            CameraInfo, "/guide_01/rear_camera/camera_info", found.infos.append, qos_profile_sensor_data
        )

    found.look = look
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    found.spin = lambda seconds: executor.spin_once(seconds)
    found.say = lambda act: says.publish(Utterance(act=act, text="..."))
    yield found
    executor.remove_node(node)
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        started.append(start(tmp_path, *arguments))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_robot_senses_and_moves_and_the_end_is_clean(robot: Robot, sim: Callable[..., Any]) -> None:
    process = sim("--robot", "guide-01=dock-01", "--people", "5", "--speed", "0")
    robot.wait(lambda: len(robot.truths) > 2 and len(robot.odoms) > 0, "truth or odometry")
    begin = robot.truths[0].poses[0].position
    robot.wait(lambda: robot.odoms[-1].pose.pose.position.x > 0.4, "motion")
    now = robot.truths[-1].poses[0].position
    assert abs(now.x - begin.x) + abs(now.y - begin.y) > 0.2
    scan = robot.scans[-1]
    assert len(scan.ranges) == 360
    assert scan.header.frame_id == "base_link"
    assert robot.odoms[-1].header.frame_id == "odom"
    assert robot.transforms[-1].transforms[0].child_frame_id == "base_link"
    robot.wait(lambda: bool(robot.batteries) and bool(robot.radios), "battery or radio")
    assert 0.5 < robot.batteries[-1].percentage <= 1.0
    assert robot.radios[-1].site_id.startswith("site-")
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    summary = json.loads(output.splitlines()[-1])
    assert summary["seed"] == 3
    assert summary["sim_s"] > 0.0


def test_cameras_are_published_to_who_listens(robot: Robot, sim: Callable[..., Any]) -> None:
    robot.speed = 0.0
    robot.look()
    sim("--robot", "guide-01=dock-01", "--speed", "0", "--cameras", "low")
    robot.wait(lambda: len(robot.images) > 5 and len(robot.infos) > 5 and bool(robot.fixed), "pictures")
    image, info = robot.images[-1], robot.infos[-1]
    assert (image.width, image.height, image.encoding, len(image.data)) == (320, 240, "rgb8", 320 * 240 * 3)
    assert 0.3 < np.asarray(image.data).mean() / 128.0 < 2.0
    assert (info.width, info.header.frame_id) == (320, "rear_camera_optical_frame")
    stamps = [it.header.stamp.sec + 1e-9 * it.header.stamp.nanosec for it in robot.images]
    assert np.diff(stamps).min() == pytest.approx(0.2)
    mounts = Mounts()
    for it in robot.fixed[-1].transforms:
        at, turn = it.transform.translation, it.transform.rotation
        mounts.take(it.header.frame_id, it.child_frame_id, (at.x, at.y, at.z), (turn.x, turn.y, turn.z, turn.w))
    front, rear = mounts.of("camera_optical_frame"), mounts.of(info.header.frame_id)
    assert front is not None
    assert rear is not None
    assert (front.height, rear.height) == (1.1, 1.1)
    assert front.yaw == pytest.approx(0.0)
    assert abs(rear.yaw) == pytest.approx(np.pi)


def test_the_world_waits_for_a_robot_that_answers_late(robot: Robot, sim: Callable[..., Any]) -> None:
    robot.speed = 0.0
    sim("--robot", "guide-01=dock-01", "--speed", "0")
    robot.wait(lambda: len(robot.scans) > 50, "scans")
    robot.answers = False
    robot.spin(0.0)
    before, began = robot.clocks[-1], time.monotonic()
    robot.wait(lambda: robot.clocks[-1] > before + 0.95, "clock that goes on in spite of silence")
    # Eight scans or so without an answer, a quarter of a second each: uncapped it would take a few milliseconds.
    assert time.monotonic() - began > 1.0


def test_a_visitor_speaks_and_follows(robot: Robot, sim: Callable[..., Any], tmp_path: Path) -> None:
    visitor = {"id": "v1", "at_s": 1.0, "place": "culture", "language": "zh", "text": "带我去文化服务专题展"}
    day, journal = tmp_path / "day.json", tmp_path / "journal.jsonl"
    day.write_text(json.dumps({"venue": "hall", "visitors": [visitor]}), encoding="utf-8")
    robot.speed = 0.0
    process = sim("--robot", "guide-01=dock-01", "--speed", "0", "--visitors", str(day), "--journal", str(journal))
    robot.wait(lambda: bool(robot.typed), "sentence")
    assert robot.typed[0].text == "带我去文化服务专题展"
    robot.say("lead_start")
    robot.wait(lambda: '"led"' in journal.read_text(encoding="utf-8"), "visitor who follows")
    robot.say("sorry")
    robot.wait(lambda: len(robot.typed) > 1, "second asking")
    robot.say("sorry")
    robot.wait(lambda: process.poll() is not None, "end of the day")
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["event"] == "summary"
    assert lines[-1]["completed"] == 0
    assert lines[-1]["failed"][0]["reason"].startswith("guide-01 said sorry")
    assert {"ready", "day_begins", "comes", "asks", "led", "asks_again", "failed"} <= {line["event"] for line in lines}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--robot", "guide-01"), "SERIAL=STATION"),
        (("--robot", "guide-01=nowhere"), "has no station 'nowhere'"),
        (("--robot", "guide-01=dock-01", "--visitors", "none.json"), "none.json"),
    ],
)
def test_bad_options_are_one_line(sim: Callable[..., Any], arguments: tuple[str, ...], message: str) -> None:
    process = sim(*arguments)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert message in errors
    assert len(errors.strip().splitlines()) == 1
