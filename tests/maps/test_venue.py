"""Both venues keep what the rest of the project counts on."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from maps.errors import UnknownPlace
from maps.loading import checked_venue
from maps.occupancy import occupancy
from maps.plan_file import count_values, find_plan, read_files
from maps.venue import FacilityKind, Venue

HALLS = {
    "prologue",
    "health",
    "regions",
    "enterprises",
    "culture",
    "finance",
    "winter",
    "tourism",
    "robots",
    "education",
    "sports",
    "5g",
    "negotiation",
    "experience",
    "catering",
}


def test_ciftis_has_the_size_of_the_fair(ciftis: Venue) -> None:
    assert ciftis.width_m * ciftis.height_m == 165_000
    assert set(ciftis.halls) == HALLS
    assert len(ciftis.booths) > 2_000
    assert len(ciftis.exhibitors) > 2_000
    assert len(ciftis.sectors) == 12
    assert {exhibitor.sector for exhibitor in ciftis.exhibitors.values()} == set(ciftis.sectors)
    assert len(ciftis.sites) >= 30
    assert len(ciftis.kiosks) >= 8
    assert len(ciftis.chargers) >= 30
    assert len({charger.hall for charger in ciftis.chargers.values()}) >= 10
    assert len(ciftis.sessions) > 100
    assert {facility.kind for facility in ciftis.facilities.values()} == set(FacilityKind.__args__)  # type: ignore[attr-defined]


def test_ciftis_plan_is_compact() -> None:
    assert count_values(read_files(find_plan("ciftis2020")).values) < 2_500


def test_real_names_stand_in_the_robots_hall(ciftis: Venue) -> None:
    for exhibitor_id, zh in (("megvii", "旷视科技"), ("orionstar", "猎户星空")):
        exhibitor = ciftis.exhibitors[exhibitor_id]
        assert exhibitor.names["zh"] == zh
        assert ciftis.booths[exhibitor.booths[0]].hall == "robots"
    assert ciftis.places["culture"].names["ko"] == "문화 서비스 전시관"
    assert ciftis.places["finance"].names["ko"] == "금융 서비스 전시관"


def test_sessions_fill_early_september_without_double_booking(ciftis: Venue) -> None:
    by_room: dict[str, list[tuple[str, str]]] = {}
    for session in ciftis.sessions.values():
        assert "2020-09-04" <= session.start[:10] <= "2020-09-09"
        by_room.setdefault(session.room, []).append((session.start, session.end))
    for times in by_room.values():
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(times)))


def test_facts_mark_defaults(ciftis: Venue) -> None:
    assert ciftis.facts["epidemic_rules"]["default"] is True
    assert ciftis.facts["theme_lines"][0]["zh"] == "全球服务、互惠共享"


def test_hall_has_what_the_demo_uses(hall: Venue) -> None:
    assert {f"dock-0{number}" for number in range(1, 7)} <= set(hall.chargers)
    assert (len(hall.kiosks), len(hall.sites), len(hall.rooms), len(hall.booths)) == (2, 4, 2, 24)
    assert {"culture", "finance"} <= set(hall.places)
    assert {"toilet", "exit", "entrance", "information_desk", "food"} <= {f.kind for f in hall.facilities.values()}


def test_the_same_plan_gives_the_same_venue(venue: Venue) -> None:
    again = checked_venue(find_plan(venue.id))
    assert again is not venue
    assert again.exhibitors == venue.exhibitors
    assert again.stations == venue.stations
    assert dict(again.lanes.lanes) == dict(venue.lanes.lanes)


def test_every_name_is_chinese_and_english_and_exhibitors_are_unique(venue: Venue) -> None:
    named = [place.names for place in venue.places.values()]
    named += [exhibitor.names for exhibitor in venue.exhibitors.values()]
    named += [session.names for session in venue.sessions.values()]
    named += [sector.names for sector in venue.sectors.values()]
    assert all(names["zh"] and names["en"] for names in named)
    for language in ("zh", "en"):
        names = [exhibitor.names[language] for exhibitor in venue.exhibitors.values()]
        assert len(set(names)) == len(names)


def test_lanes_are_strongly_connected_without_blocks(venue: Venue) -> None:
    assert len(venue.lanes.components()) == 1
    blocks = [lane.block for lane in venue.lanes.lanes.values() if lane.block]
    assert len(blocks) == 2 * len(venue.chargers)
    docks = {venue.stations[dock].node for dock in venue.chargers}
    main = set(venue.lanes.nodes) - docks
    start = min(main)
    assert main <= set(venue.lanes.distances_from(start))


def test_every_place_has_a_station_on_a_free_node_near_it(venue: Venue) -> None:
    grid = occupancy(venue)
    assert set(venue.stations) == set(venue.places)
    for place in venue.places.values():
        station = venue.stations[place.station]
        node = venue.lanes.nodes[station.node]
        assert (station.x, station.y) == (node.x, node.y)
        assert grid.is_free(station.x, station.y)
        assert -math.pi <= station.yaw <= math.pi


def test_booth_stations_lie_in_front_of_the_booth(venue: Venue) -> None:
    for booth in venue.booths.values():
        station = venue.stations[booth.station]
        dx = max(booth.x0 - station.x, station.x - booth.x1, 0)
        dy = max(booth.y0 - station.y, station.y - booth.y1, 0)
        assert math.hypot(dx, dy) < 8
        assert venue.hall_at(station.x, station.y) is not None


def test_lanes_keep_clear_of_obstacles_on_the_grid(venue: Venue) -> None:
    grid = occupancy(venue)
    step = grid.resolution_m
    clear = distance_transform_edt(~grid.occupied).astype(np.float32) * step
    points = []
    for lane in venue.lanes.lanes.values():
        start, end = venue.lanes.nodes[lane.start], venue.lanes.nodes[lane.end]
        for share in np.linspace(0, 1, max(2, math.ceil(lane.length_m / 0.25))):
            points.append((start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share))
    cells = np.floor(np.array(points) / step).astype(int)
    # A cell's centre may be up to a cell's diagonal off the lane and off the obstacle's edge.
    assert clear[cells[:, 1], cells[:, 0]].min() >= 0.75 - 1.5 * step


def test_robots_on_different_nodes_do_not_touch(venue: Venue) -> None:
    xy = np.array([(node.x, node.y) for node in venue.lanes.nodes.values()])
    assert not cKDTree(xy).query_pairs(0.8)


def test_docks_keep_off_the_lanes(venue: Venue) -> None:
    lanes = [lane for lane in venue.lanes.lanes.values() if lane.block is None]
    starts = np.array([(venue.lanes.nodes[lane.start].x, venue.lanes.nodes[lane.start].y) for lane in lanes])
    ends = np.array([(venue.lanes.nodes[lane.end].x, venue.lanes.nodes[lane.end].y) for lane in lanes])
    way = ends - starts
    for dock in venue.chargers.values():
        assert dock.station == dock.id
        share = np.clip(((np.array((dock.x, dock.y)) - starts) * way).sum(1) / (way**2).sum(1), 0, 1)
        away = np.linalg.norm(starts + share[:, None] * way - (dock.x, dock.y), axis=1)
        assert away.min() >= 1.0
        assert len(venue.lanes.out_lanes(venue.stations[dock.id].node)) == 1


def test_nobody_stops_at_the_foot_of_a_spur(venue: Venue) -> None:
    feet = {venue.lanes.out_lanes(venue.stations[dock].node)[0].end for dock in venue.chargers}
    assert feet.isdisjoint(station.node for station in venue.stations.values())


def test_unknown_place_suggests_the_nearest(hall: Venue) -> None:
    assert hall.place("culture").kind == "hall"
    with pytest.raises(UnknownPlace, match="culture"):
        hall.place("cultur")


def test_hall_at(ciftis: Venue) -> None:
    culture = ciftis.halls["culture"]
    found = ciftis.hall_at(culture.x0 + 1, culture.y0 + 1)
    assert found is not None
    assert found.id == "culture"
    assert ciftis.hall_at(1, 1) is None
