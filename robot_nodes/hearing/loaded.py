"""A Vosk model in memory: checked before it is loaded, and with the venue's sentences as its graph."""

from __future__ import annotations

import hashlib
import struct
import tempfile
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from robot_nodes.hearing.errors import MissingModel
from robot_nodes.hearing.graph import build_graph, candidates, read_units, written

__all__ = ["JOINING", "Domain", "SpeechModel", "model_view", "why_unreadable"]

JOINING = frozenset({"ko", "zh", "ja"})
"""Languages whose units need not be what is written between spaces."""

_SETTINGS = {
    "beam": "15",
    "max-active": "7000",
    "lattice-beam": "3",
    "endpoint.rule2.min-trailing-silence": "1.0",
    "endpoint.rule3.min-trailing-silence": "1.2",
}
"""Other than the models ship with. Vosk must not end an utterance in the middle: with half a second, pieces of a
stranger's chatter became "yes"."""
_DOMAIN_SETTINGS = _SETTINGS | {"beam": "25", "max-active": "4000", "lattice-beam": "5", "max-mem": "50000000"}
"""Where there is a domain: it is small, so a wide search costs little. Sound from afar scores so badly at times that a
narrow one loses the right phrase for good: at 5 dB it came first for 46 of 60 utterances with a beam of 15, for 52 with
25 (10 dB: 55 and 56), and was among the results for 48 and 58 (jf_gongitsune, true bounds, no limit of active states).
The lattice is nearly as wide as the margin the judge looks at. The memory it may take is Kaldi's own: with less, the
lattice of a large domain shrinks to one phrase, which then seems beyond doubt."""
_KEPT = 2
"""Domains kept in memory a model (about 350 MB each)."""
_FST_MAGIC = 2125659606
_ADD_ON = struct.pack("<i", 446681434)
"""Between the header of a look-ahead graph and that of the graph inside it."""
_BYTES_PER_STATE = 20
_BYTES_PER_ARC = 16

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True)
class Domain:
    """A model whose graph holds whole sentences only."""

    model: Any
    """The `vosk.Model`."""
    failed: tuple[str, ...]
    """Sentences that its units cannot say."""
    extra: tuple[str, ...] = ()
    """Further units it has been asked to keep, and has."""


class SpeechModel:
    """One model folder. What is asked for is loaded then, once; threads may share it."""

    def __init__(self, language: str, folder: Path) -> None:
        """:raises MissingModel: the folder is no readable model."""
        why = why_unreadable(folder)
        if why:
            raise MissingModel(language, f"Vosk could not load {folder} ({why})")
        self.language = language
        self.folder = folder
        self._open: Any = None
        self._domains: dict[str, Domain] = {}
        self._lock = threading.Lock()

    def open(self) -> Any:
        """The `vosk.Model` with the language model it came with: open vocabulary.

        :raises MissingModel: Vosk cannot read it.
        """
        with self._lock:
            if self._open is None:
                self._open = self._load(None)
            return self._open

    def domain(self, sentences: Iterable[str], extra: Collection[str] = ()) -> Domain | None:
        """The model for these sentences and no others; None where the model's graph cannot be replaced (or none of the
        sentences can be said).

        :param extra: units to keep in the vocabulary beside those of the sentences.
        :raises MissingModel: Vosk cannot read it.
        """
        listed = tuple(dict.fromkeys(sentences))
        key = hashlib.sha256("\n".join([*listed, "", *sorted(extra)]).encode()).hexdigest()
        with self._lock:
            if key not in self._domains:
                made = self._make(listed, extra)
                if made is None:
                    return None
                while len(self._domains) >= _KEPT:
                    del self._domains[next(iter(self._domains))]
                self._domains[key] = made
            return self._domains[key]

    def units(self, wanted: Collection[str]) -> dict[str, int] | None:
        """Labels of those of `wanted` that are units of the model; None: unknown.

        :raises MissingModel: its graph is cut short.
        """
        try:
            return read_units(self.folder, wanted)
        except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
            raise MissingModel(self.language, f"Vosk could not load {self.folder} (graph/Gr.fst: {error})") from error

    def sayable(self, words: Collection[str]) -> frozenset[str]:
        """Those of `words` that can be put together from the model's units."""
        units = self.units(candidates(words, join=False)) or {}
        return frozenset(words) - set(build_graph(words, units, join=False)[1])

    def _make(self, sentences: tuple[str, ...], extra: Collection[str]) -> Domain | None:
        join = self.language in JOINING
        units = self.units(candidates(sentences, join=join) | set(extra))
        if not units:
            return None
        graph, failed = build_graph(sentences, units, join=join)
        if not graph.final:
            return None
        kept = tuple(unit for unit in extra if unit in units)
        return Domain(self._load(written(graph, units, extra)), failed, kept)

    def _load(self, graph: bytes | None) -> Any:
        import vosk  # here: it loads a 25 MB library, which text alone does not need

        vosk.SetLogLevel(-1)
        _log.info("loading speech model", language=self.language, folder=str(self.folder), domain=graph is not None)
        try:
            with tempfile.TemporaryDirectory(prefix="fairguide-vosk-") as scratch:
                return vosk.Model(model_path=str(model_view(self.folder, Path(scratch), graph)))
        except (Exception, SystemExit) as error:  # Vosk raises plain Exception
            raise MissingModel(self.language, f"Vosk could not load {self.folder} ({error})") from error


