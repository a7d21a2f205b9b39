"""The whole venue on one machine: starts every process through its own command, watches, stops, reports.

Parts, in the order of use: `demo_plan` (which processes, pure), `processes` (start and stop them),
`day` (the scripted day), `demo_report` (what came of it, pure). One thread; `ThreadedLink` adds
`mqtt`, which only counts messages.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console

from fleet.protocol.link import Broker, Link, ThreadedLink
from maps.venue import Venue, load_venue
from sim.day import Day
from sim.demo_plan import DemoOptions, Plan, plan_demo
from sim.demo_report import DemoReport, make_report, read_journal
from sim.processes import Child, DemoError, Family, wait_until

START_TIMEOUT_S = 90.0
"""Five robots on a busy two-core machine take about 20 s the first time (numba compiles once)."""


@dataclass(slots=True)
class Running:
    """What a running demo is made of."""

    family: Family
    plan: Plan
    counter: ThreadedLink
    links: list[Link]
    began: float
    """Monotonic time the simulation started."""

    @property
    def messages(self) -> int:
        return sum(link.received for link in self.links)


def run_demo(options: DemoOptions) -> int:
    """Run the venue until Ctrl-C, or, headless, until the day is over.

    :returns: the exit status: 0, or 1 where a collision happened or a request failed without a reason.
    :raises DemoError: if something cannot start.
    """
    console = Console(stderr=True)
    venue = load_venue(options.venue)
    with _work_folder(options.keep_logs) as folder:
        plan = plan_demo(options, venue, folder)
        _check_ports(plan)
        _write_day(options, venue, plan)
        family = Family(folder / "logs")
        running: Running | None = None
        with _stop_requested() as stop:
            try:
                running = _start(family, plan, options, console)
                if not options.headless:
                    _welcome(plan, options, console)
                _watch(running, stop)
            except KeyboardInterrupt:
                pass
            finally:
                messages_wall_s = time.monotonic() - running.began if running else 0.0
                if running:
                    running.counter.stop(1.0)
                circular_waits = _circular_waits(plan) if running else 0
                killed = family.stop()
        console.print(f"stopped {len(family.children)} processes" + (f", killed {', '.join(killed)}" if killed else ""))
        if running is None:
            return 130
        return _conclude(options, plan, running, messages_wall_s, circular_waits, console)


def _start(family: Family, plan: Plan, options: DemoOptions, console: Console) -> Running:
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.1f} s[/] {text}")

    if plan.broker_process:
        say(f"MQTT broker at {plan.broker}")
        family.start(plan.broker_process)
    _await(family, lambda: _port_answers(plan.broker), f"the broker at {plan.broker}")
    say("fleet manager and 5G sites")
    for spec in (plan.fleet, *plan.sites):
        family.start(spec)
    _await(family, lambda: _answers(f"http://{options.http}/readyz"), "the fleet manager")
    say(f"dashboard answers at http://{options.http}/; {len(plan.robots)} robots and {len(plan.kiosks)} kiosks next")
    for spec in (*plan.robots, *plan.kiosks):
        family.start(spec)
    for address in plan.kiosk_addresses:
        _await(family, partial(_answers, f"http://{address}/healthz"), f"the kiosk at {address}")
    _await(family, lambda: _robots_online(options.http) >= len(plan.robots), "the robots")
    simulation_began = time.monotonic()
    family.start(plan.sim)
    # Last, when nothing is left to fork: a forked child shares the counting loop's epoll until it execs.
    links: list[Link] = []
    counter = ThreadedLink(lambda: _counting_link(plan.broker, links))
    counter.start()
    running = Running(family, plan, counter, links, simulation_began)
    _await(family, lambda: _simulation_runs(plan.journal), "the simulation")
    _await(family, lambda: running.messages > 0, f"the first message from the broker at {plan.broker}")
    say("robots and kiosks are up; the simulation begins")
    return running


def _await(family: Family, ready: Callable[[], bool], what: str) -> None:
    wait_until(ready, what, family.check, START_TIMEOUT_S)


def _watch(running: Running, stop: Callable[[], bool]) -> None:
    """Until the simulation ends or somebody asks to stop."""
    sim = running.family.children[-1]
    while not stop():
        if sim.wait(time.monotonic() + 0.2):
            if sim.returncode:
                raise DemoError(f"the simulator failed (exit {sim.returncode}):\n{sim.last_words()}")
            return
        others_alive(running.family, sim)
        running.family.cpu_s()


def others_alive(family: Family, sim: Child) -> None:
    """:raises DemoError: if any process but the simulator has ended."""
    if any(child.returncode is not None for child in family.children if child is not sim):
        family.check()


def _conclude(
    options: DemoOptions, plan: Plan, running: Running, wall_s: float, circular_waits: int, console: Console
) -> int:
    report = make_report(
        journal=read_journal(plan.journal),
        venue=options.venue,
        cpu_s=running.family.cpu_s(),
        messages=running.messages,
        wall_s=wall_s,
        circular_waits=circular_waits,
    )
    _publish(report, options.report, console)
    return 0 if report.acceptable else 1


def _publish(report: DemoReport, path: Path | None, console: Console) -> None:
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
        console.print(f"report: {path}")
    elif report.requests:
        sys.stdout.write(text + "\n")


def _write_day(options: DemoOptions, venue: Venue, plan: Plan) -> None:
    if plan.day is None:
        return
    kiosks = {kiosk: f"http://{address}" for kiosk, address in zip(plan.kiosk_ids, plan.kiosk_addresses, strict=True)}
    # In a larger venue ways are longer: who comes must find the robots back from the visitor before.
    apart_s = max(20.0, 0.2 * (venue.width_m + venue.height_m))
    day = Day.generate(
        venue,
        options.visitors,
        options.seed,
        languages=("zh", "en"),
        kiosks=kiosks,
        robots=plan.serials,
        spread_s=apart_s * options.visitors,
    )
    plan.day.write_text(day.to_json(), encoding="utf-8")


def _welcome(plan: Plan, options: DemoOptions, console: Console) -> None:
    console.print(f"\n[bold]dashboard[/]  http://{options.http}/")
    for kiosk, address in zip(plan.kiosk_ids, plan.kiosk_addresses, strict=True):
        console.print(f"[bold]{kiosk}[/]   http://{address}/")
    console.print("\nIn another terminal, try:")
    console.print('  .venv/bin/fairguide say guide-01 "带我去文化服务专题展"')
    console.print('  .venv/bin/fairguide say guide-02 "where is the finance exhibition"')
    console.print(f"\nlogs: {plan.folder / 'logs'}\nCtrl-C stops everything.\n")


@contextmanager
def _work_folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        for old in ("fleet.db", "fleet.db-wal", "fleet.db-shm", "journal.jsonl", "day.json"):
            (keep / old).unlink(missing_ok=True)  # a day begins with nobody waiting from the day before
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="fairguide-demo-") as folder:
        yield Path(folder)


@contextmanager
def _stop_requested() -> Iterator[Callable[[], bool]]:
    """SIGTERM and SIGINT ask once, politely; a second SIGINT while stopping is ignored by `Family.stop`'s bound."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if not asked:
            asked.append(number)
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_ports(plan: Plan) -> None:
    for address, option in plan.listening:
        host, _, port = address.rpartition(":")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                raise DemoError(
                    f"{address}: {error.strerror}; stop what uses it, or choose another with {option}"
                ) from None


