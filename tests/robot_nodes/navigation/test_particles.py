import math

import numpy as np
import pytest
from scipy.stats import chi2

from robot_nodes.navigation.belief import beams_of
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.particles import Cloud, CloudSettings, kld_count
from robot_nodes.navigation.particles_match import MatchSettings, settled
from robot_nodes.navigation.particles_search import Search, SearchSettings
from robot_nodes.navigation.particles_walls import Walls, crosses, face, reach

STEP = Pose2D(0.06, 0.0, 0.0)


@pytest.fixture(scope="module")
def walls(hall) -> Walls:
    return Walls.of(hall.field)


def twin(pose: Pose2D) -> Pose2D:
    """The hall is the same turned by half a circle."""
    return Pose2D(24.0 - pose.x, 14.0 - pose.y, pose.yaw + math.pi)


@pytest.mark.parametrize("bins", [2, 10, 100, 1000])
def test_the_number_of_particles_is_that_of_the_chi_square_bound(bins: int) -> None:
    assert kld_count(bins, 0.05, 2.326) == pytest.approx(chi2.ppf(0.99, bins - 1) / 0.1, rel=0.05)


def test_one_bin_needs_one_particle() -> None:
    assert kld_count(1, 0.05, 2.33) == 1


def test_faces_count_from_both_sides(walls) -> None:
    args = (walls.field.origin_x, walls.field.origin_y, walls.field.resolution)
    assert face(walls.faces, *args, 4.0, 7.0) == pytest.approx(1.0, abs=0.06)
    assert face(walls.faces, *args, 6.0, 7.0) == pytest.approx(1.0, abs=0.06)
    assert face(walls.faces, *args, -5.0, 7.0) > 2.0


def test_rays_meet_walls_where_they_are(walls) -> None:
    args = walls.field.args()
    assert reach(*args, 3.0, 7.0, 1.0, 0.0, 20.0) == pytest.approx(2.0, abs=0.06)
    assert reach(*args, 3.0, 7.0, 1.0, 0.0, 1.5) == 1.5
    assert crosses(*args, 3.0, 7.0, 1.0, 0.0, 12.0)
    assert not crosses(*args, 3.0, 7.0, 1.0, 0.0, 2.05)
    assert not crosses(*args, 3.0, 3.0, 1.0, 0.0, 15.0)
    assert crosses(*args, 3.0, 3.0, 0.0, -1.0, 9.0)  # off the floor


def test_robots_stand_where_there_is_room(walls) -> None:
    rooms = [walls.field.at(x, y) for x, y in walls.standing]
    assert min(rooms) > 0.2
    assert len(rooms) > 0.5 * 24.0 * 14.0 / (2.0 * walls.coarse_m) ** 2


def test_a_pose_some_decimetres_off_settles(walls, kinematic) -> None:
    world = kinematic(Pose2D(4.0, 4.0, 0.3), [[5.0, 3.0, 0.0, 0.0]])
    found = settled(walls.field, world.hits(), Pose2D(4.25, 3.8, 0.36), MatchSettings())
    assert found.distance_to(4.0, 4.0) < 0.03
    assert abs(found.yaw - 0.3) < 0.01


def test_a_search_finds_the_place_and_its_twin(walls, kinematic) -> None:
    world = kinematic(Pose2D(3.4, 2.6, 0.7), [[5.0, 2.5, 0.0, 0.0], [3.0, 4.0, 0.0, 0.0]])
    search = Search(walls, world.hits(), Pose2D(0.0, 0.0, 0.0), 15.0, SearchSettings(sweep_slice=200))
    slices = 1
    while not search.step():
        slices += 1
    assert slices > 5
    found = search.candidates or []
    for pose in (world.pose, twin(world.pose)):
        near = [it for it in found if it.pose.distance_to(pose.x, pose.y) < 0.1]
        assert near
        assert abs(math.remainder(near[0].pose.yaw - pose.yaw, 2.0 * math.pi)) < 0.03
        assert near[0].evidence.contradicting < 0.02
    worth = [it.evidence.worth for it in found]
    assert worth == sorted(worth, reverse=True)


def test_a_search_of_a_floor_without_room_ends_with_nothing(grid_of, kinematic) -> None:
    full = ClearanceField.of(grid_of([(0.0, 0.0, 6.0, 6.0)], width=6.0, height=6.0))
    search = Search(Walls.of(full), kinematic(Pose2D(3.0, 3.0, 0.0)).hits(), Pose2D(0.0, 0.0, 0.0), 15.0)
    for _ in range(5):
        search.step()
    assert search.candidates == []


def test_twins_are_never_told_apart_by_chance(walls, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    for seed in range(3):
        world.pose = Pose2D(3.0, 3.0, 0.0)
        cloud = Cloud(walls, np.random.default_rng(seed))
        cloud.add([world.pose, twin(world.pose), Pose2D(12.0, 7.0, 0.0)])
        for scan in range(60):
            world.pose = world.pose.after(STEP)
            cloud.moved(STEP)
            cloud.seen(beams_of(world.hits(), 60, 15.0, scan))
        assert len(cloud) == 2
        assert cloud.leader()[1] < 3.0
        for pose in (world.pose, twin(world.pose)):
            found = cloud.at(pose)
            assert found is not None
            assert cloud.pose_of(found).distance_to(pose.x, pose.y) < 0.1
            assert cloud.contradicting[found] < 0.02


def test_what_is_measured_otherwise_tells_twins_apart(walls) -> None:
    cloud = Cloud(walls, np.random.default_rng(0))
    cloud.add([Pose2D(3.0, 3.0, 0.0), twin(Pose2D(3.0, 3.0, 0.0))])
    cloud.weigh_by(np.array((-8.0, 0.0)))
    leader, lead = cloud.leader()
    assert cloud.pose_of(leader).x == pytest.approx(21.0)
    assert lead == pytest.approx(8.0)


def test_places_known_are_not_added_again(walls) -> None:
    cloud = Cloud(walls, np.random.default_rng(0))
    assert cloud.add([Pose2D(3.0, 3.0, 0.0), Pose2D(8.0, 3.0, 0.0)]) == 2
    assert cloud.add([Pose2D(3.2, 3.1, 0.1), Pose2D(3.2, 3.1, 2.0)]) == 1
    assert len(cloud) == 3


def test_fewer_places_need_fewer_particles(walls, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0))
    cloud = Cloud(walls, np.random.default_rng(1), CloudSettings(most=2000))
    rng = np.random.default_rng(2)
    cloud.add([Pose2D(*rng.uniform((1.0, 1.0, -3.0), (23.0, 4.0, 3.0))) for _ in range(120)] + [world.pose])
    many = len(cloud.poses)
    for scan in range(30):
        cloud.moved(Pose2D(0.0, 0.0, 0.0))
        cloud.seen(beams_of(world.hits(), 60, 15.0, scan))
    assert len(cloud.poses) < many / 2
    assert cloud.poses.shape == (len(cloud.labels), 3)
    assert np.all(np.isfinite(cloud.poses))
    assert set(cloud.labels) == set(range(len(cloud)))
