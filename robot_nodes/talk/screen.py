"""What `say` and `hear` show, and when the conversation is over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from robot_nodes.speaking.ssml import plain

ENDED_BADLY = 1
ANSWERED_BY = frozenset({"inform", "clarify", "greet", "goodbye", "stopped", "resumed", "help_called"})
"""Acts that complete a plain answer."""
REFUSALS = frozenset({"sorry"})


class Screen:
    """Prints what concerns one utterance; `over` is the exit status as soon as there is one."""

    def __init__(self, serial: str, *, wait: bool, console: Console | None = None) -> None:
        self.over: int | None = None
        self._wait = wait
        self._console = console or Console(highlight=False)
        self._serial = serial
        self._travelling = False
        self._state = ""
        self._total_m = math.nan
        self._progress: Progress | None = None
        self._bar: TaskID | None = None
        self._partial = ""
        self._speech = ("", "")
        """What it says aloud, and how that goes."""

    @property
    def speaking(self) -> bool:
        """Whether it is still saying aloud what it answered."""
        return self._speech[1] == "speaking"

    def heard(
        self,
        text: str,
        language: str,
        source: str,
        partial: bool,
        *,
        direction: float = math.nan,
        snr_db: float = math.nan,
        alternatives: Sequence[str] = (),
    ) -> None:
        """A transcript; `direction` in radians, counter-clockwise from ahead, NaN where unknown, as `snr_db`."""
        if partial:
            if text != self._partial:
                self._line("hearing", f"[dim]{escape(text)}[/dim]")
            self._partial = text
            return
        about = [language, source]
        if source != "typed":
            about += [f"from {_side(direction)}"] if math.isfinite(direction) else []
            about += [f"{snr_db:.0f} dB above the noise"] if math.isfinite(snr_db) else []
        self._line("heard", f"{escape(text)} [dim]({escape(', '.join(filter(None, about)))})[/dim]")
        if alternatives:
            self._line("or", f"[dim]{escape(' | '.join(alternatives[:3]))}[/dim]")
        if not text:
            self._finish(ENDED_BADLY)

    def understood(
        self, name: str, slots: Mapping[str, str], confidence: float, *, target: str = "", lead: bool = False
    ) -> None:
        """What it means; `target` is the place that answers it."""
        told = " ".join(f"{key}={value}" for key, value in slots.items())
        if target and target not in slots.values():
            told = f"{told} -> {target}".strip()
        way = ", wishes to be led" if lead and name != "guide_to" else ""
        self._line("understood", f"[bold]{name}[/bold] {escape(told)} [dim]({confidence:.2f}{way})[/dim]")

    def spoke(self, act: str, state: str, sentences: str, sentence: str) -> None:
        """How saying it aloud goes: `state` of robot_nodes.speaking, `sentences` as "2/3", where it is or ended."""
        known, self._speech = self._speech, (act, state)
        if state == "speaking" or known == self._speech:
            return
        done, _, of = sentences.partition("/")
        if state == "spoken":
            self._line("spoken", f"[dim]aloud, {done} of {of} sentences[/dim]")
        else:
            why = {"barge_in": "somebody spoke", "cut": "something more urgent came"}.get(state, "it could not be said")
            self._line("spoken", f"{done} of {of} sentences, then {why}: [dim]{escape(sentence)}[/dim]")

    def said(self, act: str, text: str) -> None:
        """The answer; its marks are not shown."""
        self._line("says", escape(plain(text)))
        if act in REFUSALS:
            self._finish(ENDED_BADLY)
        elif act in ANSWERED_BY and not self._travelling:
            self._finish(0)
        elif act == "confirm":
            self._travelling = True
            if not self._wait:
                self._finish(0)

    def status(self, state: str, place: str, remaining_m: float, reason: str) -> None:
        """The journey this utterance began."""
        if state not in ("idle", "requesting"):
            self._travelling = True
        if state != self._state:
            self._state = state
            self._line(state.replace("_", " "), escape(place))
        self._show_way(state, place, remaining_m)
        if state == "arrived":
            self._finish(0)
        elif state == "idle" and reason:
            self._line("ended", escape(reason))
            self._finish(ENDED_BADLY)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _show_way(self, state: str, place: str, remaining_m: float) -> None:
        if math.isnan(remaining_m) or not self._wait:
            return
        if math.isnan(self._total_m) or remaining_m > self._total_m:
            self._total_m = remaining_m
        if not self._console.is_terminal:
            return
        if self._progress is None:
            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
            self._progress = Progress(*columns, console=self._console)
            self._progress.start()
            self._bar = self._progress.add_task(place, total=max(self._total_m, 0.1), left="")
        if self._bar is not None:
            done = self._total_m - remaining_m
            self._progress.update(
                self._bar, total=max(self._total_m, 0.1), completed=done, left=f"{remaining_m:.0f} m to go, {state}"
            )

    def _line(self, what: str, text: str) -> None:
        self._console.print(f"[cyan]{what:>12}[/cyan]  {text}")

    def _finish(self, status: int) -> None:
        if self.over is None:
            self.over = status


def _side(direction: float) -> str:
    """Radians, counter-clockwise from ahead, in words."""
    degrees = round(math.degrees(direction))
    if abs(degrees) <= 10:
        return "ahead"
    return f"{abs(degrees)} degrees to the {'left' if degrees > 0 else 'right'}"
