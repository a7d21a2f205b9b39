"""Numbers as they are read in languages that count in myriads (Korean, Japanese)."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["read_number"]

_LONGEST = 8


def read_number(digits: str, names: Sequence[str], ranks: Sequence[str], groups: Sequence[str]) -> str:
    """Very long numbers, and those with a leading zero, digit by digit.

    :param digits: 0-9, at least one. :param names: of the ten digits.
    :param ranks: "", ten, hundred, thousand. :param groups: "", ten thousand, ...
    """
    if len(digits) > _LONGEST or (digits[0] == "0" and len(digits) > 1):
        return "".join(names[int(digit)] for digit in digits)
    if not digits.strip("0"):
        return names[0]
    words = []
    for place, digit in enumerate(reversed(digits)):
        group, rank = divmod(place, 4)
        if rank == 0 and group and digits[: len(digits) - place][-4:].strip("0"):
            words.append(groups[group])
        if digit != "0":
            words.append(("" if digit == "1" and rank else names[int(digit)]) + ranks[rank])
    return "".join(reversed(words))
