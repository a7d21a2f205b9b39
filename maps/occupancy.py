"""Venue -> occupancy grid, and the grid as ROS map_server files (yaml + pgm) and back.

Cells follow nav_msgs/OccupancyGrid: 0 free, 100 occupied, -1 unknown; row 0 lies at y = origin_y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from maps.errors import MapFileError
from maps.venue import Venue

FREE, OCCUPIED, UNKNOWN = 0, 100, -1
OCCUPIED_THRESHOLD = 0.65
FREE_THRESHOLD = 0.196
"""The classic thresholds of map_server: grey 205, (255 - 205) / 255 = 0.1961, stays unknown."""
_EDGE = 1e-6
"""Metres; a rectangle that ends on a cell's edge must not fill the next cell through rounding."""


@dataclass(frozen=True, kw_only=True)
class OccupancyGrid:
    """What of the floor is free.

    :ivar cells: int8, shape (rows, columns); row 0 at `origin_y`, column 0 at `origin_x`.
    """

    cells: NDArray[np.int8]
    resolution_m: float
    origin_x: float = 0.0
    origin_y: float = 0.0

    @cached_property
    def occupied(self) -> NDArray[np.bool_]:
        """Where something stands, shape (rows, columns)."""
        return np.equal(self.cells, OCCUPIED)

    def world_to_cell(self, x: float, y: float) -> tuple[int, int]:
        """(row, column) of a point; may lie outside the grid."""
        return (
            math.floor((y - self.origin_y) / self.resolution_m),
            math.floor((x - self.origin_x) / self.resolution_m),
        )

    def cell_to_world(self, row: int, column: int) -> tuple[float, float]:
        """(x, y) of a cell's centre, metres."""
        return self.origin_x + (column + 0.5) * self.resolution_m, self.origin_y + (row + 0.5) * self.resolution_m

    def is_free(self, x: float, y: float) -> bool:
        """Whether the cell at a point is known and free; outside the grid nothing is."""
        row, column = self.world_to_cell(x, y)
        rows, columns = self.cells.shape
        return 0 <= row < rows and 0 <= column < columns and int(self.cells[row, column]) == FREE


def occupancy(venue: Venue) -> OccupancyGrid:
    """Rasterise a venue: every cell an obstacle touches is occupied, the outermost ring is a wall."""
    step = venue.resolution_m
    cells = np.zeros((math.ceil(venue.height_m / step), math.ceil(venue.width_m / step)), np.int8)
    for rect in venue.obstacles:
        rows = slice(max(math.floor((rect.y0 + _EDGE) / step), 0), max(math.ceil((rect.y1 - _EDGE) / step), 0))
        columns = slice(max(math.floor((rect.x0 + _EDGE) / step), 0), max(math.ceil((rect.x1 - _EDGE) / step), 0))
        cells[rows, columns] = OCCUPIED
    cells[0, :] = cells[-1, :] = OCCUPIED
    cells[:, 0] = cells[:, -1] = OCCUPIED
    cells.flags.writeable = False
    return OccupancyGrid(cells=cells, resolution_m=step)


def save_map_server(grid: OccupancyGrid, directory: Path | str, name: str) -> Path:
    """Write `name.pgm` and `name.yaml` as nav2_map_server reads them (mode trinary).

    :returns: the yaml file.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    grey = np.full(grid.cells.shape, 205, np.uint8)
    grey[grid.cells == FREE] = 254
    grey[grid.cells == OCCUPIED] = 0
    rows, columns = grid.cells.shape
    # An image's first row is its top: the grid's last.
    (folder / f"{name}.pgm").write_bytes(b"P5\n%d %d\n255\n" % (columns, rows) + grey[::-1].tobytes())
    meta = {
        "image": f"{name}.pgm",
        "mode": "trinary",
        "resolution": grid.resolution_m,
        "origin": [grid.origin_x, grid.origin_y, 0.0],
        "negate": 0,
        "occupied_thresh": OCCUPIED_THRESHOLD,
        "free_thresh": FREE_THRESHOLD,
    }
    target = folder / f"{name}.yaml"
    target.write_text(yaml.safe_dump(meta, sort_keys=False), encoding="utf-8")
    return target


def load_map_server(path: Path | str) -> OccupancyGrid:
    """Read a map_server yaml and its pgm.

    :raises MapFileError: if either cannot be read.
    """
    source = Path(path)
    meta = _read_meta(source)
    try:
        image = source.parent / str(meta["image"])
        resolution = float(meta["resolution"])
        origin_x, origin_y = (float(value) for value in meta["origin"][:2])
        occupied_from = float(meta.get("occupied_thresh", OCCUPIED_THRESHOLD))
        free_to = float(meta.get("free_thresh", FREE_THRESHOLD))
        negate = bool(int(meta.get("negate", 0)))
    except (KeyError, TypeError, ValueError) as error:
        raise MapFileError(f"{source}: {error!r}: needs image, resolution and origin as map_server has them") from None
    if not resolution > 0 or not math.isfinite(resolution):
        raise MapFileError(f"{source}: resolution {resolution}: must be a positive number of metres")
    grey = _read_pgm(image)
    share = (grey if negate else 255 - grey) / 255.0
    cells = np.full(grey.shape, UNKNOWN, np.int8)
    cells[share > occupied_from] = OCCUPIED
    cells[share < free_to] = FREE
    return OccupancyGrid(
        cells=np.ascontiguousarray(cells[::-1]), resolution_m=resolution, origin_x=origin_x, origin_y=origin_y
    )


def _read_meta(source: Path) -> dict[str, Any]:
    try:
        meta = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MapFileError(f"{source}: {' '.join(str(error).split())}: cannot read this map_server yaml") from None
    if not isinstance(meta, dict):
        raise MapFileError(f"{source}: holds no keys: needs image, resolution and origin")
    return meta


def _read_pgm(path: Path) -> NDArray[np.uint8]:
    """A binary PGM (P5, 8 bit), shape (rows, columns), first row on top."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MapFileError(f"{path}: {error.strerror}: put the image beside its yaml") from None
    fields: list[bytes] = []
    at = 0
    while len(fields) < 4:
        end = at
        while end < len(data) and not data[end : end + 1].isspace():
            end += 1
        word = data[at:end]
        if word.startswith(b"#"):
            end = data.find(b"\n", at)
            if end < 0:
                break
        elif word:
            fields.append(word)
        elif end >= len(data):
            break
        at = end + 1
    try:
        magic, columns, rows, peak = fields[0], int(fields[1]), int(fields[2]), int(fields[3])
    except (IndexError, ValueError):
        raise MapFileError(f"{path}: no PGM header: save the map as binary PGM (P5)") from None
    if magic != b"P5" or peak != 255 or rows <= 0 or columns <= 0 or len(data) - at < rows * columns:
        raise MapFileError(f"{path}: not a whole 8 bit binary PGM (P5): save the map again")
    return np.frombuffer(data, np.uint8, rows * columns, at).reshape(rows, columns)
