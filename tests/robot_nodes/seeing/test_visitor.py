import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.people import Person
from robot_nodes.seeing.visitor import Presence, VisitorWatch

HERE = Pose2D(10.0, 10.0, 0.0)


def person(track: int, x: float, y: float = 0.0, *, vx: float = 0.0, unseen: float = 0.0) -> Person:
    """Given relative to the robot, which looks along +x."""
    return Person(track, 10.0 + x, 10.0 + y, vx, 0.0, unseen)


def test_nobody_is_watched_when_idle() -> None:
    assert VisitorWatch().update("idle", HERE, [person(1, 1.0)], 0.0).presence is Presence.NONE


def test_meeting_wants_somebody_near() -> None:
    watch = VisitorWatch()
    assert watch.update("meeting", HERE, [person(1, 2.6)], 0.0).presence is Presence.NONE
    met = watch.update("meeting", HERE, [person(1, 4.0), person(2, 0.0, 2.4)], 0.3)
    assert met.presence is Presence.WITH_ME
    assert met.distance == pytest.approx(2.4)
    assert (met.x, met.y) == (10.0, 12.4)


def test_the_one_behind_is_taken_at_the_start() -> None:
    watch = VisitorWatch()
    found = watch.update("leading", HERE, [person(1, 1.5), person(2, -2.0)], 0.0)
    assert found.x == 8.0


@pytest.mark.parametrize(
    ("distance", "unseen", "expected"),
    [
        (2.0, 0.0, Presence.WITH_ME),
        (4.0, 0.0, Presence.FALLING_BEHIND),
        (2.0, 1.8, Presence.FALLING_BEHIND),
        (8.5, 0.0, Presence.LOST),
        (2.0, 6.5, Presence.LOST),
    ],
)
def test_distance_and_hiding_decide(distance: float, unseen: float, expected: Presence) -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0)], 0.0)
    assert watch.update("leading", HERE, [person(1, -distance, unseen=unseen)], 10.0).presence is expected


def test_lost_and_returned() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0)], 0.0)
    states = [watch.update("waiting", HERE, [], 0.3 * k).presence for k in range(1, 30)]
    assert states[0] is Presence.WITH_ME
    assert Presence.FALLING_BEHIND in states
    assert states[-1] is Presence.LOST
    # Somebody passing in front is not the visitor, somebody coming up from behind is.
    assert watch.update("waiting", HERE, [person(7, 2.0)], 10.0).presence is Presence.LOST
    coming = [watch.update("waiting", HERE, [person(8, 0.3 * k - 4.0, vx=1.0)], 10.3 + 0.3 * k) for k in range(9)]
    assert {found.presence for found in coming} == {Presence.LOST}  # they may walk on past
    there = [watch.update("waiting", HERE, [person(8, -1.6)], 13.0 + 0.3 * k) for k in range(4)]
    assert there[-1].presence is Presence.RETURNED
    assert watch.update("leading", HERE, [person(8, -1.6)], 17.0).presence is Presence.WITH_ME


def test_lost_with_a_stranger_in_view_still_finds_who_stands_behind() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0)], 0.0)
    assert watch.update("waiting", HERE, [person(1, -9.0)], 3.0).presence is Presence.LOST
    found = [watch.update("waiting", HERE, [person(1, -9.0), person(2, -1.3)], 3.0 + 0.3 * k) for k in range(1, 13)]
    assert found[0].presence is Presence.LOST
    assert (found[-1].presence, found[-1].x) == (Presence.RETURNED, pytest.approx(8.7))


def test_who_stood_beside_a_visitor_who_followed_is_not_taken_for_them() -> None:
    watch = VisitorWatch()
    for k in range(10):
        pose = Pose2D(10.0 + 0.2 * k, 10.0, 0.0)
        follows, stands = Person(1, 8.2 + 0.2 * k, 10.0, 0.66, 0.0, 0.0), Person(2, 10.5, 11.8, 0.0, 0.0, 0.0)
        watch.update("leading", pose, [follows, stands], 0.3 * k)
    for k in range(10, 50):
        gone = [Person(1, 10.0 - 1.2 * (k - 9), 10.0, -2.0, 0.0, 0.0)] if k < 18 else []
        found = watch.update("waiting", pose, [*gone, Person(2, 10.5, 11.8, 0.0, 0.0, 0.0)], 0.3 * k)
        assert found.presence is not Presence.RETURNED
    new = [watch.update("waiting", pose, [Person(3, 10.2, 10.2, 0.0, 0.0, 0.0)], 15.0 + 0.3 * k) for k in range(25)]
    assert new[-1].presence is Presence.RETURNED or new[-1].presence is Presence.WITH_ME


def test_who_passes_by_a_waiting_robot_is_not_the_visitor() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -9.0)], 0.0)
    for k in range(40):
        passing = person(2, 0.33 * k - 6.0, 1.8, vx=1.1)
        found = watch.update("waiting", HERE, [passing], 7.0 + 0.3 * k)
        assert found.presence is Presence.LOST


def test_who_walks_along_is_mine_not_who_stood_nearer() -> None:
    watch, found = VisitorWatch(), None
    for k in range(20):
        pose = Pose2D(10.0 + 0.2 * k, 10.0, 0.0)
        follows = Person(2, 8.2 + 0.2 * k, 10.0, 0.66, 0.0, 0.0)
        found = watch.update("leading", pose, [person(1, -1.0), follows], 0.3 * k)
        assert found.presence is Presence.WITH_ME
        assert found.x == (9.0 if k < 5 else pytest.approx(follows.x))


