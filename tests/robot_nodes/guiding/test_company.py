"""With a visitor: lost and found, pauses, booths, arrival, and what is next."""

from __future__ import annotations

import math

import pytest

from robot_nodes.guiding.effects import Go, Look
from robot_nodes.guiding.programme import Coming


def booth(rig, text: str = "tell me about this") -> None:
    rig.booklet.about["booth-1"] = "Robots and other things."
    rig.lead()
    rig.at(29.0)
    rig.hear("unknown", text=text)


def arrive(rig, place: str = "culture") -> None:
    rig.act("finishGuiding", taskId="t9", requestId="k1", place=place, language="en")


# lost -------------------------------------------------------------------------------------------


def test_the_robot_waits_looks_calls_asks_and_gives_up_in_this_order(rig):
    rig.lead()
    rig.visitor("WITH_ME", 2.0, (-2.0, 0.0))
    rig.visitor("LOST")
    rig.wait(4.5)
    assert not any(isinstance(e, Look) for e in rig.effects)
    rig.wait(1.0)
    (look,) = (e for e in rig.effects if isinstance(e, Look))
    assert (look.x, look.y) == (0.0, 0.0)
    assert abs(look.yaw) == pytest.approx(math.pi)
    assert "visitor_lost" not in rig.said
    rig.wait(15.0)
    assert rig.said[-1] == "visitor_lost"
    assert rig.asked == []
    rig.wait(40.0)
    assert rig.asked == [("visitor_lost", "k1")]
    rig.wait(30.0)
    assert rig.asked[-1] == ("cancel", "k1")
    assert rig.state == "idle"


def test_nobody_knows_where_to_look(rig):
    rig.lead()
    rig.visitor("LOST")
    rig.wait(10.0)
    assert not any(isinstance(e, Look) for e in rig.effects)


def test_lost_again_everything_begins_again(rig):
    rig.lead()
    for _ in range(2):
        rig.visitor("LOST")
        rig.wait(21.0)
        rig.visitor("RETURNED", 1.0)
        assert rig.state == "leading"
    assert rig.said.count("wait_for_you") == 2
    assert rig.said.count("visitor_lost") == 2


def test_the_fleet_decides_that_nobody_is_to_be_waited_for(rig):
    rig.lead()
    rig.visitor("LOST")
    rig.wait(61.0)
    rig.notice("cancelled", request="k1", reason="the visitor is with staff")
    assert rig.state == "idle"


def test_alone_the_robot_sets_off_again_after_it_has_looked(rig):
    rig.guide.on_link(False)
    rig.hear("guide_to", place="culture")
    rig.visitor("WITH_ME", 2.0, (-2.0, 0.0))
    rig.visitor("LOST")
    rig.wait(10.0)
    rig.visitor("WITH_ME", 1.0)
    assert rig.state == "offline_leading"
    assert [e for e in rig.effects if isinstance(e, Go)] == [Go(40.0, 0.0, 0.0)] * 2
    assert rig.asked == []


# pauses -----------------------------------------------------------------------------------------


def test_after_stop_the_robot_asks_once_and_stays(rig):
    rig.lead()
    rig.hear("stop")
    rig.wait(61.0)
    assert rig.said[-1] == "clarify"
    rig.wait(100.0)
    assert rig.said.count("clarify") == 1
    assert rig.state == "paused"
    rig.wait(150.0)
    assert (rig.state, rig.asked) == ("idle", [("cancel", "k1")])


def test_yes_goes_on_and_no_stays_and_is_asked_again(rig):
    rig.lead()
    rig.hear("stop")
    rig.wait(61.0)
    rig.hear("no")
    assert (rig.state, rig.said[-1]) == ("paused", "inform")
    rig.wait(61.0)
    assert rig.said[-1] == "clarify"
    rig.hear("yes")
    assert (rig.state, rig.holding, rig.said[-1]) == ("leading", False, "resumed")


def test_where_the_visitor_asked_to_wait_the_robot_goes_on_with_them_in_the_end(rig):
    rig.lead()
    rig.hear("wait")
    rig.wait(41.0)
    assert rig.said[-1] == "clarify"
    rig.visitor("WITH_ME", 1.0)
    rig.wait(21.0)
    assert (rig.state, rig.said[-1]) == ("leading", "lead_start")


