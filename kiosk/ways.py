"""From a kiosk to a place: the route on the lanes, and how to say it to somebody on foot. Pure."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from maps.errors import NoRoute
from maps.lanes import LaneGraph
from maps.venue import Venue

WALKING_MPS = 1.0
"""A visitor who looks around; free walking is 1.3 m/s (Weidmann 1993), halls are crowded."""
SWERVE_M = 1.8
"""Sidesteps narrower than this (the lanes of a pair are 1.5 m apart) are nothing to tell a walker."""
STRAIGHT_RAD = math.radians(35)
BACK_RAD = math.radians(150)

Point = tuple[float, float]


class Turn(StrEnum):
    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Turn, then walk straight."""

    turn: Turn
    distance_m: float
    hall: str | None = None
    """Hall entered on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way from a kiosk to `place`, metres in frame `map`."""

    place: str
    points: tuple[Point, ...]
    length_m: float
    steps: tuple[Step, ...]
    side: Turn
    """Where the place itself lies when the last step is done."""

    @property
    def time_s(self) -> float:
        return self.length_m / WALKING_MPS


def way(venue: Venue, kiosk_id: str, place_id: str) -> Way:
    """The shortest walk along the lanes; people may walk against a robot lane's direction.

    :raises UnknownPlace: if kiosk or place is not there.
    :raises NoRoute: if no lane leads there.
    """
    origin, place = venue.place(kiosk_id), venue.place(place_id)
    if origin.id == place.id:
        return Way(place=place.id, points=((origin.x, origin.y),), length_m=0.0, steps=(), side=Turn.STRAIGHT)
    nodes = _nodes(venue, venue.stations[origin.station].node, venue.stations[place.station].node)
    lane_points = [(venue.lanes.nodes[node].x, venue.lanes.nodes[node].y) for node in nodes]
    walk = simplified([(origin.x, origin.y), *lane_points], SWERVE_M)
    facing = venue.kiosks[kiosk_id].yaw + math.pi if kiosk_id in venue.kiosks else _bearing(walk[0], walk[-1])
    steps, heading = _steps(venue, walk, facing)
    points = ((origin.x, origin.y), *lane_points)
    return Way(
        place=place.id,
        points=tuple(points),
        length_m=sum(math.dist(a, b) for a, b in pairwise(walk)),
        steps=steps,
        side=_turn(heading, _bearing(walk[-1], (place.x, place.y))),
    )


def _nodes(venue: Venue, start: str, goal: str) -> list[str]:
    """Nodes of the shortest walk: Dijkstra over the lanes, each walked in both directions.

    :raises NoRoute: if there is none.
    """
    around = _neighbours(venue.lanes)
    done: dict[str, str] = {}
    queue = [(0.0, start, start)]
    while queue:
        length, node, before = heapq.heappop(queue)
        if node in done:
            continue
        done[node] = before
        if node == goal:
            return _traced(done, start, goal)
        for other, metres in around[node]:
            if other not in done:
                heapq.heappush(queue, (length + metres, other, node))
    raise NoRoute(start, goal)


def _traced(before: Mapping[str, str], start: str, goal: str) -> list[str]:
    nodes = [goal]
    while nodes[-1] != start:
        nodes.append(before[nodes[-1]])
    return nodes[::-1]


@lru_cache(maxsize=4)
def _neighbours(lanes: LaneGraph) -> dict[str, list[tuple[str, float]]]:
    """Node -> nodes one lane away, whichever way robots drive it, with metres."""
    around: dict[str, list[tuple[str, float]]] = {node: [] for node in lanes.nodes}
    for lane in lanes.lanes.values():
        around[lane.start].append((lane.end, lane.length_m))
        around[lane.end].append((lane.start, lane.length_m))
    return around


def simplified(points: list[Point], tolerance_m: float) -> list[Point]:
    """`points` without those a straight line misses by less than `tolerance_m` (Douglas and Peucker 1973)."""
    if len(points) < 3:
        return list(points)
    offsets = [_offset(point, points[0], points[-1]) for point in points[1:-1]]
    worst = max(range(len(offsets)), key=offsets.__getitem__)
    if offsets[worst] <= tolerance_m:
        return [points[0], points[-1]]
    before = simplified(points[: worst + 2], tolerance_m)
    return before[:-1] + simplified(points[worst + 1 :], tolerance_m)


def _offset(point: Point, start: Point, end: Point) -> float:
    length = math.dist(start, end)
    if length < 1e-6:
        return math.dist(point, start)
    along = ((point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])) / length**2
    foot = min(1.0, max(0.0, along))
    return math.dist(point, (start[0] + foot * (end[0] - start[0]), start[1] + foot * (end[1] - start[1])))


def _steps(venue: Venue, walk: list[Point], facing: float) -> tuple[tuple[Step, ...], float]:
    steps: list[Step] = []
    heading = facing
    hall = venue.hall_at(*walk[0])
    for start, end in pairwise(walk):
        bearing = _bearing(start, end)
        turn = _turn(heading, bearing)
        reached = venue.hall_at(*end)
        entered = reached.id if reached is not None and reached != hall else None
        hall = reached or hall
        distance = math.dist(start, end)
        if steps and turn is Turn.STRAIGHT:
            last = steps[-1]
            steps[-1] = Step(turn=last.turn, distance_m=last.distance_m + distance, hall=entered or last.hall)
        else:
            steps.append(Step(turn=turn, distance_m=distance, hall=entered))
        heading = bearing
    return tuple(steps), heading


def _bearing(start: Point, end: Point) -> float:
    return math.atan2(end[1] - start[1], end[0] - start[0])


def _turn(heading: float, bearing: float) -> Turn:
    angle = math.remainder(bearing - heading, math.tau)
    if abs(angle) < STRAIGHT_RAD:
        return Turn.STRAIGHT
    if abs(angle) > BACK_RAD:
        return Turn.BACK
    return Turn.LEFT if angle > 0 else Turn.RIGHT


def words(way_: Way, venue: Venue, language: str, texts: Mapping[str, str]) -> list[str]:
    """The way as sentences, one a step and one for the arrival.

    :param texts: the catalogue: `step_straight`, `step_left`, ..., `step_into`, `step_arrive_left`, ...
    """
    lines = []
    for number, step in enumerate(way_.steps):
        key = "start" if number == 0 else "step"
        line = texts[f"{key}_{step.turn}"].format(m=rounded(step.distance_m))
        if step.hall is not None:
            line += texts["step_into"].format(hall=_name(venue.halls[step.hall].names, language))
        lines.append(line + texts["stop"])
    lines.append(texts[f"arrive_{way_.side}"].format(place=_name(venue.place(way_.place).names, language)))
    return lines


def rounded(metres: float) -> int:
    """Metres as one says them: to 1 below 10, to 5 beyond."""
    return max(1, round(metres)) if metres < 10 else 5 * round(metres / 5)


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
