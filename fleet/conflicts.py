"""Which lanes and nodes two robots may not use at the same time.

Resources are named `n:NODE`, `l:LANE` and `b:BLOCK`. Two resources conflict where their centre lines come
closer than `CLEARANCE_M`, unless they meet in a node (both robots would need that node, so it guards them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import shapely

from maps.lanes import LaneGraph

CLEARANCE_M = 0.8
"""Two round robots of radius 0.30 m, 0.2 m apart. Opposite lanes of a pair lie 1.2 m apart or more."""


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Computed once per venue."""

    graph: LaneGraph
    of: Mapping[str, frozenset[str]]
    """Resource -> the others it conflicts with; symmetric; resources without any are left out."""
    inside: Mapping[str, str]
    """Node -> the block it lies inside of (every lane there belongs to it)."""
    stoppable: frozenset[str]
    """Nodes where a robot may wait without standing in a crossing, a merge or a block's mouth."""

    def step(self, lane_id: str) -> tuple[str, ...]:
        """What a robot must hold to drive one lane: the lane, its block and its end node."""
        lane = self.graph.lanes[lane_id]
        block = (f"b:{lane.block}",) if lane.block else ()
        return (f"l:{lane_id}", *block, *self.standing(lane.end))

    def standing(self, node: str) -> tuple[str, ...]:
        """What a robot must hold to stand on a node."""
        block = self.inside.get(node)
        return (f"n:{node}", f"b:{block}") if block else (f"n:{node}",)


def find_conflicts(graph: LaneGraph, clearance_m: float = CLEARANCE_M) -> Conflicts:
    """All conflicts of a lane graph, by an R-tree over nodes and lanes."""
    conflicting: dict[str, set[str]] = {}
    for one, other in _close_pairs(graph, clearance_m):
        conflicting.setdefault(one, set()).add(other)
    inside = {node: block for node in graph.nodes if (block := _only_block(graph, node))}
    stoppable = frozenset(node for node in graph.nodes if _stoppable(graph, node, inside, conflicting))
    return Conflicts(graph, {name: frozenset(others) for name, others in conflicting.items()}, inside, stoppable)


def _close_pairs(graph: LaneGraph, clearance_m: float) -> Iterator[tuple[str, str]]:
    """Ordered pairs of different resources that are close and do not meet in a node."""
    names = [f"n:{node}" for node in graph.nodes] + [f"l:{lane}" for lane in graph.lanes]
    if not graph.lanes:
        return
    ends = [(node, node) for node in graph.nodes] + [(lane.start, lane.end) for lane in graph.lanes.values()]
    xy = {node.id: (node.x, node.y) for node in graph.nodes.values()}
    points = shapely.points([xy[node] for node in graph.nodes])
    lines = shapely.linestrings([[xy[lane.start], xy[lane.end]] for lane in graph.lanes.values()])
    shapes = [*points, *lines]
    # dwithin includes the distance itself; lanes laid out exactly at the clearance are meant to be free
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=clearance_m - 1e-6)
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if i != j and not set(ends[i]) & set(ends[j]):
            yield names[i], names[j]


def _only_block(graph: LaneGraph, node: str) -> str | None:
    blocks = {lane.block for lane in (*graph.in_lanes(node), *graph.out_lanes(node))}
    return next(iter(blocks)) if len(blocks) == 1 else None


def _stoppable(graph: LaneGraph, node: str, inside: Mapping[str, str], conflicting: Mapping[str, set[str]]) -> bool:
    neighbours = {lane.start for lane in graph.in_lanes(node)} | {lane.end for lane in graph.out_lanes(node)}
    if node in inside:
        return len(neighbours) == 1  # the far end of a spur: a dock
    mouth = any(lane.block for lane in (*graph.in_lanes(node), *graph.out_lanes(node)))
    merge = len(graph.in_lanes(node)) > 1
    return not mouth and not merge and f"n:{node}" not in conflicting
