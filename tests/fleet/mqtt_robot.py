"""The emulated vehicle on a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import time

from emulator import Emulator

from fleet.protocol.clock import Stamper
from fleet.protocol.link import Broker, Link, Outgoing
from fleet.protocol.topics import VehicleTopic
from fleet.protocol.vda5050 import ConnectionState, InstantActions, Order, Visualization


class MqttRobot:
    """`run` until cancelled."""

    def __init__(self, emulator: Emulator, broker: Broker, step_s: float = 0.05) -> None:
        self.emulator = emulator
        self._step_s = step_s
        self._stamper = Stamper(time.time)
        will = Outgoing(
            topic=self._topic("connection"), payload=self._connection("CONNECTIONBROKEN"), qos=1, retain=True
        )
        self.link = Link(
            broker,
            emulator.serial,
            will=will,
            greeting=lambda: [
                Outgoing(topic=self._topic("connection"), payload=self._connection("ONLINE"), qos=1, retain=True)
            ],
            farewell=lambda: [
                Outgoing(topic=self._topic("connection"), payload=self._connection("OFFLINE"), qos=1, retain=True)
            ],
        )
        self.link.subscribe(self._topic("order"), lambda t, p: emulator.receive(Order.parse(p, t)))
        self.link.subscribe(self._topic("instantActions"), lambda t, p: emulator.receive(InstantActions.parse(p, t)))

    def _topic(self, name: str) -> str:
        return str(VehicleTopic(topic=name, serial=self.emulator.serial))

    def _connection(self, state: str) -> bytes:
        topic = self._topic("connection")
        message = self.emulator.connection(ConnectionState(state))
        return self._stamper.stamp(topic, message, "fairguide", self.emulator.serial).to_json()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run())
            group.create_task(self._drive())

    async def _drive(self) -> None:
        spoken = 0.0
        while True:
            await asyncio.sleep(self._step_s)
            self.emulator.step(self._step_s)
            if self.emulator.changed or time.monotonic() - spoken > 0.5:
                spoken = time.monotonic()
                self._send("state", self.emulator.state(time.time()))
            self._send("visualization", Visualization(agv_position=self.emulator.state(0).agv_position))

    def _send(self, name: str, message: object) -> None:
        topic = self._topic(name)
        stamped = self._stamper.stamp(topic, message, "fairguide", self.emulator.serial)
        self.link.publish(topic, stamped.to_json())


@contextlib.asynccontextmanager
async def running(*coroutines):
    """Run these beside the body; cancel them after it."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition, seconds: float = 10.0) -> None:
    """Wait until `condition()` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
