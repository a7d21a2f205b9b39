from __future__ import annotations

import io
import shutil
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.speaking.errors import NoVoice
from robot_nodes.speaking.voices import EspeakVoice, find_voice, parse_wav


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


def test_a_program_that_fails_is_an_error_of_ours() -> None:
    with pytest.raises(NoVoice, match="could not speak"):
        EspeakVoice("/nonexistent/espeak-ng").speak_to_wav("hello", "en")


@pytest.mark.sound
@pytest.mark.parametrize(
    ("text", "language"), [("带我去金融展", "zh"), ("--help -w /tmp/x", "en"), ("안녕하세요", "ko")]
)
def test_espeak_speaks_every_language(text: str, language: str) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    samples, rate = find_voice().speak_to_wav(text, language)
    assert len(samples) > rate / 4
    assert int(np.abs(samples.astype(int)).max()) > 1000
