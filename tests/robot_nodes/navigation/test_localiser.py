import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import sim
from maps.venue import Venue, load_venue
from robot_nodes.navigation.field import ClearanceField, floor_of
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.navigation.localiser import Estimate, Localiser, State
from sim.world import World

EXPO = Path(sim.__file__).parent / "plans" / "expo.yaml"
TWINS = Path(__file__).parent / "twins.yaml"
ZERO = Pose2D(0.0, 0.0, 0.0)


@dataclass
class Ride:
    """A robot in a simulated world that rambles: on where there is room, else round."""

    world: World
    localiser: Localiser
    worst: float = 0.0
    estimates: list[Estimate] = field(default_factory=list)
    slip: float = 0.0
    """Metres that the wheels turn in vain in each scan."""
    _extra: Pose2D = ZERO

    def run(self, seconds: float, until: Callable[[Estimate], bool] | None = None) -> float:
        """Seconds until an estimate fulfils the condition; infinite where none does, or there is no condition."""
        for scan in range(round(10 * seconds)):
            hits = self.hits()
            self.world.command(0, *_ramble(hits))
            for _ in range(2):
                self.world.step(0.05)
            felt = self.world.odometry[0]
            self._extra = Pose2D(self._extra.x + self.slip, self._extra.y, self._extra.yaw)
            estimate = self.localiser.update(Pose2D(felt.x + self._extra.x, felt.y, felt.yaw), self.hits())
            self.estimates.append(estimate)
            self.worst = max(self.worst, self.error)
            if until is not None and until(estimate):
                return 0.1 * (scan + 1)
        return math.inf

    def hits(self) -> Points:
        ranges = self.world.scan(0).astype(np.float64)
        angles = self.world.lidar.angle_min + np.arange(len(ranges)) * self.world.lidar.angle_increment
        seen = np.isfinite(ranges)
        return np.column_stack((np.cos(angles), np.sin(angles)))[seen] * ranges[seen, None]

    @property
    def truth(self) -> Pose2D:
        return Pose2D(*self.world.pose(0))

    @property
    def error(self) -> float:
        return self.localiser.estimate.distance_to(self.truth.x, self.truth.y)

    def carry(self, x: float, y: float, yaw: float) -> None:
        drives = self.world.drives
        drives.x[0], drives.y[0], drives.yaw[0], drives.v[0] = x, y, yaw, 0.0

    def surround(self, count: int = 30, metres: float = 0.9) -> None:
        """People stand round the robot, shoulder to shoulder but for a few gaps."""
        for k in range(count):
            angle = 2.0 * math.pi * k / count
            if k % 8:
                self.world.crowd.enter(
                    self.truth.x + metres * math.cos(angle), self.truth.y + metres * math.sin(angle), 1.0
                )


def _ramble(hits: Points) -> tuple[float, float]:
    ahead = hits[(np.abs(np.arctan2(hits[:, 1], hits[:, 0])) < 0.7) & (np.hypot(hits[:, 0], hits[:, 1]) < 1.1)]
    return (0.0, 0.8) if len(ahead) else (0.7, 0.0)


@pytest.fixture(scope="module")
def venues() -> dict[str, Venue]:
    return {name: load_venue(name) for name in ("hall", str(EXPO), str(TWINS))}


@pytest.fixture
def ride(venues: dict[str, Venue]) -> Callable[..., Ride]:
    def build(name: str, seed: int, people: int, start: str | None = None, known: bool = True, guests: int = 0) -> Ride:
        venue = venues[name]
        first = start or next(iter(venue.chargers))
        world = World.of_venue(venue, {"guide-01": first}, seed, people=people, guests=guests)
        return Ride(world, Localiser(floor_of(venue)[1], Pose2D(*world.pose(0)) if known else None))

    return build


def test_drift_is_corrected_among_people(hall, kinematic) -> None:
    world = kinematic(Pose2D(3.0, 3.0, 0.0), [[6.0, 3.8, 0.1, 0.0], [12.0, 4.0, 0.0, 0.0], [14.0, 2.2, -0.1, 0.0]])
    localiser = Localiser(hall.field, world.pose)
    odom = Pose2D(0.0, 0.0, 0.0)
    worst = 0.0
    for _ in range(200):
        odom = odom.after(Pose2D(0.05 * 1.02, 0.0, 0.002))  # 2 % too long, and veering
        world.pose = world.pose.after(Pose2D(0.05, 0.0, 0.0))
        estimate = localiser.update(odom, world.hits())
        worst = max(worst, estimate.pose.distance_to(world.pose.x, world.pose.y))
    assert worst < 0.08
    assert estimate.score > 0.6
    assert estimate.state is State.CERTAIN
    assert localiser.stretch == pytest.approx(-0.02, abs=0.005)
    assert 0.0 < estimate.covariance[0, 0] < 0.05**2


