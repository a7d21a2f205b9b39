"""Whether to act on what was heard: a stranger's chatter must not move a robot."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Evidence", "Judge"]

_BIAS, _PER_MARGIN, _PER_LETTER = -7.23, 2.05, 0.88
"""Logistic regression (wrong ones count double, ridge 0.002) on 523 utterances of the Korean model: 386 of the domain's
204 phrases at 5, 10 and 20 dB, 137 of chatter and babble; simulated halls of RT60 0.6 and 1.2 s, 5 m, beamformer with
known direction, synthetic voice jf_alpha (chatter: also jf_gongitsune)."""
_HANDICAP = 5.0
"""Natural log likelihood a phrase owes to the loop for having been chosen freely; it only matters for short ones."""
_SHORTEST_S, _SHORTEST_S_PER_LETTER = 0.25, 0.05
"""Nothing is said faster: shorter sounds are the end of something else."""
_WITHOUT_FILLER = 4.0
"""Taken for the advantage a letter where no filler ran: the margin decides alone."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a decision is made from."""

    margin: float
    """Natural log likelihood between the first phrase and the first of another meaning, at most 3 (the lattice ends
    there)."""
    over_filler: float | None
    """Natural log likelihood between the first phrase and the loop of fillers; None: no filler ran."""
    seconds: float
    """Of the utterance."""
    letters: int
    """Of the first phrase: syllables in Korean and Chinese."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Probability that the first phrase was said, and what is enough to act on it."""

    threshold: float = 0.6
    """0: everything is accepted, and no filler is decoded."""

    def probability(self, evidence: Evidence) -> float:
        """0..1."""
        if evidence.seconds < max(_SHORTEST_S, _SHORTEST_S_PER_LETTER * evidence.letters):
            return 0.0
        over = evidence.over_filler
        advantage = _WITHOUT_FILLER if over is None else (over - _HANDICAP) / max(evidence.letters, 1)
        value = _BIAS + _PER_MARGIN * evidence.margin + _PER_LETTER * advantage
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, value))))

    def accepts(self, evidence: Evidence) -> bool:
        """Act on it."""
        return self.probability(evidence) >= self.threshold
