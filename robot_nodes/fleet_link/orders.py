"""May this order be taken? VDA 5050 2.1.0, section 6.6.4 and its figure of order acceptance.

`judge` is a pure function of the order and of what the vehicle is doing. It answers with one of
`NewOrder`, `OrderUpdate`, `Ignore` or `Refusal`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from fleet.protocol.vda5050 import Action, Error, ErrorLevel, ErrorReference, Node, Order

NODE_RANGE_M = 0.5
"""allowedDeviationXY where a node states none."""
START_RANGE_M = 1.0
"""How far from its first node a robot may stand to count as on it (the first node is to be trivially reachable)."""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """Take it: the robot is idle and stands at its first node."""


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """Take it: it continues the current order at the decision point."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """A repetition of what is already known: no error, no change."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Do not take it; report `error` until an order is taken."""

    error: Error


Judgement = NewOrder | OrderUpdate | Ignore | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What this vehicle can do: action type -> scopes (INSTANT, NODE, EDGE), and the maps it has."""

    actions: Mapping[str, frozenset[str]]
    maps: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the vehicle is doing when an order comes."""

    order_id: str
    order_update_id: int
    idle: bool
    cancelled: bool
    """The current order has been cancelled: no update may follow."""
    decision: tuple[str, int] | None
    """Node id and sequence id of the last released node; None before any order."""
    last_node_id: str
    known_actions: Collection[str]
    """Ids in the reported actionStates that belong to the current order."""
    horizon_actions: Collection[str] = ()
    """Those of them that go with the horizon an update replaces, and may come again in it."""
    position: tuple[float, float] | None


def judge(order: Order, situation: Situation, abilities: Abilities) -> Judgement:
    """Decide what to do with `order`."""
    problem = _malformed(order)
    if problem is not None:
        return Refusal(problem)
    same = order.order_id == situation.order_id and bool(situation.order_id)
    if same and order.order_update_id == situation.order_update_id:
        return Ignore()
    problem = _update_problem(order, situation) if same else _new_problem(order, situation)
    problem = problem or _unable(order, abilities)
    if problem is not None:
        return Refusal(problem)
    return OrderUpdate() if same else NewOrder()


def error(
    error_type: str, description: str, references: Iterable[tuple[str, str]], *, level: ErrorLevel = ErrorLevel.WARNING
) -> Error:
    """An error for the state, with its references in the standard's form."""
    return Error(
        error_type=error_type,
        error_level=level,
        error_description=description,
        error_references=tuple(ErrorReference(reference_key=k, reference_value=v) for k, v in references),
    )


def order_error(error_type: str, order: Order, description: str, *more: tuple[str, str]) -> Error:
    """An error about `order`: its ids come first in the references."""
    ids = [("orderId", order.order_id), ("orderUpdateId", str(order.order_update_id))]
    return error(error_type, description, [*ids, *more])


def deviation(node: Node) -> float:
    """How near to `node` the robot must come, metres; never less than it can hold (0.2)."""
    stated = node.node_position.allowed_deviation_xy if node.node_position else None
    return NODE_RANGE_M if stated is None else max(stated, 0.2)


def _malformed(order: Order) -> Error | None:
    """Section 6.6.1: sequence, joints and releases of nodes and edges; unique action ids."""
    problem = _sequence_problem(order) or _release_problem(order)
    if problem is None and not order.order_id:
        problem = ("orderId is empty", "orderId", "")
    if problem is None:
        seen: set[str] = set()
        for _, action in order_actions(order):
            if action.action_id in seen:
                problem = (f"actionId {action.action_id} appears twice", "actionId", action.action_id)
            seen.add(action.action_id)
    if problem is None:
        return None
    description, key, value = problem
    return order_error("validationError", order, description, (key, value))


def _sequence_problem(order: Order) -> tuple[str, str, str] | None:
    nodes, edges = order.nodes, order.edges
    if len(edges) != len(nodes) - 1:
        return (f"{len(nodes)} nodes need {len(nodes) - 1} edges, not {len(edges)}", "edges", str(len(edges)))
    first = nodes[0].sequence_id
    if first % 2:
        return (f"sequenceId {first} of the first node is odd", "nodeId", nodes[0].node_id)
    for index, node in enumerate(nodes):
        if node.sequence_id != first + 2 * index:
            return (f"node sequenceId {node.sequence_id} should be {first + 2 * index}", "nodeId", node.node_id)
    for index, edge in enumerate(edges):
        if edge.sequence_id != first + 2 * index + 1:
            return (f"edge sequenceId {edge.sequence_id} should be {first + 2 * index + 1}", "edgeId", edge.edge_id)
        if (edge.start_node_id, edge.end_node_id) != (nodes[index].node_id, nodes[index + 1].node_id):
            return ("the edge does not join its neighbours in the order", "edgeId", edge.edge_id)
    return None


