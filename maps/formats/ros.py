"""Venue -> files a ROS 2 robot with Nav2 starts from: map_server's map, the route graph, named poses."""

from __future__ import annotations

from pathlib import Path

import yaml

from maps.formats.filters import save as save_filters
from maps.formats.geojson import save as save_geojson
from maps.occupancy import occupancy, save_map_server
from maps.venue import Venue


def save(venue: Venue, directory: Path | str) -> list[Path]:
    """Write `<venue>.yaml` + `.pgm` (map_server), `<venue>.stations.yaml` (poses), GeoJSON files, and masks of zones.

    :returns: the files written.
    """
    folder = Path(directory)
    meta = save_map_server(occupancy(venue), folder, venue.id)
    stations = {
        station.id: {"frame_id": "map", "x": station.x, "y": station.y, "yaw": station.yaw, "node": station.node}
        for station in venue.stations.values()
    }
    poses = folder / f"{venue.id}.stations.yaml"
    poses.write_text(yaml.safe_dump({"map_id": venue.map_id, "stations": stations}, sort_keys=False), encoding="utf-8")
    return [meta, meta.with_suffix(".pgm"), poses, *save_geojson(venue, folder), *save_filters(venue, folder)]
