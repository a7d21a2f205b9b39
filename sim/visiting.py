"""Visitors in the world: their legs, ears and voice round the pure `Visitor`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from maps.venue import Venue
from sim.contacts import PERSON_RADIUS_M
from sim.day import Day, VisitorPlan, sentence
from sim.errors import NoWayError, PlacementError
from sim.journal import Journal
from sim.people import STANDING, Point
from sim.standing import Surround, standing_spot
from sim.trail import Trail
from sim.visitors import Deed, Patience, Phase, RobotSight, Sight, Visitor
from sim.world import World, surroundings_of

FOLLOW_M = 1.3
"""Behind the robot's middle."""
AFTERWARDS_S = 20.0
"""Who has ended strolls on for so long, then leaves."""
REPLAN_S = 2.0
STUCK_S = 4.0
"""Without 0.3 m of headway for so long, somebody looks for another place to stand."""
COMES_FROM_M = (4.0, 12.0)
"""Where visitors come into view, metres from what they walk to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Something a visitor says to a robot: `text`, or the recording `sound` of it."""

    robot: str
    utterance_id: str
    language: str
    text: str
    sound: str | None


class Kiosks(Protocol):
    """How a visitor uses a kiosk; answers come later, through `Visiting.kiosk_said`."""

    def press(self, visitor: str, kiosk: str, place: str, language: str) -> None: ...


@dataclass(slots=True)
class Body:
    """One visitor and their place in the crowd; -1: not in the hall."""

    visitor: Visitor
    goal: Point
    person: int = -1
    spot: Point | None = None
    following: str = ""
    replan_s: float = 0.0
    rested: tuple[float, float, float] = (math.inf, math.inf, 0.0)
    """Where they last made headway (x, y), and when."""


