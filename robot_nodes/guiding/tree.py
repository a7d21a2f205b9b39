"""The guide's behaviour tree (py_trees).

Each tick takes in the event there is, if any, then carries the present state on. Nothing in it reads a clock or does
anything but change the board: it is ticked at a fixed rate and at every event.
"""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.display import unicode_tree

from robot_nodes.guiding.board import Board
from robot_nodes.guiding.fleet import Fleet
from robot_nodes.guiding.leaves import Do, all_of, first_of
from robot_nodes.guiding.listening import Listening
from robot_nodes.guiding.pauses import Pauses
from robot_nodes.guiding.phases import Phases
from robot_nodes.guiding.senses import Senses

__all__ = ["guide_tree", "picture"]


def guide_tree(board: Board) -> Behaviour:
    """The whole tree over one board; always RUNNING."""
    return all_of(
        "guide",
        first_of(
            "take in",
            Listening(board).tree(),
            Fleet(board).tree(),
            Senses(board).tree(),
            Do("nothing happened", lambda: None),
        ),
        Do("let go in the end", lambda: board.journey.let_go_in_the_end(board.now)),
        first_of("carry on", Pauses(board).tree(), *Phases(board).trees()),
    )


def picture(tree: Behaviour) -> str:
    """The tree as text, one node a line."""
    return str(unicode_tree(tree))
