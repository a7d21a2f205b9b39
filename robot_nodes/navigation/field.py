"""The floor as one robot's nodes share it: grid and clearance, derived once per process."""

from __future__ import annotations

from maps.clearance import ClearanceField, clearance, line_free
from maps.occupancy import OccupancyGrid, occupancy
from maps.venue import Venue

__all__ = ["ClearanceField", "clearance", "floor_of", "line_free"]

_shared: dict[int, tuple[object, OccupancyGrid, ClearanceField]] = {}


def floor_of(venue: Venue) -> tuple[OccupancyGrid, ClearanceField]:
    """A venue's grid and clearance, derived once per process: several nodes of one robot need them."""
    known = _shared.get(id(venue))
    if known is None or known[0] is not venue:
        grid = occupancy(venue)
        known = _shared[id(venue)] = (venue, grid, ClearanceField.of(grid))
    return known[1], known[2]
