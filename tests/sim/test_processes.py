"""Starting processes, and leaving none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sim.processes import DemoError, Family, ProcessSpec, wait_until

WAITS = "import signal, time\nprint('up', flush=True)\nsignal.pause()"
DEAF = (
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: signal.pause()"
)


def python(name: str, code: str) -> ProcessSpec:
    return ProcessSpec(name=name, argv=(sys.executable, "-c", code), environment={})


def await_up(family: Family) -> None:
    ready = [child.log for child in family.children]
    wait_until(lambda: all(log.read_text().startswith("up") for log in ready), "children", family.check, 20.0)


def test_polite_children_end_and_deaf_ones_are_killed(tmp_path: Path) -> None:
    family = Family(tmp_path)
    for spec in (python("polite", WAITS), python("deaf", DEAF)):
        family.start(spec)
    await_up(family)
    pids = [child.pid for child in family.children]
    began = time.monotonic()
    assert family.stop(grace_s=0.5) == ["deaf"]
    assert time.monotonic() - began < 5.0
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def test_grandchildren_end_too(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, signal\n"
        f"child = subprocess.Popen([sys.executable, '-c', {DEAF!r}], stdout=subprocess.DEVNULL)\n"
        "print('up', child.pid, flush=True)\nsignal.pause()"
    )
    family = Family(tmp_path)
    family.start(python("parent", code))
    await_up(family)
    grandchild = int((tmp_path / "parent.log").read_text().split()[1])
    family.stop(grace_s=0.5)
    wait_until(lambda: not _runs(grandchild), "the end of the grandchild", lambda: None, 5.0)
    assert not _runs(grandchild)


def test_a_child_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    family = Family(tmp_path)
    family.start(python("broken", "raise SystemExit('the port is in use')"))
    with pytest.raises(DemoError, match=r"(?s)broken ended by itself \(exit 1\).*the port is in use"):
        wait_until(lambda: False, "nothing", family.check, 20.0)
    family.stop()


def test_children_end_when_the_demo_itself_is_killed(tmp_path: Path) -> None:
    code = (
        "import pathlib, signal, sys\nfrom sim.processes import *\n"
        f"family = Family(pathlib.Path({str(tmp_path)!r}))\n"
        f"child = family.start(ProcessSpec(name='child', argv=(sys.executable, '-c', {WAITS!r}), environment={{}}))\n"
        "print(child.pid, flush=True)\nsignal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        child = int(demo.stdout.readline())
        os.kill(demo.pid, signal.SIGKILL)
        wait_until(lambda: not _runs(child), "the end of the child", lambda: None, 10.0)
    assert not _runs(child)


def test_waiting_ends_in_time(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="the moon did not come up within 0 s"):
        wait_until(lambda: False, "the moon", lambda: None, 0.05, poll_s=0.01)


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
