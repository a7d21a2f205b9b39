"""What tells a name from others: "finance" of "finance hall", not the hall."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence

from robot_nodes.language.names import SpokenName
from robot_nodes.language.sounds import Sound

__all__ = ["as_sounds", "distinctive"]

_COMMON = 5
"""A beginning or an end that so many things' names have tells none of them."""
_LONGEST_COMMON, _SHORTEST_STEM = 12, 2
"""Letters of such a beginning or end at most, and of what must be left."""
_SAME_NEXT = 0.7
"""Share of those that have it who also share the next letter, from which it is but a piece of a word."""


def distinctive(names: Sequence[SpokenName]) -> list[tuple[int, int]]:
    """Of every name, the letters that tell it from others: without a beginning and an end that many things' names
    have. Exhibitors' names tell themselves by the whole."""
    begins: dict[str, set[str]] = defaultdict(set)
    ends: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if name.slot != "exhibitor":
            for length in range(1, min(_LONGEST_COMMON, len(name.text) - 1) + 1):
                begins[name.text[:length]].add(name.value)
                ends[name.text[-length:]].add(name.value)
    heads = _whole(begins)
    tails = {ending for ending, holding in ends.items() if len(holding) >= _COMMON}
    return [_part(name, heads, tails) for name in names]


def _whole(shared: Mapping[str, set[str]]) -> set[str]:
    """Those of the beginnings many things share that are no mere pieces: "sport" of "sports", "スポ"."""
    most: dict[str, int] = defaultdict(int)
    for text, holding in shared.items():
        most[text[:-1]] = max(most[text[:-1]], len(holding))
    return {
        text for text, holding in shared.items() if len(holding) >= _COMMON and most[text] <= _SAME_NEXT * len(holding)
    }


def _part(name: SpokenName, begins: set[str], ends: set[str]) -> tuple[int, int]:
    text, length = name.text, len(name.text)
    if name.slot == "exhibitor":
        return 0, length
    lengths = range(min(_LONGEST_COMMON, length - _SHORTEST_STEM), 0, -1)
    end = next((length - it for it in lengths if text[-it:] in ends), length)
    first = next((it for it in lengths if it + _SHORTEST_STEM <= end and text[:it] in begins), 0)
    return first, end


def as_sounds(heard: Sound, part: tuple[int, int]) -> tuple[int, int]:
    """`part`, letters of a name, as sound symbols."""
    return bisect_left(heard.at, part[0]), bisect_left(heard.at, part[1])
