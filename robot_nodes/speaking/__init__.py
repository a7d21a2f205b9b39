"""From what the robot wants to say to sound.

`voices`   text to samples (espeak-ng where it is installed)
`outputs`  samples to a folder of WAV files, or to a sound device
`speaker`  one thread, one queue: speaks, and can be interrupted
`node`     the ROS 2 shell

Without a voice, or without anywhere to put sound, the robot says so once and its words remain text.
"""

from robot_nodes.speaking.errors import NoOutput, NoVoice, SpeakingError
from robot_nodes.speaking.outputs import Device, Output, WavFolder
from robot_nodes.speaking.speaker import Line, Speaker
from robot_nodes.speaking.voices import EspeakVoice, Voice, find_voice

__all__ = [
    "Device",
    "EspeakVoice",
    "Line",
    "NoOutput",
    "NoVoice",
    "Output",
    "Speaker",
    "SpeakingError",
    "Voice",
    "WavFolder",
    "find_voice",
]
