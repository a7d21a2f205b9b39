from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from robot_nodes.speaking.normalise import LANGUAGES
from robot_nodes.speaking.sentences import sentences
from robot_nodes.speaking.ssml import LONGEST, LONGEST_PAUSE_S, PLAIN, Pause, Piece, Style, plain, read

MARKS = st.sampled_from(
    ("<speak>", "</speak>", "<p>", "</s>", '<break time="1s"/>', "<sub alias='x'>", "<emphasis", "&", "&lt;", "<!--")
)
TEXT = st.one_of(st.text(max_size=60), st.lists(st.one_of(MARKS, st.text(max_size=8)), max_size=12).map("".join))


def words(text: str) -> str:
    return " ".join(" ".join(part.text for part in read(text, "en").parts if isinstance(part, Piece)).split())


@pytest.mark.parametrize("text", ["hello", "3 < 5 & 6 > 2", "a <b>bold</b> claim", "<>", "x<y"])
def test_text_without_our_marks_is_plain_text(text: str) -> None:
    marked = read(text, "en")
    assert (marked.parts, marked.problem) == ((Piece(text, "en"),), "")
    assert plain(text) == text


def test_marks_become_pieces() -> None:
    marked = read(
        'Go <emphasis level="strong">now</emphasis><break time="300ms"/>to <say-as interpret-as="digits">12</say-as>'
        '<sub alias="siff tiss">CIFTIS</sub><lang xml:lang="zh-CN">金融展</lang>',
        "en",
    )
    assert marked.problem == ""
    assert marked.parts == (
        Piece("Go ", "en"),
        Piece("now", "en", Style(0.85, 3.0, 2.0)),
        Pause(0.3),
        Piece("to ", "en"),
        Piece("12", "en", PLAIN, "digits"),
        Piece("siff tiss", "en"),
        Piece("金融展", "zh"),
    )


def test_prosody_within_prosody_adds_up_within_bounds() -> None:
    inner = '<prosody rate="slow" volume="+3dB" pitch="-2st"><prosody rate="50%" volume="x-loud">x</prosody></prosody>'
    (piece,) = read(inner, "en").parts
    assert isinstance(piece, Piece)
    assert piece.style == Style(0.5, 9.0, -2.0)


def test_a_namespace_is_no_obstacle() -> None:
    text = '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en"><s>Hi</s></speak>'
    assert words(text) == "Hi"
    assert read(text, "en").problem == ""


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<speak>Go <emphasis>now</speak>", "Go now"),
        ("<speak>Go now", "Go now"),
        ("Go</p> now", "Go now"),
        ('<break time="1s">Go now', "Go now"),
        ('<!DOCTYPE s [<!ENTITY a "bb">]><speak>Go now</speak>', "Go now"),
        ("<speak>Go <mark name='x'/>now</speak>", "Go now"),
        ("<speak>fish & chips &lt; 3</speak>", "fish & chips < 3"),
        ('<speak><prosody rate="often">Go now</prosody></speak>', "Go now"),
    ],
)
def test_broken_marks_do_not_silence_the_words(text: str, spoken: str) -> None:
    assert spoken in words(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<speak>Go", "no well-formed XML"),
        ("<speak><mark/>Go</speak>", "<mark> is not read"),
        ('<break time="soon"/>Go', "no time 'soon'"),
        ('<say-as interpret-as="poem">Go</say-as>', "has no 'poem'"),
        ("<speak><!-- x -->Go</speak>", "declarations and comments"),
    ],
)
def test_what_is_wrong_is_told(text: str, problem: str) -> None:
    assert problem in read(text, "en").problem


def test_no_pause_and_no_text_is_endless() -> None:
    pause, _ = read('<break time="999999s"/>x', "en").parts
    assert pause == Pause(LONGEST_PAUSE_S)
    assert len(words("word " * 5000)) <= LONGEST
    assert len(words("<p>" + "word " * 5000 + "</p>")) <= LONGEST


def test_deep_nesting_is_read() -> None:
    assert words("<p>" * 20_000 + "deep" + "</p>" * 20_000) == "deep"


def test_a_screen_shows_the_words_without_marks() -> None:
    assert plain('<speak>Meet at <sub alias="siff tiss">CIFTIS</sub> &amp; go<break/></speak>') == "Meet at CIFTIS & go"


@given(TEXT, st.sampled_from((*LANGUAGES, "fr", "")))
@example("\x00\ud800\uffff", "zh")
@example("<speak>&#0;</speak>", "ko")
@example("<p>" * 50, "ja")
@settings(deadline=None)
def test_any_string_yields_speakable_text(text: str, language: str) -> None:
    for sentence in sentences(read(text, language)):
        pieces = [part for part in sentence.parts if isinstance(part, Piece)]
        assert pieces
        for piece in pieces:
            assert any(letter.isalpha() for letter in piece.text)
            assert not any(letter.isdigit() and letter.isascii() for letter in piece.text)
            assert not set(piece.text) & set("<>&/\\{}[]|_*#@\n")
            assert piece.text.encode("utf-8")
    plain(text)
