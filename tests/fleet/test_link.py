"""The MQTT link: what is kept, what is dropped, and that one bad message stops nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import aiomqtt
import pytest

from fleet.protocol import link as link_module
from fleet.protocol.base import ProtocolError
from fleet.protocol.link import Broker, Link, Outgoing, ThreadedLink

AT = Broker("127.0.0.1", 1)


class Client:
    """Stands in for the MQTT client: publishing waits until let go."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.go = asyncio.Event()

    async def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        await self.go.wait()
        self.sent.append(topic)


async def test_overflow_while_the_head_is_being_sent_loses_only_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "OUTBOX", 2)
    link, client = Link(AT, "t"), Client()
    link.publish("a", b"", qos=1)
    link.publish("b", b"", qos=1)
    sender = asyncio.create_task(link._empty_outbox(client))
    await asyncio.sleep(0)
    link.publish("c", b"", qos=1)
    client.go.set()
    async with asyncio.timeout(2):
        while len(client.sent) < 3:
            await asyncio.sleep(0)
    sender.cancel()
    assert client.sent == ["a", "b", "c"]


def test_out_of_reach_qos_0_is_dropped_and_the_rest_waits() -> None:
    link = Link(AT, "t")
    link.publish("now", b"")
    link.publish("later", b"", qos=1)
    link.publish("kept", b"", retain=True)
    assert (link.dropped, [m.topic for m in link._outbox]) == (1, ["later", "kept"])


def test_a_lost_connection_takes_unsent_qos_0_with_it() -> None:
    link = Link(AT, "t")
    link._set_connected(True)
    link.publish("order", b"")
    link.publish("notice", b"", qos=1)
    link._set_connected(False)
    assert [m.topic for m in link._outbox] == ["notice"]


def test_a_bad_message_and_a_broken_handler_stop_nothing() -> None:
    def refuse(topic: str, payload: bytes) -> None:
        raise ProtocolError("no")

    def broken(topic: str, payload: bytes) -> None:
        raise KeyError("ours")

    link = Link(AT, "t")
    link._handle(refuse, "x", b"")
    link._handle(broken, "y", b"")
    assert (link.rejected["x"], link.failed["y"]) == (1, 1)


def test_a_threaded_link_that_cannot_be_built_says_so() -> None:
    def build() -> Link:
        raise ProtocolError("bad address")

    threaded = ThreadedLink(build)
    with pytest.raises(ProtocolError, match="bad address"):
        threaded.start()
    threaded.stop()


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://h:port", ""])
def test_bad_addresses(url: str) -> None:
    with pytest.raises(ProtocolError, match="mqtt://HOST:PORT"):
        Broker.parse(url)


def test_an_address() -> None:
    assert Broker.parse("mqtt://u:p@h:1884") == Broker("h", 1884, "u", "p")
    assert Outgoing(topic="t", payload=b"").qos == 0


async def test_a_link_cancelled_at_the_moment_it_connects_ends(
    mqtt_broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = aiomqtt.Client._on_connect

    def cancelled_too(client: aiomqtt.Client, *told: Any, **more: Any) -> None:
        connected(client, *told, **more)
        running.cancel()

    monkeypatch.setattr(aiomqtt.Client, "_on_connect", cancelled_too)
    running = asyncio.create_task(Link(Broker.parse(mqtt_broker.url), "ends").run())
    done, _ = await asyncio.wait({running}, timeout=3)
    running.cancel()
    assert done
    assert running.cancelled()
