"""One utterance through Vosk."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from robot_nodes.hearing.errors import MissingModel
from robot_nodes.hearing.fillers import FILLERS
from robot_nodes.hearing.grammar import Cutter, PhraseBook
from robot_nodes.hearing.loaded import Domain, SpeechModel
from robot_nodes.hearing.matching import WholePhrases, margin, posteriors
from robot_nodes.hearing.rejection import Evidence, Judge
from robot_nodes.hearing.vocabulary import VocabularyReport, check_vocabulary

__all__ = ["Ear", "Heard", "Recogniser", "Verdict"]

_ALTERNATIVES = 30
_TOLD = 4
"""Alternatives passed on with a transcript."""

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was recognised, so far (`partial`) or in the end."""

    text: str
    language: str
    confidence: float = 0.0
    """0..1; 0 for partial results. Of several languages' ears the surest is believed."""
    alternatives: tuple[str, ...] = ()
    scores: tuple[float, ...] = field(default=())
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an utterance, also of one that is not acted on."""

    text: str
    """The words the recogniser gave."""
    phrase: str | None
    """The phrase of the domain nearest to them; None: none is near, or there is no domain."""
    accepted: bool
    score: float
    """Probability (0..1) that `phrase` was said."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """Further phrases and their scores, best first."""
    evidence: Evidence | None = None
    """What the decision was made from."""


class Ear:
    """A model and the phrases expected; makes recognisers. Threads may share it."""

    def __init__(
        self,
        model: Any,
        language: str,
        phrases: Collection[str] | Mapping[str, Hashable] = (),
        *,
        judge: Judge | None = None,
        alternatives: int = _ALTERNATIVES,
    ) -> None:
        """:param model: of `ModelShelf.model`.
        :param phrases: the domain (real-time factor about 0.1); none: open vocabulary (0.5). A mapping tells what each
            phrase asks for: phrases of one meaning do not make each other doubtful.
        :param judge: decides what is rejected.
        :param alternatives: the recogniser's best results looked at; 1: only the words it likes best, mixed from all
            phrases as Vosk's own grammar mixes them, and the phrase nearest to them.
        :raises MissingModel: the model cannot be read, or is of another language.
        """
        self.language = language
        self.speech: SpeechModel = model
        meanings = phrases if isinstance(phrases, Mapping) else {}
        self.meaning: Callable[[str], Hashable] = lambda phrase: meanings.get(phrase, phrase)
        phrases = tuple(phrases)
        self.judge = judge or Judge()
        self.alternatives = alternatives
        self.book: PhraseBook | None = None
        self.whole: WholePhrases | None = None
        self.grammar = ""
        self.filler = ""
        self.vocabulary = VocabularyReport(language, len(phrases))
        fillers = FILLERS.get(language, ()) if self.judge.threshold > 0.0 else ()
        domain = model.domain(phrases, fillers) if phrases and alternatives > 1 else None
        self.model = domain.model if domain else model.open()
        if domain:
            self._whole_phrases(domain, phrases)
            self.filler = json.dumps(domain.extra, ensure_ascii=False) if domain.extra else ""
        elif phrases:
            self._mixtures(phrases)
        if self.vocabulary.wrong_language:
            raise MissingModel(language, self.vocabulary.line)
        if self.vocabulary.line:
            _log.warning(self.vocabulary.line)

    def recogniser(self, rate: int) -> Recogniser:
        """A recogniser for one utterance, or one stream of them, at `rate` samples per second."""
        return Recogniser(self, rate)

    def _whole_phrases(self, domain: Domain, phrases: tuple[str, ...]) -> None:
        sayable = self.speech.sayable({word for phrase in domain.failed for word in phrase.split()})
        self.vocabulary = check_vocabulary(self.language, phrases, domain.failed, sayable.__contains__)
        failed = frozenset(domain.failed)
        self.whole = WholePhrases(phrase for phrase in phrases if phrase not in failed)

    def _mixtures(self, phrases: tuple[str, ...]) -> None:
        """The model's graph cannot be replaced: Vosk's own grammar, or none, and the nearest phrase."""
        cutter = Cutter(lambda unit: int(self.model.vosk_model_find_word(unit)) >= 0)
        cut = {phrase: units for phrase in phrases if (units := cutter.phrase(phrase))}
        failed = tuple(phrase for phrase in phrases if phrase not in cut)
        self.vocabulary = check_vocabulary(self.language, phrases, failed, lambda word: cutter.phrase(word) is not None)
        self.book = PhraseBook(cut, self.language)
        self.grammar = json.dumps(sorted(set(cut.values())), ensure_ascii=False) if cut else ""


class Recogniser:
    """Sound in, `Heard` out. Not for two threads at once."""

    def __init__(self, ear: Ear, rate: int) -> None:
        self._ear = ear
        self._rate = rate
        self._partial = ""
        self._samples = 0
        self._filler_score = 0.0
        self._verdict: Verdict | None = None
        self._make()

    @property
    def complete(self) -> bool:
        """What is heard so far is a whole phrase of the domain, and no longer phrase begins with it."""
        whole = self._ear.whole
        return bool(whole and self._partial and whole.complete(self._partial))

    @property
    def verdict(self) -> Verdict | None:
        """On the last utterance that ended; None where not a word was heard."""
        return self._verdict

    def reset(self) -> None:
        """Forget everything: the next sound is another utterance, maybe of another voice."""
        self._make()

    def accept(self, samples: npt.NDArray[np.int16]) -> Iterator[Heard]:
        """Listen to more sound.

        :param samples: mono, shape (n,).
        :returns: what became known by it: a changed partial result, or the result of an utterance that a pause ended.
        """
        data = np.ascontiguousarray(samples, dtype=np.int16).tobytes()
        self._samples += len(samples)
        if self._filler and self._filler.AcceptWaveform(data):
            self._filler_score += _best(self._filler.Result())
        if self._vosk.AcceptWaveform(data):
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
        self._partial = ""
        return self._result(self._vosk.FinalResult())

    def _make(self) -> None:
        import vosk

        ear = self._ear
        grammar = (ear.grammar,) if ear.grammar else ()
        self._vosk = vosk.KaldiRecognizer(ear.model, float(self._rate), *grammar)
        self._vosk.SetMaxAlternatives(ear.alternatives)
        self._filler: Any = None
        if ear.filler:
            self._filler = vosk.KaldiRecognizer(ear.model, float(self._rate), ear.filler)
            self._filler.SetMaxAlternatives(1)
        self._partial = ""
        self._samples = 0
        self._filler_score = 0.0
        self._verdict = None

    def _result(self, answer: str) -> Heard | None:
        """The end of an utterance, or of the part before a pause."""
        filler = self._filler_score + (_best(self._filler.FinalResult()) if self._filler else 0.0)
        seconds = max(self._samples / self._rate, 0.1)
        self._samples, self._filler_score = 0, 0.0
        said = [(str(it["text"]), float(it["confidence"])) for it in json.loads(answer).get("alternatives", [])]
        said = [(text, score) for text, score in said if text]
        if not said:
            return None
        if self._ear.whole:
            return self._judged(said, self._ear.whole, filler, seconds)
        return self._nearest([text for text, _ in said])

    def _judged(
        self, said: Sequence[tuple[str, float]], whole: WholePhrases, filler: float, seconds: float
    ) -> Heard | None:
        """The likeliest phrase, if it may be believed."""
        found = whole.hypotheses(said)
        if not found:
            self._verdict = Verdict(said[0][0], None, False, 0.0)
            return None
        over = found[0].score - filler if self._filler else None
        letters = sum(not letter.isspace() for letter in found[0].phrase)
        evidence = Evidence(margin(found, self._ear.meaning), over, seconds, letters)
        score = self._ear.judge.probability(evidence)
        shares = posteriors(found)
        others = tuple((it.phrase, round(score * share, 3)) for it, share in zip(found[1:], shares[1:], strict=True))
        accepted = self._ear.judge.accepts(evidence)
        self._verdict = Verdict(said[0][0], found[0].phrase, accepted, round(score, 3), others[:_TOLD], evidence)
        if not accepted:
            _log.info("not believed, ignored", language=self._ear.language, heard=said[0][0], score=round(score, 2))
            return None
        return self._heard(self._verdict)

    def _nearest(self, said: Sequence[str]) -> Heard | None:
        ear = self._ear
        if ear.book is None:
            others = tuple((text, 1.0 / (rank + 2)) for rank, text in enumerate(said[1 : 1 + _TOLD]))
            self._verdict = Verdict(said[0], None, True, 0.5, others)
            return self._heard(self._verdict)
        found = ear.book.find(said)
        if not found:
            _log.info("not of this domain, ignored", language=ear.language, heard=said[0])
            self._verdict = Verdict(said[0], None, False, 0.0)
            return None
        others = tuple((phrase.text, round(phrase.score, 3)) for phrase in found[1 : 1 + _TOLD])
        self._verdict = Verdict(said[0], found[0].text, True, round(found[0].score, 3), others)
        return self._heard(self._verdict)

    def _heard(self, verdict: Verdict) -> Heard:
        return Heard(
            text=verdict.phrase or verdict.text,
            language=self._ear.language,
            confidence=verdict.score,
            alternatives=tuple(text for text, _ in verdict.alternatives),
            scores=tuple(score for _, score in verdict.alternatives),
        )


def _best(answer: str) -> float:
    """Log likelihood of the first alternative; 0 where there is none (silence)."""
    alternatives = json.loads(answer).get("alternatives", [])
    return float(alternatives[0]["confidence"]) if alternatives else 0.0
