"""VDA 5050 2.1.0 messages (github.com/VDA5050/VDA5050, tag 2.1.0): the part fairguide uses.

Field meanings are the standard's. Only what both sides here send or read is listed; readers ignore
the rest.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from fleet.protocol.base import Message, Part


class BlockingType(StrEnum):
    """What else may happen while the action runs (section 6.10)."""

    NONE = "NONE"
    SOFT = "SOFT"
    HARD = "HARD"


class ActionStatus(StrEnum):
    """Section 6.11; PAUSED is in the text, not in the 2.1.0 schema."""

    WAITING = "WAITING"
    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"

    @property
    def ended(self) -> bool:
        return self in (ActionStatus.FINISHED, ActionStatus.FAILED)


class ConnectionState(StrEnum):
    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"
    CONNECTIONBROKEN = "CONNECTIONBROKEN"


class OperatingMode(StrEnum):
    AUTOMATIC = "AUTOMATIC"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    MANUAL = "MANUAL"
    SERVICE = "SERVICE"
    TEACHIN = "TEACHIN"


class ErrorLevel(StrEnum):
    WARNING = "WARNING"
    FATAL = "FATAL"


class EStop(StrEnum):
    AUTOACK = "AUTOACK"
    MANUAL = "MANUAL"
    REMOTE = "REMOTE"
    NONE = "NONE"


class ActionParameter(Part):
    key: str
    value: Any


class Action(Part):
    action_type: str
    action_id: str
    blocking_type: BlockingType = BlockingType.HARD
    action_description: str | None = None
    action_parameters: tuple[ActionParameter, ...] = ()

    def parameter(self, key: str, default: Any = None) -> Any:
        """The value of parameter `key`, or `default`."""
        return next((p.value for p in self.action_parameters if p.key == key), default)


def action(action_type: str, action_id: str, blocking: BlockingType, **parameters: Any) -> Action:
    """An action with `parameters` as its actionParameters (None left out)."""
    return Action(
        action_type=action_type,
        action_id=action_id,
        blocking_type=blocking,
        action_parameters=tuple(
            ActionParameter(key=key, value=value) for key, value in parameters.items() if value is not None
        ),
    )


class NodePosition(Part):
    x: float
    y: float
    map_id: str
    theta: float | None = None
    allowed_deviation_xy: float | None = Field(default=None, alias="allowedDeviationXY")
    allowed_deviation_theta: float | None = None


class Node(Part):
    node_id: str
    sequence_id: int = Field(ge=0)
    released: bool
    node_position: NodePosition | None = None
    actions: tuple[Action, ...] = ()


class Edge(Part):
    edge_id: str
    sequence_id: int = Field(ge=0)
    released: bool
    start_node_id: str
    end_node_id: str
    max_speed: float | None = None
    length: float | None = None
    actions: tuple[Action, ...] = ()


class Order(Message):
    order_id: str
    order_update_id: int = Field(ge=0)
    nodes: tuple[Node, ...] = Field(min_length=1)
    edges: tuple[Edge, ...] = ()


class InstantActions(Message):
    actions: tuple[Action, ...]


class MapState(Part):
    map_id: str
    map_version: str
    map_status: str = "ENABLED"


class NodeState(Part):
    node_id: str
    sequence_id: int
    released: bool
    node_position: NodePosition | None = None


class EdgeState(Part):
    edge_id: str
    sequence_id: int
    released: bool


class AgvPosition(Part):
    x: float
    y: float
    theta: float
    map_id: str
    position_initialized: bool = True
    localization_score: float | None = None


class Velocity(Part):
    vx: float = 0.0
    vy: float = 0.0
    omega: float = 0.0


class ActionState(Part):
    action_id: str
    action_status: ActionStatus
    action_type: str | None = None
    result_description: str | None = None


class BatteryState(Part):
    battery_charge: float
    """Percent."""
    charging: bool = False
    battery_voltage: float | None = None


class ErrorReference(Part):
    reference_key: str
    reference_value: str


class Error(Part):
    error_type: str
    error_level: ErrorLevel
    error_description: str | None = None
    error_hint: str | None = None
    error_references: tuple[ErrorReference, ...] = ()


class Information(Part):
    info_type: str
    info_level: str = "INFO"
    info_description: str | None = None


class SafetyState(Part):
    e_stop: EStop = EStop.NONE
    field_violation: bool = False


class State(Message):
    order_id: str = ""
    order_update_id: int = 0
    last_node_id: str = ""
    last_node_sequence_id: int = 0
    driving: bool = False
    paused: bool | None = None
    new_base_request: bool | None = None
    distance_since_last_node: float | None = None
    operating_mode: OperatingMode = OperatingMode.AUTOMATIC
    maps: tuple[MapState, ...] = ()
    node_states: tuple[NodeState, ...] = ()
    edge_states: tuple[EdgeState, ...] = ()
    agv_position: AgvPosition | None = None
    velocity: Velocity | None = None
    action_states: tuple[ActionState, ...] = ()
    battery_state: BatteryState
    errors: tuple[Error, ...] = ()
    information: tuple[Information, ...] = ()
    safety_state: SafetyState = SafetyState()

    @property
    def idle(self) -> bool:
        """No order under way (section 6.6.4.1): nothing left to drive, every action ended."""
        return not self.node_states and not self.edge_states and all(a.action_status.ended for a in self.action_states)


class Connection(Message):
    connection_state: ConnectionState


class Visualization(Message):
    agv_position: AgvPosition | None = None
    velocity: Velocity | None = None


class TypeSpecification(Part):
    series_name: str
    agv_kinematic: str = "DIFF"
    agv_class: str = "CARRIER"
    max_load_mass: float = 0.0
    localization_types: tuple[str, ...] = ("NATURAL",)
    navigation_types: tuple[str, ...] = ("AUTONOMOUS",)
    series_description: str | None = None


class PhysicalParameters(Part):
    speed_min: float
    speed_max: float
    acceleration_max: float
    deceleration_max: float
    height_max: float
    width: float
    length: float


class Timing(Part):
    min_order_interval: float = 0.1
    min_state_interval: float = 0.1
    default_state_interval: float = 30.0
    visualization_interval: float = 0.2


class ProtocolLimits(Part):
    max_string_lens: dict[str, Any] = Field(default_factory=dict)
    max_array_lens: dict[str, Any] = Field(default_factory=dict)
    timing: Timing = Timing()


class AgvAction(Part):
    action_type: str
    action_scopes: tuple[str, ...]
    action_description: str | None = None
    blocking_types: tuple[BlockingType, ...] | None = None


class ProtocolFeatures(Part):
    optional_parameters: tuple[dict[str, str], ...] = ()
    agv_actions: tuple[AgvAction, ...] = ()


class Factsheet(Message):
    type_specification: TypeSpecification
    physical_parameters: PhysicalParameters
    protocol_limits: ProtocolLimits = ProtocolLimits()
    protocol_features: ProtocolFeatures = ProtocolFeatures()
    agv_geometry: dict[str, Any] = Field(default_factory=dict)
    load_specification: dict[str, Any] = Field(default_factory=dict)
