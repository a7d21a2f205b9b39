"""Asks the robot's own command what it hears: `fairguide hear --offline --json` in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.acoustics.errors import RecordingsError
from sim.acoustics.tally import Answer

FILES_A_PROCESS = 120
"""So many recordings share one start of Python and one load of the models."""
TIMEOUT_S = 1_800.0
MODEL_MISSING = ("model", "FAIRGUIDE_VOSK_MODELS")


class NoModelError(RecordingsError):
    """`hear` has no model of that language."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call: recordings with the same settings. `playback` is what the robot said meanwhile, of a single file."""

    files: tuple[Path, ...]
    language: str
    phrases: Path
    without: str = ""
    playback: Path | None = None

    def command(self) -> list[str]:
        """What is run."""
        words = [sys.executable, "-m", "fairguide", "hear", "--offline", "--json"]
        words += ["--lang", self.language, "--phrases", str(self.phrases)]
        words += ["--without", self.without] if self.without else []
        words += ["--playback", str(self.playback)] if self.playback else []
        return [*words, *map(str, self.files)]


def jobs(
    files: Sequence[tuple[Path, Path | None]], language: str, phrases: Path, without: str = "", share: int = 1
) -> list[Job]:
    """The calls for recordings, each given with its playback reference or None.

    :param share: how many processes there will be at once: each gets some.
    """
    plain = [file for file, playback in files if playback is None]
    each = max(1, min(FILES_A_PROCESS, -(-len(plain) // share)))
    calls = [Job(tuple(plain[k : k + each]), language, phrases, without) for k in range(0, len(plain), each)]
    spoken = [Job((file,), language, phrases, without, playback) for file, playback in files if playback is not None]
    return calls + spoken


def listen(asked: Sequence[Job], workers: int, heard: Callable[[int], None]) -> dict[str, Answer]:
    """Answers by file, from several processes at once; `heard` is told how many more were answered.

    :raises NoModelError: there is no model of a language.
    :raises RecordingsError: the command failed.
    """
    lock = threading.Lock()
    answers: dict[str, Answer] = {}

    def one(job: Job) -> None:
        for line in _lines(job):
            said = json.loads(line)
            with lock:
                answers[said["file"]] = answer(said)
                heard(1)

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(one, job) for job in asked]:
            done.result()
    missing = [str(file) for job in asked for file in job.files if str(file) not in answers]
    if missing:
        raise RecordingsError(f"{missing[0]}: `fairguide hear --offline` gave no answer for it")
    return answers


def answer(said: dict[str, Any]) -> Answer:
    """One line of `hear --offline --json`."""
    accepted = bool(said["accepted"])
    return Answer(
        phrase=said["phrase"],
        accepted=accepted,
        direction_deg=said["direction_deg"],
        result_s=said.get("result_s"),
        cpu_s=float(said["cpu_s"]),
        others=len(said.get("others", ())),
    )


def _lines(job: Job) -> list[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "FAIRGUIDE_LOG_LEVEL": "error"}
    try:
        ran = subprocess.run(job.command(), capture_output=True, text=True, timeout=TIMEOUT_S, env=environment)
    except subprocess.TimeoutExpired:
        raise RecordingsError(f"`fairguide hear --offline` took more than {TIMEOUT_S:.0f} s") from None
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode != 0 and len(lines) < len(job.files):
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if all(word.lower() in last.lower() for word in MODEL_MISSING):
            raise NoModelError(last)
        raise RecordingsError(f"`fairguide hear --offline` ended with {ran.returncode}: {last}")
    return lines