def _release_problem(order: Order) -> tuple[str, str, str] | None:
    if not order.nodes[0].released:
        return ("the first node is not released", "nodeId", order.nodes[0].node_id)
    for before, edge, after in zip(order.nodes, order.edges, order.nodes[1:], strict=False):
        if after.released != edge.released or (edge.released and not before.released):
            return ("base and horizon are mixed", "edgeId", edge.edge_id)
    return None


def order_actions(order: Order) -> list[tuple[str, Action]]:
    """Every action of `order` with its scope, NODE or EDGE."""
    nodes = [("NODE", action) for node in order.nodes for action in node.actions]
    return nodes + [("EDGE", action) for edge in order.edges for action in edge.actions]


def _unable(order: Order, abilities: Abilities) -> Error | None:
    """Section 6.6.4.2: actions the vehicle cannot perform, maps it does not have."""
    for node in order.nodes:
        if node.node_position is None:
            return order_error("orderError", order, "nodePosition is needed", ("nodeId", node.node_id))
        if node.node_position.map_id not in abilities.maps:
            description = f"no map {node.node_position.map_id} here; this robot has {', '.join(sorted(abilities.maps))}"
            where = (("nodeId", node.node_id), ("mapId", node.node_position.map_id))
            return order_error("orderError", order, description, *where)
    for scope, action in order_actions(order):
        if scope not in abilities.actions.get(action.action_type, ()):
            description = f"action {action.action_type} is not known here as a {scope} action"
            where = (("actionId", action.action_id), ("actionType", action.action_type))
            return order_error("orderError", order, description, *where)
    return None


def _update_problem(order: Order, situation: Situation) -> Error | None:
    first = order.nodes[0]
    if order.order_update_id < situation.order_update_id:
        description = f"orderUpdateId {order.order_update_id} is older than {situation.order_update_id}"
        return order_error("orderUpdateError", order, description)
    if situation.cancelled:
        return order_error("orderUpdateError", order, "the order has been cancelled")
    if (first.node_id, first.sequence_id) != situation.decision:
        description = f"the update starts at {first.node_id}/{first.sequence_id}, the base ends at "
        description += "{}/{}".format(*situation.decision) if situation.decision else "nothing"
        return order_error("orderUpdateError", order, description, ("nodeId", first.node_id))
    old = set(situation.known_actions)
    for action in first.actions:
        if action.action_id not in old:
            description = "the decision point must be repeated unchanged"
            return order_error("orderUpdateError", order, description, ("actionId", action.action_id))
    later = [a for n in order.nodes[1:] for a in n.actions] + [a for e in order.edges for a in e.actions]
    replaced = set(situation.horizon_actions)
    for action in later:
        if action.action_id in old - replaced:
            description = f"actionId {action.action_id} is used already"
            return order_error("orderUpdateError", order, description, ("actionId", action.action_id))
    return None


def _new_problem(order: Order, situation: Situation) -> Error | None:
    if not situation.idle:
        return order_error("orderError", order, f"order {situation.order_id} is still active")
    return _start_problem(order, situation)


def _start_problem(order: Order, situation: Situation) -> Error | None:
    """The first node must be trivially reachable: the robot is on it, or on its way from it."""
    first = order.nodes[0]
    if first.node_position is None:
        return None  # `_unable` tells
    if situation.position is None:
        return order_error("noRouteError", order, "the robot does not know where it is", ("nodeId", first.node_id))
    x, y = situation.position
    away_m = math.hypot(first.node_position.x - x, first.node_position.y - y)
    on_the_way = situation.last_node_id == first.node_id and len(order.nodes) > 1 and not first.actions
    if away_m <= max(START_RANGE_M, deviation(first)) or on_the_way:
        return None
    description = f"the robot is {away_m:.1f} m away from the first node"
    return order_error("noRouteError", order, description, ("nodeId", first.node_id))
