"""The MQTT link every side uses: connect, will, subscribe, publish, reconnect.

`Link` lives in an asyncio loop; `ThreadedLink` gives the same to a process whose main thread belongs
to somebody else (ROS): it runs a loop of its own in the thread `mqtt`.

Tasks of a running `Link`: one, `run`, which holds the connection and starts two children for each
connection: a reader (calls the handlers) and a sender (empties the outbox). Cancelling `run` says
goodbye (the `farewell` messages, then DISCONNECT) and ends all three.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlparse

import aiomqtt
import structlog

from fleet.protocol.base import ProtocolError

Handler = Callable[[str, bytes], None]
_log = structlog.get_logger("mqtt")

KEEPALIVE_S = 5
CONNECT_S = 10.0
"""For TCP and CONNACK together; the client library bounds only the second."""
OUTBOX = 10_000
"""Messages kept while the broker is out of reach; beyond it the oldest goes, counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to send (also: a will)."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> Broker:
        """Read `mqtt://[user:password@]host[:port]`.

        :raises ProtocolError: if it is not such an address.
        """
        try:
            parts = urlparse(url)
            port = parts.port or 1883
        except ValueError as error:
            raise ProtocolError(f"broker {url!r}: {error}; write mqtt://HOST:PORT") from None
        if parts.scheme != "mqtt" or not parts.hostname:
            raise ProtocolError(f"broker {url!r}: write mqtt://HOST:PORT")
        return cls(parts.hostname, port, parts.username, parts.password)

    def __str__(self) -> str:
        return f"mqtt://{self.host}:{self.port}"


