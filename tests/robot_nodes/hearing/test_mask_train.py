"""What a mask is trained with, and that what was trained is what runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from robot_nodes.hearing.mask import BANDS, Network
from robot_nodes.hearing.mask_train import Example, examples

RATE = 16_000


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """One scene: a second of noise in every channel, in whose middle somebody ahead of the array speaks."""
    rng = np.random.default_rng(1)
    rest = rng.normal(0.0, 0.003, (2 * RATE, 6))
    talker = np.zeros((2 * RATE, 6))
    talker[RATE : RATE + RATE // 2] = rng.normal(0.0, 0.05, (RATE // 2, 1))  # from above: at all microphones at once
    np.save(tmp_path / "00000.npy", np.rint(np.stack([talker, rest]) * 32767).astype(np.int16))
    truth = {"file": "00000.npy", "azimuth_deg": 10.0, "start_s": 1.0, "end_s": 1.5}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(truth) + "\n")
    return tmp_path


def test_a_scene_is_looked_at_and_past(scenes: Path) -> None:
    towards, past = examples(scenes, np.random.default_rng(2))
    speaking = slice(135, 180)
    assert towards.features.shape == (len(towards.voice), BANDS, 5)
    assert np.isfinite(towards.features).all()
    assert towards.voice[speaking].all()
    assert not towards.voice[20:110].any()
    assert towards.gains[speaking].mean() > 0.5
    assert towards.gains[20:110].max() < 0.1
    assert not past.voice.any()
    assert np.all(past.gains == -1)


def test_what_was_trained_runs_the_same(scenes: Path) -> None:
    torch = pytest.importorskip("torch")
    from robot_nodes.hearing.mask_torch import NetworkInTorch, fit

    rng = np.random.default_rng(3)
    known = [
        Example(
            rng.normal(size=(700, BANDS, 5)).astype(np.float16),
            rng.uniform(size=(700, BANDS)).astype(np.float16),
            rng.uniform(size=700).round().astype(np.float16),
        )
        for _ in range(40)
    ]
    weights = fit(known, minutes=0.02, seed=1)
    network, trained = Network(weights), NetworkInTorch(torch, weights["mean"], weights["scale"])
    trained.take(weights)
    scaled = rng.normal(size=(52, BANDS, 5)).astype(np.float32)
    with torch.no_grad():
        gains, voice, _ = trained(torch.from_numpy(scaled)[None], None)
    states, _ = network.listen(scaled[2:, None], np.zeros((1, network.units), np.float32))
    assert np.allclose(torch.sigmoid(gains)[0].numpy(), network.gains(scaled, states[:, 0]), atol=1e-5)
    assert np.allclose(torch.sigmoid(voice)[0].numpy(), network.voice(states)[:, 0], atol=1e-5)
