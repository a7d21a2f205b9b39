"""How well a robot drives and guides in a crowd: the robot's own process against the embedded world, without ROS.

`fairguide bench navigation` runs it all; `python -m sim.bench_navigation` single parts of it, some batches of them
(`--batches`), and says where the picture of tracks, people and near misses goes (`--picture`). With `--keep FOLDER`
every finished batch is kept there and not run again, so that a bench of hours can be stopped and taken up, run in
pieces, and told as a whole: `--merge` only tells what is there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sim.driving.cases import EXPO
from sim.driving.cases import Progress as Report
from sim.driving.figures import PARTS, Raw
from sim.driving.picture import draw

__all__ = ["PICTURE", "Plan", "bench_navigation", "main", "merged", "run"]

PICTURE = Path("fairguide-bench-navigation.png")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: `batches` of each part, each with a seed, a world and a robot of its own."""

    quick: bool = False
    people: int = 300
    parts: tuple[str, ...] = tuple(PARTS)
    batches: tuple[int, ...] | None = None
    """Numbers of the batches to run; None: all."""

    def of(self, part: str) -> list[tuple[int, int]]:
        """(number of the batch, size of it)."""
        sizes = PARTS[part].quick if self.quick else PARTS[part].batches
        return [(k, size) for k, size in enumerate(sizes) if self.batches is None or k in self.batches]


def bench_navigation(seed: int = 1, quick: bool = False, picture: Path = PICTURE) -> dict[str, Any]:
    """All parts; `workload`, `seed`, `figures`, the details of each part, and where the picture is."""
    return run(seed, Plan(quick=quick), picture)


def run(seed: int, plan: Plan, picture: Path, keep: Path | None = None) -> dict[str, Any]:
    """Measure, but for what `keep` has already."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    found: dict[str, list[Raw]] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for part in plan.parts:
            for number, size in plan.of(part):
                task = progress.add_task(part, total=1.0)
                raw = _batch(part, seed, number, size, plan.people, keep, _reporter(progress, task))
                found.setdefault(part, []).append(raw)
    return told(seed, plan, found, picture)


def merged(seed: int, plan: Plan, picture: Path, keep: Path) -> dict[str, Any]:
    """What has been kept so far, of whatever batches."""
    found: dict[str, list[Raw]] = {}
    for part in plan.parts:
        for number, size in plan.of(part):
            path = _kept(keep, part, seed, number, size)
            if path.exists():
                found.setdefault(part, []).append(json.loads(path.read_text()))
    return told(seed, plan, found, picture)


def told(seed: int, plan: Plan, found: dict[str, list[Raw]], picture: Path) -> dict[str, Any]:
    """The figures of all batches; draws those that have ways to draw."""
    figures: list[dict[str, Any]] = []
    details: dict[str, Any] = {}
    for part, raws in found.items():
        more, details[part] = PARTS[part].figures(raws)
        figures += more
    drawn = found.get("trips", [])
    if drawn:
        count = sum(len(raw["trips"]) for raw in drawn)
        draw(EXPO, drawn, picture, f"{count} guided trips, {plan.people} people, seed {seed}")
    return {
        "workload": f"{EXPO.stem}: 150 x 100 m, {plan.people} people, one robot of 0.3 m radius, 360 beams at 10 Hz, "
        "odometry at 20 Hz, drifting; _camera: it sees ahead (and, while it leads, back) at 5 Hz, and the hall's "
        "boards hang; the robot in a process of its own; times are of the processor",
        "seed": seed,
        "figures": figures,
        "picture": str(picture) if drawn else None,
        **details,
    }


def _batch(part: str, seed: int, number: int, size: int, people: int, keep: Path | None, report: Report) -> Raw:
    path = _kept(keep, part, seed, number, size) if keep else None
    if path is not None and path.exists():
        kept: Raw = json.loads(path.read_text())
        return kept
    raw = PARTS[part].measure(1000 * seed + 10 * number + PARTS[part].offset, size, people, report)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        half.write_text(json.dumps(raw))
        half.rename(path)
    return raw


def _kept(keep: Path, part: str, seed: int, number: int, size: int) -> Path:
    return keep / f"{part}-{seed}-{number:02d}-{size}.json"


def _reporter(progress: Progress, task: TaskID) -> Report:
    return lambda name, done: progress.update(task, description=name, completed=done)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sim.bench_navigation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", action="append", choices=sorted(PARTS), help="only these; may be given several times")
    parser.add_argument("--batches", type=int, nargs="+", help="only these batches of each part, from 0 on")
    parser.add_argument("--keep", type=Path, help="folder for what is measured; what is there is not measured again")
    parser.add_argument("--merge", action="store_true", help="measure nothing: tell what --keep has")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    given = parser.parse_args(arguments)
    if given.merge and given.keep is None:
        parser.error("--merge needs --keep FOLDER: where the batches were kept")
    batches = tuple(given.batches) if given.batches else None
    plan = Plan(quick=given.quick, parts=tuple(given.part or PARTS), batches=batches)
    do = merged if given.merge else run
    print(json.dumps(do(given.seed, plan, given.picture, given.keep), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
