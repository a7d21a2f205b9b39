"""A call's life: notices in order, out of order, twice, or never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocol.venue import Notice, NoticeKind, RequestKind
from kiosk.core import KEPT, NO_ANSWER_S, STAGES, Call, Desk, Status
from kiosk.errors import UnknownCall

NOW = 1_600_000_000.0


def notice(kind: NoticeKind, robot: str = "", eta_s: float | None = None, reason: str = "") -> Notice:
    return Notice(kind=kind, timestamp="", request_id="r1", robot=robot, eta_s=eta_s, reason=reason)


@pytest.fixture
def desk() -> Desk:
    desk = Desk("kiosk-01")
    desk.call("r1", "culture", "zh", NOW)
    return desk


def test_the_request_says_where_the_visitor_waits() -> None:
    request = Desk("kiosk-01").call("r1", "culture", "en", NOW)
    assert (request.kind, request.place, request.origin) == (RequestKind.GUIDE, "culture", "kiosk-01")
    assert (request.language, request.request_id, request.timestamp) == ("en", "r1", "2020-09-13T12:26:40.000Z")


def test_calling_twice_is_one_call(desk: Desk) -> None:
    again = desk.call("r1", "finance", "en", NOW + 1)
    assert again.place == "culture"
    assert desk.made == 1


def test_a_call_that_goes_well(desk: Desk) -> None:
    kinds = [NoticeKind(stage.value) for stage in STAGES[1:]] + [NoticeKind.FINISHED]
    seen = [desk.hear(notice(kind, robot="guide-02"), NOW + 1) for kind in kinds]
    assert [call.status.value for call in seen if call] == [kind.value for kind in kinds]
    assert desk.get("r1").robot == "guide-02"
    assert desk.open_calls() == []


def test_the_robot_is_expected_until_it_is_here(desk: Desk) -> None:
    desk.hear(notice(NoticeKind.ASSIGNED, "guide-02", eta_s=20.0), NOW)
    assert desk.get("r1").eta_s(NOW + 5) == pytest.approx(15.0)
    assert desk.get("r1").eta_s(NOW + 50) == 0.0
    desk.hear(notice(NoticeKind.ARRIVED, "guide-02"), NOW + 21)
    assert desk.get("r1").eta_s(NOW + 22) is None


def test_a_late_notice_does_not_go_back(desk: Desk) -> None:
    desk.hear(notice(NoticeKind.ARRIVED, "guide-02"), NOW + 1)
    desk.hear(notice(NoticeKind.ACCEPTED), NOW + 2)
    assert desk.get("r1").status is Status.ARRIVED
    assert desk.get("r1").changed_at == NOW + 1


def test_another_robot_takes_over(desk: Desk) -> None:
    desk.hear(notice(NoticeKind.APPROACHING, "guide-02"), NOW)
    desk.hear(notice(NoticeKind.ASSIGNED, "guide-05", eta_s=40), NOW)
    call = desk.get("r1")
    assert (call.status, call.robot, call.eta_s(NOW)) == (Status.ASSIGNED, "guide-05", 40)


def test_a_rejection_keeps_its_reason(desk: Desk) -> None:
    desk.hear(notice(NoticeKind.REJECTED, reason="every robot is charging"), NOW)
    assert desk.get("r1").status is Status.REJECTED
    assert desk.get("r1").reason == "every robot is charging"


def test_cancelling_tells_the_fleet_which(desk: Desk) -> None:
    request = desk.cancel("r1", "", NOW)
    assert (request.kind, request.cancels) == (RequestKind.CANCEL, "r1")
    assert desk.get("r1").status is Status.CANCELLED
    desk.hear(notice(NoticeKind.LEADING, "guide-02"), NOW)
    assert desk.get("r1").status is Status.CANCELLED


def test_nobody_answers(desk: Desk) -> None:
    assert desk.unanswered(NOW + NO_ANSWER_S) == []
    assert desk.unanswered(NOW + NO_ANSWER_S + 1) == ["r1"]
    desk.hear(notice(NoticeKind.ACCEPTED), NOW)
    assert desk.unanswered(NOW + NO_ANSWER_S + 1) == []


def test_an_unknown_call_is_said_to_be_so(desk: Desk) -> None:
    with pytest.raises(UnknownCall, match="no request 'r9'"):
        desk.get("r9")
    assert desk.hear(Notice(kind=NoticeKind.ACCEPTED, timestamp="", request_id="r9"), NOW) is None


def test_old_calls_are_forgotten() -> None:
    desk = Desk("kiosk-01")
    for number in range(KEPT + 20):
        desk.call(f"r{number}", "culture", "zh", NOW)
        desk.cancel(f"r{number}", "", NOW)
    with pytest.raises(UnknownCall):
        desk.get("r0")
    assert desk.get(f"r{KEPT + 19}").status is Status.CANCELLED


@given(
    st.lists(
        st.builds(
            notice,
            st.sampled_from(NoticeKind),
            robot=st.sampled_from(["", "guide-01", "guide-02"]),
            eta_s=st.none() | st.floats(0, 1000),
        ),
        max_size=20,
    )
)
def test_whatever_is_heard_an_ended_call_stays_ended(notices: list[Notice]) -> None:
    call = Call(request_id="r1", place="culture", language="zh", sent_at=NOW)
    for number, one in enumerate(notices):
        before, call = call, call.heard(one, NOW + number)
        if before.status.ended:
            assert call == before
        assert call.heard(one, NOW + number + 1).status == call.status
        assert not before.robot or call.robot
