"""The command line: `fairguide COMMAND` mounts that room's commands, and nothing else.

Only the room that is asked for is imported, so `fairguide --help` is quick and a machine needs only the
extras of what it runs. An exception of one of our rooms that arrives here is a message to the user: it is
printed as one line (`error: ...`) with exit status 2. `FAIRGUIDE_TRACEBACK=1` shows where it came from,
`FAIRGUIDE_LOG=json` writes logs as JSON lines, `FAIRGUIDE_LOG_LEVEL=debug` writes more of them.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import typer

from robot_nodes.interfaces.network import is_stranger, ros_defaults, without_bootstrap

ROOMS = ("maps", "robot_nodes", "fleet", "kiosk", "sim")
EXIT_USER_ERROR = 2


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives, and what `fairguide --help` says of it."""

    target: str
    """`module:attribute`; the attribute is a typer app or a function."""
    extra: str
    help: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command("sim.commands:demo", "sim", "Bring up the whole venue on this machine."),
    "fleet": Command("fleet.commands:app", "fleet", "The fleet manager, its dashboard, and the MQTT broker."),
    "robot": Command("robot_nodes.commands:robot", "robot", "One guide robot."),
    "kiosk": Command("kiosk.commands:kiosk", "kiosk", "One information kiosk."),
    "site": Command("sim.commands:site", "sim", "Simulated 5G sites."),
    "sim": Command("sim.commands:app", "sim", "The simulated world."),
    "say": Command("robot_nodes.commands:say", "robot", "Say something to a running robot, and watch what it does."),
    "hear": Command("robot_nodes.commands:hear", "robot", "Play a recording to a running robot."),
    "understand": Command("robot_nodes.commands:understand", "robot", "What the robot makes of a sentence."),
    "map": Command("maps.commands:app", "", "Check and export floor plans."),
    "bench": Command("fairguide:bench", "sim", "Measure, and print the figures as JSON."),
    "doctor": Command("robot_nodes.doctor:doctor", "", "What works on this machine, and what to do about the rest."),
}

BENCHES: Mapping[str, str] = {
    "world": "sim.bench:bench_world",
    "hearing": "sim.bench_hearing:bench_hearing",
    "language": "robot_nodes.language.bench:bench_language",
    "navigation": "sim.bench_navigation:bench_navigation",
}
"""Benchmarks: name -> `module:function`, a `Bench`."""

_ROS_PACKAGES = ("rclpy", "rosidl_runtime_py", "fairguide_msgs", "nav2_msgs", "tf2_msgs")


class Bench(Protocol):
    """A benchmark: runs for a while and returns `workload` (text) and `figures`.

    Each figure is `{name, value, unit, goal, met}`; `met` is None where it was not measured.
    """

    def __call__(self, *, seed: int, quick: bool) -> Mapping[str, Any]: ...


class UsageError(Exception):
    """Something the user can put right: one line."""


def load(target: str) -> Any:
    """The object at `module:attribute`."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def build(asked: str | None) -> typer.Typer:
    """The command line with `asked` really mounted and the others only listed."""
    app = typer.Typer(
        name="fairguide",
        help="Guide robots, kiosks and their fleet for an exhibition venue.",
        pretty_exceptions_enable=False,
    )
    app.callback(no_args_is_help=True)(_options)
    for name, command in COMMANDS.items():
        found = load(command.target) if name == asked else _unmounted
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=command.help)
        else:
            app.command(name, help=None if found.__doc__ else command.help)(found)
            if found is _unmounted:
                app.registered_commands[-1].help = command.help
    return app


def _unmounted() -> None:
    """Never runs: a command that runs has been mounted."""


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"fairguide {importlib.metadata.version('fairguide')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Guide robots, kiosks and their fleet for an exhibition venue."""


