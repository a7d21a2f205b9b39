from __future__ import annotations

from robot_nodes.speaking.barge_in import BargeIn
from robot_nodes.speaking.lines import Line, LineQueue, Priority

ANSWER = Line("answer", "en", "inform")
PROGRESS = Line("30 metres", "en", "progress")
STOPPED = Line("stopped", "en", "stopped", interrupt=True)
FIRE = Line("fire", "en", "inform", interrupt=True)


def drained(queue: LineQueue, now_s: float = 0.0) -> list[str]:
    said = []
    while line := queue.take(now_s):
        said.append(line.text)
    return said


def test_priorities() -> None:
    assert [line.priority for line in (PROGRESS, ANSWER, STOPPED, FIRE)] == list(Priority)


def test_answers_go_before_chatter_and_otherwise_in_order() -> None:
    queue = LineQueue()
    for line in (PROGRESS, ANSWER, Line("second", "en")):
        assert not queue.add(line, 0.0)
    assert drained(queue) == ["answer", "second", "30 metres"]


def test_stale_lines_are_dropped_and_newer_chatter_replaces_older() -> None:
    forgotten: list[Line] = []
    queue = LineQueue(forgotten.append)
    queue.add(PROGRESS, 0.0)
    queue.add(Line("20 metres", "en", "progress"), 1.0)
    assert forgotten == [PROGRESS]
    assert drained(queue, 4.5) == ["20 metres"]
    queue.add(PROGRESS, 10.0)
    queue.add(ANSWER, 10.0)
    assert drained(queue, 15.0) == ["answer"]
    queue.add(ANSWER, 20.0)
    assert drained(queue, 51.0) == []


def test_an_urgent_line_cuts_off_and_clears() -> None:
    queue = LineQueue()
    queue.add(ANSWER, 0.0)
    assert queue.take(0.0) == ANSWER
    queue.add(Line("waits", "en"), 0.0)
    assert queue.add(STOPPED, 0.0)
    assert drained(queue) == ["stopped"]


def test_safety_is_cut_off_by_nothing_and_all_its_languages_are_heard() -> None:
    queue = LineQueue()
    queue.add(FIRE, 0.0)
    assert queue.take(0.0) == FIRE
    other = Line("着火了", "zh", "inform", interrupt=True)
    assert not queue.add(other, 0.0)
    assert not queue.add(STOPPED, 0.0)
    assert not queue.barge_in()
    assert drained(queue) == ["着火了", "stopped"]


def test_a_visitor_who_speaks_ends_what_is_said_and_what_waits() -> None:
    queue = LineQueue()
    queue.add(ANSWER, 0.0)
    assert not queue.barge_in()  # nothing is said yet: the answer stays
    queue.take(0.0)
    queue.add(Line("more", "en"), 0.0)
    assert queue.barge_in()
    assert drained(queue) == []


def test_blank_and_repeated_lines_and_floods() -> None:
    queue = LineQueue()
    queue.add(Line(" \n", "en"), 0.0)
    queue.add(ANSWER, 0.0)
    queue.add(ANSWER, 0.0)
    assert drained(queue) == ["answer"]
    queue.add(PROGRESS, 0.0)
    for number in range(30):
        queue.add(Line(str(number), "en"), 0.0)
    assert drained(queue) == [str(number) for number in range(10, 30)]


def test_a_voice_that_begins_while_the_robot_speaks_is_an_interruption() -> None:
    barge_in = BargeIn()
    barge_in.robot_begins(0.0)
    assert not barge_in.hear(False, True, 0.1)
    assert barge_in.hear(True, True, 0.2)
    assert not barge_in.hear(True, False, 0.3)


def test_the_end_of_the_visitors_own_sentence_is_none_but_going_on_is() -> None:
    barge_in = BargeIn()
    barge_in.hear(True, False, 0.0)
    barge_in.robot_begins(0.1)
    assert not barge_in.hear(True, True, 0.5)
    assert barge_in.hear(True, True, 1.0)
    barge_in.robot_begins(2.0)
    barge_in.hear(False, True, 2.1)
    assert barge_in.hear(True, True, 2.2)
