"""What can be wrong with a plan whose shape is right.

Each check reports to a callback: the key (or street) at fault, and what is wrong and what to do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from rapidfuzz import process

from maps.lanes import LaneGraph, LaneNode
from maps.plan import Plan
from maps.plan_file import Key
from maps.venue import Rect

LEAST_NODE_GAP_M = 0.8
"""Robots (radius 0.3 m) standing on two nodes nearer than this would all but touch."""
_EPS = 1e-6
Report = Callable[[Key, str], None]


def check_references(plan: Plan, report: Report) -> None:
    """Every hall, sector, room and exhibitor that is named must exist; ids of places must be unique."""
    for key, name in _hall_references(plan):
        if name not in plan.halls:
            report(key, f"unknown hall {name!r}: {_hint(name, plan.halls)}")
    for key, name in _sector_references(plan):
        if name not in plan.sectors:
            report(key, f"unknown sector {name!r}: {_hint(name, plan.sectors)}")
    for booth_id, booth in plan.booths.items():
        if booth.exhibitor is not None and booth.exhibitor not in plan.exhibitors:
            message = f"unknown exhibitor {booth.exhibitor!r}: {_hint(booth.exhibitor, plan.exhibitors)}"
            report(("booths", booth_id, "exhibitor"), message)
    if plan.programme is not None:
        for key, name in _room_references(plan):
            if name not in plan.rooms:
                report(key, f"unknown room {name!r}: {_hint(name, plan.rooms)}")
    if plan.generated is not None:
        for sector in plan.sectors:
            if not plan.generated.business.get(sector):
                report(("generated", "business", sector), "missing: say what companies of this sector do")
    _check_ids(plan, report)


def check_halls(plan: Plan, report: Report) -> None:
    """Halls lie inside the venue and apart; doors lie inside their walls; points lie inside the venue."""
    width, height = plan.size
    items = list(plan.halls.items())
    for index, (hall_id, hall) in enumerate(items):
        x0, y0, x1, y1 = hall.rect
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            report(("halls", hall_id, "rect"), f"hall lies outside the venue (0, 0, {width:g}, {height:g}): move it")
        for other_id, other in items[index + 1 :]:
            if _overlap(Rect(*hall.rect), Rect(*other.rect)):
                report(("halls", other_id, "rect"), f"hall overlaps hall {hall_id}: move one of them")
        for number, door in enumerate(hall.doors):
            length = x1 - x0 if door.side in ("south", "north") else y1 - y0
            if door.at - door.width / 2 < 0 or door.at + door.width / 2 > length:
                message = f"door does not fit its wall of {length:g} m: change at or width"
                report(("halls", hall_id, "doors", number), message)
    for key, (x, y) in _points(plan):
        if not (0 <= x <= width and 0 <= y <= height):
            report(key, f"({x:g}, {y:g}) lies outside the venue (0, 0, {width:g}, {height:g}): move it")


def check_booths(plan: Plan, booths: Mapping[str, tuple[Key, str, Rect]], report: Report) -> None:
    """Booths lie inside their hall and do not overlap.

    :param booths: booth id -> (key in the plan, hall id, rectangle).
    """
    by_hall: dict[str, list[str]] = {}
    for booth_id, (key, hall_id, rect) in booths.items():
        x0, y0, x1, y1 = plan.halls[hall_id].rect
        if rect.x0 < x0 - _EPS or rect.y0 < y0 - _EPS or rect.x1 > x1 + _EPS or rect.y1 > y1 + _EPS:
            report(key, f"booth {booth_id} {_shown(rect)} lies outside hall {hall_id}: move it or make it smaller")
        by_hall.setdefault(hall_id, []).append(booth_id)
    for ids in by_hall.values():
        corners = np.array([tuple(booths[booth_id][2]) for booth_id in ids])
        low, high = corners[:, :2], corners[:, 2:] - _EPS
        hit = np.all((low[:, None] < high[None]) & (low[None] < high[:, None]), axis=2)
        for first, second in np.argwhere(np.triu(hit, 1)):
            report(booths[ids[second]][0], f"booth {ids[second]} overlaps booth {ids[first]}: move one of them")


def check_clearance(
    segments: Iterable[tuple[str, Rect]],
    obstacles: Iterable[Rect],
    clearance_m: float,
    report: Callable[[str, str], None],
) -> None:
    """Axis-parallel stretches keep their distance to every obstacle.

    :param segments: name of a stretch and its two ends as a (flat) rectangle.
    :param report: gets the stretch's name and the problem.
    """
    boxes = np.array([tuple(rect) for rect in obstacles], float).reshape(-1, 4)
    for name, line in segments:
        dx = np.maximum(np.maximum(boxes[:, 0] - line.x1, line.x0 - boxes[:, 2]), 0.0)
        dy = np.maximum(np.maximum(boxes[:, 1] - line.y1, line.y0 - boxes[:, 3]), 0.0)
        away = np.hypot(dx, dy)
        if not len(away):
            return
        worst = int(np.argmin(away))
        if away[worst] < clearance_m - _EPS:
            at = _shown(Rect(*boxes[worst]))
            what = "crosses" if away[worst] == 0 else f"passes {away[worst]:.2f} m from"
            report(
                name, f"lane {_shown(line)} {what} the obstacle {at}, {clearance_m:g} m are needed: move one of them"
            )


def check_graph(graph: LaneGraph, streets_of: Mapping[str, str], report: Callable[[str, str], None]) -> None:
    """No dead ends, everything reachable from everywhere, no two nodes where robots would touch.

    :param streets_of: node id -> name of a street it lies on.
    """
    dead = set()
    for node in graph.nodes.values():
        into, out = len(graph.in_lanes(node.id)), len(graph.out_lanes(node.id))
        if not (into and out):
            dead.add(node.id)
            way = "in but not out" if into else "out but not in" if out else "neither in nor out"
            message = f"one-way dead end at ({node.x:g}, {node.y:g}): lanes lead {way}; join it to another street"
            report(streets_of.get(node.id, ""), message)
    parts = graph.components()
    for part in parts[1:]:
        if part <= dead:
            continue
        node = graph.nodes[min(part)]
        message = f"{len(part)} nodes about ({node.x:g}, {node.y:g}) cannot be reached and left again: link the streets"
        report(streets_of.get(node.id, ""), message)
    _check_gaps(graph, streets_of, report)


def _check_gaps(graph: LaneGraph, streets_of: Mapping[str, str], report: Callable[[str, str], None]) -> None:
    for a, b in _near_pairs(graph):
        message = (
            f"two nodes {math.hypot(a.x - b.x, a.y - b.y):.2f} m apart at ({a.x:g}, {a.y:g}): "
            f"streets, doors or docks are too near each other, move one by {LEAST_NODE_GAP_M} m"
        )
        report(streets_of.get(b.id, streets_of.get(a.id, "")), message)


def _near_pairs(graph: LaneGraph) -> Iterator[tuple[LaneNode, LaneNode]]:
    """Pairs of nodes nearer than LEAST_NODE_GAP_M, found through cells of that size."""
    cells: dict[tuple[int, int], list[LaneNode]] = {}
    for node in graph.nodes.values():
        column, row = int(node.x // LEAST_NODE_GAP_M), int(node.y // LEAST_NODE_GAP_M)
        for other in (o for c in (-1, 0, 1) for r in (-1, 0, 1) for o in cells.get((column + c, row + r), ())):
            if math.hypot(node.x - other.x, node.y - other.y) < LEAST_NODE_GAP_M:
                yield other, node
        cells.setdefault((column, row), []).append(node)


def _check_ids(plan: Plan, report: Report) -> None:
    owners: dict[str, str] = {}
    for kind in ("halls", "booths", "exhibitors", "facilities", "kiosks", "rooms"):
        for name in getattr(plan, kind):
            if name in owners:
                report((kind, name), f"duplicate id {name!r}, already one of the {owners[name]}: rename one")
            owners[name] = kind


def _hall_references(plan: Plan) -> Iterable[tuple[Key, str]]:
    for booth_id, booth in plan.booths.items():
        yield ("booths", booth_id, "hall"), booth.hall
    for kind in ("exhibitors", "facilities", "kiosks", "rooms"):
        for name, entry in getattr(plan, kind).items():
            if entry.hall is not None:
                yield (kind, name, "hall"), entry.hall
    for index, docks in enumerate(plan.docks):
        if docks.hall is not None:
            yield ("docks", index, "hall"), docks.hall
    for index, sites in enumerate(plan.sites):
        for number, hall in enumerate(sites.halls):
            yield ("sites", index, "halls", number), hall


def _sector_references(plan: Plan) -> Iterable[tuple[Key, str]]:
    for name, exhibitor in plan.exhibitors.items():
        yield ("exhibitors", name, "sector"), exhibitor.sector
    for name, hall in plan.halls.items():
        for number, sector in enumerate(hall.sectors):
            yield ("halls", name, "sectors", number), sector
    if plan.generated is not None:
        for sector in plan.generated.business:
            yield ("generated", "business", sector), sector


def _room_references(plan: Plan) -> Iterable[tuple[Key, str]]:
    if plan.programme is None:
        return
    for name, session in plan.programme.sessions.items():
        yield ("programme", "sessions", name, "room"), session.room
    for index, track in enumerate(plan.programme.tracks):
        for number, room in enumerate(track.rooms):
            yield ("programme", "tracks", index, "rooms", number), room


def _points(plan: Plan) -> Iterable[tuple[Key, tuple[float, float]]]:
    for kind in ("facilities", "kiosks", "rooms"):
        for name, entry in getattr(plan, kind).items():
            if entry.at is not None:
                yield (kind, name, "at"), entry.at
    for index, docks in enumerate(plan.docks):
        if docks.at is not None:
            yield ("docks", index, "at"), docks.at
    for index, sites in enumerate(plan.sites):
        for number, point in enumerate(sites.at):
            yield ("sites", index, "at", number), point
    for name, corridor in plan.corridors.items():
        for number, point in enumerate(corridor.along):
            yield ("corridors", name, "along", number), point


def _overlap(a: Rect, b: Rect) -> bool:
    return a.x0 < b.x1 - _EPS and b.x0 < a.x1 - _EPS and a.y0 < b.y1 - _EPS and b.y0 < a.y1 - _EPS


def _shown(rect: Rect) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in rect) + "]"


def _hint(name: str, known: Iterable[str]) -> str:
    best = process.extractOne(name, list(known), score_cutoff=60)
    return f"did you mean {best[0]!r}?" if best else "add it, or correct the name"
