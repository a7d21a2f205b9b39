"""The whole chain on recordings, as fast as the machine can: `fairguide hear --offline`."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from robot_nodes.hearing.array import MicArray, load_array
from robot_nodes.hearing.assembly import FRAME_S
from robot_nodes.hearing.ears import Ears, Speech, Telling
from robot_nodes.hearing.endpoint import Endpointer, EndpointSettings, Why
from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.frontend import FrontEnd, Stages
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.polyglot import Polyglot
from robot_nodes.hearing.recogniser import Ear
from robot_nodes.hearing.rejection import Judge
from robot_nodes.hearing.sources import RATE, FileSource, Frames

__all__ = ["STAGES", "Offline", "Report", "read_phrases", "stages_without"]

STAGES = ("echo", "direction", "beam", "suppress", "level", "lattice", "reject", "endpoint")
"""What can be left out. Without `endpoint` a whole recording is one utterance."""
_SWITCHES = ("echo", "direction", "beam", "level")
_BLOCK_S = 0.04
_MOST_CHANNELS = 32


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one recording."""

    file: str
    text: str = ""
    phrase: str | None = None
    """Of the domain, the nearest; also where it was rejected."""
    accepted: bool = False
    direction_deg: float | None = None
    """-180..180, counter-clockwise from the array's x axis."""
    snr_db: float | None = None
    rtf: float | None = None
    """Processor time of the chain by the recording's length."""
    cpu_s: float = 0.0
    """Of the whole process, over this recording."""
    latency_s: float | None = None
    """From the end of the voice, as endpointing found it, to the result, had the sound come in real time; None where
    the recording ended first."""
    beam: str = ""
    language: str = ""
    others: tuple[str, ...] = ()
    """Further phrases accepted in the same recording, in their order."""
    begin_s: float | None = None
    speech_end_s: float | None = None
    result_s: float | None = None
    """When the result was there, had the sound come in real time; seconds of the recording."""
    why: str = ""
    """What ended the utterance."""

    def as_json(self) -> dict[str, Any]:
        """Numbers rounded to what they are worth."""
        values = {name: getattr(self, name) for name in self.__slots__}
        digits = {"direction_deg": 1, "snr_db": 1, "rtf": 4}
        return {
            name: round(value, digits.get(name, 3)) if isinstance(value, float) else value
            for name, value in values.items()
        }


def stages_without(names: Iterable[str]) -> tuple[Stages, frozenset[str]]:
    """What remains when the stages named are left out.

    :raises HearingError: there is no such stage.
    """
    left_out = frozenset(name.strip() for name in names if name.strip())
    if unknown := sorted(left_out - set(STAGES)):
        raise HearingError(f"--without {unknown[0]}: no such stage; there are {', '.join(STAGES)}")
    changes: dict[str, Any] = {name: False for name in _SWITCHES if name in left_out}
    if "suppress" in left_out:
        changes["suppress"] = "none"
    return replace(Stages(), **changes), left_out


