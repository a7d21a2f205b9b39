"""The command line: lazy rooms, one line for an error, logs, benchmarks, doctor."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import structlog

import fairguide
from fairguide import COMMANDS, Command, UsageError, build, explain, load, main, set_up_logs
from maps.errors import UnknownPlace


@pytest.fixture(autouse=True)
def _unchanged_logs(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("FAIRGUIDE_LOG", "FAIRGUIDE_LOG_LEVEL", "FAIRGUIDE_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    yield
    structlog.reset_defaults()


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit status, stdout, stderr of the command line in this process."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_help_lists_every_command_and_loads_no_room() -> None:
    program = (
        "import sys, fairguide\n"
        "try: fairguide.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', [m for m in sys.modules if m.endswith('.commands') or m in ('numpy', 'rclpy', 'nicegui')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
    assert all(f" {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_mounted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run([name, "--help"], capsys)
    assert status == 0
    assert f"fairguide {name}" in out


def test_no_argument_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = run([], capsys)
    assert "Commands" in out + err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], capsys)[:2] == (0, "fairguide 0.1.0\n")


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(["fly"], capsys)
    assert status == 2
    assert "fly" in err


def test_an_error_of_ours_is_one_line() -> None:
    line = explain(UnknownPlace("x", ("y",)), "map")
    assert line == "unknown place 'x': did you mean y?"


def test_a_defect_is_no_message() -> None:
    assert explain(ValueError("not ours"), "map") is None
    assert explain(ModuleNotFoundError("gone", name="maps.nowhere"), "map") is None


@pytest.mark.parametrize(
    ("command", "module", "line"),
    [
        ("kiosk", "nicegui.ui", "fairguide kiosk needs nicegui: pip install 'fairguide[kiosk]'"),
        ("map", "shapely", "fairguide map needs shapely: pip install 'fairguide'"),
        ("robot", "pyaudio", "fairguide robot needs pyaudio: pip install 'fairguide[sound]'"),
    ],
)
def test_a_missing_extra_is_named(command: str, module: str, line: str) -> None:
    assert explain(ModuleNotFoundError("gone", name=module), command) == line


def test_missing_ros_names_the_ways_to_get_it() -> None:
    line = explain(ModuleNotFoundError("gone", name="rclpy.node"), "sim") or ""
    assert "fairguide sim needs ROS 2" in line
    assert "fairguide[ros]" in line


def fails_with(error: Exception) -> Callable[[], None]:
    def command() -> None:
        """Fails."""
        raise error

    return command


def mount(monkeypatch: pytest.MonkeyPatch, command: Callable[[], None]) -> None:
    monkeypatch.setattr(fairguide, "_test_command", command, raising=False)
    monkeypatch.setitem(fairguide.COMMANDS, "test", Command("fairguide:_test_command", "", "A test."))  # type: ignore[arg-type]


def test_error_is_printed_with_status_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    mount(monkeypatch, fails_with(UsageError("the broker\nis not there")))
    assert run(["test"], capsys) == (2, "", "error: the broker is not there\n")


def test_an_error_may_choose_its_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = UsageError("three")
    error.exit_code = 3  # type: ignore[attr-defined]
    mount(monkeypatch, fails_with(error))
    assert run(["test"], capsys)[0] == 3


def test_traceback_on_demand_and_for_defects(monkeypatch: pytest.MonkeyPatch) -> None:
    mount(monkeypatch, fails_with(ZeroDivisionError("defect")))
    with pytest.raises(ZeroDivisionError):
        main(["test"])
    mount(monkeypatch, fails_with(UsageError("one line")))
    monkeypatch.setenv("FAIRGUIDE_TRACEBACK", "1")
    with pytest.raises(UsageError):
        main(["test"])


def test_only_the_asked_room_is_mounted() -> None:
    app = build("map")
    assert [group.name for group in app.registered_groups] == ["map"]
    assert len(app.registered_commands) == len(COMMANDS) - 1


def test_load_resolves_attributes() -> None:
    assert load("fairguide:load") is load


def test_logs_go_to_stderr_with_the_room(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs({})
    structlog.get_logger("fleet").info("ready", port=8080)
    out, err = capsys.readouterr()
    assert out == ""
    assert "ready" in err
    assert "fleet" in err
    assert "port=8080" in err


def test_logs_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs({"FAIRGUIDE_LOG": "json", "FAIRGUIDE_LOG_LEVEL": "warning"})
    log = structlog.get_logger("fleet")
    log.info("not shown")
    log.warning("lost", robot="guide-01")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["logger"], line["level"], line["robot"]) == ("lost", "fleet", "warning", "guide-01")


def test_unknown_log_level(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FAIRGUIDE_LOG_LEVEL", "loud")
    assert run(["map", "--help"], capsys)[2] == "error: FAIRGUIDE_LOG_LEVEL: use debug, info, warning or error\n"


def fake_bench(*, seed: int, quick: bool) -> dict[str, Any]:
    figure = {"name": "speed", "value": seed, "unit": "x", "goal": 10, "met": True}
    return {"workload": f"quick={quick}", "figures": [figure]}


def test_bench_prints_one_json_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(fairguide, "fake_bench", fake_bench, raising=False)
    monkeypatch.setitem(fairguide.BENCHES, "fake", "fairguide:fake_bench")  # type: ignore[arg-type]
    status, out, _ = run(["bench", "fake", "--quick", "--seed", "12", "--json"], capsys)
    printed = json.loads(out)
    assert status == 0
    assert set(printed) == {"workload", "seed", "machine", "figures"}
    assert (printed["workload"], printed["seed"], printed["figures"][0]["value"]) == ("quick=True", 12, 12)


def test_unknown_bench(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(["bench", "nope"], capsys)
    assert status == 2
    assert err.startswith("error: bench 'nope': there is no such benchmark")


def test_doctor_tells_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(["doctor", "--json"], capsys)
    findings = {one["check"]: one for one in json.loads(out)}
    assert findings["Python"]["state"] in ("ok", "warn")
    assert {"ROS 2", "Vosk", "port 1883", "venue hall", "hearing zh"} <= set(findings)
    assert all(one["advice"] for one in findings.values() if one["state"] != "ok")


def test_doctor_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(["doctor"], capsys)
    assert "Python" in out
    assert "venue hall" in out


def test_process_prints_one_line_and_status_2(cli: Callable[..., Any]) -> None:
    process = cli("bench", "nope")
    assert process.wait() == 2
    assert process.output.startswith("error: bench 'nope'")
    assert process.output.count("\n") == 1
