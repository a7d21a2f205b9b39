"""The lane graph: where robots may drive, which way, and the fastest way from node to node.

A lane is directed. Aisles and corridors hold one-way pairs (right-hand traffic). A stretch that is driven both ways
(the spur of a dock) is two directed lanes sharing one `block`: at most one robot may be in a block.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from maps.errors import NoRoute, UnknownLane

__all__ = ["Lane", "LaneGraph", "LaneNode", "NoRoute", "Route", "UnknownLane"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneNode:
    """A point where lanes meet, metres, frame `map`."""

    id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A straight stretch from node `start` to node `end`, driven in that direction only."""

    id: str
    start: str
    end: str
    length_m: float
    speed_limit_mps: float
    width_m: float
    block: str | None = None

    @property
    def time_s(self) -> float:
        """Driving time at the speed limit."""
        return self.length_m / self.speed_limit_mps


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way along lanes: `len(lanes) == len(nodes) - 1`."""

    nodes: tuple[str, ...]
    lanes: tuple[str, ...]
    length_m: float
    time_s: float
    """At the speed limits, without extra costs."""


_Item = TypeVar("_Item", LaneNode, Lane)


class LaneGraph:
    """Nodes and lanes, with shortest paths by time."""

    def __init__(self, nodes: Iterable[LaneNode], lanes: Iterable[Lane]) -> None:
        """:raises UnknownLane: if a lane names a node that is not there, or an id appears twice."""
        node_list, lane_list = list(nodes), list(lanes)
        self.nodes: Mapping[str, LaneNode] = MappingProxyType(_keyed(node_list, "node"))
        self.lanes: Mapping[str, Lane] = MappingProxyType(_keyed(lane_list, "lane"))
        self._node_ids = [node.id for node in node_list]
        self._index = {node.id: index for index, node in enumerate(node_list)}
        self._lane_ids = [lane.id for lane in lane_list]
        self._lane_index = {lane.id: index for index, lane in enumerate(lane_list)}
        self._costs = [lane.time_s for lane in lane_list]
        self._between: dict[tuple[str, str], Lane] = {}
        self._out: dict[str, list[Lane]] = {node.id: [] for node in node_list}
        self._in: dict[str, list[Lane]] = {node.id: [] for node in node_list}
        for lane in lane_list:
            for end in (lane.start, lane.end):
                if end not in self._index:
                    raise UnknownLane(f"lane {lane.id} names node {end}, which is not there: add the node")
            self._between[lane.start, lane.end] = lane
            self._out[lane.start].append(lane)
            self._in[lane.end].append(lane)
        # The payload of an edge is its lane's index: costs live in a plain list, so a call swaps costs, not edges.
        self._graph: rx.PyDiGraph[int, int] = rx.PyDiGraph(multigraph=True)
        self._graph.add_nodes_from(list(range(len(node_list))))
        self._graph.add_edges_from(
            [(self._index[lane.start], self._index[lane.end], index) for index, lane in enumerate(lane_list)]
        )

    def route(
        self,
        start_node: str,
        goal_node: str,
        *,
        closed: Collection[str] = (),
        extra_cost_s: Mapping[str, float] | None = None,
    ) -> Route:
        """The fastest way.

        :param closed: ids of lanes, nodes or blocks that must not be used (start and goal nodes are always allowed).
        :param extra_cost_s: seconds added to lanes, by lane id; ids that are not there are ignored.
        :raises NoRoute: if there is none.
        :raises UnknownLane: if start or goal is not a node.
        """
        start, goal = self._node_index(start_node), self._node_index(goal_node)
        if start == goal:
            return Route(nodes=(start_node,), lanes=(), length_m=0.0, time_s=0.0)
        costs = self._costs_with(closed, extra_cost_s, keep=(start_node, goal_node))
        paths = rx.dijkstra_shortest_paths(self._graph, start, target=goal, weight_fn=costs.__getitem__)
        if goal not in paths:
            raise NoRoute(start_node, goal_node)
        nodes = tuple(self._node_ids[index] for index in paths[goal])
        lanes = [self._between[pair] for pair in pairwise(nodes)]
        if any(math.isinf(costs[self._lane_index[lane.id]]) for lane in lanes):
            raise NoRoute(start_node, goal_node)
        return Route(
            nodes=nodes,
            lanes=tuple(lane.id for lane in lanes),
            length_m=sum(lane.length_m for lane in lanes),
            time_s=sum(lane.time_s for lane in lanes),
        )

    def distances_from(self, node: str) -> Mapping[str, float]:
        """Seconds from `node` to every node that can be reached from it, itself included."""
        return self._lengths(self._graph, node)

    def distances_to(self, node: str) -> Mapping[str, float]:
        """Seconds to `node` from every node that can reach it, itself included."""
        return self._lengths(self._reversed, node)

    def nearest_node(self, x: float, y: float) -> tuple[str, float]:
        """The node nearest to a point and its distance, metres."""
        away = np.hypot(self._node_xy[:, 0] - x, self._node_xy[:, 1] - y)
        best = int(np.argmin(away))
        return self._node_ids[best], float(away[best])

    def nearest_lane(self, x: float, y: float) -> tuple[str, float, float]:
        """The lane nearest to a point, its distance, and how far along the lane the foot lies, metres."""
        start, direction, length = self._segments
        relative = np.array((x, y)) - start
        along = np.clip(np.einsum("ij,ij->i", relative, direction), 0.0, length)
        away = np.linalg.norm(relative - direction * along[:, None], axis=1)
        best = int(np.argmin(away))
        return self._lane_ids[best], float(away[best]), float(along[best])

    def lane_between(self, a: str, b: str) -> Lane:
        """The lane from node `a` to node `b`.

        :raises UnknownLane: if there is none.
        """
        try:
            return self._between[a, b]
        except KeyError:
            raise UnknownLane(f"no lane from {a} to {b}: they are not neighbours, ask for a route") from None

    def out_lanes(self, node: str) -> tuple[Lane, ...]:
        """Lanes that leave a node."""
        return tuple(self._out[node])

    def in_lanes(self, node: str) -> tuple[Lane, ...]:
        """Lanes that enter a node."""
        return tuple(self._in[node])

    def components(self) -> list[set[str]]:
        """The strongly connected components, largest first: one, in a sound venue."""
        found = rx.strongly_connected_components(self._graph)
        return sorted(({self._node_ids[i] for i in part} for part in found), key=len, reverse=True)

    def _node_index(self, node: str) -> int:
        try:
            return self._index[node]
        except KeyError:
            raise UnknownLane(f"no lane node {node}: ask nearest_node for one") from None

    def _costs_with(
        self, closed: Collection[str], extra_cost_s: Mapping[str, float] | None, keep: tuple[str, str]
    ) -> list[float]:
        if not closed and not extra_cost_s:
            return self._costs
        costs = self._costs.copy()
        for lane_id, extra in (extra_cost_s or {}).items():
            index = self._lane_index.get(lane_id)
            if index is not None:
                costs[index] = max(costs[index] + extra, 0.0)
        for name in closed:
            for index in self._closing(name, keep):
                costs[index] = math.inf
        return costs

    def _closing(self, name: str, keep: tuple[str, str]) -> Iterable[int]:
        if name in self._lane_index:
            return (self._lane_index[name],)
        if name in self._index:
            return () if name in keep else [self._lane_index[lane.id] for lane in self._in[name]]
        return self._blocks.get(name, ())

    @cached_property
    def _blocks(self) -> dict[str, list[int]]:
        blocks: dict[str, list[int]] = {}
        for lane in self.lanes.values():
            if lane.block is not None:
                blocks.setdefault(lane.block, []).append(self._lane_index[lane.id])
        return blocks

    def _lengths(self, graph: rx.PyDiGraph[int, int], node: str) -> dict[str, float]:
        source = self._node_index(node)
        lengths = rx.dijkstra_shortest_path_lengths(graph, source, self._costs.__getitem__)
        found = {self._node_ids[index]: length for index, length in lengths.items()}
        found[node] = 0.0
        return found

    @cached_property
    def _reversed(self) -> rx.PyDiGraph[int, int]:
        backward = self._graph.copy()
        backward.reverse()
        return backward

    @cached_property
    def _node_xy(self) -> NDArray[np.float64]:
        return np.array([(node.x, node.y) for node in self.nodes.values()]).reshape(-1, 2)

    @cached_property
    def _segments(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Starts (n, 2), unit directions (n, 2), lengths (n,)."""
        start = self._node_xy[[self._index[lane.start] for lane in self.lanes.values()]]
        end = self._node_xy[[self._index[lane.end] for lane in self.lanes.values()]]
        length = np.linalg.norm(end - start, axis=1)
        return start, (end - start) / np.maximum(length, 1e-9)[:, None], length


def _keyed(items: list[_Item], what: str) -> dict[str, _Item]:
    keyed: dict[str, _Item] = {}
    for item in items:
        name = item.id
        if name in keyed:
            raise UnknownLane(f"{what} id {name} appears twice: ids must be unique")
        keyed[name] = item
    return keyed
