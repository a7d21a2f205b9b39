from __future__ import annotations

import math

import numpy as np

from maps.venue import Cell, Site
from sim.radio import RadioModel, latency_ms, line_of_sight, path_loss, throughput_mbps

NAMES = {"zh": "站", "en": "site"}


def site(name: str, x: float, nci: int, beam: float = 2 * math.pi) -> Site:
    cell = Cell(nci=nci, azimuth_rad=0.0, beamwidth_rad=beam, frequency_mhz=3500.0, power_dbm=24.0)
    return Site(id=name, names=NAMES, x=x, y=0.0, height_m=6.0, cells=(cell,))


def test_loss_grows_with_distance_and_frequency() -> None:
    distance = np.linspace(1.0, 200.0, 400)
    sight = line_of_sight(distance)
    assert np.all(np.diff(sight) <= 0.004)  # the standard's own table steps up by 0.003 at 49 m
    low = path_loss(distance, np.full(400, 2.6), sight)
    assert np.all(np.diff(low) > 0.0)
    assert np.all(path_loss(distance, np.full(400, 4.9), sight) > low)


def test_better_links_are_faster() -> None:
    sinrs = np.linspace(-20.0, 40.0, 100)
    assert np.all(np.diff([throughput_mbps(s) for s in sinrs]) >= 0.0)
    assert np.all(np.diff([latency_ms(s) for s in sinrs]) <= 0.0)


def test_the_field_is_smooth_and_fixed_by_the_seed() -> None:
    sites = [site("a", 0.0, 1)]
    model = RadioModel(sites, 4)
    walk = np.array([model.rsrp(x, 3.0)[0] for x in np.arange(2.0, 60.0, 0.1)])
    assert np.abs(np.diff(walk)).max() < 1.5
    assert RadioModel(sites, 4).rsrp(7.0, 3.0) == model.rsrp(7.0, 3.0)
    assert RadioModel(sites, 5).rsrp(7.0, 3.0) != model.rsrp(7.0, 3.0)


def test_the_antenna_looks_forward() -> None:
    model = RadioModel([site("a", 0.0, 1, beam=math.radians(65))], 1)
    forward = np.mean([model.rsrp(20.0, y)[0] for y in np.linspace(-3, 3, 20)])
    behind = np.mean([model.rsrp(-20.0, y)[0] for y in np.linspace(-3, 3, 20)])
    assert forward > behind + 10.0


def test_hysteresis_keeps_the_serving_cell() -> None:
    model = RadioModel([site("a", 0.0, 1), site("b", 40.0, 2)], 2)
    changes, serving = 0, None
    for x in np.concatenate([np.arange(1.0, 39.0, 0.2), np.arange(39.0, 1.0, -0.2)]):
        sample, cell = model.sample(float(x), 0.0, serving)
        changes += serving is not None and cell != serving
        serving = cell
        power = model.rsrp(float(x), 0.0)
        assert power.max() - sample.rsrp_dbm < 3.0 + 1e-9
        assert sample.nci == model.ncis[cell]
        assert -20.0 <= sample.sinr_db <= 40.0
        assert sample.rsrq_db <= -10.7
    assert 2 <= changes <= 6
