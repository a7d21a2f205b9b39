"""GeoJSON as nav2_route reads it, and features that close their rings."""

from __future__ import annotations

import json
from pathlib import Path

from maps.formats.geojson import route_graph, save, venue_features
from maps.venue import Venue


def test_route_graph_has_the_shape_nav2_reads(venue: Venue) -> None:
    features = route_graph(venue)["features"]
    ids = [feature["properties"]["id"] for feature in features]
    assert len(set(ids)) == len(ids) == len(venue.lanes.nodes) + len(venue.lanes.lanes)
    nodes = {f["properties"]["id"]: f["geometry"] for f in features if f["geometry"]["type"] == "Point"}
    edges = [f for f in features if f["geometry"]["type"] == "MultiLineString"]
    assert len(edges) == len(venue.lanes.lanes)
    for edge in edges:
        ((start, end),) = edge["geometry"]["coordinates"]
        assert start == nodes[edge["properties"]["startid"]]["coordinates"]
        assert end == nodes[edge["properties"]["endid"]]["coordinates"]
        assert edge["properties"]["cost"] > 0


def test_features_cover_every_place_and_close_their_rings(hall: Venue) -> None:
    features = venue_features(hall)["features"]
    assert {f["properties"]["id"] for f in features if "id" in f["properties"]} == set(hall.places)
    for feature in features:
        if feature["geometry"]["type"] == "Polygon":
            (ring,) = feature["geometry"]["coordinates"]
            assert ring[0] == ring[-1]
            assert len(ring) == 5


def test_files_are_json(hall: Venue, tmp_path: Path) -> None:
    written = save(hall, tmp_path / "new")
    assert [json.loads(path.read_text(encoding="utf-8"))["type"] for path in written] == ["FeatureCollection"] * 2
