"""Builds the interface packages into this virtual environment: `python -m robot_nodes.interfaces.build`.

For machines where ROS 2 comes from pip wheels, which bring the generators but not `tf2_msgs` and
`nav2_msgs`. Where ROS is installed, `colcon build --base-paths robot_nodes/interfaces` does it instead.

A package is skipped where ROS provides it, and where its sources and the generators have not changed
since it was built (a hash kept beside the installed package).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

SOURCES = Path(__file__).parent
PACKAGES = ("tf2_msgs", "nav2_msgs", "fairguide_msgs")
OURS_ALWAYS = ("fairguide_msgs",)
STAMP = "fairguide.hash"
_PYTHON_HEADERS = re.compile(r"/opt/python/cp3\d+-cp3\d+/include/python3\.\d+")
_NUMPY_HEADERS = re.compile(r"/opt/python/[^;\"\s]*?/site-packages/numpy/_core/include")
_TAIL_LINES = 15


class BuildError(Exception):
    """The packages cannot be built: what is missing, or what the compiler said."""


def rewritten(text: str, python_headers: str, numpy_headers: str) -> str:
    """A wheel's CMake file with its builder's paths replaced by this machine's; doing it again changes nothing."""
    text = _PYTHON_HEADERS.sub(lambda _: python_headers, text)
    return _NUMPY_HEADERS.sub(lambda _: numpy_headers, text)


def rewrite_wheel_paths(share: Path, python_headers: str, numpy_headers: str) -> int:
    """Apply `rewritten` to every `*.cmake` under `share`; returns how many files changed."""
    changed = 0
    for file in share.rglob("*.cmake"):
        before = file.read_text(encoding="utf-8")
        after = rewritten(before, python_headers, numpy_headers)
        if after != before:
            file.write_text(after, encoding="utf-8")
            changed += 1
    return changed


def fingerprint(folder: Path, generators: Iterable[str] = ()) -> str:
    """A hash of every file in `folder`, this Python's version, and the versions of the generators."""
    total = hashlib.sha256(sys.version.encode())
    for line in generators:
        total.update(line.encode() + b"\n")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def installed_generators() -> list[str]:
    """`name==version` of the installed wheels that generate interface code."""
    found = importlib.metadata.distributions()
    return sorted(f"{one.name}=={one.version}" for one in found if one.name.startswith("ros-rosidl"))


def provided_elsewhere(package: str, prefix: Path) -> bool:
    """Whether Python finds `package` in a place other than `prefix`: a ROS installation has it."""
    if package in OURS_ALWAYS:
        return False
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None and not Path(spec.origin).is_relative_to(prefix)


def check_tools(which: Callable[[str], str | None] = shutil.which) -> None:
    """:raises BuildError: if a tool, the headers of Python, or the generators are missing."""
    missing = [name for name in ("cmake", "g++", "make") if which(name) is None]
    if missing:
        raise BuildError(f"{' and '.join(missing)} not found: apt-get install -y cmake g++ make")
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").is_file():
        raise BuildError("Python.h not found: apt-get install -y python3-dev")
    if importlib.util.find_spec("rosidl_generator_py") is None:
        raise BuildError("the ROS 2 interface generators are not installed: pip install 'fairguide[ros]'")


def build(package: str, prefix: Path, log: Path) -> None:
    """Configure, compile and install one package.

    :param log: file that gets everything the tools print.
    :raises BuildError: if a step fails.
    """
    folder = log.parent / package
    environment = {
        **os.environ,
        "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "AMENT_PREFIX_PATH": str(prefix),
        "CMAKE_PREFIX_PATH": str(prefix),
    }
    configure = [
        f"-DCMAKE_INSTALL_PREFIX={prefix}",
        f"-DPython3_EXECUTABLE={prefix / 'bin' / 'python3'}",
        "-DBUILD_TESTING=OFF",
        "-DCMAKE_BUILD_TYPE=Release",
    ]
    jobs = str(len(os.sched_getaffinity(0)))
    _run(["cmake", "-S", str(SOURCES / package), "-B", str(folder), *configure], environment, log)
    _run(["cmake", "--build", str(folder), "-j", jobs], environment, log)
    _run(["cmake", "--install", str(folder)], environment, log)


def _run(command: Sequence[str], environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as output:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:])
        raise BuildError(f"{' '.join(command[:2])} failed with status {done.returncode}:\n{tail}")


def build_all(prefix: Path, say: Callable[[str], None]) -> int:
    """Build what has to be built; returns how many packages that was.

    :raises BuildError: if a tool is missing or a step fails.
    """
    generators = installed_generators()
    wanted: list[tuple[str, str]] = []
    for package in PACKAGES:
        stamp = prefix / "share" / package / STAMP
        hashed = fingerprint(SOURCES / package, generators)
        if provided_elsewhere(package, prefix):
            say(f"{package}: ROS provides it")
        elif stamp.is_file() and stamp.read_text() == hashed and importlib.util.find_spec(package):
            say(f"{package}: unchanged")
        else:
            wanted.append((package, hashed))
    if wanted:
        check_tools()
        _build_wanted(wanted, prefix, say)
    return len(wanted)


def _build_wanted(wanted: Sequence[tuple[str, str]], prefix: Path, say: Callable[[str], None]) -> None:
    import numpy  # the generated code compiles against its headers

    rewrite_wheel_paths(prefix / "share", sysconfig.get_paths()["include"], numpy.get_include())
    with tempfile.TemporaryDirectory(prefix="fairguide-interfaces-") as scratch:
        for package, hashed in wanted:
            began = time.monotonic()
            say(f"{package}: building, about 20 s")
            build(package, prefix, Path(scratch) / f"{package}.log")
            (prefix / "share" / package / STAMP).write_text(hashed)
            say(f"{package}: built in {time.monotonic() - began:.0f} s")


def main() -> int:
    """Build into the virtual environment this Python belongs to; the exit status."""
    if sys.prefix == sys.base_prefix and os.geteuid() != 0:
        print("error: this Python is no virtual environment; make one first: make setup", file=sys.stderr)
        return 2
    try:
        build_all(Path(sys.prefix), lambda line: print(f"interfaces: {line}", flush=True))
    except BuildError as error:
        print(f"error: interfaces: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