def test_stop_after_wait_is_stop(rig):
    rig.lead()
    rig.hear("wait")
    rig.hear("stop")
    rig.wait(100.0)
    assert rig.state == "paused"


def test_it_does_not_go_on_without_its_visitor(rig):
    rig.lead()
    rig.hear("wait")
    rig.visitor("LOST")
    rig.wait(100.0)
    assert rig.state == "paused"
    rig.wait(30.0)
    assert (rig.state, rig.said[-1]) == ("idle", "sorry")
    assert rig.asked == [("cancel", "k1")]


def test_stopped_before_the_order_came_the_robot_sets_off_only_when_told(rig):
    rig.hear("guide_to", place="culture")
    rig.hear("stop")
    rig.notice("assigned")
    assert rig.state == "paused"
    rig.act("startGuiding", taskId="t1", requestId="r0", place="culture", language="en")
    assert (rig.state, rig.holding) == ("paused", True)
    assert rig.finished == {"startGuiding": True}
    rig.hear("resume")
    assert (rig.state, rig.holding) == ("leading", False)


def test_a_call_for_help_is_waited_with_longer(rig):
    rig.lead()
    rig.hear("call_staff")
    rig.wait(500.0, 1.0)
    assert rig.state == "paused"
    rig.wait(110.0, 1.0)
    assert rig.state == "idle"


# booths -----------------------------------------------------------------------------------------


def test_a_booth_is_presented_on_request(rig):
    booth(rig)
    assert (rig.state, rig.holding) == ("paused", True)
    assert rig.texts[-1] == "Robots and other things."
    rig.hear("resume")
    assert (rig.state, rig.holding) == ("leading", False)


def test_a_booth_is_presented_by_its_exhibitors_name(rig):
    rig.booklet.about["booth-1"] = "Robots."
    rig.lead()
    rig.at(29.0)
    rig.hear("ask_exhibitor", exhibitor="robots", target="booth-1", reply="The robots company.")
    assert (rig.state, rig.texts[-1]) == ("paused", "Robots.")


def test_a_question_about_a_booth_elsewhere_is_answered_on_the_way(rig):
    rig.lead()
    rig.at(29.0)
    rig.hear("ask_exhibitor", exhibitor="other", target="corner", reply="In the corner.")
    assert (rig.state, rig.texts[-1]) == ("leading", "In the corner.")


def test_nothing_is_known_of_what_is_here(rig):
    rig.lead()
    rig.at(10.0)
    rig.hear("unknown", text="what is this")
    assert rig.state == "paused"
    assert "booth" in rig.texts[-1]


def test_whoever_asks_is_told_in_their_language(rig):
    rig.lead(language="zh")
    rig.at(10.0)
    rig.hear("unknown", text="what is this", spoken="en")
    assert (rig.effects[-2].language, rig.texts[-1].isascii()) == ("en", True)


def test_what_was_not_understood_elsewhere_is_still_not_understood(rig):
    rig.hear("unknown", text="tell me about this")
    assert (rig.state, rig.said) == ("idle", ["clarify"])
    rig.lead()
    rig.hear("unknown", text="mumble")
    assert (rig.state, rig.said[-1]) == ("leading", "clarify")


def test_after_a_while_at_a_booth_the_robot_asks_and_then_goes_on(rig):
    booth(rig)
    rig.wait(39.0)
    assert rig.said[-1] == "inform"
    rig.wait(2.0)
    assert rig.said[-1] == "clarify"
    rig.wait(21.0)
    assert rig.state == "leading"


def test_at_a_booth_questions_keep_the_robot_there(rig):
    booth(rig)
    for _ in range(4):
        rig.wait(30.0)
        rig.hear("locate", reply="Over there.")
    assert rig.state == "paused"
    assert "clarify" not in rig.said


# arrival ----------------------------------------------------------------------------------------


def test_the_destination_is_presented_and_the_visitor_taken_leave_of(rig):
    rig.booklet.about["culture"] = "Paintings and music."
    rig.lead()
    arrive(rig)
    assert rig.said[-2:] == ["arrived", "inform"]
    assert rig.texts[-1] == "Paintings and music."
    rig.wait(3.5)
    assert (rig.state, rig.said[-1]) == ("idle", "goodbye")


