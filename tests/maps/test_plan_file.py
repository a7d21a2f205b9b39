"""Garbage never raises anything but PlanError; lines are remembered."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maps.errors import PlanError
from maps.loading import problems
from maps.plan_file import find_plan, parse_text, read_files

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(st.text(max_size=200))
def test_any_text_parses_or_is_a_plan_error(text: str) -> None:
    try:
        values, marks = parse_text(text, "x.yaml")
    except PlanError as error:
        message = str(error)
    else:
        message = "x.yaml"
        assert {(key,) for key in values} <= set(marks)
    assert message.startswith("x.yaml")
    assert "\n" not in message


@quick
@given(st.binary(max_size=200))
def test_any_bytes_are_a_plan_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    venue, found = problems(path)
    assert venue is None
    assert found
    assert all(isinstance(problem, PlanError) for problem in found)


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@quick
@given(data=st.data())
def test_a_plan_with_one_value_replaced_is_sound_or_a_plan_error(
    small: dict[str, Any], tmp_path: Path, data: st.DataObject
) -> None:
    plan = copy.deepcopy(small)
    target: Any = plan
    while True:
        key = data.draw(st.sampled_from(sorted(target) if isinstance(target, dict) else range(len(target))))
        inner = target[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            target[key] = data.draw(junk)
            break
        target = inner
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump(plan), encoding="utf-8")
    venue, found = problems(path)
    assert (venue is None) == bool(found)
    assert all(isinstance(problem, PlanError) for problem in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [1, 2\n", "line 3: not valid YAML"),
        ("a: 1\na: 2\n", "line 2: a appears twice"),
        ("- 1\n", "a plan is a mapping"),
        ("? [1]\n: 2\n", "plain word"),
        ("a: &a [*a]\n", "nested too deeply"),
        ("a: " + "[" * 60 + "]" * 60, "nested too deeply"),
    ],
)
def test_bad_yaml_names_the_line(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=r"x\.yaml") as caught:
        parse_text(text, "x.yaml")
    assert message in str(caught.value)


def test_a_key_given_in_two_files_names_both(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("id: a\n", encoding="utf-8")
    (tmp_path / "more.yaml").write_text("size: [1, 2]\nid: b\n", encoding="utf-8")
    with pytest.raises(PlanError, match=r"more\.yaml: id \(line 2\): already given in .*plan\.yaml"):
        read_files(tmp_path)


def test_find_plan_takes_names_folders_and_files(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("id: a\n", encoding="utf-8")
    assert find_plan("hall").name == "hall"
    assert find_plan(tmp_path) == tmp_path.resolve()
    assert find_plan(tmp_path / "plan.yaml").name == "plan.yaml"
    with pytest.raises(PlanError):
        find_plan("")
