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
    turn_from: float = 1.1
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

    half_width: float = 1.2
    calm: float = 0.4
    """Aside by no more than this costs little."""
    patience_s: float = 2.0
    """Waiting time before an aside of more than `calm` costs as little: most people walk on by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """The controller's rollouts."""

    count: int = 64
    """Random ones; those that pursue parallels of the path come on top."""
    calm_count: int = 16
    """The same with nobody round the robot: there pursuit is all it takes."""
    steps: int = 30
    step_s: float = 0.1
    """The horizon is steps * step_s: at 1 m/s enough to see somebody coming, and to stop."""
    knots: int = 5
    """Places along the horizon where a rollout draws noise; linear between them (smooth commands, small dimension)."""
    sigma_v: float = 0.25
    sigma_w: float = 0.45
    temperature: float = 0.04
    """Softmax of the costs: rollouts dearer than the best by much more than this do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What rollouts cost; the unit is one metre of progress.

    The zones follow Hall, "The Hidden Dimension" (1966); before a walking person and on their right they reach farther
    (Kirby and others, "COMPANION: A Constraint-Optimizing Method for Person-Acceptable Navigation", 2009).
    """

    zone_outer: float = 1.5
    zone_inner: float = 1.2
    """Middle to middle, metres: where somebody's zone begins to cost, and where it costs in full."""
    zone_weight: float = 3.4
    """Times speed squared, a second: what is best there is 1 / (2 zone_weight) m/s, rather than never to pass."""
    deeper: float = 0.25
    """What a metre farther inside adds to the share of the cost."""
    ahead: float = 0.35
    """Metres the zone of somebody who walks at 1 m/s reaches farther before them: not to cut in front of people."""
    right: float = 0.15
    """Metres it reaches farther on their right: who keeps right has others on the left."""
    keep_right: float = 0.6
    """What it costs a second to be on the line of somebody who comes the other way; twice that on their right."""
    walking_mps: float = 0.3
    """Who is faster than this is predicted; who is slower stands."""
    half_body: float = 0.22
    """From the side the scan sees to the middle of a person."""
    contact_m: float = 0.1
    """Gap to a predicted person, surface to surface, that counts as a contact."""
    offset: float = 0.12
    """Times metres beside the path squared, a second."""
    aside: float = 0.35
    """The same for what exceeds `Corridor.calm`."""
    left: float = 1.5
    """Factor for going round on the left: traffic keeps right."""
    heading: float = 0.25
    """Times 1 - cos of the angle to the path, a second."""
    jerk: float = 0.12
    """Times change of turn rate squared."""
    wall: float = 1.0
    contact: float = 60.0
    onward: float = 0.5
    """What a metre that is free beyond the end of a rollout is worth, on the parallel it ends on."""
    onward_m: float = 2.0
    """No more of it counts."""
    comfort_m: float = 0.8
    """From the robot's middle to what stands: half of the worth above is for ways with so much room."""
    passing_m: float = 1.45
    """A way narrower than this is too narrow for a person and the robot: whoever comes the other way goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to call it blocked."""

    recover_after_s: float = 4.0
    """Without progress for so long the recoveries begin."""
    reroute_every_s: float = 10.0
    blocked_for_s: float = 60.0
    """A place that stopped the robot counts as blocked for so long when other lanes are looked for."""
    staff_after_s: float = 30.0
    abort_after_s: float = 60.0
    ask_after_s: float = 35.0
    """The same for a way through given poses: whoever chose it is to choose another, the robot must not."""
    progress_m: float = 0.3
    """Less than this in the time above is no progress."""
    silent_after_s: float = 0.3
    """A scan older than this counts as a wall, odometry older than this as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of navigation's parameters."""

    limits: ControlLimits = field(default_factory=ControlLimits)
    body: Body = field(default_factory=Body)
    corridor: Corridor = field(default_factory=Corridor)
    sampling: Sampling = field(default_factory=Sampling)
    manners: Manners = field(default_factory=Manners)
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
