"""Errors of the robot as a whole; each part has its own beside these."""

from __future__ import annotations


class RobotError(Exception):
    """One line that says what is wrong with how the robot was started, and what to do."""


class AbsentRobotError(RobotError):
    """`say` and `hear` did not find the robot."""
