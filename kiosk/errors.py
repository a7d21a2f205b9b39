"""What can go wrong at a kiosk; each text is one line for the person who must act."""

from __future__ import annotations


class KioskError(Exception):
    """Base of this room's errors."""


class StartError(KioskError):
    """The kiosk cannot start: unknown id, wrong address, port in use."""


class UnknownCall(KioskError):
    """No call has this request id."""


class OutOfReach(KioskError):
    """The broker is not connected: no robot can be called."""
