"""What a sentence means, and what to answer. No ROS here: robots and kiosks share it.

A sentence passes, in this order:

`normalise`       characters: control marks, punctuation, width, traditional forms, repetitions; which languages to try
`names`           the venue's halls, rooms, exhibitors, facilities and sessions, as people say them; `booths` too
`lexicon`         where such a name stands in the sentence, as written or by sound (`sounds`)
`templates`       the sentence around the name, against `sentences/*.yaml` (hassil's format): exact matches
`cues`, `rules`   what tells the intent of any other sentence, from `cues/*.yaml`: word classes and rules over them
`slots`           which of the names are meant, after corrections and denials, and which slots an intent takes
`interpretation`  the above put together for one language; `understanding` for all: `understand(text) -> Intent`
`replies`         the answer, from the venue's data, worded by `phrases` from `phrases/*.yaml`
`dialogue`        several turns: context, questions, safety words, time-out

`domain` lists the sentences a recogniser should expect; `cli` is `fairguide understand`; `node` the ROS 2 shell.
"""

from robot_nodes.language.intent import INTENTS, LANGUAGES, Intent
from robot_nodes.language.understanding import Understanding

__all__ = ["INTENTS", "LANGUAGES", "Intent", "Understanding"]
