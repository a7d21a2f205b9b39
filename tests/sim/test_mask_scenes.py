"""Scenes to train a mask with: what is true of them is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("pyroomacoustics")

from sim.acoustics import mask_scenes
from sim.acoustics.levels import power
from sim.acoustics.mask_scenes import Truth, make

RATE = 16_000
Heard = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Truth, Heard, Heard]]:
    rng = np.random.default_rng(1)
    said = [(rng.normal(0, 0.1, RATE) * np.hanning(RATE)).astype(np.float32) for _ in range(3)]
    out = tmp_path_factory.mktemp("scenes")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MOST_ORDER", 3), ("TALKERS", 2), ("PEOPLE", 5), ("BED_S", 6.0)):
            patch.setattr(mask_scenes, name, value)
        truths = list(make(said, out, 3, seed=4))
    return [(truth, *np.load(out / truth.file).astype(np.float32)) for truth in truths]


def test_the_manifest_says_what_is_heard(scenes: list[tuple[Truth, Heard, Heard]]) -> None:
    for truth, talker, rest in scenes:
        start, end = round(truth.start_s * RATE), round(truth.end_s * RATE)
        ratio = 10 * np.log10(power(talker[start:end, 0]) / power(rest[start:end, 0]))
        assert ratio == pytest.approx(truth.snr_db, abs=2.0)
        assert mask_scenes.BEFORE_S[0] <= truth.start_s
        assert truth.start_s + 0.3 < truth.end_s < len(talker) / RATE


def test_before_the_talker_there_is_only_all_else(scenes: list[tuple[Truth, Heard, Heard]]) -> None:
    for truth, talker, rest in scenes:
        assert talker.shape == rest.shape
        assert talker.shape[1] == 6
        quiet = round((truth.start_s - 0.1) * RATE)
        assert power(talker[:quiet]) < 1e-3 * power(talker[quiet:])
        assert power(rest[:quiet]) > 0
