"""Whether to act on what was heard: a stranger's chatter must not move a robot."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Evidence", "Judge"]

_BIAS, _PER_MARGIN, _PER_LETTER = -5.88, 0.74, 0.59
"""Logistic regression (wrong ones count double, ridge 0.002) on 238 utterances of the Korean model, cut as the chain
cuts them: 120 scenes with one of 204 phrases (voices jf_alpha, jf_gongitsune and the latter lowered; 10 and 5 dB, 5 m,
halls of RT60 0.6 and 1.2 s; of scenes cut into pieces the rest counts as wrong), and 100 scenes of chatter, babble,
music and knocks. On other voices and other chatter it accepts 41 right ones in 76 scenes, 1 wrong one, and 1 of 100
sounds that are no command; one fitted with more cut pieces left out accepted 44, 2 and 5. Letters, seconds a letter and
the advantage as a whole added nothing."""
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
    """Natural log likelihood between the first phrase and the first of another meaning, at most 6 (the lattice ends
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

    threshold: float = 0.5
    """Of 61 utterances of chatter and noise one is believed at 0.5, six at 0.4; 0.6 costs five right phrases of 120.
    0: everything is accepted, and no filler is decoded."""

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
