"""What the bridge asks of Nav2, in the order things happen to robots."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.nav2.bridge import (
    PATIENCE_S,
    Bridge,
    CancelSent,
    Effect,
    Halt,
    Kind,
    LimitAgain,
    NavGoal,
    Place,
    Send,
    Tell,
)
from robot_nodes.nav2.health import LOCALISER, NAVIGATOR
from robot_nodes.navigation.errors import Nav2Failed, Nav2Gone
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Outcome

START = Pose2D(1.0, 2.0, 0.0)


class Case:
    """A bridge with a clock, and Nav2's side played by hand."""

    def __init__(self, localiser: str = LOCALISER) -> None:
        self.now = 0.0
        self.bridge = Bridge(start=START, localiser=localiser)
        self.seen: list[Effect] = []
        self.up = False

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            if self.up and round(self.now * 10) % 5 == 0:
                for server in self.bridge.health.servers:
                    self.bridge.on_state(server, "active", self.now)
            self.bridge.tick(self.now)
            self.seen += self.bridge.take_effects()

    def start(self) -> Case:
        self.up = True
        self.run(0.6)
        self.bridge.on_pose(START)
        self.run(0.1)
        assert self.bridge.ready
        return self

    def goal(self, number: int, kind: Kind = Kind.TO_POSE, poses: int = 1) -> None:
        self.bridge.on_goal(NavGoal(number, kind, tuple(range(poses))), self.now)
        self.take()

    def take(self) -> None:
        self.seen += self.bridge.take_effects()

    def accept(self, yes: bool = True) -> int:
        token = self.of(Send)[-1].token
        self.bridge.on_answer(token, yes, self.now)
        self.take()
        return token

    def of(self, kind: type) -> list:
        return [effect for effect in self.seen if isinstance(effect, kind)]

    @property
    def lines(self) -> list[str]:
        return [effect.text for effect in self.of(Tell)]

    @property
    def ends(self) -> list[tuple[int, End, int]]:
        return [(effect.goal, effect.end, effect.code) for effect in self.of(Outcome)]


def test_a_goal_goes_to_nav2_and_ends_as_it_does_there() -> None:
    case = Case().start()
    case.goal(7)
    token = case.accept()
    case.bridge.on_result(token, End.SUCCEEDED, 0, "", case.now)
    case.take()
    assert case.ends == [(7, End.SUCCEEDED, 0)]


def test_a_pause_takes_the_goal_back_and_sends_what_is_left_of_it() -> None:
    case = Case().start()
    case.goal(1, Kind.THROUGH_POSES, 5)
    token = case.accept()
    assert case.bridge.on_feedback(token, 2, case.now)
    case.bridge.on_pause(True, case.now)
    case.take()
    assert case.of(CancelSent) == [CancelSent(token)]
    case.bridge.on_result(token, End.CANCELED, 0, "", case.now)
    case.run(PATIENCE_S + 5.0)  # a pause has no end of its own
    assert len(case.of(Send)) == 1
    assert not case.ends
    case.bridge.on_pause(False, case.now)
    case.take()
    assert [send.goal.poses for send in case.of(Send)] == [(0, 1, 2, 3, 4), (3, 4)]


def test_a_pause_before_nav2_has_answered() -> None:
    case = Case().start()
    case.goal(1)
    case.bridge.on_pause(True, case.now)
    case.take()
    assert not case.of(CancelSent)
    token = case.accept()
    assert case.of(CancelSent) == [CancelSent(token)]


def test_a_goal_that_arrives_while_it_is_being_taken_back_has_arrived() -> None:
    case = Case().start()
    case.goal(1)
    token = case.accept()
    case.bridge.on_pause(True, case.now)
    case.bridge.on_result(token, End.SUCCEEDED, 0, "", case.now)
    case.take()
    assert case.ends == [(1, End.SUCCEEDED, 0)]


def test_a_newer_goal_of_the_same_kind_takes_over_at_once() -> None:
    case = Case().start()
    case.goal(1)
    case.accept()
    case.goal(2)
    assert [send.goal.id for send in case.of(Send)] == [1, 2]
    assert not case.of(CancelSent)
    assert case.ends == [(1, End.ABORTED, 0)]


def test_a_newer_goal_of_the_other_kind_waits_until_the_first_is_taken_back() -> None:
    case = Case().start()
    case.goal(1)
    token = case.accept()
    case.goal(2, Kind.THROUGH_POSES, 2)
    assert len(case.of(Send)) == 1
    case.bridge.on_result(token, End.CANCELED, 0, "", case.now)
    case.take()
    assert case.of(Send)[-1].goal.id == 2
    assert case.ends == [(1, End.ABORTED, 0)]


def test_nav2s_error_code_is_passed_on() -> None:
    case = Case().start()
    case.goal(1)
    case.bridge.on_result(case.accept(), End.ABORTED, 208, "no valid path", case.now)
    case.take()
    assert [(it.code, it.message) for it in case.of(Outcome)] == [(208, "no valid path")]
    assert case.bridge.counts["failed"] == 1


def test_a_goal_given_up_without_a_reason_ends_once_nav2_is_known_to_be_well() -> None:
    case = Case().start()
    case.goal(1)
    case.bridge.on_result(case.accept(), End.ABORTED, 0, "", case.now)
    case.take()
    assert not case.ends
    case.run(1.5)
    assert case.ends == [(1, End.ABORTED, Nav2Failed.code)]


