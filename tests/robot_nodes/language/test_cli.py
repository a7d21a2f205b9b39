from __future__ import annotations

import io
import json

from maps.venue import Venue
from robot_nodes.language.cli import understand_lines


def test_a_json_line_for_every_sentence(hall: Venue) -> None:
    output = io.StringIO()
    assert understand_lines(hall, None, ["带我去金融展\n", "\n", "where is the toilet\r\n"], output) == 2
    first, second = (json.loads(line) for line in output.getvalue().splitlines())
    assert first == {
        "text": "带我去金融展",
        "lang": "zh",
        "intent": "guide_to",
        "slots": {"place": "finance"},
        "confidence": 1.0,
        "reply": "",
    }
    assert (second["lang"], second["intent"], second["slots"]["facility"]) == ("en", "find_facility", "toilet")
    assert second["reply"]