def bench(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")],
    quick: Annotated[bool, typer.Option("--quick", help="A short run, to see that it works.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    as_json: Annotated[bool, typer.Option("--json/--table", help="JSON, or a table for people.")] = True,
) -> None:
    """Measure, and print the figures as one JSON object."""
    if name not in BENCHES:
        raise UsageError(f"bench {name!r}: there is no such benchmark; use one of {', '.join(BENCHES)}")
    measured: Mapping[str, Any] = load(BENCHES[name])(seed=seed, quick=quick)
    if as_json:
        typer.echo(json.dumps({"workload": name, "seed": seed, "machine": machine(), **measured}, ensure_ascii=False))
        return
    for figure in measured["figures"]:
        typer.echo(f"{figure['name']:40} {figure['value']} {figure['unit']} (goal {figure['goal']})")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
    }


def set_up_logs(environment: Mapping[str, str]) -> None:
    """Structured logs to stderr, one line each; with `FAIRGUIDE_LOG=json` one JSON object each.

    :raises UsageError: if the level named by `FAIRGUIDE_LOG_LEVEL` does not exist.
    """
    import structlog

    level = logging.getLevelNamesMapping().get(environment.get("FAIRGUIDE_LOG_LEVEL", "info").upper())
    if level is None:
        raise UsageError("FAIRGUIDE_LOG_LEVEL: use debug, info, warning or error")
    as_json = environment.get("FAIRGUIDE_LOG") == "json"
    last: Callable[..., Any] = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, pad_level=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.dict_tracebacks] if as_json else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *names: _Named(names[0] if names else "fairguide"),
    )


def _Named(name: str) -> Any:  # noqa: N802 - stands for a class whose base is imported late
    import structlog

    logger = structlog.PrintLogger(sys.stderr)
    logger.name = name  # type: ignore[attr-defined]  # what add_logger_name reads
    return logger


def explain(error: BaseException, command: str | None) -> str | None:
    """The one line that tells the user about `error`, or None if it is a defect of ours."""
    if isinstance(error, ModuleNotFoundError):
        return _explain_missing(error.name or "", command)
    if isinstance(error, UsageError | OSError) or type(error).__module__.split(".")[0] in ROOMS:
        return " ".join(str(error).split()) or type(error).__name__
    return None


def _explain_missing(module: str, command: str | None) -> str | None:
    top = module.split(".")[0]
    known = COMMANDS.get(command or "")
    if known is None or top in ROOMS:
        return None
    if top in _ROS_PACKAGES:
        return (
            f"fairguide {command} needs ROS 2 ({top} is missing): source your ROS 2 workspace, or pip install "
            "'fairguide[ros]' and run python -m robot_nodes.interfaces.build"
        )
    extra = "sound" if top == "pyaudio" else known.extra
    return f"fairguide {command} needs {top}: pip install 'fairguide{f'[{extra}]' if extra else ''}'"


def prepare_environment() -> None:
    """Set what ROS has to find before it is imported; starts Python again where it must."""
    if is_stranger(os.environ, sys.prefix) and importlib.util.find_spec("ros_wheels_bootstrapper"):
        os.execve(sys.executable, sys.orig_argv, without_bootstrap(os.environ))
    os.environ.update(ros_defaults(os.environ, sys.prefix))


def main(arguments: Sequence[str] | None = None) -> None:
    """The console command `fairguide`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    asked = next((word for word in words if not word.startswith("-")), None)
    prepare_environment()
    try:
        if asked in COMMANDS:
            set_up_logs(os.environ)
        build(asked)(args=words, prog_name="fairguide")
    except Exception as error:
        line = explain(error, asked)
        if line is None or os.environ.get("FAIRGUIDE_TRACEBACK"):
            raise
        print(f"error: {line}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", EXIT_USER_ERROR))
    finally:
        gc.freeze()  # the interpreter's last collection would walk all of a robot's heap, for a second, to no end


if __name__ == "__main__":  # as the module others import, not as a second copy of it
    importlib.import_module("fairguide").main()
