"""Which Vosk model hears which language. Models are found quickly and loaded late, once per process."""

from __future__ import annotations

import importlib.util
import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from robot_nodes.hearing.errors import MissingModel
from robot_nodes.hearing.loaded import SpeechModel

__all__ = ["ENVIRONMENT", "ModelShelf", "find_model"]

ENVIRONMENT = "FAIRGUIDE_VOSK_MODELS"

_VOSK_NAMES: Mapping[str, tuple[str, ...]] = {"zh": ("cn", "zh"), "en": ("en-us", "en-in", "en"), "ko": ("ko",)}
"""Vosk's own codes of our languages, as its model folders spell them."""


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


class ModelShelf:
    """The models of this process: each loaded once (about 1 s and 350 MB for Korean), shared by all threads."""

    _loaded: dict[str, SpeechModel] = {}  # noqa: RUF012 - one per process on purpose: a model is too big to have twice
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

    def model(self, language: str) -> SpeechModel:
        """The model of `language`, checked; what a recogniser needs of it is loaded with the first one (seconds).

        :raises MissingModel: there is none, or it cannot be read or downloaded.
        """
        with self._lock:
            try:
                folder = find_model(language, self._environment)
            except MissingModel:
                if not self._download:
                    raise
                folder = _downloaded(language, self._environment)
            if str(folder) not in self._loaded:
                self._loaded[str(folder)] = SpeechModel(language, folder)
            return self._loaded[str(folder)]


def _downloaded(language: str, environment: Mapping[str, str] | None) -> Path:
    """The folder of a model that Vosk fetches from the internet."""
    import vosk  # here: it loads a 25 MB library, which text alone does not need

    vosk.SetLogLevel(-1)
    try:
        vosk.Model(lang=_VOSK_NAMES.get(language, (language,))[0])
    except (Exception, SystemExit) as error:  # Vosk raises plain Exception, and leaves by sys.exit for a language
        raise MissingModel(language, f"Vosk could not load a downloaded model ({error})") from error
    return find_model(language, environment)
