"""The simulated camera: what it shows, what hides what, and what a reader gets out of it."""

import math
import time

import cv2
import numpy as np
import pytest

from maps.occupancy import OccupancyGrid
from sim.camera import Badge, Camera, CameraSpec, Scene
from sim.camera_boards import BADGE_TAGS, BOARD_TAGS, Board, code, corners, faces, tag
from sim.camera_people import Wardrobe
from sim.fields import Fields

CLOTHES = Wardrobe.seeded(30, 7)
HERE = (10.0, 6.0, 0.0)


@pytest.fixture(scope="module")
def room() -> Fields:
    """20 x 12 m with a pillar of 1 x 1 m at (13, 8)."""
    cells = np.zeros((240, 400), np.int8)
    cells[0, :] = cells[-1, :] = 100
    cells[:, 0] = cells[:, -1] = 100
    cells[160:180, 260:280] = 100
    return Fields.of(OccupancyGrid(cells=cells, resolution_m=0.05))


def scene(people: dict[int, tuple[float, float]], heading: float = math.pi, **more: object) -> Scene:
    at = np.full((30, 2), math.nan)
    for person, where in people.items():
        at[person] = where
    return Scene(people=at, headings=np.full(30, heading), clothes=CLOTHES, **more)  # type: ignore[arg-type]


def read(image: np.ndarray, family: int) -> list[int]:
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(family), cv2.aruco.DetectorParameters())
    numbers = detector.detectMarkers(image)[1]
    return [] if numbers is None else sorted(int(it) for it in np.ravel(numbers))


def differs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a.astype(int) - b.astype(int)).max(axis=2) > 25


def test_the_same_seed_gives_the_same_pictures(room: Fields) -> None:
    seen = scene({0: (13.0, 6.0)})
    one, two, other = (Camera(room, seed=seed).frame(HERE, seen) for seed in (3, 3, 4))
    assert (one == two).all()
    assert (one != other).any()
    assert one.shape == (240, 320, 3)
    assert one.dtype == np.uint8


def test_a_person_stands_where_the_pinhole_puts_them(room: Fields) -> None:
    camera = Camera(room, CameraSpec(noise=0.0))
    empty, there = camera.frame(HERE, scene({})), camera.frame(HERE, scene({4: (13.0, 6.5)}))
    rows, columns = np.nonzero(differs(empty, there))
    f = camera.spec.focal
    assert columns.mean() == pytest.approx(159.5 - f * 0.5 / 3.0, abs=4.0)
    assert rows.max() == pytest.approx(119.5 + f * 1.1 / 3.0, abs=3.0)
    tall = float(CLOTHES.height[4])
    assert rows.min() == pytest.approx(119.5 - f * (tall - 1.1) / 3.0, abs=7.0)  # dark hair before a grey wall


def test_a_rear_camera_sees_who_is_behind(room: Fields) -> None:
    behind = scene({4: (7.0, 6.0)})
    front, rear = (Camera(room, CameraSpec(noise=0.0, yaw=yaw)) for yaw in (0.0, math.pi))
    assert not differs(front.frame(HERE, scene({})), front.frame(HERE, behind)).any()
    assert differs(rear.frame(HERE, scene({})), rear.frame(HERE, behind)).sum() > 500


def test_pillars_and_nearer_people_hide(room: Fields) -> None:
    camera = Camera(room, CameraSpec(noise=0.0))
    pillar = (10.0, 8.5, 0.0)
    assert not differs(camera.frame(pillar, scene({})), camera.frame(pillar, scene({1: (16.0, 8.5)}))).any()
    near = camera.frame(HERE, scene({2: (11.5, 6.0)}))
    both = camera.frame(HERE, scene({2: (11.5, 6.0), 1: (14.0, 6.0)}))
    chest = (slice(115, 135), slice(145, 175))
    assert (near[chest] == both[chest]).all()


@pytest.mark.parametrize("distance", [0.8, 1.5, 2.5])
def test_a_board_is_read(room: Fields, distance: float) -> None:
    board = Board(x=10.0 + distance, y=6.0, z=1.1, yaw=math.pi + 0.4, side_m=0.25, prints=tag(123))
    image = Camera(room).frame(HERE, scene({}, boards=[board]))
    assert read(image, BOARD_TAGS) == [123]
    assert read(image, BADGE_TAGS) == []


def test_a_board_has_a_back(room: Fields) -> None:
    board = Board(x=12.0, y=6.0, z=1.1, yaw=0.0, side_m=0.25, prints=tag(5))
    assert not faces(board, 10.0, 6.0)
    assert read(Camera(room).frame(HERE, scene({}, boards=[board])), BOARD_TAGS) == []
    assert corners(board).shape == (4, 3)


def test_a_badge_is_read_while_its_wearer_faces_the_camera(room: Fields) -> None:
    camera = Camera(room, CameraSpec(width=640, height=480))
    badges = {3: Badge(tag(17, BADGE_TAGS))}
    for heading, expected in ((math.pi, [17]), (0.0, [])):
        assert read(camera.frame(HERE, scene({3: (11.0, 6.0)}, heading, badges=badges)), BADGE_TAGS) == expected


def test_a_qr_badge_is_read_close_by(room: Fields) -> None:
    camera = Camera(room, CameraSpec(width=640, height=480))
    image = camera.frame(HERE, scene({3: (10.8, 6.0)}, badges={3: Badge(code("v-0042"), 0.14)}))
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == "v-0042"


def test_no_such_tag() -> None:
    with pytest.raises(ValueError, match="0 to 586"):
        tag(587)


def test_light_differs_from_place_to_place(room: Fields) -> None:
    camera = Camera(room)
    shades = np.array([camera.light(x, y).mean() for x in range(0, 60, 5) for y in range(0, 40, 5)])
    assert 0.6 < shades.min() < 0.8
    assert 1.0 < shades.max() < 1.2


def test_a_turning_robot_smears(room: Fields) -> None:
    camera = Camera(room, CameraSpec(noise=0.0))
    board = Board(x=12.0, y=6.0, z=1.1, yaw=math.pi, side_m=0.25, prints=tag(9))
    still, turned = (camera.frame(HERE, scene({}, boards=[board]), w).astype(float) for w in (0.0, 1.5))
    sharp = [np.abs(np.diff(image, axis=1)).max() for image in (still, turned)]
    assert sharp[1] < 0.7 * sharp[0]


def test_a_picture_is_cheap(room: Fields) -> None:
    camera, rng = Camera(room), np.random.default_rng(1)
    crowd = scene({k: (rng.uniform(12, 19), rng.uniform(2, 10)) for k in range(20)})
    camera.frame(HERE, crowd)
    best = math.inf
    for _ in range(30):
        start = time.process_time()
        camera.frame(HERE, crowd)
        best = min(best, time.process_time() - start)
    assert best < 0.003
