"""What the robot is and can do: the VDA 5050 2.1.0 factsheet, and the same as `Abilities`."""

from __future__ import annotations

import math

from fleet.protocol.vda5050 import (
    AgvAction,
    Factsheet,
    PhysicalParameters,
    ProtocolFeatures,
    ProtocolLimits,
    Timing,
    TypeSpecification,
)
from robot_nodes.fleet_link.orders import Abilities

MIN_STATE_INTERVAL_S = 0.05
STATE_INTERVAL_S = 10.0
VISUALIZATION_INTERVAL_S = 0.5
RADIUS_M = 0.30

GUIDE_ACTIONS = ("meetVisitor", "startGuiding", "finishGuiding", "handOver", "announce")
"""Carried out by `guiding` through the action `perform_action`."""
CHARGE_ACTIONS = ("startCharging", "stopCharging")
INSTANT_ACTIONS = ("cancelOrder", "startPause", "stopPause", "stateRequest", "factsheetRequest", "initPosition")

ACTION_SCOPES: dict[str, frozenset[str]] = {
    **{name: frozenset({"NODE"}) for name in GUIDE_ACTIONS},
    "announce": frozenset({"NODE", "EDGE", "INSTANT"}),
    **{name: frozenset({"NODE", "INSTANT"}) for name in CHARGE_ACTIONS},
    **{name: frozenset({"INSTANT"}) for name in INSTANT_ACTIONS},
}


def abilities(map_id: str) -> Abilities:
    """What orders for a robot that has the map `map_id` may ask of it."""
    return Abilities(actions=ACTION_SCOPES, maps=frozenset({map_id}))


def factsheet() -> Factsheet:
    """The factsheet, its header still to be stamped. Metres, m/s, m/s2.

    blockingTypes is left out: every action takes every type, and the 2.1.0 schema allows no array there.
    """
    actions = tuple(
        AgvAction(action_type=name, action_scopes=tuple(sorted(scopes))) for name, scopes in ACTION_SCOPES.items()
    )
    return Factsheet(
        type_specification=TypeSpecification(
            series_name="fairguide", series_description="guide robot for exhibition venues"
        ),
        physical_parameters=PhysicalParameters(
            speed_min=0.05,
            speed_max=1.0,
            acceleration_max=0.8,
            deceleration_max=0.8,
            height_max=1.4,
            width=2 * RADIUS_M,
            length=2 * RADIUS_M,
        ),
        protocol_limits=ProtocolLimits(
            timing=Timing(
                min_order_interval=0.05,
                min_state_interval=MIN_STATE_INTERVAL_S,
                default_state_interval=STATE_INTERVAL_S,
                visualization_interval=VISUALIZATION_INTERVAL_S,
            )
        ),
        protocol_features=ProtocolFeatures(agv_actions=actions),
        agv_geometry={"envelopes2d": [{"set": "body", "polygonPoints": _outline(RADIUS_M)}]},
        load_specification={},
    )


def _outline(radius_m: float, corners: int = 12) -> list[dict[str, float]]:
    """A polygon around the round footprint."""
    angles = [2 * math.pi * k / corners for k in range(corners)]
    return [{"x": round(radius_m * math.cos(a), 4), "y": round(radius_m * math.sin(a), 4)} for a in angles]
