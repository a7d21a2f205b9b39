"""The learned judge: what it is made of, what it knows, and that it can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from robot_nodes.language import Understanding
from robot_nodes.language.bench import Sentence, measured, read_set
from robot_nodes.language.classifier import NOTHING, Classifier, Label, classifier, weights_file
from robot_nodes.language.features import SIZE, Evidence, Piece, features
from robot_nodes.language.intent import INTENTS, LANGUAGES
from robot_nodes.language.train import Example, fitted, held_out

STEP = 12
"""Every so-many-th sentence of the develop sets is tried."""


def _evidence(key: str, *pieces: Piece, language: str = "en", cues: dict[str, float] | None = None) -> Evidence:
    return Evidence(key, language, pieces, cues or {})


def _example(text: str, intent: str) -> Example:
    sentence = Sentence(text, "en", intent, {}, intent == "unknown")
    return Example(sentence, 0.0, 1.0, _evidence(text), None, sure=False)


TOLD = [
    _example(f"{start} {what}", intent)
    for start in ("please", "now", "robot")
    for what, intent in (("speak up", "louder"), ("slow down", "slower"), ("the train was late", "unknown"))
]


def test_a_name_counts_by_its_kind_only() -> None:
    one = features(_evidence("take me to finance", Piece(11, 18, "place")))
    other = features(_evidence("take me to tourism", Piece(11, 18, "place")))
    stand = features(_evidence("take me to megvii", Piece(11, 17, "exhibitor")))

    assert set(one[0]) == set(other[0])
    assert set(one[0]) != set(stand[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_features_are_numbers_within_bounds(language: str) -> None:
    numbers, values = features(_evidence("带我去 hall 전시관 お願い", language=language, cues={"take": 1.0}))

    assert len(numbers) == len(set(numbers)) == len(values) > 20
    assert numbers.min() >= 0
    assert numbers.max() < SIZE
    assert np.isfinite(values).all()
    assert (values > 0).all()


def test_nothing_said_has_features_too() -> None:
    numbers, values = features(_evidence(""))

    assert len(numbers) == len(values) > 0


def test_what_sounds_the_same_shares_more_than_what_does_not() -> None:
    said, heard, other = (set(features(_evidence(key, language="zh"))[0]) for key in ("带我去", "代我去", "关上门"))

    assert len(said & heard) > len(said & other)


def test_learns_what_it_is_told_and_leaves_the_rest() -> None:
    judge = fitted(TOLD)

    assert judge.decide(_evidence("speak up now"), None)[0].label == Label("louder")
    assert judge.decide(_evidence("slow down please"), None)[0].label == Label("slower")
    assert judge.decide(_evidence("their train was late"), None)[0].label == NOTHING


def test_learning_twice_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one.npz", "other.npz"):
        fitted(TOLD, caution=0.5).save(tmp_path / name)
    again = Classifier.load(tmp_path / "one.npz")

    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    assert again.caution == 0.5
    assert again.decide(_evidence("speak up"), None) == fitted(TOLD, caution=0.5).decide(_evidence("speak up"), None)


def test_rules_and_caution_weigh_in() -> None:
    judge = fitted(TOLD, steps=5)
    found = _evidence("speak up the train was late")
    ruled, alone = judge.decide(found, Label("louder")), judge.decide(found, None)
    share = {verdict.label: verdict.probability for verdict in alone}

    assert ruled[0].probability > share.get(ruled[0].label, 0.0) or ruled[0].label == NOTHING
    judge.caution = 20.0
    assert judge.decide(found, Label("louder"))[0].label == NOTHING


@pytest.mark.parametrize("text", ["guide_to", "find_facility/toilet", "change_language/ar"])
def test_labels_are_written_and_read(text: str) -> None:
    assert str(Label.read(text)) == text


def test_a_label_of_no_intent_is_refused() -> None:
    with pytest.raises(ValueError, match="no intent 'fly'"):
        Label.read("fly/high")


@pytest.mark.parametrize("language", LANGUAGES)
def test_weights_are_small_and_of_this_form(language: str) -> None:
    judge = classifier(language)

    assert judge is not None
    assert weights_file(language).stat().st_size < 1_500_000
    assert {label.intent for label in judge.labels} == set(INTENTS)
    assert judge.log_probabilities(_evidence("hello", language=language)).shape == (len(judge.labels),)


def test_a_language_without_weights_has_no_judge() -> None:
    assert classifier("eo") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_knows_what_it_was_taught(large: Understanding, language: str) -> None:
    """Weights that no longer fit the features, the cues or the names would know little of it."""
    score = measured(large, read_set(language, "develop")[::STEP], str)

    assert score.right >= 0.9 * score.commands
    assert score.taken <= max(1, 0.1 * score.unrelated)


def test_a_fifth_is_held_out() -> None:
    held = [held_out(sentence) for sentence in read_set("en", "develop")]

    assert 0.1 < sum(held) / len(held) < 0.3
