"""5G sites and the robots' radio: what the venue's network looks like now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fleet.alerts import Condition, Severity
from fleet.protocol.venue import Availability, CellPerformance, RadioReport, SiteStatus
from maps.venue import Venue

WEAK_RSRP_DBM = -110.0
"""Below it a 5G link is at the cell's edge (3GPP TS 38.133 reports down to -156; operators plan for > -105)."""


@dataclass(slots=True)
class Network:
    """The last word of each site, cell and robot; newer timestamps win."""

    venue: Venue
    status: dict[str, SiteStatus] = field(default_factory=dict)
    cells: dict[tuple[str, int], CellPerformance] = field(default_factory=dict)
    radio: dict[str, RadioReport] = field(default_factory=dict)

    def observe_status(self, message: SiteStatus) -> None:
        """A retained status or a will: the last one heard counts."""
        self.status[message.site_id] = message

    def observe_cell(self, message: CellPerformance) -> None:
        last = self.cells.get((message.site_id, message.nci))
        if last is None or message.timestamp >= last.timestamp:
            self.cells[message.site_id, message.nci] = message

    def observe_radio(self, serial: str, message: RadioReport) -> None:
        last = self.radio.get(serial)
        if last is None or message.timestamp >= last.timestamp:
            self.radio[serial] = message

    def conditions(self) -> Iterator[Condition]:
        """What is wrong with the network now."""
        for site, status in self.status.items():
            if status.status is Availability.OFFLINE:
                yield Condition(
                    key=f"site_offline:{site}",
                    severity=Severity.CRITICAL,
                    text=f"5G site {site} is offline",
                    place=site,
                )
            for alarm in status.alarms:
                text = f"5G site {site} reports {alarm}"
                yield Condition(key=f"site_alarm:{site}:{alarm}", severity=Severity.WARNING, text=text, place=site)
        for serial, report in self.radio.items():
            if report.rsrp_dbm < WEAK_RSRP_DBM:
                text = f"{serial} has a weak 5G signal"
                yield Condition(key=f"radio_weak:{serial}", severity=Severity.INFO, text=text, place=serial)

    def to_json(self) -> list[dict[str, Any]]:
        """One object per site of the venue, heard of or not, and any other that reports."""
        return [self.site_json(site) for site in dict.fromkeys([*self.venue.sites, *self.status])]

    def site_json(self, site_id: str) -> dict[str, Any]:
        site, status = self.venue.sites.get(site_id), self.status.get(site_id)
        served = sorted(serial for serial, report in self.radio.items() if report.site_id == site_id)
        cells = [
            c.model_dump(by_alias=False, mode="json") for (of, _), c in sorted(self.cells.items()) if of == site_id
        ]
        return {
            "id": site_id,
            "names": dict(site.names) if site else {},
            "x": site.x if site else None,
            "y": site.y if site else None,
            "status": status.status.value if status else "unknown",
            "alarms": list(status.alarms) if status else [],
            "temperature_c": status.temperature_c if status else None,
            "power_w": status.power_w if status else None,
            "backhaul_ms": status.backhaul_ms if status else None,
            "cells": cells,
            "robots": served,
        }
