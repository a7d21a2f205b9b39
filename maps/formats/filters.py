"""Zones of a venue -> the masks of Nav2's costmap filters, and the parameters their info servers publish them with.

Keepout mask: a map in mode trinary, 100 in keep-outs. Speed mask: a map in mode raw, whose values times the multiplier
are metres per second; 0 is no limit (nav2_costmap_2d, KeepoutFilter and SpeedFilter).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from maps.occupancy import FREE, OCCUPIED, OccupancyGrid, save_map_server
from maps.venue import Rect, Venue

KEEPOUT, SPEED_ABSOLUTE = 0, 2
"""CostmapFilterInfo.type."""
MULTIPLIER = 0.03
"""m/s by mask value: 100 is 3 m/s, the most a plan may ask for."""


def save(venue: Venue, directory: Path | str) -> list[Path]:
    """Write `<venue>.keepout.*` and `<venue>.speed.*` where there are such zones, and `<venue>.filters.yaml`.

    :returns: the files written; none where the venue has no zones.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    infos: dict[str, Any] = {}
    if any(zone.kind == "keep_out" for zone in venue.zones):
        cells = _cells(venue, [(zone.rect, OCCUPIED) for zone in venue.zones if zone.kind == "keep_out"])
        meta = save_map_server(
            OccupancyGrid(cells=cells, resolution_m=venue.resolution_m), folder, f"{venue.id}.keepout"
        )
        written += [meta, meta.with_suffix(".pgm")]
        infos["keepout_costmap_filter_info_server"] = _info(KEEPOUT, "keepout", 1.0)
    slow = [(zone.rect, zone.speed_mps) for zone in venue.zones if zone.speed_mps is not None]
    if slow:
        values = [(rect, max(1, math.floor(speed / MULTIPLIER + 1e-6))) for rect, speed in slow]
        written += _save_raw(venue, _cells(venue, values), folder)
        infos["speed_costmap_filter_info_server"] = _info(SPEED_ABSOLUTE, "speed", MULTIPLIER)
    if infos:
        target = folder / f"{venue.id}.filters.yaml"
        target.write_text(yaml.safe_dump(infos, sort_keys=False), encoding="utf-8")
        written.append(target)
    return written


def _cells(venue: Venue, values: list[tuple[Rect, int]]) -> NDArray[np.int8]:
    """Every cell a zone touches has its value, the least where zones overlap."""
    step = venue.resolution_m
    cells = np.full((math.ceil(venue.height_m / step), math.ceil(venue.width_m / step)), FREE, np.int8)
    for rect, value in values:
        part = cells[
            math.floor(rect.y0 / step + 1e-6) : math.ceil(rect.y1 / step - 1e-6),
            math.floor(rect.x0 / step + 1e-6) : math.ceil(rect.x1 / step - 1e-6),
        ]
        part[:] = np.where(part == FREE, value, np.minimum(part, value))
    return cells


def _save_raw(venue: Venue, cells: NDArray[np.int8], folder: Path) -> list[Path]:
    """A map in mode raw: a pixel is its cell's value."""
    rows, columns = cells.shape
    image, target = folder / f"{venue.id}.speed.pgm", folder / f"{venue.id}.speed.yaml"
    image.write_bytes(b"P5\n%d %d\n255\n" % (columns, rows) + cells[::-1].astype(np.uint8).tobytes())
    meta = {
        "image": image.name,
        "mode": "raw",
        "resolution": venue.resolution_m,
        "origin": [0.0, 0.0, 0.0],
        "negate": 0,
        "occupied_thresh": 1.0,
        "free_thresh": 0.0,
    }
    target.write_text(yaml.safe_dump(meta, sort_keys=False), encoding="utf-8")
    return [target, image]


def _info(kind: int, name: str, multiplier: float) -> dict[str, Any]:
    return {
        "ros__parameters": {
            "type": kind,
            "filter_info_topic": f"{name}_costmap_filter_info",
            "mask_topic": f"{name}_filter_mask",
            "base": 0.0,
            "multiplier": multiplier,
        }
    }
