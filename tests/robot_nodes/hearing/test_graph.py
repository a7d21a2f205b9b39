"""Whole sentences as an OpenFst file."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.hearing.graph import Graph, build_graph, read_units, written

UNITS = {unit: label for label, unit in enumerate(["출구", "가", "어디", "어", "디", "일", "번", "일번", "로"], 7)}


def said(graph: Graph, units: dict[str, int]) -> set[str]:
    """All that the graph accepts, units parted by spaces."""
    names = {label: unit for unit, label in units.items()}
    found: set[str] = set()
    open_ends = [(0, "")]
    while open_ends:
        state, text = open_ends.pop()
        if state in graph.final:
            found.add(text.strip())
        open_ends += [(target, f"{text} {names[label]}") for label, target in graph.arcs[state].items()]
    return found


def test_the_graph_says_the_sentences_and_nothing_else() -> None:
    graph, failed = build_graph(["출구가 어디", "일 번 출구", "입구"], UNITS, join=True)
    assert said(graph, UNITS) == {"출구 가 어디", "일 번 출구", "일번 출구"}
    assert failed == ("입구",)


def test_units_reach_over_spaces_only_where_they_may() -> None:
    graph, _ = build_graph(["일 번 로"], UNITS, join=False)
    assert said(graph, UNITS) == {"일 번 로"}


@given(st.lists(st.text("ab ", min_size=1, max_size=7), max_size=6), st.booleans())
def test_every_sentence_is_said_or_named(sentences: list[str], join: bool) -> None:
    units = {"a": 1, "ab": 2, "ba": 3}
    graph, failed = build_graph(sentences, units, join=join)
    letters = {text.replace(" ", "") for text in said(graph, units)}
    assert letters == {"".join(sentence.split()) for sentence in sentences if sentence not in failed}


def test_what_sentences_end_with_is_there_once() -> None:
    graph, _ = build_graph(["출구가 어디", "로가 어디", "번"], UNITS, join=True)
    assert said(graph, UNITS) == {"출구 가 어디", "로 가 어디", "번"}
    assert len(graph.arcs) == 4
    assert len(graph.final) == 1


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    graph, _ = build_graph(["출구가 어디"], UNITS, join=True)
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "HCLr.fst").write_bytes(b"")
    (tmp_path / "graph" / "Gr.fst").write_bytes(written(graph, UNITS, ["로"]))
    used = {unit: UNITS[unit] for unit in ("출구", "가", "어디", "로")}
    assert read_units(tmp_path, [*used, "x"]) == used
    data = written(graph, UNITS)
    assert data.endswith(struct.pack("<fq", 0.0, 0))
    (tmp_path / "graph" / "Gr.fst").write_bytes(data[:110])
    with pytest.raises(struct.error):
        read_units(tmp_path, used)


def test_units_of_a_model_with_a_word_list(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "HCLr.fst").write_bytes(b"")
    (tmp_path / "graph" / "Gr.fst").write_bytes(b"another format")
    assert read_units(tmp_path, ["go"]) is None
    (tmp_path / "graph" / "words.txt").write_text("<eps> 0\ngo 5\nbroken\n")
    assert read_units(tmp_path, ["go", "stop"]) == {"go": 5}
