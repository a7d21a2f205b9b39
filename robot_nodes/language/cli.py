"""`fairguide understand`: a sentence per line in, a JSON object per line out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from maps.venue import Venue
from robot_nodes.language.intent import Intent
from robot_nodes.language.understanding import Understanding

__all__ = ["as_json", "understand_lines"]


def as_json(intent: Intent) -> str:
    """One line of JSON."""
    fields = {
        "text": intent.text,
        "lang": intent.language,
        "intent": intent.name,
        "slots": dict(intent.slots),
        "confidence": intent.confidence,
        "reply": intent.reply,
    }
    return json.dumps(fields, ensure_ascii=False)


def understand_lines(venue: Venue, lang: str | None, stdin: Iterable[str], stdout: TextIO) -> int:
    """Understand every non-empty line of `stdin`; returns how many there were.

    :param lang: language of the lines; None: told from each line.
    """
    understanding = Understanding(venue)
    count = 0
    for line in stdin:
        sentence = line.rstrip("\r\n")
        if not sentence.strip():
            continue
        print(as_json(understanding.understand(sentence, lang)), file=stdout, flush=True)
        count += 1
    return count
