"""The kiosk itself: what it knows, whom it has called, and its line to the fleet."""

from __future__ import annotations

import asyncio
import math
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from fleet.protocol import topics
from fleet.protocol.clock import utc_timestamp
from fleet.protocol.link import Broker, Link, Outgoing
from fleet.protocol.topics import VehicleTopic
from fleet.protocol.vda5050 import AgvPosition, State, Visualization
from fleet.protocol.venue import Availability, KioskStatus, Notice
from kiosk.core import Call, Desk, Status
from kiosk.errors import OutOfReach, StartError
from kiosk.ways import Way, way
from maps.directory import Directory, Hit
from maps.venue import Kiosk as KioskPlace
from maps.venue import Venue

if TYPE_CHECKING:
    from robot_nodes.language import Intent

_log = structlog.get_logger("kiosk")
CHECK_S = 1.0


@dataclass(slots=True, kw_only=True)
class Guide:
    """A robot on its way, as its own messages say."""

    serial: str
    x: float
    y: float
    yaw: float
    battery: float | None = None
    driving: bool = True
    path: tuple[tuple[float, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the map's `tick` takes it."""
        state = "driving" if self.driving else "acting"
        battery = 100.0 if self.battery is None else self.battery
        where = {"serial": self.serial, "x": self.x, "y": self.y, "yaw": self.yaw}
        return {**where, "battery": battery, "link": "online", "state": state, "path": [list(p) for p in self.path]}


class KioskService:
    """One kiosk. `run` holds the line to the broker; everything else answers at once."""

    def __init__(self, venue: Venue, kiosk_id: str, broker: Broker, now: Callable[[], float]) -> None:
        """:raises StartError: if the venue has no such kiosk."""
        if kiosk_id not in venue.kiosks:
            known = ", ".join(venue.kiosks) or "none"
            raise StartError(f"kiosk {kiosk_id!r} is not in venue {venue.id}; it has: {known}")
        self.venue = venue
        self.kiosk: KioskPlace = venue.kiosks[kiosk_id]
        self.desk = Desk(kiosk_id)
        self.guides: dict[str, Guide] = {}
        self._directory = Directory(venue)
        self._now = now
        self._ways: dict[str, Way] = {}
        self._understanding: Any = None
        self._learning = threading.Lock()
        self.link = Link(
            broker,
            f"fairguide-{kiosk_id}-{secrets.token_hex(3)}",
            will=self._status(Availability.OFFLINE),
            greeting=lambda: [self._status(Availability.ONLINE)],
            farewell=lambda: [self._status(Availability.OFFLINE)],
            on_change=lambda up: _log.info("connected" if up else "disconnected", broker=str(broker)),
        )
        self.link.subscribe(topics.kiosk_notices(kiosk_id), self._on_notice, qos=1)
        self.link.subscribe(str(VehicleTopic(topic="visualization")), self._on_visualization)
        self.link.subscribe(str(VehicleTopic(topic="state")), self._on_state)

    @property
    def connected(self) -> bool:
        """Whether robots can be called just now."""
        return self.link.connected

    def now(self) -> float:
        return self._now()

    async def run(self) -> None:
        """Keep the line and the calls' time limits until cancelled."""
        threading.Thread(target=self.prepare, name="kiosk-language", daemon=True).start()  # an end need not wait for it
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(), name="kiosk-link")
            group.create_task(self._watch(), name="kiosk-watch")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            self.check()

    def check(self) -> None:
        """Give up the calls nobody answers, and forget robots nobody waits for."""
        now = self._now()
        for request_id in self.desk.unanswered(now):
            self._send(self.desk.cancel(request_id, "no_answer", now, Status.FAILED).to_json())
        wanted = {call.robot for call in self.desk.open_calls()}
        for serial in [serial for serial in self.guides if serial not in wanted]:
            del self.guides[serial]

    def search(self, query: str, language: str, limit: int = 8) -> list[Hit]:
        """Places that fit `query`, best first."""
        return self._directory.search(query, lang=language, limit=limit)

    def way(self, place_id: str) -> Way:
        """The way there from this kiosk.

        :raises UnknownPlace: if there is no such place.
        :raises NoRoute: if no lane leads there.
        """
        if place_id not in self._ways:
            self._ways[place_id] = way(self.venue, self.kiosk.id, place_id)
        return self._ways[place_id]

    def call(self, place_id: str, language: str) -> Call:
        """Call a robot to lead to `place_id`.

        :raises UnknownPlace: if there is no such place.
        :raises OutOfReach: if the fleet cannot be reached.
        """
        self.venue.place(place_id)
        if not self.connected:
            raise OutOfReach(f"robots cannot be called just now: no connection to {self.link.broker}; try again soon")
        request_id = f"{self.kiosk.id}-{secrets.token_hex(5)}"
        self._send(self.desk.call(request_id, place_id, language, self._now()).to_json())
        online = self._status(Availability.ONLINE)
        self.link.publish(online.topic, online.payload, online.qos, online.retain)
        return self.desk.get(request_id)

    def cancel(self, request_id: str) -> Call:
        """Give a call up.

        :raises UnknownCall: if there is no such call.
        """
        if not self.desk.get(request_id).status.ended:
            self._send(self.desk.cancel(request_id, "", self._now()).to_json())
        return self.desk.get(request_id)

    def prepare(self) -> None:
        """Learn the venue's names, once: seconds of work that the first question should not wait for."""
        with self._learning:
            if self._understanding is not None:
                return
            try:
                from robot_nodes.language import Understanding
            except ImportError as error:
                _log.warning("questions are only searched", reason=str(error))
                self._understanding = False
            else:
                self._understanding = Understanding(self.venue)

    def understand(self, text: str, language: str) -> Intent | None:
        """What a typed question means here and now; None where the language part is not installed."""
        self.prepare()
        if not self._understanding:
            return None
        now = datetime.fromtimestamp(self._now(), UTC)
        here = (self.kiosk.x, self.kiosk.y)
        intent: Intent = self._understanding.understand(text, language, near=here, now=now)
        return intent

    def arriving(self, call: Call) -> Guide | None:
        """The robot that comes for a call, where it has been heard."""
        return self.guides.get(call.robot) if call.robot else None

    def _send(self, payload: bytes) -> None:
        self.link.publish(topics.kiosk_requests(self.kiosk.id), payload, qos=1)

    def _status(self, status: Availability) -> Outgoing:
        message = KioskStatus(
            kiosk_id=self.kiosk.id,
            status=status,
            timestamp=utc_timestamp(self._now()),
            visitors_today=self.desk.made,
        )
        return Outgoing(topic=topics.kiosk_status(self.kiosk.id), payload=message.to_json(), qos=1, retain=True)

    def _on_notice(self, topic: str, payload: bytes) -> None:
        notice = Notice.parse(payload, topic)
        call = self.desk.hear(notice, self._now())
        if call is not None:
            _log.info("notice", request=notice.request_id, kind=notice.kind, robot=notice.robot, reason=notice.reason)

    def _wanted(self, topic: str) -> str:
        """Serial of the robot a vehicle topic belongs to, where a visitor here waits for it; else empty."""
        parsed = VehicleTopic.parse(topic)
        serial = parsed.serial if parsed else ""
        return serial if any(call.robot == serial for call in self.desk.open_calls()) else ""

    def _on_visualization(self, topic: str, payload: bytes) -> None:
        if serial := self._wanted(topic):
            self._place_guide(serial, Visualization.parse(payload, topic).agv_position)

    def _on_state(self, topic: str, payload: bytes) -> None:
        if not (serial := self._wanted(topic)):
            return
        state = State.parse(payload, topic)
        self._place_guide(serial, state.agv_position)
        if guide := self.guides.get(serial):
            guide.driving = state.driving
            guide.battery = state.battery_state.battery_charge
            positions = [node.node_position for node in state.node_states if node.node_position]
            guide.path = tuple((position.x, position.y) for position in positions)

    def _place_guide(self, serial: str, position: AgvPosition | None) -> None:
        if position is None or not math.isfinite(position.x + position.y):
            return
        guide = self.guides.get(serial)
        if guide is None:
            self.guides[serial] = Guide(serial=serial, x=position.x, y=position.y, yaw=position.theta)
        else:
            guide.x, guide.y, guide.yaw = position.x, position.y, position.theta
