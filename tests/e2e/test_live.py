"""The whole venue in a browser: `fairguide demo` as its users start it, dashboard and kiosk in Chromium."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.ros, pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(300)]
READY = "[data-testid=venue-map][data-ready=true]"
MOVED = "([id, x]) => Math.abs(window.fairguideMap.robots().find((r) => r.id === id).screenX - x) > 12"


@dataclass
class LiveDemo:
    """A running demo on the small venue."""

    process: Any
    http: str
    kiosk: str
    folder: Path


@pytest.fixture
def demo(
    cli: Callable[..., Any], tmp_path: Path, ros_domain: int, free_port_pair: tuple[int, int]
) -> Iterator[LiveDemo]:
    http, mqtt = free_port_pair
    process = cli(
        *("demo", "--venue", "hall", "--speed", "2", "--people", "8", "--robots", "3", "--kiosks", "1"),
        *("--http", f"127.0.0.1:{http}", "--mqtt-port", str(mqtt), "--keep-logs", str(tmp_path)),
    )
    process.wait_for("Ctrl-C stops everything", 120)
    yield LiveDemo(process, f"http://127.0.0.1:{http}", f"http://127.0.0.1:{http + 21}", tmp_path)
    began = time.monotonic()
    assert process.stop(signal.SIGINT, within_s=10.0) == 0
    assert time.monotonic() - began < 8.0  # 5 s on a machine that does nothing else
    assert "killed" not in process.output
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]


def await_task(base: str, accept: Callable[[dict[str, Any]], bool], timeout_s: float) -> dict[str, Any]:
    """The first task that `accept` takes."""
    end = time.monotonic() + timeout_s
    with httpx.Client(base_url=base, timeout=5) as client:
        while True:
            tasks = client.get("/api/v1/tasks").json()
            for task in tasks["items"] if isinstance(tasks, dict) else tasks:
                if accept(task):
                    return dict(task)
            assert time.monotonic() < end, tasks


def test_staff_see_robots_move_a_kiosk_calls_one_and_a_lost_robot_shows(page: Page, demo: LiveDemo) -> None:
    page.goto(f"{demo.http}/?lang=en")
    page.wait_for_selector(READY)
    page.wait_for_function("window.fairguideMap.robots().length === 3")

    kiosk = page.context.new_page()
    kiosk.goto(f"{demo.kiosk}/?lang=en")
    kiosk.wait_for_selector(READY)
    kiosk.get_by_test_id("search").fill("culture")
    kiosk.get_by_test_id("place-culture").click()
    expect(kiosk.get_by_test_id("take-me")).to_be_enabled()
    kiosk.get_by_test_id("take-me").click()
    call = kiosk.get_by_test_id("call")
    expect(call).to_have_attribute("data-robot", re.compile("guide-0[1-3]"), timeout=20_000)
    serial = call.get_attribute("data-robot")

    before = page.evaluate("(id) => window.fairguideMap.robots().find((r) => r.id === id).screenX", serial)
    page.wait_for_function(MOVED, arg=[serial, before], timeout=60_000)
    expect(call).to_have_attribute("data-status", re.compile("arrived|leading|finished"), timeout=90_000)
    task = await_task(demo.http, lambda t: t["source"] == "kiosk" and t["state"] in ("finished", "failed"), 120)
    assert task["state"] == "finished", task["reason"]
    assert task["robot"] == serial

    victim = next(s for s in ("guide-01", "guide-02", "guide-03") if s != serial)
    shown = page.get_by_test_id(f"robot-{victim}")
    stopped = robot_process(demo, victim)
    stopped.suspend()
    try:
        began = time.monotonic()
        expect(shown).not_to_have_attribute("data-link", "online", timeout=10_000)
        assert time.monotonic() - began < 3.0  # 2 s, and what a busy machine adds
    finally:
        stopped.resume()
    expect(shown).to_have_attribute("data-link", "online", timeout=20_000)


def test_a_sentence_typed_at_a_terminal_ends_at_the_booth(demo: LiveDemo) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "fairguide", "say", "guide-01", "带我去文化服务专题展"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert "guide_to" in said.stdout
    assert "culture" in said.stdout
    task = await_task(demo.http, lambda t: t["source"] == "robot", 5)
    assert (task["robot"], task["place"], task["state"]) == ("guide-01", "culture", "finished")


def robot_process(demo: LiveDemo, serial: str) -> psutil.Process:
    """The process of one of this demo's robots: others may run beside it."""
    mine = psutil.Process(demo.process.process.pid).children(recursive=True)
    return next(p for p in mine if {"robot", serial} <= set(p.cmdline()))
