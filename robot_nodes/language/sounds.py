"""How a sentence sounds: a key in which what is easily misheard for each other is the same, or nearly.

A key is a string of sound symbols; `at` tells which letter of the text each symbol comes from. Chinese syllables
are two symbols, initial and final, without tones, with what listeners and recognisers confuse merged;
English words are their consonants with every run of vowels as one of three symbols (after the idea of Metaphone,
Philips 1990); Korean and Japanese are the phonemes of their own modules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from robot_nodes.language import japanese, korean

__all__ = ["Sound", "shares_letter", "sound", "sound_key"]

_HAN_RUN = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]")
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_MERGED_INITIALS = {
    "zh": "z", "ch": "z", "c": "z", "sh": "s", "n": "l", "r": "l", "f": "h", "p": "b", "t": "d", "k": "g", "q": "j",
}  # fmt: skip
"""What is heard for each other: retroflex and dental, aspirated and not, n, l and r, f and h."""
_MERGED_FINALS = {"uo": "o", "e": "o", "ei": "ai", "ve": "ie", "ia": "ie", "ong": "en"}
_FINALS = [
    "a",
    "o",
    "e",
    "i",
    "u",
    "v",
    "er",
    "ai",
    "ei",
    "ao",
    "ou",
    "ia",
    "ie",
    "ua",
    "uo",
    "uai",
    "ui",
    "iao",
    "iu",
    "ve",
    "ue",
    "an",
    "en",
    "in",
    "un",
    "ian",
    "uan",
    "ong",
    "iong",
    "m",
    "ng",
]  # after -ng has become -n
_FINAL_SYMBOL: Mapping[str, str] = {final: chr(0x250 + index) for index, final in enumerate(_FINALS)}
_DIGIT_PINYIN = dict(zip("0123456789", ["ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"], strict=True))
_DIGIT_WORDS = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)

_VOWELS = {"a": "A", "e": "E", "i": "E", "y": "E", "o": "O", "u": "O"}
"""A run of vowels sounds like its first, of which there are three kinds."""
_ENGLISH: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), symbol)
    for pattern, symbol in (
        (r"'s\b|'", ""),
        (r"[ts]ion", "Son"),
        (r"tch|ch", "C"),
        (r"sch", "sk"),
        (r"sh", "S"),
        (r"th", "T"),
        (r"ph", "f"),
        (r"^(kn|gn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"igh", "y"),
        (r"ough", "o"),
        (r"gh", "g"),
        (r"dg", "j"),
        (r"ck|q", "k"),
        (r"x", "ks"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"z", "s"),
        (r"v", "f"),
        (r"(?<=[a-zCST])e$", ""),
        (r"(?<=[aeiouy])[hw](?![aeiou])", ""),
        (r"^y(?=[aeiou])", "Y"),
        (r"[aeiouy]+", lambda run: _VOWELS[run.group()[0]]),
        (r"(.)\1+", r"\1"),
    )
)


@dataclass(frozen=True, slots=True)
class Sound:
    """`key[i]` is heard where `text[at[i]]` is written."""

    key: str
    at: tuple[int, ...]


def sound(text: str, language: str) -> Sound:
    """The sound of `text` (cleaned, with or without spaces: they are silent)."""
    symbols: list[str] = []
    places: list[int] = []
    for place, heard in _PARTS.get(language, _english)(text):
        symbols.append(heard)
        places.extend([place] * len(heard))
    return Sound("".join(symbols), tuple(places))


def sound_key(text: str, language: str) -> str:
    """The key alone."""
    return sound(text, language).key


def shares_letter(word: str, said: str) -> bool:
    """Whether at least one character of a Chinese word is as it should be: hardly ever are all of them misheard, and
    there are too many words that sound like others."""
    return not frozenset(word).isdisjoint(said)


@lru_cache(maxsize=4096)
def _syllable(pinyin: str) -> str:
    initial = next((it for it in _INITIALS if pinyin.startswith(it)), "")
    final = pinyin[len(initial) :].replace("ü", "v")
    if final.endswith("ng") and final not in ("ong", "iong", "ng"):
        final = final[:-1]
    final = _MERGED_FINALS.get(final, final)
    return (_MERGED_INITIALS.get(initial, initial) or "0")[0].upper() + _FINAL_SYMBOL.get(final, "?")


def _chinese(text: str) -> list[tuple[int, str]]:
    parts: list[tuple[int, str]] = []
    for match in _HAN_RUN.finditer(text):
        run, start = match.group(), match.start()
        if len(run) > 1 or run > "\u3400":
            syllables = lazy_pinyin(run)
            if len(syllables) == len(run):
                parts.extend((start + index, _syllable(it)) for index, it in enumerate(syllables))
        elif run in _DIGIT_PINYIN:
            parts.append((start, _syllable(_DIGIT_PINYIN[run])))
        elif run != " ":
            parts.append((start, run))
    return parts


@lru_cache(maxsize=20_000)
def _english_word(word: str) -> str:
    heard = "".join(_DIGIT_WORDS.get(letter, letter) for letter in word) if any(map(str.isdigit, word)) else word
    for pattern, symbol in _ENGLISH:
        heard = pattern.sub(symbol, heard)
    return heard


def _english(text: str) -> list[tuple[int, str]]:
    parts: list[tuple[int, str]] = []
    for match in re.finditer(r"\S+", text):
        heard = _english_word(match.group())
        last = max(len(match.group()) - 1, 0)
        parts.extend((match.start() + min(index, last), symbol) for index, symbol in enumerate(heard))
    return parts


_PARTS: Mapping[str, Callable[[str], Iterable[tuple[int, str]]]] = {
    "zh": _chinese,
    "en": _english,
    "ko": korean.sounds,
    "ja": japanese.sounds,
}
