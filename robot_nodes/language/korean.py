"""Korean particles: which form follows a name depends on its last sound."""

from __future__ import annotations

import re

__all__ = ["fit_particle", "with_particles"]

_BOTH_FORMS = re.compile(r"(\S)(이\(가\)|은\(는\)|을\(를\)|\(으\)로)")
_FORMS = {"이(가)": ("이", "가"), "은(는)": ("은", "는"), "을(를)": ("을", "를"), "(으)로": ("으로", "로")}
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
