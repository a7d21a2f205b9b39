"""How well a robot drives and guides in a crowd: the robot's own process against the embedded world, without ROS.

`fairguide bench navigation` runs it; `python -m sim.bench_navigation` can run single parts and says where the picture
of tracks, people and near misses goes (`--picture`).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sim.driving.cases import EXPO, Trip, drive_about, kidnappings, plans, trips
from sim.driving.picture import draw
from sim.driving.steps_out import stepping_out

__all__ = ["Plan", "bench_navigation", "main"]

PICTURE = Path("fairguide-bench-navigation.png")
Figure = dict[str, Any]
Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    driving_s: float = 3600.0
    kidnapped: int = 20
    plans: int = 500
    trips: int = 100
    wandering: int = 30
    stepping_out: int = 60
    people: int = 300

    @classmethod
    def quick(cls) -> Plan:
        return cls(driving_s=120.0, kidnapped=2, plans=60, trips=2, wandering=2, stepping_out=6)


def bench_navigation(seed: int = 1, quick: bool = False, picture: Path = PICTURE) -> dict[str, Any]:
    """All parts; `workload`, `seed`, `figures`, the details of each part, and where the picture is."""
    return run(seed, Plan.quick() if quick else Plan(), tuple(PARTS), picture)


def run(seed: int, plan: Plan, parts: Sequence[str], picture: Path) -> dict[str, Any]:
    """:param parts: of `PARTS`, in any order."""
    found: dict[str, Any] = {}
    figures: list[Figure] = []
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for part in parts:
            task = progress.add_task(part, total=1.0)
            more, details = PARTS[part](seed, plan, picture, _reporter(progress, task))
            figures += more
            found[part] = details
    return {
        "workload": f"{EXPO.stem}: 150 x 100 m, {plan.people} people, one robot of 0.3 m radius, 360 beams at 10 Hz, "
        "odometry at 20 Hz, drifting; kidnapped: a camera of 640 x 480 sees the hall's boards at 5 Hz; the robot in a "
        "process of its own",
        "seed": seed,
        "figures": figures,
        "picture": str(picture) if "trips" in parts else None,
        **found,
    }


def _reporter(progress: Progress, task: TaskID) -> Report:
    return lambda name, done: progress.update(task, description=name, completed=done)


def _figure(name: str, value: float | None, unit: str, goal: float, *, most: bool = True, n: int = 0) -> Figure:
    """:param most: the goal is the most allowed; else the least."""
    known = value is not None and math.isfinite(value)
    met = None if not known else (value <= goal if most else value >= goal)  # type: ignore[operator]
    return {"name": name, "value": round(value, 4) if known and value is not None else None, "unit": unit,
            "goal": goal, "met": met, "n": n}  # fmt: skip


def _localisation(seed: int, plan: Plan, picture: Path, report: Report) -> tuple[list[Figure], Any]:
    drive = drive_about(seed, plan.driving_s, plan.people, report)
    errors = np.array(drive.track.errors_m)
    n = len(errors)
    times = drive.track
    details = {
        "driven_s": plan.driving_s,
        "goals": drive.goals,
        "reached": drive.reached,
        "collisions": drive.collisions,
        "errors_m": _spread(errors),
        "scores": _spread(np.array(drive.track.scores)),
        "localiser_ms": _spread(np.array(times.localiser_ms)),
        "controller_ms": _spread(np.array(times.controller_ms)),
        "personal_share": round(drive.track.zones.personal_share, 4),
    }
    return [
        _figure("localisation error, median", float(np.median(errors)), "m", 0.05, n=n),
        _figure("localisation error, p99", float(np.percentile(errors, 99)), "m", 0.25, n=n),
        _figure("lost", drive.lost_s, "s", 0.0, n=n),
        _figure("localiser update, median", float(np.median(times.localiser_ms)), "ms", 3.0, n=len(times.localiser_ms)),
        _figure(
            "controller cycle, p99", float(np.percentile(times.controller_ms, 99)), "ms", 15.0,
            n=len(times.controller_ms),
        ),
    ], details  # fmt: skip


def _kidnapped(seed: int, plan: Plan, picture: Path, report: Report) -> tuple[list[Figure], Any]:
    found = kidnappings(seed + 1, plan.kidnapped, plan.people, 60.0, report)
    within = sum(it.recovered_s <= 30.0 for it in found)
    goal = 19.0 / 20.0
    details = [
        {"at": [round(it.x, 1), round(it.y, 1)],
         "recovered_s": round(it.recovered_s, 1) if math.isfinite(it.recovered_s) else None}
        for it in found
    ]  # fmt: skip
    share = within / max(len(found), 1)
    return [
        _figure("kidnapped, knows where it is within 30 s", share, "share", goal, most=False, n=len(found))
    ], details


def _planning(seed: int, plan: Plan, picture: Path, report: Report) -> tuple[list[Figure], Any]:
    seconds = np.array(plans(seed + 2, plan.plans, "ciftis2020", "dock-01", report)) * 1e3
    name = "route and path, ciftis2020, p99"
    return [_figure(name, float(np.percentile(seconds, 99)), "ms", 20.0, n=len(seconds))], _spread(seconds)


def _trips(seed: int, plan: Plan, picture: Path, report: Report) -> tuple[list[Figure], Any]:
    led, track, world = trips(seed + 3, plan.trips, plan.people, report)
    draw(world, track, picture, f"{len(led)} guided trips, {plan.people} people, seed {seed + 3}")
    arrived = sum(trip.arrived for trip in led)
    speeds = [trip.way_m / trip.led_s for trip in led if trip.arrived and trip.led_s > 0.0]
    alarms = sum(trip.false_alarms for trip in led)
    n = len(led)
    details = {
        "collisions": world.collisions,
        "near_misses": world.near_misses,
        "failed": [{"place": trip.place, "reason": trip.reason} for trip in led if not trip.arrived],
        "controller_ms": _spread(np.array(track.controller_ms)),
        "nearest_m": round(track.zones.nearest_m, 2),
        "intimate_s": round(track.zones.intimate_s, 2),
        "moving_s": round(track.zones.moving_s, 1),
        "trips": [_told(trip) for trip in led],
    }
    return [
        _figure("guided trips, arrived", arrived / max(n, 1), "share", 1.0, most=False, n=n),
        _figure("guided trips, collisions", float(world.collisions), "", 0.0, n=n),
        _figure("time in a personal zone while driving", track.zones.personal_share, "share", 0.02, n=n),
        _figure(
            "mean speed by the speed limit", float(np.mean(speeds)) if speeds else None, "share", 0.6, most=False, n=n
        ),
        _figure("guided trips, visitor wrongly thought lost", float(alarms), "", 0.0, n=n),
    ], details


def _wandering(seed: int, plan: Plan, picture: Path, report: Report) -> tuple[list[Figure], Any]:
    led, _, _ = trips(seed + 4, plan.wandering, plan.people, report, wander=True)
    off = [trip for trip in led if trip.off_s is not None]
    in_time = sum(trip.noticed_s <= 3.0 for trip in off)
    back = [trip for trip in off if trip.resumed is not None]
    details = {
        "walked_off": len(off),
        "noticed_s": _spread(np.array([trip.noticed_s for trip in off])),
        "trips": [_told(trip) for trip in led],
    }
    return [
        _figure("visitor walks off, noticed within 3 s", in_time / max(len(off), 1), "share", 1.0, most=False,
                n=len(off)),
        _figure("visitor comes back, resumed", sum(bool(trip.resumed) for trip in back) / max(len(back), 1), "share",
                1.0, most=False, n=len(back)),
    ], details  # fmt: skip


def _stepping_out(seed: int, plan: Plan, picture: Path, report: Report) -> tuple[list[Figure], Any]:
    cases = stepping_out(str(EXPO), seed + 5, plan.stepping_out, report)
    possible = [case for case in cases if case.avoidable]
    stopped = sum(not case.touched for case in possible)
    details = {
        "cases": len(cases),
        "avoidable": len(possible),
        "touched": sum(case.touched for case in cases),
        "speed_mps": _spread(np.array([case.speed_mps for case in cases])),
        "nearest_m": _spread(np.array([case.nearest_m for case in cases])),
    }
    name = "person steps out at 1.5 m, stopped in time"
    return [_figure(name, stopped / max(len(possible), 1), "share", 1.0, most=False, n=len(possible))], details


PARTS: Mapping[str, Callable[[int, Plan, Path, Report], tuple[list[Figure], Any]]] = {
    "localisation": _localisation,
    "kidnapped": _kidnapped,
    "planning": _planning,
    "trips": _trips,
    "wandering": _wandering,
    "stepping_out": _stepping_out,
}


def _told(trip: Trip) -> dict[str, Any]:
    return {
        "place": trip.place,
        "arrived": trip.arrived,
        "reason": trip.reason,
        "led_s": round(trip.led_s, 1),
        "way_m": round(trip.way_m, 1),
        "noticed_s": round(trip.noticed_s, 2) if math.isfinite(trip.noticed_s) else None,
        "resumed": trip.resumed,
        "states": trip.states,
    }


def _spread(values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return {"n": len(values), "known": 0}
    p50, p95, p99 = np.percentile(known, (50, 95, 99))
    return {
        "n": len(values),
        "known": len(known),
        "p50": round(float(p50), 4),
        "p95": round(float(p95), 4),
        "p99": round(float(p99), 4),
        "least": round(float(known.min()), 4),
        "most": round(float(known.max()), 4),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sim.bench_navigation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", action="append", choices=sorted(PARTS), help="only these; may be given several times")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    given = parser.parse_args(arguments)
    plan = Plan.quick() if given.quick else Plan()
    print(json.dumps(run(given.seed, plan, given.part or tuple(PARTS), given.picture), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
