"""Writes constraints.txt: the version of everything any extra installs, as it is in this environment.

    .venv/bin/python tools/lock.py           write it
    .venv/bin/python tools/lock.py --check   exit status 1 if it is not what would be written

To move to newer versions: `pip install -U ...` in .venv, run the tests, then this.
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"
HEADER = "# Written by tools/lock.py: every version that any extra of fairguide installs. Do not edit.\n"

Needs = Callable[[str], tuple[str, list[str]]]
"""Name of a distribution -> its version and what it requires."""


def closure(wanted: Iterable[str], needs: Needs) -> dict[str, str]:
    """Name -> version of `wanted` (requirements, with extras) and of all they require.

    :raises LookupError: if something required is not installed; names it and who requires it.
    """
    found: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    queue = [(Requirement(text), "setup.py") for text in wanted]
    while queue:
        requirement, parent = queue.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            try:
                found[name], children = needs(name)
            except importlib.metadata.PackageNotFoundError:
                raise LookupError(f"{name}, required by {parent}, is not installed here: run make setup") from None
            for text in children:
                child = Requirement(text)
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    queue.append((child, name))
    return found


def installed(name: str) -> tuple[str, list[str]]:
    """What this environment has of `name`."""
    distribution = importlib.metadata.distribution(name)
    return distribution.version, list(distribution.requires or [])


def text_of(versions: dict[str, str]) -> str:
    """The file's text."""
    return HEADER + "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def main() -> int:
    """Write or check; the exit status."""
    ours = importlib.metadata.distribution("fairguide")
    extras = ",".join(ours.metadata.get_all("Provides-Extra") or [])
    try:
        versions = closure([f"fairguide[{extras}]"], installed)
    except LookupError as error:
        print(f"error: lock: {error}", file=sys.stderr)
        return 2
    del versions["fairguide"]
    text = text_of(versions)
    if "--check" in sys.argv[1:]:
        same = CONSTRAINTS.is_file() and CONSTRAINTS.read_text(encoding="utf-8") == text
        print("constraints.txt is up to date" if same else "constraints.txt differs: run make lock")
        return 0 if same else 1
    CONSTRAINTS.write_text(text, encoding="utf-8")
    print(f"constraints.txt: {len(versions)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
