"""A bar chart as SVG, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 860
LABELS = 300
BAR = 18
GAP = 8
TOP = 64
COLOURS = {"right": "#2a9d5c", "rejected": "#c9b458", "wrong": "#d1495b"}


@dataclass(frozen=True, slots=True)
class Bar:
    """Percentages that make up one bar, and the 95 % interval of `right`."""

    label: str
    right: float
    rejected: float
    wrong: float
    low: float
    high: float
    n: int


def svg(title: str, bars: Sequence[Bar]) -> str:
    """Stacked bars from 0 to 100 %, one a condition, with the interval of what was right."""
    height = TOP + len(bars) * (BAR + GAP) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold" fill="#222">{escape(title)}</text>',
        _legend(),
        _scale(height),
    ]
    parts += [_bar(bar, TOP + number * (BAR + GAP)) for number, bar in enumerate(bars)]
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> str:
    words = {"right": "right phrase", "rejected": "asked to repeat", "wrong": "wrong phrase"}
    return "".join(
        f'<rect x="{LABELS + 150 * k}" y="38" width="12" height="12" fill="{COLOURS[key]}"/>'
        f'<text x="{LABELS + 18 + 150 * k}" y="49" fill="#222">{word}</text>'
        for k, (key, word) in enumerate(words.items())
    )


def _scale(height: int) -> str:
    return "".join(
        f'<line x1="{_x(p):.1f}" x2="{_x(p):.1f}" y1="{TOP - 4}" y2="{height - 34}" stroke="#ddd"/>'
        f'<text x="{_x(p):.1f}" y="{height - 18}" text-anchor="middle" fill="#555">{p} %</text>'
        for p in range(0, 101, 20)
    )


def _bar(bar: Bar, y: int) -> str:
    parts = [
        f'<text x="{LABELS - 10}" y="{y + 13}" text-anchor="end" fill="#222">{escape(bar.label)} (n={bar.n})</text>'
    ]
    at = 0.0
    for key, share in (("right", bar.right), ("rejected", bar.rejected), ("wrong", bar.wrong)):
        width = _x(at + share) - _x(at)
        parts.append(f'<rect x="{_x(at):.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[key]}"/>')
        at += share
    middle = y + BAR / 2
    parts.append(
        f'<path d="M{_x(bar.low):.1f} {middle}H{_x(bar.high):.1f}M{_x(bar.low):.1f} {middle - 4}v8'
        f'M{_x(bar.high):.1f} {middle - 4}v8" stroke="#111" stroke-width="1.5"/>'
    )
    parts.append(f'<text x="{_x(100) + 8:.1f}" y="{y + 13}" fill="#222">{bar.right:.1f}</text>')
    return "".join(parts)


def _x(percent: float) -> float:
    return LABELS + (WIDTH - LABELS - 60) * percent / 100.0