def test_a_wrong_initial_pose_is_found_again(localiser, kinematic) -> None:
    world = kinematic(Pose2D(11.5, 3.4, 0.3))
    localiser.reset(Pose2D(12.2, 2.9, 0.1), np.diag((0.25, 0.25, 0.07)))
    for _ in range(15):
        estimate = localiser.update(ZERO, world.hits())
    assert estimate.pose.distance_to(11.5, 3.4) < 0.1
    assert abs(estimate.pose.yaw - 0.3) < 0.03
    assert localiser.relocations == 1


def test_without_returns_odometry_carries_on(localiser) -> None:
    localiser.update(Pose2D(5.0, 5.0, 1.0), np.empty((0, 2)))
    before = localiser.covariance
    estimate = localiser.update(Pose2D(5.0 + math.cos(1.0), 5.0 + math.sin(1.0), 1.0), np.empty((0, 2)))
    assert estimate.pose.x == pytest.approx(4.0)
    assert estimate.pose.y == pytest.approx(3.0)
    assert estimate.score == 0.0
    assert estimate.covariance[0, 0] > before[0, 0]


def test_blind_for_long_it_says_so(localiser) -> None:
    for k in range(400):
        estimate = localiser.update(Pose2D(0.1 * k, 0.0, 0.0), np.empty((0, 2)))
    assert estimate.state is State.DOUBTFUL


def test_a_drive_in_a_crowded_hall_stays_exact_and_certain(ride) -> None:
    driving = ride(str(EXPO), 21, 300)
    driving.run(40.0)
    assert driving.worst < 0.25
    assert {it.state for it in driving.estimates} == {State.CERTAIN}
    assert driving.localiser.relocations == 0


@pytest.mark.parametrize("slip", [0.02, 0.05, 0.1])
def test_wheels_that_slip_do_not_throw_it(ride, slip: float) -> None:
    driving = ride("hall", 22, 10)
    driving.run(6.0)
    driving.slip = slip
    driving.run(3.0)
    driving.slip = 0.0
    driving.run(3.0)
    assert driving.worst < 0.2
    assert driving.estimates[-1].state is State.CERTAIN


def test_odometry_that_begins_anew_does_not_throw_it(ride) -> None:
    driving = ride("hall", 23, 10)
    driving.run(8.0)
    odometry = driving.world.odometry[0]
    odometry.x, odometry.y, odometry.yaw = 0.0, 0.0, 0.0
    driving.run(4.0)
    assert driving.worst < 0.2


def test_from_nothing_in_a_hall_without_twins(ride) -> None:
    driving = ride("hall", 24, 15, known=False)
    assert driving.localiser.state is State.LOST
    assert driving.run(40.0, lambda it: it.state is State.CERTAIN) < 40.0
    assert driving.error < 0.1
    assert all(it.state is State.LOST for it in driving.estimates[:-1])


def test_carried_off_it_notices_and_finds_itself(ride, venues) -> None:
    driving = ride("hall", 25, 15)
    driving.run(3.0)
    stations = [it for it in venues["hall"].stations.values() if it.kind != "charger"]
    at = max(stations, key=lambda it: driving.truth.distance_to(it.x, it.y))
    driving.carry(at.x, at.y, 2.0)
    assert driving.run(5.0, lambda it: it.state is State.LOST) < 5.0
    assert driving.run(60.0, lambda it: it.state is State.CERTAIN) < 60.0
    assert driving.error < 0.1


def test_among_twins_it_does_not_pretend_and_a_marker_tells(ride, venues) -> None:
    """An aisle of this hall looks like three others, and each the same from both ends, in both halves."""
    driving = ride(str(TWINS), 26, 300)
    driving.run(3.0)
    driving.carry(27.0, 57.0, 0.4)
    assert driving.run(15.0, lambda it: it.state is State.LOST) < 15.0
    driving.run(12.0)
    assert driving.localiser.state is State.LOST
    assert driving.estimates[-1].places >= 2
    particles = driving.localiser.particles
    truth = driving.truth
    assert particles.shape[1] == 3
    assert np.hypot(particles[:, 0] - truth.x, particles[:, 1] - truth.y).min() < 0.3
    assert driving.localiser.marker(truth, np.diag((0.05**2, 0.05**2, 0.03**2)))
    driving.run(3.0)
    assert driving.localiser.state is State.CERTAIN
    assert driving.error < 0.05