def test_where_nothing_is_to_be_told_the_arrival_says_it_all(rig):
    rig.lead()
    arrive(rig)
    rig.wait(5.0)
    assert (rig.state, rig.said[-1]) == ("idle", "arrived")


def test_the_visitors_own_wish_is_offered_first_and_taken(rig):
    rig.booklet.next = Coming("toilet-1", "A talk", "14:00")
    rig.lead()
    rig.hear("locate", target="corner", reply="Left of here.")
    arrive(rig)
    assert rig.said[-1] == "clarify"
    assert "corner" in rig.texts[-1]
    rig.hear("yes", utterance="u9", reply="What would you like?")
    assert (rig.state, rig.guide.status.place, rig.asked[-1][0]) == ("requesting", "corner", "guide")
    assert rig.guide.status.utterance_id == "u9"


def test_a_session_that_begins_soon_is_offered(rig):
    rig.booklet.next = Coming("toilet-1", "A talk", "14:00")
    rig.lead()
    arrive(rig)
    assert all(part in rig.texts[-1] for part in ("A talk", "14:00", "toilet-1"))
    rig.hear("no", reply="What would you like?")
    assert (rig.state, rig.said[-1]) == ("idle", "goodbye")


def test_an_offer_nobody_answers_ends_with_goodbye(rig):
    rig.booklet.next = Coming("toilet-1", "A talk", "14:00")
    rig.lead()
    arrive(rig)
    rig.wait(19.0)
    assert rig.state == "arrived"
    rig.wait(2.0)
    assert (rig.state, rig.said[-1]) == ("idle", "goodbye")


def test_whoever_leaves_is_taken_leave_of_at_once(rig):
    rig.booklet.next = Coming("toilet-1", "A talk", "14:00")
    rig.lead()
    arrive(rig)
    rig.wait(5.0)
    rig.visitor("FALLING_BEHIND", 5.0)
    assert (rig.state, rig.said[-1]) == ("idle", "goodbye")


def test_goodbye_is_answered_once(rig):
    rig.booklet.next = Coming("toilet-1", "A talk", "14:00")
    rig.lead()
    arrive(rig)
    rig.hear("goodbye", reply="Bye!")
    rig.wait(30.0)
    assert (rig.state, rig.texts[-1]) == ("idle", "Bye!")


def test_the_next_visitors_call_comes_before_the_offer(rig):
    rig.booklet.next = Coming("toilet-1", "A talk", "14:00")
    rig.lead()
    arrive(rig)
    rig.notice("assigned", request="kiosk-2")
    assert rig.state == "approaching"
    rig.hear("yes", reply="What would you like?")
    assert (rig.asked, rig.texts[-1]) == ([], "What would you like?")


def test_the_place_left_for_another_is_offered_there(rig):
    rig.lead()
    rig.hear("guide_to", place="corner")
    rig.hear("yes")
    request = rig.asked[-1][1]
    rig.act("startGuiding", "a", requestId=request, place="corner", language="en")
    rig.act("finishGuiding", "b", requestId=request, place="corner", language="en")
    assert rig.said[-1] == "clarify"
    assert "culture" in rig.texts[-1]


def test_one_visitors_wishes_are_not_the_nexts(rig):
    rig.lead()
    rig.hear("locate", target="corner", reply="Left of here.")
    rig.act("startGuiding", "next", requestId="k2", place="culture", language="en")
    rig.act("finishGuiding", "end", requestId="k2", place="culture", language="en")
    assert rig.said[-1] == "arrived"


@pytest.mark.parametrize("language", ["zh", "ko", "ja"])
def test_all_of_it_in_the_visitors_language(rig, language):
    rig.booklet.next = Coming("toilet-1", "강연", "14:00")
    rig.lead(language=language)
    rig.hear("guide_to", place="corner", spoken=language)
    rig.hear("no", spoken=language)
    rig.hear("wait", spoken=language)
    rig.wait(41.0)
    rig.hear("no", spoken=language)
    rig.hear("resume", spoken=language)
    rig.blocked()
    rig.battery(5.2)
    rig.wait(241.0)
    rig.act("finishGuiding", requestId="k1", place="culture", language=language)
    rig.wait(30.0)
    assert len(rig.texts) > 10
    assert not any(text.isascii() for text in rig.texts)
