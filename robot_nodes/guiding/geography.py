"""What guiding needs of the venue: what is meant, what it is called, where it is, how far it is still."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from maps.lanes import NoRoute
from maps.venue import Place, Station, UnknownPlace, Venue


class Geography:
    """Destinations of one venue. Positions are metres in `map`."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

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
