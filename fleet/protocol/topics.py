"""Topic names and their quality of service.

VDA 5050: `{interface}/v{major}/{manufacturer}/{serial}/{topic}` (2.1.0 section 6.3); the venue's own
extension lives under `venue/v1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fleet.protocol.base import ProtocolError

INTERFACE = "uagv"
MANUFACTURER = "fairguide"
VENUE = "venue/v1"
VDA_TOPICS = ("order", "instantActions", "state", "visualization", "connection", "factsheet")
_SERIAL = re.compile(r"[A-Za-z0-9_.:-]+")

EMERGENCY = f"{VENUE}/emergency"
ANNOUNCEMENTS = f"{VENUE}/announcements"


def check_id(text: str, what: str) -> str:
    """`text`, if it can be one topic level (VDA 5050 section 7.2 limits serial numbers so).

    :raises ProtocolError: if it cannot.
    """
    if not _SERIAL.fullmatch(text):
        raise ProtocolError(f"{what} {text!r}: use letters, digits and _ . : - only")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTopic:
    """One VDA 5050 topic of one vehicle, or a pattern of them where a field is `+`."""

    topic: str
    serial: str = "+"
    manufacturer: str = MANUFACTURER
    interface: str = INTERFACE
    major: str = "v2"

    def __str__(self) -> str:
        return f"{self.interface}/{self.major}/{self.manufacturer}/{self.serial}/{self.topic}"

    @classmethod
    def parse(cls, topic: str) -> VehicleTopic | None:
        """The parts of `topic`, or None where it is no VDA 5050 topic."""
        levels = topic.split("/")
        if len(levels) != 5 or levels[4] not in VDA_TOPICS:
            return None
        interface, major, manufacturer, serial, name = levels
        return cls(topic=name, serial=serial, manufacturer=manufacturer, interface=interface, major=major)


def robot_requests(serial: str = "+") -> str:
    """robot -> fleet: `VisitorRequest`."""
    return f"{VENUE}/robots/{serial}/requests"


def robot_notices(serial: str = "+") -> str:
    """fleet -> robot: `Notice`."""
    return f"{VENUE}/robots/{serial}/notices"


def robot_radio(serial: str = "+") -> str:
    """robot -> fleet: `RadioReport`."""
    return f"{VENUE}/robots/{serial}/radio"


def site_status(site: str = "+") -> str:
    """site -> fleet: `SiteStatus`, retained, also as will."""
    return f"{VENUE}/sites/{site}/status"


def cell_pm(site: str = "+", nci: str = "+") -> str:
    """site -> fleet: `CellPerformance`."""
    return f"{VENUE}/sites/{site}/cells/{nci}/pm"


def kiosk_status(kiosk: str = "+") -> str:
    """kiosk -> fleet: `KioskStatus`, retained, also as will."""
    return f"{VENUE}/kiosks/{kiosk}/status"


def kiosk_requests(kiosk: str = "+") -> str:
    """kiosk -> fleet: `VisitorRequest`."""
    return f"{VENUE}/kiosks/{kiosk}/requests"


def kiosk_notices(kiosk: str = "+") -> str:
    """fleet -> kiosk: `Notice`."""
    return f"{VENUE}/kiosks/{kiosk}/notices"
