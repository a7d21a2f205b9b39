"""`fairguide doctor`: what works on this machine, and what to do about the rest.

Each check is a function that returns findings and imports nothing that may be missing. `fail` is for what
every fairguide machine needs; `warn` for what only some of them run.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from robot_nodes.interfaces.build import PACKAGES
from robot_nodes.quietly import quiet_stderr


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    check: str
    state: State
    detail: str
    advice: str = ""


LANGUAGES = ("zh", "en", "ko", "ja")
VENUES = ("hall", "ciftis2020")
PORTS = ((1883, "the MQTT broker", "--broker"), (8080, "the dashboard", "--http"))
_ADMIN_PATH = os.pathsep.join(("/usr/sbin", "/usr/local/sbin"))


def check_python() -> list[Finding]:
    """Python, and whether it has an environment of its own."""
    found = f"{platform.python_version()} in {sys.prefix}"
    if sys.prefix == sys.base_prefix:
        return [Finding("Python", State.WARN, found, "no virtual environment: make setup makes one in .venv")]
    return [Finding("Python", State.OK, found)]


def check_ros() -> list[Finding]:
    """`rclpy`, and the interface packages."""
    if not has_module("rclpy"):
        advice = "source ROS 2 Jazzy, or on x86-64 pip install 'fairguide[ros]'; fleet and kiosk go without"
        return [Finding("ROS 2", State.WARN, "rclpy is not installed", advice)]
    where = os.environ.get("ROS_DISTRO") or f"wheels, rclpy {_version('ros-rclpy') or 'of unknown version'}"
    return [Finding("ROS 2", State.OK, where), *(_interface(package) for package in PACKAGES)]


def _interface(package: str) -> Finding:
    if has_module(package):
        return Finding(f"ROS 2 {package}", State.OK, "found")
    advice = "python -m robot_nodes.interfaces.build; where ROS is installed: colcon build --base-paths "
    return Finding(f"ROS 2 {package}", State.WARN, "not built", advice + "robot_nodes/interfaces")


def check_speech() -> list[Finding]:
    """Vosk, a model for each language, and a voice."""
    found = [_program("voice", "espeak-ng", "robots show their words without speaking them: apt-get install espeak-ng")]
    if not has_module("vosk"):
        return [
            Finding("Vosk", State.WARN, "not installed", "pip install 'fairguide[robot]'; typed text works"),
            *found,
        ]
    from robot_nodes.hearing.errors import MissingModel
    from robot_nodes.hearing.models import find_model

    models = []
    for language in LANGUAGES:
        try:
            models.append(Finding(f"hearing {language}", State.OK, str(find_model(language))))
        except MissingModel as missing:
            models.append(Finding(f"hearing {language}", State.WARN, "no model; typed text works", str(missing)))
    return [Finding("Vosk", State.OK, _version("vosk") or "installed"), *models, *found]


def check_sound() -> list[Finding]:
    """Microphones."""
    if not has_module("pyaudio"):
        advice = "apt-get install portaudio19-dev && pip install 'fairguide[sound]'"
        return [Finding("microphone", State.WARN, "PyAudio is not installed", advice)]
    inputs = _microphones()
    if not inputs:
        return [Finding("microphone", State.WARN, "no input device", "plug one in; files and typed text work")]
    return [Finding("microphone", State.OK, ", ".join(inputs[:4]))]


def _microphones() -> list[str]:
    import pyaudio

    try:
        with quiet_stderr():
            audio = pyaudio.PyAudio()
            try:
                devices = [audio.get_device_info_by_index(index) for index in range(audio.get_device_count())]
            finally:
                audio.terminate()
    except OSError:
        return []
    return [str(device["name"]) for device in devices if int(device["maxInputChannels"]) > 0]


def check_programs() -> list[Finding]:
    """Programs of Debian's that are used where they are."""
    return [
        _program("broker", "mosquitto", "the embedded broker is used, which is slower: apt-get install mosquitto"),
        _program("browser", "chromium", "only the browser tests need it: apt-get install chromium"),
    ]


def _program(what: str, name: str, without: str) -> Finding:
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}{_ADMIN_PATH}")
    return Finding(what, State.OK, path) if path else Finding(what, State.WARN, f"{name} not found", without)


def check_ports() -> list[Finding]:
    """Whether the demo's default ports are free."""
    return [_port(*port) for port in PORTS]


def _port(number: int, used_by: str, option: str) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            why = "in use" if error.errno == errno.EADDRINUSE else str(error.strerror)
            return Finding(f"port {number}", State.WARN, f"{why}; meant for {used_by}", f"end that or give {option}")
    return Finding(f"port {number}", State.OK, f"free for {used_by}")


def check_venues() -> list[Finding]:
    """Whether the venues that come with fairguide load."""
    from maps.errors import MapsError
    from maps.venue import load_venue

    found = []
    for name in VENUES:
        try:
            venue = load_venue(name)
        except MapsError as error:
            found.append(Finding(f"venue {name}", State.FAIL, str(error), f"fairguide map check {name}"))
        else:
            detail = f"{len(venue.booths)} booths, {len(venue.chargers)} docks, {len(venue.sites)} 5G sites"
            found.append(Finding(f"venue {name}", State.OK, detail))
    return found


CHECKS: tuple[Callable[[], list[Finding]], ...] = (
    check_python,
    check_ros,
    check_speech,
    check_sound,
    check_programs,
    check_ports,
    check_venues,
)


def has_module(name: str) -> bool:
    """Whether `name` can be imported, without importing it."""
    return importlib.util.find_spec(name) is not None


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def show(findings: Iterable[Finding]) -> None:
    """One line for each finding, and under it what to do."""
    colours = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}
    for finding in findings:
        typer.secho(f"{finding.state:5}", fg=colours[finding.state], nl=False)
        typer.echo(f" {finding.check:22} {finding.detail}")
        if finding.advice:
            typer.echo(f"      -> {finding.advice}")


doctor = typer.Typer(invoke_without_command=True)


@doctor.callback(help="What works on this machine, and what to do about the rest. Exit status 1 if something fails.")
def check(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
) -> None:
    """All checks, unless a part of the robot is asked for."""
    if context.invoked_subcommand is not None:
        return
    findings = [finding for check in CHECKS for finding in check()]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        show(findings)
    if any(finding.state is State.FAIL for finding in findings):
        raise typer.Exit(1)


@doctor.command()
def hearing(
    device: Annotated[
        str, typer.Option(help="PyAudio device (a number or part of its name), or udp://ADDRESS:PORT.")
    ] = "default",
    file: Annotated[
        Path | None, typer.Option(help="A recording instead of a device, as fast as it was spoken.")
    ] = None,
    array: Annotated[Path | None, typer.Option(help="Where the microphones are: YAML file.")] = None,
    lang: Annotated[str, typer.Option(help="Languages, comma-separated; all that have a model otherwise.")] = "",
    venue: Annotated[str, typer.Option(help="Whose sentences are expected.")] = "hall",
    seconds: Annotated[float, typer.Option(help="End after so long; 0: at Ctrl-C.")] = 0.0,
) -> None:
    """Listen, and show levels, direction, voice and what is heard."""
    from robot_nodes.hearing.checkup import Checkup, listen_and_show

    languages = tuple(part.strip() for part in lang.split(",") if part.strip())
    raise typer.Exit(listen_and_show(Checkup(device, file, array, languages, venue, seconds)))
