"""One thread that speaks one line after the other, sentence by sentence, and can be interrupted at any block."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np

from robot_nodes.speaking.choice import Voices
from robot_nodes.speaking.errors import NoOutput, SpeakingError
from robot_nodes.speaking.lines import Line, LineQueue
from robot_nodes.speaking.loudness import Limiter, Loudness
from robot_nodes.speaking.outputs import Output
from robot_nodes.speaking.sentences import Sentence, sentences
from robot_nodes.speaking.sound import BLOCK, Sound, silence
from robot_nodes.speaking.ssml import read
from robot_nodes.speaking.synthesis import Synthesis

__all__ = ["Line", "Report", "Speaker"]

_BETWEEN_S = 0.18
"""Of silence between two sentences."""
_FIRST = 8
"""Syllables of the first clause, for voices that take their time."""
_GOODBYE_S = 5.0


@dataclass(frozen=True, slots=True)
class Report:
    """How a line goes: told when its first sentence begins, after each sentence, and in the end."""

    line: Line
    sentences: int
    """It has."""
    spoken: int = 0
    """Of them to the end."""
    state: str = "speaking"
    """speaking, spoken, cut (another line), barge_in, failed."""
    text: str = ""
    """The sentence being spoken, or at which it ended."""
    first_s: float = 0.0
    """From its turn (`say`, or the end of the line before) to its first block."""


@dataclass(slots=True)
class _Turn:
    """The line that is being said."""

    line: Line
    began_s: float
    report: Report
    outputs: list[Output]
    why_cut: str = ""


class Speaker:
    """Queue, voices and outputs. `close` it in the end."""

    def __init__(
        self,
        voices: Voices,
        outputs: Sequence[Output],
        problem: Callable[[SpeakingError], None] = lambda error: None,
        *,
        told: Callable[[Report], None] = lambda report: None,
        loudness: Loudness | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """:param problem: told, from the thread, what went wrong; what can be said is said anyway.
        :param told: gets the reports, from the thread.
        """
        self._voices = voices
        self._synthesis = Synthesis(voices)
        self._outputs = tuple(outputs)
        self._problem, self._told, self._clock = problem, told, clock
        self._loudness = loudness or Loudness()
        self._limiter = Limiter()
        self._queue = LineQueue(forgotten=self._forget)
        self._changed = threading.Condition()
        self._cut = ""
        """Why the current line is to end now; "" while it is not."""
        self._closing = False
        self._complained: set[str] = set()
        self.spoken = 0
        self.forgotten = 0
        self._trial = threading.Thread(target=self._voices.try_out, name="speaking-trial", daemon=True)
        self._thread = threading.Thread(target=self._run, name="speaking", daemon=True)
        self._synthesis.warm(voices.by_language)
        self._trial.start()
        self._thread.start()

    @property
    def speaking(self) -> bool:
        """Whether a line is being said."""
        return self._queue.current is not None

    @property
    def loudness(self) -> Loudness:
        """How loud it is."""
        return self._loudness

    def say(self, line: Line) -> None:
        """Queue a line; returns at once. Blank lines are nothing to say."""
        with self._changed:
            if self._closing:
                return
            if self._queue.add(line, self._clock()):
                self._cut = "cut"
            self._changed.notify_all()

    def barge_in(self) -> bool:
        """A visitor speaks: be silent, unless it is about safety. Returns whether a line ends for it."""
        with self._changed:
            cut = self._queue.barge_in()
            if cut:
                self._cut = "barge_in"
                self._changed.notify_all()
            return cut

    def wait_idle(self, timeout_s: float) -> bool:
        """Until nothing is said or waits; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not len(self._queue) and not self.speaking, timeout_s)

    def close(self) -> None:
        """Stop speaking and end the threads."""
        with self._changed:
            self._closing = True
            self._queue.clear()
            self._cut = "cut"
            self._changed.notify_all()
        self._thread.join(_GOODBYE_S)
        self._trial.join(_GOODBYE_S)
        self._synthesis.close()
        for output in self._outputs:
            output.close()

    def _forget(self, line: Line) -> None:
        self.forgotten += 1

    def _run(self) -> None:
        free_s = self._clock()
        while True:
            with self._changed:
                self._queue.current = None
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(len(self._queue)) or self._closing)
                if self._closing:
                    return
                line = self._queue.take(self._clock())
                if line is None:
                    continue
                self._cut = ""
                asked_s = max(self._queue.since_s, free_s)
            try:
                self._say(line, asked_s)
            except Exception as error:  # a fault of ours must not silence the robot for the day
                self._complain(SpeakingError(f"could not say '{line.act}' ({type(error).__name__}: {error})"))
            free_s = self._clock()

    def _say(self, line: Line, asked_s: float) -> None:
        marked = read(line.text, line.language)
        if marked.problem:
            self._complain(SpeakingError(f"mark-up of '{line.act}' read as plain text: {marked.problem}"))
        parts = sentences(marked, first=0 if self._voices.quick_in(line.language) else _FIRST)
        turn = _Turn(line, asked_s, Report(line, len(parts)), [])
        try:
            for output in self._outputs:
                self._try(output, lambda output=output: output.begin(f"{line.act}-{line.language}"), turn)  # type: ignore[misc]
            self._say_sentences(turn, parts)
        finally:
            for output in turn.outputs:
                self._try(output, output.end, None)
            self._end(turn)

    def _say_sentences(self, turn: _Turn, parts: Sequence[Sentence]) -> None:
        ahead: list[Future[Sound]] = [self._synthesis.start(part, self._wake) for part in parts[:1]]
        for number, sentence in enumerate(parts):
            if number + 1 < len(parts):
                ahead.append(self._synthesis.start(parts[number + 1], self._wake))
            sound = self._awaited(ahead.pop(0))
            if self._cut:
                break
            turn.report = replace(turn.report, text=sentence.text)
            if sound is None:
                continue
            last = number + 1 == len(parts)
            if not self._play(turn, sound if last else np.concatenate((sound, silence(_BETWEEN_S)))):
                break
            turn.report = replace(turn.report, spoken=turn.report.spoken + 1)
        self._synthesis.drop(ahead)

    def _awaited(self, future: Future[Sound]) -> Sound | None:
        """The sound; None where there is none, or the line was cut off."""
        with self._changed:
            self._changed.wait_for(lambda: future.done() or bool(self._cut))
        if not future.done() or future.cancelled():
            return None
        error = future.exception()
        if error is not None:
            problem = error if isinstance(error, SpeakingError) else SpeakingError(f"a voice failed: {error!r}")
            self._complain(problem, again=True)
            return None
        return future.result()

    def _play(self, turn: _Turn, sound: Sound) -> bool:
        """Block by block; False when it was cut off."""
        blocks = [sound[start : start + BLOCK] for start in range(0, len(sound), BLOCK)]
        for number, block in enumerate(blocks):
            following = blocks[number + 1] if number + 1 < len(blocks) else block[:0]
            if not turn.report.first_s:
                self._limiter.begin(self._loudness.gain_db, block)
                turn.report = replace(turn.report, first_s=max(self._clock() - turn.began_s, 1e-9))
            if number == 0:
                self._told(turn.report)
            limited = self._limiter.apply(block, following, self._loudness.gain_db)
            cut = bool(self._cut)
            for output in list(turn.outputs):
                faded = limited * np.linspace(1, 0, len(limited), dtype=np.float32) if cut else limited
                self._try(output, lambda output=output, faded=faded: output.write(faded), turn)  # type: ignore[misc]
            if cut or turn.why_cut or not turn.outputs:
                return False
        return True

    def _try(self, output: Output, what: Callable[[], None], turn: _Turn | None) -> None:
        """Do something with an output; one that fails is left out of this line, and without its pace the line ends."""
        try:
            what()
            if turn is not None and output not in turn.outputs:
                turn.outputs.append(output)
        except NoOutput as error:
            self._complain(error, again=True)
            if turn is not None and output in turn.outputs:
                turn.outputs.remove(output)
                turn.why_cut = turn.why_cut or ("failed" if output.paces else "")

    def _end(self, turn: _Turn) -> None:
        report = turn.report
        complete = report.spoken == report.sentences and report.sentences > 0
        state = "spoken" if complete else self._cut or turn.why_cut or ("failed" if report.sentences else "spoken")
        self.spoken += complete
        self._told(replace(report, state=state))

    def _complain(self, error: SpeakingError, again: bool = False) -> None:
        """Tell of a problem; the same one once, unless it matters each time."""
        if again or str(error) not in self._complained:
            self._complained.add(str(error))
            self._problem(error)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
