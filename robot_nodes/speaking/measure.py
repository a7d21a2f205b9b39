"""How soon it speaks and how soon it stops, on this machine: `python -m robot_nodes.speaking.measure [--device NAME]`.

Each sentence is new to the voice, so none comes from memory. With a device, PyAudio's is used; else time passes as it
would with one. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from robot_nodes.speaking.choice import find_voices, parse_wanted
from robot_nodes.speaking.device import Device
from robot_nodes.speaking.lines import Line
from robot_nodes.speaking.normalise import LANGUAGES
from robot_nodes.speaking.outputs import Output, Pace, Tap
from robot_nodes.speaking.sound import RATE, Sound
from robot_nodes.speaking.speaker import Speaker

__all__ = ["main"]

_LINES = {
    "zh": "离金融服务专题展还有大约{n}米，请跟我来。展位在A-{n}。",
    "en": "We are on the way to the finance hall, about {n} m to go. The booth is A-{n}.",
    "ko": "금융 전시관까지 약 {n}m 남았습니다. 부스는 A-{n}입니다.",
    "ja": "きんゆうてんまで、あと{n}メートルです。ブースはA-{n}です。",
}
_PATIENCE_S = 60.0


@dataclass
class _Clocks:
    """When blocks left, told by the tap."""

    first: float = 0.0
    last: float = 0.0
    samples: int = 0
    begun: threading.Event = field(default_factory=threading.Event)

    def take(self, block: Sound, over: bool) -> None:
        now = time.perf_counter()
        if over:
            return
        self.first = self.first or now
        self.last = now + len(block) / RATE
        self.samples += len(block)
        if self.samples > RATE // 2:
            self.begun.set()


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="")
    parser.add_argument("--voices", default="")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("-n", type=int, default=50)
    options = parser.parse_args(arguments)
    voices = find_voices(LANGUAGES, parse_wanted(options.voices), told=lambda line: print(line, file=sys.stderr))
    voices.try_out()
    result = {
        language: _measured(language, options.n, voices.by_language[language][0].name, options)
        for language in options.languages.split(",")
    }
    print(json.dumps({"device": options.device or "none: timed", **result}, ensure_ascii=False, indent=1))


def _measured(language: str, count: int, name: str, options: argparse.Namespace) -> dict[str, object]:
    clocks = _Clocks()
    pace: Output = Device(options.device) if options.device else Pace()
    speaker = Speaker(find_voices(LANGUAGES, parse_wanted(options.voices)), [Tap(clocks.take), pace])
    starts, stops = [], []
    for number in range(-2, count):  # two to warm up
        clocks.first = clocks.samples = 0
        clocks.begun.clear()
        asked = time.perf_counter()
        speaker.say(Line(_LINES[language].format(n=300 + number), language))
        if not clocks.begun.wait(_PATIENCE_S):
            raise SystemExit(f"{language}: nothing was said")
        cut = time.perf_counter()
        speaker.barge_in()
        speaker.wait_idle(_PATIENCE_S)
        if number >= 0:
            starts.append(1000 * (clocks.first - asked))
            stops.append(1000 * max(clocks.last - cut, 0.0))
    speaker.close()
    return {"voice": name, "n": count, "say_to_first_sample_ms": _figures(starts), "stop_ms": _figures(stops)}


def _figures(values: Sequence[float]) -> dict[str, float]:
    p50, p95, most = (round(float(it), 1) for it in np.percentile(values, [50, 95, 100]))
    return {"p50": p50, "p95": p95, "max": most}


if __name__ == "__main__":
    main(sys.argv[1:])
