"""What people look like to a camera: seeded clothes, and a torso, legs and a head drawn as flat shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colours = NDArray[np.float64]
"""Shape (n, 3): red, green, blue, 0..255."""

TORSO = (0.48, 0.82)
"""From the hip to the shoulders, by a person's height."""
_NEUTRAL = np.array(
    ((25, 25, 28), (55, 58, 62), (120, 120, 122), (185, 185, 182), (228, 228, 225), (30, 38, 70)), float
)
"""Black, greys, white and navy: what half of an exhibition wears."""
_SKIN = np.array(((235, 195, 165), (205, 160, 125), (150, 105, 75)), float)
_HAIR = np.array(((25, 20, 18), (60, 42, 30), (140, 130, 125)), float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wardrobe:
    """One row for each person.

    :ivar pattern: shape (n,): 0 plain, 1 stripes across, 2 open jacket over something lighter. `height`: metres.
    """

    shirt: Colours
    second: Colours
    trousers: Colours
    skin: Colours
    hair: Colours
    height: NDArray[np.float64]
    width: NDArray[np.float64]
    pattern: NDArray[np.int64]

    @classmethod
    def seeded(cls, count: int, seed: int) -> Wardrobe:
        """Clothes for so many people; the same for the same seed, whoever is asked for first."""
        rng = np.random.default_rng(seed)
        shirt = _clothes(rng, count, 0.5)
        second = np.clip(shirt + rng.choice((-60.0, 60.0, 110.0), (count, 1)), 10.0, 240.0)
        return cls(
            shirt=shirt,
            second=second,
            trousers=0.75 * _clothes(rng, count, 0.8),
            skin=_SKIN[rng.integers(0, len(_SKIN), count)],
            hair=_HAIR[rng.integers(0, len(_HAIR), count)],
            height=np.clip(rng.normal(1.68, 0.09, count), 1.45, 1.95),
            width=np.clip(rng.normal(0.44, 0.03, count), 0.36, 0.54),
            pattern=rng.choice(3, count, p=(0.6, 0.2, 0.2)),
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One person on the picture, in pixels: column of the middle, row of the feet, pixels a metre.

    :ivar turn: radians from facing the camera. `light`: shape (3,), what shines on them.
    """

    column: float
    feet: float
    scale: float
    turn: float
    light: Colours
    stride: float


def draw(image: Image, clothes: Wardrobe, person: int, it: Figure) -> None:
    """Paint one person over what is behind them."""
    tall = float(clothes.height[person])
    # From the side a body is narrower than from the front.
    half = 0.5 * float(clothes.width[person]) * it.scale * (0.62 + 0.38 * abs(math.cos(it.turn)))
    hip, shoulder = it.feet - TORSO[0] * tall * it.scale, it.feet - TORSO[1] * tall * it.scale
    _legs(image, it, hip, half, _lit(clothes.trousers[person], it.light))
    shirt = _lit(clothes.shirt[person], it.light)
    _box(image, it.column - half, shoulder, it.column + half, hip, shirt)
    if it.scale > 12.0:
        _texture(image, clothes, person, it, (shoulder, hip, half))
    head = 0.5 * (1.0 - TORSO[1]) * tall * it.scale
    skin = clothes.skin if abs(it.turn) < 0.6 * math.pi else clothes.hair
    _ellipse(image, it.column, shoulder - head, 0.62 * head, 0.95 * head, _lit(skin[person], it.light))
    _box(image, it.column - 0.62 * head, shoulder - 1.95 * head, it.column + 0.62 * head, shoulder - 1.4 * head,
         _lit(clothes.hair[person], it.light))  # fmt: skip


def _texture(image: Image, clothes: Wardrobe, person: int, it: Figure, at: tuple[float, float, float]) -> None:
    shoulder, hip, half = at
    second = _lit(clothes.second[person], it.light)
    pattern = int(clothes.pattern[person])
    if pattern == 1:
        step = 0.12 * it.scale
        for k in range(round((hip - shoulder) / step)):
            top = shoulder + (k + 0.3) * step
            _box(image, it.column - half, top, it.column + half, top + 0.35 * step, second)
    elif pattern == 2 and abs(it.turn) < 0.5 * math.pi:
        shift = half * math.sin(it.turn)
        _box(image, it.column + shift - 0.3 * half, shoulder, it.column + shift + 0.3 * half, hip, second)
    # Folds and the side turned from the light.
    shade = _lit(0.7 * clothes.shirt[person], it.light)
    _box(image, it.column + 0.72 * half, shoulder, it.column + half, hip, shade)


def _legs(image: Image, it: Figure, hip: float, half: float, colour: tuple[float, ...]) -> None:
    apart = 0.45 * half + 0.1 * it.scale * it.stride
    for side in (-1.0, 1.0):
        middle = it.column + side * apart
        _box(image, middle - 0.42 * half, hip, middle + 0.42 * half, it.feet, colour)


def _lit(colour: Colours, light: Colours) -> tuple[float, ...]:
    return tuple(np.minimum(colour * light, 255.0).tolist())


def _box(image: Image, x0: float, y0: float, x1: float, y1: float, colour: tuple[float, ...]) -> None:
    a, b = (math.floor(x0 + 0.5), math.floor(y0 + 0.5)), (math.floor(x1 + 0.5), math.floor(y1 + 0.5))
    cv2.rectangle(image, a, b, colour, cv2.FILLED)


def _ellipse(image: Image, x: float, y: float, a: float, b: float, colour: tuple[float, ...]) -> None:
    cv2.ellipse(image, ((x, y), (2.0 * max(a, 0.5), 2.0 * max(b, 0.5)), 0.0), colour, cv2.FILLED)


def _clothes(rng: np.random.Generator, count: int, neutral: float) -> Colours:
    """Half and half neutral and coloured; colours as cloth has them, rarely glaring."""
    hsv = np.column_stack(
        (rng.uniform(0, 180, count), rng.uniform(90, 220, count), rng.uniform(60, 220, count))
    ).astype(np.uint8)
    coloured = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0].astype(float) if count else np.empty((0, 3))
    plain = _NEUTRAL[rng.integers(0, len(_NEUTRAL), count)] + rng.uniform(-8, 8, (count, 1))
    chosen = rng.random(count) < neutral
    return np.clip(np.where(chosen[:, None], plain, coloured), 5.0, 245.0)
