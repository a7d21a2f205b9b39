"""Booth generators: rows that fill a hall, blocks of booths; and the aisles between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_uppercase

from maps.plan import BlockIn, HallIn, RowsIn
from maps.streets import Street
from maps.venue import Rect

MAX_BOOTHS = 20_000
"""Of one hall: more is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A booth before anybody rents it: its number in the hall, its rectangle, the middle of its front."""

    number: str
    rect: Rect
    front: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Stands of one hall and the centre lines of its aisles (horizontal at `ys`, vertical at `xs`)."""

    stands: tuple[Stand, ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]


def layout(hall: HallIn) -> Layout | None:
    """The booths and aisles of a hall with `rows` or `blocks`; None if its `rows` do not fit.

    Slack is given to the aisles, so they are at least as wide as asked.
    """
    if hall.rows is None:
        return Layout(tuple(_numbered(hall.blocks)), (), ())
    fitted = _fit(hall.rect, hall.rows)
    if fitted is None:
        return None
    bottoms, lefts, columns = fitted
    width, depth = hall.rows.size
    blocks = [
        BlockIn(corner=(left, bottom), size=(width, depth), columns=columns) for bottom in bottoms for left in lefts
    ]
    stands = tuple(_numbered(blocks, per_row=len(lefts)))
    xs = _centres(hall.rect[0], hall.rect[2], hall.rows.edge, [(x, x + columns * width) for x in lefts])
    ys = _centres(hall.rect[1], hall.rect[3], hall.rows.edge, [(y, y + 2 * depth) for y in bottoms])
    return Layout(stands + tuple(_numbered(hall.blocks, first=len(bottoms))), xs, ys)


def aisles(hall_id: str, hall: HallIn, plan_layout: Layout, speed: float) -> Iterator[Street]:
    """The streets of a hall's aisles: around its booths and between them."""
    if not plan_layout.xs:
        return
    x0, x1 = plan_layout.xs[0], plan_layout.xs[-1]
    y0, y1 = plan_layout.ys[0], plan_layout.ys[-1]
    for number, y in enumerate(plan_layout.ys, 1):
        yield Street(f"{hall_id} aisle {number}", True, y, x0, x1, speed)
    for number, x in enumerate(plan_layout.xs, 1):
        yield Street(f"{hall_id} cross aisle {number}", False, x, y0, y1, speed)


def _fit(rect: tuple[float, float, float, float], rows: RowsIn) -> tuple[list[float], list[float], int] | None:
    """Lower edges of the double rows, left edges of the blocks, booths per block; None if nothing fits."""
    width, depth = rows.size
    bottoms = _spread(rect[1] + rows.edge, rect[3] - rows.edge, 2 * depth, rows.aisle)
    room = rect[2] - rect[0] - 2 * rows.edge - rows.cross * rows.aisle
    columns = int((room / (rows.cross + 1) + 1e-9) // width)
    if columns < 1 or not bottoms or columns * len(bottoms) * 2 * (rows.cross + 1) > MAX_BOOTHS:
        return None
    lefts = _spread(rect[0] + rows.edge, rect[2] - rows.edge, columns * width, rows.aisle, rows.cross + 1)
    return bottoms, lefts, columns


def _spread(low: float, high: float, size: float, gap: float, count: int | None = None) -> list[float]:
    """Starts of `count` (or as many as fit) pieces of `size` from low to high, at least `gap` apart."""
    room = high - low
    if count is None:
        count = int((room + gap + 1e-9) // (size + gap))
    if count < 1:
        return []
    if count == 1:
        return [low + (room - size) / 2]
    pitch = (room - size) / (count - 1)
    return [low + index * pitch for index in range(count)]


def _centres(low: float, high: float, edge: float, pieces: list[tuple[float, float]]) -> tuple[float, ...]:
    between = [(end + start) / 2 for (_, end), (start, _) in pairwise(pieces)]
    return (low + edge / 2, *between, high - edge / 2)


def _numbered(blocks: list[BlockIn], *, per_row: int = 1, first: int = 0) -> Iterator[Stand]:
    """Stands with numbers like A01: the letter counts rows, the digits booths along the row."""
    counts: dict[int, int] = {}
    for index, block in enumerate(blocks):
        row = first + index // per_row
        for level, column in ((r, c) for r in range(block.rows) for c in range(block.columns)):
            counts[row] = counts.get(row, 0) + 1
            x = block.corner[0] + column * block.size[0]
            y = block.corner[1] + level * block.size[1]
            rect = Rect(round(x, 3), round(y, 3), round(x + block.size[0], 3), round(y + block.size[1], 3))
            side = block.front if block.rows == 1 else ("south", "north")[level]
            front = (rect.centre[0], rect.y0 if side == "south" else rect.y1)
            yield Stand(f"{_letters(row)}{counts[row]:02d}", rect, front)


def _letters(row: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    text = ascii_uppercase[row % 26]
    return text if row < 26 else _letters(row // 26 - 1) + text
