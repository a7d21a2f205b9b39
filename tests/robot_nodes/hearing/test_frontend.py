"""The whole chain on a simulated array, also with what goes wrong with microphones."""

from __future__ import annotations

import math
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from robot_nodes.hearing.array import MicArray, load_array
from robot_nodes.hearing.covariance import SOUND_M_S
from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.frontend import LOOK_AHEAD_S, FrontEnd, Processed, Stages
from robot_nodes.hearing.sources import RATE, read_recording
from robot_nodes.hearing.spatial import Tuning
from robot_nodes.hearing.spectrum import STEP

RING = load_array(None, 6)
Sound = npt.NDArray[np.float32]
AZIMUTH = math.radians(70)
LEAD_S = 1.5


class AlwaysVoice:
    """A detector that takes everything for speech."""

    def probability(self, frame: Sound) -> float:
        return 1.0

    def reset(self) -> None:
        return


def plane_wave(sound: npt.NDArray[np.float64], azimuth: float) -> npt.NDArray[np.float64]:
    early = RING.positions @ [math.cos(azimuth), math.sin(azimuth), 0.0] / SOUND_M_S
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    turned = np.fft.rfft(sound)[:, None] * np.exp(2j * np.pi * hertz[:, None] * early)
    return np.fft.irfft(turned, len(sound), axis=0)


@pytest.fixture(scope="module")
def clean(recordings: Path) -> npt.NDArray[np.float64]:
    """Silence, a sentence, silence."""
    speech = read_recording(recordings / "jf_alpha" / "02.flac").samples / 32768.0
    return np.concatenate([np.zeros(round(LEAD_S * RATE)), speech, np.zeros(round(1.2 * RATE))])


@pytest.fixture(scope="module")
def scene(clean: npt.NDArray[np.float64]) -> Sound:
    """The sentence from `AZIMUTH` in noise from everywhere, 5 dB; shape (n, 6)."""
    rng = np.random.default_rng(11)
    azimuths = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    noise = np.sum(
        [plane_wave(np.convolve(rng.normal(size=len(clean)), np.ones(4), "same"), it) for it in azimuths], axis=0
    )
    speaking = slice(round(LEAD_S * RATE), -round(1.2 * RATE))
    noise = noise / np.std(noise) * np.std(clean[speaking]) * 10 ** (-5 / 20)
    return np.asarray(plane_wave(clean, AZIMUTH) + noise, np.float32)


def run(front: FrontEnd, sound: Sound, size: int = 1600, playback: Sound | None = None) -> list[Processed]:
    out: list[Processed] = []
    for at in range(0, len(sound), size):
        out += front.process(sound[at : at + size], None if playback is None else playback[at : at + size])
    return out + front.flush()


def joined(out: list[Processed]) -> Sound:
    return np.concatenate([item.samples for item in out])


def off(direction: float | None) -> float:
    assert direction is not None
    return abs(math.degrees(math.remainder(direction - AZIMUTH, 2 * math.pi)))


def likeness(sound: Sound, clean: npt.NDArray[np.float64]) -> float:
    """Signal-to-distortion ratio in dB, over the sentence, wherever within 20 ms it lies."""
    high = signal.butter(4, 1000, "highpass", fs=RATE, output="sos")  # where words differ, and six microphones help
    sound, clean = signal.sosfilt(high, sound), signal.sosfilt(high, clean)
    true = clean[round(LEAD_S * RATE) : -round(1.2 * RATE)]
    best = -99.0
    for late in range(0, 320, 8):
        heard = sound[round(LEAD_S * RATE) + late :][: len(true)]
        gain = np.dot(heard, true) / np.dot(true, true)
        rest = np.sum((heard - gain * true) ** 2)
        best = max(best, 10 * math.log10(gain * gain * np.sum(true**2) / rest))
    return best


