import random

import numpy as np
import pytest

from maps.lanes import LaneGraph
from maps.venue import load_venue
from robot_nodes.navigation.astar import search, search_lanes
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.lane_ways import Join, LaneWays


@pytest.fixture(scope="module")
def graph() -> LaneGraph:
    return load_venue("hall").lanes


@pytest.fixture(scope="module")
def ways(graph: LaneGraph) -> LaneWays:
    return LaneWays(graph)


def at_start(ways: LaneWays, lane: int) -> Join:
    return Join(lane, *ways.starts[lane], 0.0, 0.0)


def at_end(ways: LaneWays, lane: int) -> Join:
    return Join(lane, *ways.ends[lane], ways.lanes[lane].length_m, 0.0)


def test_it_is_as_quick_as_the_lane_graph(graph: LaneGraph, ways: LaneWays) -> None:
    rng = random.Random(4)
    for _ in range(100):
        a, b = rng.sample(range(len(ways.lanes)), 2)
        way = ways.quickest([(at_end(ways, a), 1.0)], [(at_start(ways, b), 2.0)])
        route = graph.route(ways.lanes[a].end, ways.lanes[b].start)
        assert way is not None
        assert way.cost_s == pytest.approx(3.0 + route.time_s)
        assert sum(ways.lanes[k].time_s for k in way.lanes) == pytest.approx(route.time_s)
        nodes = [ways.lanes[a].end, *(ways.lanes[k].end for k in way.lanes)]
        assert [ways.lanes[k].start for k in way.lanes] == nodes[:-1]
        assert nodes[-1] == ways.lanes[b].start


def test_the_cheapest_of_several_joins_is_taken(graph: LaneGraph, ways: LaneWays) -> None:
    rng = random.Random(5)
    for _ in range(40):
        ins = [(at_end(ways, k), rng.uniform(0.0, 30.0)) for k in rng.sample(range(len(ways.lanes)), 4)]
        outs = [(at_start(ways, k), rng.uniform(0.0, 30.0)) for k in rng.sample(range(len(ways.lanes)), 4)]
        way = ways.quickest(ins, outs)
        costs = {
            (i, j): a + b + graph.route(ways.lanes[one.lane].end, ways.lanes[other.lane].start).time_s
            for i, (one, a) in enumerate(ins)
            for j, (other, b) in enumerate(outs)
        }
        assert way is not None
        assert way.cost_s == pytest.approx(min(costs.values()))
        assert costs[way.entry, way.leave] == pytest.approx(way.cost_s)


def test_one_lane_is_driven_without_a_round(ways: LaneWays) -> None:
    lane = next(k for k, it in enumerate(ways.lanes) if it.length_m > 5.0)
    one, two = at_start(ways, lane), at_end(ways, lane)
    way = ways.quickest([(one, 0.0)], [(two, 0.0)])
    assert way is not None
    assert way.same_lane
    assert way.cost_s == pytest.approx(ways.lanes[lane].time_s)
    back = ways.quickest([(two, 0.0)], [(one, 0.0)])
    assert back is not None
    assert not back.same_lane


def test_lanes_behind_a_wall_are_not_in_sight(grid_of, hall) -> None:
    ways = LaneWays(hall.lanes)
    names = {ways.lanes[join.lane].id for join in ways.in_sight((8.0, 4.2), hall.field, 0.42, 0.3, 1.0)}
    assert names == {"ae"}
    walled = ClearanceField.of(grid_of([(4.0, 3.4, 11.5, 3.6)]))
    assert ways.in_sight((8.0, 4.2), walled, 0.42, 0.3, 1.0)[0].away > 3.0
    found = search_lanes(walled, (8.0, 4.2), ways.starts, ways.ends, 0.42, 1.0)
    assert found
    for it in found:
        assert min(walled.at(float(x), float(y)) for x, y in it.corners) > 0.4
        join = ways.join(it.lane, it.corners, it.length)
        assert np.hypot(join.x - it.corners[-1][0], join.y - it.corners[-1][1]) < 0.3


def test_from_inside_four_walls_no_lane_is_reached(grid_of, hall) -> None:
    room = [(14.0, 4.0, 18.0, 4.2), (14.0, 8.0, 18.0, 8.2), (14.0, 4.0, 14.2, 8.2), (18.0, 4.0, 18.2, 8.2)]
    field, ways = ClearanceField.of(grid_of(room)), LaneWays(hall.lanes)
    assert search_lanes(field, (16.0, 6.0), ways.starts, ways.ends, 0.42, 1.0) == []
    assert search(field, (16.0, 6.0), (3.0, 3.0), 0.42) is None


def test_a_narrow_gap_is_found_on_a_large_floor(grid_of) -> None:
    # 1 m wide in a wall 14 m long: with a cell as large as the floor asks for at first it cannot be seen.
    field = ClearanceField.of(grid_of([(12.0, 0.0, 12.2, 6.0), (12.0, 7.0, 12.2, 14.0)]))
    way = search(field, (3.0, 3.0), (21.0, 11.0), 0.42, margin=40.0)
    assert way is not None
    assert min(field.at(float(x), float(y)) for x, y in way) > 0.3
