"""What is shipped: wheel and source archive, pins, the ament package, launch files, the arrows lint cannot draw."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import setuptools
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("maps", "robot_nodes", "fleet", "kiosk", "sim")
NOT_COPIED = shutil.ignore_patterns(
    ".venv*", ".git", "*cache*", "*.egg-info", "build", "dist", ".hypothesis", "*.sqlite*"
)


def setup_arguments(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What setup.py gives to setuptools."""
    given: dict[str, Any] = {}
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, "setup", lambda **arguments: given.update(arguments))
    runpy.run_path("setup.py")
    return given


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Names in the source archive, and in the wheel built from that archive."""
    folder = tmp_path_factory.mktemp("archives")
    shutil.copytree(ROOT, folder / "copy", ignore=NOT_COPIED)
    hook = "import setuptools.build_meta as b, sys; print(getattr(b, 'build_' + sys.argv[1])(sys.argv[2]))"

    def build(kind: str, source: Path) -> Path:
        command = [sys.executable, "-c", hook, kind, str(folder)]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return folder / done.stdout.split()[-1]

    archive = build("sdist", folder / "copy")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "unpacked", filter="data")
        sources = {name.partition("/")[2] for name in tar.getnames()}
    with zipfile.ZipFile(build("wheel", folder / "unpacked" / "fairguide-0.1.0")) as wheel:
        return sources, set(wheel.namelist())


def room_files() -> set[str]:
    """Every file of the rooms as they are here."""
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_wheel_carries_every_file_of_the_rooms(archives: tuple[set[str], set[str]]) -> None:
    assert room_files() - archives[1] == set()
    assert "fairguide.py" in archives[1]


def test_wheel_carries_nothing_else(archives: tuple[set[str], set[str]]) -> None:
    tops = {name.split("/")[0] for name in archives[1]}
    assert tops == {*ROOMS, "fairguide.py", "fairguide-0.1.0.data", "fairguide-0.1.0.dist-info"}


def test_wheel_is_an_ament_package(archives: tuple[set[str], set[str]]) -> None:
    share = "fairguide-0.1.0.data/data/share/"
    assert {
        f"{share}ament_index/resource_index/packages/fairguide",
        f"{share}fairguide/package.xml",
        f"{share}fairguide/launch/robot.launch.py",
        f"{share}fairguide/launch/venue.launch.py",
        f"{share}fairguide/maps/hall/plan.yaml",
        f"{share}fairguide/maps/ciftis2020/plan.yaml",
    } <= archives[1]


def test_source_archive_can_be_worked_on(archives: tuple[set[str], set[str]]) -> None:
    assert {"Makefile", "LICENSE", "constraints.txt", "tools/bootstrap.py", "tests/conftest.py"} <= archives[0]


def test_every_folder_with_code_is_a_package() -> None:
    folders = {(ROOT / name).parent for name in room_files() if name.endswith(".py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_everything_required_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    given = setup_arguments(monkeypatch)
    pinned = pins()
    wanted = [*given["install_requires"], *(line for extra in given["extras_require"].values() for line in extra)]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), str(requirement)


GPL_FILES_NOT_USED = {"docutils"}  # public domain, but for a few files (its COPYING says which) nobody here runs


def test_nothing_required_is_under_the_gpl() -> None:
    strict = re.compile(r"\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
    guilty = []
    for name in pins().keys() - GPL_FILES_NOT_USED:
        with contextlib.suppress(ModuleNotFoundError):
            metadata = distribution(name).metadata
            licence = metadata.get("License-Expression") or metadata.get("License", "").split("\n")[0]
            named = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
            if strict.search(" ".join([licence, *named])):
                guilty.append((name, licence, named))
    assert guilty == []


def test_console_command_and_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    given = setup_arguments(monkeypatch)
    assert given["entry_points"]["console_scripts"] == ["fairguide = fairguide:main"]
    assert {"robot", "fleet", "kiosk", "sim", "ros", "test"} <= set(given["extras_require"])
    assert not [line for line in given["extras_require"]["robot"] if line.startswith("ros-")]


def imports_of(file: Path) -> set[str]:
    """Dotted names of the modules `file` imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return found


ROS_ROOTS = re.compile(r"rclpy|rosidl_\w+|ament_index_python|builtin_interfaces|\w+_msgs|std_srvs|\w+_interfaces")
SOURCES_OF = {  # maps/clearance.py is for machines that drive
    "base": (
        "maps/[!c]*.py",
        "maps/c[!l]*.py",
        "maps/formats",
        "fleet/protocol",
        "fairguide.py",
        "robot_nodes/interfaces",
    ),
    "robot": ("robot_nodes", "maps/clearance.py"),
    "fleet": ("fleet", "maps/view"),
    "kiosk": ("kiosk", "maps/view", "robot_nodes/language", "robot_nodes/hearing"),
    "sim": ("sim", "maps/clearance.py"),
}


def files_of(pattern: str) -> list[Path]:
    return [file for path in ROOT.glob(pattern) for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]


