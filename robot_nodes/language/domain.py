"""The sentences a recogniser should expect in a venue: the catalogue with the venue's names in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from maps.venue import Venue
from robot_nodes.language.korean import fit_particle
from robot_nodes.language.names import SlotName, SpokenName, spoken_names
from robot_nodes.language.templates import Skeleton, templates

__all__ = ["domain_phrases"]

_FEW = 12
"""Sentences around a name of which there are thousands (exhibitors, booths): the recogniser learns the rest from the
other names."""
_MANY_NAMES = 200
_FORMS = 5
"""Ways of saying one thing, the commonest first."""


def domain_phrases(venue: Venue, language: str, limit: int = 100_000) -> tuple[str, ...]:
    """What visitors may say in `language`, words parted by spaces, each once; at most `limit`.

    Sentences without a name come first, so that a limit never costs "stop".
    """
    catalogue = templates(language)
    names: dict[SlotName, list[SpokenName]] = {}
    forms: Counter[tuple[SlotName, str]] = Counter()
    for name in spoken_names(venue):
        thing = name.slot, name.value
        common = name.language == language and name.rank < 2 and not name.weak and not name.booth
        if common and forms[thing] < _FORMS:
            forms[thing] += 1
            names.setdefault(name.slot, []).append(name)
    phrases: dict[str, None] = {}
    used: dict[SlotName, int] = {}
    for skeleton in sorted(catalogue.skeletons, key=lambda it: it.slot is not None):
        for phrase in _phrases_of(skeleton, names, used, language):
            phrases[phrase] = None
        if len(phrases) >= limit:
            break
    return tuple(islice(phrases, limit))


def _phrases_of(
    skeleton: Skeleton, names: dict[SlotName, list[SpokenName]], used: dict[SlotName, int], language: str
) -> Iterator[str]:
    if skeleton.slot is None:
        yield skeleton.text
        return
    sharing = names.get(skeleton.slot, [])
    used[skeleton.slot] = used.get(skeleton.slot, 0) + 1
    if len(sharing) <= _MANY_NAMES or used[skeleton.slot] <= _FEW:
        yield from _filled(skeleton, sharing, templates(language).tokens[skeleton.slot], language)


def _filled(skeleton: Skeleton, names: list[SpokenName], token: str, language: str) -> Iterator[str]:
    before, _, after = skeleton.text.partition(token)
    for name in names:
        rest = fit_particle(name.text, after) if language == "ko" else after
        yield " ".join(f"{before}{name.text}{rest}".split())
