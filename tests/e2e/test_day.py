"""The whole venue without a browser: a scripted day on `hall`, faster than real time, on real parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = [pytest.mark.ros, pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(420)]
VOICES = Path(__file__).parent.parent / "data" / "speech"


def run_day(cli: Callable[..., Any], folder: Path, http: int, mqtt: int, *more: str) -> tuple[int, dict[str, Any], str]:
    """`fairguide demo --headless`: exit status, report, and what it printed."""
    report = folder / "report.json"
    demo = cli(
        *("demo", "--headless", "--venue", "hall", "--speed", "0", "--report", str(report)),
        *("--http", f"127.0.0.1:{http}", "--mqtt-port", str(mqtt), "--keep-logs", str(folder / "run"), *more),
    )
    status = demo.wait(400)
    assert report.is_file(), demo.output
    return status, json.loads(report.read_text()), demo.output


@pytest.mark.sound
def test_visitors_ask_by_voice_text_and_kiosk_and_are_led_there(
    cli: Callable[..., Any], tmp_path: Path, ros_domain: int, free_port_pair: tuple[int, int]
) -> None:
    options = ("--requests", "6", "--seed", "1", "--people", "15", "--voices", str(VOICES))
    status, report, output = run_day(cli, tmp_path, *free_port_pair, *options)
    assert status == 0, output
    assert report["requests"] == 6
    assert report["completed"] >= 5, report["failed"]
    assert report["completed"] + len(report["failed"]) == 6
    assert all(entry["reason"] for entry in report["failed"])
    assert report["collisions"] == 0
    assert report["deadlocks"] == 0
    assert report["realtime_factor"] > 1.0
    assert report["messages_per_s"] > 1.0
    assert {"fleet", "sim", "guide-01", "guide-05", "kiosk-01", "kiosk-02", "sites"} <= set(report["cpu_s"])
    journal = [json.loads(line) for line in (tmp_path / "run" / "journal.jsonl").read_text().splitlines()]
    asked = [line["how"] for line in journal if line["event"] == "asks"]
    assert {"speak", "press"} <= set(asked)
    assert any("vosk" in log.read_text() for log in (tmp_path / "run" / "logs").glob("guide-*.log"))
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]


def test_a_port_in_use_is_one_clear_line(cli: Callable[..., Any], tcp_listener: int) -> None:
    demo = cli("demo", "--headless", "--venue", "hall", "--http", f"127.0.0.1:{tcp_listener}")
    assert demo.wait(30) == 2
    lines = [line for line in demo.output.splitlines() if line.strip()]
    assert len(lines) == 1
    assert "--http" in lines[0]