class Link:
    """One client's connection to the broker, kept up until `run` is cancelled.

    Handlers run in the loop's thread, in the order of arrival; one that raises `ProtocolError` is
    counted in `rejected` and logged once per topic and reason, and nothing else stops.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        will: Outgoing | None = None,
        greeting: Callable[[], list[Outgoing]] = list,
        farewell: Callable[[], list[Outgoing]] = list,
        on_change: Callable[[bool], None] = lambda connected: None,
    ) -> None:
        """
        :param greeting: messages to send first after every connect (for example ONLINE).
        :param farewell: messages to send last before an orderly end (for example OFFLINE).
        :param on_change: called with whether the broker is in reach, whenever that changes.
        """
        self.broker = broker
        self.connected = False
        self.received = 0
        self.sent = 0
        self.dropped = 0
        self.rejected: Counter[str] = Counter()
        """Messages from outside that could not be used, by topic."""
        self.failed: Counter[str] = Counter()
        """Messages whose handler broke, by topic."""
        self._client_id = client_id
        self._will = will
        self._greeting = greeting
        self._farewell = farewell
        self._on_change = on_change
        self._handlers: list[tuple[str, int, Handler]] = []
        self._outbox: deque[Outgoing] = deque()
        self._wake = asyncio.Event()
        self._told: set[str] = set()

    def subscribe(self, pattern: str, handler: Handler, qos: int = 0) -> None:
        """Have `handler(topic, payload)` called for what matches; call before `run`."""
        self._handlers.append((pattern, qos, handler))

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """Send as soon as may be. Out of reach, QoS 0 is dropped and the rest waits its turn."""
        if not self.connected and qos == 0 and not retain:
            self.dropped += 1
            return
        if len(self._outbox) >= OUTBOX:
            self._outbox.popleft()
            self.dropped += 1
        self._outbox.append(Outgoing(topic=topic, payload=payload, qos=qos, retain=retain))
        self._wake.set()

    async def run(self) -> None:
        """Stay connected until cancelled: reconnects with exponential backoff and jitter, 0.2 s to 5 s."""
        delay_s = 0.2
        while True:
            began = time.monotonic()
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError) as error:
                self._tell_once("unreachable", broker=str(self.broker), reason=str(error))
            except Exception:
                # a fault in the client library or here costs this connection, never the link
                _log.exception("session", broker=str(self.broker))
            finally:
                self._set_connected(False)
            if time.monotonic() - began > 10:
                delay_s = 0.2
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.5))
            delay_s = min(delay_s * 2, 5.0)

    async def _session(self) -> None:
        will = self._will
        client = aiomqtt.Client(
            self.broker.host,
            self.broker.port,
            username=self.broker.username,
            password=self.broker.password,
            identifier=self._client_id,
            will=aiomqtt.Will(will.topic, will.payload, will.qos, will.retain) if will else None,
            keepalive=KEEPALIVE_S,
            timeout=5,
        )
        async with contextlib.AsyncExitStack() as connection:
            async with asyncio.timeout(CONNECT_S):
                await connection.enter_async_context(client)
                _heed_cancel()
            for pattern, qos, _ in self._handlers:
                await client.subscribe(pattern, qos=qos)
                _heed_cancel()
            self._told.discard("unreachable")
            self._set_connected(True)
            try:
                for message in self._greeting():
                    await self._send(client, message)
                    _heed_cancel()
                await self._exchange(client)
            except asyncio.CancelledError:
                await self._say_goodbye(client)
                raise

    async def _exchange(self, client: aiomqtt.Client) -> None:
        sender = asyncio.create_task(self._empty_outbox(client), name="mqtt-sender")
        reader = asyncio.create_task(self._read(client), name="mqtt-reader")
        try:
            done, _ = await asyncio.wait({sender, reader}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (sender, reader):
                task.cancel()
            await asyncio.gather(sender, reader, return_exceptions=True)

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(2):
                while self._outbox:
                    await self._send(client, self._outbox.popleft())
                for message in self._farewell():
                    await self._send(client, message)

    async def _empty_outbox(self, client: aiomqtt.Client) -> None:
        while True:
            while self._outbox:
                message = self._outbox[0]  # it stays the head until it is out, so that a lost link loses nothing
                await self._send(client, message)
                if self._outbox and self._outbox[0] is message:  # an overflow may have dropped it meanwhile
                    self._outbox.popleft()
                _heed_cancel()
            self._wake.clear()
            await self._wake.wait()

    async def _send(self, client: aiomqtt.Client, message: Outgoing) -> None:
        await client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
        self.sent += 1

    async def _read(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            self.received += 1
            payload = message.payload if isinstance(message.payload, bytes) else b""
            for pattern, _, handler in self._handlers:
                if message.topic.matches(pattern):
                    self._handle(handler, message.topic.value, payload)

    def _handle(self, handler: Handler, topic: str, payload: bytes) -> None:
        try:
            handler(topic, payload)
        except ProtocolError as error:
            self.rejected[topic] += 1
            self._tell_once("rejected", topic=topic, reason=str(error))
        except Exception:
            # a fault of ours in one handler must not take the connection, and with it every other handler, down
            self.failed[topic] += 1
            _log.exception("handler", topic=topic)

    def _set_connected(self, connected: bool) -> None:
        if not connected:
            kept = [message for message in self._outbox if message.qos or message.retain]
            self.dropped += len(self._outbox) - len(kept)  # QoS 0 is for now: an order of before is no use later
            self._outbox = deque(kept)
        if connected != self.connected:
            self.connected = connected
            self._on_change(connected)

    def _tell_once(self, event: str, **fields: str) -> None:
        key = event if event == "unreachable" else event + repr(sorted(fields.items()))
        if key not in self._told and len(self._told) < 1000:
            self._told.add(key)
            _log.warning(event, **fields)


def _heed_cancel() -> None:
    """End where the task was cancelled but the call before did not let it out.

    aiomqtt waits with `asyncio.wait_for`, which on Python 3.11 keeps a cancellation to itself when what it waits for
    comes at the same moment (python/cpython#86296): the link would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class ThreadedLink:
    """A `Link` in a thread of its own. Handlers and callbacks run in that thread.

    `start` and `stop` belong to the owner's thread; `publish` may be called from any.
    """

    def __init__(self, build: Callable[[], Link]) -> None:
        """:param build: makes the link, subscriptions included; called in the new thread."""
        self._build = build
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="mqtt", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._link: Link | None = None
        self._failure: Exception | None = None

    @property
    def connected(self) -> bool:
        return self._link is not None and self._link.connected

    def start(self) -> None:
        """Start the thread; returns when the link exists (not necessarily connected).

        Raises whatever `build` raised.
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """As `Link.publish`; after `stop` it does nothing."""
        if self._loop is not None and self._link is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed
                self._loop.call_soon_threadsafe(self._link.publish, topic, payload, qos, retain)

    def stop(self, timeout_s: float = 3.0) -> None:
        """Say goodbye and end the thread."""
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(timeout_s)

    def _main(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        try:
            self._link = self._build()
        except Exception as error:
            self._failure = error
            return
        finally:
            self._ready.set()
        await self._link.run()
