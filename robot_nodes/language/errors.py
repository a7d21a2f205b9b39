"""What can go wrong in this room."""

from __future__ import annotations

__all__ = ["CatalogueError", "LanguageError"]


class LanguageError(Exception):
    """Base of this room's errors."""


class CatalogueError(LanguageError):
    """A YAML catalogue of this room is missing or wrong; the message names file and key."""
