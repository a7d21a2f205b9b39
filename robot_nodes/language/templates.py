"""The sentences of one language, written out: exact match and near match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, cast

from hassil import Intents, TextSlotList
from hassil.sample import sample_sentence
from rapidfuzz import fuzz, process

from robot_nodes.language.catalogue import read_sentences
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.intent import INTENTS, IntentName
from robot_nodes.language.names import SlotName
from robot_nodes.language.normalise import clean, fold, joined, strip_skipped, without_doubles
from robot_nodes.language.wordlist import WordList

__all__ = ["Meaning", "Skeleton", "Templates", "templates"]

_TOKENS: Mapping[str, Mapping[SlotName, str]] = {
    "zh": {"place": "鱻", "exhibitor": "龘", "facility": "麤", "session": "猋", "language": "骉"},
    "en": {
        "place": "qplace",
        "exhibitor": "qexhibitor",
        "facility": "qfacility",
        "session": "qsession",
        "language": "qlanguage",
    },
    "ko": {"place": "쀓", "exhibitor": "쀔", "facility": "쀕", "session": "쀖", "language": "쀗"},
    "ja": {"place": "鱻", "exhibitor": "龘", "facility": "麤", "session": "猋", "language": "骉"},
}
"""Stand-ins for a name in a sentence: words nobody says, in the language's own script."""

