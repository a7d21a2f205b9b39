"""Every number docking goes by."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["DockingSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DockingSettings:
    """Metres, radians, seconds."""

    staging_m: float = 1.0
    """From the docked pose to where the approach begins."""
    staged_m: float = 0.3
    staged_rad: float = 0.35
    """A robot this near to the staging pose need not be brought there."""
    aside_m: float = 0.25
    aside_rad: float = 0.6
    """A robot within this of the line through the dock drives out along it by itself."""
    tries: int = 3
    perceive_s: float = 5.0
    """So long a robot with a camera looks for the dock's marker."""
    steady_s: float = 0.5
    """It has stood for so long before it looks."""
    fixes: int = 3
    """Pictures that must show the marker before the dock counts as seen."""
    plausible_m: float = 0.5
    plausible_rad: float = 0.35
    """A marker that puts the dock farther than this from where the localiser has it is another dock's."""
    far_m: float = 2.0
    """A robot that is at the dock is nowhere near so far from it: its pose has jumped."""
    approach_s: float = 40.0
    blocked_s: float = 10.0
    """Something in the way is waited for."""
    charge_s: float = 5.0
    press_every_s: float = 1.6
    """Battery monitors report once a second."""
    press_m: float = 0.02
    presses: int = 2
    """Without current the robot drives this much farther, so many times."""
    speed: float = 0.15
    """m/s; what the collision monitor lets a base drive backwards."""
    creep: float = 0.04
    """m/s, at the contact."""
    slow_per_m: float = 0.5
    """The speed falls to `creep` with the distance, 1/s."""
    reached_m: float = 0.004
    """The base rolls on by about as much."""
    askew_from_m: float = 0.15
    askew_m: float = 0.05
    askew_rad: float = math.radians(6.0)
    """Nearer than the first and farther off than the others the contacts would be missed: back to the staging pose."""
    turn_w: float = 0.4
    aligned_rad: float = 0.03
    stall_s: float = 0.8
    stall_share: float = 0.2
    """Wheels that turn less than this share of what was commanded for so long push against something."""
    dock_reach_m: float = 0.5
    """A robot this near to a dock stands in it."""
    leave_s: float = 30.0


DEFAULT = DockingSettings()
