"""The script that builds the interface packages: what it rewrites, skips and says."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.interfaces import build as script
from robot_nodes.interfaces.build import (
    PACKAGES,
    SOURCES,
    BuildError,
    build_all,
    check_tools,
    fingerprint,
    provided_elsewhere,
    rewrite_wheel_paths,
    rewritten,
)

WHEEL = (
    'set(inc "/opt/python/cp312-cp312/include/python3.12;'
    '/opt/python/cp312-cp312/lib/python3.12/site-packages/numpy/_core/include")'
)


def test_builders_paths_become_ours() -> None:
    assert (
        rewritten(WHEEL, "/usr/include/python3.11", "/venv/numpy") == 'set(inc "/usr/include/python3.11;/venv/numpy")'
    )


@given(st.text(alphabet='/;" \nabcpython3.12-opt', max_size=80))
def test_rewriting_again_changes_nothing(around: str) -> None:
    once = rewritten(around + WHEEL + around, "/inc", "/np")
    assert rewritten(once, "/inc", "/np") == once


def test_only_changed_files_are_written(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.cmake").write_text(WHEEL)
    (tmp_path / "b.cmake").write_text("nothing here")
    assert rewrite_wheel_paths(tmp_path, "/inc", "/np") == 1
    assert rewrite_wheel_paths(tmp_path, "/inc", "/np") == 0


def test_fingerprint_follows_names_contents_and_generators(tmp_path: Path) -> None:
    (tmp_path / "A.msg").write_text("int32 x\n")
    first = fingerprint(tmp_path, ["gen==1"])
    assert fingerprint(tmp_path, ["gen==1"]) == first
    assert fingerprint(tmp_path, ["gen==2"]) != first
    (tmp_path / "A.msg").write_text("int32 y\n")
    assert fingerprint(tmp_path, ["gen==1"]) != first


@pytest.mark.parametrize("package", PACKAGES)
def test_package_has_what_the_build_needs(package: str) -> None:
    folder = SOURCES / package
    assert (folder / "CMakeLists.txt").is_file()
    assert "<member_of_group>rosidl_interface_packages</member_of_group>" in (folder / "package.xml").read_text()
    assert any(folder.glob("*/*.msg")) or any(folder.glob("*/*.action"))


def test_a_package_of_ros_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> Any:
        return SimpleNamespace(origin=f"/opt/ros/jazzy/lib/python3.12/site-packages/{name}/__init__.py")

    monkeypatch.setattr(importlib.util, "find_spec", find)
    assert provided_elsewhere("nav2_msgs", tmp_path)
    assert not provided_elsewhere("fairguide_msgs", tmp_path)


def test_missing_tools_are_one_line_with_the_command() -> None:
    with pytest.raises(BuildError, match=r"^cmake and g\+\+ not found: apt-get install -y cmake g\+\+ make$"):
        check_tools(lambda name: None if name in ("cmake", "g++") else f"/usr/bin/{name}")


def test_a_failing_step_shows_the_end_of_its_output(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(BuildError, match=r"failed with status 3:\nthe compiler's words"):
        script._run(["sh", "-c", "echo the compiler\\'s words; exit 3"], {"PATH": "/bin:/usr/bin"}, log)


def test_builds_what_changed_and_only_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def build(package: str, prefix: Path, log: Path) -> None:
        built.append(package)
        (prefix / "share" / package).mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(script, "build", build)
    monkeypatch.setattr(script, "check_tools", lambda: None)
    monkeypatch.setattr(script, "provided_elsewhere", lambda package, prefix: package == "nav2_msgs")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    said: list[str] = []
    assert build_all(tmp_path, said.append) == 2
    assert built == ["tf2_msgs", "fairguide_msgs"]
    assert "nav2_msgs: ROS provides it" in said
    assert build_all(tmp_path, said.append) == 0
    assert built == ["tf2_msgs", "fairguide_msgs"]


@pytest.mark.ros
def test_built_packages_are_importable() -> None:
    program = "from fairguide_msgs.msg import Utterance; from nav2_msgs.action import NavigateToPose; Utterance()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
