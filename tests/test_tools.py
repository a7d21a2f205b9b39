"""The set-up and lock tools: what they decide, without installing anything."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).resolve().parent.parent / "tools"


def tool(name: str) -> ModuleType:
    """tools/NAME.py as a module."""
    spec = importlib.util.spec_from_file_location(f"fairguide_tool_{name}", TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bootstrap = tool("bootstrap")
lock = tool("lock")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone's skeleton: the files the set-up depends on."""
    for name in (
        "setup.py",
        "pyproject.toml",
        "constraints.txt",
        "tools/bootstrap.py",
        "robot_nodes/interfaces/build.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "robot_nodes/interfaces/x_msgs/msg").mkdir(parents=True)
    (tmp_path / "robot_nodes/interfaces/x_msgs/msg/X.msg").write_text("int32 x\n")
    return tmp_path


@pytest.mark.parametrize("name", ["setup.py", "constraints.txt", "robot_nodes/interfaces/x_msgs/msg/X.msg"])
def test_a_changed_input_asks_for_a_new_set_up(clone: Path, name: str) -> None:
    before = bootstrap.fingerprint(clone, wheels=True)
    assert bootstrap.fingerprint(clone, wheels=True) == before
    (clone / name).write_text("changed")
    assert bootstrap.fingerprint(clone, wheels=True) != before


def test_a_moved_clone_asks_for_a_new_set_up(clone: Path) -> None:
    before = bootstrap.fingerprint(clone, wheels=True)
    moved = clone.rename(clone.with_name("moved"))
    assert bootstrap.fingerprint(moved, wheels=True) != before


def test_the_tests_set_up_includes_the_demos(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp.json"
    assert not bootstrap.is_done(stamp, "h", test=False)
    stamp.write_text(json.dumps({"hash": "h", "test": True}))
    assert bootstrap.is_done(stamp, "h", test=False)
    assert bootstrap.is_done(stamp, "h", test=True)
    assert not bootstrap.is_done(stamp, "other", test=False)
    stamp.write_text(json.dumps({"hash": "h", "test": False}))
    assert not bootstrap.is_done(stamp, "h", test=True)
    stamp.write_text("{ cut off")
    assert not bootstrap.is_done(stamp, "h", test=False)


@pytest.mark.parametrize(
    ("environment", "machine", "wheels"),
    [({}, "x86_64", True), ({}, "aarch64", False), ({"ROS_DISTRO": "jazzy"}, "x86_64", False)],
)
def test_ros_wheels_only_where_there_is_no_ros(environment: dict[str, str], machine: str, wheels: bool) -> None:
    assert bootstrap.uses_wheels(environment, machine, "Linux") is wheels
    assert ("ros" in bootstrap.extras(wheels, test=False)) is wheels


def test_the_demo_needs_no_test_tools() -> None:
    assert "test" not in bootstrap.extras(wheels=True, test=False)
    assert "test" in bootstrap.extras(wheels=True, test=True)
    test_only = {one.name for one in bootstrap.debian_packages(wheels=True) if one.test_only}
    assert test_only == {"chromium", "fonts-noto-cjk"}


def lacking(name: str, required: bool) -> Any:
    return bootstrap.Debian(name, lambda: False, "the voice", required=required)


def test_without_root_it_prints_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "as_root", lambda: None)
    bootstrap.install_debian([lacking("espeak-ng", required=False)], bootstrap.Steps())
    printed = capsys.readouterr().out
    assert "without espeak-ng: the voice will not work" in printed
    assert "sudo apt-get install -y espeak-ng" in printed


def test_without_root_a_required_package_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "as_root", lambda: None)
    missing = [lacking("cmake", required=True), lacking("espeak-ng", required=False)]
    with pytest.raises(bootstrap.SetupError, match="run: sudo apt-get install -y cmake espeak-ng"):
        bootstrap.install_debian(missing, bootstrap.Steps())


def test_a_python_too_old_is_one_line() -> None:
    bootstrap.check_python((3, 11, 0))
    with pytest.raises(bootstrap.SetupError, match=r"^Python 3\.9\.2 is too old: install 3\.11 or newer"):
        bootstrap.check_python((3, 9, 2))


def test_a_step_logs_everything_and_shows_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")
    script = "print('Collecting numpy (from fairguide==0.1.0)'); print('WARNING: noise')"
    bootstrap.Steps().run("packages", [sys.executable, "-c", script], every_s=0.0)
    printed = capsys.readouterr().out
    assert "packages" in printed
    assert "  Collecting numpy\n" in printed
    assert "noise" not in printed
    assert "WARNING: noise" in (tmp_path / "log").read_text()


def test_a_failing_step_shows_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")
    with pytest.raises(bootstrap.SetupError, match="packages: failed with status 7; the whole output is in"):
        bootstrap.Steps().run("packages", [sys.executable, "-c", "print('no network'); raise SystemExit(7)"])
    assert "no network" in capsys.readouterr().err


def test_children_lose_the_guard_of_other_wheels() -> None:
    child = bootstrap.child_environment({"_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1", "HOME": "/h"})
    assert "_ROS_WHEELS_BOOTSTRAP_COMPLETE" not in child
    assert child["HOME"] == "/h"


INSTALLED = {
    "app": ("1", ["A[fast]>=1", "windows-only; sys_platform == 'win32'"]),
    "a": ("2.0", ["b", "c; extra == 'fast'", "d; extra == 'slow'"]),
    "b": ("3.0", ["a"]),
    "c": ("4.0", []),
}


def needs(name: str) -> tuple[str, list[str]]:
    if name not in INSTALLED:
        raise importlib.metadata.PackageNotFoundError(name)
    return INSTALLED[name]


def test_lock_follows_requirements_and_extras() -> None:
    assert lock.closure(["app"], needs) == {"app": "1", "a": "2.0", "b": "3.0", "c": "4.0"}


def test_lock_names_what_is_not_installed() -> None:
    with pytest.raises(LookupError, match=r"d, required by a, is not installed here"):
        lock.closure(["a[slow]"], needs)


def test_lock_writes_sorted_pins() -> None:
    assert lock.text_of({"b": "2", "a": "1"}) == lock.HEADER + "a==1\nb==2\n"