def _port_answers(url: str) -> bool:
    broker = Broker.parse(url)
    try:
        with socket.create_connection((broker.host, broker.port), timeout=0.5):
            return True
    except OSError:
        return False


def _fetch(url: str) -> bytes | None:
    try:
        with urlopen(url, timeout=2) as answer:
            return bytes(answer.read())
    except (URLError, OSError):
        return None


def _answers(url: str) -> bool:
    return _fetch(url) is not None


def _simulation_runs(journal: Path) -> bool:
    """Has the simulator met every robot?"""
    return journal.is_file() and '"event": "ready"' in journal.read_text(encoding="utf-8")


def _robots_online(http: str) -> int:
    body = _fetch(f"http://{http}/api/v1/robots")
    robots = json.loads(body) if body else []
    if isinstance(robots, dict):
        robots = robots.get("items", [])
    return sum(robot.get("link") == "online" for robot in robots)


def _circular_waits(plan: Plan) -> int:
    """`fairguide_deadlocks_total` of the fleet's metrics; 0 where it does not answer any more."""
    body = _fetch(f"http://{plan.http}/metrics")
    lines = body.decode().splitlines() if body else []
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("fairguide_deadlocks_total"))


def _counting_link(url: str, links: list[Link]) -> Link:
    link = Link(Broker.parse(url), "demo-counter")
    link.subscribe("#", lambda topic, payload: None)
    links.append(link)
    return link
