"""Reservations: nobody ever holds what conflicts with another's, and everybody arrives."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.conflicts import find_conflicts
from fleet.traffic import AHEAD_M, Traffic, find_rings
from maps.lanes import Lane, LaneGraph, LaneNode
from maps.venue import Venue


def make_graph(
    points: dict[str, tuple[float, float]], lanes: list[str], blocks: dict[str, str] | None = None
) -> LaneGraph:
    """Lanes are written `a>b`."""
    nodes = [LaneNode(id=name, x=x, y=y) for name, (x, y) in points.items()]
    made = []
    for text in lanes:
        a, b = text.split(">")
        (ax, ay), (bx, by) = points[a], points[b]
        length = ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5
        made.append(
            Lane(
                id=text,
                start=a,
                end=b,
                length_m=length,
                speed_limit_mps=1.0,
                width_m=1.0,
                block=(blocks or {}).get(text),
            )
        )
    return LaneGraph(nodes, made)


def test_crossing_lanes_conflict_and_a_one_way_pair_does_not() -> None:
    points = {"w": (0, 0), "e": (8, 0), "s": (4, -4), "n": (4, 4), "e2": (8, 1.2), "w2": (0, 1.2)}
    graph = make_graph(points, ["w>e", "s>n", "e2>w2"])
    conflicts = find_conflicts(graph)
    assert conflicts.of["l:w>e"] == {"l:s>n"}
    assert conflicts.of["l:s>n"] == {"l:w>e", "l:e2>w2"}


def test_a_node_close_to_another_lane_conflicts() -> None:
    graph = make_graph({"a": (0, 0), "b": (4, 0), "c": (2, 0.5), "d": (2, 5)}, ["a>b", "c>d"])
    conflicts = find_conflicts(graph)
    assert "n:c" in conflicts.of["l:a>b"]
    assert "c" not in conflicts.stoppable


LINE = {f"n{i}": (4.0 * i, 0.0) for i in range(8)}
LINE_LANES = [f"n{i}>n{i + 1}" for i in range(7)]


def test_holds_ahead_and_releases_behind() -> None:
    traffic = Traffic(find_conflicts(make_graph(LINE, LINE_LANES)))
    traffic.place("r", ["n0"])
    traffic.send("r", list(LINE), gate=7)
    assert traffic.advance("r", 0)
    assert traffic.walks["r"].granted * 4.0 >= AHEAD_M
    traffic.progress("r", 2, (7.6, 0.0))
    assert "n:n0" not in traffic.held("r")
    assert {"n:n2", "l:n2>n3"} <= traffic.held("r")


def test_what_is_not_yet_clear_stays_held() -> None:
    traffic = Traffic(find_conflicts(make_graph({"a": (0, 0), "b": (1.0, 0), "c": (5, 0)}, ["a>b", "b>c"])))
    traffic.place("r", ["a", "b", "c"])
    traffic.progress("r", 1, (0.6, 0.0))
    assert "n:a" in traffic.held("r")
    traffic.progress("r", 1, (0.9, 0.0))
    assert "n:a" not in traffic.held("r")


def test_a_follower_waits_and_says_for_whom() -> None:
    traffic = Traffic(find_conflicts(make_graph(LINE, LINE_LANES)))
    traffic.place("first", ["n3"])
    traffic.place("second", ["n0"])
    traffic.send("second", list(LINE), gate=7)
    traffic.advance("second", 5.0)
    assert traffic.walks["second"].granted == 2
    assert traffic.waits["second"].robots == {"first"}
    assert traffic.waits["second"].since == 5.0


def test_one_robot_in_a_block_and_nobody_waits_in_its_mouth() -> None:
    points = {"w": (-4, 0), "m": (0, 0), "e": (4, 0), "in": (0, 3), "dock": (0, 6)}
    lanes = ["w>m", "m>e", "m>in", "in>m", "in>dock", "dock>in"]
    blocks = dict.fromkeys(("m>in", "in>m", "in>dock", "dock>in"), "spur")
    conflicts = find_conflicts(make_graph(points, lanes, blocks))
    assert "m" not in conflicts.stoppable
    assert "in" not in conflicts.stoppable
    assert "dock" in conflicts.stoppable
    traffic = Traffic(conflicts)
    traffic.place("docked", ["dock"])
    traffic.place("comes", ["w"])
    traffic.send("comes", ["w", "m", "in", "dock"], gate=3)
    assert not traffic.advance("comes", 0)
    traffic.send("docked", ["dock", "in", "m", "e"], gate=3)
    assert traffic.advance("docked", 0)
    assert traffic.walks["docked"].granted == 3


def test_a_silent_robot_keeps_everything() -> None:
    traffic = Traffic(find_conflicts(make_graph(LINE, LINE_LANES)))
    traffic.place("silent", ["n2", "n3", "n4"])
    held = traffic.held("silent")
    traffic.place("other", ["n0"])
    traffic.send("other", list(LINE), gate=7)
    for now in range(100):
        traffic.advance("other", float(now))
    assert traffic.held("silent") == held
    assert traffic.walks["other"].granted == 1


def test_what_was_granted_is_never_taken_back() -> None:
    traffic = Traffic(find_conflicts(make_graph(LINE, LINE_LANES)))
    traffic.place("r", ["n0", "n1"])
    with pytest.raises(ValueError, match="must keep"):
        traffic.send("r", ["n0", "n2"], gate=1)


def test_rings() -> None:
    assert find_rings({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}) == [("a", "b", "c")]
    assert find_rings({"a": ["b"], "b": ["c"]}) == []


def test_a_ring_is_stuck_and_a_refuge_is_found() -> None:
    points = {"a": (0, 0), "b": (4, 0), "x": (0, -4), "y": (0, -8)}
    traffic = Traffic(find_conflicts(make_graph(points, ["a>b", "b>a", "a>x", "x>y", "y>x", "x>a"])))
    traffic.place("r1", ["a"])
    traffic.place("r2", ["b"])
    traffic.send("r1", ["a", "b"], gate=1)
    traffic.send("r2", ["b", "a"], gate=1)
    traffic.advance("r1", 0)
    traffic.advance("r2", 0)
    assert traffic.stuck() == [("r1", "r2")]
    assert traffic.refuge("r1") in (("x",), ("x", "y"))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_random_robots_on_the_hall(data: st.DataObject, hall: Venue) -> None:
    """Robots make random trips; whatever the order of turns, held resources never conflict, and they all move."""
    traffic = Traffic(find_conflicts(hall.lanes))
    docks = [hall.stations[dock].node for dock in hall.chargers][:6]
    stations = sorted({s.node for s in hall.stations.values()} - set(docks))
    for index, dock in enumerate(docks):
        traffic.place(f"r{index}", [dock])
    goals = data.draw(st.lists(st.sampled_from(stations), min_size=6, max_size=6, unique=True))
    for index, goal in enumerate(goals):
        way = hall.lanes.route(docks[index], goal).nodes + hall.lanes.route(goal, docks[index]).nodes[1:]
        traffic.send(f"r{index}", way, gate=len(way) - 1)
    for _ in range(1500):
        order = data.draw(st.permutations(sorted(traffic.walks))) if _ < 20 else sorted(traffic.walks)
        for robot in order:
            traffic.advance(robot, 0.0)
            walk = traffic.walks[robot]
            if walk.at < walk.granted:
                node = hall.lanes.nodes[walk.nodes[walk.at + 1]]
                traffic.progress(robot, walk.at + 1, (node.x, node.y))
        for one, other in itertools.combinations(sorted(traffic.walks), 2):
            assert not traffic.held(one) & traffic.held(other)
        assert all(not traffic.taken(robot, traffic.held(robot)) for robot in traffic.walks)
        assert traffic.stuck() == []
        if all(walk.at == len(walk.nodes) - 1 for walk in traffic.walks.values()):
            return
    pytest.fail(f"not everybody arrived: {traffic.waits}")
