"""Plan files on disk -> plain data that remembers the file and line of every key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from maps.errors import PlanError

Key = tuple[str | int, ...]
"""Where a value sits in the merged plan: ("halls", "culture", "rect", 0)."""

MAX_DEPTH = 40
MAX_VALUES = 200_000
"""Guards against YAML alias bombs; the 2,000-booth plan has about 3,000 values."""

VENUES = Path(__file__).parent
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; lines count from 1."""

    path: str
    line: int


@dataclass(slots=True)
class PlanData:
    """The merged data of one plan and where each value came from."""

    path: str
    values: dict[str, Any] = field(default_factory=dict)
    marks: dict[Key, Mark] = field(default_factory=dict)

    def problem(self, key: Key, message: str) -> PlanError:
        """A PlanError at a key, naming the file and line of the nearest key that was written."""
        for end in range(len(key), -1, -1):
            mark = self.marks.get(key[:end])
            if mark is not None:
                return PlanError(mark.path, f"{_dotted(key)} (line {mark.line})", message)
        return PlanError(self.path, _dotted(key), message)


def find_plan(name: str | Path) -> Path:
    """The file or folder of a plan: a venue's name, a folder with `plan.yaml`, or a YAML file.

    :raises PlanError: if there is no such thing.
    """
    text = str(name)
    if "\0" in text or not text:
        raise PlanError(repr(text), "", "not a venue: give a venue's name or the path of its plan")
    try:
        for candidate in (VENUES / text, Path(text)):
            if candidate.is_file() or (candidate / "plan.yaml").is_file():
                return candidate.resolve()
    except OSError as error:
        raise PlanError(text, "", f"{error.strerror}: give a venue's name or the path of its plan") from None
    known = ", ".join(sorted(path.parent.name for path in VENUES.glob("*/plan.yaml")))
    raise PlanError(text, "", f"no such venue: use one of {known}, or a folder that holds plan.yaml")


def read_files(path: Path) -> PlanData:
    """Read and merge one YAML file, or every `*.yaml` of a folder (`plan.yaml` first).

    :raises PlanError: for a file that cannot be read, bad YAML, or one key twice.
    """
    files = [path] if path.is_file() else sorted(path.glob("*.yaml"), key=lambda file: (file.name != "plan.yaml", file))
    data = PlanData(path=str(path / "plan.yaml" if path.is_dir() else path))
    for file in files:
        _merge(data, file)
    return data


def _merge(data: PlanData, file: Path) -> None:
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(str(file), "", f"cannot read: {error}; save it as UTF-8 text") from None
    values, marks = parse_text(text, str(file))
    for key, value in values.items():
        if key in data.values:
            first = data.marks[(key,)]
            raise PlanError(
                str(file), f"{key} (line {marks[(key,)].line})", f"already given in {first.path}: merge them"
            )
        data.values[key] = value
    data.marks.update(marks)


def parse_text(text: str, path: str) -> tuple[dict[str, Any], dict[Key, Mark]]:
    """Parse one YAML document that must be a mapping.

    :raises PlanError: for anything else.
    """
    walk = _Walk(path)
    try:
        loader = _LOADER(text)
        root = loader.get_single_node()
        values = {} if root is None else walk.value(loader, root, ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlanError(path, line, f"not valid YAML: {error.problem or error}; mend the syntax") from None
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        if isinstance(error, PlanError):
            raise
        raise PlanError(path, "", f"not valid YAML: {error}; mend the syntax") from None
    except RecursionError:
        raise PlanError(path, "", "nested too deeply: a plan needs a few levels only") from None
    if not isinstance(values, dict):
        raise PlanError(path, 1, "a plan is a mapping of keys (id, size, halls, ...), this is something else")
    return values, walk.marks


class _Walk:
    """Turns YAML nodes into values, noting lines, refusing repeated keys and alias bombs."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.marks: dict[Key, Mark] = {}

    def value(self, loader: Any, node: yaml.Node, key: Key) -> Any:
        line = node.start_mark.line + 1
        self.marks.setdefault(key, Mark(self.path, line))
        if len(key) > MAX_DEPTH or len(self.marks) > MAX_VALUES:
            raise PlanError(self.path, line, "nested too deeply or too large: write it flatter, or use a generator")
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(loader, node, key))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(loader, child, (*key, index)) for index, child in enumerate(node.value)]
        return loader.construct_object(node)

    def _items(self, loader: Any, node: yaml.MappingNode, key: Key) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode):
                raise PlanError(self.path, line, "a key must be a plain word")
            name = str(name_node.value)
            if name in seen:
                raise PlanError(self.path, line, f"{_dotted((*key, name))} appears twice: rename or remove one")
            seen.add(name)
            self.marks[(*key, name)] = Mark(self.path, line)
            yield name, self.value(loader, value_node, (*key, name))


def _dotted(key: Key) -> str:
    return ".".join(str(step) for step in key) or "plan"


def count_values(values: Mapping[str, Any]) -> int:
    """How many scalar values a plan holds: how compact it is."""
    total = 0
    stack: list[Any] = [values]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        else:
            total += 1
    return total