def test_a_refused_goal_is_told_as_refused() -> None:
    case = Case().start()
    case.goal(1)
    case.accept(False)
    case.run(1.5)
    assert "refused" in case.of(Outcome)[0].message


def test_a_crash_stops_the_wheels_and_keeps_the_goal_until_nav2_is_back() -> None:
    case = Case().start()
    case.goal(1, Kind.THROUGH_POSES, 3)
    case.bridge.on_feedback(case.accept(), 2, case.now)
    case.bridge.on_moved(Pose2D(8.0, 2.0, 0.5))
    case.up = False
    case.run(5.0)
    assert not case.bridge.ready
    assert case.of(Halt)
    assert [line for line in case.lines if "gone" in line] == [
        "Nav2 is gone: amcl does not answer; the robot stands and waits for it"
    ]
    case.up = True
    case.run(2.0)
    assert case.of(Place) == [Place(Pose2D(8.0, 2.0, 0.5))]  # where it was last, not where it was switched on
    assert not case.bridge.on_pose(START)  # the localiser's own idea of where it woke up
    assert case.bridge.on_pose(Pose2D(8.1, 2.0, 0.5))
    case.run(0.2)
    assert [send.goal.poses for send in case.of(Send)] == [(0, 1, 2), (1, 2)]
    assert len(case.of(LimitAgain)) == 2
    assert (case.bridge.counts["lost"], case.bridge.counts["came"]) == (1, 2)


def test_nav2_switched_off_while_it_drives_is_no_end_of_the_goal() -> None:
    case = Case().start()
    case.goal(1)
    case.bridge.on_result(case.accept(), End.ABORTED, 0, "", case.now)  # what it does as it is deactivated
    case.bridge.on_state(NAVIGATOR, "inactive", case.now + 0.7)
    case.up = False
    case.run(1.0)
    assert not case.ends
    assert not case.bridge.ready
    assert any("bt_navigator is inactive" in line for line in case.lines)


def test_nav2_that_stays_away_ends_the_goal_with_a_typed_error() -> None:
    case = Case()
    case.goal(1)
    case.run(PATIENCE_S + 0.5)
    assert case.ends == [(1, End.ABORTED, Nav2Gone.code)]
    assert len(case.lines) == 1  # said once
    assert "start it" in case.lines[0]


def test_a_goal_that_nav2_has_forgotten_is_sent_again() -> None:
    case = Case().start()
    case.goal(1)
    case.accept()
    case.run(10.5)
    assert [send.goal.id for send in case.of(Send)] == [1, 1]
    assert case.bridge.counts["silent"] == 1


def test_a_localiser_that_has_never_spoken_is_told_the_start() -> None:
    case = Case()
    case.up = True
    case.run(2.0)
    assert case.of(Place) == [Place(START)]
    assert not case.bridge.ready


def test_a_localiser_that_does_not_listen_is_believed_in_the_end() -> None:
    case = Case()
    case.up = True
    case.run(30.0)
    assert case.bridge.on_pose(Pose2D(20.0, 2.0, 0.0))


def test_without_a_localiser_the_navigator_is_enough() -> None:
    case = Case(localiser="")
    case.up = True
    case.run(1.0)
    assert case.bridge.ready
    assert not case.of(Place)


def test_a_cancelled_goal_is_taken_back() -> None:
    case = Case().start()
    case.goal(1)
    token = case.accept()
    assert not case.bridge.on_cancel(9, case.now)
    assert case.bridge.on_cancel(1, case.now)
    case.take()
    assert case.of(CancelSent) == [CancelSent(token)]
    assert case.ends == [(1, End.CANCELED, 0)]


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("goal"), st.sampled_from(Kind)),
        st.tuples(st.just("pause"), st.booleans()),
        st.tuples(st.just("cancel"), st.integers(0, 6)),
        st.tuples(st.just("answer"), st.booleans()),
        st.tuples(st.just("result"), st.sampled_from(End)),
        st.tuples(st.just("nav2"), st.booleans()),
        st.tuples(st.just("pose"), st.floats()),
        st.tuples(st.just("wait"), st.floats(0.1, 12.0)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_whatever_happens_each_goal_ends_once_and_the_last_one_ends(events: list) -> None:
    case, goals = Case(), 0
    for what, value in events:
        sends = case.of(Send)
        token = sends[-1].token if sends else 0
        match what:
            case "goal":
                goals += 1
                case.goal(goals, value, 3)
            case "pause":
                case.bridge.on_pause(value, case.now)
            case "cancel":
                case.bridge.on_cancel(value, case.now)
            case "answer":
                case.bridge.on_answer(token, value, case.now)
            case "result":
                case.bridge.on_result(token, value, 0, "", case.now)
            case "nav2":
                case.up = value
            case "pose":
                case.bridge.on_pose(Pose2D(value, 0.0, 0.0))
            case "wait":
                case.run(value)
        case.take()
    case.bridge.on_pause(False, case.now)
    case.up = False  # whatever Nav2 was doing, it goes away for good
    case.run(PATIENCE_S + 6.0)
    assert sorted(it.goal for it in case.of(Outcome)) == list(range(1, goals + 1))
    assert all(math.isfinite(it.pose.x) for it in case.of(Place))
