"""Trains the network of `mask`. A tool: nothing at run time needs it, and only it needs PyTorch.

    pip install torch --index-url https://download.pytorch.org/whl/cpu   # in an environment with fairguide's packages
    python -m sim.acoustics.mask_scenes RECORDINGS --out SCENES
    python -m robot_nodes.hearing.mask_train SCENES --out robot_nodes/hearing/data/mask.npz

SCENES is a folder with `manifest.jsonl` and files of int16, shape (2, samples, microphones): what is heard of the
talker, and all else. Beam, noise covariance and features are the product's own, the direction is off by some degrees,
and sometimes looks elsewhere, where nobody speaks. The mask aimed at is Wiener's: the talker's power with their echoes
over the power of all, both behind the beam.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from robot_nodes.hearing import beamform
from robot_nodes.hearing.array import MicArray, load_array
from robot_nodes.hearing.covariance import Covariance, balance, products
from robot_nodes.hearing.doa import steering
from robot_nodes.hearing.mask import Observer, View, pooled
from robot_nodes.hearing.spatial import Tuning
from robot_nodes.hearing.spectrum import BINS, STEP, Analysis, Spectra

__all__ = ["Example", "examples", "main"]

Values = npt.NDArray[np.float32]

_ERROR = math.radians(4.0)
"""Spread of the direction's error where a talker is followed; with directions looked at in turn any up to `_BESIDE`."""
_FOLLOWED = 0.65
_ELSEWHERE = 1
"""How often a scene is used again, with the beam looking somewhere else."""
_BESIDE, _AWAY = math.radians(12.0), math.radians(25.0)
"""Up to here a beam is taken to look at the talker; from here on, elsewhere."""
_FRAMES_S = 125.0
_GAP_S = 0.1
_MOST_NOISE_S = 4.0
_LEAKS = 0.15
"""Share of scenes in whose noise some of the talker is: what was said before, and not noticed."""
_ACTIVE = 10 ** (-30 / 10)
"""Somebody speaks in a frame that is at most so much softer than the loudest."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A scene as the network is to hear it."""

    features: npt.NDArray[np.float16]
    """Shape (frames, BANDS, 5)."""
    gains: npt.NDArray[np.float16]
    """Wanted, shape (frames, BANDS); -1 where it does not matter."""
    voice: npt.NDArray[np.float16]
    """Wanted, shape (frames,); -1 where it does not matter."""


def spectra(sound: Values) -> Spectra:
    """:param sound: shape (samples, channels). :returns: shape (frames, BINS, channels)."""
    analysis = Analysis(sound.shape[1])
    whole = len(sound) // STEP * STEP
    return np.concatenate([analysis.process(sound[at : at + STEP]) for at in range(0, whole, STEP)])


def examples(folder: Path, rng: Generator) -> Iterator[Example]:
    """What there is to learn from a folder of scenes."""
    array = load_array(None, 6)
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        talker, rest = np.load(folder / truth["file"]).astype(np.float32) / np.float32(32767.0)
        scene = _Scene(array, spectra(talker), spectra(rest), truth, rng)
        near = rng.normal(0.0, _ERROR) if rng.uniform() < _FOLLOWED else rng.uniform(-_BESIDE, _BESIDE)
        yield scene.example(near)
        for _ in range(_ELSEWHERE):
            yield scene.example(rng.uniform(_AWAY, math.tau - _AWAY))


class _Scene:
    def __init__(self, array: MicArray, talker: Spectra, rest: Spectra, truth: dict[str, Any], rng: Generator) -> None:
        self._talker, self._rest = talker, rest
        self._towards = math.radians(truth["azimuth_deg"])
        self._array = array
        self._alive = np.ones(len(array), bool)
        if rng.uniform() < 0.1:
            self._alive[rng.permutation(len(array))[: int(rng.integers(1, 3))]] = False
        self._start = round(truth["start_s"] * _FRAMES_S)
        tuning = Tuning()
        last = max(self._start - round(_GAP_S * _FRAMES_S), 16)
        noise = Covariance(BINS, len(array), tuning.noise_frames)
        before = (rest + talker)[max(4, last - round(_MOST_NOISE_S * _FRAMES_S)) : last]
        if rng.uniform() < _LEAKS:
            said = (rest + talker)[self._start : round(truth["end_s"] * _FRAMES_S)]
            before = np.concatenate([before, said[rng.permutation(len(said))[: round(0.08 * len(before))]]])
        noise.add(products(before), len(before))
        self._gains = balance(noise.matrix, self._alive)
        model = beamform.NoiseModel(array, prior_frames=tuning.prior_frames, loading=tuning.loading)
        _, self._inverse = model.prepared(noise.matrix, noise.frames, self._alive)

    def example(self, error: float) -> Example:
        """:param error: of the direction, radians."""
        live = np.flatnonzero(self._alive)
        towards = steering(self._array, np.array([self._towards + error]))[:, 0, live] * self._gains[live]
        left = beamform.noise_left(self._inverse, towards).astype(np.float32)
        view = View(towards[None], self._inverse, left[None])
        weights = beamform.mvdr(self._inverse, towards)
        talker, rest = self._talker[:, :, live], self._rest[:, :, live]
        said, other = beamform.apply(weights, talker), beamform.apply(weights, rest)
        found = Observer().process(talker + rest, (said + other)[:, None], view)[:, 0]
        power, noise = np.abs(said) ** 2, np.abs(other) ** 2
        gains = pooled(power / left) / (pooled((power + noise) / left) + 1e-9)
        loud = np.abs(self._talker[:, :, 0][:, 4:]) ** 2
        loudness = loud.sum(axis=1)
        voice = (loudness > _ACTIVE * loudness.max()).astype(np.float16)
        off = abs(math.remainder(error, math.tau))
        if off > _AWAY:
            voice[:] = 0.0
        elif off > _BESIDE:
            voice[:] = -1.0
        if off > _BESIDE:
            gains = np.full_like(gains, -1.0)
        return Example(found.astype(np.float16), gains.astype(np.float16), voice)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m robot_nodes.hearing.mask_train", description=__doc__)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=25.0, help="of training")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    known = list(examples(asked.scenes, np.random.default_rng(asked.seed)))
    from robot_nodes.hearing.mask_torch import fit

    weights = fit(known, minutes=asked.minutes, seed=asked.seed)
    halves: dict[str, Any] = {name: value.astype(np.float16) for name, value in weights.items()}
    np.savez_compressed(asked.out, **halves)


if __name__ == "__main__":
    main()
