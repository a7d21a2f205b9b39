"""The robot's mind over pipes."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest

from maps.venue import load_venue
from robot_nodes.piped import BadLine, PipedRobot, main, serve


@pytest.fixture
def robot() -> PipedRobot:
    return PipedRobot(load_venue("hall"), "dock-01")


def empty_scan(t: float) -> dict[str, Any]:
    ranges = base64.b64encode(np.full(360, np.inf, np.float32).tobytes()).decode()
    return {
        "scan": {
            "t": t,
            "angle_min": -3.14,
            "angle_increment": 0.0175,
            "range_min": 0.1,
            "range_max": 25.0,
            "ranges": ranges,
        }
    }


def test_every_odometry_is_answered_and_nothing_else(robot: PipedRobot) -> None:
    lines = [json.dumps(it) for it in (empty_scan(0.05), {"odom": [0.05, 0, 0, 0]}, {"odom": [0.1, 0, 0, 0]})]
    out = io.StringIO()
    serve(robot, lines, out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [answer["command"] for answer in answers] == [[0.0, 0.0], [0.0, 0.0]]
    assert [answer["score"] is None for answer in answers] == [False, True]


def test_a_visitor_asks_and_is_led(robot: PipedRobot) -> None:
    robot.take({"odom": [0.05, 0, 0, 0]})
    robot.take({"guide_to": "culture", "utterance_id": "u1"})
    answer = robot.take({"odom": [0.1, 0, 0, 0]})
    assert answer is not None
    assert answer["guide"] == "offline_leading"
    assert {(act, utterance) for act, utterance, _ in answer["said"]} >= {("confirm", "u1")}


def test_a_goal_in_a_wall_is_refused_and_a_plan_says_why(robot: PipedRobot) -> None:
    robot.take({"goal": [6.9, 22.5, 0.0], "id": 7})
    answer = robot.take({"odom": [0.05, 0, 0, 0]})
    assert answer is not None
    assert [(number, how, code) for number, how, code, _ in answer["ended"]] == [(7, "aborted", 206)]
    plan = robot.take({"plan": [[4.0, 4.0, 0.0], [6.9, 22.5, 0.0]]})
    assert plan is not None
    assert plan["code"] == 206
    good = robot.take({"plan": [[4.0, 4.7, 0.0], [15.0, 4.7, 0.0]]})
    assert good is not None
    assert good["length_m"] > 10.0


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", '{"odom": [1]}', '{"scan": {}}', '{"goal": "here", "id": 1}', '{"guide_to": "moon"}', '{"x": 1}'],
)
def test_what_cannot_be_read_is_said_in_one_line(robot: PipedRobot, line: str) -> None:
    with pytest.raises(BadLine) as caught:
        serve(robot, [line], io.StringIO())
    assert "\n" not in str(caught.value)


def test_an_unknown_station_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--venue", "hall", "--start", "nowhere"]) == 2
    assert "dock-01" in capsys.readouterr().err


def test_particles_are_timed_on_the_last_scan(robot: PipedRobot) -> None:
    robot.take(empty_scan(0.05))
    robot.take({"odom": [0.05, 0, 0, 0]})
    timed = robot.take({"weigh": [100, 7]})
    assert timed is not None
    assert timed["particles"] == 98
    assert timed["seconds"] > 0.0
    with pytest.raises(BadLine):
        robot.take({"weigh": [100]})
