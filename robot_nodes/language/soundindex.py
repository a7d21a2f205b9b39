"""Names of one language by what they sound like: which of them share most of their sounds with a sentence."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robot_nodes.language.names import SpokenName
from robot_nodes.language.sounds import sound
from robot_nodes.language.stems import as_sounds, distinctive

__all__ = ["SoundIndex"]

_GRAM = 3
"""Sound symbols in one entry of the index."""


class SoundIndex:
    """Names filed under every run of three sound symbols, rare runs counting more. Stateless once built."""

    def __init__(self, names: Sequence[SpokenName], language: str) -> None:
        self.names, self.language = names, language
        heard = [sound(name.text, language) for name in names]
        self.keys = [it.key for it in heard]
        """How each name sounds."""
        self.parts = distinctive(names)
        """Of each name, the letters that tell it from others."""
        self.stems = [as_sounds(it, part) for it, part in zip(heard, self.parts, strict=True)]
        """The same as sound symbols."""
        postings: dict[str, list[int]] = defaultdict(list)
        for index, key in enumerate(self.keys):
            for gram in _grams(key):
                postings[gram].append(index)
        count = max(len(names), 1)
        self._idf = {gram: math.log(1 + count / len(holding)) for gram, holding in postings.items()}
        self._postings = {gram: np.array(holding, dtype=np.int32) for gram, holding in postings.items()}
        self._total: NDArray[np.float64] = np.array(
            [sum(self._idf[gram] for gram in _grams(key)) or 1.0 for key in self.keys]
        )

    def shared(self, said: str) -> NDArray[np.float64]:
        """Of every name (n,), the share of its sounds that is in a sentence, 0..1.

        :param said: the sound key of the sentence.
        """
        known = [gram for gram in _grams(said) if gram in self._postings]
        if not known:
            return np.zeros(len(self.names))
        holding = np.concatenate([self._postings[gram] for gram in known])
        weights = np.concatenate([np.full(len(self._postings[gram]), self._idf[gram]) for gram in known])
        return np.bincount(holding, weights, minlength=len(self.names)) / self._total


def _grams(key: str) -> set[str]:
    return {key[index : index + _GRAM] for index in range(len(key) - _GRAM + 1)}
