"""Japanese: telling it from Chinese, how a sentence is read, and how it sounds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from robot_nodes.language.glossary import readings
from robot_nodes.language.numerals import read_number

__all__ = ["has_kana", "kana_of", "number_words", "reading", "sound_of", "sounds"]

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_TO_KATAKANA = 0x60
"""Distance of the two blocks, hiragana U+3041.. and katakana U+30A1.. (Unicode 3.12)."""
_FOREIGN = re.compile(r"[a-z]+|[0-9]+")
_SPELLED = 3
"""Latin letters; up to so many are read letter by letter (5g, atm)."""
"""Digits; longer ones are read digit by digit."""

_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "y": "ヤ・ユ・ヨ", "r": "ラリルレロ", "w": "ワヰ・ヱヲ",
}  # fmt: skip
_VOWELS = "aiueo"
_SPECIAL = {"チ": "ci", "ツ": "cu", "シ": "si", "ン": "n", "ヲ": "o", "ー": "", "ッ": "", "ヴ": "pu", "々": ""}
_SMALL = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ヮ": "wa"}
_VOICED = {"h": "p", "f": "p"}
"""What a voicing mark makes of a row when voiced and unvoiced are one: of h it makes b or p."""
_LATIN_SOUNDS = str.maketrans({"l": "r", "b": "p", "d": "t", "g": "k", "z": "s", "v": "p", "j": "c", "x": "s"})
_LENGTHENS = {"a": "a", "i": "i", "u": "u", "e": "ei", "o": "ou"}
"""Vowel -> the vowels that after it only make it longer."""
_LETTERS = (
    "エー", "ビー", "シー", "ディー", "イー", "エフ", "ジー", "エイチ", "アイ", "ジェー", "ケー", "エル", "エム",
    "エヌ", "オー", "ピー", "キュー", "アール", "エス", "ティー", "ユー", "ブイ", "ダブリュー", "エックス", "ワイ",
    "ゼット",
)  # fmt: skip
_DIGITS = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
_RANKS = ("", "ジュウ", "ヒャク", "セン")
_GROUPS = ("", "マン", "オク")


def has_kana(text: str) -> bool:
    """Whether `text` is written with kana, which no Chinese sentence is; kanji alone do not tell."""
    return bool(_KANA.search(text))


@lru_cache(maxsize=4096)
def sound_of(text: str) -> str:
    """A key under which what sounds alike in Japanese is alike: Latin letters, one a phoneme.

    Vowel length, geminates and voicing, which listeners and recognisers miss, do not count.

    :param text: cleaned; spaces do not matter.
    """
    return "".join(letters for _, letters in sounds(text))


@lru_cache(maxsize=4096)
def sounds(text: str) -> tuple[tuple[int, str], ...]:
    """`sound_of` in parts: (index into `text`, the letters of the key heard there), in order."""
    key: list[tuple[int, str]] = []
    for place, said in _read(text):
        for character in said:
            small = _SMALL.get(character)
            if small and key:
                key[-1] = key[-1][0], _contracted(key[-1][1], small)
            else:
                letters = _phonemes().get(character, character.translate(_LATIN_SOUNDS))
                before = next((heard[-1] for _, heard in reversed(key) if heard), "")
                if letters and letters in _LENGTHENS.get(before, ""):
                    letters = ""
                key.append((place, letters))
    return tuple((place, letters) for place, letters in key if letters)


def _contracted(before: str, small: str) -> str:
    """A kana and the small one after it: ki + ya is kya, si + ya sa, te + i ti."""
    if len(small) == 2 and before.endswith("i"):
        return before[:-1] + (small[1:] if before[0] in "sc" else small)
    if before and before[-1] in _VOWELS:
        return before[:-1] + ("w" if before == "u" else "") + small[-1]
    return before + small


@cache
def _phonemes() -> Mapping[str, str]:
    """Katakana -> key letters."""
    table = dict(_SPECIAL)
    for consonant, row in _ROWS.items():
        for vowel, kana in zip(_VOWELS, row, strict=True):
            table.setdefault(kana, consonant + vowel)
    table["フ"] = "fu"
    for kana, sound in list(table.items()):
        for mark in "\u3099\u309a":
            marked = unicodedata.normalize("NFC", kana + mark)
            if len(marked) == 1 and marked not in table:
                table[marked] = _VOICED.get(sound[0], sound[0]) + sound[1:]
    table |= {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "ya", "ュ": "yu", "ョ": "yo"}
    return table


def reading(text: str) -> str:
    """`text` in katakana: words and kanji by the catalogue's readings, numbers and short Latin words as said.

    Kanji without a reading and longer Latin words stay as they are.
    """
    return "".join(said for _, said in _read(text))


def _read(text: str) -> Iterator[tuple[int, str]]:
    """What stands in `text`, and its reading in katakana, from left to right."""
    joined, places = _without_spaces(text)
    words, longest = _readings()
    start = 0
    while start < len(joined):
        found = _FOREIGN.match(joined, start)
        if found:
            yield places[start], _read_foreign(found.group())
            start = found.end()
            continue
        for length in range(min(longest, len(joined) - start), 0, -1):
            said = words.get(joined[start : start + length])
            if said is not None:
                break
        else:
            length, said = 1, _HIRAGANA.sub(_to_katakana, joined[start])
        yield from _spread(places[start : start + length], said)
        start += length


def _spread(places: Sequence[int], said: str) -> Iterator[tuple[int, str]]:
    """A reading shared out to the characters it belongs to."""
    for index, place in enumerate(places):
        first, last = index * len(said) // len(places), (index + 1) * len(said) // len(places)
        yield place, said[first:last]


def _without_spaces(text: str) -> tuple[str, list[int]]:
    places = [index for index, character in enumerate(text) if character != " "]
    return "".join(text[index] for index in places), places


def _to_katakana(found: re.Match[str]) -> str:
    return chr(ord(found.group()) + _TO_KATAKANA)


def _read_foreign(word: str) -> str:
    if word.isdecimal():
        return number_words(word)
    return "".join(_LETTERS[ord(letter) - ord("a")] for letter in word) if len(word) <= _SPELLED else word


@cache
def _readings() -> tuple[Mapping[str, str], int]:
    """Written form -> katakana, as the text comes out of `normalise.clean`, and the longest form's length."""
    from robot_nodes.language.normalise import clean  # here: normalise asks this module which script it sees

    table: dict[str, str] = {}
    for written, said in readings("ja").items():
        table[clean(written).replace(" ", "")] = said
    return table, max(map(len, table), default=1)


