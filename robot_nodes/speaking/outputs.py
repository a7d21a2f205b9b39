"""Where the sound goes."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import wave
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import structlog

from robot_nodes.speaking.errors import NoOutput
from robot_nodes.speaking.voices import Samples

__all__ = ["Device", "Output", "WavFolder"]

_CHUNK_S = 0.1

_log = structlog.get_logger("speaking")


class Output(Protocol):
    """Takes one sentence of sound at a time."""

    def play(self, samples: Samples, rate: int, name: str, interrupted: threading.Event) -> None:
        """Returns when it is over, soon after `interrupted` is set; raises NoOutput."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


class WavFolder:
    """A file per sentence: 0001-arrived-zh.wav, ..."""

    def __init__(self, folder: Path) -> None:
        """:raises NoOutput: the folder cannot be made."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NoOutput(f"{folder}: cannot hold the WAV files ({error.strerror}); choose another wav_dir") from error
        self._folder = folder
        self._numbers = count(1 + sum(1 for _ in folder.glob("*.wav")))

    def play(self, samples: Samples, rate: int, name: str, interrupted: threading.Event) -> None:
        """Write it whole, interrupted or not: a file takes no time."""
        path = self._folder / f"{next(self._numbers):04d}-{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.wav"
        try:
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate)
                file.writeframes(samples.astype("<i2").tobytes())
        except OSError as error:
            raise NoOutput(f"{path}: cannot be written ({error.strerror})") from error

    def close(self) -> None:
        """Nothing is held."""


class Device:
    """A PyAudio output device."""

    def __init__(self, device: str) -> None:
        """:param device: "default", an index, or a part of a name. :raises NoOutput: it is not there."""
        with _quiet():
            self._audio = _portaudio()
            outputs = _outputs(self._audio)
            wanted = [index for index, name in outputs.items() if device in (str(index), "default") or device in name]
            if not wanted:
                self._audio.terminate()
                there = "; ".join(f"{index}: {name}" for index, name in outputs.items()) or "none"
                raise NoOutput(f"loudspeaker '{device}' is not there; output devices: {there}. Words remain text.")
            self._index = None if device == "default" else wanted[0]

    def play(self, samples: Samples, rate: int, name: str, interrupted: threading.Event) -> None:
        """See Output."""
        import pyaudio

        try:
            with _quiet():
                stream = self._audio.open(
                    rate=rate, channels=1, format=pyaudio.paInt16, output=True, output_device_index=self._index
                )
            try:
                step = int(rate * _CHUNK_S)
                for start in range(0, len(samples), step):
                    if interrupted.is_set():
                        return
                    stream.write(samples[start : start + step].tobytes())
            finally:
                stream.close()
        except OSError as error:
            raise NoOutput(f"loudspeaker failed ({error}); check the sound device") from error

    def close(self) -> None:
        """Free the device."""
        self._audio.terminate()


def _portaudio() -> Any:
    try:
        import pyaudio
    except ImportError as error:
        raise NoOutput("loudspeakers need PyAudio: pip install pyaudio. Words remain text.") from error
    return pyaudio.PyAudio()


def _outputs(audio: Any) -> dict[int, str]:
    devices = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return {int(device["index"]): str(device["name"]) for device in devices if device["maxOutputChannels"] > 0}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what ALSA and JACK print straight to file descriptor 2 while devices are probed."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
