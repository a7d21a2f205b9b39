"""Korean: particles, whose form follows the last sound of a name, and how a sentence sounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from robot_nodes.language.numerals import read_number

__all__ = ["fit_particle", "hangul_of", "number_words", "sound_of", "sounds", "with_particles"]

_BOTH_FORMS = re.compile(r"(\S)(이\(가\)|은\(는\)|을\(를\)|과\(와\)|\(으\)로)")
_FORMS = {
    "이(가)": ("이", "가"),
    "은(는)": ("은", "는"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
_PAIRS = {first: pair for pair in _FORMS.values() for first in pair}
_FIRST, _LAST, _FINALS, _RIEUL = 0xAC00, 0xD7A3, 28, 8
"""Hangul syllables are coded (initial, vowel, final) with 28 finals; final 8 is rieul (Unicode 3.12)."""

_DIGITS_WITH_FINAL = "013678"
_DIGITS_WITH_RIEUL = "178"


def _ends_in_consonant(character: str, particle: str) -> bool:
    """Whether a name ending in `character` takes the consonant's form; `(으)로` treats rieul as a vowel."""
    to = particle.endswith("로")
    if character.isascii() and character.isdigit():
        return character in _DIGITS_WITH_FINAL and not (to and character in _DIGITS_WITH_RIEUL)
    code = ord(character)
    if not _FIRST <= code <= _LAST:
        return character.lower() in "lmnr" and not (to and character.lower() in "lr")
    final = (code - _FIRST) % _FINALS
    return final != 0 and not (to and final == _RIEUL)


def with_particles(text: str) -> str:
    """`text` with every "은(는)" and the like replaced by the form that fits the sound before it."""

    def chosen(match: re.Match[str]) -> str:
        before, both = match.group(1), match.group(2)
        consonant, vowel = _FORMS[both]
        return before + (consonant if _ends_in_consonant(before, both) else vowel)

    return _BOTH_FORMS.sub(chosen, text)


def fit_particle(name: str, rest: str) -> str:
    """`rest`, what follows `name`, with its leading particle (if any) in the form that fits."""
    if not name:
        return rest
    head, gap, tail = rest.partition(" ")
    if head not in _PAIRS:
        return rest
    consonant, vowel = _PAIRS[head]
    return (consonant if _ends_in_consonant(name[-1], vowel) else vowel) + gap + tail


