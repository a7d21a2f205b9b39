"""The guide's behaviour, told as what happens to it and what it does."""

from __future__ import annotations

from robot_nodes.guiding.effects import Go, Say, StopGoing


def test_a_spoken_request_ends_at_the_booth(rig):
    rig.hear("guide_to", place="culture")
    assert (rig.state, rig.said, rig.asked) == ("requesting", ["confirm"], [("guide", "r0")])
    assert "culture (en)" in rig.texts[0]
    rig.notice("accepted")
    rig.notice("assigned")
    assert rig.state == "approaching"
    rig.act("startGuiding", taskId="t1", requestId="r0", place="culture", language="en")
    assert rig.state == "leading"
    assert rig.guide.status.utterance_id == "u1"
    assert rig.guide.status.task_id == "t1"
    rig.act("finishGuiding", taskId="t1", requestId="r0", place="culture", language="en")
    assert rig.state == "arrived"
    assert rig.guide.status.utterance_id == "u1"
    assert rig.said == ["confirm", "lead_start", "arrived"]
    assert rig.finished == {"startGuiding": True, "finishGuiding": True}
    rig.wait(4.0)
    assert rig.state == "idle"
    assert rig.guide.status.reason == ""


def test_what_is_said_carries_the_utterance_it_answers(rig):
    rig.hear("locate", utterance="u7", reply="Over there.")
    say = next(e for e in rig.effects if isinstance(e, Say))
    assert (say.utterance_id, say.text, say.act) == ("u7", "Over there.", "inform")


def test_the_fleet_refuses(rig):
    rig.hear("guide_to", place="culture")
    rig.notice("rejected", reason="no robot is free")
    assert rig.state == "idle"
    assert rig.said == ["confirm", "sorry"]
    assert "no robot is free" in rig.texts[-1]
    assert rig.guide.status.reason == "no robot is free"
    assert rig.guide.status.utterance_id == "u1"


def test_a_refusal_is_worded_in_the_visitors_language(rig):
    rig.hear("guide_to", spoken="zh", place="culture")
    rig.notice("rejected", reason="no robot is free")
    assert "no robot" not in rig.texts[-1]


def test_the_fleet_does_not_answer(rig):
    rig.hear("guide_to", place="culture")
    rig.wait(31.0)
    assert rig.state == "idle"
    assert rig.said == ["confirm", "sorry"]
    assert rig.asked == [("guide", "r0"), ("cancel", "r0")]


def test_an_unknown_place_is_asked_about(rig):
    rig.hear("guide_to", place="atlantis")
    assert (rig.state, rig.said, rig.asked) == ("idle", ["clarify"], [])


def test_take_me_to_a_toilet(rig):
    rig.hear("guide_to", facility="toilet")
    assert rig.guide.status.place == "toilet-1"
    assert rig.asked == [("guide", "r0")]


def test_a_robot_that_leads_asks_before_it_goes_elsewhere_and_still_answers_questions(rig):
    rig.lead()
    rig.hear("guide_to", utterance="u2", place="corner")
    assert rig.said[-1] == "clarify"
    assert rig.state == "leading"
    assert rig.guide.status.place == "culture"
    rig.hear("locate", reply="Left of here.")
    assert rig.said[-1] == "inform"
    assert rig.state == "leading"


def test_meeting_a_visitor(rig):
    rig.act("meetVisitor", taskId="t9", requestId="k1", place="culture", language="zh")
    assert (rig.state, rig.said) == ("meeting", ["meet"])
    rig.visitor("WITH_ME", 4.0)
    rig.wait(2.0)
    assert rig.finished == {}
    rig.visitor("WITH_ME", 2.0)
    rig.wait(0.75)
    assert rig.finished == {}
    rig.wait(0.5)
    assert rig.finished == {"meetVisitor": True}


