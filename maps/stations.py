"""Every place gets its station: where a robot stops for it, on the lane in front of it, in the same hall."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from maps.catalogue import booth_names, dock_names, facility_names, kiosk_names, site_names
from maps.plan import DocksIn, HallIn, Plan, SitesIn, Spot
from maps.plan_file import Key
from maps.streets import Network
from maps.venue import (
    Cell,
    Charger,
    Facility,
    Kiosk,
    Names,
    Place,
    PlaceKind,
    Rect,
    Room,
    Site,
    Station,
)
from maps.walls import wall_point

DOCK_DEPTH_M = 1.1
"""From the wall's outer edge to the middle of a robot on a dock."""
SPOT_DEPTH_M = 0.8
SITE_REACH_M = 60.0
"""Antennas hang from the roof, also over rows of booths: the robot goes to the nearest aisle."""
DOCK_TO_LANE_M = 1.0
"""A robot on its dock stays at least this far from every lane."""
_INWARD = {"south": math.pi / 2, "north": -math.pi / 2, "west": 0.0, "east": math.pi}
Report = Callable[[Key, str], None]


class Stations:
    """Collects places and their stations while the lanes are being laid."""

    def __init__(self, plan: Plan, network: Network, report: Report) -> None:
        self._plan = plan
        self._network = network
        self._report = report
        self._walled = [(name, Rect(*hall.rect)) for name, hall in plan.halls.items() if hall.walls]
        self.stations: dict[str, Station] = {}
        self.places: dict[str, Place] = {}
        self.facilities: dict[str, Facility] = {}
        self.kiosks: dict[str, Kiosk] = {}
        self.chargers: dict[str, Charger] = {}
        self.rooms: dict[str, Room] = {}
        self.sites: dict[str, Site] = {}

    def place_docks(self) -> None:
        """All docks, each on its spur; first, since their nodes cannot move aside."""
        number = 0
        for index, docks in enumerate(self._plan.docks):
            for x, y, yaw in self._dock_poses(docks):
                number += 1
                self._dock(f"dock-{number:02d}", number, ("docks", index), (x, y, yaw))

    def place_booth(
        self,
        booth_id: str,
        key: Key,
        hall: str,
        number: str,
        rect: Rect,
        front: tuple[float, float],
        names: Names | None,
    ) -> None:
        """A booth: its station lies on the lane in front of it, its place in its middle."""
        shown = names or booth_names(number, self._plan.halls[hall].names)
        x, y = rect.centre
        self._add(booth_id, "booth", key, shown, (x, y), hall, near=front)

    def place_halls(self) -> None:
        """Halls: the station is just inside the first door, or where the plan says."""
        for name, hall in self._plan.halls.items():
            x, y = Rect(*hall.rect).centre
            self._add(name, "hall", ("halls", name), dict(hall.names), (x, y), name, near=_hall_spot(hall))

    def place_points(self) -> None:
        """Rooms, kiosks and facilities."""
        plan = self._plan
        for name, room in plan.rooms.items():
            x, y, _ = self._pose(room)
            hall = self._hall(room, x, y)
            if self._add(name, "room", ("rooms", name), dict(room.names), (x, y), hall):
                self.rooms[name] = Room(id=name, names=dict(room.names), x=x, y=y, hall=hall, station=name)
        for number, (name, kiosk) in enumerate(plan.kiosks.items(), 1):
            x, y, yaw = self._pose(kiosk)
            hall = self._hall(kiosk, x, y)
            names = dict(kiosk.names) if kiosk.names else kiosk_names(number, self._hall_names(hall))
            if self._add(name, "kiosk", ("kiosks", name), names, (x, y), hall):
                self.kiosks[name] = Kiosk(id=name, names=names, x=x, y=y, yaw=yaw, hall=hall, station=name)
        for name, facility in plan.facilities.items():
            x, y, _ = self._pose(facility)
            self._facility(
                name, ("facilities", name), facility.kind, facility.names, (x, y), self._hall(facility, x, y)
            )
        for hall_id, hall_in in plan.halls.items():
            self._hall_facilities(hall_id, hall_in)

    def place_sites(self) -> None:
        """5G sites, numbered through the plan."""
        number = 0
        for index, sites in enumerate(self._plan.sites):
            for x, y in self._site_points(sites):
                number += 1
                self._site(number, ("sites", index), sites, x, y)

    def _add(
        self,
        place_id: str,
        kind: PlaceKind,
        key: Key,
        names: Names,
        at: tuple[float, float],
        hall: str | None,
        near: tuple[float, float] | None = None,
        reach: float | None = None,
    ) -> bool:
        if place_id in self.places:
            self._report(key, f"duplicate id {place_id!r}: rename one of the two places")
            return False
        x, y = near or at
        stop = self._network.stop_for(x, y, self._same_side(hall, x, y))
        reach = reach or self._plan.lanes.reach
        if stop is None or stop.distance_m > reach:
            message = f"unreachable station: no lane within {reach:g} m of {place_id} at ({x:.6g}, {y:.6g}): move it"
            self._report(key, message)
            return False
        yaw = math.atan2(at[1] - stop.key[1], at[0] - stop.key[0])
        self._station(place_id, kind, stop.key, yaw)
        self.places[place_id] = Place(
            id=place_id, kind=kind, names=names, x=at[0], y=at[1], hall=hall, station=place_id
        )
        return True

    def _station(self, station_id: str, kind: PlaceKind, key: tuple[float, float], yaw: float) -> None:
        node = self._network.node_id(key)
        self.stations[station_id] = Station(id=station_id, node=node, x=key[0], y=key[1], yaw=yaw, kind=kind)

    def _same_side(self, hall: str | None, x: float, y: float) -> Callable[[float, float], bool]:
        """Points on the same side of every hall's walls as the place."""
        for name, rect in self._walled:
            if name == hall or (hall is None and rect.contains(x, y)):
                return rect.contains
        return lambda px, py: not any(rect.contains(px, py) for _, rect in self._walled)

    def _dock(self, name: str, number: int, key: Key, pose: tuple[float, float, float]) -> None:
        x, y, yaw = pose
        hall = self._hall_at(x, y)
        stop = self._network.stop_for(x, y, self._same_side(hall, x, y), exact=True)
        if stop is None or not DOCK_TO_LANE_M <= stop.distance_m <= 6.0:
            message = (
                f"{name} at ({x:.6g}, {y:.6g}) needs a free stretch of lane {DOCK_TO_LANE_M:g} to 6 m straight before "
                f"it: move the docks along the wall, away from crossings"
            )
            self._report(key, message)
            return
        dock = self._network.spur(stop.key, round(x, 3), round(y, 3), self._plan.lanes.spur_speed, f"block-{name}")
        self._station(name, "charger", dock, yaw)
        self.chargers[name] = Charger(id=name, x=dock[0], y=dock[1], yaw=yaw, hall=hall, station=name)
        names = dock_names(number)
        self.places[name] = Place(id=name, kind="charger", names=names, x=dock[0], y=dock[1], hall=hall, station=name)

    def _dock_poses(self, docks: DocksIn) -> Iterator[tuple[float, float, float]]:
        x, y, yaw = self._pose(docks, DOCK_DEPTH_M)
        step = docks.step
        if step is None:
            upright = docks.at is None and docks.side in ("west", "east")
            step = (0.0, docks.pitch) if upright else (docks.pitch, 0.0)
        for number in range(docks.count):
            yield x + number * step[0], y + number * step[1], yaw

    def _facility(
        self, name: str, key: Key, kind: str, names: Names | None, at: tuple[float, float], hall: str | None
    ) -> None:
        shown = dict(names) if names else facility_names(kind, self._hall_names(hall))  # type: ignore[arg-type]
        if self._add(name, "facility", key, shown, at, hall):
            self.facilities[name] = Facility(
                id=name,
                kind=kind,  # type: ignore[arg-type]
                names=shown,
                x=at[0],
                y=at[1],
                hall=hall,
                station=name,
            )

    def _hall_facilities(self, hall_id: str, hall: HallIn) -> None:
        counts: dict[str, int] = {}
        for side, kinds in hall.facilities.items():
            x0, y0, x1, y1 = hall.rect
            length = x1 - x0 if side in ("south", "north") else y1 - y0
            for index, kind in enumerate(kinds):
                counts[kind] = counts.get(kind, 0) + 1
                ending = "" if counts[kind] == 1 else f"-{counts[kind]}"
                name = f"{hall_id}-{kind.replace('_', '-')}{ending}"
                at = wall_point(hall, side, length * (index + 0.5) / len(kinds), SPOT_DEPTH_M)
                self._facility(name, ("halls", hall_id, "facilities", side), kind, None, at, hall_id)

    def _site_points(self, sites: SitesIn) -> Iterator[tuple[float, float]]:
        yield from sites.at
        for hall_id in sites.halls:
            x0, y0, x1, y1 = self._plan.halls[hall_id].rect
            for index in range(sites.count):
                yield x0 + (x1 - x0) * (index + 0.5) / sites.count, (y0 + y1) / 2

    def _site(self, number: int, key: Key, sites: SitesIn, x: float, y: float) -> None:
        name = f"site-{number:02d}"
        hall = self._hall_at(x, y)
        names = site_names(number, self._hall_names(hall))
        cells = tuple(
            Cell(
                nci=number << 8 | index,
                azimuth_rad=round(index * math.tau / sites.cells - (math.tau if index * 2 > sites.cells else 0), 6),
                beamwidth_rad=math.radians(sites.beamwidth_deg),
                frequency_mhz=sites.frequency_mhz,
                power_dbm=sites.power_dbm,
            )
            for index in range(sites.cells)
        )
        if self._add(name, "site", key, names, (x, y), hall, reach=SITE_REACH_M):
            self.sites[name] = Site(id=name, names=names, x=x, y=y, height_m=sites.height, cells=cells)

    def _pose(self, spot: Spot, depth: float = SPOT_DEPTH_M) -> tuple[float, float, float]:
        if spot.at is not None:
            return (*spot.at, spot.yaw or 0.0)
        if spot.hall is None or spot.along is None:
            raise ValueError("a spot without at has hall and along: the plan's models see to it")
        yaw = _INWARD[spot.side] if spot.yaw is None else spot.yaw
        return (*wall_point(self._plan.halls[spot.hall], spot.side, spot.along, depth), yaw)

    def _hall(self, spot: Spot, x: float, y: float) -> str | None:
        return spot.hall or self._hall_at(x, y)

    def _hall_at(self, x: float, y: float) -> str | None:
        return next((name for name, hall in self._plan.halls.items() if Rect(*hall.rect).contains(x, y)), None)

    def _hall_names(self, hall: str | None) -> Names | None:
        return None if hall is None else self._plan.halls[hall].names


def _hall_spot(hall: HallIn) -> tuple[float, float]:
    """Just inside the first door, three metres aside of its crossing; without doors the middle."""
    if hall.station is not None:
        return hall.station
    if not hall.doors:
        return Rect(*hall.rect).centre
    door = hall.doors[0]
    depth = hall.rows.edge / 2 if hall.rows else 2.0
    return wall_point(hall, door.side, door.at + 3.0, depth)