def number_words(digits: str) -> str:
    """A number as it is read, in katakana. Very long ones, and those with a leading zero, digit by digit."""
    return read_number(digits, _DIGITS, _RANKS, _GROUPS)


# Chinese names in katakana, roughly as Japanese media write Mandarin: the initial's row, then the final's tail.
_PINYIN_ROWS = {
    "zh": "ジャ ジ ジュ ジェ ジョ", "ch": "チャ チ チュ チェ チョ", "sh": "シャ シ シュ シェ ショ",
    "b": "バ ビ ブ ベ ボ", "p": "パ ピ プ ペ ポ", "m": "マ ミ ム メ モ", "f": "ファ フィ フ フェ フォ",
    "d": "ダ ディ ドゥ デ ド", "t": "タ ティ トゥ テ ト", "n": "ナ ニ ヌ ネ ノ", "l": "ラ リ ル レ ロ",
    "g": "ガ ギ グ ゲ ゴ", "k": "カ キ ク ケ コ", "h": "ハ ヒ フ ヘ ホ", "j": "ジャ ジ ジュ ジェ ジョ",
    "q": "チャ チ チュ チェ チョ", "x": "シャ シ シュ シェ ショ", "r": "ラ リ ル レ ロ", "z": "ザ ズ ズ ゼ ゾ",
    "c": "ツァ ツ ツ ツェ ツォ", "s": "サ ス ス セ ソ", "": "ア イ ウ エ オ",
}  # fmt: skip
_PINYIN_TAILS = {
    "a": ("a", ""), "ai": ("a", "イ"), "ao": ("a", "オ"), "an": ("a", "ン"), "ang": ("a", "ン"), "e": ("o", "ー"),
    "ei": ("e", "イ"), "en": ("e", "ン"), "eng": ("e", "ン"), "o": ("o", "ー"), "ou": ("o", "ウ"), "ong": ("o", "ン"),
    "i": ("i", "ー"), "ia": ("i", "ア"), "ie": ("i", "エ"), "iao": ("i", "ャオ"), "iu": ("i", "ウ"),
    "ian": ("i", "エン"), "in": ("i", "ン"), "ing": ("i", "ン"), "iang": ("i", "ャン"), "iong": ("i", "ョン"),
    "u": ("u", "ー"), "ua": ("u", "ア"), "uo": ("u", "オ"), "uai": ("u", "アイ"), "ui": ("u", "イ"),
    "uan": ("u", "アン"), "un": ("u", "ン"), "uang": ("u", "アン"), "ue": ("u", "エ"), "v": ("i", "ュー"),
    "ve": ("i", "ュエ"),
}  # fmt: skip
_PINYIN_WHOLE = {
    "er": "アル", "ya": "ヤー", "ye": "イエ", "yao": "ヤオ", "you": "ヨウ", "yan": "イエン", "yin": "イン",
    "yang": "ヤン", "ying": "イン", "yong": "ヨン", "yi": "イー", "yu": "ユー", "yue": "ユエ", "yuan": "ユエン",
    "yun": "ユン", "wu": "ウー", "wa": "ワー", "wo": "ウォー", "wai": "ワイ", "wei": "ウェイ", "wan": "ワン",
    "wen": "ウェン", "wang": "ワン", "weng": "ウォン", "hua": "ホワ", "huai": "ホワイ", "huan": "ホワン",
    "huang": "ホワン", "feng": "フォン", "peng": "ポン", "meng": "モン", "beng": "ボン",
}  # fmt: skip


def kana_of(syllables: Iterable[str]) -> str:
    """A Chinese name in katakana.

    :param syllables: pinyin without tones, lower case, "v" for the rounded i; others are left out.
    """
    return "".join(_syllable(syllable) for syllable in syllables)


def _syllable(pinyin: str) -> str:
    if pinyin in _PINYIN_WHOLE:
        return _PINYIN_WHOLE[pinyin]
    initial = next((it for it in _PINYIN_ROWS if it and pinyin.startswith(it)), "")
    tail = _PINYIN_TAILS.get(pinyin.removeprefix(initial))
    if tail is None:
        return ""
    vowel, rest = tail
    return _PINYIN_ROWS[initial].split(" ")[_VOWELS.index(vowel)] + rest
