"""The ROS network: loopback by default, and large enough for a venue on one machine."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from xml.etree import ElementTree

import pytest

from robot_nodes.interfaces.network import (
    BOOTSTRAP_GUARD,
    CHOICES,
    LOOPBACK_PROFILE,
    is_stranger,
    ros_defaults,
    without_bootstrap,
)


def test_defaults_keep_ros_on_this_machine() -> None:
    added = ros_defaults({}, "/venv")
    assert added == {
        "AMENT_PREFIX_PATH": "/venv",
        "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(LOOPBACK_PROFILE),
    }


@pytest.mark.parametrize("name", CHOICES)
def test_a_users_choice_of_network_stands(name: str) -> None:
    assert "FASTRTPS_DEFAULT_PROFILES_FILE" not in ros_defaults({name: "theirs"}, "/venv")


def test_another_middleware_is_left_alone() -> None:
    assert (
        ros_defaults({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp", "AMENT_PREFIX_PATH": "/opt/ros/jazzy"}, "/venv") == {}
    )


def test_domain_alone_is_no_choice_of_network() -> None:
    assert "FASTRTPS_DEFAULT_PROFILES_FILE" in ros_defaults({"ROS_DOMAIN_ID": "7"}, "/venv")


def test_stranger_is_one_of_another_environment() -> None:
    mine = {BOOTSTRAP_GUARD: "1", "LD_LIBRARY_PATH": "/venv/lib:/usr/lib"}
    assert not is_stranger(mine, "/venv")
    assert is_stranger(mine, "/other")
    assert not is_stranger({}, "/other")
    assert not is_stranger(without_bootstrap(mine), "/other")


def test_profile_whitelists_loopback_only() -> None:
    space = {"d": "http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles"}
    root = ElementTree.parse(LOOPBACK_PROFILE).getroot()
    assert [node.text for node in root.findall(".//d:interfaceWhiteList/d:address", space)] == ["127.0.0.1"]
    assert [node.text for node in root.findall(".//d:useBuiltinTransports", space)] == ["false"]


PARTICIPANTS = textwrap.dedent(
    """
    import sys, time
    import psutil, rclpy
    from rclpy.context import Context
    from rclpy.node import Node

    here, everywhere, tag = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    nodes = []
    for number in range(here):
        context = Context()
        rclpy.init(context=context)
        nodes.append(Node(f"part_{tag}_{number}", context=context))
    end = time.monotonic() + 60
    while min(len(set(node.get_node_names())) for node in nodes) < everywhere and time.monotonic() < end:
        time.sleep(0.1)
    print("SEEN", min(len(set(node.get_node_names())) for node in nodes))
    print("BOUND", sorted({c.laddr.ip for c in psutil.Process().net_connections("inet")}), flush=True)
    sys.stdin.readline()  # stay until all have seen all
    for node in nodes:
        node.destroy_node()
        node.context.try_shutdown()
    """
)


@pytest.mark.ros
@pytest.mark.slow
def test_forty_participants_meet_on_loopback(ros_domain: int) -> None:
    environment = {**os.environ, "ROS_DOMAIN_ID": str(ros_domain)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PARTICIPANTS, "10", "40", str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        for number in range(4)
    ]
    try:
        said = [(p.stdout.readline().strip(), p.stdout.readline().strip()) for p in processes if p.stdout]
    finally:
        for process in processes:
            process.communicate("\n", timeout=20)
    assert said == [("SEEN 40", "BOUND ['127.0.0.1']")] * 4
    assert [process.returncode for process in processes] == [0] * 4
