"""Simulated 5G sites: a pure model of load and health, and the shell that publishes it over MQTT.

Tasks of `serve`: for each site one `Link.run` and one ticker, all in one TaskGroup owned by `serve`.
Cancelling `serve` ends the tickers first and then the links, which publish `offline` as their last word.
"""

from __future__ import annotations

import asyncio
import math
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from fleet.protocol.clock import utc_timestamp
from fleet.protocol.link import Broker, Link, Outgoing
from fleet.protocol.topics import cell_pm, site_status
from fleet.protocol.venue import Availability, CellPerformance, SiteStatus
from maps.venue import Cell, Site, Venue, load_venue
from sim.errors import SimError

_log = structlog.get_logger("site")

FAIR_UTC_OFFSET_H = 8.0
"""Beijing time: the day's load follows the venue's clock."""
ALARM_BACKHAUL = "backhaul-degraded"
ALARM_FAN = "fan-failure"


class SiteError(SimError):
    """Sites that cannot be run: says which, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteParameters:
    """A busy indoor site at a fair. Figures are of the usual order, not of one product."""

    users_at_peak: float = 120.0
    """Of one cell."""
    demand_mbps: float = 3.0
    """What one user asks for, averaged."""
    latency_ms: float = 8.0
    """Of an idle cell."""
    idle_w: float = 150.0
    """Power of a cell with nothing to send, and more in proportion to its load (the linear model of
    Auer et al., "How much energy is needed to run a wireless network?", IEEE Wireless Comm. 18(5), 2011)."""
    load_w: float = 250.0
    indoor_c: float = 26.0
    alarm_rate_per_h: float = 0.5
    alarm_s: float = 90.0
    """Mean length of an alarm."""
    noise_s: float = 30.0
    """Correlation time of the noise in the number of users."""


def daily_load(hour: float) -> float:
    """Share of the day's peak at `hour` (0 to 24, local): people come at nine, with a dip at noon."""
    morning = math.exp(-(((hour - 10.7) / 1.4) ** 2))
    afternoon = 0.9 * math.exp(-(((hour - 14.8) / 1.9) ** 2))
    return min(1.0, 0.04 + morning + afternoon)


def local_hour(unix_s: float, utc_offset_h: float = FAIR_UTC_OFFSET_H) -> float:
    """Hour of the day, 0 to 24, at the venue."""
    moment = datetime.fromtimestamp(unix_s + utc_offset_h * 3600.0, tz=UTC)
    return moment.hour + moment.minute / 60.0 + moment.second / 3600.0


def capacity_mbps(frequency_mhz: float) -> float:
    """Downlink a cell can carry: 100 MHz of bandwidth above 2.5 GHz, 20 MHz below; 6 bit/s/Hz in the mean."""
    bandwidth_mhz = 100.0 if frequency_mhz > 2500.0 else 20.0
    return 6.0 * bandwidth_mhz


class CellModel:
    """One cell: people come and go, and the figures follow from how many there are."""

    def __init__(self, cell: Cell, dice: random.Random, parameters: SiteParameters) -> None:
        self.cell = cell
        self.prb_used = 0.0
        self._dice = dice
        self._parameters = parameters
        self._attraction = dice.uniform(0.5, 1.3)
        self._noise = dice.gauss(0.0, 1.0)

    def step(self, load: float, dt_s: float) -> tuple[int, float, float, float]:
        """Advance `dt_s` at `load` (share of the peak): users, throughput Mbit/s, latency ms, drop rate."""
        p = self._parameters
        keep = math.exp(-dt_s / p.noise_s)  # an Ornstein-Uhlenbeck process of unit variance, sampled
        self._noise = keep * self._noise + math.sqrt(1.0 - keep * keep) * self._dice.gauss(0.0, 1.0)
        expected = p.users_at_peak * self._attraction * load
        users = max(0, round(expected + math.sqrt(expected) * self._noise))
        capacity = capacity_mbps(self.cell.frequency_mhz)
        self.prb_used = min(0.98, users * p.demand_mbps / capacity)
        latency_ms = p.latency_ms / (1.0 - self.prb_used) ** 0.5
        drop_rate = min(1.0, 0.0005 + 0.05 * max(0.0, self.prb_used - 0.8))
        return users, self.prb_used * capacity, latency_ms, drop_rate


