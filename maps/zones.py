"""Zones of the plan: streets end before a keep-out, and lanes through a speed zone are no faster than it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from maps.lanes import LaneGraph, LaneNode
from maps.plan import Plan
from maps.plan_file import Key
from maps.streets import Street
from maps.venue import Rect, Zone

KEPT_M = 0.45
"""From a lane to a keep-out: a robot (radius 0.3 m) and what it may drift aside."""
LEAST_STREET_M = 3.0
"""A piece of street shorter than this is not worth a U-turn."""
_TOUCH_M = 0.05
Report = Callable[[Key, str], None]


def zones_of(plan: Plan) -> tuple[Zone, ...]:
    """The plan's zones, named zone-01, zone-02, ... in its order."""
    return tuple(
        Zone(id=f"zone-{number:02d}", kind=zone.kind, rect=Rect(*zone.rect), speed_mps=zone.speed)
        for number, zone in enumerate(plan.zones, 1)
    )


def check_zones(plan: Plan, report: Report) -> None:
    """Zones lie inside the venue."""
    width, height = plan.size
    for number, zone in enumerate(plan.zones):
        x0, y0, x1, y1 = zone.rect
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            report(("zones", number, "rect"), f"zone lies outside the venue (0, 0, {width:g}, {height:g}): move it")


def open_streets(streets: Iterable[Street], zones: Sequence[Zone], spacing: float) -> Iterator[Street]:
    """The streets without what a keep-out takes; a street it cuts ends before it, and begins again behind it.

    :param spacing: between the two lanes of a street, metres.
    """
    kept_out = [zone.rect for zone in zones if zone.kind == "keep_out"]
    for street in streets:
        pieces = [(street.a, street.b)]
        beside = KEPT_M + (0.0 if street.one_way else spacing / 2)
        for rect in kept_out:
            low, high = (rect.x0, rect.x1) if street.horizontal else (rect.y0, rect.y1)
            left, right = (rect.y0, rect.y1) if street.horizontal else (rect.x0, rect.x1)
            if left - beside < street.c < right + beside:
                pieces = [part for piece in pieces for part in _cut(*piece, low - KEPT_M, high + KEPT_M)]
        whole = pieces == [(street.a, street.b)]
        for number, (a, b) in enumerate(pieces, 1):
            yield street if whole else replace(street, id=f"{street.id} part {number}", a=a, b=b)


def slowed(graph: LaneGraph, zones: Sequence[Zone]) -> LaneGraph:
    """The lanes with the limits of the speed zones they run through: the fleet tells them to robots of any make."""
    slow = [(zone.rect, zone.speed_mps) for zone in zones if zone.speed_mps is not None]
    if not slow:
        return graph
    lanes = []
    for lane in graph.lanes.values():
        start, end = graph.nodes[lane.start], graph.nodes[lane.end]
        limit = min([lane.speed_limit_mps, *(speed for rect, speed in slow if _runs_through(start, end, rect))])
        lanes.append(replace(lane, speed_limit_mps=limit))
    return LaneGraph(graph.nodes.values(), lanes)


def check_kept_out(graph: LaneGraph, zones: Sequence[Zone], report: Report) -> None:
    """What still leads into a keep-out is the spur of a dock."""
    for number, zone in enumerate(zones):
        if zone.kind != "keep_out":
            continue
        for lane in graph.lanes.values():
            start, end = graph.nodes[lane.start], graph.nodes[lane.end]
            if _runs_through(start, end, zone.rect):
                message = f"the lane ({start.x:g}, {start.y:g}) to ({end.x:g}, {end.y:g}) of a dock leads through it: "
                report(("zones", number, "rect"), message + "move the dock or the zone")
                break


def _cut(a: float, b: float, low: float, high: float) -> Iterator[tuple[float, float]]:
    if high <= a or low >= b:
        yield a, b
        return
    yield from (piece for piece in ((a, low), (high, b)) if piece[1] - piece[0] >= LEAST_STREET_M)


def _runs_through(start: LaneNode, end: LaneNode, rect: Rect) -> bool:
    """Whether an axis-parallel stretch runs through a rectangle, not only along its edge."""
    low_x, high_x = sorted((start.x, end.x))
    low_y, high_y = sorted((start.y, end.y))
    return (
        low_x < rect.x1 - _TOUCH_M
        and high_x > rect.x0 + _TOUCH_M
        and low_y < rect.y1 - _TOUCH_M
        and high_y > rect.y0 + _TOUCH_M
    )
