"""What can go wrong in this room."""

from __future__ import annotations


class FleetError(Exception):
    """One line: what was wrong, where, and what to do."""


class StartError(FleetError):
    """The fleet cannot start: port in use, store not writable, venue with an error."""


class StoreError(FleetError):
    """The store did not take what had to be durable."""


class Rejected(FleetError):
    """A request the fleet does not take.

    :ivar reason: what was wrong.
    :ivar suggestion: what to ask for instead; may be empty.
    :ivar status: HTTP status that says the same.
    """

    def __init__(self, reason: str, suggestion: str = "", status: int = 422) -> None:
        super().__init__(f"{reason}; {suggestion}" if suggestion else reason)
        self.reason = reason
        self.suggestion = suggestion
        self.status = status


class NotFound(FleetError):
    """No such robot, task, site or place."""
