"""What the robot's body reports: pose, motion, battery; and whether it was moved by other means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from fleet.protocol.vda5050 import AgvPosition, BatteryState, Velocity

MOVING_MPS = 0.03
MOVING_RADPS = 0.08
MOVED_AWAY_M = 2.0
"""An idle robot found this far from where it came to rest has been moved by other means."""
CHARGE_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """In `map`: metres, radians."""

    x: float
    y: float
    yaw: float


@dataclass(slots=True)
class Body:
    """The latest of everything."""

    map_id: str
    pose: Pose | None = None
    velocity: Velocity = field(default_factory=Velocity)
    battery: BatteryState = field(default_factory=lambda: BatteryState(battery_charge=100.0))
    _rest: Pose | None = None

    @property
    def driving(self) -> bool:
        return abs(self.velocity.vx) > MOVING_MPS or abs(self.velocity.omega) > MOVING_RADPS

    @property
    def position(self) -> tuple[float, float] | None:
        return (self.pose.x, self.pose.y) if self.pose is not None else None

    @property
    def agv_position(self) -> AgvPosition | None:
        if self.pose is None:
            return None
        return AgvPosition(x=self.pose.x, y=self.pose.y, theta=self.pose.yaw, map_id=self.map_id)

    def moved_away(self, *, idle: bool) -> bool:
        """Whether an idle robot has been led or carried away from where its order left it."""
        if not idle or self.pose is None:
            self._rest = None
            return False
        if self._rest is None:
            self._rest = self.pose
        return math.hypot(self.pose.x - self._rest.x, self.pose.y - self._rest.y) > MOVED_AWAY_M


@dataclass(slots=True)
class ChargeWatch:
    """startCharging actions under way: they finish when current flows, and fail when none does in time."""

    _deadlines: dict[str, float] = field(default_factory=dict)

    def add(self, action_id: str, now: float) -> None:
        self._deadlines[action_id] = now + CHARGE_TIMEOUT_S

    def remove(self, action_id: str) -> bool:
        """Stop watching; whether it was watched."""
        return self._deadlines.pop(action_id, None) is not None

    def ended(self, charging: bool, now: float) -> Iterator[tuple[str, bool, str]]:
        """Id, success and description of the actions that have ended by `now`."""
        for action_id, deadline in list(self._deadlines.items()):
            if charging:
                yield action_id, True, ""
            elif now >= deadline:
                yield action_id, False, "no current from the charger"


def moves_to_charge(action_type: str, charging: bool) -> bool:
    """Whether a robot that can dock has to move for this action: onto a charger, or off it."""
    return action_type == ("stopCharging" if charging else "startCharging")
