"""What is left of an order to drive: base, horizon, and when a node counts as passed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from fleet.protocol.vda5050 import Action, BlockingType, Edge, EdgeState, Node, NodeState, Order
from robot_nodes.fleet_link.effects import Waypoint
from robot_nodes.fleet_link.orders import NODE_RANGE_M, deviation


@dataclass(slots=True)
class Path:
    """The nodes and edges not yet traversed, in order: `edges[i]` leads to `nodes[i]`.

    Every node has a position (`orders.judge` saw to it).
    """

    last: Node | None = None
    """The node traversed last."""
    decision: tuple[str, int] | None = None
    """Id and sequence id of the last released node of the order."""
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def begin(self, order: Order) -> None:
        """Take a new order: its first node is where the robot is."""
        self.last = order.nodes[0]
        self.nodes = list(order.nodes[1:])
        self.edges = list(order.edges)
        self._mark_decision(order)

    def extend(self, order: Order) -> list[Action]:
        """Stitch an update on at the decision point, replacing the horizon.

        :returns: the actions that went with the old horizon.
        """
        seam = order.nodes[0].sequence_id
        dropped = self._actions_beyond(seam)
        self.nodes = [n for n in self.nodes if n.sequence_id <= seam] + list(order.nodes[1:])
        self.edges = [e for e in self.edges if e.sequence_id < seam] + list(order.edges)
        self._mark_decision(order)
        return dropped

    def horizon_actions(self) -> frozenset[str]:
        """Ids of the actions beyond the decision point: an update replaces them."""
        return frozenset(a.action_id for a in self._actions_beyond(self.decision[1])) if self.decision else frozenset()

    def _actions_beyond(self, sequence_id: int) -> list[Action]:
        beyond = [a for n in self.nodes if n.sequence_id > sequence_id for a in n.actions]
        return beyond + [a for e in self.edges if e.sequence_id > sequence_id for a in e.actions]

    def clear(self) -> None:
        """Give up what is left; the last node stays."""
        self.nodes.clear()
        self.edges.clear()

    def traverse(self) -> tuple[Node, Edge]:
        """The next node has been reached: take it and the edge to it off the path."""
        node, edge = self.nodes.pop(0), self.edges.pop(0)
        self.last = node
        return node, edge

    def under_way(self) -> list[tuple[str, str]]:
        """References to the edge being driven and the node it leads to, as errors carry them."""
        return [("edgeId", self.edges[0].edge_id), ("nodeId", self.nodes[0].node_id)] if self.nodes else []

    def base(self) -> list[Node]:
        """The released nodes ahead."""
        return [node for node in self.nodes if node.released]

    def leg(self) -> list[Node]:
        """Released nodes up to the first at which the robot must stop: the base's last, one with actions
        that need a standstill, or the start of an edge with such actions."""
        leg: list[Node] = []
        for index, node in enumerate(self.nodes):
            if not node.released:
                break
            leg.append(node)
            leaving = self.edges[index + 1].actions if index + 1 < len(self.edges) else ()
            if any(a.blocking_type is not BlockingType.NONE for a in (*node.actions, *leaving)):
                break
        return leg

    def waypoints(self) -> tuple[Waypoint, ...]:
        """The leg as poses: each looks along its way, the last as its node says, if it does."""
        leg = self.leg()
        points = [_xy(n) for n in leg]
        before = _xy(self.last) if self.last is not None else None
        result = []
        for index, node in enumerate(leg):
            start = points[index - 1] if index else before
            yaw = _heading(start, points[index]) if start is not None else 0.0
            if index + 1 < len(leg):
                yaw = _heading(points[index], points[index + 1])
            elif node.node_position is not None and node.node_position.theta is not None:
                yaw = node.node_position.theta
            x, y = points[index]
            result.append(Waypoint(node_id=node.node_id, sequence_id=node.sequence_id, x=x, y=y, yaw=yaw))
        return tuple(result)

    def passed_next(self, x: float, y: float) -> bool:
        """Whether a robot at `x`, `y` has passed the next node, which must not be the end of its leg.

        It has when it is within the node's allowed deviation, or beyond it beside the following edge.
        """
        leg = self.leg()
        if len(leg) < 2:
            return False
        (nx, ny), (fx, fy) = _xy(leg[0]), _xy(leg[1])
        if math.hypot(x - nx, y - ny) <= deviation(leg[0]):
            return True
        length = math.hypot(fx - nx, fy - ny)
        if length == 0.0:
            return False
        ux, uy = (fx - nx) / length, (fy - ny) / length
        along = (x - nx) * ux + (y - ny) * uy
        beside = abs((y - ny) * ux - (x - nx) * uy)
        return 0.0 < along <= length + NODE_RANGE_M and beside <= NODE_RANGE_M

    def base_left_m(self, x: float, y: float) -> float:
        """Metres from the robot along the released nodes to the decision point."""
        total, here = 0.0, (x, y)
        for node in self.base():
            there = _xy(node)
            total += math.dist(here, there)
            here = there
        return total

    def node_states(self) -> tuple[NodeState, ...]:
        return tuple(
            NodeState(node_id=n.node_id, sequence_id=n.sequence_id, released=n.released, node_position=n.node_position)
            for n in self.nodes
        )

    def edge_states(self) -> tuple[EdgeState, ...]:
        return tuple(EdgeState(edge_id=e.edge_id, sequence_id=e.sequence_id, released=e.released) for e in self.edges)

    def _mark_decision(self, order: Order) -> None:
        last = [n for n in order.nodes if n.released][-1]
        self.decision = (last.node_id, last.sequence_id)


def _xy(node: Node) -> tuple[float, float]:
    position = node.node_position
    return (position.x, position.y) if position is not None else (math.nan, math.nan)


def _heading(start: tuple[float, float], end: tuple[float, float]) -> float:
    return math.atan2(end[1] - start[1], end[0] - start[0])
