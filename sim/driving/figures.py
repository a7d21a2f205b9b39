"""The parts of the navigation bench: how each batch is measured, and what all batches together come to.

A batch's outcome is plain JSON (`Raw`), so that batches can be kept, run on other days, and told together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.driving.cases import EXPO, Progress, Trip, drive_about, kidnappings, particles, plans, trips
from sim.driving.loop import Track
from sim.driving.steps_out import stepping_out
from sim.driving.zones import Zones

__all__ = ["PARTS", "Part", "Raw"]

Raw = dict[str, Any]
"""One batch."""
Figure = dict[str, Any]
Told = tuple[list[Figure], Any]
_KEPT = 4000
"""Times kept of one batch, evenly thinned."""


@dataclass(frozen=True, slots=True)
class Part:
    """`measure(seed, size, people, progress)` one batch; `figures` of all; the sizes of the batches; `offset` of its
    seeds from the batch's."""

    measure: Callable[[int, int, int, Progress], Raw]
    figures: Callable[[Sequence[Raw]], Told]
    batches: tuple[int, ...]
    quick: tuple[int, ...]
    offset: int


def _localisation(seed: int, seconds: int, people: int, progress: Progress) -> Raw:
    drive = drive_about(seed, seconds, people, progress)
    return {
        "driven_s": seconds,
        "goals": drive.goals,
        "reached": drive.reached,
        "lost_s": drive.lost_s,
        "collisions": drive.collisions,
        "errors_mm": [round(1000.0 * error, 1) for error in drive.track.errors_m],
        **_times(drive.track),
        "zones": asdict(drive.track.zones),
    }


def _localisation_figures(raws: Sequence[Raw]) -> Told:
    errors = _all(raws, "errors_mm") * 1e-3
    localiser, controller = _all(raws, "localiser_ms"), _all(raws, "controller_ms")
    details = {
        **_sums(raws, "driven_s", "goals", "reached", "collisions"),
        "errors_m": _spread(errors),
        "localiser_ms": _spread(localiser),
        "controller_ms": _spread(controller),
    }
    lost = sum(raw["lost_s"] for raw in raws)
    return [
        _figure("localisation error, median", _percentile(errors, 50), "m", 0.05, n=len(errors)),
        _figure("localisation error, p99", _percentile(errors, 99), "m", 0.25, n=len(errors)),
        _figure("lost", lost, "s", 0.0, n=len(errors)),
        _figure("localiser update while tracking, median", _percentile(localiser, 50), "ms", 3.0, n=len(localiser)),
        _figure("controller cycle, p99", _percentile(controller, 99), "ms", 15.0, n=len(controller)),
    ], details


def _kidnapped(cameras: bool) -> Callable[[int, int, int, Progress], Raw]:
    def measure(seed: int, count: int, people: int, progress: Progress) -> Raw:
        found = kidnappings(seed, count, people, 60.0, progress, cameras)
        return {"cases": [{"at": [round(it.x, 1), round(it.y, 1)], "recovered_s": _known(it.recovered_s)}
                          for it in found]}  # fmt: skip

    return measure


def _kidnapped_figures(how: str) -> Callable[[Sequence[Raw]], Told]:
    def figures(raws: Sequence[Raw]) -> Told:
        cases = [case for raw in raws for case in raw["cases"]]
        within = sum(case["recovered_s"] is not None and case["recovered_s"] <= 30.0 for case in cases)
        name = f"kidnapped, knows where it is within 30 s, {how}"
        figure = _figure(name, _share(within, len(cases)), "share", 0.95, most=False, n=len(cases))
        return [figure], {"cases": cases}

    return figures


def _planning(seed: int, count: int, people: int, progress: Progress) -> Raw:
    return {"ms": [round(1e3 * it, 4) for it in plans(seed, count, "ciftis2020", "dock-01", progress)]}


def _planning_figures(raws: Sequence[Raw]) -> Told:
    ms = _all(raws, "ms")
    return [_figure("route and path, ciftis2020, p99", _percentile(ms, 99), "ms", 20.0, n=len(ms))], _spread(ms)


def _particles(seed: int, count: int, people: int, progress: Progress) -> Raw:
    return {"ms": {str(k): [round(1e3 * it, 3) for it in found]
                   for k, found in particles(seed, count, people, progress).items()}}  # fmt: skip


