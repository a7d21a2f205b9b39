"""From sound, or typed text, to a transcript.

Live sound passes, in this order:

`capture` `udp` `sources`  where it comes from: a PyAudio device, packets, recordings, blocks that somebody sends
`array` `frontend`         from the microphones of an array to one clean voice; the stages are modules of their own
`endpoint`                 where an utterance begins and ends; push-to-talk
`models` `grammar`         which Vosk model hears which language, and the venue's sentences in its units
`recogniser` `polyglot`    one utterance through Vosk, in one language and in several at once
`wakeword` `addressed`     whether it concerns the robot
`ears`                     all of that on one stream, without threads or clock
`live` `recordings`        the threads: a live stream, recordings of an array
`listener`                 the threads: recordings of one microphone, by utterance
`hall`                     all that one robot hears with
`node`                     the ROS 2 shell

`offline` runs the chain on files, `checkup` shows it in a terminal, `diagnostics` is what staff should know.
No ROS here but in `node`: a kiosk uses the rest.
"""

from robot_nodes.hearing.errors import BrokenSound, HearingError, MissingModel, NoDevice
from robot_nodes.hearing.listener import Listener
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recogniser import Heard, Recogniser
from robot_nodes.hearing.sources import Block, read_recording

__all__ = [
    "Block",
    "BrokenSound",
    "Heard",
    "HearingError",
    "Listener",
    "MissingModel",
    "ModelShelf",
    "NoDevice",
    "Recogniser",
    "read_recording",
]
