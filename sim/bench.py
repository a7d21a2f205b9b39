"""How much faster than the clock on the wall the world runs, on one core, without ROS."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from maps.venue import load_venue
from sim.clock import SCAN_EVERY, STEP_S
from sim.world import World

GOAL = 10.0
"""Times real time for five robots on one core of a two-core machine (the project's figure)."""


def bench_world(seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Five robots among thirty people in the small hall, and thirty among three hundred.

    :returns: `workload` and `figures`, as `fairguide bench` prints them.
    """
    seconds = 20.0 if quick else 200.0
    few = _factor(5, 30, seed, seconds)
    many = _factor(6, 300, seed, seconds / 4.0)
    return {
        "workload": "world: hall, 360 beams at 10 Hz, steps of 0.05 s, one thread, no ROS",
        "seed": seed,
        "figures": [
            _figure("real-time factor, 5 robots, 30 people", few, GOAL),
            _figure("real-time factor, 6 robots, 300 people", many, None),
        ],
    }


def _figure(name: str, value: float, goal: float | None) -> dict[str, Any]:
    met = None if goal is None else value >= goal
    return {"name": name, "value": round(value, 1), "unit": "x", "goal": goal, "met": met}


def _factor(
    robots: int, people: int, seed: int, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    venue = load_venue("hall")
    docks = list(venue.chargers)[:robots]
    world = World.of_venue(venue, {f"guide-{k + 1:02d}": dock for k, dock in enumerate(docks)}, seed, people=people)
    drive(world, 2.0)  # compiles
    began = clock()
    drive(world, seconds)
    return seconds / (clock() - began)


def drive(world: World, seconds: float) -> None:
    """Every robot wanders: straight on where its lidar sees room, else it turns."""
    commands = [(0.0, 0.0)] * len(world.serials)
    for step in range(round(seconds / STEP_S)):
        if step % SCAN_EVERY == 0:
            commands = [_wander(world.scan(k)) for k in range(len(world.serials))]
        for k, (v, w) in enumerate(commands):
            world.command(k, v, w)
        world.step()


def _wander(ranges: np.ndarray[Any, np.dtype[np.float32]]) -> tuple[float, float]:
    half = len(ranges) // 2
    ahead = float(ranges[half - 40 : half + 40].min())
    side = math.copysign(
        1.0,
        float(ranges[half:].sum(where=np.isfinite(ranges[half:])))
        - float(ranges[:half].sum(where=np.isfinite(ranges[:half]))),
    )
    return (0.8, 0.0) if ahead > 1.2 else (0.0, side)
