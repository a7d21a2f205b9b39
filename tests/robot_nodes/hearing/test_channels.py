"""Dead, deafening, clipped and swapped channels are found; pauses are not taken for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.channels import ChannelHealth
from robot_nodes.hearing.covariance import Covariance, balance, diffuse_coherence, products, swapped_pair
from robot_nodes.hearing.spectrum import BINS, STEP

Sound = npt.NDArray[np.float32]
SECOND = 32


def heard(steps: int, change: Callable[[Sound], None], health: ChannelHealth | None = None) -> ChannelHealth:
    """`steps` of noise on four channels, changed."""
    rng = np.random.default_rng(3)
    health = health or ChannelHealth(4)
    for _ in range(steps):
        sound = rng.normal(0, 0.05, (STEP, 4)).astype(np.float32)
        change(sound)
        health.process(sound)
    return health


def nothing(_: Sound) -> None:
    return


def silent_second(sound: Sound) -> None:
    sound[:, 1] = 0


def test_a_silent_channel_is_dead_after_a_while_and_alive_again_later() -> None:
    health = heard(5, silent_second)
    assert not health.dead
    assert heard(2 * SECOND, silent_second, health).dead == (1,)
    assert heard(SECOND, nothing, health).dead == (1,), "not trusted at once"
    assert not heard(3 * SECOND, nothing, health).dead


def test_a_pause_on_all_channels_kills_none() -> None:
    def pause(sound: Sound) -> None:
        sound[:] = 0

    health = heard(SECOND, nothing)
    heard(4 * SECOND, pause, health)
    assert health.dead == ()
    assert heard(4 * SECOND, pause).dead == (), "nor does silence from the start"


def test_gain_errors_kill_none_and_a_deafening_channel_is_dead() -> None:
    def uneven(sound: Sound) -> None:
        sound *= np.array([0.5, 1, 1.5, 2], np.float32)

    def deafening(sound: Sound) -> None:
        sound[:, 2] *= 12

    assert heard(4 * SECOND, uneven).dead == ()
    assert heard(4 * SECOND, deafening).dead == (2,)


def test_a_channel_that_clips_alone_is_dead_and_one_that_clips_with_all_is_not() -> None:
    def alone(sound: Sound) -> None:
        sound[:, 0] = np.clip(sound[:, 0] * 4, -0.1, 0.1) * 10 * 0.2
        sound[::20, 0] = 1

    def together(sound: Sound) -> None:
        sound[::20] = 1

    assert 0 in heard(4 * SECOND, alone).dead
    health = heard(4 * SECOND, together)
    assert health.dead == ()
    assert np.all(health.clipped > 0.03)


def test_offset_goes_at_once_and_what_is_no_number_becomes_silence() -> None:
    health = ChannelHealth(2)
    offset = np.full((STEP, 2), 0.4, np.float32)
    assert np.abs(health.process(offset)).max() < 1e-3
    offset[7] = np.nan
    offset[8] = np.inf
    assert np.isfinite(health.process(offset)).all()


def field(order: list[int], gains: list[float] | None = None) -> npt.NDArray[np.complex64]:
    """Covariance on the ring in noise from everywhere, its channels in this order."""
    rng = np.random.default_rng(5)
    root = np.linalg.cholesky(diffuse_coherence(load_array(None, 6)) + 1e-3 * np.eye(6))
    white = rng.normal(size=(200, BINS, 6)) + 1j * rng.normal(size=(200, BINS, 6))
    frames = np.einsum("fij,tfj->tfi", root, white)[:, :, order] * np.array(gains or [1.0] * 6)
    covariance = Covariance(BINS, 6, 1000)
    covariance.add(products(frames.astype(np.complex64)), 200)
    return covariance.matrix


def test_swapped_channels_are_named_and_right_ones_are_not() -> None:
    expected, alive = diffuse_coherence(load_array(None, 6)), np.ones(6, bool)
    assert swapped_pair(field([0, 1, 2, 3, 4, 5]), expected, alive) is None
    assert swapped_pair(field([0, 4, 2, 3, 1, 5]), expected, alive) == (1, 4)
    assert swapped_pair(field([1, 0, 2, 3, 4, 5]), expected, alive) == (0, 1)
    assert swapped_pair(np.zeros((BINS, 6, 6), np.complex64), expected, alive) is None


def test_gains_are_read_from_noise() -> None:
    gains = [1.0, 1.4, 0.7, 1.0, 1.0, 9.0]
    found = balance(field([0, 1, 2, 3, 4, 5], gains), np.array([True] * 5 + [False]))
    assert np.allclose(found[:5], gains[:5], rtol=0.05)
    assert found[5] == 1.0, "of a dead one nothing is known"
    assert np.array_equal(balance(np.zeros((BINS, 6, 6), np.complex64), np.ones(6, bool)), np.ones(6, np.float32))
