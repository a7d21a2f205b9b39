"""From sound, or typed text, to a transcript.

Sound passes, in this order:

`sources`     where it comes from: a recording, a PyAudio device, blocks somebody sends; all become `Block`s
`models`      which Vosk model hears which language, and how to get one that is missing
`grammar`     the venue's sentences in the model's own words, and what heard words are nearest to
`recogniser`  one utterance through Vosk: partial results, then a result or a rejection
`listener`    a worker thread per language, utterances in, transcripts out
`diagnostics` what staff should know
`node`        the ROS 2 shell

No ROS here but in `node`: a kiosk uses the rest.
"""

from robot_nodes.hearing.errors import BrokenSound, HearingError, MissingModel, NoDevice
from robot_nodes.hearing.listener import Listener
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recogniser import Heard, Recogniser
from robot_nodes.hearing.sources import Block, Microphone, read_recording

__all__ = [
    "Block",
    "BrokenSound",
    "Heard",
    "HearingError",
    "Listener",
    "Microphone",
    "MissingModel",
    "ModelShelf",
    "NoDevice",
    "Recogniser",
    "read_recording",
]
