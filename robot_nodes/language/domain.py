"""The sentences a recogniser should expect in a venue: the catalogue with the venue's names in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, zip_longest

from maps.venue import Venue
from robot_nodes.language.korean import fit_particle
from robot_nodes.language.names import SlotName, SpokenName, spoken_names
from robot_nodes.language.templates import Meaning, Skeleton, templates

__all__ = ["LIMIT", "Sense", "domain_meanings", "domain_phrases"]

LIMIT = 20_000
"""Sentences. A recogniser's graph of them is built in about 2 s; all that the catalogues can say of `ciftis2020` would
be over 150,000, take 15 s and 700 MB, and add variants of politeness, no meaning."""
_FEW = 3
"""Sentences around a name of which there are hundreds (exhibitors, sessions): more would leave no room for others."""
_MANY_NAMES = 200
_FORMS = 5
"""Ways of saying one thing, the commonest first."""

Sense = tuple[Meaning, str]
"""What a sentence says, and the id it says it of ("" for none)."""


def domain_phrases(venue: Venue, language: str, limit: int = LIMIT) -> tuple[str, ...]:
    """What visitors may say in `language`, words parted by spaces, each once; at most `limit`."""
    return tuple(domain_meanings(venue, language, limit))


def domain_meanings(venue: Venue, language: str, limit: int = LIMIT) -> dict[str, Sense]:
    """What visitors may say, and what each sentence means: two of one meaning need not be told apart.

    Sentences without a name come first, so that a limit never costs "stop"; then a few around each of the many
    exhibitors; then every template in turn gives one sentence around all names, so that a limit costs variants and
    neither intents nor places.
    """
    skeletons = templates(language).skeletons
    names = _names(venue, language)
    found: dict[str, Sense] = {}
    for skeleton in _in_turn(it for it in skeletons if it.slot is None):
        found.setdefault(skeleton.text, (skeleton.meaning, ""))
    named = list(_in_turn(it for it in skeletons if it.slot is not None))
    for text, sense in chain(_around_many(named, names, language), _around_few(named, names, language)):
        found.setdefault(text, sense)
        if len(found) >= limit:
            break
    return dict(islice(found.items(), limit))


def _names(venue: Venue, language: str) -> dict[SlotName, list[SpokenName]]:
    """The names people commonly say, by slot."""
    names: dict[SlotName, list[SpokenName]] = {}
    forms: Counter[tuple[SlotName, str]] = Counter()
    for name in spoken_names(venue, folded=False):
        thing = name.slot, name.value
        common = name.language == language and name.rank < 2 and not name.weak and not name.booth
        if common and forms[thing] < _FORMS:
            forms[thing] += 1
            names.setdefault(name.slot, []).append(name)
    return names


def _in_turn(skeletons: Iterable[Skeleton]) -> Iterator[Skeleton]:
    """One of each template, then the second of each, ...

    The order within a template is the catalogue's.
    """
    by_template: dict[int, list[Skeleton]] = {}
    for skeleton in skeletons:
        by_template.setdefault(skeleton.template, []).append(skeleton)
    for turn in zip_longest(*by_template.values()):
        yield from (skeleton for skeleton in turn if skeleton is not None)


def _around_many(
    skeletons: Iterable[Skeleton], names: Mapping[SlotName, list[SpokenName]], language: str
) -> Iterator[tuple[str, Sense]]:
    """A few sentences around the commonest form of each name of which there are many."""
    used: Counter[SlotName] = Counter()
    for skeleton in skeletons:
        sharing = names.get(skeleton.slot, []) if skeleton.slot else []
        if skeleton.slot and len(sharing) > _MANY_NAMES and used[skeleton.slot] < _FEW:
            used[skeleton.slot] += 1
            commonest = {name.value: name for name in reversed(sharing)}
            yield from _filled(skeleton, commonest.values(), language)


def _around_few(
    skeletons: Iterable[Skeleton], names: Mapping[SlotName, list[SpokenName]], language: str
) -> Iterator[tuple[str, Sense]]:
    for skeleton in skeletons:
        sharing = names.get(skeleton.slot, []) if skeleton.slot else []
        if len(sharing) <= _MANY_NAMES:
            yield from _filled(skeleton, sharing, language)


def _filled(skeleton: Skeleton, names: Iterable[SpokenName], language: str) -> Iterator[tuple[str, Sense]]:
    """The sentence around each name."""
    if skeleton.slot is None:
        return
    before, _, after = skeleton.text.partition(templates(language).tokens[skeleton.slot])
    for name in names:
        rest = fit_particle(name.text, after) if language == "ko" else after
        yield " ".join(f"{before}{name.text}{rest}".split()), (skeleton.meaning, name.value)
