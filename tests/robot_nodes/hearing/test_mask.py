"""The mask keeps who is looked at and takes out who is beside them; it does not matter how its stream is cut."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing import beamform
from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.covariance import products
from robot_nodes.hearing.doa import steering
from robot_nodes.hearing.mask import LATE, Mask, Network, Observer, View, load_network
from robot_nodes.hearing.mask_look import Lookout, Surroundings
from robot_nodes.hearing.sources import read_recording
from robot_nodes.hearing.spectrum import BINS, STEP, Analysis, Spectra

RING = load_array(None, 6)
ALL = np.ones(6, bool)
BEFORE = 160
"""Frames of noise."""
TALKER, BESIDE = math.radians(45.0), math.radians(-90.0)


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network()


def heard(sound: npt.NDArray[np.float32], azimuth: float) -> Spectra:
    """A plane wave's spectra, shape (frames, BINS, 6)."""
    analysis = Analysis(1)
    steps = [analysis.process(step[:, None]) for step in sound.reshape(-1, STEP)]
    return np.asarray(np.concatenate(steps) * steering(RING, np.array([azimuth]))[:, 0], np.complex64)


@pytest.fixture(scope="module")
def noise() -> Spectra:
    """From 24 directions, each its own; shape (BEFORE + 240, BINS, 6)."""
    rng = np.random.default_rng(3)
    count = (BEFORE + 240) // 4 * STEP
    waves = [
        heard(rng.normal(0.0, 0.004, count).astype(np.float32), azimuth)
        for azimuth in np.linspace(0, 2 * math.pi, 24, endpoint=False)
    ]
    return np.asarray(np.sum(waves, axis=0), np.complex64)


@pytest.fixture(scope="module")
def speech(recordings: Path) -> npt.NDArray[np.float32]:
    """A sentence after `BEFORE` frames of silence, as long as `noise`."""
    sound = read_recording(recordings / "jf_alpha" / "02.flac").samples.astype(np.float32) / 32768
    whole = np.zeros((BEFORE + 240) // 4 * STEP, np.float32)
    spoken = sound[: len(whole) - BEFORE // 4 * STEP]
    whole[BEFORE // 4 * STEP :][: len(spoken)] = spoken
    return whole


def inverse(noise: Spectra) -> npt.NDArray[np.complex64]:
    return beamform.NoiseModel(RING).prepared(products(noise[:BEFORE]) / BEFORE, BEFORE, ALL)[1]


def looking(noise: Spectra, azimuth: float) -> tuple[npt.NDArray[np.complex64], View]:
    known, towards = inverse(noise), steering(RING, np.array([azimuth]))[:, 0]
    left = beamform.noise_left(known, towards).astype(np.float32)
    return beamform.mvdr(known, towards), View(towards[None], known, left[None])


def kept_db(mask: Mask, frames: Spectra, beam: Spectra, view: View, among: slice) -> float:
    done = mask.process(frames, beam, view)[LATE:]
    return float(10 * np.log10(np.sum(np.abs(done[among]) ** 2) / np.sum(np.abs(beam[:-LATE][among]) ** 2)))


def test_noise_goes_and_the_talker_stays(network: Network, noise: Spectra, speech: npt.NDArray[np.float32]) -> None:
    frames = noise + heard(speech, TALKER)
    weights, view = looking(noise, TALKER)
    beam = beamform.apply(weights, frames)
    assert kept_db(Mask(network), frames, beam, view, slice(40, BEFORE - 4)) < -8
    assert kept_db(Mask(network), frames, beam, view, slice(BEFORE + 10, None)) > -1.5


def test_somebody_beside_the_talker_goes(network: Network, noise: Spectra, speech: npt.NDArray[np.float32]) -> None:
    frames = noise + heard(speech, BESIDE)
    weights, view = looking(noise, TALKER)
    beam = beamform.apply(weights, frames)
    assert kept_db(Mask(network), frames, beam, view, slice(BEFORE + 10, None)) < -6


def test_masked_spectra_are_those_of_the_beam_a_frame_later(network: Network, noise: Spectra) -> None:
    weights, view = looking(noise, TALKER)
    beam = beamform.apply(weights, noise)
    through = Mask(network, floor_db=0.0).process(noise, beam, view)
    assert through.shape == beam.shape
    assert not np.any(through[:LATE])
    assert np.allclose(through[LATE:], beam[:-LATE], rtol=1e-5)


def test_it_does_not_matter_how_the_stream_is_cut(network: Network, noise: Spectra) -> None:
    weights, view = looking(noise, TALKER)
    beam = beamform.apply(weights, noise)
    whole, pieces = Mask(network), Mask(network)
    at_once = whole.process(noise, beam, view)
    done = [pieces.process(noise[at : at + 4], beam[at : at + 4], view) for at in range(0, len(noise), 4)]
    assert np.allclose(np.concatenate(done), at_once, atol=1e-5 * np.abs(beam).max())


def test_what_the_network_is_fed_with_does_not_depend_on_loudness(noise: Spectra) -> None:
    weights, view = looking(noise, TALKER)
    louder_weights, louder_view = looking(noise * np.float32(10), TALKER)
    some = noise[BEFORE:][:40]
    soft = Observer().process(some, beamform.apply(weights, some)[:, None], view)
    some = some * np.float32(10)
    loud = Observer().process(some, beamform.apply(louder_weights, some)[:, None], louder_view)
    assert soft.shape == (40, 1, 64, 5)
    assert np.isfinite(soft).all()
    assert np.allclose(soft, loud, atol=1e-2)


def test_silence_is_taken(network: Network, noise: Spectra) -> None:
    weights, view = looking(noise, TALKER)
    nothing = np.zeros((8, BINS, 6), np.complex64)
    assert np.isfinite(Mask(network).process(nothing, beamform.apply(weights, nothing), view)).all()


def test_the_lookout_sees_where_somebody_speaks(
    network: Network, noise: Spectra, speech: npt.NDArray[np.float32]
) -> None:
    lookout = Lookout(RING, network)
    frames = noise + heard(speech, TALKER)
    assert not np.any(lookout.process(frames[:4])), "nothing is known of the noise yet"
    lookout.aim(Surroundings(inverse(noise), ALL, np.ones(6, np.float32)))
    seen = np.array([lookout.process(frames[at : at + 4]) for at in range(0, len(frames), 4)])
    before, during = seen[10 : BEFORE // 4 - 2], seen[BEFORE // 4 + 4 : BEFORE // 4 + 40]
    assert before.max() < 0.5 < np.median(during.max(axis=1))
    assert lookout.azimuths[during.mean(axis=0).argmax()] == pytest.approx(TALKER)