def test_nobody_comes_to_be_met(rig):
    rig.act("meetVisitor", requestId="k1", place="culture", language="zh")
    rig.visitor("NONE")
    rig.wait(61.0)
    assert rig.finished == {"meetVisitor": False}
    assert rig.state == "idle"


def test_meeting_is_taken_back(rig):
    rig.act("meetVisitor", requestId="k1", place="culture", language="zh")
    rig.guide.on_action_cancel("meetVisitor", rig.now)
    rig.collect()
    assert rig.finished == {"meetVisitor": False}
    assert rig.state == "idle"


def test_the_pace_follows_the_visitor(rig):
    rig.lead()
    rig.visitor("FALLING_BEHIND", 4.0)
    rig.visitor("FALLING_BEHIND", 4.5)
    assert rig.limits == [0.4]
    rig.visitor("WITH_ME", 2.0)
    assert rig.limits == [0.4, 0.0]


def test_a_lost_visitor_is_waited_for_and_comes_back(rig):
    rig.lead()
    rig.visitor("LOST")
    assert (rig.state, rig.holding, rig.said[-1]) == ("waiting", True, "wait_for_you")
    rig.wait(21.0)
    assert rig.said[-1] == "visitor_lost"
    assert rig.said.count("visitor_lost") == 1
    rig.visitor("RETURNED", 2.0)
    assert (rig.state, rig.holding) == ("leading", False)


def test_a_visitor_who_never_returns_is_given_up(rig):
    rig.lead()
    rig.visitor("LOST")
    rig.wait(91.0)
    assert rig.asked == [("visitor_lost", "k1"), ("cancel", "k1")]
    assert rig.holding  # the order still stands
    assert rig.guide.status.reason == "the visitor was lost"
    rig.act("finishGuiding", requestId="k1", place="culture", language="en")
    assert rig.finished["finishGuiding"] is False
    rig.notice("cancelled", request="")
    assert not rig.holding
    assert rig.state == "idle"


def test_given_up_and_never_taken_back_lets_go_in_the_end(rig):
    rig.lead()
    rig.visitor("LOST")
    rig.wait(90.0)
    assert rig.holding
    rig.wait(31.0)
    assert not rig.holding


def test_stop_and_go_on(rig):
    rig.lead()
    rig.hear("stop")
    assert (rig.state, rig.holding, rig.said[-1]) == ("paused", True, "stopped")
    rig.visitor("LOST")
    assert rig.state == "paused"
    rig.hear("resume")
    assert (rig.state, rig.holding, rig.said[-1]) == ("leading", False, "resumed")


def test_a_passer_by_says_stop(rig):
    rig.hear("stop")
    assert (rig.state, rig.holding) == ("paused", True)
    rig.wait(31.0)
    assert (rig.state, rig.holding) == ("idle", False)


def test_the_visitor_changes_their_mind(rig):
    rig.hear("guide_to", place="culture")
    rig.notice("accepted")
    rig.act("startGuiding", taskId="t1", requestId="r0", place="culture", language="en")
    rig.hear("cancel")
    assert ("cancel", "r0") in rig.asked
    assert rig.holding
    rig.notice("cancelled", request="")
    assert (rig.state, rig.holding) == ("idle", False)


def test_the_master_takes_the_order_back(rig):
    rig.lead()
    rig.notice("cancelled", request="")
    assert rig.state == "idle"
    assert rig.said[-1] == "sorry"


def test_help(rig):
    rig.lead()
    rig.hear("call_staff")
    assert rig.asked == [("call_staff", "r0")]
    assert (rig.state, rig.holding, rig.said[-1]) == ("paused", True, "help_called")
    rig.hear("resume")
    assert rig.state == "leading"


def test_help_out_of_reach(rig):
    rig.guide.on_link(False)
    rig.hear("emergency")
    assert rig.asked == []
    assert "information desk" in rig.texts[-1]


