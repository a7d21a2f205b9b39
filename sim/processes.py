"""Processes the demo starts: each through its own command, each with a log, none left behind.

Owned by one thread. A child gets its own session, so that Ctrl-C reaches only the demo, which then
stops the children in order; and the kernel is asked to end it should the demo itself be killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from sim.errors import SimError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class DemoError(SimError):
    """The demo cannot go on: one line that says what, where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """One process to start: a name for people and files, and its command line."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]


def _end_with_parent() -> None:
    """Have the kernel send SIGTERM when the demo is gone (prctl(2), PR_SET_PDEATHSIG)."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One started process."""

    def __init__(self, spec: ProcessSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self._cpu_s = 0.0
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                spec.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **spec.environment},
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    def measure(self) -> float:
        """CPU seconds used so far, children included; the last known figure once it has ended."""
        try:
            process = psutil.Process(self.pid)
            times = [process.cpu_times(), *(child.cpu_times() for child in process.children(recursive=True))]
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return self._cpu_s
        self._cpu_s = max(self._cpu_s, sum(t.user + t.system for t in times))
        return self._cpu_s

    def signal(self, number: int) -> None:
        """Send a signal to it and to whatever it started, if any of it still runs."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def wait(self, until: float) -> bool:
        """Whether it has ended by `until` (monotonic seconds)."""
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, for an error message."""
        text = self.log.read_text(errors="replace").strip()
        return "\n".join(text.splitlines()[-lines:])


class Family:
    """The demo's processes, stopped in the reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, spec: ProcessSpec) -> Child:
        child = Child(spec, self.logs / f"{spec.name}.log")
        self.children.append(child)
        return child

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds of each process, by name."""
        return {child.spec.name: round(child.measure(), 2) for child in self.children}

    def check(self) -> None:
        """:raises DemoError: if a process has ended by itself."""
        for child in self.children:
            if child.returncode is not None:
                name, words = child.spec.name, child.last_words()
                raise DemoError(f"{name} ended by itself (exit {child.returncode}); its last words:\n{words}")

    def stop(self, grace_s: float = 3.0) -> list[str]:
        """End all: SIGINT, and SIGKILL after `grace_s`; the first, which the others talk through, after the rest.

        :returns: names of those that had to be killed.
        """
        self.cpu_s()
        late = self._interrupt(self.children[:0:-1], grace_s) + self._interrupt(self.children[:1], grace_s / 3)
        for child in self.children:
            child.signal(signal.SIGKILL)
        for child in late:
            child.wait(time.monotonic() + 1.0)
        return [child.spec.name for child in late]

    @staticmethod
    def _interrupt(children: Sequence[Child], grace_s: float) -> list[Child]:
        for child in children:
            child.signal(signal.SIGINT)
        until = time.monotonic() + grace_s
        return [child for child in children if not child.wait(until)]


def wait_until(
    ready: Callable[[], bool], what: str, check: Callable[[], None], timeout_s: float, poll_s: float = 0.1
) -> None:
    """Poll `ready`, and `check` that nothing has died meanwhile.

    :raises DemoError: when `timeout_s` have passed.
    """
    until = time.monotonic() + timeout_s
    while not ready():
        check()
        if time.monotonic() > until:
            raise DemoError(f"{what} did not come up within {timeout_s:.0f} s; see the logs")
        time.sleep(poll_s)


def command(arguments: Sequence[str]) -> tuple[str, ...]:
    """The `fairguide` command line for `arguments`, run by the same Python as this."""
    import sys

    return (sys.executable, "-m", "fairguide", *arguments)
