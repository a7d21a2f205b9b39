"""Compiles what numba runs, once, into __pycache__: otherwise every robot and the simulator would at their first start.

.venv/bin/python tools/precompile.py
"""

from __future__ import annotations

import time

from maps.venue import load_venue
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.settings import Settings
from robot_nodes.navigation.warm_up import warm_up
from sim.bench import drive
from sim.world import World


def main() -> None:
    began = time.monotonic()
    venue = load_venue("hall")
    station = venue.stations["dock-01"]
    warm_up(floor_of(venue)[1], venue.lanes, Pose2D(station.x, station.y, station.yaw), Settings())
    print(f"navigation compiled in {time.monotonic() - began:.0f} s", flush=True)
    drive(World.of_venue(venue, {"guide-01": "dock-01"}, 1, people=10, guests=1), 2.0)
    print(f"simulator compiled in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
