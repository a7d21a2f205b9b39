"""What can go wrong while scenes are made."""

from __future__ import annotations

from sim.errors import SimError


class RecordingsError(SimError):
    """A folder of recordings, or one of them, cannot be used: says which and what to do."""
