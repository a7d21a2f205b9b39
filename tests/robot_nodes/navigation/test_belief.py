import math

import numpy as np
import pytest

from robot_nodes.navigation.belief import Belief, BeliefSettings, Evidence, State, beams_of, judged
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.particles_walls import Walls

SURE = np.diag((0.01**2, 0.01**2, 0.01**2))
PLACE = Pose2D(3.0, 3.0, 0.4)


@pytest.fixture(scope="module")
def walls(hall) -> Walls:
    return Walls.of(hall.field)


def test_on_an_empty_floor_walls_explain_everything(walls, kinematic) -> None:
    found = judged(walls, PLACE, beams_of(kinematic(PLACE).hits(), 120, 15.0))
    assert found.explained > 0.98
    assert found.contradicting == 0.0


def test_people_shorten_and_never_contradict(walls, kinematic) -> None:
    ring = [[3.0 + math.cos(a), 3.0 + math.sin(a), 0.0, 0.0] for a in np.arange(0.0, 6.2, 0.45)]
    found = judged(walls, PLACE, beams_of(kinematic(PLACE, ring).hits(), 120, 15.0))
    assert found.short > 0.8
    assert found.contradicting == 0.0


def test_in_the_wrong_place_returns_come_through_walls(walls, kinematic) -> None:
    hits = kinematic(PLACE).hits()
    for wrong in (Pose2D(12.0, 7.0, 0.4), Pose2D(16.0, 3.0, 0.4), Pose2D(3.0, 3.0, 2.0)):
        assert judged(walls, wrong, beams_of(hits, 120, 15.0)).contradicting > 0.15


def test_a_pose_slightly_off_is_not_contradicted(walls, kinematic) -> None:
    """Corners are grazed, not passed through."""
    for x, y in ((4.5, 4.5), (12.0, 7.0), (10.5, 9.5)):
        hits = kinematic(Pose2D(x, y, 0.0)).hits()
        off = judged(walls, Pose2D(x + 0.04, y - 0.04, 0.01), beams_of(hits, 120, 15.0))
        assert off.contradicting < 0.04


def test_shares_are_of_one(walls, kinematic) -> None:
    hits = kinematic(PLACE, [[4.0, 3.0, 0.0, 0.0]]).hits()
    found = judged(walls, Pose2D(7.0, 3.5, 1.0), beams_of(hits, 60, 15.0))
    assert found.explained + found.short + found.contradicting == pytest.approx(1.0)


def _ring(metres: float, without: range) -> np.ndarray:
    angles = np.array([k for k in range(360) if k not in without]) * math.pi / 180.0 - math.pi
    return metres * np.column_stack((np.cos(angles), np.sin(angles)))


def test_beams_that_met_nothing_are_found_in_the_gaps(walls) -> None:
    beams = beams_of(_ring(2.0, range(180, 220)), 400, 25.0)
    assert 34 <= len(beams.open) <= 40
    directions = np.degrees(np.arctan2(beams.open[:, 1], beams.open[:, 0]))
    assert directions.min() > -1.0
    assert directions.max() < 41.0
    # In the middle of this hall nothing is farther than that: each of them contradicts.
    assert judged(walls, Pose2D(12.0, 7.0, 0.0), beams).contradicting > 0.04


def test_gaps_beside_somebody_who_touches_the_lidar_say_nothing() -> None:
    assert len(beams_of(_ring(0.4, range(180, 220)), 400, 25.0).open) == 0
    assert len(beams_of(_ring(2.0, range(0, 200)), 400, 25.0).open) == 0  # half a circle: the lidar's own view


def test_a_crowd_never_makes_it_lost_contradiction_does_within_two_seconds() -> None:
    belief = Belief(BeliefSettings())
    for _ in range(3000):
        belief.note(Evidence(0.05, 0.95, 0.0))
    assert belief.state(SURE) is State.CERTAIN
    assert belief.crowded
    states = []
    for _ in range(20):
        belief.note(Evidence(0.3, 0.3, 0.4))
        states.append(belief.state(SURE))
    assert states[-1] is State.LOST
    assert State.DOUBTFUL in states


def test_a_pose_not_confirmed_for_long_is_doubtful() -> None:
    assert Belief(BeliefSettings()).state(np.diag((0.5**2, 0.1, 0.01))) is State.DOUBTFUL
