"""Sound over UDP, for microphone arrays that are computers of their own.

A packet is a header of 16 bytes and interleaved samples, all little-endian:

| bytes | type | what |
|---|---|---|
| 0-3 | 4 characters | `FGA1` |
| 4-7 | uint32 | sequence number, one more with each packet, 0 after 4294967295 |
| 8-11 | uint32 | samples per second and channel, 8000-192000 |
| 12 | uint8 | channels, 1-32 |
| 13 | uint8 | sample format: 1, 16-bit integers (no other is defined) |
| 14-15 | uint16 | frames: samples per channel in this packet |
| 16- | int16 | the samples, frame by frame |

Lost packets become silence of the same length, so that the sound keeps its time; late and repeated ones are dropped.
There is no authentication: bind to an address only the array can reach. Packets of the first sender are taken; another
one is heard when that has been silent for two seconds.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from robot_nodes.hearing.errors import BrokenSound, NoDevice
from robot_nodes.hearing.resample import Resampler
from robot_nodes.hearing.sources import RATE, Frames, Samples, Trouble, as_frames, checked_frames

__all__ = ["HEADER", "MAGIC", "Packet", "UdpSource", "pack", "unpack"]

HEADER = struct.Struct("<4sIIBBH")
MAGIC = b"FGA1"
_INT16 = 1
_SEQUENCES = 1 << 32
_LARGEST = 65_535
_MOST_FILLED_S = 0.5
"""A longer gap is no loss but a pause: it is not filled."""
_RESTART = 1_000
"""A sequence number this far back is a sender that has begun anew."""
_SENDER_S = 2.0


@dataclass(frozen=True, slots=True)
class Packet:
    sequence: int
    rate: int
    """Samples per second and channel."""
    samples: Samples
    """Shape (frames, channels)."""


def pack(packet: Packet) -> bytes:
    """The packet on the wire."""
    frames, channels = packet.samples.shape
    header = HEADER.pack(MAGIC, packet.sequence % _SEQUENCES, packet.rate, channels, _INT16, frames)
    return header + packet.samples.astype("<i2").tobytes()


def unpack(data: bytes) -> Packet:
    """:raises BrokenSound: it is no such packet."""
    if len(data) < HEADER.size:
        raise BrokenSound("udp", f"{len(data)} bytes are less than a header")
    magic, sequence, rate, channels, kind, frames = HEADER.unpack_from(data)
    if magic != MAGIC or kind != _INT16:
        raise BrokenSound("udp", "not a packet of 16-bit sound (see robot_nodes/hearing/udp.py)")
    if len(data) - HEADER.size != 2 * frames * channels:
        raise BrokenSound("udp", f"{len(data) - HEADER.size} bytes of sound, {frames} frames x {channels} announced")
    samples = np.frombuffer(data, dtype="<i2", offset=HEADER.size).astype(np.int16)
    return Packet(sequence, rate, checked_frames(samples, rate, channels))


class UdpSource:
    """A `Source` that listens on a UDP port."""

    def __init__(self, host: str, port: int, channels: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """:raises NoDevice: the port cannot be had."""
        self.channels = channels
        self.trouble = Trouble()
        self._clock = clock
        self._expected: int | None = None
        self._sender: tuple[str, int] | None = None
        self._heard_at = clock()
        self._resampler: tuple[int, Resampler] | None = None
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise NoDevice(f"udp://{host}:{port}: {error.strerror or error}; give another address or port") from error

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 was asked for."""
        return int(self._socket.getsockname()[1])

    def read(self, timeout_s: float) -> Frames | None:
        """The next packet's sound, and silence for those lost before it; see `Source`."""
        self._socket.settimeout(max(0.001, timeout_s))
        try:
            data, sender = self._socket.recvfrom(_LARGEST)
        except TimeoutError:
            if self._clock() - self._heard_at > _SENDER_S:
                self.trouble.problem = f"no sound arrives at UDP port {self.port}"
            return None
        except OSError as error:
            raise EOFError from error
        try:
            packet = unpack(data)
            if packet.samples.shape[1] != self.channels:
                raise BrokenSound("udp", f"{packet.samples.shape[1]} channels where {self.channels} were expected")
        except BrokenSound as error:
            self.trouble.bad += 1
            self.trouble.problem = str(error)
            return None
        return self._frames(packet) if self._is_wanted(packet, (str(sender[0]), int(sender[1]))) else None

    def close(self) -> None:
        """Free the port."""
        self._socket.close()

    def _is_wanted(self, packet: Packet, sender: tuple[str, int]) -> bool:
        """Of one sender only, and each once."""
        now = self._clock()
        if sender != self._sender:
            if self._sender is not None and now - self._heard_at < _SENDER_S:
                return False
            self._sender, self._expected = sender, None
        ahead = 0 if self._expected is None else (packet.sequence - self._expected) % _SEQUENCES
        behind = (_SEQUENCES - ahead) % _SEQUENCES
        if 0 < behind < _RESTART:
            return False
        self._heard_at = now
        self.trouble.problem = ""
        return True

    def _frames(self, packet: Packet) -> Frames:
        missing = 0 if self._expected is None else (packet.sequence - self._expected) % _SEQUENCES
        if missing > _SEQUENCES // 2:
            missing = 0  # the sender has begun anew
        self._expected = (packet.sequence + 1) % _SEQUENCES
        if self._resampler is None or self._resampler[0] != packet.rate:
            self._resampler = (packet.rate, Resampler(packet.rate, RATE, self.channels))
        self.trouble.lost += missing
        silence = missing * len(packet.samples)
        frames = as_frames(packet.samples)
        if 0 < silence <= _MOST_FILLED_S * packet.rate:
            frames = np.concatenate([np.zeros((silence, self.channels), np.float32), frames])
        return self._resampler[1].push(frames)