def _particles_figures(raws: Sequence[Raw]) -> Told:
    figures, details = [], {}
    for clusters in raws[0]["ms"]:
        ms = np.array([it for raw in raws for it in raw["ms"][clusters]])
        name = f"localiser update, 1,000 particles x 60 beams in {clusters} clusters, median"
        figures.append(_figure(name, _percentile(ms, 50), "ms", 3.0, n=len(ms)))
        details[clusters] = _spread(ms)
    return figures, details


def _trips(wander: bool, cameras: bool) -> Callable[[int, int, int, Progress], Raw]:
    def measure(seed: int, count: int, people: int, progress: Progress) -> Raw:
        led, track, world = trips(seed, count, people, progress, wander, cameras)
        present = world.crowd.position[world.crowd.present]
        return {
            "trips": [_told(trip) for trip in led],
            "collisions": world.collisions,
            "near_misses": world.near_misses,
            "zones": asdict(track.zones),
            **_times(track),
            "errors_mm": [round(1000.0 * error, 1) for error in track.errors_m[::5]],
            "worst_m": round(max(track.errors_m), 3),
            "way": [[round(x, 2), round(y, 2)] for x, y in track.poses],
            "contacts": [{"kind": it.kind, "x": round(it.x, 2), "y": round(it.y, 2)} for it in track.contacts],
            "people": np.round(present, 1).tolist(),
        }

    return measure


def _trips_figures(raws: Sequence[Raw]) -> Told:
    led = [trip for raw in raws for trip in raw["trips"]]
    zones = _zones(raws)
    speeds = [trip["way_m"] / trip["led_s"] for trip in led if trip["arrived"] and trip["led_s"] > 0.0]
    arrived, n = sum(trip["arrived"] for trip in led), len(led)
    controller = _all(raws, "controller_ms")
    collisions = sum(raw["collisions"] for raw in raws)
    details = {
        **_sums(raws, "collisions", "near_misses"),
        "failed": [{"place": it["place"], "reason": it["reason"]} for it in led if not it["arrived"]],
        "controller_ms": _spread(controller),
        "nearest_m": round(zones.nearest_m, 2),
        "intimate_s": round(zones.intimate_s, 2),
        "moving_s": round(zones.moving_s, 1),
        "localisation_m": _spread(_all(raws, "errors_mm") * 1e-3) | {"worst": max(raw["worst_m"] for raw in raws)},
        "mistaken_looks": _share(sum(it["mistaken"] for it in led), sum(it["looks"] for it in led)),
        "trips": led,
    }
    return [
        _figure("guided trips, arrived", _share(arrived, n), "share", 1.0, most=False, n=n),
        _figure("guided trips, collisions", float(collisions), "", 0.0, n=n),
        _figure("time in a personal zone while driving", zones.personal_share, "share", 0.02, n=n),
        _figure("mean speed by the speed limit", float(np.mean(speeds)) if speeds else None, "share", 0.6, most=False,
                n=len(speeds)),
        _figure("controller cycle in guided trips, p99", _percentile(controller, 99), "ms", 15.0, n=len(controller)),
        _figure("guided trips, visitor wrongly thought lost", float(sum(it["false_alarms"] for it in led)), "", 0.0,
                n=n),
    ], details  # fmt: skip


def _wandering_figures(how: str) -> Callable[[Sequence[Raw]], Told]:
    def figures(raws: Sequence[Raw]) -> Told:
        led = [trip for raw in raws for trip in raw["trips"]]
        off = [trip for trip in led if trip["off_s"] is not None]
        back = [trip for trip in off if trip["resumed"] is not None]
        in_time = sum(trip["noticed_s"] is not None and trip["noticed_s"] <= 3.0 for trip in off)
        details = {
            **_sums(raws, "collisions"),
            "walked_off": len(off),
            "noticed_within_3_s_of_not_following": sum(
                it["noticed_off_s"] is not None and it["noticed_off_s"] <= 3.0 for it in off
            ),
            "noticed_s": _spread(np.array([math.inf if it["noticed_s"] is None else it["noticed_s"] for it in off])),
            "mistaken_looks": _share(sum(it["mistaken"] for it in led), sum(it["looks"] for it in led)),
            "trips": led,
        }
        return [
            _figure(f"visitor walks off, noticed within 3 s, {how}", _share(in_time, len(off)), "share", 1.0,
                    most=False, n=len(off)),
            _figure(f"visitor comes back, led on, {how}", _share(sum(it["resumed"] for it in back), len(back)),
                    "share", 1.0, most=False, n=len(back)),
        ], details  # fmt: skip

    return figures


