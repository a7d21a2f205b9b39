"""What can go wrong in the simulator, each with one clear line."""

from __future__ import annotations


class SimError(Exception):
    """Anything this room refuses."""


class PlacementError(SimError):
    """A robot or a person was put where there is a wall, another body, or no floor."""


class OptionError(SimError):
    """An option of a command that cannot be used."""


class DayError(SimError):
    """A scripted day that cannot be used: says file, entry, key and what to do."""


class NoWayError(SimError):
    """No walkable way between two points."""


class KioskError(SimError):
    """A kiosk did not answer, or refused."""
