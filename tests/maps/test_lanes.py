"""Routes: fastest, around what is closed, and errors that say so."""

from __future__ import annotations

import time

import pytest

from maps.lanes import Lane, LaneGraph, LaneNode, NoRoute, UnknownLane
from maps.venue import Venue


def _lane(start: str, end: str, length: float = 10.0, speed: float = 1.0, block: str | None = None) -> Lane:
    return Lane(
        id=f"{start}-{end}", start=start, end=end, length_m=length, speed_limit_mps=speed, width_m=1.2, block=block
    )


@pytest.fixture
def ring() -> LaneGraph:
    """a -> b -> c -> a, a shortcut a -> c that is slow, and a dock d in a block."""
    nodes = [LaneNode(id=name, x=x, y=y) for name, x, y in (("a", 0, 0), ("b", 10, 0), ("c", 10, 10), ("d", 0, -3))]
    lanes = [_lane("a", "b"), _lane("b", "c"), _lane("c", "a", 14), _lane("a", "c", 14, 0.5)]
    return LaneGraph(nodes, [*lanes, _lane("a", "d", 3, block="dock"), _lane("d", "a", 3, block="dock")])


def test_route_is_the_fastest_not_the_shortest(ring: LaneGraph) -> None:
    route = ring.route("a", "c")
    assert route.nodes == ("a", "b", "c")
    assert route.lanes == ("a-b", "b-c")
    assert (route.length_m, route.time_s) == (20, 20)


@pytest.mark.parametrize("closed", [["a-b"], ["b"]])
def test_route_goes_around_closed_lanes_and_nodes(ring: LaneGraph, closed: list[str]) -> None:
    assert ring.route("a", "c", closed=closed).nodes == ("a", "c")


def test_extra_cost_turns_the_route_but_not_its_time(ring: LaneGraph) -> None:
    route = ring.route("a", "c", extra_cost_s={"a-b": 100.0, "unknown": 1.0})
    assert route.lanes == ("a-c",)
    assert route.time_s == pytest.approx(28)


def test_closed_everywhere_is_no_route(ring: LaneGraph) -> None:
    with pytest.raises(NoRoute, match="from d to c"):
        ring.route("d", "c", closed=["dock"])


def test_start_is_goal(ring: LaneGraph) -> None:
    route = ring.route("a", "a")
    assert (route.nodes, route.lanes, route.time_s) == (("a",), (), 0)


def test_distances_both_ways(ring: LaneGraph) -> None:
    assert ring.distances_from("a") == pytest.approx({"a": 0, "b": 10, "c": 20, "d": 3})
    assert ring.distances_to("a") == pytest.approx({"a": 0, "b": 24, "c": 14, "d": 3})


def test_nearest(ring: LaneGraph) -> None:
    assert ring.nearest_node(9, 1)[0] == "b"
    assert ring.nearest_lane(4, -1) == pytest.approx(("a-b", 1.0, 4.0))


def test_neighbours(ring: LaneGraph) -> None:
    assert ring.lane_between("a", "b").id == "a-b"
    assert {lane.id for lane in ring.out_lanes("a")} == {"a-b", "a-c", "a-d"}
    assert {lane.id for lane in ring.in_lanes("a")} == {"c-a", "d-a"}
    with pytest.raises(UnknownLane, match="no lane from b to a"):
        ring.lane_between("b", "a")
    with pytest.raises(UnknownLane, match="no lane node x"):
        ring.route("a", "x")


def test_a_lane_to_nowhere_is_refused() -> None:
    with pytest.raises(UnknownLane, match="not there"):
        LaneGraph([LaneNode(id="a", x=0, y=0)], [_lane("a", "b")])
    with pytest.raises(UnknownLane, match="twice"):
        LaneGraph([LaneNode(id="a", x=0, y=0)] * 2, [])


def test_traffic_keeps_right(hall: Venue) -> None:
    """Eastbound on the southern ring (centre y = 4) lies south of westbound."""
    lane_id, _, _ = hall.lanes.nearest_lane(30, 3.3)
    lane = hall.lanes.lanes[lane_id]
    assert hall.lanes.nodes[lane.end].x > hall.lanes.nodes[lane.start].x
    lane_id, _, _ = hall.lanes.nearest_lane(30, 4.7)
    lane = hall.lanes.lanes[lane_id]
    assert hall.lanes.nodes[lane.end].x < hall.lanes.nodes[lane.start].x


def test_a_route_through_the_fair_takes_milliseconds(ciftis: Venue) -> None:
    start, goal = ciftis.stations["dock-01"].node, ciftis.stations["experience"].node
    ciftis.lanes.route(start, goal)
    began = time.process_time()
    for _ in range(10):
        ciftis.lanes.route(start, goal, extra_cost_s={"x": 1.0})
    assert (time.process_time() - began) / 10 < 0.02
