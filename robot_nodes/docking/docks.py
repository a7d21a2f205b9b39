"""The chargers of a floor plan: where a docked robot stands, and the way out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from maps.venue import Venue
from robot_nodes.navigation.geometry import Pose2D, wrapped

__all__ = ["Dock", "dock_around", "docks_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dock:
    """One charger, frame map.

    :ivar pose: of the base when docked. `backwards`: the robot docks with its rear, and its yaw leads out.
    """

    id: str
    pose: Pose2D
    backwards: bool = True

    @property
    def out(self) -> float:
        """Sign of the speed that leaves the dock; a docked robot's x axis times this leads out."""
        return 1.0 if self.backwards else -1.0

    def staging(self, away_m: float) -> Pose2D:
        """Where an approach begins: straight before the dock, turned as in it."""
        return self.pose.after(Pose2D(self.out * away_m, 0.0, 0.0))


def docks_of(venue: Venue) -> dict[str, Dock]:
    """Every charger by its id; robots stand in them as the plan has it, facing the hall."""
    return {it.id: Dock(id=it.id, pose=Pose2D(it.x, it.y, it.yaw)) for it in venue.chargers.values()}


def dock_around(docks: Mapping[str, Dock], pose: Pose2D, within_m: float) -> Dock | None:
    """The dock a robot stands in, if any: near enough, and turned about as a docked robot is."""
    near = [
        (pose.distance_to(it.pose.x, it.pose.y), it)
        for it in docks.values()
        if abs(wrapped(pose.yaw - it.pose.yaw)) < math.pi / 3
    ]
    away, dock = min(near, key=lambda it: it[0], default=(math.inf, None))
    return dock if away <= within_m else None
