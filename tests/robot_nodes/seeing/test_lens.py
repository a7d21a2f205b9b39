import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.lens import REAR, BadPicture, Lens, decoded

K = [200.0, 0.0, 159.5, 0.0, 200.0, 119.5, 0.0, 0.0, 1.0]


def test_ahead_and_to_the_right() -> None:
    lens = Lens.of(320, 240, K, [])
    depth, right = lens.ahead(Pose2D(1.0, 2.0, math.pi / 2), 1.5, 5.0)
    assert (depth, right) == (pytest.approx(3.0), pytest.approx(0.5))
    assert lens.sees(Pose2D(1.0, 2.0, math.pi / 2), 1.5, 5.0)
    assert not lens.sees(Pose2D(1.0, 2.0, -math.pi / 2), 1.5, 5.0)


def test_a_rear_camera_looks_back() -> None:
    lens = Lens.of(320, 240, K, [], REAR)
    assert lens.ahead(Pose2D(0.0, 0.0, 0.0), -2.0, 0.3) == (pytest.approx(2.0), pytest.approx(0.3))


@pytest.mark.parametrize(
    ("width", "k"),
    [(320, K[:8]), (320, [math.nan, *K[1:]]), (320, [0.0, *K[1:]]), (0, K)],
)
def test_who_is_not_calibrated_says_so(width: int, k: list[float]) -> None:
    with pytest.raises(BadPicture, match="calibrate"):
        Lens.of(width, 240, k, [])


def test_distortion_of_zeros_is_none() -> None:
    assert Lens.of(320, 240, K, [0.0] * 5).distortion == ()
    assert Lens.of(320, 240, K, [0.1, 0.0, 0.0, 0.0, 0.0]).distortion[0] == 0.1


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8"])
def test_encodings_and_padded_rows(encoding: str) -> None:
    channels = 4 if encoding.endswith("a8") else 3
    rows = np.zeros((2, 3 * channels + 5), np.uint8)
    pixels = rows[:, : 3 * channels].reshape(2, 3, channels)
    red = 0 if encoding.startswith("rgb") else 2
    pixels[1, 2, red] = 200
    picture = decoded(3, 2, rows.shape[1], encoding, rows.tobytes())
    assert picture.shape == (2, 3, 3)
    assert picture[1, 2].tolist() == [200, 0, 0]
    assert picture.sum() == 200


@given(
    st.integers(-1, 40),
    st.integers(-1, 40),
    st.integers(-1, 200),
    st.sampled_from(["rgb8", "bgr8", "bgra8", "mono8", "", "16UC1"]),
    st.binary(max_size=4000),
)
def test_any_message_is_a_picture_or_a_line(width: int, height: int, step: int, encoding: str, data: bytes) -> None:
    try:
        picture = decoded(width, height, step, encoding, data)
    except BadPicture:
        return
    assert picture.shape == (height, width, 3)


def test_a_picture_of_another_size_is_refused() -> None:
    lens = Lens.of(320, 240, K, [])
    with pytest.raises(BadPicture, match="320 x 240"):
        lens.checked(np.zeros((240, 321, 3), np.uint8))
    with pytest.raises(BadPicture, match="float64"):
        lens.checked(np.zeros((240, 320, 3)))  # type: ignore[arg-type]
