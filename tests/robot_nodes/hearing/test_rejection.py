from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.fillers import FILLERS
from robot_nodes.hearing.rejection import Evidence, Judge


def test_a_clear_phrase_is_believed_and_chatter_is_not() -> None:
    judge = Judge()
    assert judge.accepts(Evidence(6.0, 81.5, 2.4, 10))
    assert not judge.accepts(Evidence(6.0, -20.0, 4.0, 16))
    assert not judge.accepts(Evidence(6.0, 14.6, 3.2, 11)), "babble"
    assert not judge.accepts(Evidence(0.3, 40.0, 2.5, 10)), "two phrases as likely as each other"


def test_no_phrase_is_said_in_a_blink() -> None:
    assert Judge().accepts(Evidence(6.0, 60.0, 1.0, 6))
    assert not Judge().accepts(Evidence(6.0, 60.0, 0.2, 6))


def test_without_a_filler_the_margin_decides() -> None:
    assert Judge().accepts(Evidence(6.0, None, 2.0, 8))
    assert not Judge().accepts(Evidence(0.5, None, 2.0, 8))


def test_everything_passes_where_nothing_is_to_be_rejected() -> None:
    assert Judge(threshold=0.0).accepts(Evidence(0.0, -1e9, 0.1, 1))


@given(st.floats(0, 6), st.floats(-1e6, 1e6), st.floats(0.1, 20), st.integers(0, 60), st.floats(0, 100))
def test_more_evidence_is_never_less_believed(
    margin: float, over: float, seconds: float, letters: int, more: float
) -> None:
    judge = Judge()
    before = judge.probability(Evidence(margin, over, seconds, letters))
    assert 0.0 <= before <= 1.0
    assert not math.isnan(before)
    assert judge.probability(Evidence(margin, over + more, seconds, letters)) >= before


def test_every_language_has_fillers_each_once() -> None:
    for language in ("ko", "zh", "en", "ja"):
        assert len(FILLERS[language]) > 40
    assert len(set(FILLERS["ko"])) == len(FILLERS["ko"])
