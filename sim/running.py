"""One run of the simulator, whatever carries its messages: the tick's order, the day's begin and end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from maps.venue import Venue, load_venue
from sim.day import Day
from sim.errors import DayError
from sim.journal import Journal, open_journal
from sim.kiosk_client import KioskClient
from sim.lockstep import Lockstep
from sim.pace import Pace
from sim.radio import RadioModel, RadioSample
from sim.sound import blocks, with_voices
from sim.stalls import Stalls
from sim.visiting import Speech, Visiting
from sim.world import World

log = structlog.get_logger("sim")

PROGRESS_S = 5.0
LISTEN_S = 30.0
"""Longest wait in real time for the answer to spoken words: the sentence, loading a model (4 s), recognition."""
UNSCRIPTED = 20
"""Room for people who come without a script, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What `fairguide sim run` takes; `robots` maps serial to starting station, `speed` 0 means no cap."""

    venue: str
    robots: Mapping[str, str]
    people: int = 0
    seed: int = 1
    speed: float = 1.0
    visitors: Path | None = None
    journal: Path | None = None
    duration_s: float | None = None
    stay: bool = False
    """Go on after the last visitor has ended."""
    kiosks: Mapping[str, str] = field(default_factory=dict)
    """Kiosk id -> base URL, beside those the day names."""
    voices: Path | None = None
    """Folder of recordings that visitors speak with."""
    ready_s: float = 120.0
    """Wall seconds to wait for every robot before the day begins without the missing ones."""


@dataclass(slots=True)
class Run:
    """Everything of one run but its messages. `wall` is a monotonic clock, seconds."""

    options: RunOptions
    venue: Venue
    world: World
    radio: RadioModel
    lockstep: Lockstep
    journal: Journal
    visiting: Visiting | None = None
    kiosks: KioskClient | None = None
    wall: Callable[[], float] = time.monotonic
    pace: Pace = field(default_factory=lambda: Pace(1.0))
    stalls: Stalls = field(default_factory=Stalls)
    typed: deque[Speech] = field(default_factory=deque)
    """Sentences to be published as text."""
    sounding: dict[str, tuple[Speech, deque[NDArray[np.int16]]]] = field(default_factory=dict)
    """Robot -> recording being played to it, what is left of it."""
    _began: tuple[float, float] | None = None
    """Simulated and wall time at which everyone was there."""
    _started_wall: float = 0.0
    _progress: tuple[float, float] = (0.0, 0.0)
    _listening: dict[str, float] = field(default_factory=dict)
    """Robot a visitor speaks aloud to -> wall time until which its answer is waited for in real time."""
    _serving: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._started_wall = self.wall()
        self._progress = (self._started_wall, 0.0)

    @property
    def over(self) -> bool:
        """Has the run reached its end?"""
        if self._began is None:
            return False
        lasted = self.world.now_s - self._began[0]
        if self.options.duration_s is not None and lasted >= self.options.duration_s:
            return True
        return not self.options.stay and self._scripted and self.visiting is not None and self.visiting.done

    @property
    def _scripted(self) -> bool:
        """Does anybody come by a script?"""
        return self.options.visitors is not None

    def after_tick(self) -> float:
        """Visitors act, the day begins when it may; to be called every 0.1 s of simulated time.

        :returns: seconds of wall time to wait before the next tick.
        """
        if self._began is None:
            self._begin_if_ready()
        if self.kiosks is not None and self.visiting is not None:
            self._read_kiosks(self.kiosks, self.visiting)
        if self.visiting is not None:
            self.visiting.tick()
        self._note_contacts()
        self._report_progress()
        # Until everyone is there nothing holds the clock back, so it must not run ahead of the wall.
        capped = self.options.speed if self._began is not None else min(1.0, self.options.speed or 1.0)
        if self._somebody_listens():
            capped = min(1.0, capped or 1.0)
        self.pace.speed = capped
        return self.pace.wait_s(self.wall(), 0.1)

    def _somebody_listens(self) -> bool:
        """Recognition takes wall time: while a robot listens, the world keeps to the pace of the wall clock."""
        now = self.wall()
        self._listening = {serial: until for serial, until in self._listening.items() if until > now}
        return bool(self._listening)

    def every_second(self, states: Mapping[str, str]) -> None:
        """:param states: what the robots' screens show, by serial."""
        for k, serial in enumerate(self.world.serials):
            x, y, _ = self.world.pose(k)
            if self.stalls.look(self.world.now_s, serial, x, y, states.get(serial, "")):
                self.journal.note(self.world.now_s, "", "stall", robot=serial, x=round(x, 2), y=round(y, 2))
                log.warning("robot stands still on its way", robot=serial, x=round(x, 2), y=round(y, 2))

    def measure(self, robot: int) -> RadioSample | None:
        """This robot's radio report; None where the venue has no cell."""
        if not self.radio.ncis:
            return None
        serial = self.world.serials[robot]
        x, y, _ = self.world.pose(robot)
        sample, self._serving[serial] = self.radio.sample(x, y, self._serving.get(serial))
        return sample

    def hear(self, serial: str, act: str, utterance_id: str, text: str) -> None:
        self._listening.pop(serial, None)
        if self.visiting is not None:
            self.visiting.heard(serial, act, utterance_id, text)

    def screen(self, serial: str, state: str, place: str) -> None:
        """A robot's screen shows `state`, and `place` as where it leads to."""
        if self.visiting is not None:
            self.visiting.guide_status(serial, state, place)

    def say(self, speech: Speech) -> None:
        """A visitor speaks: as text, or with the sound of their recording."""
        if speech.sound is None:
            self.typed.append(speech)
        else:
            self._listening[speech.robot] = self.wall() + LISTEN_S
            self.sounding[speech.robot] = (speech, deque(blocks(Path(speech.sound))))

    def finish(self) -> dict[str, Any]:
        """End the day, write the summary into the journal, let go of everything.

        :returns: the summary.
        """
        if self.visiting is not None:
            self.visiting.end("the day ended before they got there")
        summary = self.summary()
        self.journal.note(self.world.now_s, "", "summary", **summary)
        self.journal.close()
        if self.kiosks is not None:
            self.kiosks.close()
        return summary

    def summary(self) -> dict[str, Any]:
        """The run in numbers."""
        sim0, wall0 = self._began or (0.0, self._started_wall)
        lasted, wall = self.world.now_s - sim0, self.wall() - wall0
        day = self.visiting.summary() if self.visiting is not None and self._scripted else {}
        return {
            **day,
            "collisions": self.world.collisions,
            "near_misses": self.world.near_misses,
            "deadlocks": self.stalls.count,
            "sim_s": round(lasted, 2),
            "wall_s": round(wall, 2),
            "realtime_factor": round(lasted / wall, 2) if wall > 0.0 else None,
            "late_answers": self.lockstep.timeouts,
            "seed": self.options.seed,
        }

    def _begin_if_ready(self) -> None:
        waited = self.wall() - self._started_wall
        shown = self.visiting is None or self.visiting.status_known()
        if not (self.lockstep.complete and shown) and waited < self.options.ready_s:
            return
        missing = [serial for serial in self.world.serials if serial not in self.lockstep.seen]
        if missing:
            log.warning("not every robot answers; starting without", missing=missing)
        self._began = (self.world.now_s, self.wall())
        self.journal.note(self.world.now_s, "", "ready", robots=sorted(self.lockstep.seen), missing=missing)
        if self.visiting is not None:
            self.visiting.begin()

    def _read_kiosks(self, kiosks: KioskClient, visiting: Visiting) -> None:
        for news in kiosks.news():
            if news.status == "taken":
                visiting.kiosk_took(news.visitor, news.request)
            else:
                visiting.kiosk_said(news.visitor, news.request, news.status, news.robot, news.reason)

    def _note_contacts(self) -> None:
        for contact in self.world.new_contacts():
            serial = self.world.serials[contact.robot]
            other = self.world.serials[contact.other] if contact.kind == "robot" else contact.other
            event = "near_miss" if contact.kind == "near_miss" else "collision"
            where = {"x": round(contact.x, 2), "y": round(contact.y, 2)}
            self.journal.note(contact.time_s, "", event, robot=serial, kind=contact.kind, other=other, **where)
            log.warning(event.replace("_", " "), robot=serial, kind=contact.kind, other=other, **where)

    def _report_progress(self) -> None:
        wall, then = self.wall(), self._progress
        if wall - then[0] < PROGRESS_S:
            return
        self._progress = (wall, self.world.now_s)
        day = self.visiting.summary() if self.visiting is not None and self._scripted else None
        log.info(
            "running" if self._began is not None else "waiting for robots",
            t=round(self.world.now_s, 1),
            speed=round((self.world.now_s - then[1]) / (wall - then[0]), 1),
            answering=len(self.lockstep.seen),
            late=self.lockstep.timeouts,
            collisions=self.world.collisions,
            completed=None if day is None else f"{day['completed']}/{day['requests']}",
        )


