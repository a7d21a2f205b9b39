"""Instant actions (VDA 5050 2.1.0, section 6.8.1 and 6.9): each is shown in the state with its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fleet.protocol.vda5050 import Action, ActionStatus
from robot_nodes.fleet_link.effects import PublishFactsheet, Relocalise, StartAction
from robot_nodes.fleet_link.orders import error

if TYPE_CHECKING:
    from robot_nodes.fleet_link.vehicle import Vehicle


def perform(vehicle: Vehicle, action: Action, now: float) -> None:
    """Carry out one instant action that is new to the vehicle."""
    entry_id = action.action_id
    if "INSTANT" not in vehicle.abilities.actions.get(action.action_type, ()):
        description = f"instant action {action.action_type} is not known here"
        _fail(vehicle, action, "instantActionError", description)
    elif action.action_type == "cancelOrder":
        _cancel(vehicle, action, now)
    elif action.action_type in ("startPause", "stopPause"):
        vehicle.pause(action.action_type == "startPause")
        _finish(vehicle, entry_id)
    elif action.action_type == "initPosition":
        _init_position(vehicle, action)
    elif action.action_type == "factsheetRequest":
        vehicle.effects.append(PublishFactsheet())
        _finish(vehicle, entry_id)
    elif action.action_type == "stateRequest":
        _finish(vehicle, entry_id)
    else:  # one that also exists on nodes: announce, startCharging, stopCharging
        entry = vehicle.actions.get(entry_id)
        if entry is not None and entry.move(ActionStatus.RUNNING):
            vehicle.start(StartAction(action), now)


def _cancel(vehicle: Vehicle, action: Action, now: float) -> None:
    wanted = action.parameter("orderId", vehicle.order_id)
    if vehicle.idle or vehicle.cancelling or wanted != vehicle.order_id:
        description = "there is no such order to cancel" if wanted != vehicle.order_id else "there is no active order"
        _fail(vehicle, action, "noOrderToCancel", description)
        return
    entry = vehicle.actions.get(action.action_id)
    if entry is not None:
        entry.move(ActionStatus.RUNNING)
    vehicle.cancel(action.action_id, now)


def _init_position(vehicle: Vehicle, action: Action) -> None:
    x, y, theta = (_number(action.parameter(key)) for key in ("x", "y", "theta"))
    map_id = action.parameter("mapId", "")
    if x is None or y is None or theta is None or map_id not in vehicle.abilities.maps:
        _fail(vehicle, action, "instantActionError", "initPosition needs x, y, theta and the mapId of this robot's map")
        return
    vehicle.effects.append(Relocalise(x, y, theta))
    vehicle.placed_at(str(action.parameter("lastNodeId", "") or ""))
    _finish(vehicle, action.action_id)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _finish(vehicle: Vehicle, action_id: str) -> None:
    entry = vehicle.actions.get(action_id)
    if entry is not None:
        entry.move(ActionStatus.FINISHED)


def _fail(vehicle: Vehicle, action: Action, error_type: str, description: str) -> None:
    entry = vehicle.actions.get(action.action_id)
    if entry is not None:
        entry.move(ActionStatus.FAILED, description)
    references = [("actionId", action.action_id), ("actionType", action.action_type)]
    vehicle.report(error(error_type, description, references))
