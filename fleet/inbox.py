"""Every message the fleet hears, checked and put into the picture. A handler here never waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fleet.alerts import Condition, Severity
from fleet.picture import Outcome, Picture
from fleet.protocol import topics
from fleet.protocol.base import Message, ProtocolError
from fleet.protocol.link import Handler, Link
from fleet.protocol.topics import VehicleTopic
from fleet.protocol.vda5050 import Connection, State, Visualization
from fleet.protocol.venue import CellPerformance, KioskStatus, RadioReport, SiteStatus, VisitorRequest
from fleet.requests import visitor_request
from fleet.tasks import Source
from fleet.vehicles import Vehicle

MALFORMED_SHOWN_S = 60.0
M = TypeVar("M", bound=Message)


class Inbox:
    """Handlers by topic.

    :param pending: where a handler leaves what must be stored and sent.
    :param wake: called after every message that may change a decision.
    """

    def __init__(
        self, picture: Picture, now: Callable[[], float], pending: Callable[[], Outcome], wake: Callable[[], None]
    ) -> None:
        self._picture = picture
        self._now = now
        self._pending = pending
        self._wake = wake

    def subscribe(self, link: Link) -> None:
        """Have `link` bring everything here."""
        patterns: list[tuple[str, Handler, int]] = [
            (_vehicles("connection"), self._connection, 1),
            (_vehicles("state"), self._state, 0),
            (_vehicles("visualization"), self._visualization, 0),
            (topics.robot_requests(), self._request, 1),
            (topics.robot_radio(), self._radio, 0),
            (topics.kiosk_requests(), self._request, 1),
            (topics.kiosk_status(), self._kiosk, 1),
            (topics.site_status(), self._site, 1),
            (topics.cell_pm(), self._cell, 0),
        ]
        for pattern, handler, qos in patterns:
            link.subscribe(pattern, self._counted(handler), qos=qos)

    def _counted(self, handler: Handler) -> Handler:
        def handle(topic: str, payload: bytes) -> None:
            try:
                handler(topic, payload)
            except ProtocolError as error:
                self._picture.counts["malformed"] += 1
                condition = Condition(key=f"malformed:{topic}", severity=Severity.WARNING, text=str(error), place=topic)
                self._picture.alerts.note(condition, self._now() + MALFORMED_SHOWN_S)
                raise
            finally:
                self._wake()

        return handle

    def _vehicle(self, topic: str, message: Message) -> Vehicle:
        """Who a message is from: the topic says; a message that says otherwise is refused (A1)."""
        parts = VehicleTopic.parse(topic)
        if parts is None or not parts.serial:
            raise ProtocolError(f"{topic}: no VDA 5050 topic")
        if message.serial_number not in ("", parts.serial):
            raise ProtocolError(f"{topic}: serialNumber {message.serial_number!r} is not the topic's")
        return self._picture.vehicle(topics.check_id(parts.serial, "serial"), parts.manufacturer)

    def _connection(self, topic: str, payload: bytes) -> None:
        message = Connection.parse(payload, topic)
        self._vehicle(topic, message).observe_connection(message, self._now())

    def _state(self, topic: str, payload: bytes) -> None:
        message = State.parse(payload, topic)
        if not self._vehicle(topic, message).observe_state(message, self._now()):
            self._picture.counts["duplicates"] += 1

    def _visualization(self, topic: str, payload: bytes) -> None:
        message = Visualization.parse(payload, topic)
        self._vehicle(topic, message).observe_visualization(message, self._now())

    def _request(self, topic: str, payload: bytes) -> None:
        message = VisitorRequest.parse(payload, topic)
        kind, asker = topic.split("/")[2:4]
        source = Source.ROBOT if kind == "robots" else Source.KIOSK
        visitor_request(self._picture, source, asker, message, self._now(), self._pending())

    def _radio(self, topic: str, payload: bytes) -> None:
        self._picture.network.observe_radio(topic.split("/")[3], RadioReport.parse(payload, topic))

    def _kiosk(self, topic: str, payload: bytes) -> None:
        message = KioskStatus.parse(payload, topic)
        self._picture.kiosks[_same(topic, topic.split("/")[3], message.kiosk_id)] = message

    def _site(self, topic: str, payload: bytes) -> None:
        message = SiteStatus.parse(payload, topic)
        _same(topic, topic.split("/")[3], message.site_id)
        self._picture.network.observe_status(message)

    def _cell(self, topic: str, payload: bytes) -> None:
        message = CellPerformance.parse(payload, topic)
        _same(topic, topic.split("/")[3], message.site_id)
        self._picture.network.observe_cell(message)


def _same(topic: str, of_topic: str, of_message: str) -> str:
    if of_topic != of_message:
        raise ProtocolError(f"{topic}: the message says {of_message!r}")
    return of_topic


def _vehicles(topic: str) -> str:
    return str(VehicleTopic(topic=topic, manufacturer="+"))
