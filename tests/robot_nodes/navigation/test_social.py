import math

import numpy as np
import pytest

from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.path import Corner, Path, rounded
from robot_nodes.navigation.settings import Body, Manners
from robot_nodes.navigation.social import NOBODY, give_way_at, movers_near, people_array, usable
from robot_nodes.seeing.people import Person

MANNERS, BODY = Manners(), Body()


@pytest.fixture(scope="module")
def narrow(grid_of) -> ClearanceField:
    """A doorway of 1.2 m at x = 10 to 12, round y = 7."""
    return ClearanceField.of(grid_of([(10.0, 0.0, 12.0, 6.4), (10.0, 7.6, 12.0, 14.0)]))


@pytest.fixture(scope="module")
def through() -> Path:
    return rounded([Corner(6.0, 7.0, 1.0), Corner(18.0, 7.0, 1.0, True)])


def walking(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return movers_near(np.array(rows, float).reshape(-1, 4), Pose2D(8.0, 7.0, 0.0), MANNERS)


def test_who_comes_out_of_a_narrow_place_goes_first(narrow, through) -> None:
    stop = give_way_at(through, 2.0, walking((12.5, 7.0, -1.0, 0.0)), narrow, MANNERS, BODY)
    assert 2.0 <= stop < 4.0 - BODY.reach  # the doorway begins 4 m along


@pytest.mark.parametrize(
    "person",
    [
        (12.5, 7.0, 1.0, 0.0),  # the same way
        (12.5, 7.0, 0.0, 1.0),  # across
        (12.5, 10.0, -1.0, 0.0),  # elsewhere
        (9.0, 7.0, -1.0, 0.0),  # already out
    ],
)
def test_others_need_no_giving_way(narrow, through, person) -> None:
    assert math.isinf(give_way_at(through, 2.0, walking(person), narrow, MANNERS, BODY))


def test_where_there_is_room_nobody_waits(hall, through) -> None:
    wide = rounded([Corner(3.0, 3.0, 1.0), Corner(12.0, 3.0, 1.0, True)])
    coming = movers_near(np.array([[7.0, 3.0, -1.0, 0.0]]), Pose2D(3.0, 3.0, 0.0), MANNERS)
    assert math.isinf(give_way_at(wide, 0.0, coming, hall.field, MANNERS, BODY))


def test_inside_the_narrow_place_it_goes_on(narrow, through) -> None:
    assert math.isinf(give_way_at(through, 5.0, walking((13.0, 7.0, -1.0, 0.0)), narrow, MANNERS, BODY))


def test_only_who_walks_near_is_predicted_and_who_follows_has_no_zone() -> None:
    found = walking((9.0, 7.0, 0.1, 0.0), (9.5, 7.0, 0.0, 0.9), (6.5, 7.0, 0.9, 0.0), (40.0, 7.0, 1.0, 0.0))
    assert found[:, :2].tolist() == [[9.5, 7.0], [6.5, 7.0]]
    assert found[:, 4].tolist() == [1.0, 0.0]


def test_tracks_are_carried_on_and_the_long_unseen_left_out() -> None:
    tracks = [Person(1, 1.0, 2.0, 1.0, -1.0, 0.0), Person(2, 0.0, 0.0, 0.0, 0.0, 1.5)]
    assert people_array(tracks, 0.1).tolist() == [[1.1, 1.9, 1.0, -1.0]]
    assert people_array([], 0.1).shape == (0, 4)


def test_nonsense_tracks_are_nobody() -> None:
    assert usable(np.array([[math.nan, 0, 0, 0], [0, 0, 99, 0], [1, 2, 3, 0]])).tolist() == [[1, 2, 3, 0]]
    assert usable(np.zeros(3)) is NOBODY