_WRITTEN_OUT, _PER_TEMPLATE = 4000, 250
"""Sentences written out of one template at most, and how many of them are expected of a recogniser, evenly spread."""
_ALIKE = 85.0
"""Similarity, 0..100, from which a sentence is taken for one of the catalogue."""
_SHORTEST_GUESS = 4
"""Characters; shorter sentences are not guessed, or "to" would stop a robot."""
_NEVER_GUESSED = frozenset({"yes", "no", "cancel", "resume", "emergency"})
_SHORTEST_FRAME = 2
"""Characters around a gap that make it a sentence at all."""
_PARTED = ("en", "ko")
"""Languages whose fillers stand apart as words."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a template says."""

    intent: IntentName
    slots: tuple[tuple[str, str], ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """One sentence written out, a token in place of the name."""

    text: str
    """As spoken, in the language's own characters, words parted by spaces."""
    key: str
    """As compared (see Templates.key)."""
    meaning: Meaning
    slot: SlotName | None
    template: int = 0
    """Which of the catalogue's templates it was written out of, counted from 0."""


class Templates:
    """The catalogue of one language. Stateless once built."""

    def __init__(self, language: str) -> None:
        tree = read_sentences(language)
        self.language = language
        self.spaced = language == "en"
        self.tokens = _TOKENS[language]
        self._skipped = sorted((self._word(word) for word in tree.pop("skip_words")), key=len, reverse=True)
        self._anywhere = tuple(self._word(word) for word in tree.pop("skip_anywhere"))
        self.fillers = WordList(((word, word) for word in (*self._skipped, *self._anywhere)), spaced=self.spaced)
        """Politeness and noises, as compared."""
        self._strays = tuple(clean(word) for word in tree.pop("strays", ()))
        tree.pop("pointers", None)  # they are for `context`
        self._negations = tuple(clean(word) for word in tree.pop("negations"))
        self._lists = {slot: TextSlotList.from_strings([token]) for slot, token in self.tokens.items()}
        self._exact: dict[str, Meaning] = {}
        self.skeletons = tuple(self._written_out(_parsed(tree, language)))
        self._keys = [skeleton.key for skeleton in self.skeletons]

    def key(self, text: str) -> str:
        """How a sentence is compared: cleaned, and without spaces where the language writes none."""
        return text if self.spaced else joined(text)

    def with_token(self, text: str, start: int, end: int, slot: SlotName) -> str:
        """`text` with a name replaced by the stand-in for its slot."""
        if not self.spaced:
            return joined(text[:start] + self.tokens[slot] + text[end:])
        before, after = text[:start].strip(), text[end:].strip().removeprefix("'s ")
        return " ".join(part for part in (before, self.tokens[slot], after) if part)

    def without_fillers(self, text: str) -> str:
        """`text` (a key) without fillers and politeness at its ends, and without mere noises anywhere."""
        if self.spaced:
            text = " ".join(word for word in text.split() if word not in self._anywhere) or text
        else:
            for noise in self._anywhere:
                text = text.replace(noise, "") or text
        return strip_skipped(text, self._skipped, spaced=self.spaced)

    def without_strays(self, cleaned: str) -> str:
        """A sentence without what got into it unasked: fillers within it, and letters heard twice."""
        if self.language in _PARTED:
            return " ".join(word for word in cleaned.split() if word not in self._strays)
        for stray in self._strays:
            cleaned = cleaned.replace(stray, "")
        return without_doubles(cleaned)

    def match(self, text: str) -> Meaning | None:
        """What `text` (a key, names replaced) means, if it is a sentence of the catalogue to the letter."""
        return self._exact.get(text)

    def alike(self, text: str) -> tuple[Skeleton, float] | None:
        """The nearest sentence of the catalogue with the same stand-in, and how near (0..1), if near enough.

        Sentences that deny something are never guessed, nor are answers and emergencies.
        """
        if len(text) < _SHORTEST_GUESS or self.denies(text):
            return None
        slot = next((slot for slot, token in self.tokens.items() if token in text), None)
        for _, score, index in process.extract(text, self._keys, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=5):
            skeleton = self.skeletons[index]
            bare = skeleton.slot is not None and skeleton.key == self.tokens[skeleton.slot]
            if skeleton.slot == slot and not bare and skeleton.meaning.intent not in _NEVER_GUESSED:
                return skeleton, score / 100.0
        return None

    def denies(self, text: str) -> bool:
        """Whether a word that denies is in `text`."""
        if self.spaced:
            return not frozenset(self._negations).isdisjoint(text.split())
        return any(word in text for word in self._negations)

    def _word(self, word: str) -> str:
        return self.key(clean(word))

    def _written_out(self, spoken: Intents) -> Iterator[Skeleton]:
        seen: set[str] = set()
        number = 0
        for name, intent in spoken.intents.items():
            for data in intent.data:
                meaning = _meaning_of(name, data.slots, data.metadata)
                for sentence in data.sentences:
                    sampled = sample_sentence(sentence, cast(Any, self._lists), spoken.expansion_rules)
                    written = [clean(text, folded=False) for text in islice(sampled, _WRITTEN_OUT)]
                    self._exact = {self.key(fold(text)): meaning for text in written} | self._exact
                    for text in _spread(written):
                        key = self.key(fold(text))
                        if key and key not in seen:
                            seen.add(key)
                            yield self._skeleton(text, key, meaning, number)
                    number += 1

    def _skeleton(self, text: str, key: str, meaning: Meaning, template: int) -> Skeleton:
        slot = next((slot for slot, token in self.tokens.items() if token in key), None)
        return Skeleton(text, key, meaning, slot, template)


@cache
def templates(language: str) -> Templates:
    """The catalogue of `language`, read once per process; raises CatalogueError."""
    return Templates(language)


def _spread(sentences: list[str]) -> list[str]:
    """At most `_PER_TEMPLATE` of the sentences: the shortest variants, and every n-th of the rest."""
    if len(sentences) <= _PER_TEMPLATE:
        return sentences
    by_length = sorted(sentences, key=len)
    half = _PER_TEMPLATE // 2
    rest = by_length[half:]
    return by_length[:half] + rest[:: len(rest) // half + 1]


def _parsed(tree: Mapping[str, Any], language: str) -> Intents:
    strangers = set(tree["intents"]) - set(INTENTS)
    if strangers:
        raise CatalogueError(f"sentences/{language}.yaml: unknown intents {sorted(map(str, strangers))}")
    try:
        intents = Intents.from_dict(cast(Any, dict(tree)))
        for intent in intents.intents.values():
            for data in intent.data:
                _ = data.sentences  # parsed lazily: a typing error must show now
    except Exception as error:  # hassil raises whatever its parser meets
        raise CatalogueError(f"sentences/{language}.yaml: {type(error).__name__}: {error}") from error
    return intents


def _meaning_of(name: str, slots: Mapping[str, Any], metadata: Mapping[str, Any] | None) -> Meaning:
    fixed = tuple((str(slot), str(value)) for slot, value in slots.items())
    return Meaning(cast(IntentName, name), fixed, str((metadata or {}).get("topic", "")))
