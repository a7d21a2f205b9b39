"""The tree itself."""

from __future__ import annotations

from pathlib import Path

from py_trees.behaviour import Behaviour
from py_trees.common import Status

ROOT = Path(__file__).parents[3]


def test_the_page_shows_the_tree_as_it_is(rig):
    page = (ROOT / "docs" / "guiding.md").read_text(encoding="utf-8")
    assert rig.guide.picture.strip() in page


def test_there_is_always_something_to_go_on_with(rig):
    tree: Behaviour = rig.guide._tree
    for event in (rig.lead, lambda: rig.visitor("LOST"), lambda: rig.hear("stop"), lambda: rig.hear("cancel")):
        event()
        assert tree.status is Status.RUNNING


def test_every_leaf_has_a_name_of_its_own_among_its_siblings(rig):
    for node in rig.guide._tree.iterate():
        names = [child.name for child in node.children]
        assert all(names)
        assert len(names) == len(set(names)), node.name
