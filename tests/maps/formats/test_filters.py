"""Zones become masks that Nav2's filters read: the right cells, the right way up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml

from maps.formats import filters
from maps.occupancy import load_map_server
from maps.venue import Rect, Venue, Zone

ZONES = (
    Zone(id="zone-01", kind="keep_out", rect=Rect(10.0, 5.0, 12.0, 6.0)),
    Zone(id="zone-02", kind="speed", rect=Rect(20.0, 30.0, 30.0, 35.0), speed_mps=0.6),
    Zone(id="zone-03", kind="speed", rect=Rect(25.0, 30.0, 40.0, 35.0), speed_mps=0.3),
)


def test_a_venue_without_zones_has_no_masks(hall: Venue, tmp_path: Path) -> None:
    assert filters.save(hall, tmp_path) == []


def test_masks_hold_the_zones(hall: Venue, tmp_path: Path) -> None:
    written = filters.save(replace(hall, zones=ZONES), tmp_path)
    assert {path.name for path in written} == {
        "hall.keepout.yaml",
        "hall.keepout.pgm",
        "hall.speed.yaml",
        "hall.speed.pgm",
        "hall.filters.yaml",
    }
    keepout = load_map_server(tmp_path / "hall.keepout.yaml")
    assert keepout.occupied.sum() == 40 * 20
    assert not keepout.is_free(11.0, 5.5)
    assert keepout.is_free(11.0, 34.5)
    meta = yaml.safe_load((tmp_path / "hall.speed.yaml").read_text())
    assert meta["mode"] == "raw"
    data = (tmp_path / "hall.speed.pgm").read_bytes()
    pixels = np.frombuffer(data, np.uint8, offset=len(data) - 800 * 1200).reshape(800, 1200)[::-1]
    info = yaml.safe_load((tmp_path / "hall.filters.yaml").read_text())
    speed = info["speed_costmap_filter_info_server"]["ros__parameters"]
    for x, limit in ((22.0, 0.6), (27.0, 0.3), (35.0, 0.3), (45.0, 0.0)):
        value = int(pixels[round(32.0 / 0.05), round(x / 0.05)])
        assert abs(speed["base"] + speed["multiplier"] * value - limit) < 1e-6
    assert speed["type"] == 2
    assert info["keepout_costmap_filter_info_server"]["ros__parameters"]["type"] == 0