class SiteModel:
    """One site: its cells, its temperature and power, and now and then an alarm."""

    def __init__(self, site: Site, seed: int, parameters: SiteParameters | None = None) -> None:
        self.site = site
        self.alarm = ""
        self.last: SiteStatus | None = None
        """What `step` returned last."""
        self._parameters = parameters or SiteParameters()
        self._dice = random.Random(f"{seed}/{site.id}")
        self._cells = [CellModel(cell, self._dice, self._parameters) for cell in site.cells]
        self._alarm_left_s = 0.0

    def step(self, unix_s: float, dt_s: float) -> tuple[SiteStatus, list[CellPerformance]]:
        """What the site reports of the period of `dt_s` seconds that ends at `unix_s`."""
        self._advance_alarm(dt_s)
        stamp = utc_timestamp(unix_s)
        load = daily_load(local_hour(unix_s))
        extra_ms = 40.0 if self.alarm == ALARM_BACKHAUL else 0.0
        measured = []
        for model in self._cells:
            users, throughput_mbps, latency_ms, drop_rate = model.step(load, dt_s)
            measured.append(
                CellPerformance(
                    site_id=self.site.id,
                    nci=model.cell.nci,
                    timestamp=stamp,
                    period_s=dt_s,
                    users=users,
                    prb_used=round(model.prb_used, 4),
                    throughput_mbps=round(throughput_mbps, 1),
                    latency_ms=round(latency_ms + extra_ms, 2),
                    drop_rate=round(drop_rate, 5),
                )
            )
        self.last = self._status(stamp, extra_ms)
        return self.last, measured

    def _status(self, stamp: str, extra_ms: float) -> SiteStatus:
        p = self._parameters
        used = sum(model.prb_used for model in self._cells)
        fan_c = 22.0 if self.alarm == ALARM_FAN else 0.0
        return SiteStatus(
            site_id=self.site.id,
            status=Availability.ONLINE,
            timestamp=stamp,
            cells=tuple(model.cell.nci for model in self._cells),
            temperature_c=round(p.indoor_c + 8.0 + 12.0 * used / max(1, len(self._cells)) + fan_c, 1),
            power_w=round(p.idle_w * len(self._cells) + p.load_w * used, 1),
            backhaul_ms=round(1.0 + self._dice.random() * 0.5 + extra_ms, 2),
            alarms=(self.alarm,) if self.alarm else (),
        )

    def _advance_alarm(self, dt_s: float) -> None:
        if self.alarm:
            self._alarm_left_s -= dt_s
            if self._alarm_left_s <= 0.0:
                self.alarm = ""
        elif self._dice.random() < 1.0 - math.exp(-dt_s * self._parameters.alarm_rate_per_h / 3600.0):
            self.alarm = self._dice.choice((ALARM_BACKHAUL, ALARM_FAN))
            self._alarm_left_s = self._dice.expovariate(1.0 / self._parameters.alarm_s)


def chosen_sites(venue: Venue, ids: Sequence[str]) -> list[Site]:
    """The sites to run.

    :raises SiteError: if the venue has no such site, one is named twice, or none is.
    """
    if not ids:
        raise SiteError(f"no site to run: name one or more with --id; {venue.id} has {_few(venue)}")
    for site_id in ids:
        if site_id not in venue.sites:
            raise SiteError(f"unknown site {site_id!r}: {venue.id} has {_few(venue)}")
    if len(set(ids)) != len(ids):
        raise SiteError("a site is named twice: name each once")
    return [venue.sites[site_id] for site_id in ids]


def _few(venue: Venue) -> str:
    names = list(venue.sites)
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def site_link(model: SiteModel, broker: Broker, now: Callable[[], float]) -> Link:
    """The link of one site: offline as will and farewell, the last status first after each connect."""
    site_id = model.site.id
    topic = site_status(site_id)

    def retained(status: SiteStatus) -> Outgoing:
        return Outgoing(topic=topic, payload=status.to_json(), qos=1, retain=True)

    def offline(timestamp: str) -> Outgoing:
        return retained(SiteStatus(site_id=site_id, status=Availability.OFFLINE, timestamp=timestamp))

    return Link(
        broker,
        f"fairguide-{site_id}",
        will=offline(""),
        greeting=lambda: [] if model.last is None else [retained(model.last)],
        farewell=lambda: [offline(utc_timestamp(now()))],
    )


async def _tick(model: SiteModel, link: Link, period_s: float, now: Callable[[], float]) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        status, measured = model.step(now(), period_s)
        if link.connected:  # on connecting, the greeting tells the latest
            link.publish(site_status(model.site.id), status.to_json(), qos=1, retain=True)
            for cell in measured:
                link.publish(cell_pm(cell.site_id, str(cell.nci)), cell.to_json())
        due = max(due + period_s, loop.time())
        await asyncio.sleep(due - loop.time())


async def serve(
    sites: Sequence[Site], broker: Broker, seed: int, period_s: float, now: Callable[[], float] = time.time
) -> None:
    """Run `sites` until cancelled."""
    async with asyncio.TaskGroup() as group:
        for site in sites:
            model = SiteModel(site, seed)
            link = site_link(model, broker, now)
            group.create_task(_tick(model, link, period_s, now), name=f"{site.id}-ticker")
            group.create_task(link.run(), name=f"{site.id}-link")
        _log.info("ready", sites=len(sites), cells=sum(len(site.cells) for site in sites), broker=str(broker))


async def _serve_until_signal(sites: Sequence[Site], broker: Broker, seed: int, period_s: float) -> None:
    serving = asyncio.create_task(serve(sites, broker, seed, period_s), name="sites")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()


def run_sites(*, venue: str, broker: str, ids: Sequence[str], seed: int = 1, period_s: float = 1.0) -> int:
    """`fairguide site`: run until SIGINT or SIGTERM; the exit status.

    :param venue: name or plan of the venue, as for `load_venue`.
    :raises SiteError: if a site is unknown or the period is not positive.
    :raises PlanError: if the venue cannot be loaded.
    :raises ProtocolError: if `broker` is no address.
    """
    if not period_s > 0:
        raise SiteError(f"period {period_s}: must be more than 0 seconds")
    address = Broker.parse(broker)
    sites = chosen_sites(load_venue(venue), ids)
    asyncio.run(_serve_until_signal(sites, address, seed, period_s))
    return 0