def test_progress_at_half_way_once(rig):
    rig.lead()
    rig.at(10.0)
    assert "progress" not in rig.said
    rig.at(21.0)
    rig.at(25.0)
    assert rig.said.count("progress") == 1
    assert "19" in rig.texts[-1]


def test_no_progress_on_a_short_way(rig):
    rig.lead(place="toilet-1")
    rig.at(9.0)
    assert "progress" not in rig.said


def test_out_of_reach_the_robot_leads_alone(rig):
    rig.guide.on_link(False)
    rig.hear("guide_to", place="culture")
    assert rig.state == "offline_leading"
    assert rig.asked == []
    assert Go(40.0, 0.0, 0.0) in rig.effects
    rig.visitor("LOST")
    assert (rig.state, rig.holding) == ("waiting", True)
    rig.visitor("RETURNED")
    assert rig.state == "offline_leading"
    rig.guide.on_goal_result(True, "", rig.now)
    rig.collect()
    assert rig.state == "arrived"
    assert rig.said == ["confirm", "lead_start", "wait_for_you", "arrived"]


def test_alone_the_way_is_blocked(rig):
    rig.guide.on_link(False)
    rig.hear("guide_to", place="culture")
    rig.guide.on_goal_result(False, "no path", rig.now)
    rig.collect()
    assert (rig.state, rig.guide.status.reason, rig.said[-1]) == ("idle", "no path", "sorry")


def test_alone_the_visitor_changes_their_mind(rig):
    rig.guide.on_link(False)
    rig.hear("guide_to", place="culture")
    rig.hear("stop")
    rig.hear("cancel")
    assert StopGoing() in rig.effects
    assert (rig.state, rig.holding) == ("idle", False)


def test_announcements(rig):
    rig.act("announce", zh="闭馆", en="We are closing")
    assert rig.texts == ["闭馆", "We are closing"]
    assert rig.finished == {"announce": True}
    rig.notice("emergency", request="", text=("en", "Please leave"))
    assert rig.effects[-1] == Say(act="inform", text="Please leave", language="en", interrupt=True)


def test_unknown_action_fails(rig):
    rig.act("juggle")
    assert rig.finished == {"juggle": False}


def test_repeat(rig):
    rig.hear("repeat")
    assert rig.said == ["clarify"]
    rig.hear("locate", reply="Over there.")
    rig.hear("repeat", utterance="u9")
    assert rig.texts[-1] == "Over there."


def test_a_wish_to_be_taken_leads_whatever_the_intent_is_called(rig):
    rig.hear("find_facility", facility="toilet", target="corner", lead=True, reply="Over there.")
    assert rig.guide.status.place == "corner"
    assert rig.asked == [("guide", "r0")]


def test_a_question_about_a_facility_is_only_answered(rig):
    rig.hear("find_facility", facility="toilet", target="toilet-1", reply="Over there.")
    assert (rig.state, rig.said, rig.asked) == ("idle", ["inform"], [])


def test_a_wish_that_needs_a_question_first_is_not_carried_out(rig):
    rig.hear("guide_to", place="culture", reply="Do you mean culture?")
    assert (rig.state, rig.said, rig.texts) == ("idle", ["clarify"], ["Do you mean culture?"])


def test_slower_and_faster_are_steps_with_an_end(rig):
    rig.lead()
    for _ in range(3):
        rig.hear("slower", reply="All right.")
    assert rig.limits == [0.7, 0.4]
    assert rig.said[-3:] == ["inform", "inform", "sorry"]
    for _ in range(3):
        rig.hear("faster", reply="All right.")
    assert rig.limits == [0.7, 0.4, 0.7, 0.0]
    assert rig.said[-1] == "sorry"


def test_whoever_falls_behind_is_waited_for_at_any_pace(rig):
    rig.lead()
    rig.hear("slower")
    rig.visitor("FALLING_BEHIND", 4.0)
    rig.hear("faster")
    assert rig.limits == [0.7, 0.4]
    rig.visitor("WITH_ME", 2.0)
    assert rig.limits == [0.7, 0.4, 0.0]


