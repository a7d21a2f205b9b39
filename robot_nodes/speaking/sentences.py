"""A line as the sentences it is spoken in: the first is short, so that sound begins soon; none is too long to stop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from robot_nodes.speaking.normalise import has_words, spoken
from robot_nodes.speaking.ssml import Marked, Pause, Piece

__all__ = ["Sentence", "sentences"]

_END = re.compile(
    r"[。！？!?…]+[’'」』]*\s*"
    r"|(?<!\b[A-Za-z])\.+[’']?(?:\s+|$)"  # not after an initial: J. Smith, p.m.
    r"|\s*\n\s*"
    r"|[;；]\s*"
)
_CLAUSE = re.compile(r"[,、，:：]\s*")
_WORD_GAP = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Pieces and pauses that are synthesised together."""

    parts: tuple[Piece | Pause, ...]

    @property
    def text(self) -> str:
        """Its words, as they are spoken."""
        return " ".join(part.text for part in self.parts if isinstance(part, Piece))

    @property
    def language(self) -> str:
        """Of its first words."""
        return next((part.language for part in self.parts if isinstance(part, Piece)), "")


def sentences(line: Marked, *, first: int = 0, longest: int = 240) -> list[Sentence]:
    """What is to be spoken, normalised; empty where there is nothing to say.

    :param first: syllables, or about so, of the first: cut at a clause to come near them; 0: a whole sentence, for
        voices that are quick.
    :param longest: letters a sentence may have; cut at a clause, a word, or where it must be.
    """
    found: list[list[Piece | Pause]] = [[]]
    for part in _normalised(line.parts):
        if isinstance(part, Pause):
            found[-1].append(part)
            if part.ends:
                found.append([])
            continue
        *complete, rest = _cut(part.text)
        for text in complete:
            if has_words(text):
                found[-1].append(replace(part, text=text))
            found.append([])
        if has_words(rest):
            found[-1].append(replace(part, text=rest))
    whole = [Sentence(tuple(parts)) for parts in _with_words(found)]
    bounded = [short for one in whole for short in _bounded(one, longest)]
    return [*_clauses(bounded[0], first), *bounded[1:]] if first and bounded else bounded


def _normalised(parts: Iterable[Piece | Pause]) -> Iterator[Piece | Pause]:
    for part in parts:
        if isinstance(part, Pause):
            yield part
        else:
            yield from spoken(part)


def _cut(text: str) -> list[str]:
    """Sentences, and what follows the last end (maybe "")."""
    cuts = [match.end() for match in _END.finditer(text)]
    return [text[start:end].strip() for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _with_words(found: list[list[Piece | Pause]]) -> Iterator[list[Piece | Pause]]:
    """Pauses without words join the sentence before; those before the first word are nothing."""
    kept: list[list[Piece | Pause]] = []
    for parts in found:
        if any(isinstance(part, Piece) for part in parts):
            kept.append(parts)
        elif kept:
            kept[-1] += parts
    yield from kept


def _bounded(sentence: Sentence, longest: int) -> list[Sentence]:
    if len(sentence.text) <= longest:
        return [sentence]
    out: list[Sentence] = []
    for part in sentence.parts:
        if isinstance(part, Pause):
            out[-1:] = [Sentence((*out[-1].parts, part))] if out else []
            continue
        text = part.text
        while len(text) > longest:
            at = _break_at(text, longest)
            if has_words(text[:at]):
                out.append(Sentence((replace(part, text=text[:at].strip()),)))
            text = text[at:].strip()
        if has_words(text):
            out.append(Sentence((replace(part, text=text),)))
    return out


def _break_at(text: str, longest: int) -> int:
    for pattern in (_CLAUSE, _WORD_GAP):
        ends = [match.end() for match in pattern.finditer(text, 0, longest)]
        if ends and ends[-1] > longest // 3:
            return ends[-1]
    return longest


def _clauses(sentence: Sentence, first: int) -> list[Sentence]:
    """The first sentence, cut after its first clause when it is much longer than `first`."""
    head = sentence.parts[0]
    length = first * (1 if getattr(head, "language", "") in ("zh", "ja", "ko") else 4)
    if not isinstance(head, Piece) or len(sentence.text) <= length * 1.5:
        return [sentence]
    cuts = (match.end() for match in _CLAUSE.finditer(head.text, 0, length * 2))
    ends = [cut for cut in cuts if has_words(head.text[:cut]) and has_words(head.text[cut:])]
    if not ends:
        return [sentence]
    at = min(ends, key=lambda end: abs(end - length))
    return [
        Sentence((replace(head, text=head.text[:at].strip()),)),
        Sentence((replace(head, text=head.text[at:].strip()), *sentence.parts[1:])),
    ]
