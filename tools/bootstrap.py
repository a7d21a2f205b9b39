"""Prepares this clone: Debian packages, .venv, Python packages, ROS 2 interface packages, compiled numba code.

    python3 tools/bootstrap.py          what `make demo` needs
    python3 tools/bootstrap.py --test   and what `make test` and `make lint` need

Standard library only. It shows what it does while it does it; when nothing has changed since it last
succeeded (a hash kept in .venv), it ends at once.
"""

from __future__ import annotations

import argparse
import collections
import glob
import hashlib
import json
import os
import platform
import queue
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "fairguide-setup.json"
LOG = VENV / "fairguide-setup.log"
OLDEST_PYTHON = (3, 11, 0)
RUN_EXTRAS = ("robot", "fleet", "kiosk", "sim")
PROGRESS_S = 3.0
QUIET_S = 5.0
"""After so long without output, the latest line is shown again."""


class SetupError(Exception):
    """The set-up cannot go on: what is missing and what to do, in one line."""


@dataclass(frozen=True)
class Debian:
    """A Debian package that something here needs."""

    name: str
    present: Callable[[], bool]
    without: str
    """What does not work without it."""
    required: bool = False
    test_only: bool = False


def _program(*names: str) -> Callable[[], bool]:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    return lambda: any(shutil.which(name, path=path) for name in names)


def _file(*patterns: str) -> Callable[[], bool]:
    return lambda: any(glob.glob(pattern) for pattern in patterns)


def _has_ensurepip() -> bool:
    try:
        import ensurepip  # noqa: F401  # Debian cuts it out of Python
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def debian_packages(wheels: bool) -> list[Debian]:
    """What is needed from Debian; compilers only where ROS comes as wheels."""
    headers = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    building = "the ROS 2 interface packages (robots and the simulator)"
    return [
        Debian("python3-venv", _has_ensurepip, "everything", required=True),
        Debian("cmake", _program("cmake"), building, required=wheels),
        Debian("g++", _program("g++"), building, required=wheels),
        Debian("make", _program("make"), building, required=wheels),
        Debian("python3-dev", _file(headers), building, required=wheels),
        Debian("portaudio19-dev", _file("/usr/include/portaudio.h", "/usr/local/include/portaudio.h"), "microphones"),
        Debian("espeak-ng", _program("espeak-ng"), "the robots' voice"),
        Debian("mosquitto", _program("mosquitto"), "the fast MQTT broker (the embedded one is used)"),
        Debian(
            "chromium",
            _program("chromium", "chromium-browser", "google-chrome"),
            "the browser tests",
            test_only=True,
        ),
        Debian(
            "fonts-noto-cjk", _file("/usr/share/fonts/*/noto/NotoSansCJK*"), "Chinese text in pictures", test_only=True
        ),
    ]


def uses_wheels(environment: Mapping[str, str], machine: str, system: str) -> bool:
    """Whether ROS 2 comes from pip wheels: x86-64 Linux without a sourced ROS installation."""
    return not environment.get("ROS_DISTRO") and machine == "x86_64" and system == "Linux"


def fingerprint(root: Path, wheels: bool) -> str:
    """A hash of everything the set-up depends on."""
    total = hashlib.sha256(f"{sys.version}{root}{wheels}".encode())
    for path in _inputs(root):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    for name in ("setup.py", "constraints.txt", "tools/bootstrap.py"):
        yield root / name
    interfaces = root / "robot_nodes" / "interfaces"
    yield interfaces / "build.py"
    yield from sorted(path for path in interfaces.glob("*_msgs/**/*") if path.is_file())


def is_done(stamp: Path, wanted: str, test: bool) -> bool:
    """Whether `stamp` says that this set-up, or one that includes it, has been made."""
    try:
        made = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(made.get("hash") == wanted and (made.get("test") or not test))


class Steps:
    """Says what is being done and for how long."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {text}", flush=True)

    def run(
        self,
        what: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        every_s: float = PROGRESS_S,
    ) -> None:
        """Run `command`; its output goes to the log, and every `every_s` its latest line is shown.

        :raises SetupError: if it fails.
        """
        self.say(what)
        tail: collections.deque[str] = collections.deque(maxlen=15)
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment or child_environment(os.environ)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            with _log() as log:
                self._follow(lines, tail, log, every_s)
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C has reached it too
            raise
        if process.wait():
            print("\n".join(tail), file=sys.stderr)
            raise SetupError(f"{what}: failed with status {process.returncode}; the whole output is in {LOG}")

    def _follow(
        self, lines: queue.SimpleQueue[str | None], tail: collections.deque[str], log: TextIO, every_s: float
    ) -> None:
        shown = time.monotonic()
        latest = "working"
        while True:
            try:
                line = lines.get(timeout=max(QUIET_S, every_s))
            except queue.Empty:
                line = ""
            if line is None:
                return
            if line:
                log.write(line)
                tail.append(line.rstrip())
                latest = worth_showing(line) or latest
            if time.monotonic() - shown > every_s and (not line or worth_showing(line)):
                shown = time.monotonic()
                self.say(f"  {latest}")


def worth_showing(line: str) -> str:
    """What a line of pip or apt says to people, cut to fit; empty if nothing."""
    text = line.strip().split(" (from ")[0]
    if not text or text.startswith(("WARNING", "\u2501", "Requirement already", "Processing", "Using cached")):
        return ""
    return text if len(text) <= 100 else text[:97] + "..."


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    if process.stdout is not None:
        with process.stdout as output:
            for line in output:
                lines.put(line)
    lines.put(None)


def _log() -> TextIO:
    LOG.parent.mkdir(exist_ok=True)
    return LOG.open("a", encoding="utf-8")


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for another Python: without the guard of another environment's ROS wheels."""
    kept = {name: value for name, value in environment.items() if name != "_ROS_WHEELS_BOOTSTRAP_COMPLETE"}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}