def test_the_next_visitor_is_led_at_the_usual_pace(rig):
    rig.lead()
    rig.hear("slower")
    rig.act("finishGuiding", requestId="k1", place="culture", language="en")
    assert rig.limits == [0.7, 0.0]


def test_slower_said_by_somebody_who_has_gone_does_not_last(rig):
    rig.hear("slower")
    rig.wait(100.0)
    rig.hear("greet")
    assert rig.limits == [0.7, 0.0]


def test_a_lost_child_brings_staff_and_stops_the_robot(rig):
    rig.lead()
    rig.hear("lost_person")
    assert rig.asked == [("call_staff", "r0")]
    assert (rig.state, rig.holding, rig.said[-1]) == ("paused", True, "help_called")


def test_an_emergency_stops_the_robot_even_out_of_reach(rig):
    rig.lead()
    rig.guide.on_link(False)
    rig.hear("emergency")
    assert (rig.state, rig.holding, rig.said[-1]) == ("paused", True, "sorry")
    assert rig.asked == []


def test_the_language_asked_for_is_the_robots_from_then_on(rig):
    rig.lead(language="en")
    rig.hear("change_language", language="zh", reply="好的")
    assert rig.guide.status.language == "zh"
    rig.hear("stop")
    assert rig.texts[-2] == "好的"
    assert not rig.texts[-1].isascii()
    rig.hear("resume")
    rig.act("finishGuiding", requestId="k1", place="culture", language="en")
    assert "culture (zh)" in rig.texts[-1]


def test_a_language_the_robot_does_not_speak_changes_nothing(rig):
    rig.lead(language="en")
    rig.hear("change_language", language="ar", reply="I do not speak Arabic.")
    rig.hear("stop")
    assert rig.guide.status.language == "en"
    assert rig.texts[-2] == "I do not speak Arabic."
    assert rig.texts[-1].isascii()


def test_the_next_visitor_is_not_spoken_to_in_the_language_of_the_last(rig):
    rig.hear("change_language", language="zh", reply="好的")
    rig.wait(100.0)
    rig.hear("guide_to", place="culture")
    assert rig.guide.status.language == "en"
    rig.hear("change_language", language="zh", reply="好的")
    rig.act("meetVisitor", requestId="k7", place="corner", language="en")
    assert rig.guide.status.language == "en"


def test_on_the_way_to_a_kiosks_visitor_the_robot_is_taken(rig):
    rig.notice("assigned", request="kiosk-1")
    assert rig.state == "approaching"
    rig.hear("guide_to", place="culture")
    assert rig.said == ["sorry"]
    assert rig.asked == []
    rig.act("meetVisitor", taskId="t9", requestId="kiosk-1", place="culture", language="en")
    assert rig.state == "meeting"


def test_a_call_taken_back_on_the_way_is_nothing_to_talk_about(rig):
    for kind in ("cancelled", "failed"):
        rig.notice("assigned", request="kiosk-1")
        rig.notice(kind, request="kiosk-1")
        assert rig.state == "idle"
    rig.notice("assigned", request="kiosk-2")
    rig.notice("cancelled", request="")  # the order before this one
    assert rig.state == "approaching"
    rig.wait(11.0)
    rig.notice("cancelled", request="")
    assert rig.state == "idle"
    assert rig.said == []


def test_the_end_of_the_order_before_is_not_the_end_of_this_one(rig):
    rig.hear("guide_to", place="culture")
    rig.notice("assigned")
    rig.notice("cancelled", request="")  # the way home, taken back for this visitor
    assert rig.state == "approaching"
    assert rig.said == ["confirm"]
    rig.act("startGuiding", taskId="t1", requestId="r0", place="culture", language="en")
    assert rig.state == "leading"
    rig.notice("cancelled", request="")
    assert rig.state == "idle"
