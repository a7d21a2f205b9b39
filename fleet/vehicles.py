"""Master side of one VDA 5050 2.1.0 vehicle: what it reports, what it was told, what it may be told next.

No I/O and no clock: messages come in with the time they were heard, messages to send come out as values.
Rule numbers (A1...) are those of the project's list of rules for a master control.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from fleet.orders import Itinerary, order_message
from fleet.protocol.base import UINT32
from fleet.protocol.vda5050 import (
    ActionStatus,
    AgvPosition,
    BlockingType,
    Connection,
    ConnectionState,
    Error,
    ErrorLevel,
    InstantActions,
    OperatingMode,
    Order,
    State,
    Visualization,
    action,
)
from maps.venue import Venue

STALE_S = 2.0
"""A vehicle publishes its position every 0.5 s; four missed in a row mean the link is not to be trusted."""
RESEND_S = 2.0
"""An order nobody answered is sent again, the same bytes but the header (A15), after this, then twice, ..."""
RESENDS = 3
REORDERED = 1000
"""A headerId this little behind the newest is a late message; further behind, a vehicle that restarted."""
REJECTIONS = frozenset(
    {
        "validationerror",
        "validationfailure",
        "ordererror",
        "orderupdateerror",
        "norouteerror",
        "noroutetotarget",
        "unsupportedparameter",
        "invalidorderaction",
        "outdatedorderupdate",
        "sameorderupdateid",
        "otherorderactive",
        "startnodeoutofrange",
        "mobilerobotnotavailable",
        "unknownmapid",
        "orderupdatefollowingcancel",
        "insufficientmemory",
    }
)
"""Error types by which 2.1.0 and 3.0 vehicles refuse an order (A16), lower case, without underscores."""


class LinkState(StrEnum):
    UNKNOWN = "unknown"
    ONLINE = "online"
    OFFLINE = "offline"
    BROKEN = "broken"
    STALE = "stale"


@dataclass(slots=True)
class ActiveOrder:
    """The order the vehicle was sent last."""

    order_id: str
    task_id: str
    itinerary: Itinerary
    released: int
    """Node index of the end of the base as it was sent."""
    message: Order
    sent_at: float
    update_id: int = 0
    resends: int = 0
    old_errors: frozenset[Error] = frozenset()
    accepted: bool = False
    """Whether the vehicle has ever reported this orderId."""


@dataclass(slots=True)
class Cancelling:
    """A cancelOrder under way."""

    message: InstantActions
    action_id: str
    sent_at: float
    resends: int = 0


@dataclass(slots=True)
class Vehicle:
    """One robot as the fleet knows it. `seen_s` and all times are the manager's clock, seconds."""

    serial: str
    venue: Venue
    manufacturer: str = "fairguide"
    connection: ConnectionState | None = None
    state: State | None = None
    position: AgvPosition | None = None
    seen_at: float | None = None
    home: str = ""
    """Dock it was first seen on."""
    order: ActiveOrder | None = None
    cancelling: Cancelling | None = None
    idle_since: float | None = None
    order_since: float = 0.0
    _last_state: tuple[int, str] = (-1, "")
    _last_view: tuple[int, str] = (-1, "")
    _finished: set[str] = field(default_factory=set)

    # what it reports

    def observe_connection(self, message: Connection, now: float) -> None:
        """The last one heard counts: a will's header is older than what it says (A18)."""
        self.connection = message.connection_state
        if message.connection_state is ConnectionState.ONLINE:
            self.seen_at = now

    def observe_state(self, message: State, now: float) -> bool:
        """Take note of a state; False for a duplicate or one that comes late."""
        if _is_old(message.header_id, message.timestamp, self._last_state):
            return False
        self._last_state = (message.header_id, message.timestamp)
        self.state, self.seen_at = message, now
        if message.agv_position is not None:
            self.position = message.agv_position
        if self.order and message.order_id == self.order.order_id:
            self.order.accepted = True
        if not message.idle:
            self.idle_since = None
        elif self.idle_since is None:
            self.idle_since = now
        self._finished = {a.action_id for a in message.action_states if a.action_status is ActionStatus.FINISHED}
        return True

    def observe_visualization(self, message: Visualization, now: float) -> bool:
        """Take note of a position between states; False for a duplicate or one that comes late."""
        if _is_old(message.header_id, message.timestamp, self._last_view):
            return False
        self._last_view = (message.header_id, message.timestamp)
        self.seen_at = now
        if message.agv_position is not None:
            self.position = message.agv_position
        return True

    # what follows from it

    def link(self, now: float) -> LinkState:
        """A broken connection is not the only sign: silence counts too (A18)."""
        if self.connection is ConnectionState.CONNECTIONBROKEN:
            return LinkState.BROKEN
        if self.connection is ConnectionState.OFFLINE:
            return LinkState.OFFLINE
        if self.seen_at is None:
            return LinkState.UNKNOWN
        return LinkState.STALE if now - self.seen_at > STALE_S else LinkState.ONLINE

    def reachable(self, now: float) -> bool:
        """Whether orders and actions may be sent: heard of, and in AUTOMATIC (A17, A18)."""
        state = self.state
        return bool(state and state.operating_mode is OperatingMode.AUTOMATIC and self.link(now) is LinkState.ONLINE)

    @property
    def fatal(self) -> Error | None:
        """What keeps it from driving, if anything does."""
        errors = self.state.errors if self.state else ()
        return next((e for e in errors if e.error_level is ErrorLevel.FATAL), None)

    @property
    def blocked(self) -> str:
        """The lane on which its navigation has given up waiting for a free way; empty: none."""
        errors = self.state.errors if self.state else ()
        named = (r for e in errors if e.error_type == "navigationError" for r in e.error_references)
        lanes = self.venue.lanes.lanes
        return next(
            (r.reference_value for r in named if r.reference_key == "edgeId" and r.reference_value in lanes), ""
        )

    @property
    def battery(self) -> float:
        """Percent; 0 before the first state."""
        return self.state.battery_state.battery_charge if self.state else 0.0

    @property
    def free(self) -> bool:
        """No order of ours or anybody's, nothing being cancelled (A12)."""
        return self.order is None and self.cancelling is None and bool(self.state and self.state.idle)

    @property
    def xy(self) -> tuple[float, float] | None:
        """Metres, frame `map`; None while it does not know where it is."""
        known = self.position and self.position.position_initialized and self.position.map_id == self.venue.map_id
        return (self.position.x, self.position.y) if self.position and known else None

    @property
    def reports_order(self) -> bool:
        return bool(self.order and self.state and self.state.order_id == self.order.order_id)

    @property
    def acknowledged(self) -> bool:
        """Whether a state has shown the newest update."""
        return bool(
            self.order and self.reports_order and self.state and self.state.order_update_id >= self.order.update_id
        )

    @property
    def at(self) -> int | None:
        """Node index of the order passed last; repeated nodes are told apart by sequenceId (A20)."""
        if not self.order or not self.state or not self.reports_order:
            return None
        return min(self.state.last_node_sequence_id // 2, self.order.released)

    @property
    def done(self) -> bool:
        """The whole order driven and all its actions ended."""
        order, state = self.order, self.state
        if not order or not state or not self.acknowledged or not state.idle:
            return False
        ended = {a.action_id for a in state.action_states}
        last = order.itinerary.last
        wanted = {a.action_id for a in order.itinerary.stops[last].actions}
        return order.released == last and self.at == last and wanted <= ended

    @property
    def dropped(self) -> bool:
        """The vehicle no longer has the order it had: it restarted, or somebody else cancelled it."""
        order, state = self.order, self.state
        if not order or not state or not order.accepted or self.cancelling:
            return False
        if not self.reports_order:
            return True
        return self.acknowledged and state.idle and (self.at or 0) < order.released

    def finished(self, action_id: str) -> bool:
        """Whether the vehicle reports this action FINISHED."""
        return action_id in self._finished

    def status_of(self, action_type: str) -> ActionStatus | None:
        """How far the order's action of this type is; None if the order has none."""
        order, state = self.order, self.state
        if not order or not state:
            return None
        ids = {a.action_id for s in order.itinerary.stops.values() for a in s.actions if a.action_type == action_type}
        return next((a.action_status for a in state.action_states if a.action_id in ids), None)

    @property
    def failed_action(self) -> str:
        """Type and description of an action of this order that failed; empty if none did."""
        order, state = self.order, self.state
        if not order or not state:
            return ""
        types = {a.action_id: a.action_type for s in order.itinerary.stops.values() for a in s.actions}
        for reported in state.action_states:
            if reported.action_id in types and reported.action_status is ActionStatus.FAILED:
                return f"{types[reported.action_id]} failed: {reported.result_description or 'no description'}"
        return ""

    @property
    def rejection(self) -> str:
        """Why the vehicle refuses the newest order or update; empty if it does not (A16)."""
        if not self.order or not self.state or self.acknowledged:
            return ""
        for error in self.state.errors:
            if error not in self.order.old_errors and _refuses(error, self.order):
                return f"{error.error_type}: {error.error_description or 'no description'}"
        return ""

    # what it is told

    def begin(self, order_id: str, task_id: str, itinerary: Itinerary, released: int, now: float) -> Order:
        """A new order (A8: update 0). Only for a vehicle that is `free` and `reachable`."""
        message = order_message(self.venue, order_id, 0, itinerary, 0, released)
        errors = frozenset(self.state.errors) if self.state else frozenset()
        self.order = ActiveOrder(order_id, task_id, itinerary, released, message, now, old_errors=errors)
        self.order_since = now
        return message

    def update(self, itinerary: Itinerary, released: int, now: float) -> Order:
        """An update from the decision point on (A9); what was released stays as it was (A10).

        :raises ValueError: if there is no order, it is being cancelled (A13), or its base would change.
        """
        order = self.order
        if order is None or self.cancelling:
            raise ValueError(f"{self.serial}: no order to update")
        if itinerary.nodes[: order.released + 1] != order.itinerary.nodes[: order.released + 1]:
            raise ValueError(f"{self.serial}: the base of order {order.order_id} would change")
        update_id = order.update_id + 1
        order.message = order_message(self.venue, order.order_id, update_id, itinerary, order.released, released)
        order.itinerary, order.released, order.update_id = itinerary, released, update_id
        order.sent_at, order.resends = now, 0
        order.old_errors = frozenset(self.state.errors) if self.state else frozenset()
        return order.message

    def adopt(self, order_id: str, task_id: str, itinerary: Itinerary, released: int, now: float) -> None:
        """Go on with an order sent before the fleet restarted, which the vehicle still reports."""
        state = self.state
        update_id = state.order_update_id if state else 0
        message = order_message(self.venue, order_id, update_id, itinerary, 0, released)
        self.order = ActiveOrder(order_id, task_id, itinerary, released, message, now, update_id, accepted=True)
        self.order_since = now

    def forget(self) -> None:
        """The order has ended, one way or the other."""
        self.order = None
        self.cancelling = None

    def cancel(self, action_id: str, now: float) -> InstantActions:
        """cancelOrder; the order counts until the vehicle reports the action ended (A14)."""
        message = InstantActions(actions=(action("cancelOrder", action_id, BlockingType.HARD),))
        self.cancelling = Cancelling(message, action_id, now)
        return message

    @property
    def cancelled(self) -> bool:
        """Whether the cancelOrder under way has ended, or there was nothing left to cancel."""
        if not self.cancelling or not self.state:
            return False
        ended = {a.action_id for a in self.state.action_states if a.action_status.ended}
        return self.cancelling.action_id in ended and self.state.idle

    def resend(self, now: float) -> Order | InstantActions | None:
        """What nobody answered and is due again: the same content (A15), a bounded number of times (A16)."""
        waiting: ActiveOrder | Cancelling | None = self.cancelling or self.order
        if waiting is None or self._answered() or waiting.resends >= RESENDS:
            return None
        if now - waiting.sent_at < RESEND_S * 2**waiting.resends:
            return None
        waiting.sent_at = now
        waiting.resends += 1
        return waiting.message

    def unanswered(self, now: float) -> bool:
        """Whether the last resend brought nothing either."""
        waiting: ActiveOrder | Cancelling | None = self.cancelling or self.order
        if waiting is None or self._answered() or waiting.resends < RESENDS:
            return False
        return bool(now - waiting.sent_at >= RESEND_S * 2**waiting.resends)

    def _answered(self) -> bool:
        if self.cancelling:
            reported: Iterable[str] = (a.action_id for a in self.state.action_states) if self.state else ()
            return self.cancelling.action_id in reported
        return self.acknowledged


def _is_old(header_id: int, timestamp: str, last: tuple[int, str]) -> bool:
    last_id, last_time = last
    if last_id < 0:
        return False
    return (last_id - header_id) % UINT32 < REORDERED and timestamp <= last_time


def _refuses(error: Error, order: ActiveOrder) -> bool:
    references = {r.reference_key: r.reference_value for r in error.error_references}
    if "orderId" in references and references["orderId"] != order.order_id:
        return False
    if "orderUpdateId" in references and references["orderUpdateId"] != str(order.update_id):
        return False
    return "orderId" in references or error.error_type.replace("_", "").lower() in REJECTIONS