def as_root() -> list[str] | None:
    """What to put before a command to run it as root; None if that would need a password."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def install_debian(missing: Sequence[Debian], steps: Steps) -> None:
    """Install with apt-get where that is allowed; otherwise say what to type and what goes without.

    :raises SetupError: if something required stays missing.
    """
    names = [package.name for package in missing]
    root = as_root()
    if root is not None and shutil.which("apt-get"):
        _apt_get(names, root, steps)
        missing = [package for package in missing if not package.present()]
    for package in missing:
        steps.say(f"without {package.name}: {package.without} will not work")
    if missing:
        command = f"sudo apt-get install -y {' '.join(package.name for package in missing)}"
        if any(package.required for package in missing):
            raise SetupError(f"Debian packages are missing; run: {command}")
        steps.say(f"to get them: {command}")


def _apt_get(names: Sequence[str], root: Sequence[str], steps: Steps) -> None:
    environment = {**child_environment(os.environ), "DEBIAN_FRONTEND": "noninteractive"}
    install = [*root, "apt-get", "install", "-y", "--no-install-recommends"]
    try:
        steps.run("Debian packages: apt-get update", [*root, "apt-get", "update"], environment)
        steps.run(f"Debian packages: {' '.join(names)}", [*install, *names], environment)
    except SetupError:
        for name in names:  # one that this system lacks must not keep the others out
            try:
                steps.run(f"Debian package {name}", [*install, name], environment)
            except SetupError as error:
                steps.say(str(error))
    if "mosquitto" in names and shutil.which("systemctl"):
        # Debian starts a broker of its own, on the port the venue's broker uses.
        subprocess.run([*root, "systemctl", "disable", "--now", "mosquitto"], capture_output=True, check=False)


def make_venv(steps: Steps) -> Path:
    """The virtual environment's Python; makes the environment anew where it does not fit this Python."""
    python = VENV / "bin" / "python3"
    wanted = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python.exists():
        probe = "import sys; print('%d.%d %s' % (*sys.version_info[:2], sys.prefix))"
        said = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False).stdout.strip()
        if said == f"{wanted} {VENV}":
            return python
        steps.say(f".venv is not of Python {wanted} or has been moved: making it anew")
        shutil.rmtree(VENV)
    steps.run(f"virtual environment .venv (Python {wanted})", [sys.executable, "-m", "venv", str(VENV)])
    return python


def extras(wheels: bool, test: bool) -> list[str]:
    """The extras to install on this machine."""
    chosen = [*RUN_EXTRAS]
    if _file("/usr/include/portaudio.h", "/usr/local/include/portaudio.h")():
        chosen.append("sound")
    if wheels:
        chosen.append("ros")
    if test:
        chosen.append("test")
    return chosen


def check_python(version: tuple[int, int, int]) -> None:
    """:raises SetupError: if Python `version` is too old."""
    if version < OLDEST_PYTHON:
        found = ".".join(map(str, version))
        raise SetupError(f"Python {found} is too old: install 3.11 or newer and name it: make PYTHON=python3.12 demo")


def set_up(test: bool, steps: Steps) -> None:
    """Do what is missing.

    :raises SetupError: if it cannot be done.
    """
    check_python(sys.version_info[:3])
    wheels = uses_wheels(os.environ, platform.machine(), platform.system())
    wanted = fingerprint(ROOT, wheels)
    if is_done(STAMP, wanted, test):
        return
    missing = [one for one in debian_packages(wheels) if (test or not one.test_only) and not one.present()]
    if missing:
        install_debian(missing, steps)
    python = str(make_venv(steps))
    chosen = ",".join(extras(wheels, test))
    steps.run(
        f"Python packages [{chosen}]: some minutes the first time",
        [python, "-m", "pip", "install", "-c", "constraints.txt", "-e", f".[{chosen}]"],
    )
    if wheels:
        build = [python, "-m", "robot_nodes.interfaces.build"]
        steps.run("ROS 2 interface packages: about a minute", build, every_s=0.0)
    else:
        steps.say("ROS 2: not from wheels on this machine; source ROS 2 Jazzy, then")
        steps.say("  colcon build --base-paths robot_nodes/interfaces && source install/setup.bash")
    steps.run("numerical code: about half a minute", [python, "tools/precompile.py"], every_s=0.0)
    STAMP.write_text(json.dumps({"hash": wanted, "test": test}), encoding="utf-8")
    steps.say("set-up done")


def main() -> int:
    """Set up; the exit status."""
    parser = argparse.ArgumentParser(description="Prepare this clone of fairguide.")
    parser.add_argument("--test", action="store_true", help="also what the tests and linters need")
    arguments = parser.parse_args()
    try:
        set_up(arguments.test, Steps())
    except SetupError as error:
        print(f"error: set-up: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: set-up: interrupted; run it again, it goes on where it was", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
