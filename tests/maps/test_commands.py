"""`fairguide map check` and `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from maps.commands import app, counts
from maps.venue import Venue

runner = CliRunner()


@pytest.mark.parametrize("name", ["hall", "ciftis2020"])
def test_check_prints_a_summary(name: str) -> None:
    result = runner.invoke(app, ["check", name])
    assert result.exit_code == 0
    assert "booths" in result.output
    assert "lanes" in result.output


def test_check_lists_every_problem(small: dict[str, Any], tmp_path: Path) -> None:
    small["exhibitors"]["bank"].update(hall="nowhere", sector="nothing")
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(small), encoding="utf-8")
    result = runner.invoke(app, ["check", str(plan)])
    assert result.exit_code == 1
    assert "unknown hall 'nowhere'" in result.output
    assert "unknown sector 'nothing'" in result.output
    assert "2 problems" in result.output


def test_unknown_venue_is_one_line() -> None:
    for command in (["check", "nope"], ["export", "nope", "x", "--to", "ros"]):
        result = runner.invoke(app, command)
        assert result.exit_code == 1
        assert "no such venue" in result.output


@pytest.mark.parametrize(("kind", "files"), [("ros", 5), ("geojson", 2)])
def test_export_writes_files(kind: str, files: int, tmp_path: Path) -> None:
    result = runner.invoke(app, ["export", "hall", "--to", kind, str(tmp_path)])
    assert result.exit_code == 0
    assert len(list(tmp_path.iterdir())) == files


def test_export_to_a_file_says_so(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.write_text("", encoding="utf-8")
    result = runner.invoke(app, ["export", "hall", "--to", "geojson", str(target)])
    assert result.exit_code == 1
    assert "choose a folder" in result.output


def test_counts(hall: Venue) -> None:
    assert counts(hall)["area m2"] == 2400
