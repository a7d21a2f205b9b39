"""Which names lead where, and the settings they come from."""

from __future__ import annotations

import pytest

from robot_nodes.config import read_config
from robot_nodes.errors import RobotError
from robot_nodes.nav2.names import arguments, in_space


def test_the_rooms_that_ask_for_drives_ask_the_bridge() -> None:
    rules = arguments("/guide_01")
    assert rules[0] == "--ros-args"
    assert (
        "fleet_link:navigate_through_poses/_action/send_goal:=nav2_bridge/navigate_through_poses/_action/send_goal"
        in rules
    )
    assert "guiding:navigate_to_pose/_action/feedback:=nav2_bridge/navigate_to_pose/_action/feedback" in rules
    assert "seeing:amcl_pose:=nav2_bridge/pose" in rules
    assert not [rule for rule in rules if rule.startswith(("nav2_bridge:", "scan:", "initialpose:"))]
    assert rules == arguments("/guide_01", "/guide_01/")


def test_a_nav2_elsewhere_has_its_drivers_there() -> None:
    rules = arguments("/guide_01", "/")
    assert {"scan:=/scan", "odom:=/odom", "speed_limit:=/speed_limit"} <= set(rules)
    assert in_space("/", "amcl_pose") == "/amcl_pose"
    assert in_space("/base", "amcl_pose") == "/base/amcl_pose"


def test_the_settings() -> None:
    config, _ = read_config({"serial": "guide-01"}, {})
    assert (config.navigation, config.nav2_namespace, config.nav2_localiser) == ("own", "", "amcl")
    environment = {"FAIRGUIDE_NAVIGATION": "nav2", "FAIRGUIDE_NAV2_NAMESPACE": "/base/robot"}
    config, _ = read_config({"serial": "guide-01"}, environment)
    assert (config.navigation, config.nav2_namespace) == ("nav2", "/base/robot")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"navigation": "nav3"}, "navigation: .*'own' or 'nav2'"),
        ({"nav2_namespace": "base"}, "no ROS namespace"),
        ({"nav2_namespace": "/a b"}, "no ROS namespace"),
        ({"nav2_localiser": "a/b"}, "no ROS node"),
    ],
)
def test_wrong_settings_are_one_clear_line(setting: dict[str, str], says: str) -> None:
    with pytest.raises(RobotError, match=says) as caught:
        read_config({"serial": "guide-01", **setting}, {})
    assert "\n" not in str(caught.value)
