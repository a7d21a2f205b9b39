"""Which Vosk model hears which language. Models are found quickly and loaded late, once per process."""

from __future__ import annotations

import importlib.util
import os
import re
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from robot_nodes.hearing.errors import MissingModel

__all__ = ["ENVIRONMENT", "ModelShelf", "find_model", "wide_lattice"]

ENVIRONMENT = "FAIRGUIDE_VOSK_MODELS"

_VOSK_NAMES: Mapping[str, tuple[str, ...]] = {"zh": ("cn", "zh"), "en": ("en-us", "en-in", "en"), "ko": ("ko",)}
"""Vosk's own codes of our languages, as its model folders spell them."""

_WIDE = {"beam": "15", "lattice-beam": "8", "max-active": "7000"}
"""A wider search than the models ship with: the right phrase is then nearly always among the 20 best (measured for the
Korean model, 10 dB babble: 60 to 97 % right phrases after mapping)."""

_log = structlog.get_logger("hearing")


def find_model(language: str, environment: Mapping[str, str] | None = None) -> Path:
    """The folder of the Vosk model for `language` (zh, en, ko).

    Looked for in FAIRGUIDE_VOSK_MODELS, then among pip packages `vosk_model_*`, then where Vosk keeps its own.

    :raises MissingModel: none of these has one; the message names the ways to get one.
    """
    environment = os.environ if environment is None else environment
    codes = _VOSK_NAMES.get(language, (language,))
    setting = environment.get(ENVIRONMENT, "").strip()
    found = _from_setting(setting, language, codes) if setting else None
    found = found or _from_packages(codes) or _from_folders(_vosk_folders(environment), codes)
    if found is None:
        raise MissingModel(language, f"{ENVIRONMENT}={setting} has none" if setting else "")
    return found


def _from_setting(setting: str, language: str, codes: Sequence[str]) -> Path | None:
    """The setting is one folder of models, or a comma-separated list of language=folder (either may be mixed)."""
    for entry in (part.strip() for part in setting.split(",") if part.strip()):
        key, separator, path = entry.partition("=")
        if not separator:
            folder = Path(entry).expanduser()
            if _is_model(folder) and _names_language(folder.name, codes):
                return folder
            found = _from_folders([folder], codes)
            if found:
                return found
        elif key.strip() == language:
            folder = Path(path.strip()).expanduser()
            if not _is_model(folder):
                raise MissingModel(language, f"{ENVIRONMENT} names {folder}, which is not a Vosk model folder")
            return folder
    return None


def _from_packages(codes: Sequence[str]) -> Path | None:
    for code in codes:
        spec = importlib.util.find_spec(f"vosk_model_{code.replace('-', '_')}")
        for location in (spec.submodule_search_locations or ()) if spec else ():
            for folder in (Path(location) / "model", Path(location)):
                if _is_model(folder):
                    return folder
    return None


def _vosk_folders(environment: Mapping[str, str]) -> list[Path]:
    own = environment.get("VOSK_MODEL_PATH")
    return [*([Path(own)] if own else []), Path("/usr/share/vosk"), Path.home() / ".cache" / "vosk"]


def _from_folders(folders: Sequence[Path], codes: Sequence[str]) -> Path | None:
    for folder in folders:
        candidates = sorted(folder.glob("vosk-model-*")) if folder.is_dir() else []
        for candidate in candidates:
            if _names_language(candidate.name, codes) and _is_model(candidate):
                return candidate
    return None


def _names_language(name: str, codes: Sequence[str]) -> bool:
    """Whether a folder name like vosk-model-small-cn-0.22 holds one of the codes as a part."""
    return any(re.search(rf"(^|-){re.escape(code)}(-|$)", name) for code in codes)


def _is_model(folder: Path) -> bool:
    """Vosk's models have am/final.mdl (new layout) or final.mdl (old)."""
    return (folder / "am" / "final.mdl").is_file() or (folder / "final.mdl").is_file()


def wide_lattice(model: Path, parent: Path) -> Path:
    """A view of `model` inside `parent` (links) whose search is wider; `model` itself where its layout is another."""
    settings = model / "conf" / "model.conf"
    if not settings.is_file():
        return model
    view = parent / model.parent.name / model.name
    (view / "conf").mkdir(parents=True, exist_ok=True)
    for item in (item for item in model.iterdir() if item.name != "conf"):
        _link(view / item.name, item)
    for item in (model / "conf").iterdir():
        if item != settings:
            _link(view / "conf" / item.name, item)
    kept = [line for line in settings.read_text().splitlines() if line.strip().lstrip("-").split("=")[0] not in _WIDE]
    wider = [f"--{key}={value}" for key, value in _WIDE.items()]
    (view / "conf" / "model.conf").write_text("\n".join([*kept, *wider]) + "\n")
    return view


def _link(link: Path, target: Path) -> None:
    if not link.exists():
        link.symlink_to(target.resolve())


class ModelShelf:
    """The models of this process: each loaded once (about 3 s and 540 MB for Korean), shared by all threads."""

    _loaded: dict[str, Any] = {}  # noqa: RUF012 - one per process on purpose: a model is too big to have twice
    _lock = threading.Lock()

    def __init__(self, *, download: bool = False, environment: Mapping[str, str] | None = None) -> None:
        """:param download: let Vosk fetch a model from the internet where none is found."""
        self._download = download
        self._environment = environment

    def available(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Those of `languages` that can be heard, without loading anything."""
        return tuple(language for language in languages if self.problem(language) is None)

    def problem(self, language: str) -> MissingModel | None:
        """Why `language` cannot be heard, or None if it can (or may be downloaded)."""
        if self._download:
            return None
        try:
            find_model(language, self._environment)
        except MissingModel as missing:
            return missing
        return None

    def model(self, language: str) -> Any:
        """The loaded `vosk.Model`; takes seconds the first time, so call it from a worker thread.

        :raises MissingModel: there is none, or it cannot be read or downloaded.
        """
        with self._lock:
            try:
                folder = find_model(language, self._environment)
            except MissingModel:
                if not self._download:
                    raise
                return self._kept(f"download:{language}", language, None)
            return self._kept(str(folder), language, folder)

    def _kept(self, key: str, language: str, folder: Path | None) -> Any:
        if key not in self._loaded:
            _log.info("loading speech model", language=language, folder=str(folder or "Vosk's own"))
            self._loaded[key] = _load(language, folder)
        return self._loaded[key]


def _load(language: str, folder: Path | None) -> Any:
    import vosk  # here: it loads a 25 MB library, which text alone does not need

    vosk.SetLogLevel(-1)
    try:
        if folder is None:
            return vosk.Model(lang=_VOSK_NAMES.get(language, (language,))[0])
        with tempfile.TemporaryDirectory(prefix="fairguide-vosk-") as scratch:
            return vosk.Model(model_path=str(wide_lattice(folder, Path(scratch))))
    except (Exception, SystemExit) as error:  # Vosk raises plain Exception, and leaves by sys.exit for a language
        raise MissingModel(language, f"Vosk could not load {folder or 'a downloaded model'} ({error})") from error
