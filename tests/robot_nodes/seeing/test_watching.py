"""The visitor told from strangers by what they wear: the watch alone, then scans and pictures together."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.venue import load_venue
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.lens import BadPicture, Lens
from robot_nodes.seeing.people import Person
from robot_nodes.seeing.visitor import Presence, VisitorWatch
from robot_nodes.seeing.watching import Watching

HERE = Pose2D(10.0, 10.0, 0.0)
LENS = Lens.of(320, 240, [190.0, 0.0, 159.5, 0.0, 190.0, 119.5, 0.0, 0.0, 1.0], [])


def person(track: int, x: float, y: float = 0.0, *, vx: float = 0.0) -> Person:
    return Person(track, 10.0 + x, 10.0 + y, vx, 0.0, 0.0)


def lost(watch: VisitorWatch) -> None:
    watch.update("leading", HERE, [person(1, -2.0)], 0.0, {1: 4.0})
    assert watch.update("waiting", HERE, [], 7.0, {}).presence is Presence.LOST


def coming(watch: VisitorWatch, like: dict[int, float] | None, since: float = 7.0) -> list[Presence]:
    """Somebody walks up and stands there."""
    people = [person(8, min(0.3 * k - 4.5, -1.2), vx=1.0 if k < 11 else 0.0) for k in range(1, 36)]
    return [watch.update("waiting", HERE, [it], since + 0.3 * k, like).presence for k, it in enumerate(people, 1)]


def test_a_stranger_who_comes_is_not_the_visitor() -> None:
    watch = VisitorWatch()
    lost(watch)
    assert set(coming(watch, {8: -4.0})) == {Presence.LOST}


def test_the_visitor_is_known_as_soon_as_they_are_near() -> None:
    watch = VisitorWatch()
    lost(watch)
    states = coming(watch, {8: 4.0})
    by_legs = VisitorWatch()
    lost(by_legs)
    assert states.index(Presence.RETURNED) < coming(by_legs, None).index(Presence.RETURNED)


def test_a_twin_who_passes_is_not_the_visitor() -> None:
    watch = VisitorWatch()
    lost(watch)
    for k in range(40):
        passing = person(2, 0.33 * k - 6.0, 1.8, vx=1.1)
        assert watch.update("waiting", HERE, [passing], 7.0 + 0.3 * k, {2: 4.0}).presence is Presence.LOST


def test_who_no_camera_has_judged_must_stay_for_longer() -> None:
    watch = VisitorWatch()
    lost(watch)
    states = coming(watch, {})
    assert states.index(Presence.RETURNED) > 15


def test_who_turns_out_a_stranger_is_lost_again_at_once() -> None:
    watch = VisitorWatch()
    lost(watch)
    assert Presence.RETURNED in coming(watch, {})
    assert watch.update("leading", HERE, [person(8, -1.2)], 20.0, {8: -4.0}).presence is Presence.LOST


def test_a_track_that_slips_to_a_stranger_is_missed() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0)], 0.0, {1: 4.0})
    states = [watch.update("leading", HERE, [person(1, -2.0)], 0.3 * k, {1: -4.0}).presence for k in range(1, 25)]
    assert states[0] is Presence.WITH_ME
    assert states[6] is Presence.FALLING_BEHIND
    assert states[-1] is Presence.LOST


def test_the_visitor_beside_the_stranger_is_taken_back() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -2.0), person(2, -3.0)], 0.0, {1: 4.0})
    found = watch.update("leading", HERE, [person(1, -2.0), person(2, -3.0)], 0.3, {1: -4.0, 2: 3.0})
    assert (found.presence, found.x) == (Presence.WITH_ME, 7.0)


def test_who_keeps_following_outweighs_the_shirt() -> None:
    watch = VisitorWatch()
    overruled = []
    for k in range(50):
        pose = Pose2D(10.0 + 0.2 * k, 10.0, 0.0)
        follows = Person(1, 8.4 + 0.2 * k, 10.0, 0.66, 0.0, 0.0)
        found = watch.update("leading", pose, [follows], 0.3 * k, {1: 4.0 if k < 20 else -4.0})
        overruled.append(watch.overruled)
        assert found.presence is not Presence.LOST
    assert any(overruled)
    assert watch.mine == 1
    assert watch.certain


def test_who_walks_away_is_noticed_before_they_are_far() -> None:
    watch = VisitorWatch()
    watch.update("leading", HERE, [person(1, -1.2)], 0.0)
    states = [
        watch.update("leading", HERE, [person(1, -1.2 - 0.24 * k, vx=-0.8)], 0.3 * k).presence for k in range(1, 10)
    ]
    assert states.index(Presence.FALLING_BEHIND) == 3
    assert 1.2 + 0.24 * 4 < 2.2


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["leading", "waiting", "meeting", "idle"]),
            st.lists(st.tuples(st.integers(1, 4), st.floats(-9, 9), st.floats(-9, 9)), max_size=4),
            st.one_of(st.none(), st.dictionaries(st.integers(1, 5), st.floats(-8, 8), max_size=4)),
        ),
        max_size=30,
    )
)
def test_any_likeness_gives_a_sound_sighting(history) -> None:
    watch = VisitorWatch()
    for k, (state, people, like) in enumerate(history):
        tracks = {track: person(track, x, y) for track, x, y in people}
        found = watch.update(state, HERE, list(tracks.values()), 0.3 * k, like)
        assert math.isnan(found.x) or found.distance == pytest.approx(HERE.distance_to(found.x, found.y))


@pytest.fixture(scope="module")
def watching() -> Watching:
    venue = load_venue("hall")
    return Watching(floor_of(venue)[1], venue)


def test_pictures_that_do_not_fit_are_refused(watching: Watching) -> None:
    for bad in (np.zeros((240, 319, 3), np.uint8), np.zeros((240, 320), np.uint8), np.zeros((240, 320, 3), np.float32)):
        with pytest.raises(BadPicture):
            watching.picture(LENS, bad, HERE, 0.0)


def test_a_black_picture_and_one_of_another_time_change_nothing(watching: Watching) -> None:
    black = np.zeros((240, 320, 3), np.uint8)
    angles = np.arange(-0.1, 0.1, 0.0175)
    returns = np.column_stack((np.cos(angles), np.sin(angles))) * 2.0
    here = Pose2D(30.0, 20.0, 0.0)
    for now in (1.0, 1.3, 1.6):
        watching.look("leading", here, returns, now)
        for at in (now, now + 5.0, math.nan):
            watching.picture(LENS, black, here, at)
    assert watching.look("leading", here, returns, 1.9).presence is Presence.WITH_ME