def test_who_was_elsewhere_while_mine_was_seen_is_not_mine() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0), person(3, -3.0)], 0.0)
    hidden = [watch.update("leading", HERE, [person(3, -3.0)], 0.3 * k) for k in range(1, 22)]
    assert {found.x for found in hidden if not math.isnan(found.x)} == {8.0}
    assert hidden[-1].presence is Presence.LOST


def test_a_robot_in_its_dock_is_nobody() -> None:
    watch = VisitorWatch(docks=[(9.0, 10.0)])
    assert watch.update("meeting", HERE, [person(1, -1.1)], 0.0).presence is Presence.NONE
    assert watch.update("leading", HERE, [person(1, -1.1), person(2, 1.4)], 0.3).x == 11.4


def test_a_new_track_where_mine_ended_is_mine() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0)], 0.0)
    watch.update("leading", HERE, [], 0.6)
    found = watch.update("leading", HERE, [person(2, -2.5), person(3, 2.5)], 0.9)
    assert found.presence is Presence.WITH_ME
    assert found.x == 7.5


def test_nobody_at_the_start_is_lost_after_a_while() -> None:
    watch = VisitorWatch()
    assert [watch.update("leading", HERE, [], t).presence for t in (0.0, 3.0, 7.0)] == [
        Presence.WITH_ME,
        Presence.FALLING_BEHIND,
        Presence.LOST,
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["idle", "meeting", "leading", "waiting", "paused", "arrived"]),
            st.lists(st.tuples(st.integers(1, 4), st.floats(-12, 12), st.floats(-12, 12), st.floats(0, 2)), max_size=4),
        ),
        max_size=30,
    )
)
def test_any_history_gives_a_sound_sighting(history) -> None:
    watch = VisitorWatch()
    led = False
    for k, (state, people) in enumerate(history):
        led = state in ("leading", "waiting", "paused") or (led and state == "arrived")
        tracks = {track: person(track, x, y, unseen=unseen) for track, x, y, unseen in people}
        found = watch.update(state, HERE, list(tracks.values()), 0.3 * k)
        if state != "meeting" and not led:
            assert found.presence is Presence.NONE
        if found.presence is Presence.NONE:
            assert math.isnan(found.distance)
        if not math.isnan(found.x):
            assert found.distance == pytest.approx(HERE.distance_to(found.x, found.y))


def test_who_waits_by_a_waiting_robot_is_taken_in_the_end_whatever_they_wear() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0)], 0.0)
    assert watch.update("waiting", HERE, [person(1, -9.0)], 3.0).presence is Presence.LOST
    found = [watch.update("waiting", HERE, [person(2, -1.3)], 3.0 + 0.3 * k, {2: -4.0}).presence for k in range(1, 60)]
    assert set(found[:50]) == {Presence.LOST}
    assert Presence.RETURNED in found


def test_who_passed_when_the_robot_set_out_is_left_for_who_stands_by_it() -> None:
    watch = VisitorWatch()
    for k in range(10):
        passes, asked = person(1, -0.9 - 0.3 * k, 0.8, vx=-1.0), person(2, 1.2)
        found = watch.update("leading", HERE, [passes, asked], 0.3 * k)
    assert (found.presence, found.x) == (Presence.WITH_ME, pytest.approx(11.2))


def test_a_stranger_who_walks_along_is_not_taken_while_mine_is_seen_to_walk_off() -> None:
    watch = VisitorWatch()
    for k in range(20):
        pose = Pose2D(10.0 + 0.25 * k, 10.0, 0.0)
        watch.update("leading", pose, [Person(1, pose.x - 1.5, 10.0, 0.8, 0.0, 0.0)], 0.3 * k)
    mine_x, told = pose.x - 1.5, []
    for k in range(20, 36):
        pose, mine_x = Pose2D(pose.x + 0.12, 10.0, 0.0), mine_x - 0.3
        mine, stranger = Person(1, mine_x, 10.0, -1.0, 0.0, 0.0), Person(2, pose.x - 1.5, 12.0, 0.4, 0.0, 0.0)
        told.append(watch.update("leading", pose, [mine, stranger], 0.3 * k))
    assert {it.presence for it in told[5:]} <= {Presence.FALLING_BEHIND, Presence.LOST}
    assert all(it.x == pytest.approx(10.0 + 0.25 * 19 - 1.5 - 0.3 * (k + 1)) for k, it in enumerate(told[:8]))


def test_who_was_led_is_watched_at_the_destination_until_they_go() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -1.5)], 0.0)
    assert watch.update("arrived", HERE, [person(1, -1.2)], 0.3).presence is Presence.WITH_ME
    gone = [watch.update("arrived", HERE, [], 0.3 + t).presence for t in (3.0, 9.0)]
    assert gone[-1] is Presence.LOST
    assert watch.update("idle", HERE, [], 12.0).presence is Presence.NONE


def test_whoever_stands_at_a_destination_is_no_visitor() -> None:
    assert VisitorWatch().update("arrived", HERE, [person(1, -1.2)], 0.0).presence is Presence.NONE
