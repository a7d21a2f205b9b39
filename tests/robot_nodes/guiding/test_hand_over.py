"""A visitor goes on with another robot."""

from __future__ import annotations

import pytest

from robot_nodes.guiding.effects import Ask, FinishAction


def ordered(rig, **more: str) -> None:
    """At a hall boundary, by the fleet's order."""
    rig.lead()
    rig.act("handOver", taskId="t9", requestId="k1", place="culture", language="en", **more)


def of_own_accord(rig) -> None:
    """For want of power."""
    rig.lead()
    rig.battery(5.2)


def asked_for(rig) -> str:
    return next(e.request_id for e in rig.effects if isinstance(e, Ask) and e.kind == "hand_over")


@pytest.mark.parametrize("begin", [ordered, of_own_accord])
def test_the_robot_waits_with_its_visitor_until_the_other_has_them(rig, begin):
    begin(rig)
    request = asked_for(rig)
    assert (rig.state, rig.holding) == ("paused", True)
    rig.notice("accepted", request=request)
    rig.notice("assigned", request=request)
    rig.notice("approaching", request=request)
    assert rig.texts[-1].startswith("The other robot is on its way")
    rig.wait(120.0)
    rig.notice("arrived", request=request)
    assert rig.texts[-1].startswith("The other robot is here")
    assert rig.state == "paused"
    rig.notice("leading", request=request)
    assert (rig.state, rig.said[-1]) == ("idle", "goodbye")
    assert ("cancel", request) not in rig.asked
    if begin is ordered:
        assert rig.finished["handOver"]
        assert not rig.holding
    else:
        assert rig.asked[-1] == ("cancel", "k1")  # its own order is no longer wanted


def test_the_fleet_has_already_sent_another_robot(rig):
    ordered(rig, nextRequestId="next-1")
    assert rig.asked == []
    rig.notice("leading", request="next-1")
    assert rig.finished["handOver"]


@pytest.mark.parametrize("kind", ["rejected", "failed", "cancelled"])
@pytest.mark.parametrize("begin", [ordered, of_own_accord])
def test_no_other_robot_can_come(rig, begin, kind):
    begin(rig)
    rig.notice(kind, request=asked_for(rig))
    assert rig.asked[-1][0] == "call_staff"
    assert (rig.state, rig.holding, rig.said[-1]) == ("paused", True, "sorry")
    assert ("cancel", asked_for(rig)) not in rig.asked
    if begin is ordered:
        assert rig.finished["handOver"] is False


@pytest.mark.parametrize("begin", [ordered, of_own_accord])
def test_the_other_robot_never_comes(rig, begin):
    begin(rig)
    rig.notice("assigned", request=asked_for(rig))
    rig.wait(241.0)
    assert [kind for kind, _ in rig.asked] == ["hand_over", "cancel", "call_staff"]
    assert (rig.state, rig.said[-1]) == ("paused", "sorry")


def test_out_of_reach_there_is_nobody_to_ask(rig):
    rig.lead()
    rig.guide.on_link(False)
    rig.battery(5.2)
    rig.wait(0.25)
    assert rig.asked == []
    assert (rig.state, rig.said[-1]) == ("paused", "sorry")


def test_go_on_does_not_go_on_while_the_other_is_coming(rig):
    ordered(rig)
    rig.hear("resume")
    assert rig.state == "paused"
    assert rig.texts[-1].startswith("The other robot is on its way")


def test_the_fleet_takes_the_hand_over_back(rig):
    ordered(rig)
    request = asked_for(rig)
    rig.guide.on_action_cancel("handOver", rig.now)
    rig.collect()
    assert rig.finished["handOver"] is False
    assert ("cancel", request) in rig.asked
    rig.hear("resume")
    assert rig.state == "leading"


@pytest.mark.parametrize("begin", [ordered, of_own_accord])
def test_broken_off_the_other_robot_is_called_off(rig, begin):
    begin(rig)
    rig.notice("emergency", request="", text=("en", "Please leave"))
    assert ("cancel", asked_for(rig)) in rig.asked
    ended = [e for e in rig.effects if isinstance(e, FinishAction) and e.action_id == "handOver"]
    assert [it.success for it in ended] == ([False] if begin is ordered else [])


def test_two_hand_overs_of_which_the_second_counts(rig):
    ordered(rig)
    rig.act("handOver", "again", requestId="k1", place="culture", language="en", nextRequestId="next-2")
    assert rig.finished == {"startGuiding": True, "handOver": False}
    rig.notice("leading", request="next-2")
    assert rig.finished["again"]


def test_the_other_robot_meets_the_visitor_where_they_wait(rig):
    rig.act("meetVisitor", taskId="t2", requestId="next-1", place="culture", language="ja")
    assert not rig.texts[-1].isascii()
    rig.visitor("WITH_ME", 1.5)
    rig.wait(1.5)
    assert rig.finished == {"meetVisitor": True}


def test_of_two_meetings_the_first_ends(rig):
    rig.act("meetVisitor", "one", requestId="k1", place="culture", language="en")
    rig.act("meetVisitor", "two", requestId="k2", place="corner", language="en")
    assert rig.finished == {"one": False}
    rig.act("startGuiding", "three", requestId="k2", place="corner", language="en")
    assert rig.finished == {"one": False, "two": False, "three": True}
