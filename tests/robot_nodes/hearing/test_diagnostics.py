"""What staff are told, and the terminal's picture of it."""

from __future__ import annotations

import io
import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console

from robot_nodes.hearing.checkup import Checkup, Dashboard, Paced, compass, listen_and_show
from robot_nodes.hearing.diagnostics import Health, stream_values
from robot_nodes.hearing.ears import Activity, Speech
from robot_nodes.hearing.endpoint import Why
from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.frontend import Processed
from robot_nodes.hearing.live import Status
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.polyglot import Result
from robot_nodes.hearing.recogniser import Heard, Verdict
from robot_nodes.hearing.sources import FileSource, Trouble
from robot_nodes.hearing.vocabulary import VocabularyReport

PROCESSED = Processed(np.zeros(512, np.float32), np.zeros(1, np.float32), 1.0, -30.0, -50.0, 9.0, "mvdr", (2,))
STATUS = Status((-30.0, -31.0, -120.0), PROCESSED, 0.123, 7.0)


def test_problems_are_told_once_and_forgotten_when_over() -> None:
    health = Health()
    assert health.good
    assert health.report("microphone", "gone")
    assert not health.report("microphone", "gone")
    assert health.report("microphone", "broken")
    assert (health.good, health.summary) == (False, "broken")
    assert health.clear("microphone")
    assert not health.clear("microphone")
    assert health.summary == "hears and reads"


def test_a_stream_tells_levels_dead_channels_losses_and_load() -> None:
    values = stream_values(STATUS, Trouble(overruns=3, lost=2, bad=1, reopened=4))
    assert values["level_1_dbfs"] == "-31.0"
    assert (values["dead_channels"], values["beam"], values["realtime_factor"]) == ("2", "mvdr", "0.123")
    assert (values["overruns"], values["lost"], values["bad_packets"], values["reopened"]) == ("3", "2", "1", "4")
    assert "beam" not in stream_values(Status(), Trouble())


@pytest.mark.parametrize(("degrees", "row", "column"), [(0, 0, 4), (90, 4, 0), (-90, 4, 8), (180, 8, 4)])
def test_the_compass_shows_ahead_above_and_left_on_the_left(degrees: float, row: int, column: int) -> None:
    lines = compass(math.radians(degrees)).plain.splitlines()
    assert lines[row][2 * column] == "●"
    assert f"{degrees:+.0f}°" in lines[-1]
    assert sum(line.count("●") for line in lines) == 1


def test_an_unknown_direction_is_no_dot() -> None:
    assert "●" not in compass(None).plain
    assert "unknown" in compass(None).plain


def drawn(dashboard: Dashboard, status: Status, trouble: Trouble) -> str:
    console = Console(file=io.StringIO(), width=90, force_terminal=False)
    console.print(dashboard.draw(status, trouble))
    file: Any = console.file
    return str(file.getvalue())


def test_the_dashboard_shows_what_is_heard_and_what_is_wrong() -> None:
    dashboard = Dashboard("default: 3 channels")
    assert "loading the models" in drawn(dashboard, Status(), Trouble())
    dashboard.take(Activity(at_s=1, voice=True, listening=True, direction=1.0, level_dbfs=-30, noise_dbfs=-50))
    dashboard.take(Speech(number=1, heard=Heard(text="화장실이", language="ko", partial=True)))
    shown = drawn(dashboard, STATUS, Trouble(overruns=3, problem="microphone lost"))
    for part in ("화장실이 ...", "+57°", "now: voice, listening", "beam mvdr", "overruns 3", "microphone lost", "dead"):
        assert part in shown
    dashboard.take(Speech(number=1, heard=Heard(text="[bold]", language="ko"), why=Why.COMPLETE, direction=1.0))
    rejected = (Result("ko", None, Verdict("아무 말", None, False, 0.0)),)
    dashboard.take(Speech(number=2, heard=None, results=rejected, why=Why.SILENCE))
    dashboard.take(Speech(number=3, heard=None, why=Why.BABBLE))
    shown = drawn(dashboard, STATUS, Trouble())
    assert "[bold] (ko, 0.00)" in shown
    assert "not understood: 아무 말" in shown
    assert "not understood: babble" in shown
    assert "화장실이" not in shown


def test_a_recording_comes_as_fast_as_it_was_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr("robot_nodes.hearing.checkup.time.sleep", sleep)
    soundfile.write(tmp_path / "one.wav", np.zeros(16_000), 16_000)
    paced, count = Paced(FileSource(tmp_path / "one.wav"), lambda: now[0]), 0
    while True:
        try:
            block = paced.read(0.2)
        except EOFError:
            break
        count += len(block) if block is not None else 0
    assert count == 16_000
    assert now[0] - 100.0 == pytest.approx(1.0, abs=0.05)
    paced.close()


class MutePolyglot:
    """An ear that understands nothing."""

    language, complete, verdict = "ko", False, None
    vocabulary = VocabularyReport("ko")

    def __init__(self, *_args: Any, **_options: Any) -> None:
        return

    def recogniser(self, rate: int) -> Any:
        return self

    def accept(self, samples: object) -> list[Any]:
        return []

    def finish(self) -> None:
        return None


def test_doctor_hearing_on_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robot_nodes.hearing.assembly.Ear", MutePolyglot)
    monkeypatch.setattr(ModelShelf, "model", lambda self, language: language)
    soundfile.write(tmp_path / "noise.wav", np.random.default_rng(1).normal(0, 0.01, (8_000, 6)), 16_000)
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    assert listen_and_show(Checkup(file=tmp_path / "noise.wav", languages=("ko",)), console) == 0
    file: Any = console.file
    shown = str(file.getvalue())
    assert "noise.wav: 6 channels, ko" in shown
    assert "dBFS" in shown
    assert not [thread for thread in threading.enumerate() if thread.name == "ears"]


def test_doctor_hearing_without_a_model_or_a_file(tmp_path: Path) -> None:
    console = Console(file=io.StringIO())
    soundfile.write(tmp_path / "noise.wav", np.zeros(8_000), 16_000)
    assert listen_and_show(Checkup(file=tmp_path / "noise.wav", languages=("xx",)), console) == 1
    with pytest.raises(HearingError, match="no such file"):
        listen_and_show(Checkup(file=tmp_path / "none.wav", languages=("ko",)), console)
    with pytest.raises(HearingError, match="udp://ADDRESS:PORT"):
        listen_and_show(Checkup(device="udp://nowhere", languages=("ko",)), console)
    assert issubclass(MissingModel, HearingError)