@pytest.mark.parametrize("extra", SOURCES_OF)
def test_each_machine_installs_what_it_imports(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = setup_arguments(monkeypatch)
    extras = given["extras_require"]
    lines = [*given["install_requires"], *extras.get(extra, ()), *extras["sound"]]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    providers = packages_distributions()
    missing = set()
    for file in (file for pattern in SOURCES_OF[extra] for file in files_of(pattern)):
        for top in {name.split(".")[0] for name in imports_of(file)}:
            if top in sys.stdlib_module_names or top in (*ROOMS, "fairguide") or ROS_ROOTS.fullmatch(top):
                continue
            if not declared & {canonicalize_name(name) for name in providers.get(top, [top])}:
                missing.add((top, file.relative_to(ROOT).as_posix()))
    assert missing == set()


def test_protocol_imports_nothing_of_ours_but_itself() -> None:
    for file in files_of("fleet/protocol"):
        ours = {name for name in imports_of(file) if name.split(".")[0] in ROOMS}
        assert {name for name in ours if not name.startswith("fleet.protocol")} == set(), file


def test_ament_package_agrees_with_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    given = setup_arguments(monkeypatch)
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    assert package.findtext("name") == given["name"]
    assert package.findtext("version") == given["version"]
    assert package.findtext("license") == given["license"]
    assert package.findtext("export/build_type") == "ament_python"
    assert (ROOT / "resource" / "fairguide").is_file()


def test_ament_package_names_the_ros_packages_used() -> None:
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    named = {node.text for node in package.findall("exec_depend")}
    used = {name.split(".")[0] for file in files_of("robot_nodes") + files_of("sim") for name in imports_of(file)}
    assert {name for name in used if ROS_ROOTS.fullmatch(name)} - named == set()


LAUNCH = {
    "robot.launch.py": {"venue", "serial", "start", "broker", "sim_time", "network"},
    "venue.launch.py": {"venue", "broker", "broker_bind", "http", "store", "kiosk", "kiosk_http"},
}


@pytest.mark.parametrize("name", LAUNCH)
def test_launch_file_declares_and_documents_its_arguments(name: str) -> None:
    tree = ast.parse((ROOT / "launch" / name).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    declared = [call for call in calls if getattr(call.func, "id", "") == "DeclareLaunchArgument"]
    used = [call for call in calls if getattr(call.func, "id", "") == "LaunchConfiguration"]
    names = {ast.literal_eval(call.args[0]) for call in declared}
    assert names == LAUNCH[name]
    assert {call.args[0].value for call in used if isinstance(call.args[0], ast.Constant)} <= names
    assert all({"default_value", "description"} <= {word.arg for word in call.keywords} for call in declared)
    assert any(isinstance(node, ast.FunctionDef) and node.name == "generate_launch_description" for node in tree.body)


def test_ci_is_a_program_that_calls_make() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert {"make lint", "make test"} <= {
        line.split(" ||")[0].split(" 2>")[0] for line in script.read_text().splitlines()
    }


def test_make_prepares_before_it_runs() -> None:
    for target, command in (("test", "-m pytest"), ("demo", "fairguide demo"), ("lint", "lint-imports")):
        printed = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert printed.index("tools/bootstrap.py") < printed.index(command)


def run_colcon(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AMENT_PREFIX_PATH": "", "COLCON_LOG_PATH": str(folder / "log")}
    colcon = Path(sys.executable).with_name("colcon")
    command = [str(colcon), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_colcon_builds_and_installs_the_package(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "src", ignore=NOT_COPIED)
    done = run_colcon("build", "--base-paths", "src", "--packages-select", "fairguide", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    share = tmp_path / "install" / "fairguide" / "share"
    assert (share / "ament_index" / "resource_index" / "packages" / "fairguide").is_file()
    assert (share / "fairguide" / "launch" / "robot.launch.py").is_file()
    assert (share / "fairguide" / "maps" / "hall" / "plan.yaml").is_file()
    assert (tmp_path / "install" / "fairguide" / "bin" / "fairguide").is_file()


@pytest.mark.slow
def test_colcon_sees_the_interface_packages(tmp_path: Path) -> None:
    interfaces = str(ROOT / "robot_nodes" / "interfaces")
    done = run_colcon("list", "--names-only", "--base-paths", interfaces, folder=tmp_path)
    assert set(done.stdout.split()) == {"fairguide_msgs", "nav2_msgs", "tf2_msgs"}


def test_doctor_needs_the_base_alone() -> None:
    """A machine without any extra can still ask what it lacks."""
    extras = [
        "amqtt",
        "fastapi",
        "hassil",
        "nicegui",
        "numba",
        "psutil",
        "py_trees",
        "pyaudio",
        "rclpy",
        "scipy",
        "vosk",
    ]
    program = (
        f"import sys\nfor name in {extras!r}: sys.modules[name] = None\n"
        "import fairguide\nfairguide.main(['doctor', '--json'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.startswith("[")
