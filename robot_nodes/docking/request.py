"""A request to dock or to leave a dock, and how far it has come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

from robot_nodes.docking.docks import Dock
from robot_nodes.docking.effects import Stage
from robot_nodes.docking.sight import Sight

__all__ = ["Phase", "Request"]


class Phase(Enum):
    """What is being done about the request."""

    BEGIN = auto()
    STAGE = auto()
    OUT = auto()
    ALIGN = auto()
    LOOK = auto()
    APPROACH = auto()
    CHARGE = auto()


_STAGES = {
    Phase.BEGIN: Stage.NONE,
    Phase.STAGE: Stage.NAV_TO_STAGING_POSE,
    Phase.OUT: Stage.NAV_TO_STAGING_POSE,
    Phase.ALIGN: Stage.NAV_TO_STAGING_POSE,
    Phase.LOOK: Stage.INITIAL_PERCEPTION,
    Phase.APPROACH: Stage.CONTROLLING,
    Phase.CHARGE: Stage.WAIT_FOR_CHARGE,
}


@dataclass(slots=True)
class Request:
    """What is under way."""

    id: int
    dock: Dock
    began: float
    sight: Sight
    leaves: bool
    longest_s: float
    """For getting to the staging pose."""
    navigate: bool = True
    retries: int = 0
    retrying: bool = False
    phase: Phase = Phase.BEGIN
    since: float = 0.0
    moving: bool = False
    """In this phase."""
    told: tuple[Stage, int] = (Stage.NONE, -1)
    told_at: float = -math.inf
    why: str = ""
    """What holds it up."""

    @property
    def stage(self) -> Stage:
        """As the client is told."""
        return Stage.RETRY if self.retrying else _STAGES[self.phase]
