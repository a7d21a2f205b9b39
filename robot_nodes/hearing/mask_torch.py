"""The network of `mask` in PyTorch, and its training; see `mask_train`."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from robot_nodes.hearing.mask import BANDS

__all__ = ["NetworkInTorch", "fit"]

Values = npt.NDArray[np.float32]

_UNITS, _DENSE, _CONTEXT = 96, 96, 3
_FEATURES, _TIMES, _SIDES = 5, 3, 5
_FIRST, _SECOND = 24, 12
_ROWS = 24
"""Streams that are gone through side by side, each one scene after another as a robot hears them."""
_LENGTH = 256
_LEARN = 2e-3
_DECAY = 1e-5
_VOICE_WEIGHT = 0.2
_HELD_BACK = 0.06
"""Share of the scenes, the last ones, that only judge."""

_log = structlog.get_logger("mask")


class NetworkInTorch:
    """Parameters named and shaped as `mask.Network` wants them."""

    def __init__(self, torch: Any, mean: Values, scale: Values) -> None:
        self._torch = torch
        nn = torch.nn
        self.parts = nn.ModuleDict(
            {
                "dense": nn.Linear(BANDS * _FEATURES, _DENSE),
                "gru": nn.GRU(_DENSE, _UNITS, batch_first=True),
                "voice": nn.Linear(_UNITS, 1),
                "context": nn.Linear(_UNITS, BANDS * _CONTEXT),
                "near": nn.Conv2d(_FEATURES, _FIRST, (_TIMES, _SIDES), padding=(0, _SIDES // 2)),
                "wide": nn.Linear(_CONTEXT, _FIRST, bias=False),
                "second": nn.Linear(_FIRST, _SECOND),
                "last": nn.Linear(_SECOND, 1),
            }
        )
        self.mean, self.scale = mean, scale

    def __call__(self, features: Any, state: Any) -> tuple[Any, Any, Any]:
        """:param features: scaled, two frames more at the beginning, shape (rows, frames + 2, BANDS, 5).

        :returns: gains' logits (rows, frames, BANDS), voice's logits (rows, frames), the state.
        """
        torch, parts = self._torch, self.parts
        rows, count = features.shape[0], features.shape[1] - 2
        states, state = parts["gru"](torch.relu(parts["dense"](features[:, 2:].flatten(2))), state)
        context = parts["context"](states).view(rows, count, BANDS, _CONTEXT)
        near = parts["near"](features.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        first = torch.relu(near + parts["wide"](context))
        gains = parts["last"](torch.relu(parts["second"](first)))[..., 0]
        return gains, parts["voice"](states)[..., 0], state

    def take(self, weights: dict[str, Values]) -> None:
        """Begin with those of `weights()`."""
        near, wide = np.split(weights["first"], [_FEATURES * _TIMES * _SIDES])
        raw = {
            "gru.weight_ih_l0": weights["input"].T,
            "gru.bias_ih_l0": weights["input_bias"],
            "gru.weight_hh_l0": weights["recur"].T,
            "gru.bias_hh_l0": weights["recur_bias"],
            "near.weight": near.T.reshape(_FIRST, _FEATURES, _TIMES, _SIDES),
            "near.bias": weights["first_bias"],
            "wide.weight": wide.T,
        }
        for name in ("dense", "voice", "context", "second", "last"):
            raw[f"{name}.weight"], raw[f"{name}.bias"] = weights[name].T, weights[f"{name}_bias"]
        state = {name: self._torch.from_numpy(np.ascontiguousarray(value)) for name, value in raw.items()}
        self.parts.load_state_dict(state)
        self.mean, self.scale = weights["mean"], weights["scale"]

    def weights(self) -> dict[str, Values]:
        """As `mask.Network` takes them."""
        raw = {name: value.detach().numpy() for name, value in self.parts.state_dict().items()}
        near = raw["near.weight"].reshape(_FIRST, -1)
        found = {
            "mean": self.mean,
            "scale": self.scale,
            "input": raw["gru.weight_ih_l0"].T,
            "input_bias": raw["gru.bias_ih_l0"],
            "recur": raw["gru.weight_hh_l0"].T,
            "recur_bias": raw["gru.bias_hh_l0"],
            "first": np.concatenate([near.T, raw["wide.weight"].T]),
            "first_bias": raw["near.bias"],
        }
        for name in ("dense", "voice", "context", "second", "last"):
            found[name], found[f"{name}_bias"] = raw[f"{name}.weight"].T, raw[f"{name}.bias"]
        return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


class _Streams:
    """Scenes one after another in so many rows, in pieces."""

    def __init__(self, known: Sequence[Any]) -> None:
        self._data = [[getattr(example, name) for example in known] for name in ("features", "gains", "voice")]

    def pieces(self, order: npt.NDArray[np.intp], rows: int) -> Iterator[tuple[Any, Any, Any]]:
        """:returns: arrays of shape (rows, _LENGTH + 2, ...), the first two frames being those of the piece before."""
        share = [order[row::rows] for row in range(rows)]
        joined = [[np.concatenate([part[k] for k in some]) for part in self._data] for some in share]
        shortest = min(len(row[0]) for row in joined)
        for at in range(2, shortest - _LENGTH, _LENGTH):
            yield tuple(np.stack([row[part][at - 2 : at + _LENGTH] for row in joined]) for part in range(3))  # type: ignore[misc]


def fit(
    known: Sequence[Any],
    *,
    minutes: float,
    seed: int,
    start: dict[str, Values] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Values]:
    """:param known: `mask_train.Example`s, in the order in which their places were made.

    :param minutes: of training. :param start: weights to go on from. :returns: weights for `mask.Network`.
    :raises ValueError: there are too few to fill the streams.
    """
    torch: Any = importlib.import_module("torch")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    net, streams = _fresh(torch, known, start), _Streams(known)
    judged = max(round(_HELD_BACK * len(known)), 1)
    train, held = np.arange(len(known) - judged), np.arange(len(known) - judged, len(known))
    learner = torch.optim.AdamW(net.parts.parameters(), lr=_LEARN, weight_decay=_DECAY)
    begun, turn, spent = clock(), 0, 0.0
    _log.info("training", scenes=len(train), parameters=sum(p.numel() for p in net.parts.parameters()))
    while spent < 1.0:
        losses, state = [], None
        for piece in streams.pieces(rng.permutation(train), min(_ROWS, len(train))):
            spent = (clock() - begun) / (60.0 * minutes)
            learner.param_groups[0]["lr"] = _LEARN * max(0.5 * (1 + math.cos(math.pi * min(spent, 1.0))), 0.01)
            loss, state = _learned(torch, net, learner, piece, state)
            losses.append(loss)
            if spent >= 1.0:
                break
        if not losses:
            raise ValueError(f"{len(known)} scenes are too few to train with; make some hundreds")
        turn += 1
        with torch.no_grad():
            after = _judged(torch, net, streams, held)
        _log.info("epoch", number=turn, minutes=round(spent * minutes, 1), train=np.mean(losses, axis=0), held=after)
    return net.weights()


def _fresh(torch: Any, known: Sequence[Any], start: dict[str, Values] | None) -> NetworkInTorch:
    some = np.concatenate([example.features[::7] for example in known[::3]]).astype(np.float32)
    net = NetworkInTorch(torch, some.mean(axis=0), 1.0 / (some.std(axis=0) + np.float32(0.05)))
    if start:
        net.take(start)
    return net


def _learned(
    torch: Any, net: NetworkInTorch, learner: Any, piece: tuple[Any, Any, Any], state: Any
) -> tuple[tuple[float, float], Any]:
    """A step down: the losses before it, and the state."""
    mask, voice, state = _losses(torch, net, piece, state)
    learner.zero_grad()
    (mask + _VOICE_WEIGHT * voice).backward()
    torch.nn.utils.clip_grad_norm_(net.parts.parameters(), 1.0)
    learner.step()
    return (float(mask.detach()), float(voice.detach())), state.detach()


def _judged(torch: Any, net: NetworkInTorch, streams: _Streams, held: npt.NDArray[np.intp]) -> Any:
    losses, state = [], None
    for piece in streams.pieces(held, min(_ROWS // 3, len(held))):
        mask, voice, state = _losses(torch, net, piece, state)
        losses.append((float(mask), float(voice)))
    return np.mean(losses, axis=0) if losses else None


def _losses(torch: Any, net: NetworkInTorch, piece: tuple[Any, Any, Any], state: Any) -> tuple[Any, Any, Any]:
    """Of the mask: compressed gains' squares, where it is loud more; of the voice: cross entropy."""
    features, gains, voice = (torch.from_numpy(part.astype(np.float32)) for part in piece)
    scaled = (features - torch.from_numpy(net.mean)) * torch.from_numpy(net.scale)
    made, spoken, state = net(scaled, state)
    wanted, loud = gains[:, 1:-1], features[:, 1:-1, :, 0]
    counts = (wanted >= 0).float() * torch.clamp(torch.exp(0.25 * loud), 0.3, 6.0)
    off = (torch.sqrt(torch.sigmoid(made) + 0.01) - torch.sqrt(torch.clamp(wanted, min=0.0) + 0.01)) ** 2
    known = (voice[:, 1:-1] >= 0).float()
    cross = torch.nn.functional.binary_cross_entropy_with_logits(
        spoken, torch.clamp(voice[:, 1:-1], min=0.0), reduction="none"
    )
    return (off * counts).sum() / (counts.sum() + 1.0), (cross * known).sum() / (known.sum() + 1.0), state
