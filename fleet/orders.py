"""What a robot is told to drive: an itinerary, and the VDA 5050 order messages made from it.

An `Itinerary` is the whole way, nodes numbered from 0; node `i` has sequenceId `2i`, the lane after it `2i + 1`,
for the whole life of the order. Messages show a window of it: from the decision point (the last released node,
VDA 5050 2.1.0 section 6.6.2), the newly released base, and at most `HORIZON` nodes beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fleet.protocol.vda5050 import Action, BlockingType, Edge, Node, NodePosition, Order, action
from fleet.tasks import Task, TaskKind
from maps.lanes import LaneGraph, Route
from maps.venue import Venue

HORIZON = 20
"""Nodes beyond the base, at most."""
PASSING_DEVIATION_M = 0.5
"""How far from a node a robot may pass it."""

Router = Callable[[str, str], Route]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What happens on one node of the way."""

    actions: tuple[Action, ...] = ()
    yaw: float | None = None
    deviation_m: float | None = None
    gate: bool = False
    """Nothing beyond is released until the actions here have finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """A way with its stops, by node index. The last node always is a stop."""

    nodes: tuple[str, ...]
    stops: Mapping[int, Stop] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return len(self.nodes) - 1

    def gate_after(self, index: int, finished: Callable[[str], bool]) -> int:
        """The node index up to which may be released, for a robot whose base ends at `index`.

        :param finished: whether the action of this id has finished.
        """
        for at, stop in sorted(self.stops.items()):
            if stop.gate and not all(finished(a.action_id) for a in stop.actions):
                return max(at, index)
        return self.last

    def rerouted(self, keep: int, router: Router, via: Sequence[str] = ()) -> Itinerary:
        """Another way from node index `keep` (which stays) to the stops still ahead.

        :param via: nodes to drive first, after `keep`.
        :raises NoRoute: if the router finds none.
        """
        nodes = [*self.nodes[: keep + 1], *via]
        stops = {index: stop for index, stop in self.stops.items() if index <= keep}
        for index, stop in sorted(self.stops.items()):
            if index > keep:
                nodes.extend(router(nodes[-1], self.nodes[index]).nodes[1:])
                stops[len(nodes) - 1] = stop
        return replace(self, nodes=tuple(nodes), stops=stops)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for the store."""
        stops = {
            str(index): {
                "actions": [a.model_dump(mode="json", by_alias=True) for a in stop.actions],
                "yaw": stop.yaw,
                "deviation_m": stop.deviation_m,
                "gate": stop.gate,
            }
            for index, stop in self.stops.items()
        }
        return {"nodes": list(self.nodes), "stops": stops}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Itinerary:
        """The inverse of `to_dict`."""
        stops = {
            int(index): Stop(
                actions=tuple(Action.model_validate(a) for a in stop["actions"]),
                yaw=stop["yaw"],
                deviation_m=stop["deviation_m"],
                gate=stop["gate"],
            )
            for index, stop in data["stops"].items()
        }
        return cls(nodes=tuple(data["nodes"]), stops=stops)


def compose(
    task: Task, venue: Venue, standing: Sequence[str], router: Router, new_id: Callable[[], str], off_m: float = 0.0
) -> Itinerary:
    """The way and the actions of one task.

    :param standing: the node the robot is at, then nodes it must drive first (it stopped between nodes).
    :param off_m: how far the robot is from the first node: widens that node's deviation (RULES A6).
    :raises NoRoute: if a place cannot be reached.
    """
    goal = venue.stations[venue.place(task.place).station]
    nodes, stops = [*standing], dict[int, Stop]()
    first: list[Action] = []
    if task.kind is TaskKind.GUIDE:
        if task.origin:
            meet = venue.stations[venue.place(task.origin).station]
            nodes.extend(router(nodes[-1], meet.node).nodes[1:])
            meeting = (_guiding("meetVisitor", task, new_id), _guiding("startGuiding", task, new_id))
            stops[len(nodes) - 1] = Stop(actions=meeting, yaw=meet.yaw, gate=True)
        else:
            first.append(_guiding("startGuiding", task, new_id))
    nodes.extend(router(nodes[-1], goal.node).nodes[1:])
    last = len(nodes) - 1
    before = stops.get(last, Stop())
    stops[last] = Stop(actions=before.actions + _at_goal(task, new_id), yaw=goal.yaw)
    start = stops.get(0, Stop())
    deviation = PASSING_DEVIATION_M + off_m if off_m > 0 else start.deviation_m
    stops[0] = replace(start, actions=(*first, *start.actions), deviation_m=deviation)
    return Itinerary(nodes=tuple(nodes), stops=stops)


def _at_goal(task: Task, new_id: Callable[[], str]) -> tuple[Action, ...]:
    if task.kind is TaskKind.GUIDE:
        return (_guiding("finishGuiding", task, new_id),)
    if task.kind in (TaskKind.CHARGE, TaskKind.HOME):
        return (action("startCharging", new_id(), BlockingType.HARD),)
    return ()


def _guiding(name: str, task: Task, new_id: Callable[[], str]) -> Action:
    return action(
        name,
        new_id(),
        BlockingType.HARD,
        taskId=task.id,
        requestId=task.request_id or task.id,
        place=task.place,
        language=task.language,
    )


def order_message(
    venue: Venue, order_id: str, update_id: int, itinerary: Itinerary, first: int, released: int
) -> Order:
    """One order or update, its protocol header still empty.

    :param first: node index the message starts with: 0, or the decision point of the update before.
    :param released: node index of the end of the base.
    """
    end = min(released + HORIZON, itinerary.last)
    span = range(first, end + 1)
    nodes = tuple(_node(venue, itinerary, index, index <= released) for index in span)
    edges = tuple(_edge(venue.lanes, itinerary, index, index < released) for index in span[:-1])
    return Order(order_id=order_id, order_update_id=update_id, nodes=nodes, edges=edges)


def _node(venue: Venue, itinerary: Itinerary, index: int, released: bool) -> Node:
    node = venue.lanes.nodes[itinerary.nodes[index]]
    stop = itinerary.stops.get(index)
    position = NodePosition(
        x=node.x,
        y=node.y,
        map_id=venue.map_id,
        theta=stop.yaw if stop else None,
        allowedDeviationXY=stop.deviation_m if stop else PASSING_DEVIATION_M,
    )
    actions = stop.actions if stop else ()
    return Node(node_id=node.id, sequence_id=2 * index, released=released, node_position=position, actions=actions)


def _edge(graph: LaneGraph, itinerary: Itinerary, index: int, released: bool) -> Edge:
    lane = graph.lane_between(itinerary.nodes[index], itinerary.nodes[index + 1])
    return Edge(
        edge_id=lane.id,
        sequence_id=2 * index + 1,
        released=released,
        start_node_id=lane.start,
        end_node_id=lane.end,
        max_speed=lane.speed_limit_mps,
        length=lane.length_m,
    )
