"""Each interruption in each state the guide can be in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robot_nodes.guiding.effects import Ask, Say
from robot_nodes.guiding.status import LEADING


def requesting(rig) -> None:
    rig.hear("guide_to", place="culture")


def approaching(rig) -> None:
    requesting(rig)
    rig.notice("assigned")


def called(rig) -> None:
    rig.notice("assigned", request="kiosk-1")


def meeting(rig) -> None:
    rig.act("meetVisitor", taskId="t9", requestId="k1", place="culture", language="en")


def leading(rig) -> None:
    rig.lead()


def alone(rig) -> None:
    rig.guide.on_link(False)
    rig.hear("guide_to", place="culture")


def waiting(rig) -> None:
    rig.lead()
    rig.visitor("LOST")


def stopped(rig) -> None:
    rig.lead()
    rig.hear("stop")


def at_a_booth(rig) -> None:
    rig.lead()
    rig.at(29.0)
    rig.hear("unknown", text="tell me about this")


def handing_over(rig) -> None:
    rig.lead()
    rig.act("handOver", taskId="t9", requestId="k1", place="culture", language="en")


def arrived(rig) -> None:
    rig.booklet.about["culture"] = "Things"
    rig.lead()
    rig.act("finishGuiding", taskId="t9", requestId="k1", place="culture", language="en")


def idle(rig) -> None:
    pass


WITH_VISITOR = [leading, alone, waiting, stopped, at_a_booth, handing_over]
STATES = [idle, requesting, approaching, called, meeting, *WITH_VISITOR, arrived]
NAMES: dict[Callable, str] = {
    idle: "idle", requesting: "requesting", approaching: "approaching", called: "approaching", meeting: "meeting",
    leading: "leading", alone: "offline_leading", waiting: "waiting", stopped: "paused", at_a_booth: "paused",
    handing_over: "paused", arrived: "arrived",
}  # fmt: skip
in_each_state = pytest.mark.parametrize("reach", STATES, ids=lambda it: it.__name__)
with_a_visitor = pytest.mark.parametrize("reach", WITH_VISITOR, ids=lambda it: it.__name__)


@in_each_state
def test_the_states_are_reached(rig, reach):
    reach(rig)
    assert rig.state == NAMES[reach]


@in_each_state
@pytest.mark.parametrize("word", ["stop", "wait"])
def test_stop_stops_at_once(rig, reach, word):
    reach(rig)
    before = len(rig.effects)
    rig.hear(word)
    assert (rig.state, rig.holding) == ("paused", True)
    said = [e for e in rig.effects[before:] if isinstance(e, Say)]
    assert [(it.act, it.interrupt) for it in said] == [("stopped", True)]


@in_each_state
def test_stop_said_twice_asks_for_stillness_twice(rig, reach):
    reach(rig)
    rig.hear("stop")
    before = len(rig.effects)
    rig.hear("stop")
    assert "Hold(on=True)" in map(str, rig.effects[before:])  # somebody else may have let the robot go


@in_each_state
@pytest.mark.parametrize("word", ["call_staff", "emergency", "lost_person"])
def test_help_is_called_and_nobody_is_led_on(rig, reach, word):
    reach(rig)
    rig.guide.on_link(True)
    rig.hear(word)
    assert rig.asked[-1][0] == "call_staff"
    assert rig.said[-1] == "help_called"
    assert rig.state not in LEADING
    if reach in WITH_VISITOR:
        assert rig.holding


@in_each_state
def test_an_emergency_of_the_venue_ends_every_journey(rig, reach):
    reach(rig)
    begun = rig.guide.status.request_id if rig.state not in ("idle", "arrived") else ""
    rig.notice("emergency", request="", text=("en", "Please leave"))
    rig.notice("emergency", request="", text=("zh", "请离开"))
    said = [(e.text, e.interrupt) for e in rig.effects if isinstance(e, Say)]
    assert ("Please leave", True) in said
    assert ("请离开", True) in said
    assert rig.state == "idle"
    if begun and reach is not alone:
        assert ("cancel", begun) in rig.asked
    rig.wait(40.0)
    assert not rig.holding


@with_a_visitor
def test_after_an_emergency_the_fleet_may_order_the_robot_to_lead_to_an_exit(rig, reach):
    reach(rig)
    rig.guide.on_link(True)
    rig.notice("emergency", request="", text=("en", "Please leave"))
    rig.act("startGuiding", "out", taskId="t2", requestId="evacuation", place="corner", language="en")
    assert (rig.state, rig.guide.status.place, rig.holding) == ("leading", "corner", False)
    assert rig.finished["out"]


@in_each_state
def test_cancel_ends_it(rig, reach):
    reach(rig)
    rig.hear("cancel")
    assert "stopped" in rig.said
    if reach in (requesting, approaching, meeting, *WITH_VISITOR):
        assert rig.state == "idle"
    if reach is meeting:
        assert rig.finished == {"meetVisitor": False}
    if reach is handing_over:
        assert rig.finished["handOver"] is False


@in_each_state
def test_another_destination_is_asked_about_where_somebody_is_with_the_robot(rig, reach):
    reach(rig)
    rig.guide.on_link(True)
    rig.hear("guide_to", utterance="u5", place="corner")
    match reach.__name__:
        case "idle" | "arrived":
            assert rig.asked[-1][0] == "guide"
            assert rig.guide.status.place == "corner"
        case "called" | "meeting" | "handing_over":
            assert rig.said[-1] == "sorry"
        case _:
            assert rig.said[-1] == "clarify"
            assert "corner" in rig.texts[-1]
            assert rig.guide.status.place == "culture"


@pytest.mark.parametrize("reach", [requesting, approaching, leading, waiting, stopped, at_a_booth])
def test_the_destination_is_changed(rig, reach):
    reach(rig)
    former = rig.guide.status.request_id
    rig.hear("guide_to", utterance="u5", place="corner")
    rig.hear("yes", utterance="u6", reply="What would you like?")
    assert [it[0] for it in rig.asked[-2:]] == ["cancel", "guide"]
    assert rig.asked[-2][1] == former
    request = rig.asked[-1][1]
    assert (rig.state, rig.guide.status.place, rig.said[-1]) == ("requesting", "corner", "confirm")
    assert rig.holding == (reach in WITH_VISITOR)  # the former order still stands
    rig.act("finishGuiding", "late", requestId=former, place="culture", language="en")
    assert rig.finished["late"] is False
    rig.notice("cancelled", request="")
    rig.notice("assigned", request=request)
    assert not rig.holding
    rig.act("startGuiding", "new", taskId="t2", requestId=request, place="corner", language="en")
    assert (rig.state, rig.guide.status.place) == ("leading", "corner")


def test_alone_the_destination_is_changed_without_the_fleet(rig):
    alone(rig)
    rig.hear("guide_to", place="corner")
    rig.hear("yes")
    assert (rig.state, rig.guide.status.place, rig.asked) == ("offline_leading", "corner", [])
    assert [str(e) for e in rig.effects][-1].startswith("Go(x=5.0")


def test_out_of_reach_a_journey_of_the_fleet_cannot_be_changed(rig):
    rig.lead()
    rig.guide.on_link(False)
    rig.hear("guide_to", place="corner")
    rig.hear("yes")
    assert (rig.state, rig.guide.status.place, rig.said[-1]) == ("leading", "culture", "sorry")


def test_the_destination_stays_after_no_or_silence(rig):
    rig.lead()
    rig.hear("guide_to", place="corner")
    rig.hear("no")
    assert (rig.state, rig.guide.status.place) == ("leading", "culture")
    assert "culture" in rig.texts[-1]
    rig.hear("guide_to", place="corner")
    rig.wait(21.0)
    rig.hear("yes", reply="What would you like?")
    assert rig.said[-1] == "inform"
    assert rig.guide.status.place == "culture"


@in_each_state
def test_a_low_battery_hands_over_where_the_way_is_too_far(rig, reach):
    reach(rig)
    rig.battery(5.2)  # good for 20 m; culture is at 40, or 11 from the booth
    asked = [e for e in rig.effects if isinstance(e, Ask) and e.kind == "hand_over"]
    if reach is leading:
        assert [(it.place, it.language) for it in asked] == [("culture", "en")]
        assert (rig.state, rig.holding) == ("paused", True)
        assert "battery" in rig.texts[-1]
    else:
        assert len(asked) == (reach is handing_over)


def test_a_low_battery_is_no_matter_on_a_short_way_or_above_its_level(rig):
    rig.lead(place="corner")
    rig.battery(5.2)
    assert rig.state == "leading"
    rig.battery(19.0)
    rig.lead()
    rig.wait(1.0)
    assert rig.state == "leading"


def test_alone_the_robot_sets_off_only_with_enough_power(rig):
    rig.battery(5.2)
    rig.guide.on_link(False)
    rig.hear("guide_to", place="culture")
    assert (rig.state, rig.said) == ("idle", ["confirm", "sorry"])
    rig.hear("guide_to", place="corner")
    assert rig.state == "offline_leading"


@in_each_state
def test_a_way_blocked_for_good_brings_staff_once(rig, reach):
    reach(rig)
    rig.guide.on_link(True)
    before = len(rig.asked), len(rig.said)
    state = rig.state
    for _ in range(3):
        rig.blocked(True)
    assert [kind for kind, _ in rig.asked[before[0] :]] == ["call_staff"]
    assert rig.state == state
    assert len(rig.said) - before[1] == (state in LEADING)  # the visitor who follows is told why
    rig.blocked(False)
    rig.blocked(True)
    assert [kind for kind, _ in rig.asked[before[0] :]] == ["call_staff"] * 2


def test_a_blocked_way_out_of_reach_of_the_staff_is_told_too(rig):
    alone(rig)
    rig.blocked()
    assert rig.asked == []
    assert "cannot reach" in rig.texts[-1]


@pytest.mark.parametrize("reach", [approaching, called])
def test_a_robot_whose_order_never_comes_is_free_in_the_end(rig, reach):
    reach(rig)
    request = rig.guide.status.request_id
    rig.wait(599.0, 1.0)
    assert rig.state == "approaching"
    rig.wait(2.0)
    assert rig.state == "idle"
    assert rig.asked[1:] == ([("cancel", request)] if reach is approaching else [])
