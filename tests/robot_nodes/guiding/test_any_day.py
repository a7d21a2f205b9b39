"""Whatever happens in whatever state: what must hold of a guide at any time."""

from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from robot_nodes.guiding.effects import Ask, FinishAction, Say
from robot_nodes.guiding.status import LEADING
from robot_nodes.language.intent import LANGUAGES

HEARD = [
    "guide_to", "stop", "wait", "resume", "cancel", "call_staff", "emergency", "lost_person", "locate", "unknown",
    "repeat", "slower", "faster", "change_language", "find_facility", "ask_exhibitor", "yes", "no", "greet", "goodbye",
]  # fmt: skip
NOTICES = ["accepted", "assigned", "approaching", "arrived", "leading", "finished", "rejected", "failed", "cancelled"]
ACTIONS = ["meetVisitor", "startGuiding", "finishGuiding", "handOver", "announce", "juggle"]
STATES = {
    "idle", "requesting", "approaching", "meeting", "leading", "waiting", "paused", "arrived", "offline_leading",
}  # fmt: skip
SAFETY = {"stop", "wait"}


class AnyDay(RuleBasedStateMachine):
    """Visitors, fleet, battery and way do what they like."""

    def __init__(self, rig_class) -> None:
        super().__init__()
        self.rig = rig_class()
        self.rig.booklet.about["culture"] = "Things"
        self.begun: list[str] = []
        self.checked = 0
        self.lost = False

    @rule(
        name=st.sampled_from(HEARD),
        place=st.sampled_from(["culture", "corner", "toilet-1", "atlantis"]),
        spoken=st.sampled_from([*LANGUAGES, "fr"]),
        lead=st.booleans(),
        language=st.sampled_from(["ja", "ar"]),
        text=st.sampled_from(["words", "tell me about this", "这是什么"]),
    )
    def hear(self, name, place, spoken, lead, language, text):
        self.rig.hear(
            name, spoken=spoken, lead=lead, place=place, language=language, text=text, target=place if lead else ""
        )
        if name in SAFETY:
            assert self.rig.state == "paused"
            assert self.rig.holding
        if name in ("emergency", "call_staff", "lost_person"):
            assert self.rig.state not in LEADING
        self.lost = self.lost and self.rig.state not in LEADING  # whoever says "go on" is here

    @rule(kind=st.sampled_from(NOTICES), whose=st.sampled_from(["own", "nobody", "other robot", "kiosk"]))
    def notice(self, kind, whose):
        other = [e.request_id for e in self.rig.effects if isinstance(e, Ask) and e.kind == "hand_over"]
        ids = {"own": self.rig.guide.status.request_id, "other robot": other[-1] if other else "h9", "kiosk": "k7"}
        self.rig.notice(kind, request=ids.get(whose, ""))

    @rule(kind=st.sampled_from(["emergency", "announcement"]))
    def announced(self, kind):
        self.rig.notice(kind, request="", text=("en", "Listen"))
        if kind == "emergency":
            assert self.rig.state not in LEADING

    @rule(kind=st.sampled_from(ACTIONS), own=st.booleans(), arranged=st.booleans())
    def act(self, kind, own, arranged):
        self.begun.append(f"a{len(self.begun)}")
        request = (self.rig.guide.status.request_id if own else "") or "k1"
        more = {"nextRequestId": "h9"} if arranged else {}
        self.rig.act(kind, self.begun[-1], requestId=request, place="culture", language="zh", zh="好", en="ok", **more)
        self.lost = self.lost and self.rig.state not in LEADING  # somebody else is led

    @rule(index=st.integers(0, 50))
    def take_back(self, index):
        if self.begun:
            self.rig.guide.on_action_cancel(self.begun[index % len(self.begun)], self.rig.now)
            self.rig.collect()

    @rule(
        state=st.sampled_from(["NONE", "WITH_ME", "FALLING_BEHIND", "LOST", "RETURNED"]),
        far=st.sampled_from([0.8, 2.0, 4.0, 6.0, math.nan]),
        at=st.sampled_from([(math.nan, math.nan), (3.0, 1.0), (3.5, 1.0), (9.0, 0.0)]),
    )
    def visitor(self, state, far, at):
        self.rig.visitor(state, far, at)
        self.lost = state == "LOST"

    @rule(connected=st.booleans())
    def link(self, connected):
        self.rig.guide.on_link(connected)

    @rule(percent=st.sampled_from([80.0, 15.0, 5.1, math.nan]), blocked=st.booleans())
    def body(self, percent, blocked):
        self.rig.battery(percent)
        self.rig.blocked(blocked)

    @rule(arrived=st.booleans())
    def goal(self, arrived):
        self.rig.guide.on_goal_result(arrived, "", self.rig.now)
        self.rig.collect()

    @rule(seconds=st.sampled_from([0.5, 5.0, 40.0, 100.0]), x=st.floats(0, 40))
    def wait(self, seconds, x):
        self.rig.guide.on_position(x, 0.0)
        self.rig.wait(seconds, 0.25 if seconds < 10.0 else 1.0)

    @invariant()
    def known_state(self):
        assert self.rig.state in STATES

    @invariant()
    def never_leads_without_its_visitor(self):
        assert not (self.lost and self.rig.state in LEADING)
        assert not (self.rig.guide._board.presence == "LOST" and self.rig.state in LEADING)

    @invariant()
    def an_action_ends_at_most_once(self):
        ended = [e.action_id for e in self.rig.effects if isinstance(e, FinishAction)]
        assert len(ended) == len(set(ended))
        assert set(ended) <= set(self.begun)

    @invariant()
    def holds_exactly_while_it_should(self):
        assert self.rig.holding == (self.rig.state in ("waiting", "paused") or self.rig.guide.held)

    @invariant()
    def whatever_is_asked_has_an_id(self):
        assert all(e.request_id for e in self.rig.effects if isinstance(e, Ask))

    @invariant()
    def led_at_a_visitors_pace(self):
        assert all(limit == 0.0 or 0.3 <= limit <= 1.2 for limit in self.rig.limits)

    @invariant()
    def everything_said_has_words_in_its_language(self):
        fresh, self.checked = self.rig.effects[self.checked :], len(self.rig.effects)
        for said in fresh:
            if isinstance(said, Say):
                assert said.text
                assert "{" not in said.text
                if said.language in ("zh", "ja", "ko") and "Things" not in said.text:
                    assert not said.text.isascii(), said

    def teardown(self):
        """Left alone, with its visitor gone and the order taken back, every journey and action ends."""
        self.rig.guide.on_link(True)
        self.rig.notice("cancelled", request="")
        self.rig.visitor("LOST")
        self.rig.wait(1500.0, 20.0)
        assert (self.rig.state, self.rig.holding) == ("idle", False)
        assert set(self.rig.finished) == set(self.begun)


def test_any_day(rig):
    run_state_machine_as_test(
        lambda: AnyDay(type(rig)), settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )
