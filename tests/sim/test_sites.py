"""Simulated 5G sites: the model alone, and the process against a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocol.clock import unix_time
from fleet.protocol.link import Broker
from fleet.protocol.venue import Availability, CellPerformance, SiteStatus
from maps.venue import Cell, Site
from sim.sites import (
    ALARM_FAN,
    SiteError,
    SiteModel,
    SiteParameters,
    daily_load,
    local_hour,
    run_sites,
    serve,
)

ELEVEN_IN_BEIJING = datetime(2020, 9, 5, 3, 0, tzinfo=UTC).timestamp()
MIDNIGHT_IN_BEIJING = datetime(2020, 9, 4, 16, 0, tzinfo=UTC).timestamp()


def make_site(site_id: str = "site-01", cells: int = 3) -> Site:
    """A site with cells of 3.5 GHz."""
    sectors = tuple(
        Cell(nci=4096 + i, azimuth_rad=i * math.tau / 3, beamwidth_rad=1.1, frequency_mhz=3500.0, power_dbm=30.0)
        for i in range(cells)
    )
    return Site(id=site_id, names={"zh": "站", "en": "site"}, x=1.0, y=2.0, height_m=6.0, cells=sectors)


def run_for(model: SiteModel, start_s: float, steps: int) -> list[tuple[SiteStatus, list[CellPerformance]]]:
    return [model.step(start_s + i, 1.0) for i in range(steps)]


def mean_users(reports: list[tuple[SiteStatus, list[CellPerformance]]]) -> float:
    return sum(cell.users for _, cells in reports for cell in cells) / sum(len(cells) for _, cells in reports)


@given(st.floats(0.0, 24.0))
def test_daily_load_is_a_share(hour: float) -> None:
    assert 0.0 < daily_load(hour) <= 1.0


def test_hour_is_the_venues() -> None:
    assert local_hour(ELEVEN_IN_BEIJING) == 11.0
    assert local_hour(MIDNIGHT_IN_BEIJING) == 0.0


def test_same_seed_same_day() -> None:
    first = run_for(SiteModel(make_site(), 7), ELEVEN_IN_BEIJING, 50)
    assert first == run_for(SiteModel(make_site(), 7), ELEVEN_IN_BEIJING, 50)
    assert first != run_for(SiteModel(make_site(), 8), ELEVEN_IN_BEIJING, 50)


def test_sites_of_one_seed_differ() -> None:
    one, other = SiteModel(make_site("site-01"), 7), SiteModel(make_site("site-02"), 7)
    assert [c.users for c in one.step(ELEVEN_IN_BEIJING, 1.0)[1]] != [
        c.users for c in other.step(ELEVEN_IN_BEIJING, 1.0)[1]
    ]


def test_busy_at_eleven_quiet_at_midnight() -> None:
    busy = run_for(SiteModel(make_site(), 1), ELEVEN_IN_BEIJING, 200)
    quiet = run_for(SiteModel(make_site(), 1), MIDNIGHT_IN_BEIJING, 200)
    assert mean_users(busy) > 5 * mean_users(quiet)
    assert busy[-1][1][0].latency_ms > quiet[-1][1][0].latency_ms
    assert (busy[-1][0].power_w or 0) > (quiet[-1][0].power_w or 0)


def test_reports_name_site_cells_and_time() -> None:
    status, cells = SiteModel(make_site(), 1).step(ELEVEN_IN_BEIJING, 1.0)
    assert status.status is Availability.ONLINE
    assert status.cells == (4096, 4097, 4098)
    assert [cell.nci for cell in cells] == [4096, 4097, 4098]
    assert unix_time(cells[0].timestamp) == ELEVEN_IN_BEIJING
    assert SiteStatus.parse(status.to_json(), "test") == status


def test_overload_drops_calls_and_stays_within_the_protocol() -> None:
    crowded = SiteParameters(users_at_peak=2000.0)
    _, cells = SiteModel(make_site(), 1, crowded).step(ELEVEN_IN_BEIJING, 1.0)
    assert all(cell.prb_used == 0.98 for cell in cells)
    assert all(0.005 < cell.drop_rate < 0.05 for cell in cells)
    assert all(CellPerformance.parse(cell.to_json(), "test") == cell for cell in cells)


def test_alarms_come_and_go() -> None:
    troubled = SiteParameters(alarm_rate_per_h=200.0, alarm_s=10.0)
    reports = run_for(SiteModel(make_site(), 3, troubled), ELEVEN_IN_BEIJING, 600)
    with_alarm = [status for status, _ in reports if status.alarms]
    assert 0 < len(with_alarm) < len(reports)
    hot = [status.temperature_c or 0.0 for status, _ in reports if ALARM_FAN in status.alarms]
    cool = [status.temperature_c or 0.0 for status, _ in reports if not status.alarms]
    assert min(hot) > max(cool)


def test_unknown_site_names_those_there_are() -> None:
    with pytest.raises(SiteError, match=r"unknown site 'site-99': hall has site-01"):
        run_sites(venue="hall", broker="mqtt://127.0.0.1:1", ids=["site-99"])


def test_site_named_twice() -> None:
    with pytest.raises(SiteError, match="named twice"):
        run_sites(venue="hall", broker="mqtt://127.0.0.1:1", ids=["site-01", "site-01"])


def test_no_site_and_no_period() -> None:
    with pytest.raises(SiteError, match="--id"):
        run_sites(venue="hall", broker="mqtt://127.0.0.1:1", ids=[])
    with pytest.raises(SiteError, match="period"):
        run_sites(venue="hall", broker="mqtt://127.0.0.1:1", ids=["site-01"], period_s=0.0)


async def gather(messages: Any, wanted: Callable[[dict[str, bytes]], bool]) -> dict[str, bytes]:
    """Topic -> latest payload, once `wanted` holds of it."""
    seen: dict[str, bytes] = {}
    async with asyncio.timeout(10):
        async for message in messages:
            seen[message.topic.value] = message.payload
            if wanted(seen):
                return seen
    raise AssertionError("the broker closed the connection")


@pytest.mark.broker
async def test_publishes_and_says_goodbye(mqtt_broker: Any) -> None:
    status = "venue/v1/sites/site-01/status"
    serving = asyncio.create_task(serve([make_site()], Broker.parse(mqtt_broker.url), 1, 0.05))
    async with aiomqtt.Client("127.0.0.1", mqtt_broker.port) as listener:
        await listener.subscribe("venue/v1/sites/#")
        seen = await gather(listener.messages, lambda seen: len(seen) == 4)
        assert SiteStatus.parse(seen[status], status).status is Availability.ONLINE
        measured = CellPerformance.parse(seen["venue/v1/sites/site-01/cells/4097/pm"], "pm")
        assert (measured.site_id, measured.nci, measured.period_s) == ("site-01", 4097, 0.05)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        await gather(listener.messages, lambda seen: b"offline" in seen.get(status, b""))
    async with aiomqtt.Client("127.0.0.1", mqtt_broker.port) as late:
        await late.subscribe(status)
        seen = await gather(late.messages, lambda seen: True)
        assert SiteStatus.parse(seen[status], status).status is Availability.OFFLINE


@pytest.mark.broker
async def test_comes_back_with_the_broker(mqtt_broker: Any) -> None:
    mqtt_broker.stop()
    serving = asyncio.create_task(serve([make_site()], Broker.parse(mqtt_broker.url), 1, 0.05))
    await asyncio.to_thread(mqtt_broker.start)
    async with aiomqtt.Client("127.0.0.1", mqtt_broker.port) as listener:
        await listener.subscribe("venue/v1/sites/site-01/status")
        seen = await gather(listener.messages, lambda seen: True)
        assert b"online" in next(iter(seen.values()))
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


@pytest.mark.broker
def test_process_ends_cleanly(cli: Callable[..., Any], mqtt_broker: Any) -> None:
    process = cli("site", "--venue", "hall", "--broker", mqtt_broker.url, "--id", "site-01", "--id", "site-02")
    process.wait_for("ready")
    assert process.stop(within_s=3.0) == 0


def test_process_explains_an_unknown_site(cli: Callable[..., Any]) -> None:
    process = cli("site", "--venue", "hall", "--id", "nowhere")
    assert process.wait() == 2
    assert process.output.startswith("error: unknown site 'nowhere'")
    assert process.output.count("\n") == 1
