"""One VDA 5050 2.1.0 vehicle, as a pure state machine.

Messages and robot events go in through the `on_...` methods; what is to be done comes out of
`take_effects`. `now` is a monotonic time in seconds. Sections are those of VDA 5050 2.1.0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from fleet.protocol.vda5050 import (
    ActionStatus,
    BatteryState,
    Error,
    InstantActions,
    MapState,
    Order,
    State,
    Velocity,
    Visualization,
)
from robot_nodes.fleet_link import instant
from robot_nodes.fleet_link.actions import Actions
from robot_nodes.fleet_link.body import Body, ChargeWatch, Pose, moves_to_charge
from robot_nodes.fleet_link.effects import (
    Drive,
    Effect,
    Hold,
    OrderCancelled,
    PublishState,
    PublishVisualization,
    StartAction,
    StopAction,
    StopDriving,
)
from robot_nodes.fleet_link.factsheet import MIN_STATE_INTERVAL_S, STATE_INTERVAL_S, VISUALIZATION_INTERVAL_S
from robot_nodes.fleet_link.orders import (
    Abilities,
    NewOrder,
    OrderUpdate,
    Refusal,
    Situation,
    error,
    judge,
    order_actions,
)
from robot_nodes.fleet_link.path import Path

RETRY_S = 2.0
"""After navigation gave up, before it is asked again."""
HALT_TIMEOUT_S = 3.0
"""A cancelled drive counts as halted this long after its end, even if odometry never says zero."""
NEW_BASE_M = 3.0
"""Base left, metres, below which more is asked for (newBaseRequest): braking from 1 m/s takes 0.6 m."""


class Vehicle:
    """The vehicle. Single-threaded: one owner calls everything."""

    def __init__(
        self,
        abilities: Abilities,
        *,
        map_id: str,
        map_version: str,
        node_at: Callable[[float, float], str] = lambda x, y: "",
        docks: Callable[[], bool] = lambda: False,
    ) -> None:
        """:param node_at: id of the lane node at x, y (metres), or an empty string. `docks`: can the robot dock now?"""
        self.abilities = abilities
        self.effects: list[Effect] = []
        self.actions = Actions()
        self.paused = False
        self.order_id, self._order_update_id = "", 0
        self._last_node = ("", 0)
        self._path = Path()
        self._map = MapState(map_id=map_id, map_version=map_version)
        self._node_at, self._docks = node_at, docks
        self._errors: dict[str, Error] = {}
        self._drive: Drive | None = None
        self._drives = 0
        self._retry_at, self._halt_by = 0.0, math.inf
        self._cancel_id: str | None = None
        self._cancelled = False
        self._body = Body(map_id)
        self._charges = ChargeWatch()
        self._held = False
        self._dirty = True
        self._state_sent = self._visualization_sent = -math.inf

    @property
    def idle(self) -> bool:
        """Nothing left to drive and every action of the order ended (section 6.6.4)."""
        return not self._path.nodes and self.actions.all_ended and not self.cancelling

    @property
    def cancelling(self) -> bool:
        return self._cancel_id is not None

    @property
    def pose(self) -> Pose | None:
        """Where the robot is, once the localiser has said so."""
        return self._body.pose

    def take_effects(self) -> list[Effect]:
        """What is to be done, oldest first; each is handed out once."""
        effects, self.effects = self.effects, []
        return effects

    def state(self) -> State:
        """The state message, its header still to be stamped."""
        return State(
            order_id=self.order_id,
            order_update_id=self._order_update_id,
            last_node_id=self._last_node[0],
            last_node_sequence_id=self._last_node[1],
            driving=self._body.driving,
            paused=self.paused or self._held,
            new_base_request=self._wants_base(),
            maps=(self._map,),
            node_states=self._path.node_states(),
            edge_states=self._path.edge_states(),
            agv_position=self._body.agv_position,
            velocity=self._body.velocity,
            action_states=self.actions.states(),
            battery_state=self._body.battery,
            errors=tuple(self._errors.values()),
        )

    def visualization(self) -> Visualization:
        return Visualization(agv_position=self._body.agv_position, velocity=self._body.velocity)

    def on_order(self, order: Order, now: float) -> None:
        """An order that parsed; it is taken, ignored or refused with an error in the state."""
        match judge(order, self._situation(), self.abilities):
            case Refusal(problem):
                self.report(problem)
            case NewOrder():
                self._begin(order)
            case OrderUpdate():
                self._extend(order)
        self._go_on(now)

    def on_malformed(self, topic: str, reason: str, now: float) -> None:
        """A message on `topic` that could not be read (section 6.6.4.1)."""
        self.report(error("validationError", reason, [("topic", topic)]))
        self._go_on(now)

    def on_instant_actions(self, message: InstantActions, now: float) -> None:
        """Each action once: one whose id is known already is a repetition."""
        for action in message.actions:
            if action.action_id not in self.actions:
                self.actions.add([action], instant=True)
                instant.perform(self, action, now)
        self._changed()
        self._go_on(now)

    def on_pose(self, pose: Pose, now: float) -> None:
        """Where the robot is; traverses the nodes it has passed."""
        self._dirty = self._dirty or self._body.pose is None
        self._body.pose = pose
        while self._drive is not None and not self.cancelling and self._path.passed_next(pose.x, pose.y):
            self._traverse()
        self._notice_displacement()
        self._go_on(now)

    def on_velocity(self, vx: float, omega: float, now: float) -> None:
        before = self._body.driving
        self._body.velocity = Velocity(vx=vx, vy=0.0, omega=omega)
        self._dirty = self._dirty or before != self._body.driving
        self._go_on(now)

    def on_battery(self, charge: float, charging: bool, now: float, voltage: float | None = None) -> None:
        """:param charge: percent."""
        before = self._body.battery
        if charging != before.charging or int(charge) != int(before.battery_charge):
            self._changed()
        self._body.battery = BatteryState(battery_charge=charge, charging=charging, battery_voltage=voltage)
        self._watch_charging(now)
        self._go_on(now)

    def on_held(self, held: bool, now: float) -> None:
        """Whether the robot stands because its visitor asked, or is waited for."""
        if held != self._held:
            self._held = held
            if self.paused and not held:
                self.effects.append(Hold(True))  # whoever let the robot go did not know of the master's pause
            self._changed()
        self._go_on(now)

    def on_link(self, connected: bool, now: float) -> None:
        """The broker came into reach: it gets a state. Out of reach changes nothing: the base is driven to its end."""
        if connected:
            self._changed()
        self._go_on(now)

    def on_drive_result(self, drive_id: int, arrived: bool, description: str, now: float) -> None:
        """The drive ended. Results of drives that were replaced are no news."""
        drive = self._drive
        if drive is None or drive.drive_id != drive_id:
            return
        self._drive = None
        self._halt_by = now + HALT_TIMEOUT_S
        end = drive.waypoints[-1].sequence_id
        if arrived and not self.cancelling:
            self._errors.pop("navigationError", None)
            while self._path.nodes and self._path.nodes[0].sequence_id <= end:
                self._traverse()
        elif not self.cancelling and not self._held:  # a held robot may turn to look for its visitor: no failure
            # Where it is blocked: the master may choose another way, the robot must not.
            self.report(error("navigationError", description or "the way is blocked", self._path.under_way()))
            self._retry_at = now + RETRY_S
        self._changed()
        self._go_on(now)

    def on_action_result(self, action_id: str, success: bool, description: str, now: float) -> None:
        """An action started with `StartAction` has ended."""
        self._end_action(action_id, success, description)
        self._go_on(now)

    def tick(self, now: float) -> None:
        """Call some ten times a second."""
        self._watch_charging(now)
        if now - self._visualization_sent >= VISUALIZATION_INTERVAL_S - 1e-6 and self._body.pose is not None:
            self._visualization_sent = now
            self.effects.append(PublishVisualization())
        self._go_on(now)

    def report(self, problem: Error) -> None:
        """Show `problem` in the state; the latest of each type, until an order is taken."""
        self._errors[problem.error_type] = problem
        self._changed()

    def cancel(self, action_id: str, now: float) -> None:
        """Give up the order (section 6.6.3); `action_id` ends when everything has stopped."""
        self._cancel_id = action_id
        self._halt_by = now + HALT_TIMEOUT_S
        for running in self.actions.cancel_order():
            if self._charges.remove(running):
                self._end_action(running, False, "order cancelled")
            else:
                self.effects.append(StopAction(running))
        if self._drive is not None:
            self.effects.append(StopDriving(self._drive.drive_id))
        self._changed()

    def pause(self, on: bool) -> None:
        """The master's pause; its end does not end a pause the visitor asked for."""
        self.paused = on
        if on or not self._held:
            self.effects.append(Hold(on))

    def start(self, effect: StartAction, now: float) -> None:
        """Start an action: charging where no docking is needed is watched here, the rest is done by the shell."""
        action = effect.action
        if moves_to_charge(action.action_type, self._body.battery.charging) and self._docks():
            self.effects.append(effect)
        elif action.action_type == "startCharging":
            self._charges.add(action.action_id, now)
            self._watch_charging(now)
        elif action.action_type == "stopCharging":
            # the contacts open when the robot drives off
            self._end_action(action.action_id, True, "")
        else:
            self.effects.append(effect)

    def placed_at(self, node_id: str) -> None:
        """The localiser has been told where the robot is."""
        if self.idle:
            self._last_node = (node_id, 0)
            self._path.decision = None
            self._body.moved_away(idle=False)

    def _begin(self, order: Order) -> None:
        self._errors.clear()
        self.actions.begin_order()
        self.actions.add(action for _, action in order_actions(order))
        self._cancelled = False
        self._retry_at = -math.inf
        self.order_id, self._order_update_id = order.order_id, order.order_update_id
        self._path.begin(order)
        first = order.nodes[0]
        self._last_node = (first.node_id, first.sequence_id)
        self.actions.trigger(first.actions)
        if order.edges and order.edges[0].released:
            self.actions.trigger(order.edges[0].actions)
        self._changed()

    def _extend(self, order: Order) -> None:
        self._errors.clear()
        self._order_update_id = order.order_update_id
        waited = not self._path.base()
        self.actions.forget(self._path.extend(order))
        known = self.actions.order_ids()
        self.actions.add(a for _, a in order_actions(order) if a.action_id not in known)
        if waited and order.edges and order.edges[0].released:
            self.actions.trigger(order.edges[0].actions)
        self._changed()

    def _traverse(self) -> None:
        """Section 6.6.2: everything a passed node changes, for one and the same state."""
        node, edge = self._path.traverse()
        self._last_node = (node.node_id, node.sequence_id)
        for action_id in self.actions.leave_edge(edge.actions):
            self._charges.remove(action_id)
            self.effects.append(StopAction(action_id))
        self.actions.trigger(node.actions)
        if self._path.edges and self._path.edges[0].released:
            self.actions.trigger(self._path.edges[0].actions)
        self._changed()

    def _go_on(self, now: float) -> None:
        """Whatever may happen next: the end of a cancel, actions, driving, a state message."""
        if self.cancelling:
            self._finish_cancel(now)
        if not self.cancelling and not self.paused:
            self._start_actions(now)
            self._steer(now)
        due = self._dirty and now - self._state_sent >= MIN_STATE_INTERVAL_S
        if due or now - self._state_sent >= STATE_INTERVAL_S:
            self._state_sent = now
            self._dirty = False
            self.effects.append(PublishState())

    def _start_actions(self, now: float) -> None:
        while started := self.actions.start_ready(driving=self._drive is not None):
            self._changed()
            for action in started:
                self.start(StartAction(action), now)

    def _steer(self, now: float) -> None:
        if self.actions.hold_the_robot or self._held or now < self._retry_at:
            return
        leg = self._path.leg()
        if not leg or (self._drive is not None and self._drive.waypoints[-1].sequence_id == leg[-1].sequence_id):
            return
        self._drives += 1
        self._drive = Drive(drive_id=self._drives, waypoints=self._path.waypoints())
        self._retry_at = -math.inf
        self.effects.append(self._drive)

    def _finish_cancel(self, now: float) -> None:
        halted = self._drive is None and (not self._body.driving or now >= self._halt_by)
        if self.actions.running() or not halted or self._cancel_id is None:
            return
        entry = self.actions.get(self._cancel_id)
        if entry is not None:
            entry.move(ActionStatus.FINISHED)
        self._cancel_id = None
        self._cancelled = True
        self._path.clear()
        self.effects.append(OrderCancelled(self.order_id))
        self._changed()

    def _end_action(self, action_id: str, success: bool, description: str) -> None:
        self._charges.remove(action_id)
        entry = self.actions.get(action_id)
        status = ActionStatus.FINISHED if success else ActionStatus.FAILED
        if entry is not None and entry.move(status, description or None):
            self._changed()

    def _watch_charging(self, now: float) -> None:
        for action_id, success, description in self._charges.ended(self._body.battery.charging, now):
            self._end_action(action_id, success, description)

    def _notice_displacement(self) -> None:
        """An idle robot that has been led or carried elsewhere is no longer at its last node."""
        moved = self._body.moved_away(idle=self.idle)
        position = self._body.position
        if position is None or not self.idle or (self._last_node[0] and not moved):
            return
        if moved:
            self._path.decision = None
        if (node := self._node_at(*position)) != self._last_node[0]:
            self._last_node = (node, 0)
            self._changed()

    def _situation(self) -> Situation:
        return Situation(
            order_id=self.order_id,
            order_update_id=self._order_update_id,
            idle=self.idle,
            cancelled=self._cancelled or self.cancelling,
            decision=self._path.decision,
            last_node_id=self._last_node[0],
            known_actions=self.actions.order_ids(),
            horizon_actions=self._path.horizon_actions(),
            position=self._body.position,
        )

    def _wants_base(self) -> bool:
        position = self._body.position
        if position is None or self._drive is None or not self._path.nodes or self._path.nodes[-1].released:
            return False
        return self._path.base_left_m(*position) < NEW_BASE_M

    def _changed(self) -> None:
        self._dirty = True
