"""What a ROS 2 robot is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from maps.formats.ros import save
from maps.occupancy import load_map_server, occupancy
from maps.venue import Venue


def test_map_poses_and_graph_are_written_and_read_back(hall: Venue, tmp_path: Path) -> None:
    written = save(hall, tmp_path)
    assert all(path.is_file() for path in written)
    assert np.array_equal(load_map_server(written[0]).cells, occupancy(hall).cells)
    stations = yaml.safe_load((tmp_path / "hall.stations.yaml").read_text(encoding="utf-8"))["stations"]
    assert set(stations) == set(hall.stations)
