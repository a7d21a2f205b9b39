from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.fields import Fields
from sim.lidar import LidarSpec, scan

SPEC = LidarSpec()
SILENT = np.zeros(SPEC.beams, np.float32)
NOBODY = np.empty((0, 3))


def analytic(x: float, y: float, angle: float) -> float:
    """Distance to the inner faces of the outer wall (0.05 m thick) or to the block, along `angle`."""
    dx, dy = math.cos(angle), math.sin(angle)
    hits = []
    if abs(dx) > 1e-9:
        hits.append(((19.95 if dx > 0 else 0.05) - x) / dx)
    if abs(dy) > 1e-9:
        hits.append(((11.95 if dy > 0 else 0.05) - y) / dy)
    best = min(hits)
    spans = []
    for p, d, low, high in ((x, dx, 8.0, 12.0), (y, dy, 5.0, 7.0)):
        if abs(d) < 1e-12:
            if not low < p < high:
                return best
            continue
        spans.append(tuple(sorted(((low - p) / d, (high - p) / d))))
    enter, leave = max(a for a, _ in spans), min(b for _, b in spans)
    return enter if 0.0 < enter < leave and enter < best else best


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 7.5), st.floats(0.5, 11.5), st.floats(-math.pi, math.pi))
def test_ranges_match_analytic_geometry(fields: Fields, x: float, y: float, yaw: float) -> None:
    ranges = scan(fields, (x, y, yaw), NOBODY, SPEC, SILENT)
    expected = np.array([analytic(x, y, yaw + SPEC.angle_min + k * SPEC.angle_increment) for k in range(SPEC.beams)])
    errors = np.abs(ranges - expected)
    # A beam that grazes the block's corner within rounding may go either way.
    assert np.count_nonzero(errors > 1e-3) <= 2


def test_first_beam_looks_backwards_and_beams_turn_counter_clockwise(fields: Fields) -> None:
    ranges = scan(fields, (5.0, 2.0, 0.0), NOBODY, SPEC, SILENT)
    assert ranges[0] == pytest.approx(4.95, abs=1e-3)
    assert ranges[90] == pytest.approx(1.95, abs=1e-3)
    assert ranges[180] == pytest.approx(14.95, abs=1e-3)


def test_a_person_is_a_circle(fields: Fields) -> None:
    ranges = scan(fields, (3.0, 3.0, 0.0), np.array([[5.0, 3.0, 0.25]]), SPEC, SILENT)
    assert ranges[180] == pytest.approx(1.75, abs=1e-3)
    half = math.degrees(math.asin(0.25 / 2.0))
    assert np.count_nonzero(ranges[150:210] < 2.0) == 2 * int(half) + 1


def test_a_circle_behind_is_seen_across_the_seam(fields: Fields) -> None:
    ranges = scan(fields, (3.0, 3.0, 0.0), np.array([[1.5, 3.0, 0.25]]), SPEC, SILENT)
    assert ranges[0] == pytest.approx(1.25, abs=1e-3)
    assert ranges[1] < 1.4
    assert ranges[-1] < 1.4


def test_walls_hide_people(fields: Fields) -> None:
    ranges = scan(fields, (6.0, 6.0, 0.0), np.array([[14.0, 6.0, 0.25]]), SPEC, SILENT)
    assert ranges[180] == pytest.approx(2.0, abs=1e-3)


def test_out_of_range_is_infinite(fields: Fields) -> None:
    short = LidarSpec(range_max_m=2.0)
    ranges = scan(fields, (5.0, 3.0, 0.0), NOBODY, short, SILENT)
    assert math.isinf(ranges[180])


def test_noise_has_the_stated_deviation(fields: Fields) -> None:
    rng = np.random.default_rng(5)
    clean = scan(fields, (3.0, 3.0, 0.2), NOBODY, SPEC, SILENT)
    errors = [
        scan(fields, (3.0, 3.0, 0.2), NOBODY, SPEC, rng.standard_normal(360, np.float32)) - clean for _ in range(30)
    ]
    assert np.std(errors) == pytest.approx(0.01, rel=0.05)
