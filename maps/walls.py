"""Walls: around the venue, around halls with gaps for doors, and the streets through the doors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from maps.plan import DoorIn, HallIn, Plan
from maps.streets import Street
from maps.venue import Rect

WALL_M = 0.3
"""Thickness; walls lie inside the rectangle they surround."""


def all_walls(plan: Plan) -> tuple[Rect, ...]:
    """Every wall and pillar of the plan."""
    found = [Rect(*rect) for rect in plan.walls]
    found.extend(_box((0.0, 0.0, *plan.size), ()))
    for hall in plan.halls.values():
        if hall.walls:
            found.extend(_box(hall.rect, hall.doors))
    return tuple(found)


def door_middle(hall: HallIn, door: DoorIn, depth: float = 0.0) -> tuple[float, float]:
    """The middle of a door, or a point `depth` metres into the hall from it."""
    return wall_point(hall, door.side, door.at, depth)


def wall_point(hall: HallIn, side: str, along: float, depth: float) -> tuple[float, float]:
    """A point by a hall's wall: metres along the side from its west or south end, and metres into the hall."""
    x0, y0, x1, y1 = hall.rect
    return {
        "south": (x0 + along, y0 + depth),
        "north": (x0 + along, y1 - depth),
        "west": (x0 + depth, y0 + along),
        "east": (x1 - depth, y0 + along),
    }[side]


def door_street(
    street_id: str, hall: HallIn, door: DoorIn, inner: Sequence[Street], corridors: Sequence[Street], speed: float
) -> Street | None:
    """The street through a door, from the hall's nearest aisle to the nearest corridor it meets; None if none."""
    upright = door.side in ("south", "north")
    outward = -1 if door.side in ("south", "west") else 1
    x, y = door_middle(hall, door)
    along, across = (x, y) if upright else (y, x)
    outside = _first(corridors, upright, along, across, outward)
    inside = _first(inner, upright, along, across, -outward)
    if outside is None or inside is None:
        return None
    return Street(street_id, not upright, along, min(inside, outside), max(inside, outside), speed)


def _first(streets: Iterable[Street], horizontal: bool, along: float, start: float, direction: int) -> float | None:
    """Where a ray from a door first meets a street across it."""
    met = [
        street.c
        for street in streets
        if street.horizontal == horizontal and street.a <= along <= street.b and (street.c - start) * direction > 0
    ]
    return min(met, key=lambda c: abs(c - start)) if met else None


def _box(rect: tuple[float, float, float, float], doors: Sequence[DoorIn]) -> Iterator[Rect]:
    x0, y0, x1, y1 = rect
    for side in ("south", "north", "west", "east"):
        gaps = [(door.at - door.width / 2, door.at + door.width / 2) for door in doors if door.side == side]
        upright = side in ("west", "east")
        for low, high in _pieces(y1 - y0 if upright else x1 - x0, gaps):
            if upright:
                left = x0 if side == "west" else x1 - WALL_M
                yield Rect(left, y0 + low, left + WALL_M, y0 + high)
            else:
                bottom = y0 if side == "south" else y1 - WALL_M
                yield Rect(x0 + low, bottom, x0 + high, bottom + WALL_M)


def _pieces(length: float, gaps: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    at = 0.0
    for low, high in sorted(gaps):
        if low > at:
            yield at, low
        at = max(at, high)
    if at < length:
        yield at, length
