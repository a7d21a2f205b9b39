"""From what the robot wants to say to sound.

`ssml`        a line and its marks, in parts              `normalise`   numbers, times, booths, units in words
`sentences`   sentences to be synthesised one by one      `voices` `piper` `kokoro`   text to samples
`choice`      which voice speaks which language           `synthesis`   one sentence ahead, and remembered
`lines`       what waits, and what gives way              `loudness`    as loud as the hall's noise asks for
`outputs` `device`   where blocks of 20 ms go             `speaker`     one thread: speaks, and can be interrupted
`node`        the ROS 2 shell

Without a voice, or without anywhere to put sound, the robot says so once and its words remain text.
"""

from robot_nodes.speaking.choice import Voices, find_voices
from robot_nodes.speaking.device import Device
from robot_nodes.speaking.errors import NoOutput, NoVoice, SpeakingError
from robot_nodes.speaking.lines import Line, Priority
from robot_nodes.speaking.outputs import Output, Pace, Tap, WavFolder
from robot_nodes.speaking.speaker import Report, Speaker
from robot_nodes.speaking.ssml import plain
from robot_nodes.speaking.voices import EspeakVoice, Voice, find_voice

__all__ = [
    "Device",
    "EspeakVoice",
    "Line",
    "NoOutput",
    "NoVoice",
    "Output",
    "Pace",
    "Priority",
    "Report",
    "Speaker",
    "SpeakingError",
    "Tap",
    "Voice",
    "Voices",
    "WavFolder",
    "find_voice",
    "find_voices",
    "plain",
]
