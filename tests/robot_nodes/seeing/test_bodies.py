"""Single scans: legs, people side by side, people half hidden, and scans that are none."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from maps.occupancy import OccupancyGrid
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.seeing.people import PeopleSettings, PeopleTracker

HERE = Pose2D(10.0, 10.0, 0.0)


@pytest.fixture(scope="module")
def field() -> ClearanceField:
    return ClearanceField.of(OccupancyGrid(cells=np.zeros((400, 400), np.int8), resolution_m=0.05))


def returns(*circles: tuple[float, float, float], beams: int = 360) -> Points:
    """What a scanner in the middle sees of circles (x, y, radius), base frame."""
    found = []
    for k in range(beams):
        angle = 2.0 * math.pi * k / beams - math.pi
        c, s = math.cos(angle), math.sin(angle)
        away = math.inf
        for x, y, radius in circles:
            along, across = c * x + s * y, abs(c * y - s * x)
            if along > 0.0 and across < radius:
                away = min(away, along - math.sqrt(radius**2 - across**2))
        if math.isfinite(away):
            found.append((away * c, away * s))
    return np.array(found).reshape(-1, 2)


def found(field: ClearanceField, *circles: tuple[float, float, float]) -> np.ndarray:
    middles = PeopleTracker(field).detections(HERE, returns(*circles)) - (HERE.x, HERE.y)
    return middles[np.argsort(np.arctan2(middles[:, 1], middles[:, 0]))]


@pytest.mark.parametrize("radius", [0.07, 0.15, 0.25])
@pytest.mark.parametrize("away", [1.0, 2.5, 4.0])
def test_the_middle_of_a_round_body_whatever_its_size(field: ClearanceField, radius: float, away: float) -> None:
    (middle,) = found(field, (away, 0.0, radius))
    assert math.hypot(middle[0] - away, middle[1]) < 0.06


def test_two_legs_are_one_person(field: ClearanceField) -> None:
    (middle,) = found(field, (2.0, 0.15, 0.06), (2.2, -0.12, 0.06))
    assert math.hypot(middle[0] - 2.1, middle[1] - 0.015) < 0.06


def test_two_people_side_by_side_are_two(field: ClearanceField) -> None:
    middles = found(field, (2.0, -0.28, 0.25), (2.0, 0.28, 0.25))
    assert middles == pytest.approx(np.array(((2.0, -0.28), (2.0, 0.28))), abs=0.1)


def test_a_body_across_the_seam_of_the_scan_is_one(field: ClearanceField) -> None:
    (middle,) = found(field, (-2.0, 0.02, 0.25))
    assert math.hypot(middle[0] + 2.0, middle[1] - 0.02) < 0.06


def test_who_is_half_hidden_is_not_where_the_visible_half_is(field: ClearanceField) -> None:
    middles = found(field, (1.5, -0.3, 0.25), (3.0, -0.15, 0.25))
    assert len(middles) == 2
    hidden = middles[np.argmax(middles[:, 0])]
    assert math.hypot(hidden[0] - 3.0, hidden[1] + 0.15) < 0.15


def test_crossing_people_keep_their_tracks(field: ClearanceField) -> None:
    """Global nearest neighbour with velocities: two who pass each other 0.7 m apart do not swap."""
    tracker, ids = PeopleTracker(field), []
    for k in range(30):
        x = 0.11 * k - 1.6
        people = tracker.update(HERE, returns((2.0 + 0.3, x, 0.2), (2.0 - 0.4, -x, 0.2)), 0.1 * k)
        if len(people) == 2 and abs(x) > 1.0:
            ids.append(tuple(p.id for p in sorted(people, key=lambda p: p.vy)))
    assert len(set(ids)) == 1


def test_velocity_is_known_within_a_second(field: ClearanceField) -> None:
    tracker = PeopleTracker(field)
    for k in range(11):
        people = tracker.update(HERE, returns((3.0, 0.1 * k - 0.5, 0.25)), 0.1 * k)
    assert math.hypot(people[0].vx, people[0].vy - 1.0) < 0.15


@pytest.mark.parametrize("shape", [(0,), (5,), (4, 3), (2, 2, 2)])
def test_another_shape_is_refused(field: ClearanceField, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="want"):
        PeopleTracker(field).update(HERE, np.zeros(shape), 0.0)


def test_an_empty_scan_and_a_pose_that_is_none(field: ClearanceField) -> None:
    tracker = PeopleTracker(field)
    for now in (0.0, 0.1, 0.2):
        tracker.update(HERE, returns((2.0, 0.0, 0.25)), now)
    assert len(tracker.update(Pose2D(math.nan, 0.0, 0.0), returns((2.0, 0.0, 0.25)), 0.3)) == 1
    assert len(tracker.update(HERE, np.empty((0, 2)), math.nan)) == 1
    hidden = tracker.update(HERE, np.empty((0, 2)), 0.4)
    assert hidden[0].unseen_s == pytest.approx(0.2)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        hnp.arrays(
            np.float64,
            st.tuples(st.integers(0, 60), st.just(2)),
            elements=st.one_of(st.floats(-6, 6), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e300])),
        ),
        max_size=6,
    )
)
def test_any_scans_leave_sound_tracks(field: ClearanceField, scans: list[np.ndarray]) -> None:
    tracker = PeopleTracker(field)
    for k, points in enumerate(scans):
        for person in tracker.update(HERE, points, 0.1 * k):
            assert all(math.isfinite(value) for value in (person.x, person.y, person.vx, person.vy))
            assert person.unseen_s <= PeopleSettings().keep_s