@dataclass(slots=True)
class Visiting:
    """A day's visitors. Call `tick` every 0.1 s of simulated time, `heard` and `kiosk_said` when something comes in."""

    world: World
    venue: Venue
    day: Day
    journal: Journal
    speak: Callable[[Speech], None]
    kiosks: Kiosks
    patience: Patience = field(default_factory=Patience)
    bodies: dict[str, Body] = field(init=False)
    _unscripted: dict[str, Body] = field(init=False, default_factory=dict)
    """Who was led by a request no script knows: from `fairguide say`, or a real finger on a kiosk's page."""
    _status: dict[str, str] = field(init=False, default_factory=dict)
    _places: dict[str, str] = field(init=False, default_factory=dict)
    _trails: list[Trail] = field(init=False)
    _rng: np.random.Generator = field(init=False)
    _lanes: NDArray[np.float64] | None = field(init=False)
    _requests: set[str] = field(init=False, default_factory=set)
    _began_s: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(np.random.SeedSequence([self.day.seed, 0x717]))
        self._trails = [Trail() for _ in self.world.serials]
        self._lanes = surroundings_of(self.venue).lanes
        self.bodies = {plan.id: Body(Visitor(plan, self.patience), self._goal(plan)) for plan in self.day.visitors}

    @property
    def begun(self) -> bool:
        return self._began_s is not None

    @property
    def done(self) -> bool:
        return all(body.visitor.ended for body in self.bodies.values())

    def begin(self) -> None:
        """The day begins now: visitors' times count from here."""
        self._began_s = self.world.now_s
        self.journal.note(self.world.now_s, "", "day_begins", visitors=len(self.bodies))

    def guide_status(self, serial: str, state: str, place: str = "") -> None:
        """What a robot's screen shows."""
        self._status[serial] = state
        self._places[serial] = place

    def status_known(self) -> bool:
        """Has every robot shown a status?"""
        return len(self._status) == len(self.world.serials)

    def heard(self, serial: str, act: str, utterance_id: str, text: str) -> None:
        """A robot said something: whoever is near hears it."""
        if act in ("meet", "lead_start") and not self._attended(serial, utterance_id):
            self._walk_up(serial, utterance_id)
        for body in self._everybody():
            if body.person >= 0 and self._apart(body, serial) <= self.patience.hears_m:
                deeds = body.visitor.heard(self._now(), serial, act, utterance_id, text, self._requests)
                self._do(body, deeds)

    def kiosk_took(self, visitor: str, request: str) -> None:
        """The kiosk accepted a press and gave it an id."""
        body = self.bodies[visitor]
        if body.visitor.phase is Phase.ASKING:
            body.visitor.pressed(request)
            self._requests.add(request)

    def kiosk_said(self, visitor: str, request: str, status: str, robot: str, reason: str) -> None:
        """A request's state on the kiosk's page; `request` empty: of the last press."""
        body = self.bodies[visitor]
        request = request or body.visitor.request
        self._do(body, body.visitor.kiosk_said(self._now(), request, status, robot, reason))

    def tick(self) -> None:
        """Everyone looks, decides and steers."""
        for k, trail in enumerate(self._trails):
            trail.add(*self.world.pose(k)[:2])
        if self._began_s is None:
            return
        for body in self._everybody():
            if body.visitor.ended or (body.person < 0 and body.visitor.plan.at_s > self._now()):
                continue
            self._do(body, body.visitor.tick(self._now(), self._sight(body)))
            if body.following:
                self._steer(body)
            elif body.visitor.phase is Phase.SEEKING and self._stuck(body):
                self._look_again(body)

    def end(self, reason: str) -> None:
        """The day is over: whoever has not ended fails with `reason`."""
        for body in self.bodies.values():
            self._do(body, body.visitor.give_up(self._now(), reason))

    def summary(self) -> dict[str, Any]:
        """What became of the day: counts, failures with reasons, waits in seconds."""
        visitors = [body.visitor for body in self.bodies.values()]
        waits = [v.wait_s for v in visitors if v.wait_s is not None]
        return {
            "requests": len(visitors),
            "completed": sum(v.phase is Phase.COMPLETED for v in visitors),
            "failed": [{"request": v.plan.id, "reason": v.reason} for v in visitors if v.phase is Phase.FAILED],
            "unfinished": [v.plan.id for v in visitors if not v.ended],
            "wait_s": {
                "mean": round(float(np.mean(waits)), 2) if waits else None,
                "p95": round(float(np.percentile(waits, 95)), 2) if waits else None,
            },
        }

    def _everybody(self) -> list[Body]:
        return [*self.bodies.values(), *self._unscripted.values()]

    def _attended(self, serial: str, utterance_id: str) -> bool:
        """Is somebody here whom this robot talks to?"""
        if utterance_id in self._requests:
            return True
        return any(self._listens_to(body, serial) for body in self._everybody())

    def _listens_to(self, body: Body, serial: str) -> bool:
        """Does somebody wait for this robot, or follow it; or wait at a kiosk it has come to?"""
        visitor = body.visitor
        if visitor.phase not in (Phase.ASKING, Phase.FOLLOWING):
            return False
        nobody_yet = not visitor.robot and self._apart(body, serial) <= self.patience.hears_m
        return visitor.robot == serial or nobody_yet

    def _walk_up(self, serial: str, request: str) -> None:
        """Give a body to whoever asked for this from outside the script, where they would stand."""
        x, y, yaw = self.world.pose(self.world.serials.index(serial))
        around = Surround(fields=self.world.fields, lanes=self._lanes, people=self.world.crowd.position)
        spot = standing_spot(around, (x, y), facing=yaw, toward=yaw + math.pi)
        place = self._places.get(serial, "")
        plan = VisitorPlan(id=f"unscripted-{len(self._unscripted) + 1}", at_s=0.0, place=place, by="robot")
        station = self.venue.stations.get(place)
        goal = (station.x, station.y) if station else (x, y)
        once = replace(self.patience, retries=0)  # whoever really asked decides whether to ask again
        body = Body(Visitor(plan, once, phase=Phase.ASKING, robot=serial, request=request), goal)
        try:
            body.person = self.world.crowd.enter(*spot, plan.pace)
        except PlacementError as error:
            self.journal.note(self.world.now_s, plan.id, "no_room", reason=str(error))
            return
        body.visitor.began(self._now())
        self.world.crowd.stand(body.person)
        self._unscripted[plan.id] = body
        self.journal.note(self.world.now_s, plan.id, "comes", by="unscripted", place=place, robot=serial)

    def _now(self) -> float:
        return self.world.now_s - (self._began_s or 0.0)

    def _goal(self, plan: VisitorPlan) -> Point:
        station = self.venue.stations[self.venue.place(plan.place).station]
        return station.x, station.y

    def _apart(self, body: Body, serial: str) -> float:
        x, y = self.world.crowd.where(body.person)
        rx, ry, _ = self.world.pose(self.world.serials.index(serial))
        return math.hypot(x - rx, y - ry)

    def _sight(self, body: Body) -> Sight:
        robots = {}
        for k, serial in enumerate(self.world.serials):
            away = self._apart(body, serial) if body.person >= 0 else math.inf
            idle = self._status.get(serial) == "idle"
            robots[serial] = RobotSight(distance=away, idle=idle, moving=abs(float(self.world.drives.v[k])) > 0.05)
        if body.person < 0:
            return Sight(robots=robots)
        crowd = self.world.crowd
        x, y = crowd.where(body.person)
        there = crowd.mode[body.person] == STANDING and crowd.arrived(body.person)
        return Sight(robots=robots, there=bool(there), to_goal=math.hypot(x - body.goal[0], y - body.goal[1]))

    def _do(self, body: Body, deeds: list[Deed]) -> None:
        for deed in deeds:
            match deed.what:
                case "note":
                    self.journal.note(self.world.now_s, body.visitor.plan.id, deed.target, **deed.details)
                case "enter":
                    self._enter(body)
                case "to_robot":
                    self._to_robot(body, deed.target)
                case "to_kiosk":
                    self._to_kiosk(body, deed.target)
                case "speak":
                    self._speak(body, deed.target, str(deed.details["request"]))
                case "press":
                    plan = body.visitor.plan
                    self.kiosks.press(plan.id, deed.target, plan.place, plan.language)
                case "follow":
                    body.following = deed.target
                    self.world.crowd.own[body.person] = self.world.serials.index(deed.target)
                case "halt":
                    body.following = ""
                    self.world.crowd.stand(body.person)
                case "depart":
                    self._depart(body)

    def _enter(self, body: Body) -> None:
        """Come into view a short walk from what they will go to."""
        x, y = self._attraction(body.visitor.plan)
        crowd, low, high = self.world.crowd, *COMES_FROM_M
        best: tuple[float, Point] | None = None
        for _ in range(60):
            px, py = crowd.ways.point(crowd.ways.near(x, y, high, self._rng))
            off = max(0.0, low - math.hypot(px - x, py - y)) + 5.0 * (not self._is_free(px, py))
            if best is None or off < best[0]:
                best = (off, (px, py))
            if off == 0.0:
                break
        assert best is not None  # the loop ran
        try:
            body.person = crowd.enter(*best[1], body.visitor.plan.pace)
        except PlacementError as error:
            self._do(body, body.visitor.give_up(self._now(), str(error)))

    def _attraction(self, plan: VisitorPlan) -> Point:
        if plan.by == "kiosk":
            kiosk = self.venue.kiosks[plan.kiosk or ""]
            return kiosk.x, kiosk.y
        idle = [k for k, serial in enumerate(self.world.serials) if self._status.get(serial) == "idle"]
        if plan.robot in self.world.serials:
            idle = [self.world.serials.index(plan.robot)]
        choice = int(self._rng.choice(idle or list(range(len(self.world.serials)))))
        x, y, _ = self.world.pose(choice)
        return x, y

    def _is_free(self, x: float, y: float) -> bool:
        d, people = self.world.drives, self.world.crowd.position
        from_robots = np.hypot(d.x - x, d.y - y).min() if len(d) else math.inf
        gaps = np.hypot(people[:, 0] - x, people[:, 1] - y)
        return bool(from_robots > 1.5 and not np.any(gaps < 2.2 * PERSON_RADIUS_M))

    def _to_robot(self, body: Body, serial: str) -> None:
        index = self.world.serials.index(serial)
        self.world.crowd.own[body.person] = index
        x, y, yaw = self.world.pose(index)
        here = self.world.crowd.where(body.person)
        came_from = math.atan2(here[1] - y, here[0] - x)
        self._walk(body, standing_spot(self._surround(body), (x, y), facing=yaw, toward=came_from))

    def _to_kiosk(self, body: Body, kiosk_id: str) -> None:
        kiosk = self.venue.kiosks[kiosk_id]
        station = self.venue.stations[kiosk.station]
        toward = math.atan2(kiosk.y - station.y, kiosk.x - station.x)
        self._walk(body, standing_spot(self._surround(body), (station.x, station.y), facing=None, toward=toward))

    def _stuck(self, body: Body) -> bool:
        """Has somebody on their way made no headway for STUCK_S?"""
        x, y = self.world.crowd.where(body.person)
        if math.hypot(x - body.rested[0], y - body.rested[1]) > 0.3:
            body.rested = (x, y, self.world.now_s)
        return self.world.now_s - body.rested[2] > STUCK_S

    def _look_again(self, body: Body) -> None:
        """The spot they walk to cannot be reached from here, a robot in the way perhaps: choose one on this side."""
        body.rested = (*body.rested[:2], self.world.now_s)
        visitor = body.visitor
        if visitor.robot:
            self._to_robot(body, visitor.robot)
        elif visitor.plan.by == "kiosk" and visitor.plan.kiosk:
            self._to_kiosk(body, visitor.plan.kiosk)

    def _surround(self, body: Body) -> Surround:
        people = np.delete(self.world.crowd.position, body.person, axis=0)
        return Surround(fields=self.world.fields, lanes=self._lanes, people=people)

    def _walk(self, body: Body, spot: Point) -> None:
        body.spot, body.following = spot, ""
        try:
            self.world.crowd.walk_to(body.person, *spot)
        except NoWayError as error:
            self._do(body, body.visitor.give_up(self._now(), str(error)))

    def _speak(self, body: Body, serial: str, request: str) -> None:
        plan = body.visitor.plan
        self._requests.add(request)
        text = sentence(plan, self.venue.place(plan.place))
        self.speak(Speech(robot=serial, utterance_id=request, language=plan.language, text=text, sound=plan.sound))

    def _depart(self, body: Body) -> None:
        body.following = ""
        if body.person >= 0:
            self.world.crowd.release(body.person, self.world.now_s, AFTERWARDS_S)
            body.person = -1

    def _steer(self, body: Body) -> None:
        """Walk on the robot's own trail, FOLLOW_M behind it: it has shown where there is room."""
        crowd, person = self.world.crowd, body.person
        here = crowd.where(person)
        index = self.world.serials.index(body.following)
        x, y, _ = self.world.pose(index)
        away = math.hypot(here[0] - x, here[1] - y)
        crowd.pace[person] = min(1.6, body.visitor.plan.pace * (1.2 if away > 2.5 else 1.0))
        if away <= FOLLOW_M:
            crowd.stand(person)
            return
        behind = self._trails[index].behind((x, y), FOLLOW_M)
        if self.world.fields.sees(*here, *behind, 0.3):
            crowd.aim(person, *behind)
        elif self.world.now_s >= body.replan_s:
            body.replan_s = self.world.now_s + REPLAN_S
            try:
                crowd.walk_to(person, *behind)
            except NoWayError:
                crowd.stand(person)  # squeezed into a corner: look again at the next planning
