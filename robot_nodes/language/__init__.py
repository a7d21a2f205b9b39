"""What a sentence means, and what to answer. No ROS here: robots and kiosks share it.

A sentence passes, in this order:

`normalise`      characters: control marks, punctuation, width, traditional forms; which languages it may be in
`names`          the venue's halls, rooms, exhibitors, facilities and sessions, as people say them
`lexicon`        where such a name stands in the sentence, exactly or by sound
`templates`      the sentence around the name, against `sentences/*.yaml` (hassil's format)
`understanding`  the three put together: `Understanding.understand(text) -> Intent`
`replies`        the answer, from the venue's data, worded by `phrases` from `phrases/*.yaml`

`domain` lists the sentences a recogniser should expect; `cli` is `fairguide understand`; `node` the ROS 2 shell.
"""

from robot_nodes.language.intent import INTENTS, LANGUAGES, Intent
from robot_nodes.language.understanding import Understanding

__all__ = ["INTENTS", "LANGUAGES", "Intent", "Understanding"]
