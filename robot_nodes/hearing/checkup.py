"""`fairguide doctor hearing`: levels, direction, voice and what is heard, live in a terminal."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from robot_nodes.hearing.assembly import EarSettings, Phrases, device_channels, make_ears, open_source
from robot_nodes.hearing.ears import Activity, Speech, Telling
from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.live import LiveEars, Status
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.sources import RATE, FileSource, Frames, Source, Trouble

__all__ = ["Checkup", "Dashboard", "Paced", "compass", "listen_and_show"]

_LANGUAGES = ("zh", "en", "ko", "ja")
_LINES = 8
_BAR = 30
_LOWEST_DBFS = -70.0
_SHOWN_S = 0.1
_RADIUS = 4


@dataclass(frozen=True, slots=True)
class Checkup:
    """What `fairguide doctor hearing` was asked for."""

    device: str = "default"
    file: Path | None = None
    array: Path | None = None
    languages: tuple[str, ...] = ()
    venue: str = "hall"
    seconds: float = 0.0


class Paced:
    """A recording that comes as fast as it was spoken."""

    def __init__(self, source: FileSource, clock: Callable[[], float] = time.monotonic) -> None:
        self.channels = source.channels
        self.trouble: Trouble = source.trouble
        self._source = source
        self._clock = clock
        self._began: float | None = None
        self._given_s = 0.0

    def read(self, timeout_s: float) -> Frames | None:
        """See `Source`."""
        now = self._clock()
        self._began = now if self._began is None else self._began
        early_s = self._given_s - (now - self._began)
        if early_s > timeout_s:
            time.sleep(timeout_s)
            return None
        time.sleep(max(0.0, early_s))
        block = self._source.read()
        self._given_s += len(block) / RATE if block is not None else 0.0
        return block

    def close(self) -> None:
        """Close the file."""
        self._source.close()


@dataclass(slots=True)
class Dashboard:
    """What is shown; written by the listening thread, drawn by another."""

    title: str
    activity: Activity | None = None
    partial: str = ""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))
    loading: bool = True

    def take(self, telling: Telling) -> None:
        """Something was heard."""
        self.loading = False
        if isinstance(telling, Activity):
            self.activity = telling
        elif telling.partial:
            self.partial = telling.heard.text if telling.heard else ""
        else:
            self.partial = ""
            self.lines.append(_line(telling))

    def draw(self, status: Status, trouble: Trouble) -> RenderableType:
        """The whole screen."""
        top = Table.grid(expand=True, padding=(0, 2))
        top.add_column(ratio=1)
        top.add_column(width=2 * (2 * _RADIUS + 1) + 4)
        direction = self.activity.direction if self.activity else None
        voice = self.activity is not None and self.activity.voice
        top.add_row(
            Panel(self._levels(status), title="channels"), Panel(compass(direction, bold=voice), title="direction")
        )
        return Group(
            Text(self.title, style="bold"), top, Panel(self._heard(), title="heard"), self._footer(status, trouble)
        )

    def _levels(self, status: Status) -> RenderableType:
        if not status.levels_dbfs:
            return Text("loading the models" if self.loading else "waiting for sound", style="dim")
        table = Table.grid(padding=(0, 1))
        dead = status.processed.dead if status.processed else ()
        for channel, level in enumerate(status.levels_dbfs):
            note = "dead" if channel in dead else f"{level:6.1f} dBFS"
            table.add_row(str(channel), _bar(level), note)
        return table

    def _heard(self) -> RenderableType:
        lines = [Text.from_markup(line) for line in self.lines]
        lines.append(Text(self.partial + " ..." if self.partial else "", style="dim"))
        return Group(*lines)

    def _footer(self, status: Status, trouble: Trouble) -> Text:
        activity = self.activity
        state = "nothing" if activity is None else "voice" if activity.voice else "quiet"
        parts = [
            f"now: {state}{', listening' if activity and activity.listening else ''}",
            f"beam {status.processed.beam}" if status.processed else "",
            f"noise {activity.noise_dbfs:.0f} dBFS" if activity else "",
            f"real-time factor {status.rtf:.2f}",
            f"overruns {trouble.overruns}",
            f"lost {trouble.lost}" if trouble.lost else "",
            trouble.problem,
        ]
        return Text("  ".join(part for part in parts if part), style="yellow" if trouble.problem else "dim")


def compass(direction: float | None, *, bold: bool = False) -> Text:
    """A dial seen from above, the robot in the middle looking up; `direction` in rad, counter-clockwise."""
    size = 2 * _RADIUS + 1
    cells = [[" "] * size for _ in range(size)]
    for step in range(16):
        row, column = _cell(step * math.tau / 16)
        cells[row][column] = "·"
    cells[_RADIUS][_RADIUS] = "▲"
    if direction is not None:
        row, column = _cell(direction)
        cells[row][column] = "●"
    words = "unknown" if direction is None else f"{math.degrees(math.remainder(direction, math.tau)):+.0f}°"
    dial = "\n".join(" ".join(row) for row in cells)
    return Text(f"{dial}\n{words:^{2 * size - 1}}", style="bold green" if bold else "")


def _cell(direction: float) -> tuple[int, int]:
    """Row and column on the dial; ahead is up, left is left."""
    return _RADIUS - round(_RADIUS * math.cos(direction)), _RADIUS - round(_RADIUS * math.sin(direction))


def _bar(level_dbfs: float) -> Text:
    share = min(1.0, max(0.0, 1.0 - level_dbfs / _LOWEST_DBFS))
    filled = round(share * _BAR)
    colour = "red" if level_dbfs > -3.0 else "green"
    return Text("█" * filled, style=colour) + Text("░" * (_BAR - filled), style="dim")


def _line(speech: Speech) -> str:
    direction = "" if speech.direction is None else f" {math.degrees(speech.direction):+.0f}°"
    snr = "" if speech.snr_db is None else f" {speech.snr_db:.0f} dB"
    where = f"[dim]{speech.begin_s:6.1f} s{direction}{snr}[/dim]"
    if speech.heard is not None:
        return (
            f"{where}  {escape(speech.heard.text)} [dim]({speech.heard.language}, {speech.heard.confidence:.2f})[/dim]"
        )
    verdict = speech.results[0].verdict if speech.results else None
    said = escape(verdict.text) if verdict and verdict.text else str(speech.why or "")
    return f"{where}  [dim]not understood: {said}[/dim]"


def listen_and_show(checkup: Checkup, console: Console | None = None, stop: threading.Event | None = None) -> int:
    """Until the recording ends, the time is up, or Ctrl-C.

    :returns: the exit status: 1 if listening failed.
    :raises HearingError: it cannot begin.
    """
    console = console or Console(highlight=False)
    shelf = ModelShelf()
    languages = checkup.languages or shelf.available(_LANGUAGES)
    if not languages:
        raise shelf.problem("en") or MissingModel("en")
    settings = EarSettings(languages=languages, array=checkup.array)
    source = _source(checkup)
    dashboard = Dashboard(f"{checkup.file or checkup.device}: {source.channels} channels, {', '.join(languages)}")
    over, failed = stop or threading.Event(), list[HearingError]()

    def fail(error: HearingError) -> None:
        failed.append(error)
        over.set()

    make = partial(make_ears, settings, shelf, _phrases(checkup.venue), source.channels)
    ears = LiveEars(source, make, dashboard.take, fail, ended=over.set)
    try:
        with Live(console=console, auto_refresh=False, transient=False) as screen:
            _show(screen, dashboard, ears, over, checkup.seconds)
    except KeyboardInterrupt:
        pass
    finally:
        ears.close()
    for error in failed:
        console.print(f"[red]{escape(str(error))}[/red]")
    return 1 if failed else 0


def _show(screen: Live, dashboard: Dashboard, ears: LiveEars, over: threading.Event, seconds: float) -> None:
    end = time.monotonic() + seconds if seconds > 0 else math.inf
    while True:
        done = over.wait(_SHOWN_S) or time.monotonic() >= end
        screen.update(dashboard.draw(ears.status, ears.source.trouble), refresh=screen.console.is_terminal or done)
        if done:
            return


def _source(checkup: Checkup) -> Source:
    if checkup.file is not None:
        return Paced(FileSource(checkup.file))
    return open_source(checkup.device, device_channels(checkup.array))


def _phrases(venue: str) -> Phrases:
    from maps.venue import load_venue
    from robot_nodes.language.domain import domain_meanings

    return partial(domain_meanings, load_venue(venue))
