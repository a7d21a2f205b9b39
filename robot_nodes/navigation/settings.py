"""Every number navigation drives by, as small typed groups with defaults for the guide robot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from robot_nodes.navigation.errors import BadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlLimits:
    """What the base can do and what is polite among people."""

    v_max: float = 1.0
    """m/s; walking pace of a visitor at ease (Bohannon 1997: 1.2-1.4 m/s is comfortable walking)."""
    a_max: float = 0.8
    """m/s2, both for speeding up and for braking."""
    w_max: float = 1.2
    """rad/s; the base can do 1.5, the rest is reserve for tracking."""
    alpha_max: float = 2.5
    """rad/s2."""
    lateral_max: float = 0.5
    """m/s2 across the robot in curves."""
    lookahead_min: float = 0.45
    lookahead_s: float = 0.9
    """The pursued point lies max(lookahead_min, lookahead_s * v) metres ahead."""
    turn_from: float = 0.8
    """rad; with the path further aside than this the robot turns on the spot first."""
    turn_until: float = 0.2
    xy_tolerance: float = 0.15
    yaw_tolerance: float = 0.15
    period_s: float = 0.05
    """Between two commands: that of the odometry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The round footprint."""

    radius: float = 0.30
    margin: float = 0.06
    """Never closer than this to anything, metres."""
    side: float = 0.12
    """Room wanted at each side when a way is chosen, metres."""

    @property
    def reach(self) -> float:
        """Centre to the nearest permitted contact, metres."""
        return self.radius + self.margin

    @property
    def wanted(self) -> float:
        """Half the width of a way worth choosing, metres."""
        return self.radius + self.side


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """How far from its path the robot may go round what stands there."""

    half_width: float = 1.0
    step: float = 0.1
    horizon: float = 5.0
    """Metres of path looked at."""
    blend: float = 0.9
    """Metres over which an aside is taken."""
    patience_s: float = 2.0
    """Waiting time before an aside of more than `calm` is taken: most people walk on by themselves."""
    calm: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to call it blocked."""

    recover_after_s: float = 10.0
    abort_after_s: float = 60.0
    progress_m: float = 0.3
    """Less than this in the time above is no progress."""
    silent_after_s: float = 0.3
    """A scan older than this counts as a wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of navigation's parameters."""

    limits: ControlLimits = field(default_factory=ControlLimits)
    body: Body = field(default_factory=Body)
    corridor: Corridor = field(default_factory=Corridor)
    patience: Patience = field(default_factory=Patience)

    def with_limits(self, values: Mapping[str, float]) -> Settings:
        """A copy with some control limits replaced.

        :raises BadSettings: for a name that is no limit, or a value that is no positive number.
        """
        known = {item.name for item in fields(ControlLimits)}
        for name, value in values.items():
            if name not in known:
                raise BadSettings(f"control limit {name}: unknown; known are {', '.join(sorted(known))}")
            if not (math.isfinite(value) and value > 0.0):
                raise BadSettings(f"control limit {name}: {value} must be a positive number")
        return replace(self, limits=replace(self.limits, **dict(values)))
