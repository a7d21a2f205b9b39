"""Piper voices. Piper is a program of its own here (piper-tts is GPL-3 since 1.3): run, never imported."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from robot_nodes.speaking.errors import NoVoice
from robot_nodes.speaking.sound import Sound
from robot_nodes.speaking.ssml import PLAIN, Style
from robot_nodes.speaking.voices import parse_wav

__all__ = ["FOLDER_VARIABLE", "PiperVoice", "find_piper"]

FOLDER_VARIABLE = "FAIRGUIDE_PIPER_VOICES"
_TIMEOUT_S = 30.0
_GOODBYE_S = 2.0


class PiperVoice:
    """One Piper model in one process that stays: a line of text in, a WAV file out.

    Its rate is the model's own: the program takes a speed at its start only.
    """

    quick = False

    def __init__(self, program: str, model: Path, language: str) -> None:
        self.name = f"piper {model.stem}"
        self._command = [program, "--model", str(model)]
        self._language = language
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def speaks(self, language: str) -> bool:
        """See Voice."""
        return language == self._language

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        """See Voice."""
        with self._turn:
            return self._speak(text)

    def _speak(self, text: str) -> tuple[Sound, int]:
        try:
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(" ".join(text.split()).encode("utf-8", "ignore") + b"\n")
            process.stdin.flush()
            path = self._written(process)
            samples, rate = parse_wav(path.read_bytes())
            path.unlink(missing_ok=True)
        except (OSError, TimeoutError) as error:
            self.close()
            raise NoVoice(f"{self.name} could not speak ({error}); try it: {' '.join(self._command)}") from error
        return np.asarray(samples / 32768, np.float32), rate

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.stdin.close() if process.stdin else None
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GOODBYE_S)
            process.kill()
            process.wait()
            process.stdout.close() if process.stdout else None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._folder = tempfile.TemporaryDirectory(prefix="piper-")
            self._process = subprocess.Popen(
                [*self._command, "--output_dir", self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        return self._process

    def _written(self, process: subprocess.Popen[bytes]) -> Path:
        """The file the program says it has written: alone in a line (the C++ one), or at the end of a log line."""
        assert process.stdout is not None
        end, said = time.monotonic() + _TIMEOUT_S, b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while selector.select(max(0.0, end - time.monotonic())):
                some = os.read(process.stdout.fileno(), 4096)
                if not some:
                    raise OSError(f"it ended: {said.decode(errors='replace').strip()[-200:]}")
                said += some
                for line in said.decode(errors="replace").splitlines(keepends=True):
                    if line.endswith(".wav\n"):
                        return Path(line.split()[-1])
        raise TimeoutError(f"nothing for {_TIMEOUT_S:.0f} s")


def find_piper(
    environment: Mapping[str, str], which: Callable[[str], str | None] = shutil.which
) -> dict[str, list[PiperVoice]]:
    """Language -> the voices in the folder `FAIRGUIDE_PIPER_VOICES`, where the program `piper` is on the PATH."""
    program, folder = which("piper"), environment.get(FOLDER_VARIABLE, "")
    found: dict[str, list[PiperVoice]] = {}
    if not program or not folder:
        return found
    for model in sorted(Path(folder).glob("**/*.onnx")):
        language = _language(model)
        if language:
            found.setdefault(language, []).append(PiperVoice(program, model, language))
    return found


def _language(model: Path) -> str:
    """Of a model, from the settings beside it; "" where there are none that can be read."""
    try:
        settings = json.loads(model.with_suffix(".onnx.json").read_text(encoding="utf-8"))
        return str(settings["language"].get("family") or settings["language"]["code"].split("_")[0])
    except (OSError, ValueError, KeyError, AttributeError):
        return model.stem.split("_")[0] if model.with_suffix(".onnx.json").exists() else ""
