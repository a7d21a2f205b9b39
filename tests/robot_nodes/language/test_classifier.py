"""The learned judge: what it is made of, what it knows, and that it can be made again."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from robot_nodes.language import Understanding
from robot_nodes.language.bench import Sentence, measured, read_set
from robot_nodes.language.classifier import NAMED, NOTHING, Classifier, Label, classifier, strangeness, weights_file
from robot_nodes.language.features import SIZE, Evidence, Piece, features
from robot_nodes.language.intent import INTENTS, LANGUAGES
from robot_nodes.language.normalise import clean, compact
from robot_nodes.language.train import EXAMPLES, Example, fitted

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
    judge = fitted(TOLD)
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
    assert weights_file(language).stat().st_size < 2_000_000
    assert {label.intent for label in judge.labels} == set(INTENTS)
    judged = judge.log_probabilities(_evidence("hello", language=language))
    assert sum(map(math.exp, judged.values())) == pytest.approx(1.0)


def test_a_language_without_weights_has_no_judge() -> None:
    assert classifier("eo") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_knows_what_it_was_taught(large: Understanding, language: str) -> None:
    """Weights that no longer fit the features, the cues or the names would know little of it."""
    score = measured(large, read_set(language, "develop")[::STEP], str)

    assert score.right >= 0.9 * score.commands
    assert score.taken <= max(1, 0.1 * score.unrelated)


def test_a_way_of_asking_is_learned_for_all_facilities_at_once() -> None:
    toilet, lift, taxi = (
        _evidence(f"where is the {name}", Piece(13, 13 + len(name), "facility", value))
        for name, value in (("toilet", "toilet"), ("lift", "elevator"), ("taxi", "taxi"))
    )
    asked = Sentence("where is the toilet", "en", "find_facility", {"facility": "toilet"}, unrelated=False)
    judge = fitted([*TOLD, Example(asked, 0.0, 1.0, toilet, None, sure=False)])

    assert Label("find_facility", NAMED) in judge.labels
    assert judge.decide(lift, None)[0].label == Label("find_facility", "elevator")
    assert judge.decide(taxi, None)[0].label == Label("ask_transport", "taxi")
    assert all(label.value != NAMED for label in judge.log_probabilities(_evidence("where is it")))


def test_a_label_is_about_what_is_named_or_about_something_else() -> None:
    named = _evidence("toilet", Piece(0, 6, "facility", "toilet"))

    assert Label("find_facility", "toilet").as_named(named) == Label("find_facility", NAMED)
    assert Label("find_facility", "water").as_named(named) == Label("find_facility", "water")
    assert Label("find_facility", NAMED).meant(named) == Label("find_facility", "toilet")
    assert Label("find_facility", NAMED).meant(_evidence("where")) is None


def test_what_the_rules_take_for_an_emergency_is_one_unless_that_is_absurd(large: Understanding) -> None:
    assert large.understand("something urgent came up, cancel the guiding please", "en").name == "cancel"
    assert large.understand("come quick, my father has collapsed and he is not breathing", "en").name == "emergency"


def test_words_never_learned_are_strange() -> None:
    known, half, unknown = strangeness(np.array([4.0, 2.0, 0.0]), np.array([4.0, 4.0, 4.0]))

    assert not known.any()
    assert (half < unknown).all()
    assert (half > 0).tolist() == [True, True, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_written_to_learn_from_is_one_to_report_on(language: str) -> None:
    tree = yaml.safe_load((EXAMPLES / f"{language}.yaml").read_text(encoding="utf-8"))
    report = {compact(clean(each.text)) for each in read_set(language, "report")}
    shared = sum(compact(clean(text)) in report for texts in tree.values() for text in texts)

    assert shared == 0, "some sentences are in both"
