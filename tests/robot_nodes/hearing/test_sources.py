"""Recordings, blocks that somebody sends, packets, other rates."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from robot_nodes.hearing.errors import BrokenSound, HearingError, NoDevice
from robot_nodes.hearing.resample import Resampler
from robot_nodes.hearing.sources import (
    RATE,
    Block,
    FileSource,
    QueueSource,
    Source,
    checked_block,
    checked_frames,
    in_blocks,
    read_recording,
    resampled,
)
from robot_nodes.hearing.udp import Packet, UdpSource, pack, unpack


def whole(source: Source) -> npt.NDArray[np.float32]:
    """All that a source gives until it is over."""
    blocks: list[npt.NDArray[np.float32]] = []
    while True:
        try:
            block = source.read(1.0)
        except EOFError:
            return np.concatenate(blocks)
        assert block is not None
        blocks.append(block)


def test_stereo_at_another_rate_becomes_mono_at_16_khz(tmp_path: Path) -> None:
    time_s = np.arange(48_000) / 48_000
    tone = (8_000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)
    soundfile.write(tmp_path / "tone.wav", np.stack([tone, tone], axis=1), 48_000)
    block = read_recording(tmp_path / "tone.wav")
    assert (block.rate, len(block.samples), block.duration_s) == (RATE, RATE, 1.0)
    spectrum = np.abs(np.fft.rfft(block.samples))
    assert int(spectrum.argmax()) == 440


def test_what_is_not_a_recording_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not a sound")
    (tmp_path / "cut.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.int16), RATE)
    soundfile.write(tmp_path / "long.flac", np.zeros(RATE * 121, np.int16), RATE)
    for name, complaint in (
        ("none.wav", "no such file"),
        ("text.wav", "not a recording"),
        ("cut.wav", "not a recording|no sound"),
        ("empty.wav", "holds no sound"),
        ("long.flac", "longer than 120 s"),
    ):
        with pytest.raises(BrokenSound, match=complaint) as caught:
            read_recording(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
        if name != "long.flac":
            with pytest.raises(BrokenSound, match=complaint):
                FileSource(tmp_path / name)


@given(st.lists(st.integers(-32768, 32767), max_size=60), st.integers(-1, 300_000), st.integers(-1, 40))
def test_blocks_from_outside_are_checked(samples: list[int], rate: int, channels: int) -> None:
    if not (8_000 <= rate <= 192_000 and 1 <= channels <= 32 and len(samples) % channels == 0):
        with pytest.raises(BrokenSound, match=r"^audio: "):
            checked_block(samples, rate, channels)
    else:
        assert len(checked_block(samples, rate, channels).samples) * channels == len(samples)
        assert checked_frames(samples, rate, channels).shape[1] == channels


def test_of_an_array_the_first_microphone_is_heard_and_stereo_is_averaged() -> None:
    assert checked_block([1, 9, 9, 2, 9, 9], RATE, 3).samples.tolist() == [1, 2]
    assert checked_block([2, 4, 32767, 32767], RATE, 2).samples.tolist() == [3, 32767]


def test_blocks_put_together_are_the_recording() -> None:
    block = Block(np.arange(1000, dtype=np.int16), 1000)
    pieces = list(in_blocks(block, 0.3))
    assert [len(piece.samples) for piece in pieces] == [300, 300, 300, 100]
    assert np.array_equal(np.concatenate([piece.samples for piece in pieces]), block.samples)
    assert resampled(block.samples, 1000, 1000) is block.samples


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_a_stream_at_another_rate_is_converted_as_if_in_one_piece(rate: int) -> None:
    """Compared with scipy's conversion of the whole, which does not delay it."""
    rng = np.random.default_rng(rate)
    sound = rng.normal(0.0, 0.1, (rate // 2, 2)).astype(np.float32)
    resampler = Resampler(rate, RATE, 2)
    cuts = np.sort(rng.integers(0, len(sound), 20))
    made = np.concatenate([resampler.push(piece) for piece in np.split(sound, cuts)])
    wanted = resample_poly(sound, RATE, rate, axis=0)
    delay = round(10 * max(1.0, RATE / rate))
    inner = slice(200, len(made) - 200)
    assert abs(len(wanted) - len(made)) <= delay + RATE / 25  # whole steps of the ratio come out: up to 40 ms
    assert np.allclose(made[delay:][inner], wanted[: len(made) - delay][inner], atol=2e-3)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_how_a_stream_is_cut_does_not_matter(cuts: list[int]) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, (sum(cuts), 1)).astype(np.float32)
    at_once = Resampler(44_100, RATE, 1).push(sound)
    resampler = Resampler(44_100, RATE, 1)
    pieces = np.split(sound, np.cumsum(cuts)[:-1])
    assert np.allclose(np.concatenate([resampler.push(piece) for piece in pieces]), at_once, atol=1e-6)


@pytest.mark.parametrize(("name", "rate"), [("six.wav", RATE), ("six.flac", 48_000)])
def test_all_channels_of_a_recording_are_read(tmp_path: Path, name: str, rate: int) -> None:
    time_s = np.arange(rate) / rate
    sound = np.stack([0.1 * (1 + i) * np.sin(2 * np.pi * 300 * time_s) for i in range(6)], axis=1)
    soundfile.write(tmp_path / name, sound, rate)
    source = FileSource(tmp_path / name)
    assert (source.channels, source.duration_s) == (6, 1.0)
    read = whole(source)
    assert read.shape[1] == 6
    assert abs(len(read) - RATE) < 40
    assert np.allclose(np.abs(read[2000:-2000]).max(axis=0), 0.1 * np.arange(1, 7), atol=0.01)
    source.close()


def test_sound_that_is_no_number_becomes_silence(tmp_path: Path) -> None:
    sound = np.full((RATE, 1), np.nan, np.float32)
    sound[::2] = np.inf
    soundfile.write(tmp_path / "nan.wav", sound, RATE, subtype="FLOAT")
    assert np.isfinite(whole(FileSource(tmp_path / "nan.wav"))).all()


def test_blocks_sent_by_another_thread_are_read_in_order_and_the_oldest_are_dropped() -> None:
    source = QueueSource(2, most_s=0.1)
    assert source.read(0.0) is None
    reader: list[npt.NDArray[np.float32] | None] = []
    thread = threading.Thread(target=lambda: reader.append(source.read(10.0)))
    thread.start()
    source.put([16384, -16384] * 4, RATE, 2)
    thread.join(10.0)
    assert reader[0] is not None
    assert reader[0].tolist() == [[0.5, -0.5]] * 4
    for value in range(3):
        source.put([value] * 1600, RATE, 2)
    kept = source.read(0.0)
    assert kept is not None
    assert (len(kept), source.trouble.overruns) == (1600, 1)
    assert kept[0, 0] * 32768 == 1
    with pytest.raises(BrokenSound, match="3 channels where 2 were expected"):
        source.put([1, 2, 3], RATE, 3)
    assert source.trouble.bad == 1
    source.close()
    with pytest.raises(EOFError):
        source.read(1.0)


@given(st.integers(0, 2**32 - 1), st.sampled_from([8000, 16_000, 48_000]), st.integers(1, 8), st.integers(0, 200))
def test_packets_survive_the_wire(sequence: int, rate: int, channels: int, frames: int) -> None:
    samples = np.random.default_rng(1).integers(-32768, 32767, (frames, channels), dtype=np.int16)
    again = unpack(pack(Packet(sequence, rate, samples)))
    assert (again.sequence, again.rate) == (sequence, rate)
    assert np.array_equal(again.samples, samples)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_one_clear_line(data: bytes) -> None:
    for candidate in (data, b"FGA1" + data):
        said = ""
        try:
            packet = unpack(candidate)
        except BrokenSound as error:
            said = str(error)
        assert said.startswith("udp: ") or said.startswith("audio: ") or len(pack(packet)) == len(candidate)
        assert "\n" not in said


class Sender:
    """Sends packets to a source; value = sequence number, so that what was lost shows."""

    def __init__(self, source: UdpSource) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = source.port

    def send(self, sequence: int, *, channels: int = 2, rate: int = RATE) -> None:
        samples = np.full((160, channels), sequence % 1000, np.int16)
        self.raw(pack(Packet(sequence, rate, samples)))

    def raw(self, data: bytes) -> None:
        self.socket.sendto(data, ("127.0.0.1", self.port))


@pytest.fixture
def udp() -> Iterator[tuple[UdpSource, Sender, list[float]]]:
    now = [0.0]
    source = UdpSource("127.0.0.1", 0, 2, clock=lambda: now[0])
    sender = Sender(source)
    yield source, sender, now
    sender.socket.close()
    source.close()


def test_lost_packets_are_counted_and_become_silence(udp: tuple[UdpSource, Sender, list[float]]) -> None:
    source, sender, _ = udp
    for sequence in (5, 6, 9, 8, 10):  # 7 and 8 are missing, 8 comes too late
        sender.send(sequence)
    blocks = [source.read(1.0) for _ in range(5)]
    assert [None if block is None else len(block) for block in blocks] == [160, 160, 480, None, 160]
    assert source.trouble.lost == 2
    assert blocks[2] is not None
    assert (blocks[2][:320] == 0).all()
    assert np.allclose(blocks[2][320:] * 32768, 9)


def test_a_sender_may_begin_anew_and_sequence_numbers_go_round(udp: tuple[UdpSource, Sender, list[float]]) -> None:
    source, sender, _ = udp
    for sequence in (2**32 - 2, 2**32 - 1, 0, 1):
        sender.send(sequence)
    assert [source.read(1.0) is not None for _ in range(4)] == [True] * 4
    assert source.trouble.lost == 0
    sender.send(100_000)
    sender.send(5)
    assert [source.read(1.0) is not None for _ in range(2)] == [True] * 2


def test_what_is_no_sound_is_counted_and_told(udp: tuple[UdpSource, Sender, list[float]]) -> None:
    source, sender, _ = udp
    sender.raw(b"hello")
    sender.send(1, channels=3)
    sender.send(1, rate=100)
    assert [source.read(1.0) for _ in range(3)] == [None] * 3
    assert source.trouble.bad == 3
    assert "rate 100" in source.trouble.problem
    sender.send(2)
    assert source.read(1.0) is not None
    assert source.trouble.problem == ""


def test_a_second_sender_must_wait_until_the_first_is_silent(udp: tuple[UdpSource, Sender, list[float]]) -> None:
    source, sender, now = udp
    other = Sender(source)
    sender.send(1)
    assert source.read(1.0) is not None
    other.send(700)
    assert source.read(1.0) is None
    now[0] = 3.0
    assert source.read(0.001) is None
    assert "no sound arrives" in source.trouble.problem
    other.send(701)
    assert source.read(1.0) is not None
    other.socket.close()


def test_a_port_in_use_is_one_clear_line(udp: tuple[UdpSource, Sender, list[float]]) -> None:
    source, _, _ = udp
    with pytest.raises(NoDevice, match=f"udp://127.0.0.1:{source.port}: "):
        UdpSource("127.0.0.1", source.port, 2)
    assert issubclass(NoDevice, HearingError)
