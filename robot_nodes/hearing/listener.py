"""A worker thread per language: blocks of sound in, transcripts out.

A recording (it has an id) of unknown language goes to every language that has a model, and the best result is told
once all have answered. A live stream (no id) has no end: the first language that recognises something of its domain
is told; a pause ends an utterance.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from queue import Queue

import structlog

from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recogniser import Ear, Heard, Recogniser
from robot_nodes.hearing.sources import Block
from robot_nodes.hearing.vocabulary import PoorVocabulary

__all__ = ["Listener", "Sound", "Told"]

_QUEUED = 2000
"""Blocks a language may lag behind before new ones are dropped (200 s of a live microphone)."""

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True)
class Sound:
    """A block of one utterance."""

    block: Block
    utterance_id: str = ""
    """Empty: a live stream."""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a listener tells: `heard` is None where a recording held nothing that could be understood."""

    utterance_id: str
    heard: Heard | None


@dataclass(slots=True)
class _Ballot:
    """Who still has to answer for a recording, and what the others heard."""

    waiting: set[str]
    heard: list[Heard] = field(default_factory=list)


class Listener:
    """All the ears of one robot or kiosk. `close` it in the end."""

    def __init__(
        self,
        shelf: ModelShelf,
        languages: Sequence[str],
        tell: Callable[[Told], None],
        phrases: Callable[[str], Collection[str]] | None = None,
        problem: Callable[[HearingError], None] | None = None,
    ) -> None:
        """:param tell: called from worker threads, one call at a time.
        :param phrases: the domain of a language, as `Ear` takes it (grammar mode); None: open vocabulary.
        :param problem: called, from a worker thread, when a model turns out not to load or to lack words.
        """
        self._shelf = shelf
        self._languages = tuple(languages)
        self._tell = tell
        self._phrases = phrases
        self._problem = problem
        self._workers: dict[str, _Worker] = {}
        self._ballots: dict[str, _Ballot] = {}
        self._lock = threading.Lock()
        self.dropped = 0
        """Blocks that came too fast."""

    def hear(self, sound: Sound, language: str = "") -> None:
        """Queue a block; returns at once.

        :param language: of the speaker; "": unknown.
        :raises MissingModel: no model for it, or for none of this listener's languages.
        """
        ears = self._ears_for(language)
        if sound.utterance_id:
            with self._lock:
                self._ballots.setdefault(sound.utterance_id, _Ballot(set(ears)))
        for name in ears:
            if not self._worker(name).put(sound):
                self.dropped += 1

    def close(self, timeout_s: float = 10.0) -> None:
        """End the threads; what is queued is not heard any more."""
        for worker in self._workers.values():
            worker.stop()
        for worker in self._workers.values():
            worker.thread.join(timeout_s)
        self._workers.clear()
        self._ballots.clear()

    def _ears_for(self, language: str) -> tuple[str, ...]:
        wanted = (language,) if language else self._languages
        ears = self._shelf.available(wanted)
        if not ears:
            raise self._shelf.problem(wanted[0] if wanted else "en") or MissingModel(language)
        return ears

    def _worker(self, language: str) -> _Worker:
        if language not in self._workers:
            self._workers[language] = _Worker(language, self._ear, self._heard, self._failed)
        return self._workers[language]

    def _ear(self, language: str) -> Ear:
        model = self._shelf.model(language)
        ear = Ear(model, language, self._phrases(language) if self._phrases else ())
        if ear.vocabulary.line:
            self._failed(language, PoorVocabulary(ear.vocabulary.line))
        return ear

    def _heard(self, language: str, utterance_id: str, heard: Heard | None, done: bool) -> None:
        """Called by workers. Partial results of several ears would flicker: only a lone ear's are told."""
        with self._lock:
            if not utterance_id:
                if heard and (not heard.partial or len(self._workers) == 1):
                    self._tell(Told("", heard))
                return
            ballot = self._ballots.get(utterance_id)
            if ballot is None:
                return
            if heard and heard.partial:
                if ballot.waiting == {language} and not ballot.heard:
                    self._tell(Told(utterance_id, heard))
                return
            if heard:
                ballot.heard.append(heard)
            if done:
                ballot.waiting.discard(language)
            if not ballot.waiting:
                del self._ballots[utterance_id]
                self._tell(Told(utterance_id, max(ballot.heard, key=lambda it: it.confidence, default=None)))

    def _failed(self, language: str, error: HearingError) -> None:
        _log.error("hearing problem", language=language, error=str(error))
        if self._problem:
            self._problem(error)


class _Worker:
    """The thread of one language."""

    def __init__(
        self,
        language: str,
        ear: Callable[[str], Ear],
        heard: Callable[[str, str, Heard | None, bool], None],
        failed: Callable[[str, HearingError], None],
    ) -> None:
        self._language = language
        self._make_ear = ear
        self._heard = heard
        self._failed = failed
        self._queue: Queue[Sound | None] = Queue()
        self._stopping = threading.Event()
        self._recognisers: dict[str, Recogniser] = {}
        self._ear: Ear | None = None
        self._broken = False
        self.thread = threading.Thread(target=self._run, name=f"vosk-{language}", daemon=True)
        self.thread.start()

    def put(self, sound: Sound) -> bool:
        """Queue a block; False if the worker lags too far behind (the end of a recording always gets in)."""
        if self._queue.qsize() >= _QUEUED and not sound.last:
            return False
        self._queue.put(sound)
        return True

    def stop(self) -> None:
        self._stopping.set()
        self._queue.put(None)

    def _run(self) -> None:
        while True:
            sound = self._queue.get()
            if sound is None or self._stopping.is_set():
                self._recognisers.clear()
                return
            try:
                self._listen(sound)
            except HearingError as error:
                self._give_up(sound, error)
            except Exception as error:  # Vosk raises plain Exception; the thread must outlive one bad utterance
                self._give_up(sound, HearingError(f"recogniser '{self._language}' failed: {error}"))

    def _listen(self, sound: Sound) -> None:
        name = sound.utterance_id
        if self._broken:
            self._heard(self._language, name, None, sound.last)
            return
        if name not in self._recognisers:
            if self._ear is None:
                self._ear = self._make_ear(self._language)
            self._recognisers[name] = self._ear.recogniser(sound.block.rate)
        recogniser = self._recognisers[name]
        for heard in recogniser.accept(sound.block.samples):
            self._heard(self._language, name, heard, False)
        if sound.last:
            del self._recognisers[name]
            self._heard(self._language, name, recogniser.finish(), True)

    def _give_up(self, sound: Sound, error: HearingError) -> None:
        self._recognisers.pop(sound.utterance_id, None)
        if isinstance(error, MissingModel):
            self._broken = True
        self._failed(self._language, error)
        self._heard(self._language, sound.utterance_id, None, sound.last or not self._broken)
