"""Korean text as the phonemes a multilingual voice (Kokoro) was trained on.

The pronounced spelling (liaison, assimilation, tensing) comes from a grapheme-to-phoneme converter; what is here is
the last step, from pronounced Hangul syllables to the International Phonetic Alphabet.
"""

from __future__ import annotations

_FIRST = 0xAC00
_LAST = 0xD7A3
_MEDIALS = 21
_FINALS = 28

_INITIALS = "k kʔ n t tʔ ɾ m p pʔ s s - ʨ ʨʔ ʨʰ kʰ tʰ pʰ h"
_MEDIAL_VOWELS = "a ɛ ja jɛ ʌ e jʌ je o wa wɛ we jo u wʌ we wi ju ɯ ɯi i"
_FINAL_CONSONANTS = "- k k k n n n t l k m p l l p l m p p t t ŋ t t k t p t"
INITIAL = tuple(_INITIALS.split())
"""The 19 initial consonants in Unicode's order; `-` is the silent one, `ʔ` marks a tense stop until the end."""
MEDIAL = tuple(_MEDIAL_VOWELS.split())
FINAL = tuple(_FINAL_CONSONANTS.split())
VOICED = {"k": "ɡ", "t": "d", "p": "b", "ʨ": "ʥ"}
"""What a plain stop becomes between voiced sounds, and for these voices at the beginning of a word too.

Recognised best of what was tried: an English ear's `k` has the breath of a Korean aspirate, so the plain stop is
written as the voiced one and the tense stop as the plain one.
"""
PUNCTUATION = ",.?!"


def ipa(pronounced: str) -> str:
    """Pronounced Hangul to phonemes, words apart by one space; what is neither Hangul nor a stop mark is left out."""
    return " ".join(word for word in (_word(word) for word in pronounced.split()) if word)


def _word(word: str) -> str:
    said: list[str] = []
    for character in word:
        if _FIRST <= ord(character) <= _LAST:
            _add(said, ord(character) - _FIRST)
        elif character in PUNCTUATION:
            said.append(character)
    return "".join(said).replace("ʔ", "")


def _add(said: list[str], index: int) -> None:
    initial, rest = divmod(index, _MEDIALS * _FINALS)
    medial, final = divmod(rest, _FINALS)
    before = said[-1][-1] if said else ""
    said.append(_initial(INITIAL[initial], before, MEDIAL[medial]))
    said.append(MEDIAL[medial])
    if FINAL[final] != "-":
        said.append(FINAL[final])
    while "" in said:
        said.remove("")


def _initial(consonant: str, before: str, vowel: str) -> str:
    if consonant == "-":
        return ""
    if consonant == "ɾ" and before == "l":
        return "l"
    if consonant == "s" and vowel[0] in "ij":
        return "ɕ"
    if consonant in VOICED and (not before or before not in "ktp"):
        return VOICED[consonant]
    return consonant