def model_view(model: Path, parent: Path, graph: bytes | None = None) -> Path:
    """A view of `model` inside `parent` (links) whose search is wider, and whose language model is `graph`.

    `model` itself where its layout is another.
    """
    settings = model / "conf" / "model.conf"
    if not settings.is_file():
        return model
    view = parent / model.parent.name / model.name
    replaced = {"conf", "graph"} if graph is not None else {"conf"}
    view.mkdir(parents=True, exist_ok=True)
    for item in (item for item in model.iterdir() if item.name not in replaced):
        _link(view / item.name, item)
    for folder, name in [("conf", "model.conf"), *([("graph", "Gr.fst")] if graph is not None else [])]:
        (view / folder).mkdir(exist_ok=True)
        for item in (item for item in (model / folder).iterdir() if item.name != name):
            _link(view / folder / item.name, item)
    lines = settings.read_text().splitlines()
    kept = [line for line in lines if line.strip().lstrip("-").split("=")[0] not in _SETTINGS]
    ours = [f"--{key}={value}" for key, value in (_SETTINGS if graph is None else _DOMAIN_SETTINGS).items()]
    (view / "conf" / "model.conf").write_text("\n".join([*kept, *ours]) + "\n")
    if graph is not None:
        (view / "graph" / "Gr.fst").write_bytes(graph)
    return view


def _link(link: Path, target: Path) -> None:
    if not link.exists():
        link.symlink_to(target.resolve())


def why_unreadable(folder: Path) -> str:
    """Why Vosk would fail, or crash the process, on this folder; "" where nothing is seen to be wrong."""
    try:
        acoustic = next(path for path in (folder / "am" / "final.mdl", folder / "final.mdl") if path.is_file())
        if acoustic.read_bytes()[:2] != b"\0B":
            return f"{acoustic.name} is empty or not a Kaldi model"
        graphs = [folder / "graph" / name for name in ("HCLG.fst", "HCLr.fst", "Gr.fst")] + [folder / "HCLG.fst"]
        there = [path for path in graphs if path.is_file()]
        names = {path.name for path in there}
        if "HCLG.fst" not in names and not {"HCLr.fst", "Gr.fst"} <= names:
            return "no graph: neither HCLG.fst nor HCLr.fst and Gr.fst"
        return next((why for why in map(_why_cut, there) if why), "")
    except (OSError, StopIteration) as error:
        return f"cannot be read: {error or 'no final.mdl'}"


def _why_cut(fst: Path) -> str:
    """Whether an OpenFst file is shorter than its header says. (Vosk crashes on such a file.)"""
    with fst.open("rb") as file:
        head = file.read(400)
    try:
        at, states, arcs = 0, 0, 0
        while at + 4 <= len(head) and struct.unpack_from("<i", head, at)[0] == _FST_MAGIC:
            at += 4
            for _ in range(2):
                at += 4 + struct.unpack_from("<i", head, at)[0]
            _, _, _, _, states, arcs = struct.unpack_from("<iiQqqq", head, at)
            at += 40
            if head[at : at + 4] == _ADD_ON:
                at += 4
        if not at:
            return f"{fst.name} is not an FST"
    except struct.error:
        return f"{fst.name} is cut short"
    least = states * _BYTES_PER_STATE + arcs * _BYTES_PER_ARC if arcs > 0 else 0
    return f"{fst.name} is cut short" if fst.stat().st_size < max(least, at + 1) else ""