def read_phrases(path: Path) -> tuple[str, ...]:
    """A domain: one phrase in each line.

    :raises HearingError: there is none, or it is no text.
    """
    try:
        lines = [" ".join(line.split()) for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise HearingError(f"{path}: {getattr(error, 'strerror', None) or 'is no UTF-8 text'}") from error
    phrases = tuple(dict.fromkeys(line for line in lines if line))
    if not phrases:
        raise HearingError(f"{path}: holds no phrase; write one in each line")
    return phrases


@dataclass(slots=True)
class _Clock:
    """When a result is there, had the sound come in real time: work waits for its sound and for the work before it."""

    clock: Callable[[], float] = time.process_time
    """Of the work alone, all threads added up, so that other work on the machine does not count: one core's time."""
    done_s: float = 0.0
    spent_s: float = 0.0

    def run(self, available_s: float, work: Callable[[], list[Telling]]) -> list[Telling]:
        """:param available_s: when the sound that the work is on has been heard."""
        began = self.clock()
        told = work()
        spent = self.clock() - began
        self.spent_s += spent
        self.done_s = max(available_s, self.done_s) + spent
        return told


@dataclass(slots=True)
class Offline:
    """One set of models for any number of recordings."""

    ears: Mapping[str, Ear]
    array: Path | None = None
    stages: Stages = field(default_factory=Stages)
    endpoint: bool = True
    settings: EndpointSettings = field(default_factory=lambda: EndpointSettings(frame_s=FRAME_S))

    @classmethod
    def load(
        cls,
        shelf: ModelShelf,
        languages: Sequence[str],
        phrases: Callable[[str], Collection[str]],
        *,
        array: Path | None = None,
        without: Iterable[str] = (),
    ) -> Offline:
        """:raises HearingError: no model for a language, no such stage, or a wrong array file."""
        stages, left_out = stages_without(without)
        if array is not None:
            load_array(array, _MOST_CHANNELS)
        options: dict[str, Any] = {"judge": Judge(threshold=0.0)} if "reject" in left_out else {}
        if "lattice" in left_out:
            options["alternatives"] = 1
        ears = {name: Ear(shelf.model(name), name, phrases(name), **options) for name in languages}
        return cls(ears, array, stages, "endpoint" not in left_out)

    def report(self, path: Path, playback: Path | None = None) -> Report:
        """Run the chain on one recording.

        :param playback: what the robot's loudspeaker played meanwhile.
        :raises HearingError: the recording cannot be used.
        """
        source = FileSource(path, _BLOCK_S)
        try:
            array = load_array(self.array, source.channels)
            reference = FileSource(playback, _BLOCK_S) if playback is not None else None
            return self._run(path, source, array, reference)
        finally:
            source.close()

    def _run(self, path: Path, source: FileSource, array: MicArray, reference: FileSource | None) -> Report:
        front = FrontEnd(array, self.stages)
        polyglot = Polyglot(self.ears)
        polyglot.warm_up()
        ears = Ears(front, polyglot, Endpointer(self.settings, open=self.endpoint))
        clock, cpu = _Clock(), time.process_time()
        speeches: list[tuple[Speech, float | None]] = []
        beam = ""
        try:
            if not self.endpoint:
                ears.press(True)
            heard_s = 0.0
            for block, played in _together(source, reference):
                heard_s += len(block) / RATE
                told = clock.run(heard_s, lambda block=block, played=played: ears.hear(block, played))  # type: ignore[misc]
                speeches += [(it, clock.done_s) for it in told if isinstance(it, Speech) and not it.partial]
                beam = str(ears.last.beam) if ears.last is not None else beam
            told = clock.run(heard_s, ears.close)
            speeches += [(it, None) for it in told if isinstance(it, Speech) and not it.partial]
        finally:
            polyglot.close()
        cpu_s = time.process_time() - cpu
        report = _chosen(str(path), speeches)
        return replace(report, rtf=clock.spent_s / source.duration_s, cpu_s=cpu_s, beam=beam)


def _together(source: FileSource, reference: FileSource | None) -> Iterator[tuple[Frames, Any]]:
    """Blocks of the recording, each with as much of what was played meanwhile; silence once that is over."""
    played: Frames = np.zeros((0, 1), np.float32)
    while True:
        try:
            block = source.read()
        except EOFError:
            return
        if block is None:
            continue
        if reference is None:
            yield block, None
            continue
        while len(played) < len(block):
            try:
                more = reference.read()
            except EOFError:
                more = np.zeros((len(block), reference.channels), np.float32)
            if more is not None:
                played = np.concatenate([played, more.mean(axis=1, keepdims=True)])
        yield block, played[: len(block), 0]
        played = played[len(block) :]


def _chosen(file: str, speeches: Sequence[tuple[Speech, float | None]]) -> Report:
    """The first accepted utterance, which the robot would act on; where there is none, the longest."""
    accepted = [(speech, at) for speech, at in speeches if speech.heard is not None]
    some = accepted or sorted(speeches, key=lambda it: it[0].begin_s - it[0].end_s)
    if not some:
        return Report(file)
    speech, result_s = some[0]
    result = speech.results[0] if speech.results else None
    verdict = result.verdict if result else None
    ended = speech.why not in (Why.RELEASED, Why.CLOSED)
    direction = speech.direction
    return Report(
        file=file,
        text=verdict.text if verdict else "",
        phrase=speech.heard.text if speech.heard else (verdict.phrase if verdict else None),
        accepted=speech.heard is not None,
        direction_deg=None if direction is None else math.degrees(math.remainder(direction, math.tau)),
        snr_db=speech.snr_db,
        latency_s=result_s - speech.speech_end_s if ended and result_s is not None else None,
        language=result.language if result else "",
        others=tuple(other.heard.text for other, _ in accepted[1:] if other.heard is not None),
        begin_s=speech.begin_s,
        speech_end_s=speech.speech_end_s,
        result_s=result_s,
        why=str(speech.why or ""),
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What `fairguide hear --offline` was asked for."""

    files: tuple[Path, ...]
    lang: str = ""
    """Languages, comma-separated; empty: all that have a model."""
    array: Path | None = None
    phrases: Path | None = None
    venue: str = "hall"
    without: str = ""
    playback: Path | None = None
    as_json: bool = False


def hear_offline(request: Request, out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Run it: a report for each recording on `out`, a line for each that could not be used on `err`.

    :returns: the exit status: 1 if any recording could not be used.
    :raises HearingError: nothing could be run at all.
    """
    shelf = ModelShelf()
    wanted = tuple(part.strip() for part in request.lang.split(",") if part.strip())
    languages = wanted or shelf.available(("zh", "en", "ko", "ja"))
    if not languages:
        raise shelf.problem("en") or MissingModel("en")
    if request.phrases is not None and len(languages) > 1:
        raise HearingError("--phrases holds sentences of one language: say which, with --lang")
    offline = Offline.load(shelf, languages, _domain(request), array=request.array, without=request.without.split(","))
    problems = 0
    for file in request.files:
        try:
            report = offline.report(file, request.playback)
        except HearingError as error:
            problems += 1
            print(f"error: {' '.join(str(error).split())}", file=err, flush=True)
            continue
        print(_json(report) if request.as_json else _line(report), file=out, flush=True)
    return 1 if problems else 0


def _domain(request: Request) -> Callable[[str], Collection[str]]:
    if request.phrases is not None:
        listed = read_phrases(request.phrases)
        return lambda language: listed
    from maps.venue import load_venue
    from robot_nodes.language.domain import domain_meanings

    venue = load_venue(request.venue)
    return lambda language: domain_meanings(venue, language)


def _json(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False, allow_nan=False)


def _line(report: Report) -> str:
    direction = "" if report.direction_deg is None else f"  {report.direction_deg:+.0f} deg"
    snr = "" if report.snr_db is None else f"  {report.snr_db:.0f} dB"
    return f"{report.file}: {report.phrase if report.accepted else '(nothing understood)'}{direction}{snr}"
