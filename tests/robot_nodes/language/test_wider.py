"""Names guessed at where one must be named, and the index they are found in."""

from __future__ import annotations

import pytest

from robot_nodes.language import Understanding
from robot_nodes.language.dialogue import Conversation
from robot_nodes.language.names import SpokenName
from robot_nodes.language.soundindex import SoundIndex
from robot_nodes.language.sounds import sound_key
from robot_nodes.language.stems import distinctive
from robot_nodes.language.wider import best_guess

NAMES = [
    *(
        SpokenName(f"{stem} forum room", "en", "place", f"room-{stem}")
        for stem in ("culture", "sports", "finance", "health", "winter", "robot")
    ),
    SpokenName("catering area", "en", "place", "catering"),
    SpokenName("sport", "en", "place", "sports", 2, weak=True),
    SpokenName("language learning forum", "en", "session", "learning"),
    SpokenName("suzhou qihang scenic areas", "en", "exhibitor", "qihang"),
]


@pytest.fixture(scope="module")
def index() -> SoundIndex:
    return SoundIndex(NAMES, "en")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("where is the staring area", "catering"),
        ("take me to jiuzhou qihang scenic prize", "qihang"),
        ("when is the language morning forum", "learning"),
        ("take me to the spots form room", "room-sports"),
    ],
)
def test_the_name_most_like_what_was_said_is_guessed(index: SoundIndex, said: str, value: str) -> None:
    guess = best_guess(index, said, {"place", "exhibitor", "session"})

    assert guess is not None
    assert guess.name.value == value
    assert 0.7 <= guess.likeness < 1.0


def test_only_names_of_the_kind_wanted_are_guessed(index: SoundIndex) -> None:
    assert best_guess(index, "where is the staring area", {"session", "exhibitor"}) is None


@pytest.mark.parametrize(
    "said", ["", " ", "my knees hurt a lot", "forum room", "x" * 200, "带我去", "guide me to the airport"]
)
def test_what_is_like_no_name_is_none(index: SoundIndex, said: str) -> None:
    assert best_guess(index, said, {"place", "exhibitor", "session"}) is None


def test_what_shares_all_sounds_shares_everything(index: SoundIndex) -> None:
    shared = index.shared(sound_key("the catering area please", "en"))

    assert shared.shape == (len(NAMES),)
    assert shared.argmax() == 6
    assert shared[6] == pytest.approx(1.0)
    assert not index.shared("").any()


def test_a_piece_of_a_word_is_no_beginning_of_names() -> None:
    """ "スポ" begins many names, but only as the beginning of "スポーツ"."""
    ends = ("館", "展示", "広場", "教室", "大会", "用品")
    names = [SpokenName(f"スポーツ{end}", "ja", "place", f"p{k}") for k, end in enumerate(ends)]

    parts = {name.text: name.text[slice(*part)] for name, part in zip(names, distinctive(names), strict=True)}

    assert parts["スポーツ館"] == "スポーツ館"
    assert parts["スポーツ用品"] == "用品"


def test_a_guessed_place_is_understood_but_asked_about(large: Understanding) -> None:
    said = "my dad wants to be taken to the staring area please"
    found = large.understand(said, "en")
    told = Conversation(large).turn(said, "en", now_s=0.0)

    assert found.name == "guide_to"
    assert list(found.slots) == ["place"]
    assert found.confidence <= 0.5
    assert told.name == "unknown"
    assert "?" in told.reply
