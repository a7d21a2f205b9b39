"""A person steps out in front of a driving robot: does it stop before contact wherever physics allows?"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from maps.venue import load_venue
from sim.contacts import PERSON_RADIUS_M
from sim.driving.loop import Loop
from sim.driving.pipe import RobotPipe
from sim.world import World

__all__ = ["StepOut", "stepping_out"]

AHEAD_M = 1.5
"""From the robot's front to where the person's side appears."""
REACTION_S = 0.25
"""A scan period, the answer, and the wheels: what cannot be undercut."""


@dataclass(frozen=True, slots=True)
class StepOut:
    """One case."""

    speed_mps: float
    """Of the robot when they stepped out."""
    walk_mps: float
    touched: bool
    avoidable: bool
    """Braking at the base's limit after `REACTION_S` the robot stands before they are in its way."""
    nearest_m: float
    """Surface to surface."""


def stepping_out(plan: str, seed: int, count: int, progress: Callable[[str, float], None]) -> list[StepOut]:
    """`count` cases on an empty floor: the person appears 1.5 m ahead, at the side, and walks across the way."""
    venue = load_venue(plan)
    rng = random.Random(seed)
    start = rng.choice(sorted(venue.chargers))
    world = World.of_venue(venue, {"guide-01": start}, seed, people=0, guests=1)
    stations = [it for it in venue.stations.values() if it.kind != "charger"]
    found: list[StepOut] = []
    with RobotPipe(plan, start) as pipe:
        loop = Loop(world, pipe)
        number = 0
        while len(found) < count and number < 20 * count:
            number += 1
            goal = rng.choice(stations)
            pipe.goal(number, goal.x, goal.y, goal.yaw)
            cruising = loop.until(lambda _: float(world.drives.v[0]) > 0.6, 40.0)
            if math.isinf(cruising):
                continue
            loop.until(lambda _: False, rng.uniform(0.2, 2.0))
            case = _case(world, loop, rng)
            if case is not None:
                found.append(case)
                progress("stepping out", len(found) / count)
    return found


def _case(world: World, loop: Loop, rng: random.Random) -> StepOut | None:
    """None where there is no room for a person to come from."""
    x, y, yaw = world.pose(0)
    speed = float(world.drives.v[0])
    if speed < 0.3:
        return None
    radius = world.limits.radius
    side, walk = rng.choice((-1.0, 1.0)), rng.uniform(0.6, 1.5)
    ahead = radius + AHEAD_M + PERSON_RADIUS_M
    beside = side * (radius + PERSON_RADIUS_M + rng.uniform(0.05, 0.5))
    at = (x + ahead * math.cos(yaw) - beside * math.sin(yaw), y + ahead * math.sin(yaw) + beside * math.cos(yaw))
    across = (x + ahead * math.cos(yaw) + beside * math.sin(yaw), y + ahead * math.sin(yaw) - beside * math.cos(yaw))
    if world.fields.clearance(*at) < 0.4 or world.fields.clearance(*across) < 0.4:
        return None
    before = world.contacts.collisions
    person = world.crowd.enter(*at, walk)
    world.crowd.aim(person, *across)
    nearest = math.inf
    for _ in range(80):
        loop.step()
        rx, ry, _ = world.pose(0)
        px, py = world.crowd.where(person)
        nearest = min(nearest, math.hypot(px - rx, py - ry) - radius - PERSON_RADIUS_M)
    touched = world.contacts.collisions > before
    world.crowd.leave(person)
    braking = speed * REACTION_S + speed * speed / (2.0 * world.limits.acceleration)
    return StepOut(speed, walk, touched, braking < AHEAD_M, nearest)
