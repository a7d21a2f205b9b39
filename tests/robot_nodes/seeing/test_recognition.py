"""Looks and badges, on pictures of the simulator's camera."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from maps.occupancy import OccupancyGrid
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.appearance import BINS, chest, colours, unhidden, unlikeness
from robot_nodes.seeing.badge import BADGE_TAGS, BadgeReader
from robot_nodes.seeing.lens import Lens
from robot_nodes.seeing.people import Person
from robot_nodes.seeing.recognition import SURE, Recognition
from sim import camera_boards
from sim.camera import Badge, Camera, CameraSpec, Scene
from sim.camera_people import Wardrobe
from sim.fields import Fields

HERE = Pose2D(10.0, 6.0, 0.0)
SPEC = CameraSpec()
LENS = Lens.of(SPEC.width, SPEC.height, SPEC.matrix.ravel().tolist(), [])


@pytest.fixture(scope="module")
def camera() -> Camera:
    cells = np.zeros((240, 400), np.int8)
    cells[0, :] = cells[-1, :] = 100
    cells[:, 0] = cells[:, -1] = 100
    return Camera(Fields.of(OccupancyGrid(cells=cells, resolution_m=0.05)), SPEC)


def clothes(count: int = 12) -> Wardrobe:
    """Plain shirts of a dozen hues."""
    worn = Wardrobe.seeded(count, 1)
    hsv = np.array([[[15 * k, 190, 170] for k in range(count)]], np.uint8)
    worn.shirt[:] = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]
    worn.pattern[:] = 0
    return worn


def people(**at: tuple[float, float]) -> list[Person]:
    return [Person(int(name[1:]), x, y, 0.0, 0.0, 0.0) for name, (x, y) in at.items()]


def shown(camera: Camera, present: list[Person], badges: dict[int, Badge] | None = None) -> np.ndarray:
    at = np.full((12, 2), math.nan)
    for person in present:
        at[person.id] = (person.x, person.y)
    return camera.frame(
        (HERE.x, HERE.y, HERE.yaw),
        Scene(people=at, headings=np.full(12, math.pi), clothes=clothes(), badges=badges or {}),
    )


def watched(recognition: Recognition, camera: Camera, present: list[Person], looks: int = 5) -> None:
    for k in range(looks):
        recognition.picture(LENS, shown(camera, present), HERE, present, 0.2 * k)


def test_the_chest_is_found_where_the_shirt_is(camera: Camera) -> None:
    box = chest(LENS, HERE, 12.5, 6.4)
    assert box is not None
    x0, x1, y0, y1 = box
    patch = shown(camera, people(p4=(12.5, 6.4)))[y0:y1, x0:x1].reshape(-1, 3).mean(axis=0)
    hue = int(cv2.cvtColor(patch.astype(np.uint8)[None, None], cv2.COLOR_RGB2HSV)[0, 0, 0])
    assert hue == pytest.approx(60, abs=6)


@pytest.mark.parametrize("at", [(10.3, 6.0), (17.0, 6.0), (8.0, 6.0), (11.0, 9.0)])
def test_too_near_too_far_behind_and_beside_nothing_is_seen(at: tuple[float, float]) -> None:
    assert chest(LENS, HERE, *at) is None


def test_who_stands_behind_somebody_is_hidden() -> None:
    front, back, aside = people(p1=(12.0, 6.0), p2=(14.0, 6.1), p3=(14.0, 7.5))
    assert unhidden(LENS, HERE, front, [front, back, aside])
    assert not unhidden(LENS, HERE, back, [front, back, aside])
    assert unhidden(LENS, HERE, aside, [front, back, aside])


def test_the_same_shirt_in_other_light_is_the_same() -> None:
    red = np.full((20, 12, 3), (170, 60, 50), np.uint8)
    dimmer, warmer = (red * 0.7).astype(np.uint8), (red * np.array((1.06, 1.0, 0.94))).astype(np.uint8)
    green, white, black = (np.full((20, 12, 3), it, np.uint8) for it in ((60, 150, 60), (220, 220, 220), (25, 25, 28)))
    known = colours(red)
    assert unlikeness(known, known) == pytest.approx(0.0, abs=1e-6)
    assert unlikeness(known, colours(dimmer, 77.0)) < 0.3
    assert unlikeness(known, colours(warmer)) < 0.3
    assert all(unlikeness(known, colours(other)) > 0.7 for other in (green, white, black))
    assert unlikeness(colours(white), colours(black)) > 0.7


def test_a_stranger_is_refuted_and_the_visitor_confirmed(camera: Camera) -> None:
    recognition = Recognition(reader=None)
    watched(recognition, camera, people(p4=(12.0, 6.0)))
    assert recognition.likeness() is None
    recognition.learn(4, certain=True)
    watched(recognition, camera, people(p4=(14.0, 7.0), p8=(12.0, 5.5)))
    likeness = recognition.likeness()
    assert likeness is not None
    assert likeness[4] >= SURE
    assert likeness[8] <= -SURE
    recognition.forget()
    assert recognition.likeness() is None


def test_a_track_that_slips_to_a_stranger_is_refuted_within_a_second(camera: Camera) -> None:
    recognition = Recognition(reader=None)
    watched(recognition, camera, people(p4=(12.0, 6.0)), 10)
    recognition.learn(4, certain=True)
    track, stranger = people(p4=(12.0, 6.0)), people(p9=(12.0, 6.0))
    for k in range(5):
        recognition.picture(LENS, shown(camera, stranger), HERE, track, 10.0 + 0.2 * k)
    assert (recognition.likeness() or {})[4] <= -SURE


def test_who_was_hardly_seen_is_not_learnt(camera: Camera) -> None:
    recognition = Recognition(reader=None)
    watched(recognition, camera, people(p4=(12.0, 6.0)), 1)
    recognition.learn(4, certain=True)
    recognition.learn(77, certain=True)
    assert recognition.likeness() is None


def test_a_badge_outweighs_a_shirt(camera: Camera) -> None:
    recognition, mine, twin = Recognition(), people(p4=(10.9, 6.0)), people(p5=(10.9, 6.0))
    badges = {k: Badge(camera_boards.tag(number, BADGE_TAGS), 0.12) for k, number in ((4, 17), (5, 23))}
    for k in range(3):
        recognition.picture(LENS, shown(camera, mine, badges), HERE, mine, float(k))
    recognition.learn(4, certain=True)
    for k in range(3):
        recognition.picture(LENS, shown(camera, twin, badges), HERE, twin, 10.0 + k)
    assert (recognition.likeness() or {})[5] == -recognition.settings.badge


def test_badges_of_both_kinds_are_read() -> None:
    paper = np.full((240, 320, 3), 255, np.uint8)
    paper[40:136, 20:116] = camera_boards.tag(17, BADGE_TAGS).near(96)[:96, :96]
    paper[20:212, 124:316] = camera_boards.code("v-0042").near(192)[:192, :192]
    found = {badge.identity: badge for badge in BadgeReader().read(paper)}
    assert set(found) == {"tag:17", "qr:v-0042"}
    assert found["tag:17"].column == pytest.approx(67.5, abs=2.0)
    assert [badge.identity for badge in BadgeReader(qr=False).read(paper)] == ["tag:17"]


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))), st.floats(0, 255))
def test_any_patch_has_a_histogram(patch: np.ndarray, mean: float) -> None:
    found = colours(patch, mean)
    assert found.shape == (BINS,)
    assert (found >= 0.0).all()
    assert found.sum() == pytest.approx(1.0)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_noise_wears_no_badge(seed: int, blocks: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 2, (blocks, blocks)).astype(np.uint8) * 255
    grey = cv2.resize(cells, (320, 240), interpolation=cv2.INTER_NEAREST)
    for badge in BadgeReader().read(np.dstack((grey, grey, grey))):
        assert badge.identity.startswith(("tag:", "qr:"))
