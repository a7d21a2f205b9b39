"""The sentences of one language: exact match, near match, and the gap where an unknown name stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, cast

from hassil import Intents, RecognizeResult, TextSlotList, recognize_best
from hassil.sample import sample_sentence
from rapidfuzz import fuzz, process

from robot_nodes.language.catalogue import read_sentences
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.intent import INTENTS, IntentName
from robot_nodes.language.names import SlotName
from robot_nodes.language.normalise import clean, compact, strip_skipped

__all__ = ["Gap", "Meaning", "Skeleton", "Templates", "templates"]

_TOKENS: Mapping[str, Mapping[SlotName, str]] = {
    "zh": {"place": "鱻", "exhibitor": "龘", "facility": "麤", "session": "猋"},
    "en": {"place": "qplace", "exhibitor": "qexhibitor", "facility": "qfacility", "session": "qsession"},
    "ko": {"place": "쀓", "exhibitor": "쀔", "facility": "쀕", "session": "쀖"},
}
"""Stand-ins for a name in a sentence: words nobody says, in the language's own script."""

_WRITTEN_OUT, _PER_TEMPLATE = 4000, 250
"""Sentences written out of one template at most, and how many of them are kept, evenly spread."""
_ALIKE = 85.0
"""Similarity, 0..100, from which a sentence is taken for one of the catalogue."""
_SHORTEST_GUESS = 4
"""Characters; shorter sentences are not guessed, or "to" would stop a robot."""
_NEVER_GUESSED = frozenset({"yes", "no", "cancel", "resume", "emergency"})
_SHORTEST_FRAME = 2
"""Characters around a gap that make it a sentence at all."""


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
    """As spoken, words parted by spaces."""
    key: str
    """As compared (see Templates.key)."""
    meaning: Meaning
    slot: SlotName | None
    before: str
    after: str
    """What of `key` stands before and after the token."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A sentence of the catalogue with something unknown where a name belongs."""

    skeleton: Skeleton
    said: str


class Templates:
    """The catalogue of one language. Stateless once built."""

    def __init__(self, language: str) -> None:
        tree = read_sentences(language)
        self.language = language
        self.spaced = language == "en"
        self.tokens = _TOKENS[language]
        self._skipped = sorted((self._word(word) for word in tree.pop("skip_words")), key=len, reverse=True)
        self._anywhere = tuple(self._word(word) for word in tree.pop("skip_anywhere"))
        self._negations = tuple(clean(word) for word in tree.pop("negations"))
        self._lists = {slot: TextSlotList.from_strings([token]) for slot, token in self.tokens.items()}
        spoken = _parsed(tree, language)
        self._intents = spoken if self.spaced else _parsed(_joined(tree), language)
        self.skeletons = tuple(self._written_out(spoken))
        self._keys = [skeleton.key for skeleton in self.skeletons]

    def key(self, text: str) -> str:
        """How a sentence is compared: cleaned, and without spaces where the language writes none."""
        return text if self.spaced else compact(text)

    def with_token(self, text: str, start: int, end: int, slot: SlotName) -> str:
        """`text` with a name replaced by the stand-in for its slot."""
        if not self.spaced:
            return compact(text[:start]) + self.tokens[slot] + compact(text[end:])
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

    def match(self, text: str) -> Meaning | None:
        """What `text` (a key, names replaced) means, if it is a sentence of the catalogue to the letter."""
        result = recognize_best(text, self._intents, slot_lists=cast(Any, self._lists)) if text else None
        return _meaning(result) if result else None

    def alike(self, text: str) -> tuple[Skeleton, float] | None:
        """The nearest sentence of the catalogue with the same stand-in, and how near (0..1), if near enough.

        Sentences that deny something are never guessed, nor are answers and emergencies.
        """
        if len(text) < _SHORTEST_GUESS or self._denies(text):
            return None
        slot = next((slot for slot, token in self.tokens.items() if token in text), None)
        for _, score, index in process.extract(text, self._keys, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=5):
            skeleton = self.skeletons[index]
            if skeleton.slot == slot and skeleton.meaning.intent not in _NEVER_GUESSED:
                return skeleton, score / 100.0
        return None

    def gaps(self, text: str) -> list[Gap]:
        """Sentences that `text` (a key) could be if something in it were a name; the most explicit first."""
        if self._denies(text):
            return []
        found: dict[tuple[SlotName, str, str], Gap] = {}
        for skeleton in self.skeletons:
            frame = len(skeleton.before) + len(skeleton.after)
            if skeleton.slot is None or frame < _SHORTEST_FRAME or frame >= len(text):
                continue
            if text.startswith(skeleton.before) and text.endswith(skeleton.after):
                said = text[len(skeleton.before) : len(text) - len(skeleton.after)].strip()
                found.setdefault((skeleton.slot, said, skeleton.meaning.intent), Gap(skeleton, said))
        return sorted(found.values(), key=lambda gap: len(gap.said))

    def _denies(self, text: str) -> bool:
        if self.spaced:
            return not frozenset(self._negations).isdisjoint(text.split())
        return any(word in text for word in self._negations)

    def _word(self, word: str) -> str:
        return self.key(clean(word))

    def _written_out(self, spoken: Intents) -> Iterator[Skeleton]:
        seen: set[str] = set()
        for name, intent in spoken.intents.items():
            for data in intent.data:
                meaning = _meaning_of(name, data.slots, data.metadata)
                for sentence in data.sentences:
                    written = sample_sentence(sentence, cast(Any, self._lists), spoken.expansion_rules)
                    for text in _spread(list(islice(written, _WRITTEN_OUT))):
                        key = self.key(clean(text))
                        if key and key not in seen:
                            seen.add(key)
                            yield self._skeleton(clean(text), key, meaning)

    def _skeleton(self, text: str, key: str, meaning: Meaning) -> Skeleton:
        for slot, token in self.tokens.items():
            before, found, after = key.partition(token)
            if found:
                return Skeleton(text, key, meaning, slot, before, after)
        return Skeleton(text, key, meaning, None, key, "")


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


def _joined(value: Any) -> Any:
    """A catalogue with the spaces taken out of its templates."""
    if isinstance(value, dict):
        return {key: value[key] if key in ("slots", "metadata") else _joined(value[key]) for key in value}
    if isinstance(value, list):
        return [_joined(item) for item in value]
    return re.sub(r"\s+", "", value) if isinstance(value, str) else value


def _meaning(result: RecognizeResult) -> Meaning:
    return _meaning_of(result.intent.name, result.intent_data.slots, result.intent_metadata)


def _meaning_of(name: str, slots: Mapping[str, Any], metadata: Mapping[str, Any] | None) -> Meaning:
    fixed = tuple((str(slot), str(value)) for slot, value in slots.items())
    return Meaning(cast(IntentName, name), fixed, str((metadata or {}).get("topic", "")))
