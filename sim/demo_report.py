"""What came of a day: one JSON object out of the simulator's journal and the demo's own counts. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.processes import DemoError


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """The report of `fairguide demo --report`."""

    venue: str
    seed: int
    requests: int
    completed: int
    failed: tuple[Mapping[str, str], ...]
    """`{request, reason}` each."""
    wait_s: Mapping[str, float | None]
    """Simulated seconds from asking to being led: `mean`, `p95`; None where nobody was led."""
    collisions: int
    near_misses: int
    deadlocks: int
    """Times the simulator, which knows nothing of reservations, saw a robot on its way stand for a minute."""
    circular_waits: int
    """Times the fleet found robots waiting for each other in a circle, and broke it."""
    messages_per_s: float
    """MQTT messages the broker delivered to a subscriber of everything, per second of wall time."""
    cpu_s: Mapping[str, float]
    simulated_s: float
    wall_s: float

    @property
    def realtime_factor(self) -> float:
        return round(self.simulated_s / self.wall_s, 2) if self.wall_s > 0 else 0.0

    @property
    def acceptable(self) -> bool:
        """No collision, every request accounted for, no failure without a reason."""
        accounted = self.completed + len(self.failed) == self.requests
        return self.collisions == 0 and accounted and all(entry["reason"] for entry in self.failed)

    def as_json(self) -> dict[str, Any]:
        return {
            "venue": self.venue,
            "seed": self.seed,
            "requests": self.requests,
            "completed": self.completed,
            "failed": [dict(entry) for entry in self.failed],
            "wait_s": dict(self.wait_s),
            "collisions": self.collisions,
            "near_misses": self.near_misses,
            "deadlocks": self.deadlocks,
            "circular_waits": self.circular_waits,
            "messages_per_s": self.messages_per_s,
            "cpu_s": dict(self.cpu_s),
            "realtime_factor": self.realtime_factor,
            "simulated_s": self.simulated_s,
            "wall_s": round(self.wall_s, 1),
        }


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The journal's lines; a last line cut short by a kill is left out.

    :raises DemoError: if there is none, or a line in the middle is broken.
    """
    if not path.is_file():
        raise DemoError(f"{path.name}: the simulator wrote no journal; see its log")
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(json.loads(line))
        except ValueError:
            if number < len(lines):
                raise DemoError(f"{path.name}:{number}: not a journal line") from None
    return entries


def make_report(
    *,
    journal: Sequence[Mapping[str, Any]],
    venue: str,
    cpu_s: Mapping[str, float],
    messages: int,
    wall_s: float,
    circular_waits: int,
) -> DemoReport:
    """Put the report together.

    :param journal: lines of the simulator's journal; its last must be the summary.
    :param messages: MQTT messages counted over `wall_s` seconds.
    :param circular_waits: as the fleet counted them.
    :raises DemoError: if the simulator left no summary.
    """
    summary = next((line for line in reversed(journal) if line.get("event") == "summary"), None)
    if summary is None:
        raise DemoError("the simulator's journal has no summary: it was killed; see its log")
    return DemoReport(
        venue=venue,
        seed=summary["seed"],
        requests=summary.get("requests", 0),
        completed=summary.get("completed", 0),
        failed=tuple(summary.get("failed", ())),
        wait_s=summary.get("wait_s", {"mean": None, "p95": None}),
        collisions=summary["collisions"],
        near_misses=summary["near_misses"],
        deadlocks=summary["deadlocks"],
        circular_waits=circular_waits,
        messages_per_s=round(messages / wall_s, 1) if wall_s > 0 else 0.0,
        cpu_s=cpu_s,
        simulated_s=summary["sim_s"],
        wall_s=summary["wall_s"],
    )
