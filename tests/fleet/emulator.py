"""A small VDA 5050 2.1.0 vehicle for tests: drives straight from node to node at a speed; no I/O, no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from fleet.protocol.vda5050 import (
    Action,
    ActionState,
    ActionStatus,
    AgvPosition,
    BatteryState,
    Connection,
    ConnectionState,
    Edge,
    EdgeState,
    Error,
    ErrorLevel,
    ErrorReference,
    InstantActions,
    Node,
    NodeState,
    OperatingMode,
    Order,
    State,
)


@dataclass
class Emulator:
    serial: str
    map_id: str
    x: float
    y: float
    speed: float = 1.0
    battery: float = 90.0
    mode: OperatingMode = OperatingMode.AUTOMATIC
    refuse: str = ""
    deaf: bool = False
    fail_action: str = ""
    blocked: str = ""
    """A lane that it cannot get through."""
    order_id: str = ""
    update_id: int = 0
    last_node: str = ""
    last_seq: int = 0
    ahead: list[tuple[Edge, Node]] = field(default_factory=list)
    actions: dict[str, ActionState] = field(default_factory=dict)
    queue: list[Action] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    decision: tuple[str, int] = ("", 0)
    paused: bool = False
    charging: bool = False
    changed: bool = True
    header: int = -1
    action_s: float = 0.0
    action_takes_s: float = 1.0

    def receive(self, message: Order | InstantActions) -> None:
        if self.deaf:
            return
        self.changed = True
        if isinstance(message, Order):
            self.orders.append(message)
            self._take(message)
            return
        for action in message.actions:
            if action.action_type == "cancelOrder":
                self._cancel(action)
            elif action.action_type in ("startPause", "stopPause"):
                self.paused = action.action_type == "startPause"
                self._report(action, ActionStatus.FINISHED)

    def _take(self, order: Order) -> None:
        if self.refuse:
            self._error(self.refuse, order)
            return
        if order.order_id == self.order_id and order.order_update_id == self.update_id:
            return
        first = order.nodes[0]
        if order.order_id == self.order_id:
            if order.order_update_id < self.update_id or (first.node_id, first.sequence_id) != self.decision:
                self._error("orderUpdateError", order)
                return
            self.ahead = [pair for pair in self.ahead if pair[1].released]
        else:
            if not self.idle:
                self._error("orderError", order)
                return
            self.actions, self.queue, self.ahead, self.errors = {}, list(first.actions), [], []
            self.last_node, self.last_seq = first.node_id, first.sequence_id
            for action in first.actions:
                self._report(action, ActionStatus.WAITING)
        self.order_id, self.update_id = order.order_id, order.order_update_id
        self.ahead += list(zip(order.edges, order.nodes[1:], strict=True))
        base = [n for n in order.nodes if n.released][-1]
        self.decision = (base.node_id, base.sequence_id)
        for _, node in self.ahead:
            for action in node.actions:
                self.actions.setdefault(
                    action.action_id, ActionState(action_id=action.action_id, action_status=ActionStatus.WAITING)
                )

    def _cancel(self, action: Action) -> None:
        if self.idle:
            self._report(action, ActionStatus.FAILED)
            self.errors.append(Error(error_type="noOrderToCancel", error_level=ErrorLevel.WARNING))
            return
        self.ahead, self.queue = [], []
        for state in list(self.actions.values()):
            if not state.action_status.ended:
                self.actions[state.action_id] = state.model_copy(update={"action_status": ActionStatus.FAILED})
        self._report(action, ActionStatus.FINISHED)

    def _report(self, action: Action, status: ActionStatus) -> None:
        self.actions[action.action_id] = ActionState(
            action_id=action.action_id, action_type=action.action_type, action_status=status
        )

    def _error(self, kind: str, order: Order) -> None:
        reference = ErrorReference(reference_key="orderId", reference_value=order.order_id)
        update = ErrorReference(reference_key="orderUpdateId", reference_value=str(order.order_update_id))
        self.errors = [Error(error_type=kind, error_level=ErrorLevel.WARNING, error_references=(reference, update))]

    @property
    def idle(self) -> bool:
        return not self.ahead and all(a.action_status.ended for a in self.actions.values())

    def step(self, dt: float) -> None:
        if self.paused:
            return
        if self.queue:
            self._act(dt)
            return
        left = self.speed * dt
        while left > 0 and self.ahead and self.ahead[0][1].released and not self.queue:
            left = self._drive(left)

    def _act(self, dt: float) -> None:
        action = self.queue[0]
        self.action_s += dt
        if self.actions[action.action_id].action_status is ActionStatus.WAITING:
            self._report(action, ActionStatus.RUNNING)
            self.changed = True
        if self.action_s >= self.action_takes_s:
            failed = action.action_type == self.fail_action
            self._report(action, ActionStatus.FAILED if failed else ActionStatus.FINISHED)
            self.charging = self.charging or action.action_type == "startCharging"
            self.queue.pop(0)
            self.action_s, self.changed = 0.0, True

    def _drive(self, left: float) -> float:
        edge, node = self.ahead[0]
        if edge.edge_id == self.blocked:
            where = (ErrorReference(reference_key="edgeId", reference_value=edge.edge_id),)
            self.errors = [Error(error_type="navigationError", error_level=ErrorLevel.WARNING, error_references=where)]
            return 0.0
        assert node.node_position is not None
        dx, dy = node.node_position.x - self.x, node.node_position.y - self.y
        away = math.hypot(dx, dy)
        if away > left:
            self.x, self.y = self.x + dx / away * left, self.y + dy / away * left
            return 0.0
        self.x, self.y = node.node_position.x, node.node_position.y
        self.ahead.pop(0)
        self.last_node, self.last_seq = node.node_id, node.sequence_id
        self.queue = list(node.actions)
        self.changed = True
        return left - away

    def state(self, now: float) -> State:
        self.header += 1
        self.changed = False
        return State(
            header_id=self.header,
            timestamp=f"{now:020.3f}Z",
            serial_number=self.serial,
            manufacturer="fairguide",
            order_id=self.order_id,
            order_update_id=self.update_id,
            last_node_id=self.last_node,
            last_node_sequence_id=self.last_seq,
            driving=bool(self.ahead and self.ahead[0][1].released),
            paused=self.paused,
            operating_mode=self.mode,
            node_states=tuple(
                NodeState(node_id=n.node_id, sequence_id=n.sequence_id, released=n.released) for _, n in self.ahead
            ),
            edge_states=tuple(
                EdgeState(edge_id=e.edge_id, sequence_id=e.sequence_id, released=e.released) for e, _ in self.ahead
            ),
            agv_position=AgvPosition(x=self.x, y=self.y, theta=0.0, map_id=self.map_id),
            action_states=tuple(self.actions.values()),
            battery_state=BatteryState(battery_charge=self.battery, charging=self.charging),
            errors=tuple(self.errors),
        )

    def connection(self, state: ConnectionState = ConnectionState.ONLINE) -> Connection:
        return Connection(connection_state=state, serial_number=self.serial, manufacturer="fairguide")
