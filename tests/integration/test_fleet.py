"""The fleet manager with a real broker, a real store and emulated vehicles on MQTT."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))

import aiomqtt
import websockets
from emulator import Emulator
from mqtt_robot import MqttRobot, running, until

from fleet.broker import broker
from fleet.errors import StartError
from fleet.manager import Manager
from fleet.protocol.link import Broker
from fleet.store import Store
from fleet.tasks import TaskRequest
from maps.venue import load_venue

pytestmark = pytest.mark.broker
ONLINE, BROKEN = (json.dumps({"connectionState": state}) for state in ("ONLINE", "CONNECTIONBROKEN"))
PORTS = iter(range(26000, 26999))


def free_port() -> int:
    for port in PORTS:
        with contextlib.closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port free")


def make_robot(index: int, speed: float = 20.0) -> Emulator:
    venue = load_venue("hall")
    node = venue.lanes.nodes[venue.stations[f"dock-{index:02d}"].node]
    return Emulator(f"guide-{index:02d}", venue.map_id, node.x, node.y, speed=speed, action_takes_s=0.1)


@contextlib.asynccontextmanager
async def make_fleet(tmp_path: Path, *robots: Emulator, embedded: bool | None = None):
    port = free_port()
    at = Broker("127.0.0.1", port)
    async with broker("127.0.0.1", port, embedded=embedded):
        store = Store(f"sqlite:///{tmp_path / 'fleet.db'}")
        with contextlib.closing(store):
            manager = Manager(load_venue("hall"), at, store)
            async with running(manager.run(), *(MqttRobot(robot, at).run() for robot in robots)) as tasks:
                await until(
                    lambda: all(r.serial in manager.picture.vehicles for r in robots) and manager.link.connected
                )
                await until(lambda: all(r["link"] == "online" and r["x"] is not None for r in manager.robots_json()))
                yield manager, at, tasks


@pytest.mark.parametrize("embedded", [False, True], ids=["mosquitto", "amqtt"])
async def test_a_task_is_driven_and_finished(tmp_path: Path, embedded: bool) -> None:
    robot = make_robot(1)
    async with make_fleet(tmp_path, robot, embedded=embedded) as (manager, _, _):
        began = time.monotonic()
        task = await manager.submit(TaskRequest(kind="guide", place="culture", origin="kiosk-01"))
        await until(lambda: robot.orders != [], 3)
        assert time.monotonic() - began < 1.0
        await until(lambda: not manager.picture.tasks[task.id].open, 40)
        assert manager.picture.tasks[task.id].state == "finished"
        assert robot.errors == []
        assert manager.link.rejected == {}
        assert [o.header_id for o in robot.orders] == list(range(len(robot.orders)))


async def test_a_broken_connection_is_shown_within_two_seconds(tmp_path: Path) -> None:
    """The will of a robot that dies: its socket is closed without a DISCONNECT."""
    async with make_fleet(tmp_path, make_robot(1)) as (manager, at, _):
        will = aiomqtt.Will("uagv/v2/fairguide/guide-02/connection", BROKEN, qos=1, retain=True)
        ghost = aiomqtt.Client(at.host, at.port, will=will)
        await ghost.__aenter__()
        await ghost.publish("uagv/v2/fairguide/guide-02/connection", ONLINE, qos=1, retain=True)
        await until(lambda: len(manager.robots_json()) == 2)
        began = time.monotonic()
        ghost._client.socket().shutdown(socket.SHUT_RDWR)
        await until(lambda: manager.robots_json()[1]["link"] == "broken")
        assert time.monotonic() - began < 2.0
        await until(lambda: any(a["kind"] == "robot_broken" for a in manager.alerts_json()))
        with contextlib.suppress(aiomqtt.MqttError):
            await ghost.__aexit__(None, None, None)


async def test_a_silent_robot_is_shown_stale(tmp_path: Path) -> None:
    async with make_fleet(tmp_path, make_robot(1)) as (manager, _, tasks):
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
        await until(lambda: manager.robots_json()[0]["link"] in ("offline", "stale"), 3)


async def test_malformed_messages_are_counted_and_stop_nothing(tmp_path: Path) -> None:
    robot = make_robot(1)
    async with make_fleet(tmp_path, robot) as (manager, at, _):
        async with aiomqtt.Client(at.host, at.port) as client:
            for topic in (
                "uagv/v2/fairguide/guide-01/state",
                "venue/v1/kiosks/kiosk-01/requests",
                "venue/v1/sites/x/status",
            ):
                await client.publish(topic, b"{ this is no JSON", qos=1)
        await until(lambda: manager.picture.counts["malformed"] == 3)
        await until(lambda: sum(a["kind"] == "malformed" for a in manager.alerts_json()) == 3)
        task = await manager.submit(TaskRequest(kind="goTo", place="culture"))
        await until(lambda: manager.picture.tasks[task.id].state == "finished", 30)


async def test_a_kiosk_request_is_answered_once_and_again(tmp_path: Path) -> None:
    async with make_fleet(tmp_path, make_robot(1)) as (manager, at, _):
        request = {"requestId": "q1", "kind": "guide", "timestamp": "2020-09-05T01:00:00Z", "place": "culture"}
        heard: list[dict[str, str]] = []
        async with aiomqtt.Client(at.host, at.port) as client:
            await client.subscribe("venue/v1/kiosks/kiosk-01/notices", qos=1)

            async def listen() -> None:
                async for message in client.messages:
                    heard.append(json.loads(message.payload))

            async with running(listen()):
                for _ in range(2):
                    payload = json.dumps(request | {"origin": "kiosk-01"})
                    await client.publish("venue/v1/kiosks/kiosk-01/requests", payload, qos=1)
                wrong = json.dumps(request | {"requestId": "q2", "place": "cultur", "origin": "kiosk-01"})
                await client.publish("venue/v1/kiosks/kiosk-01/requests", wrong, qos=1)
                await until(lambda: any(n["kind"] == "finished" for n in heard), 40)
        mine = [n for n in heard if n["requestId"] == "q1"]
        kinds = list(dict.fromkeys(n["kind"] for n in mine))
        assert kinds == ["accepted", "assigned", "approaching", "arrived", "leading", "finished"]
        assert len([t for t in manager.picture.tasks.values() if t.request_id == "q1"]) == 1
        [rejected] = [n for n in heard if n["requestId"] == "q2"]
        assert rejected["kind"] == "rejected"
        assert "culture" in rejected["reason"]


async def test_a_restarted_fleet_goes_on_with_the_robots_order(tmp_path: Path) -> None:
    robot, port = make_robot(1, speed=4.0), free_port()
    at, url = Broker("127.0.0.1", port), f"sqlite:///{tmp_path / 'fleet.db'}"
    async with broker("127.0.0.1", port), running(MqttRobot(robot, at).run()):
        with contextlib.closing(Store(url)) as store:
            first = Manager(load_venue("hall"), at, store)
            async with running(first.run()):
                await until(lambda: bool(first.robots_json()) and first.robots_json()[0]["x"] is not None)
                task = await first.submit(TaskRequest(kind="goTo", place="culture"))
                await until(lambda: first.picture.tasks[task.id].state == "active" and len(robot.orders) > 1)
        order_id = robot.order_id
        with contextlib.closing(Store(url)) as store:
            second = Manager(load_venue("hall"), at, store)
            assert second.picture.tasks[task.id].open
            async with running(second.run()):
                await until(lambda: second.picture.tasks[task.id].state == "finished", 40)
        assert {o.order_id for o in robot.orders} == {order_id}


async def test_http_and_stream(tmp_path: Path) -> None:
    from fleet.api import create_app, serve
    from fleet.api.server import listen

    robot, port = make_robot(1), free_port()
    async with make_fleet(tmp_path, robot) as (manager, _, _):
        listener = listen("127.0.0.1", port)
        with pytest.raises(StartError, match="in use"):
            listen("127.0.0.1", port)
        async with (
            running(serve(create_app(manager), listener)),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            assert (await client.get("/readyz")).json() == {"ready": True, "problems": []}
            async with websockets.connect(f"ws://127.0.0.1:{port}/api/v1/stream") as feed:
                first = json.loads(await feed.recv())
                assert (first["type"], first["robots"][0]["serial"]) == ("snapshot", "guide-01")
                posted = await client.post("/api/v1/tasks", json={"kind": "goTo", "place": "culture"})
                assert posted.status_code == 201
                async with asyncio.timeout(5):
                    tick = json.loads(await feed.recv())
                assert tick["type"] == "tick"
            bad = await client.post("/api/v1/tasks", json={"kind": "goTo", "place": "cultur"})
            assert bad.status_code == 422
            assert bad.headers["content-type"] == "application/problem+json"
            assert "did you mean culture" in bad.json()["detail"]
            task = f"/api/v1/tasks/{posted.json()['id']}"
            assert (await client.get(task)).json()["robot"] == "guide-01"
            assert (await client.post("/api/v1/robots/guide-01/pause")).status_code == 202
            await until(lambda: robot.paused)
            assert (await client.post("/api/v1/robots/guide-01/resume")).status_code == 202
            assert (await client.delete(task)).json()["state"] == "cancelled"
            await until(lambda: robot.idle)
            assert 'fairguide_robots{link="online"} 1.0' in (await client.get("/metrics")).text
            for path in ("venue", "robots", "tasks", "sites", "kiosks", "alerts", "events", "robots/guide-01"):
                assert (await client.get(f"/api/v1/{path}")).status_code == 200
            assert (await client.get("/api/v1/robots/nobody")).status_code == 404


async def test_without_a_broker_it_says_so_and_goes_on_trying(tmp_path: Path) -> None:
    port = free_port()
    with contextlib.closing(Store(f"sqlite:///{tmp_path / 'fleet.db'}")) as store:
        manager = Manager(load_venue("hall"), Broker("127.0.0.1", port), store)
        async with running(manager.run()):
            await until(lambda: bool(manager.ticks))
            assert "cannot be reached" in manager.problems[0]
            async with broker("127.0.0.1", port):
                await until(lambda: not manager.problems, 15)


async def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    port = free_port()
    async with broker("127.0.0.1", port):
        with pytest.raises(StartError, match=f"127.0.0.1:{port} is in use"):
            async with broker("127.0.0.1", port):
                pass


async def test_commands_start_answer_and_end_cleanly(tmp_path: Path) -> None:
    """`fleet run` as a process: ready, a used port is one line and status 2, SIGTERM ends it with 0 within 3 s."""
    broker_port, http_port = free_port(), free_port()
    line = "from fleet.commands import app; app()"
    options = ["--venue", "hall", "--broker", f"mqtt://127.0.0.1:{broker_port}", "--http", f"127.0.0.1:{http_port}"]
    command = [sys.executable, "-c", line, "run", *options, "--store", f"sqlite:///{tmp_path / 'fleet.db'}"]

    async def start() -> asyncio.subprocess.Process:
        root = Path(__file__).parents[2]
        return await asyncio.create_subprocess_exec(*command, cwd=root, stderr=asyncio.subprocess.PIPE)

    async with broker("127.0.0.1", broker_port), httpx.AsyncClient() as client:
        process = await start()
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"http://127.0.0.1:{http_port}/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
        second = await start()
        _, errors = await second.communicate()
        assert second.returncode == 2
        assert errors.decode().strip().splitlines()[-1].startswith(f"fairguide fleet: 127.0.0.1:{http_port} is in use")
        began = time.monotonic()
        process.terminate()
        _, errors = await process.communicate()
        assert process.returncode == 0
        assert time.monotonic() - began < 3.0
        assert "Traceback" not in errors.decode()
