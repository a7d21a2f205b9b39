"""Array files, checked where they come in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.errors import HearingError

GOOD = """
name: pair
reference: 1
microphones:
  - {channel: 3, position: [0.05, 0, 0.1]}
  - {channel: 0, position: [-0.05, 0.0, 0.1]}
"""


def test_built_in_arrays() -> None:
    ring = load_array(None, 6)
    assert len(ring) == 6
    assert np.allclose(np.linalg.norm(ring.positions, axis=1), 0.046)
    assert np.allclose(ring.positions[0], [0.046, 0, 0])
    assert ring.positions[1][1] > 0, "counter-clockwise: the second is to the left"
    assert load_array(None, 1).channels == (0,)


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "array.yaml").write_text(GOOD)
    array = load_array(tmp_path / "array.yaml", 4)
    assert (array.name, array.channels, array.reference) == ("pair", (3, 0), 1)
    assert np.allclose(array.positions, [[0.05, 0, 0.1], [-0.05, 0, 0.1]])


@pytest.mark.parametrize("channels", [0, 2, 5, 8])
def test_no_built_in_array_has_so_many_channels(channels: int) -> None:
    with pytest.raises(HearingError, match=r"--array"):
        load_array(None, channels)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("channel: 3", "channel: 9", "channel 9, but the sound has 4"),
        ("channel: 3", "channel: -1", "not a channel number"),
        ("channel: 3", "channel: true", "not a channel number"),
        ("channel: 3", "channel: 0", "given to two microphones"),
        ("[0.05, 0, 0.1]", "[46, 0, 0]", "positions are metres"),
        ("[0.05, 0, 0.1]", "[0.05, 0]", "three numbers"),
        ("[0.05, 0, 0.1]", "[.nan, 0, 0]", "positions are metres"),
        ("[0.05, 0, 0.1]", "[-0.05, 0.0, 0.1]", "at the same place"),
        ("reference: 1", "reference: 2", "must be one of 0 to 1"),
        ("name: pair", "nam: pair", "unknown key 'nam'"),
        ("name: pair", "name: 7", "must be a text"),
        ("microphones:", "microphones: []\nothers:", "unknown key 'others'"),
        ("name: pair", "name: [", "not YAML"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "array.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(HearingError) as caught:
        load_array(path, 4)
    message = str(caught.value)
    assert told in message
    assert str(path) in message
    assert "\n" not in message


def test_a_missing_file_and_a_file_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(HearingError, match="cannot be read"):
        load_array(tmp_path / "none.yaml", 6)
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(HearingError, match="must be a mapping"):
        load_array(tmp_path / "list.yaml", 6)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(HearingError, match="not YAML"):
        load_array(tmp_path / "binary.yaml", 6)
