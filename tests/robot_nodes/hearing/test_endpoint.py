"""Where utterances begin and end."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.endpoint import Cut, Ended, Endpointer, EndpointSettings, Event, Started, State, Why

SETTINGS = EndpointSettings(frame_s=0.032)
QUIET_DB, LOUD_DB = -60.0, -20.0


def frames(seconds: float) -> int:
    return SETTINGS.frames(seconds)


def feed(
    endpointer: Endpointer,
    pattern: Iterable[tuple[float, float]],
    cut: Cut | None = None,
    level_dbfs: float = LOUD_DB,
) -> list[Event]:
    """`pattern`: (probability, seconds) ..."""
    return [
        event
        for probability, seconds in pattern
        for _ in range(frames(seconds))
        for event in endpointer.push(probability, level_dbfs, cut)
    ]


def test_an_utterance_has_a_pre_roll_and_a_hangover() -> None:
    endpointer = Endpointer(SETTINGS)
    started, ended = feed(endpointer, [(0.0, 1.0), (0.9, 1.0), (0.0, 1.0)])
    assert isinstance(started, Started)
    assert isinstance(ended, Ended)
    voice_from = frames(1.0)
    assert started.begin == voice_from - frames(SETTINGS.pre_roll_s)
    assert started.at - voice_from <= frames(SETTINGS.start_s)
    assert ended.speech_end == voice_from + frames(1.0)
    assert ended.at - ended.speech_end == frames(SETTINGS.hangover_s)
    assert ended.why is Why.SILENCE


def test_an_utterance_begins_where_the_probability_began_to_rise() -> None:
    """In noise a voice is noticed before it is certain."""
    endpointer = Endpointer(SETTINGS)
    (started,) = feed(endpointer, [(0.0, 1.0), (0.2, 0.16), (0.9, 0.5)])
    assert isinstance(started, Started)
    assert started.begin == frames(1.0) - frames(SETTINGS.pre_roll_s)


def test_a_gap_in_the_rise_does_not_hide_its_beginning_but_silence_does() -> None:
    for gap_s, begin in ((SETTINGS.faint_gap_s, frames(1.0)), (0.13, frames(1.0) + frames(0.096) + frames(0.13))):
        endpointer = Endpointer(SETTINGS)
        (started,) = feed(endpointer, [(0.0, 1.0), (0.2, 0.096), (0.0, gap_s), (0.9, 0.5)])
        assert isinstance(started, Started)
        assert started.begin == begin - frames(SETTINGS.pre_roll_s)


def test_babble_before_a_voice_is_left_out_but_for_a_little() -> None:
    endpointer = Endpointer(SETTINGS)
    (started,) = feed(endpointer, [(0.2, 5.0), (0.9, 0.5)])
    assert isinstance(started, Started)
    assert started.begin == frames(5.0) - frames(SETTINGS.faint_s) - frames(SETTINGS.pre_roll_s)


def test_a_complete_phrase_is_answered_sooner() -> None:
    """End of speech to intent within 350 ms leaves at most 250 ms for the hangover."""
    endpointer = Endpointer(SETTINGS)
    _, ended = feed(endpointer, [(0.9, 0.6), (0.0, 1.0)], Cut(complete=True))
    assert isinstance(ended, Ended)
    assert ended.why is Why.COMPLETE
    assert 0.15 <= (ended.at - ended.speech_end) * SETTINGS.frame_s <= 0.25


def test_a_pause_between_words_ends_nothing() -> None:
    endpointer = Endpointer(SETTINGS)
    events = feed(endpointer, [(0.9, 0.5), (0.0, 0.4), (0.9, 0.5), (0.0, 1.0)])
    assert len(events) == 2


def test_a_click_in_the_silence_does_not_prolong_it() -> None:
    endpointer = Endpointer(SETTINGS)
    events = feed(endpointer, [(0.9, 0.5), (0.0, 0.4), (0.9, 0.032), (0.0, 0.2)])
    assert [type(event) for event in events] == [Started, Ended]


def test_babble_behind_the_talker_is_silence_when_it_is_much_softer() -> None:
    """A voice detector that has heard a voice takes the babble behind it for one; the level tells them apart."""
    endpointer = Endpointer(SETTINGS)
    events = feed(endpointer, [(0.9, 1.0)])
    events += feed(endpointer, [(0.8, 1.0)], level_dbfs=LOUD_DB - SETTINGS.drop_db - SETTINGS.clear_db - 2.0)
    assert [type(event) for event in events] == [Started, Ended]
    assert events[1].speech_end <= frames(1.0) + 1  # type: ignore[union-attr]
    events = feed(endpointer, [(0.8, 10.0)], level_dbfs=LOUD_DB - SETTINGS.drop_db - SETTINGS.clear_db - 2.0)
    assert isinstance(events[0], Started)  # another talker, farther away, is heard after a while


def test_a_soft_word_after_a_loud_one_is_kept() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, 0.5)])
    assert feed(endpointer, [(0.9, 0.8)], level_dbfs=LOUD_DB - SETTINGS.drop_db + 3.0) == []


@pytest.mark.parametrize("complete", [False, True])
def test_a_soft_syllable_is_no_end(complete: bool) -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, 0.5)])
    cut = Cut(complete=complete, changed=True)
    assert feed(endpointer, [(0.9, 0.8)], cut, level_dbfs=LOUD_DB - SETTINGS.drop_db - 4.0) == []
    (ended,) = feed(endpointer, [(0.1, 0.8)], cut, level_dbfs=QUIET_DB)
    assert isinstance(ended, Ended)
    assert ended.at - frames(0.5) - frames(0.8) <= frames(0.128 if complete else SETTINGS.hangover_s)


def test_soft_sound_that_is_hardly_a_voice_is_silence() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, 0.5)])
    (ended,) = feed(endpointer, [(0.3, 0.8)], level_dbfs=LOUD_DB - SETTINGS.drop_db - 6.0)
    assert isinstance(ended, Ended)
    assert ended.why is Why.SILENCE


def test_a_cough_is_aborted() -> None:
    endpointer = Endpointer(EndpointSettings(frame_s=0.032, start_s=0.06))
    events = feed(endpointer, [(0.9, 0.07), (0.0, 1.0)])
    assert [event.aborted for event in events if isinstance(event, Ended)] == [True]


def test_while_the_robot_speaks_more_certainty_is_asked_for() -> None:
    endpointer = Endpointer(SETTINGS)
    assert [event for _ in range(50) for event in endpointer.push(0.6, LOUD_DB, playing=True)] == []
    assert [event for _ in range(9) for event in endpointer.push(0.9, LOUD_DB, playing=True)]


def test_nobody_is_listened_to_for_ever_in_babble() -> None:
    """An hour of voices without sense: utterances are cut off, and the machine rests between them."""
    endpointer = Endpointer(SETTINGS)
    heard = 0
    for _ in range(frames(3600.0)):
        endpointer.push(0.95, LOUD_DB)
        heard += endpointer.state is State.HEARING
    assert heard / frames(3600.0) < 0.6


def test_after_babble_it_listens_again_at_once_when_it_is_quiet() -> None:
    endpointer = Endpointer(SETTINGS)
    events = feed(endpointer, [(0.9, SETTINGS.babble_s + 0.3)])
    assert events[-1].why is Why.BABBLE  # type: ignore[union-attr]
    assert endpointer.state.value == "guarded"
    feed(endpointer, [(0.0, SETTINGS.quiet_s)])
    assert endpointer.state.value == "waiting"
    assert isinstance(feed(endpointer, [(0.9, 0.5)])[0], Started)


def test_after_babble_it_listens_again_even_when_it_is_never_quiet() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, SETTINGS.babble_s + 0.3)])
    assert isinstance(feed(endpointer, [(0.9, SETTINGS.guard_s + 0.5)])[0], Started)


def test_sense_is_no_babble() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, SETTINGS.babble_s + 0.3)])
    endpointer.reward()
    assert endpointer.state == "waiting"


def test_new_words_keep_it_listening_until_the_longest() -> None:
    endpointer = Endpointer(SETTINGS)
    events = feed(endpointer, [(0.9, SETTINGS.longest_s + 1.0)], Cut(changed=True))
    ended = next(event for event in events if isinstance(event, Ended))
    assert ended.why is Why.LONGEST
    assert ended.end - ended.begin == frames(SETTINGS.longest_s)


def test_a_phrase_that_has_settled_ends_though_others_talk_on() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, 0.5)], Cut(changed=True))
    events = feed(endpointer, [(0.9, SETTINGS.settled_s + 0.1)], Cut(complete=True))
    assert events[0].why is Why.SETTLED  # type: ignore[union-attr]


def test_push_to_talk_listens_from_press_to_release_whatever_the_voice() -> None:
    endpointer = Endpointer(SETTINGS, open=False)
    assert feed(endpointer, [(0.9, 3.0)]) == []
    (started,) = endpointer.press(True)
    assert isinstance(started, Started)
    assert feed(endpointer, [(0.0, 2.0)]) == []
    (ended,) = endpointer.press(False)
    assert isinstance(ended, Ended)
    assert (ended.why, ended.end - started.at) == (Why.RELEASED, frames(2.0))
    assert endpointer.press(False) == []


def test_the_button_takes_over_an_utterance_under_way() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, [(0.9, 0.5)])
    assert endpointer.press(True) == []
    assert feed(endpointer, [(0.0, 2.0)]) == []
    assert endpointer.press(False)[0].why is Why.RELEASED  # type: ignore[union-attr]


def test_a_stuck_button_does_not_listen_for_ever() -> None:
    endpointer = Endpointer(SETTINGS, open=False)
    endpointer.press(True)
    events = feed(endpointer, [(0.0, 60.0)])
    assert [event.why for event in events if isinstance(event, Ended)] == [Why.LONGEST]


def test_closing_ends_what_is_under_way() -> None:
    endpointer = Endpointer(SETTINGS)
    assert endpointer.close() == []
    feed(endpointer, [(0.9, 0.5)])
    assert endpointer.close()[0].why is Why.CLOSED  # type: ignore[union-attr]
    assert endpointer.close() == []


step = st.tuples(
    st.sampled_from([0.0, 0.2, 0.6, 1.0]),
    st.sampled_from([QUIET_DB, LOUD_DB]),
    st.integers(1, 60),
    st.sampled_from([None, Cut(True, False), Cut(False, True), Cut(True, True)]),
    st.sampled_from(["", "press", "release", "reward"]),
)


@pytest.mark.parametrize("is_open", [True, False])
@given(steps=st.lists(step, max_size=40))
def test_whatever_is_heard_utterances_are_whole_in_order_and_bounded(
    is_open: bool, steps: list[tuple[float, float, int, Cut | None, str]]
) -> None:
    endpointer = Endpointer(SETTINGS, open=is_open)
    events: list[Event] = []
    for probability, level, count, cut, action in steps:
        if action == "reward":
            endpointer.reward()
        elif action:
            events += endpointer.press(action == "press")
        for _ in range(count):
            events += endpointer.push(probability, level, cut)
    position = endpointer.position
    assert position == sum(count for _, _, count, _, _ in steps)
    assert len([event for event in events if isinstance(event, Ended)]) <= len(events) / 2
    events += endpointer.close()
    free_from = 0
    for started, ended in zip(events[::2], events[1::2], strict=True):
        assert isinstance(started, Started)
        assert isinstance(ended, Ended)
        assert ended.begin == started.begin >= free_from
        assert started.begin <= started.at <= ended.at == ended.end <= position
        assert ended.begin <= ended.speech_end <= ended.end
        assert ended.end - ended.begin <= frames(SETTINGS.longest_s)
        free_from = ended.end
    assert all(isinstance(event, Started) for event in events[::2])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 200)), max_size=30))
def test_a_long_silence_always_leads_back_to_waiting(voices: list[tuple[float, int]]) -> None:
    endpointer = Endpointer(SETTINGS)
    for probability, count in voices:
        for _ in range(count):
            endpointer.push(probability, LOUD_DB)
    feed(endpointer, [(0.0, SETTINGS.hangover_s + SETTINGS.quiet_s + 0.1)], level_dbfs=QUIET_DB)
    assert endpointer.state is State.WAITING
    assert isinstance(feed(endpointer, [(1.0, 0.5)])[0], Started)
