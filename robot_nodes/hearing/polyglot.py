"""One utterance, listened to in several languages at once; the best verdict decides which it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.endpoint import Cut
from robot_nodes.hearing.sources import RATE

if TYPE_CHECKING:
    from robot_nodes.hearing.recogniser import Ear, Heard, Recogniser, Verdict

__all__ = ["Polyglot", "Result"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Result:
    """What one language made of the utterance; `heard` is None where it is not of the domain."""

    language: str
    heard: Heard | None
    verdict: Verdict | None

    @property
    def rank(self) -> tuple[bool, float]:
        """Accepted before rejected, then by score."""
        return self.heard is not None, self.verdict.score if self.verdict else 0.0


class Polyglot:
    """A recogniser for each language, each fed the same sound; with several languages in threads of its own.

    Vosk decodes without Python's lock, so that a second language costs a core, not time.
    """

    def __init__(self, ears: Mapping[str, Ear]) -> None:
        self._ears = dict(ears)
        self._recognisers: dict[str, Recogniser] = {}
        self._partials: dict[str, str] = {}
        self._early: dict[str, Result] = {}
        self._favourite = next(iter(self._ears), "")
        """The language spoken last: its partial results are told."""
        self._pool = ThreadPoolExecutor(len(self._ears), thread_name_prefix="vosk") if len(self._ears) > 1 else None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._ears)

    def warm_up(self) -> None:
        """Make the recognisers of the next utterance: with a large grammar that takes a tenth of a second."""
        if not self._recognisers:
            self._recognisers = self._each(lambda language: self._ears[language].recogniser(RATE))
            self._partials.clear()

    @property
    def favourite(self) -> str:
        """The language whose partial results are worth telling."""
        return self._favourite

    def accept(self, samples: npt.NDArray[np.int16]) -> tuple[Cut, dict[str, Heard]]:
        """More of the utterance.

        :param samples: mono at 16 kHz, shape (n,).
        :returns: what that means for its end, and the new partial results: language -> result.
        """
        self.warm_up()
        heard = self._each(lambda language: list(self._recognisers[language].accept(samples)))
        partials = {language: them[-1] for language, them in heard.items() if them and them[-1].partial}
        changed = {name: it for name, it in partials.items() if self._partials.get(name) != it.text}
        self._partials |= {language: it.text for language, it in changed.items()}
        self._keep(heard)
        complete = [
            language
            for language, recogniser in self._recognisers.items()
            if recogniser.complete or language in self._early
        ]
        if complete and self._favourite not in complete:
            self._favourite = complete[0]
        return Cut(bool(complete), bool(changed)), changed

    def finish(self) -> list[Result]:
        """The utterance is over: results, the best first."""
        results = self._each(self._result)
        self._recognisers = {}
        self._early = {}
        ordered = sorted((results[language] for language in self._ears), key=lambda it: it.rank, reverse=True)
        if ordered and ordered[0].heard is not None:
            self._favourite = ordered[0].language
        return ordered

    def drop(self) -> None:
        """The utterance was none: forget it."""
        self._recognisers = {}
        self._early = {}

    def close(self) -> None:
        """End the threads."""
        self._recognisers = {}
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _keep(self, heard: Mapping[str, list[Heard]]) -> None:
        """Vosk ends an utterance of its own accord at a pause; what it understood by then is the result."""
        for language, them in heard.items():
            for one in them:
                if not one.partial and language not in self._early:
                    self._early[language] = Result(language, one, self._recognisers[language].verdict)

    def _result(self, language: str) -> Result:
        if language in self._early:
            return self._early[language]
        recogniser = self._recognisers[language]
        before = recogniser.verdict
        heard = recogniser.finish()
        return Result(language, heard, recogniser.verdict or before)

    def _each(self, work: Callable[[str], _T]) -> dict[str, _T]:
        if self._pool is None:
            return {language: work(language) for language in self._ears}
        return dict(zip(self._ears, self._pool.map(work, self._ears), strict=True))
