"""A robot's settings: where they come from, and what is said of wrong ones."""

from __future__ import annotations

import pytest

from robot_nodes.config import read_config
from robot_nodes.errors import RobotError


def test_flags_before_environment_before_file(tmp_path):
    file = tmp_path / "robot.yaml"
    file.write_text("serial: guide-03\nlanguages: ko\nbroker: mqtt://10.0.0.1\n", encoding="utf-8")
    environment = {"FAIRGUIDE_SERIAL": "guide-02", "FAIRGUIDE_LANGUAGES": "zh, en"}
    config, venue = read_config({"serial": "guide-01", "start": None}, environment, file)
    assert (config.serial, config.languages, config.broker) == ("guide-01", ("zh", "en"), "mqtt://10.0.0.1")
    assert (config.start, config.namespace, venue.id) == ("dock-01", "/guide_01", "hall")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({}, "serial: not given"),
        ({"serial": "guide/1"}, "letters, digits"),
        ({"serial": "1"}, "ROS namespace"),
        ({"serial": "guide-01", "broker": "http://x"}, "mqtt://HOST:PORT"),
        ({"serial": "guide-01", "start": "moon"}, "no such station"),
        ({"serial": "guide-99"}, "dock-01"),
        ({"serial": "guide-01", "colour": "red"}, "no such setting"),
    ],
)
def test_wrong_settings_are_one_clear_line(flags, said):
    with pytest.raises(RobotError, match=said) as caught:
        read_config(flags, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["- a\n", "serial: [\n"])
def test_wrong_file(tmp_path, content):
    file = tmp_path / "robot.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(RobotError, match=r"robot\.yaml"):
        read_config({}, {}, file)


def test_missing_file(tmp_path):
    with pytest.raises(RobotError, match="No such file"):
        read_config({}, {}, tmp_path / "none.yaml")
