"""Plan -> Venue: generators run, walls and streets are laid, every place gets its station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from maps.check import check_booths, check_clearance, check_graph, check_halls, check_references
from maps.errors import PlanError
from maps.exhibitors import made_up, named_exhibitors
from maps.lanes import LaneGraph
from maps.plan import HallIn, Plan
from maps.plan_file import Key, PlanData
from maps.programme import sessions
from maps.rows import MAX_BOOTHS, Layout, aisles, layout
from maps.stations import Stations
from maps.streets import Network, Street
from maps.venue import Booth, Exhibitor, Hall, Rect, Sector, Session, Venue
from maps.walls import all_walls, door_street
from maps.zones import check_kept_out, check_zones, open_streets, slowed, zones_of


@dataclass(frozen=True, slots=True)
class Stall:
    """A booth in the making."""

    key: Key
    hall: str
    number: str
    rect: Rect
    front: tuple[float, float]


@dataclass(slots=True)
class Expansion:
    """One plan on its way to a venue, with the problems met so far."""

    plan: Plan
    data: PlanData
    problems: list[PlanError] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)
    stalls: dict[str, Stall] = field(default_factory=dict)
    exhibitors: list[Exhibitor] = field(default_factory=list)
    street_keys: dict[str, Key] = field(default_factory=dict)

    def report(self, key: Key, message: str) -> None:
        """Note a problem at a key of the plan."""
        self.problems.append(self.data.problem(key, message))

    def report_street(self, street: str, message: str) -> None:
        """Note a problem of a street, or of what a keep-out left of it."""
        self.report(self.street_keys.get(street.split(" part ")[0], ("corridors",)), message)


def expand(plan: Plan, data: PlanData) -> tuple[Venue | None, list[PlanError]]:
    """Build the venue of a plan.

    :returns: the venue, or None when a problem keeps it from being built; all problems found.
    """
    work = Expansion(plan, data)
    check_references(plan, work.report)
    check_halls(plan, work.report)
    check_zones(plan, work.report)
    if work.problems:
        return None, work.problems
    _lay_booths(work)
    check_booths(plan, {name: (stall.key, stall.hall, stall.rect) for name, stall in work.stalls.items()}, work.report)
    zones = zones_of(plan)
    streets = list(open_streets(_streets(work), zones, plan.lanes.spacing))
    if not streets:
        work.report(("corridors",), "no streets: give corridors, or halls with rows and doors")
    programme = sessions(plan.programme, work.report) if plan.programme else []
    if work.problems:
        return None, work.problems
    _let_booths(work)
    network = Network(streets, plan.lanes.spacing)
    walls = all_walls(plan)
    _check_streets(work, network, walls)
    stations = Stations(plan, network, work.report)
    stations.place_docks()
    _place(work, stations)
    if work.problems:
        return None, work.problems
    graph = slowed(network.graph(width_m=round(plan.lanes.spacing - 0.2, 3)), zones)
    check_kept_out(graph, zones, work.report)
    check_graph(graph, _streets_of(network), work.report_street)
    return _venue(work, stations, walls, graph, {session.id: session for session in programme}), work.problems


def _lay_booths(work: Expansion) -> None:
    for hall_id, hall in work.plan.halls.items():
        found = layout(hall)
        if found is None:
            work.report(
                ("halls", hall_id, "rows"),
                f"rows do not fit the hall (1 to {MAX_BOOTHS} booths): change size, aisle, edge or cross",
            )
            continue
        work.layouts[hall_id] = found
        part = "rows" if hall.rows is not None else "blocks"
        for stand in found.stands:
            booth_id = f"{hall_id}-{stand.number.lower()}"
            key: Key = ("halls", hall_id, part)
            work.stalls[booth_id] = Stall(key, hall_id, stand.number, stand.rect, stand.front)
    for booth_id, booth in work.plan.booths.items():
        if booth_id in work.stalls:
            work.report(("booths", booth_id), f"duplicate id {booth_id!r}, already made for its hall: rename it")
            continue
        rect = Rect(*booth.rect)
        front = (rect.centre[0], rect.y0)
        work.stalls[booth_id] = Stall(("booths", booth_id), booth.hall, booth_id.upper(), rect, front)


def _streets(work: Expansion) -> Iterator[Street]:
    plan = work.plan
    corridors = [street for name in plan.corridors for street in _corridor(work, name)]
    yield from corridors
    for hall_id, found in work.layouts.items():
        hall = plan.halls[hall_id]
        inner = list(aisles(hall_id, hall, found, plan.lanes.speed))
        for street in inner:
            work.street_keys[street.id] = ("halls", hall_id, "rows")
        yield from inner
        if inner:
            yield from _door_streets(work, hall_id, hall, inner, corridors)


def _door_streets(
    work: Expansion, hall_id: str, hall: HallIn, inner: list[Street], corridors: list[Street]
) -> Iterator[Street]:
    for number, door in enumerate(hall.doors):
        key: Key = ("halls", hall_id, "doors", number)
        name = f"{hall_id} door {number + 1}"
        street = door_street(name, hall, door, inner, corridors, work.plan.lanes.speed)
        if street is None:
            work.report(key, "no corridor crosses the way out of this door: move the door, or add a corridor")
        else:
            work.street_keys[name] = key
            yield street


def _corridor(work: Expansion, name: str) -> Iterator[Street]:
    corridor = work.plan.corridors[name]
    key: Key = ("corridors", name)
    speed = corridor.speed or work.plan.lanes.speed
    for number, ((ax, ay), (bx, by)) in enumerate(pairwise(corridor.along)):
        if (ax == bx) == (ay == by):
            message = f"({ax:g}, {ay:g}) to ({bx:g}, {by:g}): a corridor runs parallel to x or y; put a corner between"
            work.report((*key, "along", number), message)
            continue
        street_id = f"{name} {number + 1}"
        work.street_keys[street_id] = key
        horizontal = ay == by
        start, end = (ax, bx) if horizontal else (ay, by)
        way = (1 if end > start else -1) if corridor.one_way else 0
        yield Street(street_id, horizontal, ay if horizontal else ax, min(start, end), max(start, end), speed, way)


def _let_booths(work: Expansion) -> None:
    plan = work.plan
    free: dict[str, list[str]] = {hall_id: [] for hall_id in plan.halls}
    for booth_id, stall in work.stalls.items():
        if booth_id not in plan.booths:
            free[stall.hall].append(booth_id)
    named, homeless = named_exhibitors(plan, free)
    for exhibitor_id in homeless:
        work.report(("exhibitors", exhibitor_id), "has no booth: name its hall, or give it one under booths")
    work.exhibitors = named
    if plan.generated is not None and plan.sectors:
        taken = {name for exhibitor in named for name in exhibitor.names.values()}
        work.exhibitors = named + list(made_up(plan, plan.generated, free, taken))


def _check_streets(work: Expansion, network: Network, walls: tuple[Rect, ...]) -> None:
    obstacles = (*walls, *(stall.rect for stall in work.stalls.values()))
    segments = []
    for line in network.lines:
        (ax, ay), (bx, by) = line.point(line.a), line.point(line.b)
        segments.append((line.street.id, Rect(ax, ay, bx, by)))
    check_clearance(segments, obstacles, work.plan.lanes.clearance, work.report_street)


def _place(work: Expansion, stations: Stations) -> None:
    owner = {booth: exhibitor for exhibitor in work.exhibitors for booth in exhibitor.booths}
    for booth_id, stall in work.stalls.items():
        exhibitor = owner.get(booth_id)
        names = exhibitor.names if exhibitor else None
        stations.place_booth(booth_id, stall.key, stall.hall, stall.number, stall.rect, stall.front, names)
    stations.place_halls()
    stations.place_points()
    stations.place_sites()


def _streets_of(network: Network) -> dict[str, str]:
    return {network.node_id(key): line.street.id for line in network.lines for _, key in line.stops}


def _venue(
    work: Expansion, stations: Stations, walls: tuple[Rect, ...], graph: LaneGraph, programme: dict[str, Session]
) -> Venue:
    plan = work.plan
    owner = {booth: exhibitor.id for exhibitor in work.exhibitors for booth in exhibitor.booths}
    return Venue(
        id=plan.id,
        map_id=plan.map_id,
        version=plan.version,
        names=dict(plan.names),
        width_m=plan.size[0],
        height_m=plan.size[1],
        resolution_m=plan.resolution,
        halls={name: _hall(name, hall) for name, hall in plan.halls.items()},
        booths={
            name: Booth(
                id=name,
                hall=stall.hall,
                x0=stall.rect.x0,
                y0=stall.rect.y0,
                x1=stall.rect.x1,
                y1=stall.rect.y1,
                exhibitor=owner.get(name),
                station=name,
            )
            for name, stall in work.stalls.items()
        },
        exhibitors={exhibitor.id: exhibitor for exhibitor in work.exhibitors},
        sectors={name: Sector(id=name, names=dict(sector.names)) for name, sector in plan.sectors.items()},
        facilities=stations.facilities,
        kiosks=stations.kiosks,
        chargers=stations.chargers,
        rooms=stations.rooms,
        sessions=programme,
        sites=stations.sites,
        stations=stations.stations,
        places=stations.places,
        walls=walls,
        lanes=graph,
        zones=zones_of(plan),
        facts=plan.facts,
    )


def _hall(name: str, hall: HallIn) -> Hall:
    x0, y0, x1, y1 = hall.rect
    return Hall(
        id=name, names=dict(hall.names), x0=x0, y0=y0, x1=x1, y1=y1, theme=hall.theme, area=hall.area, station=name
    )
