"""Venue -> GeoJSON: the lane graph as the Nav2 route server reads it, and the venue's features.

Coordinates are metres in frame `map`, not degrees: what nav2_route's GeoJsonGraphFileLoader expects.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from maps.venue import Venue


def route_graph(venue: Venue) -> dict[str, Any]:
    """The lane graph in the form of nav2_route (Jazzy and later).

    Nodes are Points with `id`, edges MultiLineStrings with `startid`, `endid` and `cost` (seconds); ids are integers,
    unique over nodes and edges. `metadata` keeps our own ids, the speed limit (m/s) and the block.
    """
    number = {name: index for index, name in enumerate(venue.lanes.nodes)}
    features = [
        _feature("Point", [node.x, node.y], {"id": number[node.id], "frame": "map", "metadata": {"name": node.id}})
        for node in venue.lanes.nodes.values()
    ]
    for index, lane in enumerate(venue.lanes.lanes.values(), len(number)):
        start, end = venue.lanes.nodes[lane.start], venue.lanes.nodes[lane.end]
        metadata: dict[str, Any] = {"name": lane.id, "abs_speed_limit": lane.speed_limit_mps}
        if lane.block is not None:
            metadata["block"] = lane.block
        properties = {
            "id": index,
            "startid": number[lane.start],
            "endid": number[lane.end],
            "cost": round(lane.time_s, 3),
            "overridable": True,
            "metadata": metadata,
        }
        features.append(_feature("MultiLineString", [[[start.x, start.y], [end.x, end.y]]], properties))
    return {"type": "FeatureCollection", "name": f"{venue.map_id} lanes", "features": features}


def venue_features(venue: Venue) -> dict[str, Any]:
    """Halls, booths and walls as Polygons, all other places as Points, with names in every language."""
    features = []
    for place in venue.places.values():
        properties = {
            "id": place.id,
            "kind": place.kind,
            "names": dict(place.names),
            "hall": place.hall,
            "station": place.station,
        }
        area = venue.halls.get(place.id) or venue.booths.get(place.id)
        if area is None:
            features.append(_feature("Point", [place.x, place.y], properties))
        else:
            features.append(_feature("Polygon", _ring(area.x0, area.y0, area.x1, area.y1), properties))
    features += [_feature("Polygon", _ring(*wall), {"kind": "wall"}) for wall in venue.walls]
    return {"type": "FeatureCollection", "name": venue.map_id, "features": features}


def save(venue: Venue, directory: Path | str) -> list[Path]:
    """Write `<venue>.route.geojson` and `<venue>.geojson`.

    :returns: the two files.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for suffix, content in (("route.geojson", route_graph(venue)), ("geojson", venue_features(venue))):
        target = folder / f"{venue.id}.{suffix}"
        target.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        written.append(target)
    return written


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def _ring(x0: float, y0: float, x1: float, y1: float) -> list[list[list[float]]]:
    """A rectangle's outline, counter-clockwise and closed (RFC 7946, 3.1.6)."""
    return [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]
