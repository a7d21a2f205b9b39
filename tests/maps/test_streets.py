"""Streets become one-way pairs, crossings that turn every way, U-turns and spurs."""

from __future__ import annotations

import pytest

from maps.streets import Network, Street


def _cross() -> Network:
    return Network([Street("h", True, 10, 0, 20, 1.0), Street("v", False, 10, 0, 20, 1.0)], 1.4)


def test_a_crossing_joins_every_arm_to_every_arm() -> None:
    graph = _cross().graph(1.2)
    assert len(graph.nodes) == 12  # four in the middle, two at each of four ends
    assert len(graph.components()) == 1
    assert {len(graph.out_lanes(node)) for node in graph.nodes} == {1, 2}


def test_corners_and_tees_are_closed() -> None:
    corner = Network([Street("h", True, 0, 0, 20, 1.0), Street("v", False, 20, 0, 20, 1.0)], 1.4)
    tee = Network([Street("h", True, 0, 0, 20, 1.0), Street("v", False, 10, 0, 20, 1.0)], 1.4)
    assert len(corner.graph(1.2).components()) == len(tee.graph(1.2).components()) == 1


def test_a_stop_moves_aside_from_a_crossing_and_is_shared_by_neighbours() -> None:
    network = _cross()
    stop = network.stop_for(10, 7, lambda x, y: True)
    assert stop is not None
    assert min(abs(stop.key[1] - 10.7), abs(stop.key[1] - 9.3)) >= 1.2 or stop.key[1] < 8.2
    first = network.stop_for(5, 8, lambda x, y: True)
    second = network.stop_for(5.5, 8, lambda x, y: True)
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_no_stop_where_nothing_is_allowed() -> None:
    assert _cross().stop_for(5, 8, lambda x, y: False) is None


def test_a_spur_is_two_lanes_in_one_block() -> None:
    network = _cross()
    stop = network.stop_for(5, 7, lambda x, y: True, exact=True)
    assert stop is not None
    assert stop.distance_m == pytest.approx(2.3)
    dock = network.spur(stop.key, 5, 7, 0.4, "block-1")
    lanes = [lane for lane in network.graph(1.2).lanes.values() if lane.block]
    assert {lane.block for lane in lanes} == {"block-1"}
    assert {lane.end for lane in lanes} == {network.node_id(stop.key), network.node_id(dock)}
