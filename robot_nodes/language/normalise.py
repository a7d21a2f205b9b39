"""Sentences to comparable text, and the languages a sentence may be in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from opencc import OpenCC

from robot_nodes.language.intent import LANGUAGES

__all__ = [
    "LONGEST",
    "clean",
    "compact",
    "fold",
    "joined",
    "languages_of",
    "strip_skipped",
    "without_doubles",
    "without_repetitions",
]

LONGEST = 200
"""Characters; longer than any request. What is longer is not searched for meaning."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LOOSE_SPACE = re.compile(r"(?<![a-z0-9']) | (?![a-z0-9])")
_REPEATED_WORD = re.compile(
    r"\b(?!(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine)\b)([a-z']+(?: [a-z']+)?)(?: \1\b)+"
)
_REPEATED_RUN = re.compile(r"(?!不是|不对|不不|아니|いや)([^\d\s]{2,4}?)(?:\s?\1)+")
"""What denies is said twice to correct oneself: that is kept."""
_REPEATED_LETTER = re.compile(r"([^\d\sa-z])\1{2,}")
_DOUBLED = re.compile(r"([^\d\sa-z])\1")
_LATIN = re.compile(r"[a-z]")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def clean(text: str, *, folded: bool = True) -> str:
    """`text` in lower case, NFKC, simplified, words parted by one space; letters, digits and apostrophes only.

    At most `LONGEST` + 1 characters are kept, so that length can still be told.

    :param folded: False leaves traditional and Japanese characters as they are: to be said, not compared.
    """
    head = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).translate(_APOSTROPHES)
    kept = head.lower().translate(_LETTERS)
    if folded:
        kept = fold(kept)
    return " ".join(kept.split())[: LONGEST + 1].strip()


def fold(text: str) -> str:
    """`text` in simplified characters."""
    return _simplifier().convert(text) if _HAN.search(text) else text


def _letter(character: str) -> str:
    """The character if it carries meaning, a space if it parts words, nothing if it is a mark without width."""
    if character == "'":
        return character
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    return "" if category in ("Cf", "Cs", "Mn", "Cn", "Co") else " "


class _Letters(dict[int, str]):
    """`_letter` as a table for `str.translate`, filled as characters turn up: names are cleaned by the ten thousand."""

    def __missing__(self, code: int) -> str:
        self[code] = _letter(chr(code))
        return self[code]


_LETTERS = _Letters()


def joined(text: str) -> str:
    """`text` without the spaces at Chinese, Japanese or Korean letters: between Latin words they stay."""
    return _LOOSE_SPACE.sub("", text)


def compact(text: str) -> str:
    """`text` without spaces: how Chinese and Korean are compared, since nobody agrees where the spaces go."""
    return text.replace(" ", "")


def languages_of(cleaned: str, hint: str | None = None) -> tuple[str, ...]:
    """Languages to try, the likeliest first.

    The scripts in the text decide; a hint goes first if its script is there, and is the only guess where no
    letter tells. Kana is Japanese; Chinese characters alone may be either, and are Chinese unless the hint says so.
    """
    han, kana, latin = (len(script.findall(cleaned)) for script in (_HAN, _KANA, _LATIN))
    counts = {
        "zh": 0 if kana else 2 * han,
        "en": latin // 4 + bool(latin),
        "ko": 2 * len(_HANGUL.findall(cleaned)),
        "ja": 2 * (kana + han) if kana or hint == "ja" else 0,
    }
    order = sorted((language for language in LANGUAGES if counts[language]), key=lambda it: -counts[it])
    if hint in LANGUAGES and (hint in order or not order):
        order = [str(hint), *(language for language in order if language != hint)]
    return tuple(order)


def without_repetitions(text: str, *, spaced: bool) -> str:
    """`text` with what a speaker said several times in a row said once: "go go to the the hall", "去去去那个那个".

    :param spaced: words are repeated (English); else runs of up to four letters; digits may repeat.
    """
    if spaced:
        return _REPEATED_WORD.sub(r"\1", text)
    return _REPEATED_RUN.sub(r"\1", _REPEATED_LETTER.sub(_once, text))


def without_doubles(text: str) -> str:
    """`text` with every doubled letter once: a recogniser may hear one twice."""
    return _DOUBLED.sub(r"\1", text)


def _once(repeated: re.Match[str]) -> str:
    """A letter said three times was said once too often; four times is a doubled word, as in "谢谢"."""
    return repeated.group(1) * (2 - len(repeated.group()) % 2)


def strip_skipped(text: str, skipped: Iterable[str], *, spaced: bool) -> str:
    """`text` without the fillers and politeness at both its ends, repeatedly.

    :param skipped: cleaned, longest first.
    :param spaced: a filler must be a whole word (English); else any run of characters.
    """
    fillers, gap = tuple(skipped), " " if spaced else ""
    shorter = text
    while True:
        # The longest first after every cut, or "请问" would lose its first half.
        cut = next((rest for filler in fillers if (rest := _without(shorter, filler, gap)) != shorter), None)
        if cut is None:
            return shorter
        shorter = cut


def _without(text: str, filler: str, gap: str) -> str:
    """`text` with one leading and one trailing `filler` less; a text that is nothing else becomes empty."""
    if text == filler:
        return ""
    return text.removeprefix(filler + gap).removesuffix(gap + filler).strip()
