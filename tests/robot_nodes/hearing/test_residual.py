"""What is left of the robot's own voice: told from a visitor's, and taken out."""

from __future__ import annotations

import numpy as np
import pytest

from robot_nodes.hearing.residual import ResidualEcho
from robot_nodes.hearing.spectrum import BINS

LEAK = 0.01


def echo_powers(steps: int, seed: int) -> np.ndarray:
    """Loud and soft syllables; shape (steps, BINS)."""
    rng = np.random.default_rng(seed)
    loudness = np.repeat(rng.choice([0.02, 0.3, 1.0, 3.0], steps // 4 + 1), 4)[:steps]
    return np.asarray(loudness[:, None] * rng.uniform(0.5, 1.5, (steps, BINS)))


def trained(noise: float = 0.0) -> ResidualEcho:
    residue = ResidualEcho()
    rng = np.random.default_rng(7)
    for echo in echo_powers(200, 1):
        residue.step(LEAK * echo + noise * rng.uniform(0.5, 1.5, BINS), echo, alone=True)
    return residue


def test_the_leakage_is_found() -> None:
    residue = trained()
    echo = np.full(BINS, 3.0)
    residue.step(LEAK * echo, echo, alone=True)
    middle = residue.expected[10:-10]
    assert np.median(middle) == pytest.approx(LEAK * 3.0, rel=0.5)


def test_noise_is_not_taken_for_leakage() -> None:
    residue = trained(noise=0.05)
    residue.step(np.full(BINS, 0.08), np.full(BINS, 3.0), alone=True)
    assert np.median(residue.expected) < 3 * LEAK * 3.0


def test_a_visitor_stands_out_and_the_robot_does_not() -> None:
    residue = trained()
    for echo in echo_powers(20, 2):
        residue.step(LEAK * echo, echo, alone=True)
        assert not residue.visitor
    seen = []
    for echo, visitor in zip(echo_powers(30, 3), echo_powers(30, 4), strict=True):
        residue.step(LEAK * echo + visitor, echo, alone=not residue.visitor, begun=residue.visitor)
        seen.append(residue.visitor)
    assert any(seen[:8]), "within 0.26 s"
    assert np.mean(seen) > 0.5


def test_the_residue_is_taken_out_and_a_visitor_kept() -> None:
    residue = trained()
    rng = np.random.default_rng(8)
    echo = np.ones(BINS)
    for _ in range(5):
        left = np.sqrt(LEAK / 2) * (rng.normal(size=(4, BINS)) + 1j * rng.normal(size=(4, BINS)))
        residue.step(np.mean(np.abs(left) ** 2, axis=0), echo, alone=True)
        soft = left * residue.gains(left.astype(np.complex64))
    assert np.mean(np.abs(soft) ** 2) < 0.35 * np.mean(np.abs(left) ** 2)
    loud = (left * 20).astype(np.complex64)
    for _ in range(3):
        residue.step(np.mean(np.abs(loud) ** 2, axis=0), echo, alone=False)
        gains = residue.gains(loud)
    assert np.mean(gains) > 0.8


def test_nothing_is_changed_when_the_robot_is_silent() -> None:
    residue = trained()
    for _ in range(100):
        residue.step(np.ones(BINS), None, alone=False)
    assert not residue.active
    assert residue.visitor
    assert np.array_equal(residue.gains(np.ones((4, BINS), np.complex64)), np.ones((4, BINS), np.float32))