def prepare(options: RunOptions) -> Run:
    """Load and check everything a run needs.

    :raises PlanError, SimError: one line each, before anything has started.
    """
    venue = load_venue(options.venue)
    day = Day(venue=venue.id, seed=options.seed, visitors=())
    if options.visitors is not None:
        day = Day.load(options.visitors, venue)
    if options.voices is not None:
        day = with_voices(day, options.voices)
        day.check(venue, str(options.voices))
    for plan in day.visitors:
        if plan.sound is not None:
            blocks(Path(plan.sound))
        if plan.robot is not None and plan.robot not in options.robots:
            raise DayError(
                f"{options.visitors}: visitor {plan.id}: robot: {plan.robot!r} is not simulated: add --robot"
            )
    guests = min(len(day.visitors), 200) + UNSCRIPTED
    world = World.of_venue(venue, options.robots, options.seed, people=options.people, guests=guests)
    run = Run(
        options=options,
        venue=venue,
        world=world,
        radio=RadioModel(venue.sites.values(), options.seed),
        lockstep=Lockstep(world.serials),
        journal=open_journal(options.journal, time.time),
    )
    run.kiosks = KioskClient({**day.kiosks, **options.kiosks})
    run.visiting = Visiting(world, venue, day, run.journal, run.say, run.kiosks)
    return run
