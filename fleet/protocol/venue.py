"""The venue's own messages, beside VDA 5050: requests, notices, radio, 5G sites, kiosks.

Times are ISO 8601 UTC with `Z`.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from fleet.protocol.base import Part, Timestamp


class RequestKind(StrEnum):
    GUIDE = "guide"
    """Lead a visitor to `place`."""
    GO_TO = "goTo"
    """Send a robot to `place`, nobody with it."""
    CALL_STAFF = "callStaff"
    CANCEL = "cancel"
    """Give up request `cancels`."""
    VISITOR_LOST = "visitorLost"
    """The visitor of request `about` has not been seen for a while: what is to be done?"""


class VisitorRequest(Part):
    """robot or kiosk -> fleet. Sending it again with the same `request_id` changes nothing."""

    request_id: str = Field(min_length=1, max_length=64)
    kind: RequestKind
    timestamp: Timestamp
    place: str = ""
    """Canonical id of the destination."""
    origin: str = ""
    """Canonical id of the place the visitor waits at; empty: with the robot that asks."""
    language: str = "zh"
    text: str = Field(default="", max_length=10_000)
    """What the visitor said, for the record."""
    cancels: str = ""
    about: str = ""


class NoticeKind(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ASSIGNED = "assigned"
    APPROACHING = "approaching"
    ARRIVED = "arrived"
    """The robot is where the visitor waits."""
    LEADING = "leading"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ANNOUNCEMENT = "announcement"


class Notice(Part):
    """fleet -> robot or kiosk: what became of a request, or something to say aloud."""

    kind: NoticeKind
    timestamp: Timestamp
    request_id: str = ""
    task_id: str = ""
    robot: str = ""
    eta_s: float | None = None
    reason: str = ""
    text: dict[str, str] = Field(default_factory=dict)
    """language -> sentence."""


class RadioReport(Part):
    """robot -> fleet: the serving cell where the robot is."""

    timestamp: Timestamp
    x: float
    y: float
    map_id: str
    site_id: str
    nci: int = Field(ge=0, lt=2**36)
    rsrp_dbm: float
    rsrq_db: float
    sinr_db: float
    latency_ms: float | None = None
    throughput_mbps: float | None = None


class Availability(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


class SiteStatus(Part):
    """5G site -> fleet."""

    site_id: str
    status: Availability
    timestamp: Timestamp = ""
    cells: tuple[int, ...] = ()
    """NR cell identities on air."""
    temperature_c: float | None = None
    power_w: float | None = None
    backhaul_ms: float | None = None
    alarms: tuple[str, ...] = ()


class CellPerformance(Part):
    """5G site -> fleet: one measurement period of one cell."""

    site_id: str
    nci: int = Field(ge=0, lt=2**36)
    timestamp: Timestamp
    period_s: float = Field(gt=0)
    users: int = Field(ge=0)
    prb_used: float = Field(ge=0, le=1)
    """Share of physical resource blocks in use, downlink."""
    throughput_mbps: float = Field(ge=0)
    latency_ms: float = Field(ge=0)
    drop_rate: float = Field(ge=0, le=1)


class KioskStatus(Part):
    """kiosk -> fleet."""

    kiosk_id: str
    status: Availability
    timestamp: Timestamp = ""
    visitors_today: int = 0
    language: str = "zh"


class Announcement(Part):
    timestamp: Timestamp
    text: dict[str, str]
    halls: tuple[str, ...] = ()
    """Empty: everywhere."""


class Emergency(Part):
    active: bool
    timestamp: Timestamp
    text: dict[str, str] = Field(default_factory=dict)
    halls: tuple[str, ...] = ()
    ordered_by: str = ""
