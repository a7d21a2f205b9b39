"""`cues/*.yaml` read and checked: word classes, word lists, and the rules over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hassil import parse_sentence
from hassil.sample import sample_expression

from robot_nodes.language.catalogue import read_cues
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.intent import INTENTS, IntentName
from robot_nodes.language.normalise import clean, joined

__all__ = ["CueFile", "Item", "Rule"]

_COVER = 0.5
_MOST_FORMS = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """`@a|@b`, `{spot}`, or either with `!` before it."""

    absent: bool
    classes: frozenset[str]
    slots: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """If all `items` hold, the sentence is probably `intent`."""

    intent: IntentName
    items: tuple[Item, ...]
    weight: float
    cover: float
    slots: tuple[tuple[str, str], ...]
    topic: str
    source: str

    def named(self) -> Iterator[str]:
        """The classes that must be there."""
        for item in self.items:
            if not item.absent:
                yield from item.classes


class CueFile:
    """The cues of one language as written; empty where there are none."""

    def __init__(self, language: str) -> None:
        self._tree, self._where = read_cues(language), f"cues/{language}.yaml"
        self._spaced = language == "en"
        self.classes = {
            name: self._forms(members, f"{self._where}: classes: {name}")
            for name, members in self._mapping("classes").items()
        }
        self.unless = {str(it): frozenset(map(str, by)) for it, by in self._mapping("unless").items()}
        for name in (name for by in self.unless.values() for name in by):
            self._class(name, f"{self._where}: unless")

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words and of `@classes`, written out, anchors kept."""
        return self._listed(self._tree, key, self._where)

    def around(self, key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words that stand before, and words that stand after something."""
        table, where = self._mapping(key), f"{self._where}: {key}"
        return self._listed(table, "before", where), self._listed(table, "after", where)

    def rules(self) -> Iterator[Rule]:
        """All rules, in the order of the file."""
        for intent, entries in self._mapping("rules").items():
            if intent not in INTENTS:
                raise CatalogueError(f"{self._where}: rules: unknown intent {intent!r}")
            for entry in entries:
                details = entry if isinstance(entry, dict) else {"when": entry}
                where = f"{self._where}: {intent}: {details.get('when')!r}"
                yield self._rule(intent, details, where)

    def _mapping(self, key: str) -> Mapping[str, Any]:
        table = self._tree.get(key) or {}
        if not isinstance(table, dict):
            raise CatalogueError(f"{self._where}: {key} must be a mapping")
        return table

    def _forms(self, members: Sequence[str], where: str) -> tuple[str, ...]:
        if not isinstance(members, list) or not all(isinstance(it, str) for it in members):
            raise CatalogueError(f"{where}: expected a list of strings (quote words such as yes, no, on)")
        forms: dict[str, None] = {}
        for member in members:
            starts, ends = member.startswith("^"), member.endswith("$")
            for text in self._expanded(member.removeprefix("^").removesuffix("$"), where):
                cleaned = clean(text) if self._spaced else joined(clean(text))
                if cleaned:
                    forms["^" * starts + cleaned + "$" * ends] = None
        return tuple(forms)

    def _expanded(self, template: str, where: str) -> list[str]:
        if not any(mark in template for mark in "([|"):
            return [template]
        try:
            parsed = parse_sentence(template)
            return list(islice(sample_expression(parsed.expression), _MOST_FORMS))
        except Exception as error:  # hassil raises whatever its parser meets
            raise CatalogueError(f"{where}: {template!r}: {error}") from error

    def _listed(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        words: dict[str, None] = {}
        for entry in table.get(key) or ():
            text = str(entry)
            found = self._class(text[1:], where) if text.startswith("@") else self._forms([text], f"{where}: {key}")
            words.update(dict.fromkeys(found))
        return tuple(words)

    def _class(self, name: str, where: str) -> tuple[str, ...]:
        if name not in self.classes:
            raise CatalogueError(f"{where}: no class {name!r}")
        return self.classes[name]

    def _rule(self, intent: IntentName, details: Mapping[str, Any], where: str) -> Rule:
        text, _, weight = str(details.get("when", "")).partition("=")
        items = tuple(self._item(word, where) for word in text.split())
        if not items:
            raise CatalogueError(f"{where}: a rule needs `when`")
        positive = sum(not item.absent for item in items)
        return Rule(
            intent=intent,
            items=items,
            weight=float(details.get("weight", weight.strip() or positive)),
            cover=float(details.get("cover", _COVER)),
            slots=tuple((str(slot), str(value)) for slot, value in details.get("slots", {}).items()),
            topic=str(details.get("topic", "")),
            source=text.strip(),
        )

    def _item(self, word: str, where: str) -> Item:
        classes, slots = set(), set()
        for choice in word.removeprefix("!").split("|"):
            if choice.startswith("@"):
                self._class(choice[1:], where)
                classes.add(choice[1:])
            elif choice.startswith("{") and choice.endswith("}"):
                slots.add(choice[1:-1])
            else:
                raise CatalogueError(f"{where}: {choice!r} is neither @class nor {{slot}}")
        return Item(word.startswith("!"), frozenset(classes), frozenset(slots))
