"""What came of a day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.demo_report import DemoReport, make_report, read_journal
from sim.processes import DemoError

SUMMARY: dict[str, Any] = {
    "t": 100.0,
    "event": "summary",
    "requests": 3,
    "completed": 2,
    "failed": [{"request": "v003", "reason": "no robot"}],
    "wait_s": {"mean": 5.0, "p95": 9.0},
    "collisions": 0,
    "near_misses": 1,
    "deadlocks": 0,
    "sim_s": 100.0,
    "wall_s": 20.0,
    "seed": 7,
}


def report_of(**changes: Any) -> DemoReport:
    return make_report(
        journal=[{"event": "ready"}, SUMMARY | changes],
        venue="hall",
        cpu_s={"fleet": 1.0},
        messages=500,
        wall_s=25.0,
        circular_waits=2,
    )


def test_the_report_has_every_promised_key() -> None:
    found = report_of().as_json()
    promised = "requests completed failed wait_s collisions near_misses deadlocks messages_per_s cpu_s realtime_factor"
    assert set(promised.split()) | {"seed"} <= set(found)
    assert found["realtime_factor"] == 5.0
    assert found["messages_per_s"] == 20.0
    assert found["failed"] == [{"request": "v003", "reason": "no robot"}]


def test_a_failure_with_a_reason_is_acceptable() -> None:
    assert report_of().acceptable


@pytest.mark.parametrize(
    "changes",
    [
        {"collisions": 1},
        {"failed": [{"request": "v003", "reason": ""}]},
        {"completed": 1},
    ],
)
def test_collisions_silent_failures_and_lost_requests_are_not(changes: dict[str, Any]) -> None:
    assert not report_of(**changes).acceptable


def test_a_journal_cut_short_by_a_kill_is_read_and_its_missing_summary_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({"event": "ready"}) + "\n" + '{"event": "summ')
    journal = read_journal(path)
    assert journal == [{"event": "ready"}]
    with pytest.raises(DemoError, match="no summary"):
        make_report(journal=journal, venue="hall", cpu_s={}, messages=0, wall_s=1.0, circular_waits=0)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("{}\nnonsense\n{}\n")
    with pytest.raises(DemoError, match=r"journal\.jsonl:2"):
        read_journal(path)


def test_no_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="wrote no journal"):
        read_journal(tmp_path / "journal.jsonl")
