"""Boards on the walls of the small venue, seen by the simulator's camera."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.markers import NUMBERS, Board, boards_of
from maps.occupancy import occupancy
from maps.venue import Venue, load_venue
from robot_nodes.navigation.geometry import Pose2D, wrapped
from robot_nodes.seeing.lens import REAR, Lens
from robot_nodes.seeing.markers import MarkerReader, Seen
from sim import camera_boards
from sim.camera import Camera, CameraSpec, Scene
from sim.camera_people import Wardrobe
from sim.fields import Fields


@pytest.fixture(scope="module")
def venue() -> Venue:
    return load_venue("hall")


@pytest.fixture(scope="module")
def fields(venue: Venue) -> Fields:
    return Fields.of(occupancy(venue))


def lens_of(spec: CameraSpec) -> Lens:
    mount = REAR if spec.yaw else Lens.of(32, 32, [1.0, 0, 1, 0, 1, 1, 0, 0, 1], []).mount
    return Lens.of(spec.width, spec.height, spec.matrix.ravel().tolist(), [], mount)


def scene(boards: dict[int, Board]) -> Scene:
    prints = [
        camera_boards.Board(x=it.x, y=it.y, z=it.z, yaw=it.yaw, side_m=it.side_m, prints=camera_boards.tag(it.number))
        for it in boards.values()
    ]
    return Scene(people=np.full((1, 2), math.nan), headings=np.zeros(1), clothes=Wardrobe.seeded(1, 1), boards=prints)


def test_every_dock_has_a_board_behind_it(venue: Venue) -> None:
    boards = {board.station: board for board in boards_of(venue).values()}
    for dock in venue.chargers.values():
        board = boards[dock.station]
        assert math.hypot(board.x - dock.x, board.y - dock.y) < 2.0
        assert wrapped(board.yaw - dock.yaw) == pytest.approx(0.0, abs=1e-6)


def test_boards_hang_on_walls_and_face_the_floor(venue: Venue, fields: Fields) -> None:
    boards = boards_of(venue)
    assert len(boards) > 40
    assert set(boards) <= set(range(NUMBERS))
    for board in boards.values():
        assert fields.clearance(board.x, board.y) < 0.15
        ahead = (board.x + 0.4 * math.cos(board.yaw), board.y + 0.4 * math.sin(board.yaw))
        assert fields.clearance(*ahead) > 0.2


@pytest.mark.parametrize("yaw", [0.0, math.pi])
def test_a_robot_knows_where_it_is(venue: Venue, fields: Fields, yaw: float) -> None:
    spec = CameraSpec(yaw=yaw)
    camera, boards = Camera(fields, spec), boards_of(venue)
    reader, view, rng = MarkerReader(boards), scene(boards), np.random.default_rng(2)
    away, told = [], []
    for dock in list(venue.chargers.values())[:6]:
        board = next(it for it in boards.values() if it.station == dock.station)
        for _ in range(3):
            at = Pose2D(board.x, board.y, board.yaw).after(
                Pose2D(rng.uniform(0.9, 1.8), rng.uniform(-0.3, 0.3), math.pi - yaw + rng.uniform(-0.2, 0.2))
            )
            if fields.clearance(at.x, at.y) < 0.1:
                continue
            believed = Pose2D(at.x + rng.normal(0, 0.2), at.y + rng.normal(0, 0.2), at.yaw + rng.normal(0, 0.1))
            fix = reader.fix(lens_of(spec), camera.frame((at.x, at.y, at.yaw), view), believed)
            if fix is not None:
                off = np.array((fix.pose.x - at.x, fix.pose.y - at.y, wrapped(fix.pose.yaw - at.yaw)))
                away.append(math.hypot(off[0], off[1]))
                told.append(float(off @ np.linalg.solve(fix.covariance, off)))
    assert len(away) >= 12
    assert np.median(away) < 0.08
    assert np.median(told) < 4.0  # the covariance is honest: 2.4 is the median of three squared deviations


def test_two_boards_are_surer_than_one() -> None:
    lens = lens_of(CameraSpec())
    boards = {
        k: Board(number=k, station="", x=3.0, y=y, z=1.1, yaw=math.pi, side_m=0.25) for k, y in ((1, -0.8), (2, 0.8))
    }
    reader, at = MarkerReader(boards), Pose2D(1.0, 0.1, 0.05)
    seen = [Seen(board, exact(lens, at, board)) for board in boards.values()]
    one, both = reader.located(lens, seen[:1], at), reader.located(lens, seen, None)
    assert one is not None
    assert both is not None
    assert both.boards == (1, 2)
    assert both.pose.distance_to(at.x, at.y) < 1e-3
    assert np.trace(both.covariance) < np.trace(one.covariance)


def exact(lens: Lens, at: Pose2D, board: Board) -> np.ndarray:
    """The corners of a board without noise."""
    half, pixels = 0.5 * board.side_m, []
    for a, b in ((-half, half), (half, half), (half, -half), (-half, -half)):
        depth, right = lens.ahead(at, board.x - a * math.sin(board.yaw), board.y + a * math.cos(board.yaw))
        pixels.append(
            (lens.cx + lens.fx * right / depth, lens.cy + lens.fy * (lens.mount.height - board.z - b) / depth)
        )
    return np.array(pixels)


def test_no_board_no_pose() -> None:
    lens = lens_of(CameraSpec())
    reader = MarkerReader({})
    assert reader.fix(lens, np.zeros((240, 320, 3), np.uint8)) is None
    assert reader.located(lens, []) is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-500, 800), st.floats(-500, 800)), min_size=4, max_size=4))
def test_any_corners_give_a_finite_pose_or_none(corners: list[tuple[float, float]]) -> None:
    lens, board = lens_of(CameraSpec()), Board(number=1, station="", x=3.0, y=0.0, z=1.1, yaw=math.pi, side_m=0.25)
    fix = MarkerReader({1: board}).located(lens, [Seen(board, np.array(corners))], Pose2D(0.0, 0.0, 0.0))
    if fix is not None:
        assert fix.pose.finite
        assert np.isfinite(fix.covariance).all()
        assert (np.linalg.eigvalsh(fix.covariance) > 0.0).all()
