"""The terminal's side of a conversation, without ROS."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import soundfile
from rich.console import Console

from robot_nodes.errors import RobotError
from robot_nodes.talk.recording import Recording
from robot_nodes.talk.screen import Screen


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


def screen(output: io.StringIO, *, wait: bool = True) -> Screen:
    return Screen("guide-01", wait=wait, console=Console(file=output, width=100))


def test_recording_in_blocks_of_a_tenth_of_a_second(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.arange(4000, dtype=np.int16).reshape(-1, 2), 8000)
    recording = Recording.read(path)
    blocks = list(recording.blocks())
    assert (recording.channels, recording.rate, recording.seconds) == (2, 8000, 0.25)
    assert [len(block) for block, _ in blocks] == [1600, 1600, 800]
    assert [last for _, last in blocks] == [False, False, True]


def test_wrong_recordings(tmp_path):
    with pytest.raises(RobotError, match="no such file"):
        Recording.read(tmp_path / "none.wav")
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"nothing")
    with pytest.raises(RobotError, match="WAV or FLAC"):
        Recording.read(bad)


def test_a_plain_answer(output):
    shown = screen(output)
    shown.heard("where is [it]", "en", "typed", False)
    shown.understood("locate", {"place": "finance"}, 0.9)
    assert shown.over is None
    shown.said("inform", "Over there.")
    assert shown.over == 0
    assert "where is [it]" in output.getvalue()
    assert "place=finance" in output.getvalue()


def test_a_journey(output):
    shown = screen(output)
    shown.said("confirm", "All right.")
    for state, left in (("requesting", math.nan), ("leading", 30.0), ("leading", 10.0)):
        shown.status(state, "culture", left, "")
    shown.said("inform", "Over there.")
    assert shown.over is None
    shown.status("arrived", "culture", 0.0, "")
    assert shown.over == 0


def test_refusal_and_failure(output):
    refused = screen(output)
    refused.said("sorry", "Sorry.")
    assert refused.over == 1
    failed = screen(output)
    failed.status("leading", "culture", 5.0, "")
    failed.status("idle", "culture", math.nan, "the visitor was lost")
    assert failed.over == 1
    assert "the visitor was lost" in output.getvalue()


def test_no_wait_ends_with_the_confirmation(output):
    shown = screen(output, wait=False)
    shown.said("confirm", "All right.")
    assert shown.over == 0


def test_where_it_was_heard_from_and_what_it_may_have_been(output):
    shown = screen(output)
    shown.heard("화장", "ko", "vosk", True)
    shown.heard("화장", "ko", "vosk", True)
    shown.heard("화장실", "ko", "vosk", False, direction=math.radians(-40), snr_db=7.6, alternatives=["화장지", "회장"])
    shown.understood("find_facility", {"facility": "toilet"}, 0.9, target="toilet-3", lead=True)
    told = output.getvalue()
    assert told.count("hearing") == 1
    assert "(ko, vosk, from 40 degrees to the right, 8 dB above the noise)" in told
    assert "화장지 | 회장" in told
    assert "facility=toilet -> toilet-3 (0.90, wishes to be led)" in told


def test_what_is_typed_comes_from_nowhere(output):
    shown = screen(output)
    shown.heard("toilet", "en", "typed", False, direction=0.0, snr_db=0.0)
    shown.understood("guide_to", {"place": "finance"}, 1.0, target="finance", lead=True)
    assert "(en, typed)" in output.getvalue()
    assert "place=finance (1.00)" in output.getvalue()


def test_an_answer_is_shown_without_marks_and_as_it_was_spoken(output):
    shown = screen(output)
    shown.said("inform", "<speak>Hall <emphasis>two</emphasis>. Over there.</speak>")
    assert "Hall two. Over there." in output.getvalue()
    assert not shown.speaking
    shown.spoke("inform", "speaking", "0/2", "Hall two.")
    assert shown.speaking
    shown.spoke("inform", "speaking", "1/2", "Over there.")
    shown.spoke("inform", "barge_in", "1/2", "Over there.")
    shown.spoke("inform", "barge_in", "1/2", "Over there.")
    assert not shown.speaking
    assert output.getvalue().count("1 of 2 sentences, then somebody spoke: Over there.") == 1
    shown.spoke("inform", "spoken", "2/2", "Over there.")
    assert "aloud, 2 of 2 sentences" in output.getvalue()
