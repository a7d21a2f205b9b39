"""Japanese as kana, for voices that know no kanji: readings from SudachiPy and its small dictionary (Apache-2.0)."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

from robot_nodes.speaking.errors import NoVoice

__all__ = ["has_kanji", "kana"]

_KANJI = re.compile("[\u3400-\u9fff\uf900-\ufaff々〆]")
_PARTICLES = {"ハ": "ワ", "ヘ": "エ", "ヲ": "オ"}
"""As a particle, these are read so."""
_GREETINGS = {"こんにちは": "コンニチワ", "こんばんは": "コンバンワ"}


def has_kanji(text: str) -> bool:
    """Whether reading `text` needs a dictionary."""
    return _KANJI.search(text) is not None


def kana(text: str) -> str:
    """`text` with a reading in katakana for each kanji, particles as they are said, a space after each.

    :raises NoVoice: it has kanji, and the dictionary is not installed.
    """
    tokenizer = _tokenizer()
    if tokenizer is None:
        if has_kanji(text):
            raise NoVoice("Japanese with kanji needs readings: pip install sudachipy sudachidict-small")
        return text
    words = []
    for token in tokenizer.tokenize(text):
        kind = token.part_of_speech()[0]
        reading = token.reading_form() if has_kanji(token.surface()) else token.surface()
        if kind == "助詞":
            reading = _PARTICLES.get(token.reading_form(), reading) + " "
        elif token.surface() in _GREETINGS:
            reading = _GREETINGS[token.surface()]
        words.append(_KANJI.sub("", reading))
    return "".join(words)


@cache
def _tokenizer() -> Any:
    """None: not installed."""
    try:
        dictionary = importlib.import_module("sudachipy").Dictionary(dict="small")
    except Exception:  # no package, or the package without its dictionary: whatever sudachipy raises for it
        return None
    return dictionary.tokenizer() if hasattr(dictionary, "tokenizer") else dictionary.create()
