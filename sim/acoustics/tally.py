"""What the robot made of a set of scenes, counted, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.acoustics.geometry import apart

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Answer:
    """What `fairguide hear --offline` said of one scene."""

    phrase: str | None
    accepted: bool
    direction_deg: float | None
    result_s: float | None
    """When the result was there, seconds of the recording; None where the recording ended before the utterance."""
    cpu_s: float
    others: int = 0
    """Further phrases accepted in the same recording."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What was said in it, from where, and how long it is."""

    phrase: str | None
    azimuth_deg: float | None
    seconds: float
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`, in percent, with the 95 % interval of Wilson."""

    count: int
    n: int

    @property
    def percent(self) -> float | None:
        """None where nothing was counted."""
        return 100.0 * self.count / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Percent."""
        low, high = wilson(self.count, self.n)
        return 100.0 * low, 100.0 * high


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. Times in seconds, directions in degrees."""

    name: str
    right: Share
    wrong: Share
    rejected: Share
    direction_median: float | None
    direction_p90: float | None
    latency_p50: float | None
    latency_p95: float | None
    realtime: float | None


def wilson(count: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion; (0, 1) where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    p = count / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def row(name: str, truths: Sequence[Truth], answers: Sequence[Answer]) -> Row:
    """Right: accepted, and the phrase that was said. Wrong: anything else accepted, also beside it. Rejected: nothing.

    A sound that is no command (a truth without a phrase) is right when nothing is accepted, and never rejected.
    Latency runs from the true end of what was said to the result, where something was accepted; a result that came only
    because the recording ended counts as late as the recording is long.
    """
    n = len(truths)
    pairs = list(zip(truths, answers, strict=True))
    right = sum(accepted_as(t, a) for t, a in pairs)
    wrong = sum(a.accepted and not accepted_as(t, a) for t, a in pairs)
    off = [
        apart(t.azimuth_deg, a.direction_deg)
        for t, a in pairs
        if t.azimuth_deg is not None and a.direction_deg is not None
    ]
    late = [
        (t.seconds if a.result_s is None else a.result_s) - t.end_s
        for t, a in pairs
        if a.accepted and t.end_s is not None
    ]
    seconds = sum(t.seconds for t in truths)
    return Row(
        name=name,
        right=Share(right, n),
        wrong=Share(wrong, n),
        rejected=Share(n - right - wrong, n),
        direction_median=quantile(off, 0.5),
        direction_p90=quantile(off, 0.9),
        latency_p50=quantile(late, 0.5),
        latency_p95=quantile(late, 0.95),
        realtime=sum(a.cpu_s for a in answers) / seconds if seconds else None,
    )


def accepted_as(truth: Truth, answer: Answer) -> bool:
    """Whether the robot did what it should."""
    if truth.phrase is None:
        return not answer.accepted
    return answer.accepted and answer.phrase == truth.phrase and not answer.others


def quantile(values: Sequence[float], share: float) -> float | None:
    """None of nothing."""
    return float(np.quantile(np.asarray(values), share)) if len(values) else None