# Sounds. One letter a phoneme. Lax, tense and aspirated stops are one sound here, as are the vowels that nobody
# tells apart any more (ae/e; oe/wae/we): those are what speakers vary and recognisers confuse.
_ONSETS = ("k", "k", "n", "t", "t", "l", "m", "p", "p", "s", "s", "", "c", "c", "c", "k", "t", "p", "h")
# a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i
_VOWELS = (
    "a", "e", "ya", "ye", "v", "e", "yv", "ye", "o", "wa", "we", "we", "yo", "u", "wv", "we", "wi", "yu", "x", "i", "i",
)  # fmt: skip
_CODAS = (
    # (sound before a consonant, what stays and what moves on before a vowel), by the order of Unicode's finals
    ("", "", ""), ("k", "", "k"), ("k", "", "k"), ("k", "k", "s"), ("n", "", "n"), ("n", "n", "c"), ("n", "", "n"),
    ("t", "", "t"), ("l", "", "l"), ("k", "l", "k"), ("m", "l", "m"), ("l", "l", "p"), ("l", "l", "s"),
    ("l", "l", "t"), ("p", "l", "p"), ("l", "", "l"), ("m", "", "m"), ("p", "", "p"), ("p", "p", "s"),
    ("t", "", "s"), ("t", "", "s"), ("N", "N", ""), ("t", "", "c"), ("t", "", "c"), ("k", "", "k"), ("t", "", "t"),
    ("p", "", "p"), ("", "", ""),
)  # fmt: skip
_SILENT, _H = 11, 18
_NASAL = {"k": "N", "t": "n", "p": "m"}
_LATIN = re.compile(r"[a-z]+")
_PIECES = re.compile(r"[a-z]+|[0-9]+|\S")
_FOREIGN = {"r": "l", "b": "p", "g": "k", "d": "t", "j": "c", "z": "c", "f": "p", "v": "p"}
"""Latin letters by the Korean sound they are taken for."""
_SPELLED = 3
"""Latin letters; up to so many are read letter by letter (5g, atm)."""
_LETTERS = (
    "에이", "비", "시", "디", "이", "에프", "지", "에이치", "아이", "제이", "케이", "엘", "엠", "엔", "오", "피", "큐",
    "아르", "에스", "티", "유", "브이", "더블유", "엑스", "와이", "제트",
)  # fmt: skip
_DIGITS = ["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]
_RANKS = ("", "십", "백", "천")
_GROUPS = ("", "만", "억", "조")
"""Digits; longer ones are read digit by digit."""


@lru_cache(maxsize=4096)
def sound_of(text: str) -> str:
    """A key under which what sounds alike in Korean is alike: Standard Pronunciation, one letter a phoneme.

    Final consonants are neutralised or carried over to a following vowel, obstruents become nasal before nasals, and
    what recognisers mix up is one letter. Numbers are read in Sino-Korean, short Latin words letter by letter.

    :param text: cleaned; spaces do not matter.
    """
    return "".join(letters for _, letters in sounds(text))


@lru_cache(maxsize=4096)
def sounds(text: str) -> tuple[tuple[int, str], ...]:
    """`sound_of` in parts: (index into `text`, the letters of the key heard there), in order."""
    spoken: list[tuple[int, str]] = []
    for found in _PIECES.finditer(text):
        piece = found.group()
        said = number_words(piece) if piece.isdecimal() and piece.isascii() else _read_latin(piece)
        step = len(piece) / max(len(said), 1)
        spoken.extend((found.start() + int(index * step), letter) for index, letter in enumerate(said))
    return tuple((place, letters) for place, letters in _phonemes(spoken) if letters)


def number_words(digits: str) -> str:
    """A number as it is read: "12" is sibi. Very long ones, and those with a leading zero, digit by digit."""
    return read_number(digits, _DIGITS, _RANKS, _GROUPS)


def _read_latin(word: str) -> str:
    if not _LATIN.fullmatch(word) or len(word) > _SPELLED:
        return word
    return "".join(_LETTERS[ord(letter) - ord("a")] for letter in word)


def _phonemes(spoken: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    carried, coda, last = "", "", 0
    for index, (place, character) in enumerate(spoken):
        parts = _parts(character)
        if parts is None:
            yield last, coda
            yield place, _FOREIGN.get(character, character)
            carried, coda, last = "", "", place
            continue
        onset, vowel, final = parts
        before, start = _joint(coda, carried, onset, vowel)
        yield last, before
        sound = _VOWELS[vowel]
        yield place, start + (sound[-1] if start == "c" or (sound == "ye" and start) else sound)
        following = _parts(spoken[index + 1][1]) if index + 1 < len(spoken) else None
        alone, stays, moves = _CODAS[final]
        if following and following[0] == _SILENT:
            coda, carried = stays, moves
        elif following and following[0] == _H and alone in _NASAL:
            coda, carried = "", alone
        else:
            coda, carried = alone, ""
        last = place
    yield last, coda


def _parts(character: str) -> tuple[int, int, int] | None:
    """Initial, vowel and final of a syllable, as Unicode counts them."""
    code = ord(character) - _FIRST
    if not 0 <= code <= _LAST - _FIRST:
        return None
    return code // (21 * _FINALS), code // _FINALS % 21, code % _FINALS


def _joint(coda: str, carried: str, onset: int, vowel: int) -> tuple[str, str]:
    """The sounds at the joint of two syllables: the end of the first, the start of the second."""
    if carried:
        palatal = carried == "t" and vowel == 20 and onset == _SILENT  # gati is gachi
        return coda, "c" if palatal else carried
    start = _ONSETS[onset]
    if coda in _NASAL and start in ("n", "m", "l") and start:
        return _NASAL[coda], "n" if start == "l" else start
    if start == "l" and coda in ("m", "N"):
        return coda, "n"
    if (coda, start) in (("n", "l"), ("l", "n")):
        return "l", "l"
    return coda, start


# Chinese names in hangul: the official transcription of Mandarin (Ministry of Culture notice 2017-14, table 5).
_PINYIN_ONSETS = {
    "zh": 12, "ch": 14, "sh": 9, "b": 7, "p": 17, "m": 6, "f": 17, "d": 3, "t": 16, "n": 2, "l": 5, "g": 0, "k": 15,
    "h": 18, "j": 12, "q": 14, "x": 9, "r": 5, "z": 13, "c": 14, "s": 10, "y": 11, "w": 11,
}  # fmt: skip
_PINYIN_FINALS = {
    "a": "아", "o": "오", "e": "어", "ai": "아이", "ei": "에이", "ao": "아오", "ou": "어우", "an": "안", "en": "언",
    "ang": "앙", "eng": "엉", "ong": "웅", "er": "얼", "i": "이", "ia": "야", "ie": "예", "iao": "야오", "iu": "유",
    "ian": "옌", "in": "인", "iang": "양", "ing": "잉", "iong": "융", "u": "우", "ua": "와", "uo": "워",
    "uai": "와이", "ui": "우이", "uan": "완", "un": "운", "uang": "왕", "ue": "웨", "v": "위", "ve": "웨",
}  # fmt: skip
_PINYIN_WHOLE = {
    "yi": "이", "ya": "야", "ye": "예", "yao": "야오", "you": "유", "yan": "옌", "yin": "인", "yang": "양",
    "ying": "잉", "yong": "융", "yu": "위", "yue": "웨", "yuan": "위안", "yun": "윈", "wu": "우", "wei": "웨이",
    "wen": "원", "weng": "웡", "wo": "워", "zhi": "즈", "chi": "츠", "shi": "스", "ri": "르", "zi": "쯔", "ci": "츠",
    "si": "쓰", "ju": "쥐", "qu": "취", "xu": "쉬", "juan": "쥐안", "quan": "취안", "xuan": "쉬안", "jun": "쥔",
    "qun": "췬", "xun": "쉰",
}  # fmt: skip
_AFTER_AFFRICATE = {2: 0, 3: 1, 6: 4, 7: 5, 12: 8, 17: 13}
"""Vowels with a y-glide and without: no glide is written after an affricate."""


def hangul_of(syllables: Iterable[str]) -> str:
    """A Chinese name in hangul.

    :param syllables: pinyin without tones, lower case, "v" for the rounded i; others are left out.
    """
    return "".join(_syllable(syllable) for syllable in syllables)


def _syllable(pinyin: str) -> str:
    if pinyin in _PINYIN_WHOLE:
        return _PINYIN_WHOLE[pinyin]
    initial = next((it for it in _PINYIN_ONSETS if pinyin.startswith(it)), "")
    written = _PINYIN_FINALS.get(pinyin.removeprefix(initial), "")
    parts = _parts(written[0]) if written else None
    if parts is None:
        return ""
    onset = _PINYIN_ONSETS.get(initial, _SILENT)
    vowel = _AFTER_AFFRICATE.get(parts[1], parts[1]) if onset in (12, 13, 14) else parts[1]
    return chr(_FIRST + (onset * 21 + vowel) * _FINALS + parts[2]) + written[1:]
