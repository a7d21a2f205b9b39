from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.visitors import ENDED, Deed, Patience, Phase, RobotSight, Sight, Visitor, VisitorPlan


def plan(**more: Any) -> VisitorPlan:
    return VisitorPlan.model_validate({"id": "v1", "at_s": 0.0, "place": "culture", **more})


def sight(*, idle: bool = True, there: bool = True, distance: float = 1.2, to_goal: float = 50.0) -> Sight:
    robots = {"r1": RobotSight(distance=distance, idle=idle), "r2": RobotSight(distance=9.0, idle=True)}
    return Sight(robots=robots, there=there, to_goal=to_goal)


def whats(deeds: list[Deed]) -> list[str]:
    return [deed.target if deed.what == "note" else deed.what for deed in deeds]


def asking(**more: Any) -> Visitor:
    visitor = Visitor(plan(**more))
    visitor.tick(0.0, sight())
    visitor.tick(0.1, sight())
    visitor.tick(0.2, sight())
    assert visitor.phase is Phase.ASKING
    return visitor


def say(visitor: Visitor, now: float, act: str, robot: str = "r1", utterance: str = "") -> list[str]:
    return whats(visitor.heard(now, robot, act, utterance, "...", {"other-1"}))


def test_a_good_day_by_robot() -> None:
    visitor = Visitor(plan())
    assert whats(visitor.tick(0.0, sight())) == ["enter", "comes"]
    assert whats(visitor.tick(0.1, sight(there=False))) == ["to_robot", "goes_to"]
    assert whats(visitor.tick(0.2, sight())) == ["halt", "asks", "speak"]
    assert say(visitor, 3.0, "confirm") == ["heard"]
    assert say(visitor, 5.2, "lead_start") == ["heard", "follow", "led"]
    assert visitor.wait_s == pytest.approx(5.0)
    say(visitor, 60.0, "arrived")
    assert whats(visitor.tick(60.1, sight(to_goal=2.0))) == ["completed", "depart"]
    assert visitor.phase is Phase.COMPLETED


def test_a_good_day_by_kiosk() -> None:
    visitor = Visitor(plan(by="kiosk", kiosk="k1"))
    assert whats(visitor.tick(0.0, sight())) == ["enter", "comes", "to_kiosk"]
    assert whats(visitor.tick(9.0, sight())) == ["halt", "asks", "press"]
    visitor.pressed("req-7")
    visitor.kiosk_said(10.0, "req-7", "assigned", "r2", "")
    assert say(visitor, 40.0, "meet", robot="r2") == ["heard"]
    assert "follow" in say(visitor, 42.0, "lead_start", robot="r2")
    assert visitor.robot == "r2"


def test_answers_to_others_are_not_for_me() -> None:
    visitor = asking()
    assert say(visitor, 1.0, "lead_start", utterance="other-1") == []
    assert say(visitor, 1.0, "lead_start", robot="r2") == []
    assert "follow" in say(visitor, 1.0, "lead_start", robot="r2", utterance="v1-1")


def test_a_refusal_sends_to_another_robot_and_a_second_one_is_failure() -> None:
    visitor = asking()
    assert "asks_again" in say(visitor, 2.0, "sorry")
    assert visitor.phase is Phase.SEEKING
    deeds = visitor.tick(2.1, sight())
    assert deeds[0] == Deed("to_robot", "r2")
    visitor.tick(9.0, Sight(robots={"r2": RobotSight(distance=1.2, idle=True)}, there=True))
    say(visitor, 10.0, "sorry", robot="r2")
    assert visitor.phase is Phase.FAILED
    assert visitor.reason.startswith("r2 said sorry")


def test_silence_is_asked_twice_then_failure() -> None:
    visitor = asking()
    visitor.tick(50.0, sight())
    assert visitor.phase is Phase.SEEKING
    for now in (50.1, 50.2, 50.3, 120.0):
        visitor.tick(now, sight())
    assert visitor.phase is Phase.FAILED
    assert "no answer from r1 within 45 s" in visitor.reason


def test_a_robot_taken_on_the_way_is_left() -> None:
    visitor = Visitor(plan())
    visitor.tick(0.0, sight())
    visitor.tick(0.1, sight(there=False))
    assert visitor.robot == "r1"
    visitor.tick(0.2, sight(idle=False, there=False))
    assert visitor.robot == "r2"


def test_arriving_in_the_wrong_place_is_failure_with_the_distance() -> None:
    visitor = asking()
    say(visitor, 1.0, "lead_start")
    say(visitor, 30.0, "arrived")
    visitor.tick(30.1, sight(to_goal=12.3))
    visitor.tick(51.0, sight(to_goal=12.3))
    assert visitor.phase is Phase.FAILED
    assert "12.3 m from the station of culture" in visitor.reason


def test_dawdling_ends_when_the_robot_calls() -> None:
    visitor = asking(dawdles=((5.0, 60.0),))
    say(visitor, 1.0, "lead_start")
    assert whats(visitor.tick(6.5, sight())) == ["halt", "dawdles"]
    assert say(visitor, 10.0, "wait_for_you") == ["heard", "follow"]


def test_kiosk_out_of_reach_is_told() -> None:
    visitor = Visitor(plan(by="kiosk", kiosk="k1"), Patience(retries=0))
    visitor.tick(0.0, sight())
    visitor.tick(1.0, sight())
    visitor.kiosk_said(2.0, "v1-1", "unreachable", "", "connection refused")
    assert visitor.phase is Phase.FAILED
    assert "connection refused" in visitor.reason


EVENTS = st.one_of(
    st.tuples(st.just("tick"), st.booleans(), st.booleans(), st.floats(0.0, 30.0)),
    st.tuples(
        st.just("heard"),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["confirm", "sorry", "clarify", "lead_start", "arrived", "meet", "wait_for_you", "nonsense"]),
        st.sampled_from(["", "v1-1", "v1-2", "other-1"]),
    ),
    st.tuples(
        st.just("kiosk"),
        st.sampled_from(["v1-1", "v1-2", "x"]),
        st.sampled_from(["sent", "accepted", "rejected", "assigned", "failed", "unreachable"]),
        st.just(""),
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["robot", "kiosk"]), st.lists(EVENTS, max_size=40))
def test_whatever_happens_it_ends_with_a_reason(by: str, events: list[tuple[Any, ...]]) -> None:
    visitor, now = Visitor(plan(by=by, kiosk="k1", dawdles=((3.0, 4.0),))), 0.0
    for event in events:
        now += 7.0
        match event:
            case ("tick", idle, there, to_goal):
                visitor.tick(now, sight(idle=idle, there=there, to_goal=to_goal))
            case ("heard", robot, act, utterance):
                visitor.heard(now, robot, act, utterance, "", {"other-1"})
            case ("kiosk", request, status, _):
                visitor.kiosk_said(now, request, status, "r1", "busy")
    for _ in range(1000):
        now += 10.0
        visitor.tick(now, sight(to_goal=20.0))
    assert visitor.phase in ENDED
    assert visitor.phase is Phase.COMPLETED or visitor.reason
    assert visitor.tick(now + 1.0, sight()) == []
    assert visitor.heard(now, "r1", "lead_start", "", "", set()) == []


def test_the_end_of_the_day_is_a_reason() -> None:
    visitor = Visitor(plan(at_s=100.0))
    visitor.give_up(5.0, "the day ended")
    assert visitor.phase is Phase.FAILED
    assert visitor.give_up(6.0, "again") == []
