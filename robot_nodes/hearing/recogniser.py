"""One utterance through Vosk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from robot_nodes.hearing.grammar import Cutter, PhraseBook

__all__ = ["Ear", "Heard", "Recogniser"]

_ALTERNATIVES = 20
_TOLD = 4
"""Alternatives passed on with a transcript."""

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was recognised, so far (`partial`) or in the end."""

    text: str
    language: str
    confidence: float = 0.0
    """0..1; 0 for partial results."""
    alternatives: tuple[str, ...] = ()
    scores: tuple[float, ...] = field(default=())
    partial: bool = False


class Ear:
    """A loaded model and the phrases expected; makes recognisers. Threads may share it."""

    def __init__(self, model: Any, language: str, phrases: tuple[str, ...] = ()) -> None:
        """:param phrases: the domain (grammar mode, real-time factor about 0.02); none: open vocabulary (0.46)."""
        self.model = model
        self.language = language
        self.book: PhraseBook | None = None
        self.grammar = ""
        if phrases:
            cutter = Cutter(lambda unit: int(model.vosk_model_find_word(unit)) >= 0)
            cut = {phrase: units for phrase in phrases if (units := cutter.phrase(phrase))}
            dropped = len(phrases) - len(cut)
            _log.info("speech grammar", language=language, phrases=len(cut), dropped=dropped)
            self.book = PhraseBook(cut)
            self.grammar = json.dumps(sorted(set(cut.values())), ensure_ascii=False)

    def recogniser(self, rate: int) -> Recogniser:
        """A recogniser for one utterance, or one stream of them, at `rate` samples per second."""
        return Recogniser(self, rate)


class Recogniser:
    """Sound in, `Heard` out. Not for two threads at once."""

    def __init__(self, ear: Ear, rate: int) -> None:
        import vosk

        self._ear = ear
        arguments = (ear.model, float(rate), ear.grammar) if ear.grammar else (ear.model, float(rate))
        self._vosk = vosk.KaldiRecognizer(*arguments)
        self._vosk.SetMaxAlternatives(_ALTERNATIVES)
        self._partial = ""

    def accept(self, samples: npt.NDArray[np.int16]) -> Iterator[Heard]:
        """Listen to more sound.

        :param samples: mono, shape (n,).
        :returns: what became known by it: a changed partial result, or the result of an utterance that a pause ended.
        """
        if self._vosk.AcceptWaveform(np.ascontiguousarray(samples, dtype=np.int16).tobytes()):
            self._partial = ""
            heard = self._result(self._vosk.Result())
            if heard:
                yield heard
            return
        partial = str(json.loads(self._vosk.PartialResult()).get("partial", ""))
        if partial and partial != self._partial:
            self._partial = partial
            yield Heard(text=partial, language=self._ear.language, partial=True)

    def finish(self) -> Heard | None:
        """The utterance is over: its result; None where nothing, or nothing of the domain, was said."""
        return self._result(self._vosk.FinalResult())

    def _result(self, answer: str) -> Heard | None:
        said = [entry["text"] for entry in json.loads(answer).get("alternatives", []) if entry["text"]]
        if not said:
            return None
        if self._ear.book is None:
            others = tuple(said[1 : 1 + _TOLD])
            scores = tuple(1.0 / (rank + 2) for rank in range(len(others)))
            return Heard(text=said[0], language=self._ear.language, confidence=0.5, alternatives=others, scores=scores)
        found = self._ear.book.find(said)
        if not found:
            _log.info("not of this domain, ignored", language=self._ear.language, heard=said[0])
            return None
        others = tuple(phrase.text for phrase in found[1 : 1 + _TOLD])
        return Heard(
            text=found[0].text,
            language=self._ear.language,
            confidence=round(found[0].score, 3),
            alternatives=others,
            scores=tuple(round(phrase.score, 3) for phrase in found[1 : 1 + _TOLD]),
        )
