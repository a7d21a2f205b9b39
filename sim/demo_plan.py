"""Which processes a demo is made of: a pure function of its options and the venue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maps.venue import Venue
from sim.processes import DemoError, ProcessSpec, command

KIOSK_PORT_OFFSET = 21
"""Kiosks listen on the dashboard's port plus this, and upwards: 8101, 8102 beside 8080."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `fairguide demo` was asked for."""

    venue: str = "hall"
    headless: bool = False
    duration: float | None = None
    """Simulated seconds after which the day ends, visitors served or not."""
    report: Path | None = None
    speed: float | None = None
    """Simulated over wall time; 0: as fast as the robots can follow; None: 1, headless 0."""
    seed: int = 1
    requests: int | None = None
    """Visitors who come and ask; None: nobody, headless 20."""
    robots: int = 5
    kiosks: int = 2
    sites: int = 4
    people: int = 30
    """Walkers beside the visitors."""
    broker: str | None = None
    """An outside broker; None: an embedded one."""
    mqtt_port: int = 1883
    http: str = "127.0.0.1:8080"
    voices: Path | None = None
    """A folder of recordings some visitors speak with, and `voices.json`, which says what they ask for."""
    keep_logs: Path | None = None

    @property
    def visitors(self) -> int:
        """How many come."""
        return (20 if self.headless else 0) if self.requests is None else self.requests

    @property
    def pace(self) -> float:
        """Simulated over wall time."""
        return (0.0 if self.headless else 1.0) if self.speed is None else self.speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The processes, in the order they are started, and where things are."""

    folder: Path
    broker: str
    http: str
    broker_process: ProcessSpec | None
    fleet: ProcessSpec
    sites: tuple[ProcessSpec, ...]
    robots: tuple[ProcessSpec, ...]
    kiosks: tuple[ProcessSpec, ...]
    sim: ProcessSpec
    serials: tuple[str, ...]
    kiosk_ids: tuple[str, ...]
    kiosk_addresses: tuple[str, ...]
    """HOST:PORT of each kiosk, in their order."""
    day: Path | None
    journal: Path

    @property
    def listening(self) -> list[tuple[str, str]]:
        """Addresses that must be free, each with the option that moves it."""
        own = [(self.broker.removeprefix("mqtt://"), "--mqtt-port or --broker")] if self.broker_process else []
        return [*own, (self.http, "--http"), *((address, "--http") for address in self.kiosk_addresses)]


def plan_demo(options: DemoOptions, venue: Venue, folder: Path) -> Plan:
    """Work out every process.

    :raises DemoError: if the venue has not enough docks, kiosks or sites.
    """
    docks = _spread(list(venue.chargers), options.robots, "docks", "--robots")
    kiosk_ids = _spread(list(venue.kiosks), options.kiosks, "kiosks", "--kiosks")
    site_ids = _spread(list(venue.sites), options.sites, "5G sites", "--sites")
    starts = {f"guide-{number:02d}": dock for number, dock in enumerate(docks, 1)}
    host, port = _address(options.http)
    addresses = tuple(f"{host}:{port + KIOSK_PORT_OFFSET + number}" for number in range(len(kiosk_ids)))
    broker = options.broker or f"mqtt://127.0.0.1:{options.mqtt_port}"
    common = ("--venue", options.venue, "--broker", broker)
    day = folder / "day.json" if options.visitors else None
    journal = folder / "journal.jsonl"
    return Plan(
        folder=folder,
        broker=broker,
        http=options.http,
        broker_process=None if options.broker else _spec("broker", "fleet", "broker", "--bind", broker[7:]),
        fleet=_spec(
            "fleet", "fleet", "run", *common, "--http", options.http, "--store", f"sqlite:///{folder}/fleet.db"
        ),
        sites=(_spec("sites", "site", *common, *_each("--id", site_ids)),) if site_ids else (),
        robots=tuple(
            _spec(serial, "robot", *common, "--serial", serial, "--start", dock, "--sim-time")
            for serial, dock in starts.items()
        ),
        kiosks=tuple(
            _spec(kiosk, "kiosk", *common, "--id", kiosk, "--http", address)
            for kiosk, address in zip(kiosk_ids, addresses, strict=True)
        ),
        sim=_sim_spec(options, starts, day, journal),
        serials=tuple(starts),
        kiosk_ids=kiosk_ids,
        kiosk_addresses=addresses,
        day=day,
        journal=journal,
    )


def _sim_spec(options: DemoOptions, starts: dict[str, str], day: Path | None, journal: Path) -> ProcessSpec:
    arguments = ["sim", "run", "--venue", options.venue, "--people", str(options.people), "--seed", str(options.seed)]
    arguments += ["--speed", str(options.pace), "--journal", str(journal)]
    arguments += _each("--robot", [f"{serial}={dock}" for serial, dock in starts.items()])
    if day is not None:
        arguments += ["--visitors", str(day)]
    if not options.headless:
        arguments += ["--stay"]
    if options.voices is not None:
        arguments += ["--voices", str(options.voices.resolve())]
    if options.duration is not None:
        arguments += ["--duration", str(options.duration)]
    return _spec("sim", *arguments)


def _spec(name: str, *arguments: str) -> ProcessSpec:
    # One BLAS thread each: ten processes on two cores gain nothing from more, and spin while waiting.
    return ProcessSpec(
        name=name,
        argv=command(arguments),
        environment={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
    )


def _each(option: str, values: list[str] | tuple[str, ...]) -> list[str]:
    return [part for value in values for part in (option, value)]


def _spread(ids: list[str], count: int, what: str, option: str) -> tuple[str, ...]:
    """`count` of `ids`, evenly over their list and so over the venue.

    :raises DemoError: if there are not so many.
    """
    if count > len(ids):
        raise DemoError(f"the venue has {len(ids)} {what}, not {count}: lower {option}")
    return tuple(ids[number * len(ids) // count] for number in range(count))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536 - 100:
        raise DemoError(f"--http {text}: write HOST:PORT")
    return host, int(port)