def _stepping_out(seed: int, count: int, people: int, progress: Progress) -> Raw:
    return {"cases": [asdict(case) for case in stepping_out(str(EXPO), seed, count, progress)]}


def _stepping_out_figures(raws: Sequence[Raw]) -> Told:
    cases = [case for raw in raws for case in raw["cases"]]
    possible = [case for case in cases if case["avoidable"]]
    stopped = sum(not case["touched"] for case in possible)
    details = {
        "cases": len(cases),
        "avoidable": len(possible),
        "touched": sum(case["touched"] for case in cases),
        "speed_mps": _spread(np.array([case["speed_mps"] for case in cases])),
        "nearest_m": _spread(np.array([case["nearest_m"] for case in cases])),
    }
    name = "person steps out at 1.5 m, stopped in time"
    return [_figure(name, _share(stopped, len(possible)), "share", 1.0, most=False, n=len(possible))], details


PARTS: Mapping[str, Part] = {
    "localisation": Part(_localisation, _localisation_figures, (600,) * 6, (120,), 0),
    "kidnapped": Part(_kidnapped(False), _kidnapped_figures("no camera"), (10, 10), (2,), 1),
    "kidnapped_camera": Part(_kidnapped(True), _kidnapped_figures("camera"), (10, 10), (2,), 1),
    "planning": Part(_planning, _planning_figures, (500,), (60,), 2),
    "particles": Part(_particles, _particles_figures, (100,), (20,), 6),
    "trips": Part(_trips(False, False), _trips_figures, (10,) * 10, (2,), 3),
    "wandering": Part(_trips(True, False), _wandering_figures("by legs"), (10,) * 3, (2,), 4),
    "wandering_camera": Part(_trips(True, True), _wandering_figures("cameras"), (10,) * 3, (2,), 4),
    "stepping_out": Part(_stepping_out, _stepping_out_figures, (20,) * 3, (6,), 5),
}


def _told(trip: Trip) -> dict[str, Any]:
    return {
        "place": trip.place,
        "arrived": trip.arrived,
        "reason": trip.reason,
        "led_s": round(trip.led_s, 1),
        "way_m": round(trip.way_m, 1),
        "off_s": trip.off_s,
        "apart_s": trip.apart_s,
        "noticed_s": _known(trip.noticed_s),
        "noticed_off_s": _known(trip.noticed_off_s),
        "resumed": trip.resumed,
        "false_alarms": trip.false_alarms,
        "looks": trip.looks,
        "mistaken": trip.mistaken,
        "states": trip.states,
    }


def _times(track: Track) -> dict[str, list[float]]:
    """Milliseconds of CPU, thinned."""

    def thin(values: list[float]) -> list[float]:
        return [round(it, 3) for it in values[:: max(1, math.ceil(len(values) / _KEPT))]]

    return {"localiser_ms": thin(track.localiser_ms), "controller_ms": thin(track.controller_ms)}


def _zones(raws: Sequence[Raw]) -> Zones:
    zones = [Zones(**raw["zones"]) for raw in raws]
    return Zones(
        moving_s=sum(it.moving_s for it in zones),
        intimate_s=sum(it.intimate_s for it in zones),
        personal_s=sum(it.personal_s for it in zones),
        social_s=sum(it.social_s for it in zones),
        nearest_m=min(it.nearest_m for it in zones),
    )


def _all(raws: Sequence[Raw], name: str) -> NDArray[np.float64]:
    return np.array([it for raw in raws for it in raw[name]], float)


def _sums(raws: Sequence[Raw], *names: str) -> dict[str, float]:
    return {name: sum(raw[name] for raw in raws) for name in names}


def _known(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _percentile(values: NDArray[np.float64], share: float) -> float | None:
    return float(np.percentile(values, share)) if len(values) else None


def _figure(name: str, value: float | None, unit: str, goal: float, *, most: bool = True, n: int = 0) -> Figure:
    """:param most: the goal is the most allowed; else the least."""
    known = value is not None and math.isfinite(value)
    met = None if not known else (value <= goal if most else value >= goal)  # type: ignore[operator]
    return {"name": name, "value": round(value, 4) if known and value is not None else None, "unit": unit,
            "goal": goal, "met": met, "n": n}  # fmt: skip


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
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
