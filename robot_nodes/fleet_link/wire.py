"""The MQTT side of the robot: what it sends, what it hears, and the queue to the thread that owns the state.

Handlers run in the MQTT thread. They only read the message and post it; `drain` hands the posts out in the
owner's thread.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

from fleet.protocol import topics
from fleet.protocol.base import Message, Part, ProtocolError
from fleet.protocol.clock import Stamper
from fleet.protocol.link import Broker, Link, Outgoing, ThreadedLink
from fleet.protocol.topics import MANUFACTURER, VehicleTopic
from fleet.protocol.vda5050 import Connection, ConnectionState, InstantActions, Order, State, Visualization
from fleet.protocol.venue import Announcement, Emergency, Notice
from robot_nodes.fleet_link.factsheet import factsheet

INBOX = 1000
"""Messages waiting for the owner; beyond it the oldest goes."""
P = TypeVar("P", bound=Part)
_log = structlog.get_logger("fleet_link")

Received = Order | InstantActions | Notice | Announcement | Emergency


class Malformed:
    """A message that could not be read."""

    def __init__(self, topic: str, reason: str) -> None:
        self.topic = topic
        self.reason = reason


Post = Received | Malformed | bool
"""What the MQTT thread tells the owner; a bool is whether the broker is in reach."""


class Wire:
    """One robot's MQTT link. `start`, `stop`, `drain` and the `send_...` methods belong to the owner's thread."""

    def __init__(self, broker: Broker, serial: str, wake: Callable[[], None]) -> None:
        """:param wake: called in the MQTT thread when there is something to drain."""
        self.broker = broker
        self.serial = serial
        self._wake = wake
        self._inbox: deque[Post] = deque(maxlen=INBOX)
        self._stamper = Stamper(time.time)
        self._stamp_lock = threading.Lock()
        self._link = ThreadedLink(self._build)

    def start(self) -> None:
        self._link.start()

    def stop(self) -> None:
        """Publish OFFLINE (retained), disconnect, end the thread."""
        self._link.stop()

    def drain(self) -> list[Post]:
        """What has come since the last call, oldest first."""
        posts: list[Post] = []
        while self._inbox:
            posts.append(self._inbox.popleft())
        return posts

    def send_state(self, state: State) -> None:
        self._send("state", state)

    def send_visualization(self, visualization: Visualization) -> None:
        self._send("visualization", visualization)

    def send_factsheet(self) -> None:
        self._send("factsheet", factsheet(), retain=True)

    def send(self, topic: str, part: Part, *, qos: int = 0) -> None:
        """A message of the venue extension."""
        self._link.publish(topic, part.to_json(), qos=qos)

    def _send(self, topic: str, message: Message, *, retain: bool = False) -> None:
        self._link.publish(self._topic(topic), self._stamped(topic, message), retain=retain)

    def _topic(self, topic: str) -> str:
        return str(VehicleTopic(topic=topic, serial=self.serial))

    def _stamped(self, topic: str, message: Message) -> bytes:
        with self._stamp_lock:
            return self._stamper.stamp(topic, message, MANUFACTURER, self.serial).to_json()

    # in the MQTT thread ------------------------------------------------------------------------

    def _build(self) -> Link:
        link = Link(
            self.broker,
            f"robot-{self.serial}",
            will=self._connection(ConnectionState.CONNECTIONBROKEN),
            greeting=self._greeting,
            farewell=lambda: [self._connection(ConnectionState.OFFLINE)],
            on_change=self._post,
        )
        link.subscribe(self._topic("order"), self._reader(Order))
        link.subscribe(self._topic("instantActions"), self._reader(InstantActions))
        link.subscribe(topics.robot_notices(self.serial), self._reader(Notice), qos=1)
        link.subscribe(topics.ANNOUNCEMENTS, self._reader(Announcement), qos=1)
        link.subscribe(topics.EMERGENCY, self._reader(Emergency), qos=1)
        return link

    def _greeting(self) -> list[Outgoing]:
        sheet = Outgoing(topic=self._topic("factsheet"), payload=self._stamped("factsheet", factsheet()), retain=True)
        return [self._connection(ConnectionState.ONLINE), sheet]

    def _connection(self, state: ConnectionState) -> Outgoing:
        payload = self._stamped("connection", Connection(connection_state=state))
        return Outgoing(topic=self._topic("connection"), payload=payload, qos=1, retain=True)

    def _reader(self, kind: type[Received]) -> Callable[[str, bytes], None]:
        def read(topic: str, payload: bytes) -> None:
            try:
                self._post(kind.parse(payload, topic))
            except ProtocolError as error:
                self._post(Malformed(topic, str(error)))
                raise

        return read

    def _post(self, post: Post) -> None:
        self._inbox.append(post)
        self._wake()
