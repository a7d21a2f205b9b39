"""What the vehicle wants done; the shell carries it out and reports back."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.protocol.vda5050 import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """A node to drive to or through: metres and radians in `map`."""

    node_id: str
    sequence_id: int
    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class PublishState:
    """Send `Vehicle.state()` now."""


@dataclass(frozen=True, slots=True)
class PublishVisualization:
    """Send position and velocity now."""


@dataclass(frozen=True, slots=True)
class PublishFactsheet:
    """Send the factsheet (retained) now."""


@dataclass(frozen=True, slots=True)
class Drive:
    """Drive through `waypoints` and stop at the last; replaces any drive under way without a stop.

    Answer with `Vehicle.on_drive_result(drive_id, ...)`.
    """

    drive_id: int
    waypoints: tuple[Waypoint, ...]


@dataclass(frozen=True, slots=True)
class StopDriving:
    """Come to a halt and give up the drive `drive_id`; its result is still reported."""

    drive_id: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Stand still, keeping the goal (True), or go on (False)."""

    on: bool


@dataclass(frozen=True, slots=True)
class StartAction:
    """Carry out `action`; answer with `Vehicle.on_action_result(action_id, ...)`."""

    action: Action


@dataclass(frozen=True, slots=True)
class StopAction:
    """Give up an action under way; its result is still reported."""

    action_id: str


@dataclass(frozen=True, slots=True)
class Relocalise:
    """Tell the localiser where the robot is (instant action initPosition)."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order `order_id` has been given up at the master's request."""

    order_id: str


Effect = (
    PublishState
    | PublishVisualization
    | PublishFactsheet
    | Drive
    | StopDriving
    | Hold
    | StartAction
    | StopAction
    | Relocalise
    | OrderCancelled
)