@pytest.mark.parametrize("seed", [27, 31])
def test_boxed_in_by_people_it_is_not_lost(ride, seed: int) -> None:
    driving = ride("hall", seed, 0, guests=40)
    driving.run(8.0)
    driving.surround()
    driving.run(25.0)
    last = driving.estimates[-1]
    assert last.short > 0.5
    assert last.contradicting < 0.05
    assert all(it.state is State.CERTAIN for it in driving.estimates)
    assert driving.worst < 0.1


def test_carried_into_a_crowd_it_is(ride, venues) -> None:
    driving = ride("hall", 28, 0, guests=40)
    driving.run(8.0)
    stations = [it for it in venues["hall"].stations.values() if it.kind != "charger"]
    at = max(stations, key=lambda it: driving.truth.distance_to(it.x, it.y))
    driving.carry(at.x, at.y, 1.0)
    driving.surround(count=16)
    assert driving.run(20.0, lambda it: it.state is not State.CERTAIN) < 20.0


def test_a_single_wrong_marker_moves_nothing_a_second_one_does(ride) -> None:
    driving = ride("hall", 29, 0)
    driving.run(2.0)
    exact = np.diag((0.03**2, 0.03**2, 0.02**2))
    before = driving.localiser.estimate
    elsewhere = Pose2D(before.x + 4.0, before.y, before.yaw)
    assert not driving.localiser.marker(elsewhere, exact)
    assert driving.localiser.estimate == before
    assert driving.localiser.marker(elsewhere, exact)
    assert driving.localiser.estimate == elsewhere


def test_a_marker_sharpens_the_pose(localiser) -> None:
    localiser.reset(Pose2D(3.0, 3.0, 0.0), np.diag((0.2**2, 0.2**2, 0.1**2)))
    assert localiser.marker(Pose2D(3.1, 3.0, 0.05), np.diag((0.02**2, 0.02**2, 0.01**2)))
    assert localiser.estimate.x == pytest.approx(3.1, abs=0.005)
    assert localiser.covariance[0, 0] < 0.03**2


def test_a_rough_measurement_tells_halves_of_the_hall_apart(ride) -> None:
    """The radio knows the half: by that alone the twins of the other one go."""
    driving = ride(str(TWINS), 30, 0, known=False)
    driving.carry(27.0, 57.0, 0.4)
    driving.localiser.marker(Pose2D(35.0, 50.0, 0.0), np.diag((12.0**2, 25.0**2, 10.0**2)))
    driving.run(10.0)
    assert driving.estimates[-1].places >= 1
    assert driving.localiser.estimate.x < 75.0


def test_on_the_wrong_map_it_stays_lost(grid_of, kinematic) -> None:
    other = ClearanceField.of(grid_of([(3.0, 3.0, 4.0, 11.0), (12.0, 1.0, 13.0, 6.0)], width=16.0))
    localiser = Localiser(other, None)
    world = kinematic(Pose2D(12.0, 3.0, 0.5))
    hits = world.hits()
    states = {localiser.update(ZERO, hits).state for _ in range(120)}
    assert states == {State.LOST}


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(max_examples=60, deadline=None)
@given(
    odometry=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=6),
    scans=arrays(np.float64, st.tuples(st.integers(0, 40), st.just(2)), elements=NUMBERS),
    pose=st.tuples(NUMBERS, NUMBERS, NUMBERS),
    spread=arrays(np.float64, (3, 3), elements=NUMBERS),
    lost=st.booleans(),
)
def test_no_input_breaks_it(hall, odometry, scans, pose, spread, lost) -> None:
    localiser = Localiser(hall.field, None if lost else Pose2D(3.0, 3.0, 0.0))
    for x, y, yaw in odometry:
        estimate = localiser.update(Pose2D(x, y, yaw), scans)
        assert estimate.pose.finite
        assert np.all(np.isfinite(estimate.covariance))
        assert np.all(np.linalg.eigvalsh(estimate.covariance) > 0.0)
        localiser.marker(Pose2D(*pose), spread)
        assert localiser.estimate.finite
        assert np.all(np.isfinite(localiser.particles))
    localiser.reset(Pose2D(*pose), spread)
    assert localiser.update(ZERO, scans).pose.finite


def test_points_of_another_shape_are_no_scan(localiser) -> None:
    assert localiser.update(ZERO, np.zeros((5, 3))).score == 0.0
    assert localiser.update(ZERO, np.zeros(0)).score == 0.0
