"""Errors of the robot as a whole; each part has its own beside these."""

from __future__ import annotations


class RobotError(Exception):
    """One line that says what is wrong with how the robot was started, and what to do."""


class CodedError(Exception):
    """One line that says what, where and what to do, and the number an action's result carries.

    :ivar code: the result's `error_code`.
    """

    code = 0

    def __init__(self, message: str) -> None:
        self.message = " ".join(message.split())
        super().__init__(self.message)


class AbsentRobotError(RobotError):
    """`say` and `hear` did not find the robot."""
