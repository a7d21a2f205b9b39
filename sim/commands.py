"""The room's command line: `fairguide sim run`, and the mounts of `fairguide demo` and `fairguide site`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, help="The embedded simulator.")

Cameras = Literal["off", "low", "high"]
VenueName = Annotated[str, typer.Option(help="Venue name, or a plan's file or folder.")]


@app.callback()
def _sim() -> None:
    """The embedded simulator."""


@app.command()
def run(
    robot: Annotated[list[str], typer.Option(help="SERIAL=STATION, once for each robot.")],
    venue: VenueName = "hall",
    people: Annotated[int, typer.Option(min=0, max=5000, help="Walkers beside the visitors.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 1,
    speed: Annotated[float, typer.Option(min=0.0, help="Simulated over wall time at most; 0: no cap.")] = 1.0,
    visitors: Annotated[Path | None, typer.Option(help="A scripted day, JSON.")] = None,
    journal: Annotated[Path | None, typer.Option(help="Write the day's events here, JSON lines.")] = None,
    duration: Annotated[float | None, typer.Option(min=0.0, help="Simulated seconds from when all are ready.")] = None,
    kiosk: Annotated[list[str] | None, typer.Option(help="KIOSK=URL of its API, once for each.")] = None,
    voices: Annotated[Path | None, typer.Option(help="Folder of recordings visitors speak with.")] = None,
    cameras: Annotated[Cameras, typer.Option(help="What the robots' cameras publish, to whom listens.")] = "off",
    stay: Annotated[bool, typer.Option("--stay", help="Go on after the last visitor has ended.")] = False,
    ready_timeout: Annotated[float, typer.Option(min=0.0, help="Wall seconds to wait for the robots.")] = 120.0,
) -> None:
    """Run the world; prints a summary in JSON at its end."""
    from sim.running import RunOptions, prepare

    options = RunOptions(
        venue=venue,
        robots=_pairs(robot, "--robot", "SERIAL=STATION, such as guide-01=dock-01"),
        people=people,
        seed=seed,
        speed=speed,
        visitors=visitors,
        journal=journal,
        duration_s=duration,
        stay=stay,
        kiosks=_pairs(kiosk or [], "--kiosk", "KIOSK=URL, such as kiosk-01=http://127.0.0.1:8101"),
        voices=voices,
        ready_s=ready_timeout,
    )
    prepared = prepare(options)
    from sim.ros import spin  # after the checks: their errors should not wait for ROS

    print(json.dumps(spin(prepared, cameras), ensure_ascii=False))


def demo(
    venue: VenueName = "hall",
    headless: Annotated[bool, typer.Option("--headless", help="A scripted day, no browser.")] = False,
    duration: Annotated[float | None, typer.Option(min=0.0, help="Simulated seconds at most.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report here, JSON.")] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.0, help="Simulated over wall time; 0: no cap; default 1, headless 0.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the day.")] = 1,
    requests: Annotated[int | None, typer.Option(min=0, help="Visitors who ask; default none, headless 20.")] = None,
    robots: Annotated[int, typer.Option(min=1, help="Guide robots.")] = 5,
    kiosks: Annotated[int, typer.Option(min=0, help="Kiosks.")] = 2,
    sites: Annotated[int, typer.Option(min=0, help="5G sites.")] = 4,
    people: Annotated[int, typer.Option(min=0, help="Walkers beside the visitors.")] = 30,
    broker: Annotated[str | None, typer.Option(help="An outside MQTT broker instead of the embedded one.")] = None,
    mqtt_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the embedded broker.")] = 1883,
    http: Annotated[str, typer.Option(help="Where the dashboard listens.")] = "127.0.0.1:8080",
    voices: Annotated[Path | None, typer.Option(help="Folder of recordings visitors speak with.")] = None,
    keep_logs: Annotated[Path | None, typer.Option(help="Keep the processes' logs in this folder.")] = None,
) -> None:
    """Bring up the whole venue: broker, fleet, kiosks, 5G sites, robots and simulator."""
    from sim.demo import run_demo
    from sim.demo_plan import DemoOptions

    options = DemoOptions(
        venue=venue,
        headless=headless,
        duration=duration,
        report=report,
        speed=speed,
        seed=seed,
        requests=requests,
        robots=robots,
        kiosks=kiosks,
        sites=sites,
        people=people,
        broker=broker,
        mqtt_port=mqtt_port,
        http=http,
        voices=voices,
        keep_logs=keep_logs,
    )
    raise typer.Exit(run_demo(options))


def site(
    site_id: Annotated[list[str], typer.Option("--id", help="Site, once for each.")],
    broker: Annotated[str, typer.Option(help="MQTT broker.")] = "mqtt://127.0.0.1:1883",
    venue: VenueName = "hall",
    seed: Annotated[int, typer.Option(min=0, help="Of the load.")] = 1,
    period: Annotated[float, typer.Option(min=0.1, help="Seconds between measurements.")] = 1.0,
) -> None:
    """Simulate 5G sites: their status and their cells' measurements over MQTT."""
    from sim.sites import run_sites

    raise typer.Exit(run_sites(venue=venue, broker=broker, ids=site_id, seed=seed, period_s=period))


def _pairs(texts: list[str], option: str, form: str) -> dict[str, str]:
    """:raises OptionError: if one is not KEY=VALUE, or a key appears twice."""
    from sim.errors import OptionError

    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise OptionError(f"{option} {text}: write {form}")
        if key in found:
            raise OptionError(f"{option} {text}: {key} is there already: name each once")
        found[key] = value
    return found
