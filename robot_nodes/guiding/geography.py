"""What guiding needs of the venue: what is meant, what it is called, where it is, how far it is still."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from maps.lanes import NoRoute
from maps.venue import Place, Station, UnknownPlace, Venue
from robot_nodes.guiding.status import NEAR_BOOTH_M
from robot_nodes.guiding.turns import Way
from robot_nodes.language.names import display_name


class Geography:
    """Destinations of one venue. Positions are metres in `map`."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    @property
    def venue(self) -> Venue:
        """The venue it is of."""
        return self._venue

    def destination(self, target: str, slots: Mapping[str, str], position: tuple[float, float] | None) -> Place | None:
        """The place that answers an intent: its target, else what its slots name; of several, the nearest; None where
        they name none we know."""
        place = self._known(target)
        if place is not None:
            return place
        kind = slots.get("facility", "")
        place = self._known(slots.get("place", ""))
        if place is not None and not kind:
            return place
        exhibitor = self._venue.exhibitors.get(slots.get("exhibitor", ""))
        if exhibitor is not None:
            return self._nearest(exhibitor.booths, position)
        session = self._venue.sessions.get(slots.get("session", ""))
        if session is not None:
            return self._known(session.room)
        facilities = [f for f in self._venue.facilities.values() if f.kind == kind]
        there = [f.id for f in facilities if place is not None and f.hall == place.id]
        return self._known(kind) or self._nearest(there or [f.id for f in facilities], position)

    def name(self, place_id: str, language: str) -> str:
        """What the place is called in `language`, else in English; its id where nobody knows it."""
        place = self._known(place_id)
        if place is None:
            return place_id
        return place.names.get(language) or place.names.get("en") or place_id

    def station(self, place_id: str) -> Station | None:
        """Where the robot stops for the place."""
        place = self._known(place_id)
        return self._venue.stations.get(place.station) if place is not None else None

    def remaining_m(self, position: tuple[float, float], place_id: str) -> float:
        """Metres along the lanes to the place's station; NaN where there is no way."""
        station = self.station(place_id)
        if station is None:
            return math.nan
        straight_m = math.dist(position, (station.x, station.y))
        lanes = self._venue.lanes
        lane_id, _, along_m = lanes.nearest_lane(*position)
        lane = lanes.lanes[lane_id]
        if lane.end == station.node or straight_m < 1.0:
            return straight_m
        try:
            return lane.length_m - along_m + lanes.route(lane.end, station.node).length_m
        except NoRoute:
            return math.nan

    def way(self, position: tuple[float, float], place_id: str) -> Way | None:
        """The lanes from there to the place's station; None where there is no way."""
        station = self.station(place_id)
        if station is None:
            return None
        lanes = self._venue.lanes
        try:
            route = lanes.route(lanes.lanes[lanes.nearest_lane(*position)[0]].end, station.node)
        except NoRoute:
            return None
        nodes = [lanes.nodes[name] for name in route.nodes]
        return Way(np.array([position, *((node.x, node.y) for node in nodes)]))

    def hall(self, point: tuple[float, float], language: str) -> str:
        """The name of the hall a point lies in; empty outside of all."""
        hall = self._venue.hall_at(*point)
        return display_name(hall.names, language, hall.id) if hall else ""

    def booth_at(self, position: tuple[float, float] | None) -> str:
        """Id of the exhibitor's booth nearest to the robot, empty where none is within `NEAR_BOOTH_M`."""
        if position is None:
            return ""
        x, y = position
        near = [
            (math.hypot(max(it.x0 - x, 0.0, x - it.x1), max(it.y0 - y, 0.0, y - it.y1)), it.id)
            for it in self._venue.booths.values()
            if it.exhibitor is not None
        ]
        away_m, booth = min(near, default=(math.inf, ""))
        return booth if away_m <= NEAR_BOOTH_M else ""

    def _known(self, place_id: str) -> Place | None:
        try:
            return self._venue.place(place_id) if place_id else None
        except UnknownPlace:
            return None

    def _nearest(self, ids: Iterable[str], position: tuple[float, float] | None) -> Place | None:
        places = [place for place in map(self._known, ids) if place is not None]
        if position is None or len(places) < 2:
            return places[0] if places else None
        return min(places, key=lambda place: self._distance_key(position, place))

    def _distance_key(self, position: tuple[float, float], place: Place) -> tuple[float, float]:
        along = self.remaining_m(position, place.id)
        return (math.inf if math.isnan(along) else along, math.dist(position, (place.x, place.y)))