def test_a_sentence_in_noise_comes_out_clearer_with_its_direction(scene: Sound, clean: npt.NDArray[np.float64]) -> None:
    out = run(FrontEnd(RING, Stages(suppress="none")), scene)
    talk = [item for item in out if item.snr_db is not None]
    assert len(talk) > 40
    assert max(off(item.direction) for item in talk[12:]) < 10, "from the first syllables on"
    assert {item.beam for item in talk} == {"mvdr"}
    assert likeness(joined(out), clean) > likeness(scene[:, 0], clean) + 3
    voice = np.concatenate([item.voice for item in out])
    lead, sentence = voice[: round(LEAD_S * RATE) // STEP - 2], voice[round((LEAD_S + 0.2) * RATE) // STEP :][:40]
    assert lead.max() < 0.5 < np.median(sentence)
    assert 2 < np.median([item.snr_db for item in talk if item.snr_db is not None]) < 10


def test_voice_and_samples_are_aligned_to_what_came_in(scene: Sound) -> None:
    odd = scene[: 3 * RATE + 77]
    out = run(FrontEnd(RING), odd)
    assert all(len(item.samples) == STEP * len(item.voice) for item in out)
    assert 0 <= len(joined(out)) - len(odd) < 2 * STEP
    through = joined(run(FrontEnd(RING, Stages(beam=False, suppress="none")), odd))
    lag = int(np.argmax(np.correlate(through[:20_000], odd[:20_000, 0], "full"))) - 19_999
    assert abs(lag) < 16, "no delay is left in the samples"


def test_block_sizes_do_not_matter(scene: Sound) -> None:
    sound = scene[RATE : 7 * RATE // 2]
    whole = joined(run(FrontEnd(RING), sound, 48_000))
    assert np.array_equal(whole, joined(run(FrontEnd(RING), sound, 160)))
    assert np.array_equal(whole, joined(run(FrontEnd(RING), sound, 777)))


def test_reset_begins_anew(scene: Sound) -> None:
    front = FrontEnd(RING)
    first = joined(run(front, scene[: 2 * RATE]))
    front.reset()
    assert np.array_equal(first, joined(run(front, scene[: 2 * RATE])))


def test_the_delay_is_bounded_and_small_while_somebody_speaks(scene: Sound) -> None:
    front = FrontEnd(RING)
    given = taken = 0
    late: list[float] = []
    for at in range(0, len(scene), 320):
        taken += len(scene[at : at + 320])
        out = front.process(scene[at : at + 320])
        given += sum(len(item.samples) for item in out)
        late.append((taken - given) / RATE)
    assert LOOK_AHEAD_S <= 1.3
    assert max(late) <= LOOK_AHEAD_S + 2 * STEP / RATE + 0.02
    within = slice(round((LEAD_S + 0.8) / 0.02), round((LEAD_S + 1.5) / 0.02))
    assert max(late[within]) <= 2 * STEP / RATE + 0.02


def test_stages_can_be_left_out(scene: Sound) -> None:
    straight = run(FrontEnd(RING, Stages(direction=False)), scene)
    assert {item.direction for item in straight} == {0.0}
    single = run(FrontEnd(RING, Stages(beam=False)), scene)
    assert {(item.beam, item.direction) for item in single} == {("microphone", None)}
    with pytest.raises(HearingError, match="not known"):
        FrontEnd(RING, Stages(suppress="magic"))


def test_one_microphone(scene: Sound) -> None:
    out = run(FrontEnd(load_array(None, 1)), scene[:, :1])
    assert {item.beam for item in out} == {"microphone"}
    assert max(float(item.voice.max()) for item in out) > 0.8


def test_sound_with_too_few_channels_is_told(scene: Sound) -> None:
    with pytest.raises(HearingError, match="needs 6 channels"):
        FrontEnd(RING).process(scene[:, :4])
    with pytest.raises(HearingError, match="--array"):
        FrontEnd(RING).process(scene[:, 0])


@pytest.mark.parametrize("fault", ["dead", "loud", "offset", "clipped", "nan"])
def test_a_faulty_channel_costs_neither_direction_nor_speech(
    scene: Sound, clean: npt.NDArray[np.float64], fault: str
) -> None:
    sound = scene.copy()
    rng = np.random.default_rng(2)
    if fault == "dead":
        sound[:, 0] = rng.normal(0, 1e-4, len(sound))
    elif fault == "loud":
        sound[:, 0] = rng.normal(0, 0.5, len(sound))
    elif fault == "offset":
        sound[:, 0] += 0.3
    elif fault == "clipped":
        sound[:, 0] = np.clip(sound[:, 0] * 60, -1, 1)
    else:
        sound[RATE : RATE + 5, 0] = np.nan
    out = run(FrontEnd(RING, Stages(suppress="none")), sound)
    assert off([item for item in out if item.snr_db is not None][-1].direction) < 10
    assert likeness(joined(out), clean) > likeness(scene[:, 1], clean) + 2
    assert out[-1].dead == ((0,) if fault in {"dead", "loud", "clipped"} else ())


@pytest.mark.parametrize("loudness", [0.1, 0.5, 5.0])
def test_every_talker_comes_out_as_loud(scene: Sound, loudness: float) -> None:
    quiet = scene * np.float32(loudness * 0.1 / np.abs(scene).max())
    sound = joined(run(FrontEnd(RING), quiet))[round(LEAD_S * RATE) : -round(1.2 * RATE)]
    assert -32 < 10 * math.log10(np.mean(sound**2)) < -24


def test_no_signal_to_noise_ratio_is_told_before_the_noise_is_known(scene: Sound) -> None:
    speech = scene[round(LEAD_S * RATE) :]
    told = [item.snr_db for item in run(FrontEnd(RING), speech)]
    assert all(snr is None or -25 < snr < 40 for snr in told)
    assert told.count(None) > 10


def test_the_noise_may_be_followed_while_somebody_speaks(scene: Sound, clean: npt.NDArray[np.float64]) -> None:
    stages, tuning = Stages(suppress="none"), Tuning(follow_frames=60.0)
    followed = joined(run(FrontEnd(RING, stages, tuning=tuning), scene))
    assert likeness(followed, clean) > likeness(joined(run(FrontEnd(RING, stages), scene)), clean) - 0.5


def test_a_voice_noticed_late_is_not_taken_for_noise(scene: Sound, clean: npt.NDArray[np.float64]) -> None:
    class Late:
        """A detector that hears the talker 0.7 s after they began."""

        heard = 0

        def probability(self, frame: Sound) -> float:
            self.heard += len(frame)
            return float((LEAD_S + 0.7) * RATE < self.heard < len(clean) - 1.2 * RATE)

        def reset(self) -> None:
            self.heard = 0

    late = joined(run(FrontEnd(RING, Stages(suppress="none"), voices=Late), scene))
    known = joined(run(FrontEnd(RING, Stages(suppress="none")), scene))
    begin = slice(round(LEAD_S * RATE), round((LEAD_S + 0.6) * RATE))
    ratio = np.sum(late[begin] ** 2) / np.sum(known[begin] ** 2)
    assert 0.6 < ratio < 1.7, "about as loud"
    assert likeness(late, clean) > likeness(known, clean) - 1


class Scripted:
    """A detector that says what is written for each second of the stream, and `otherwise` before and after."""

    def __init__(self, script: dict[tuple[float, float], float], otherwise: float = 0.02) -> None:
        self.script, self.otherwise, self.heard = script, otherwise, 0

    def probability(self, frame: Sound) -> float:
        self.heard += len(frame)
        at = self.heard / RATE
        return next((value for (begin, end), value in self.script.items() if begin < at <= end), self.otherwise)

    def reset(self) -> None:
        self.heard = 0


def with_detectors(microphone: Scripted, beam: Scripted) -> FrontEnd:
    detectors = iter([microphone, beam])
    return FrontEnd(RING, Stages(suppress="none"), voices=lambda: next(detectors))


def test_a_soft_voice_the_detector_only_suspects_is_found_with_its_direction(
    scene: Sound, clean: npt.NDArray[np.float64]
) -> None:
    end = len(clean) / RATE - 1.2
    suspicion = {(LEAD_S, end): 0.35}
    out = run(with_detectors(Scripted(suspicion), Scripted({(LEAD_S, end): 0.5})), scene)
    talk = [item for item in out if item.snr_db is not None]
    assert len(talk) > 40
    assert max(off(item.direction) for item in talk[12:]) < 10
    voice = np.concatenate([item.voice for item in out])
    begin = round(LEAD_S * RATE) // STEP
    assert voice[: begin - 2].max() < 0.3 < np.median(voice[begin + 6 : begin + 40])
    noise = np.tile(scene[: round(LEAD_S * RATE)], (4, 1))
    assert all(item.snr_db is None for item in run(with_detectors(Scripted({}, 0.35), Scripted({}, 0.5)), noise))


def test_babble_that_began_nothing_is_learned_as_noise_after_all(scene: Sound, clean: npt.NDArray[np.float64]) -> None:
    """The detector on the microphone is taken in for 0.6 s; the beam hears nobody."""
    noise = np.tile(scene[: round(LEAD_S * RATE)], (2, 1))
    sound, lead = np.concatenate([noise, scene]), 3 * LEAD_S
    end = lead + len(clean) / RATE - LEAD_S - 1.2
    outs = []
    for script in ({(0.6, 1.2): 0.95, (lead, end): 0.95}, {(lead, end): 0.95}):
        outs.append(run(with_detectors(Scripted(script), Scripted({(lead, end): 0.95})), sound))
    taken_in, knowing = outs
    begun = [item.snr_db is not None for item in taken_in[: round((lead - 1.2) * RATE) // STEP]]
    assert sum(begun) > 5, "it was taken in"
    assert not any(begun[round(2.6 * RATE) // STEP :]), "and took it back"
    assert max(float(item.voice.max()) for item in taken_in[: round((lead - 0.1) * RATE) // STEP]) < 0.3
    cut = round(2 * LEAD_S * RATE)
    assert likeness(joined(taken_in)[cut:], clean) > likeness(joined(knowing)[cut:], clean) - 0.5


def test_who_speaks_soon_after_another_has_their_own_direction_soon(
    scene: Sound, clean: npt.NDArray[np.float64]
) -> None:
    begin = int(np.argmax(np.abs(clean) > 0.2 * np.abs(clean).max()))
    other = np.zeros_like(clean)
    other[begin - round(0.8 * RATE) :][: RATE // 2] = clean[begin:][: RATE // 2]
    sound = scene + plane_wave(other, AZIMUTH - 2.0).astype(np.float32)
    begin_s, end_s = begin / RATE, len(clean) / RATE - 1.2
    script = {(begin_s - 0.8, begin_s - 0.3): 0.95, (begin_s, end_s): 0.95}
    out = run(with_detectors(Scripted(script), Scripted(script)), sound)
    first = begin // STEP
    assert out[first - 4].snr_db is not None, "the other's utterance is not over"
    assert off(out[first - 4].direction) > 60
    assert max(off(item.direction) for item in out[first + 14 : first + 40]) < 10


def test_all_but_one_dead(scene: Sound) -> None:
    sound = np.zeros_like(scene)
    sound[:, 4] = scene[:, 4]
    out = run(FrontEnd(RING), sound)
    assert out[-1].beam == "microphone"
    assert out[-1].dead == (0, 1, 2, 3, 5)
    assert max(float(item.voice.max()) for item in out) > 0.8


def test_swapped_channels_are_found_and_the_chain_works_without_them(
    scene: Sound, clean: npt.NDArray[np.float64]
) -> None:
    noise = np.tile(scene[: round(LEAD_S * RATE)], (5, 1))
    sound = np.concatenate([noise, scene])[:, [0, 4, 2, 3, 1, 5]]
    out = run(FrontEnd(RING, Stages(suppress="none")), sound)
    assert out[-1].dead == (1, 4)
    assert off([item for item in out if item.snr_db is not None][-1].direction) < 10
    assert likeness(joined(out)[len(noise) :], clean) > likeness(scene[:, 0], clean) + 1


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0])
def test_constant_sound_is_silence(value: float) -> None:
    out = run(FrontEnd(RING), np.full((2 * RATE, 6), value, np.float32))
    assert np.isfinite(joined(out)).all()
    assert max(float(item.voice.max()) for item in out) < 0.5
    assert out[-1].direction is None
    assert np.abs(joined(out)[RATE:]).max() < 0.01


def test_full_scale_square_waves_survive() -> None:
    square = np.sign(np.sin(np.arange(2 * RATE) * 0.2))[:, None].repeat(6, axis=1).astype(np.float32)
    out = run(FrontEnd(RING), square)
    assert np.isfinite(joined(out)).all()
    assert out[-1].dead == ()


def test_what_never_stops_sounding_like_speech_becomes_noise() -> None:
    rng = np.random.default_rng(1)
    pair = MicArray("pair", RING.positions[[0, 3]], (0, 1), 0)
    front = FrontEnd(pair, voices=AlwaysVoice)
    out = [item for _ in range(24) for item in front.process(rng.normal(0, 0.1, (RATE, 2)).astype(np.float32))]
    assert out[300].beam == "delay_and_sum"
    assert out[-1].beam == "mvdr"


def test_the_robots_own_voice_is_not_taken_for_a_visitors(clean: npt.NDArray[np.float64]) -> None:
    rng = np.random.default_rng(3)
    played = np.tile(clean[round(LEAD_S * RATE) :], 3)[: 10 * RATE]
    echo = 0.8 * np.roll(plane_wave(played, 3.0), 900, axis=0)
    sound = (echo + rng.normal(0, 1e-3, echo.shape)).astype(np.float32)
    voice = {
        on: np.concatenate([it.voice for it in run(FrontEnd(RING, Stages(echo=on)), sound, 1600, played.astype("f4"))])
        for on in (True, False)
    }
    assert (voice[False] > 0.5).mean() > 0.3
    assert (voice[True] > 0.5).mean() < 0.02


def test_a_playback_of_silence_changes_nothing(scene: Sound) -> None:
    sound = scene[: 3 * RATE]
    silent = run(FrontEnd(RING), sound, 1600, np.zeros(len(sound), np.float32))
    assert np.array_equal(joined(silent), joined(run(FrontEnd(RING), sound)))


def test_who_interrupts_the_robot_is_noticed(scene: Sound, clean: npt.NDArray[np.float64]) -> None:
    rng = np.random.default_rng(3)
    played = np.tile(clean[round(LEAD_S * RATE) : -round(1.2 * RATE)], 6)[: 4 * RATE + len(scene)]
    echo = 0.8 * np.roll(plane_wave(played, 3.0), 900, axis=0)
    echo *= np.std(clean) / np.std(echo)
    sound = echo + rng.normal(0, 1e-3, echo.shape)
    sound[4 * RATE :] += plane_wave(clean, AZIMUTH)
    out = run(FrontEnd(RING), sound.astype(np.float32), 1600, played.astype(np.float32))
    voice = np.concatenate([item.voice for item in out])
    begin = round((4 + LEAD_S) * RATE) // STEP
    assert (voice[: begin - 8] > 0.5).mean() < 0.02
    assert (voice[begin : begin + 40] > 0.5).mean() > 0.5


def test_memory_stays_flat_over_a_long_stream() -> None:
    rng = np.random.default_rng(5)
    front = FrontEnd(RING)
    block = rng.normal(0, 0.05, (RATE, 6)).astype(np.float32)
    tracemalloc.start()
    try:
        for _ in range(4):
            front.process(block)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(8):
            front.process(block)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 300_000
