"""What `say` and `hear` show, and when the conversation is over."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn

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

    def heard(self, text: str, language: str, source: str, partial: bool) -> None:
        if partial:
            self._line("hearing", f"[dim]{escape(text)}[/dim]")
        else:
            self._line("heard", f"{escape(text)} [dim]({language}, {source})[/dim]")
            if not text:
                self._finish(ENDED_BADLY)

    def understood(self, name: str, slots: Mapping[str, str], confidence: float) -> None:
        told = " ".join(f"{key}={value}" for key, value in slots.items())
        self._line("understood", f"[bold]{name}[/bold] {escape(told)} [dim]({confidence:.2f})[/dim]")

    def said(self, act: str, text: str) -> None:
        self._line("says", escape(text))
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
